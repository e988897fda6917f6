//! Times that are one tap away where a reminder is set: once, and soon.

use crate::http::pages::words;
use crate::http::speech::say;
use crate::model::spoken_time;
use crate::model::time::{Timestamp, Zone};

/// What is offered, as people say it and as the button does.
const OFFERED: [(&str, &str); 4] = [
    ("in 2 hours", "In 2 hours"),
    ("tonight", "Tonight"),
    ("tomorrow", "Tomorrow morning"),
    ("weekend", "At the weekend"),
];

/// A button.
pub(super) struct QuickTime {
    /// The local day and time that it stands for, so that it means what it shows however late it
    /// is pressed.
    pub(super) slot: String,
    /// What it says.
    pub(super) label: String,
    /// When that is.
    pub(super) when: String,
}

/// Those that are still to come.
pub(super) fn offered(now: Timestamp, zone: &Zone) -> Vec<QuickTime> {
    let slots = OFFERED.into_iter().filter_map(|(spoken, label)| {
        let slot = spoken_time::parse(spoken, now, zone).ok()?;
        let when = words::when(slot.instant(zone), now, zone);
        Some(QuickTime { slot: slot.to_string(), label: say(label), when })
    });
    slots.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_is_to_come() {
        let zone = Zone::named("Asia/Seoul").unwrap();
        let check = |now: &str, expected: &[&str]| {
            let found: Vec<_> = offered(now.parse().unwrap(), &zone)
                .into_iter()
                .map(|time| format!("{}: {}", time.slot, time.when))
                .collect();
            assert_eq!(found, expected, "{now}");
        };
        // A Wednesday at noon, and at half past ten in the evening.
        check(
            "2026-03-04T03:00:00Z",
            &[
                "2026-03-04T14:00: today 14:00",
                "2026-03-04T21:00: today 21:00",
                "2026-03-05T09:00: tomorrow 09:00",
                "2026-03-07T10:00: Sat 7 Mar 10:00",
            ],
        );
        check(
            "2026-03-04T13:30:00Z",
            &[
                "2026-03-05T00:30: tomorrow 00:30",
                "2026-03-05T09:00: tomorrow 09:00",
                "2026-03-07T10:00: Sat 7 Mar 10:00",
            ],
        );
    }
}
