//! Whether the clock on the wall can be believed. A machine without a battery wakes in 1970,
//! and a typing error in a date is months: firing by such a clock would fire everything or
//! nothing, so it waits until the clock makes sense.

use std::time::Duration;

use crate::model::time::Timestamp;

/// No Toaster ran before this: the beginning of 2026.
const FLOOR: Timestamp = Timestamp::from_ms(1_767_225_600_000);
/// A clock may be set back so far, by hand or by a time server.
pub const BACK_MAX: Duration = Duration::from_hours(24);
/// A machine may sleep so long without anybody asking whether that was so.
const AHEAD_MAX: Duration = Duration::from_hours(24 * 45);
/// A clock that stays far back for so long is believed: it was the one before that was wrong.
const BACK_BELIEVED_AFTER: Duration = Duration::from_hours(6);
/// A clock that has leapt ahead and then ran on for so long is believed: the machine slept.
const BELIEVED_AFTER: Duration = Duration::from_hours(1);

/// Why firing is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nonsense {
    /// The clock shows a time before this program was made.
    BeforeWeWereMade,
    /// It shows a time long before one that was seen already.
    FarBack,
    /// It has leapt far ahead while the program ran.
    FarAhead,
}

impl Nonsense {
    /// What is wrong, for people: lower case, no full stop.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::BeforeWeWereMade => {
                "the clock shows a time before this program was made; reminders wait until it is set"
            }
            Self::FarBack => {
                "the clock shows a time more than a day before one already seen; reminders wait until it is set, or six hours"
            }
            Self::FarAhead => {
                "the clock has leapt more than 45 days ahead; reminders wait an hour in case it is set back"
            }
        }
    }
}

/// Judges a clock by what it showed before.
#[derive(Debug, Clone, Default)]
pub struct ClockSense {
    /// The wall and the monotonic clock when it was last looked at.
    last: Option<(Timestamp, Duration)>,
    /// The monotonic time since which the clock shows a time too early to be true.
    early_since: Option<Duration>,
    /// Whether that time was not believed at the last look.
    was_early: bool,
    /// The monotonic time of a leap that is not believed yet.
    leapt_at: Option<Duration>,
}

/// A wall clock that has moved by so much more than time has passed was set.
const STEP_MIN: Duration = Duration::from_secs(1);

/// What a look at the clock came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// How far the wall clock was moved either way since the last look, beyond the time that
    /// has passed.
    pub stepped: Duration,
    /// Why firing must wait, if it must.
    pub nonsense: Option<Nonsense>,
    /// Since when the clock shows the time that it is believed from this look on, though it is
    /// long before one that was seen: that one was wrong.
    pub set_back_since: Option<Timestamp>,
}

impl Look {
    /// Whether the wall clock was set, and did not just run a little unevenly.
    pub fn was_set(&self) -> bool {
        self.stepped >= STEP_MIN
    }
}

impl ClockSense {
    /// Looks at both clocks. `seen` is the newest instant that the database knows to have been.
    pub fn look(&mut self, wall: Timestamp, monotonic: Duration, seen: Timestamp) -> Look {
        let expected = self.last.map(|(at, then)| at + monotonic.saturating_sub(then));
        let expected = expected.unwrap_or(wall);
        self.last = Some((wall, monotonic));
        let (ahead, back) = (wall.since(expected), expected.since(wall));
        // From a time too early to be true any leap ahead is for the better.
        if ahead > AHEAD_MAX && !self.was_early {
            self.leapt_at = Some(monotonic);
        } else if back > AHEAD_MAX {
            self.leapt_at = None; // It was set right again.
        }
        if self.leapt_at.is_some_and(|at| monotonic.saturating_sub(at) >= BELIEVED_AFTER) {
            self.leapt_at = None;
        }
        let early = if wall < FLOOR {
            Some(Nonsense::BeforeWeWereMade)
        } else if seen.since(wall) > BACK_MAX {
            Some(Nonsense::FarBack)
        } else {
            None
        };
        self.early_since = early.and(self.early_since.or(Some(monotonic)));
        let waited = self.early_since.map_or(Duration::ZERO, |at| monotonic.saturating_sub(at));
        let is_believed = early == Some(Nonsense::FarBack) && waited >= BACK_BELIEVED_AFTER;
        let early = early.filter(|_| !is_believed);
        let set_back_since = (is_believed && self.was_early).then(|| wall - waited);
        self.was_early = early.is_some();
        let nonsense = early.or(self.leapt_at.map(|_| Nonsense::FarAhead));
        Look { stepped: ahead.max(back), nonsense, set_back_since }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn noon() -> Timestamp {
        "2026-03-02T12:00:00Z".parse().unwrap()
    }

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_clock_that_runs_is_believed_and_a_small_step_is_noticed() {
        let mut sense = ClockSense::default();
        let fine = Look { stepped: Duration::ZERO, nonsense: None, set_back_since: None };
        assert_eq!(sense.look(noon(), s(0), noon()), fine);
        assert_eq!(sense.look(noon() + s(15), s(15), noon()), fine);
        let look = sense.look(noon() + s(3630), s(30), noon());
        assert_eq!(look, Look { stepped: s(3600), ..fine });
        let look = sense.look(noon() + s(45), s(45), noon());
        assert_eq!(look, Look { stepped: s(3600), ..fine });
    }

    #[test]
    fn a_clock_of_1970_or_of_last_month_holds_firing_until_it_is_set() {
        let mut sense = ClockSense::default();
        let nonsense = |sense: &mut ClockSense, wall, at| sense.look(wall, s(at), noon()).nonsense;
        let epoch = Timestamp::from_ms(0);
        assert_eq!(nonsense(&mut sense, epoch, 0), Some(Nonsense::BeforeWeWereMade));
        assert_eq!(nonsense(&mut sense, noon() - DAY * 30, 10), Some(Nonsense::FarBack));
        assert_eq!(nonsense(&mut sense, noon() - DAY / 2, 20), None);
        assert_eq!(nonsense(&mut sense, noon(), 30), None);
    }

    #[test]
    fn a_clock_that_was_months_ahead_and_believed_can_be_set_right() {
        let ahead = noon() + DAY * 90;
        let mut sense = ClockSense::default();
        let set_back = |sense: &ClockSense| {
            let look = |at| sense.clone().look(noon() + s(at), s(at + 60), ahead);
            look(21_600).set_back_since
        };
        let look = |sense: &mut ClockSense, wall, at| sense.look(wall, s(at), ahead).nonsense;
        assert_eq!(look(&mut sense, ahead, 0), None);
        assert_eq!(look(&mut sense, noon(), 60), Some(Nonsense::FarBack));
        assert_eq!(look(&mut sense, noon() + s(21_599), 21_659), Some(Nonsense::FarBack));
        assert_eq!(set_back(&sense), Some(noon()));
        assert_eq!(look(&mut sense, noon() + s(21_600), 21_660), None, "believed");
        assert_eq!(set_back(&sense), None, "only once");
        assert_eq!(look(&mut sense, noon() + s(21_700), 21_760), None);
        // What was seen is taken back then, and it is a clock like any other.
        let look = |sense: &mut ClockSense, wall, at| sense.look(wall, s(at), noon()).nonsense;
        let leap = ahead + DAY * 90;
        assert_eq!(look(&mut sense, leap, 21_770), Some(Nonsense::FarAhead));
        assert_eq!(look(&mut sense, noon() + s(21_780), 21_780), None, "set back");
        // One that shows 1970 is never believed.
        let epoch = Timestamp::from_ms(0);
        assert_eq!(look(&mut sense, epoch, 21_800), Some(Nonsense::BeforeWeWereMade));
        assert_eq!(look(&mut sense, epoch + DAY, 108_200), Some(Nonsense::BeforeWeWereMade));
    }

    #[test]
    fn a_leap_of_months_holds_firing_until_it_is_set_back_or_an_hour_has_passed() {
        let leap = noon() + DAY * 90;
        let mut sense = ClockSense::default();
        let look = |sense: &mut ClockSense, wall, at| sense.look(wall, s(at), noon()).nonsense;
        assert_eq!(look(&mut sense, noon(), 0), None);
        assert_eq!(look(&mut sense, leap, 15), Some(Nonsense::FarAhead));
        assert_eq!(look(&mut sense, leap + s(15), 30), Some(Nonsense::FarAhead));
        assert_eq!(look(&mut sense, noon() + s(45), 45), None, "set back");
        assert_eq!(look(&mut sense, leap, 60), Some(Nonsense::FarAhead));
        assert_eq!(look(&mut sense, leap + s(3599), 3659), Some(Nonsense::FarAhead));
        assert_eq!(look(&mut sense, leap + s(3600), 3660), None, "believed");
    }

    #[test]
    fn a_machine_that_was_off_for_months_is_believed_at_once() {
        let look = ClockSense::default().look(noon() + DAY * 300, s(0), noon());
        assert_eq!(look.nonsense, None);
    }
}
