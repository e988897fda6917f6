//! What people do from a notification itself, without signing in: one act on one delivery, by
//! a ticket that only this server can have written, for some weeks, once.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::id::DeliveryId;
use crate::model::seal;
use crate::model::spoken_time::MORNING;
use crate::model::time::{Slot, TimeOfDay, Timestamp, Zone};

/// An act on what one delivery told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Come again in an hour.
    Snooze,
    /// Come again tomorrow morning.
    Tomorrow,
    /// The links it named are read.
    Done,
    /// Send nothing more to where it went.
    Stop,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Snooze, Self::Tomorrow, Self::Done, Self::Stop];
    /// Those that a reminder offers as buttons, in their order.
    pub const BUTTONS: [Self; 3] = [Self::Snooze, Self::Tomorrow, Self::Done];

    /// Its name in addresses and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Snooze => "snooze",
            Self::Tomorrow => "tomorrow",
            Self::Done => "done",
            Self::Stop => "stop",
        }
    }

    /// When it has a reminder come again, if it does.
    pub fn again_at(self, now: Timestamp, zone: &Zone) -> Option<Timestamp> {
        match self {
            Self::Snooze => Some(now + Duration::from_hours(1)),
            Self::Tomorrow => {
                let tomorrow = now.in_zone(zone).date().tomorrow().ok()?;
                Some(Slot::new(tomorrow, TimeOfDay::new(MORNING, 0)?).instant(zone))
            }
            Self::Done | Self::Stop => None,
        }
    }

    /// The act of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == name)
    }
}

/// The right to one act on one delivery. Whoever has it may use it: it is sent to nobody but
/// the person it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// What may be done.
    pub act: Act,
    /// Until when, to the second.
    pub expires_at: Timestamp,
}

impl Ticket {
    /// The ticket as it stands in an address.
    pub fn sign(&self, key: &[u8]) -> String {
        let Self { delivery_id, act, expires_at } = self;
        seal::seal(&format!("{delivery_id}.{}.{}", act.as_str(), expires_at.as_s()), key)
    }

    /// Reads a ticket that was signed with `key`.
    ///
    /// # Errors
    /// `NotFound` when it was not, `Conflict` when its time is over.
    pub fn verify(text: &str, key: &[u8], now: Timestamp) -> Result<Self> {
        let ticket = seal::open(text, key).and_then(Self::parse).ok_or(Error::NotFound("page"))?;
        if now >= ticket.expires_at {
            return Err(Error::Conflict("this button is too old to be used".into()));
        }
        Ok(ticket)
    }

    fn parse(claim: &str) -> Option<Self> {
        let mut parts = claim.split('.');
        let (id, act, expires_s) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            delivery_id: DeliveryId(id.parse().ok()?),
            act: Act::find(act)?,
            expires_at: Timestamp::from_ms(expires_s.parse::<i64>().ok()?.checked_mul(1000)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICKET: Ticket = Ticket {
        delivery_id: DeliveryId(7),
        act: Act::Done,
        expires_at: Timestamp::from_ms(2_000_000),
    };

    #[test]
    fn tomorrow_is_the_morning_of_the_next_day_where_the_person_is() {
        let (now, seoul) = ("2026-03-08T16:30:00Z".parse().unwrap(), Zone::named("Asia/Seoul"));
        let seoul = seoul.unwrap();
        let again = |act: Act| act.again_at(now, &seoul).map(|at| at.to_string());
        assert_eq!(again(Act::Tomorrow).as_deref(), Some("2026-03-10T00:00:00Z"));
        assert_eq!(again(Act::Snooze).as_deref(), Some("2026-03-08T17:30:00Z"));
        assert_eq!((again(Act::Done), again(Act::Stop)), (None, None));
    }

    #[test]
    fn a_ticket_holds_until_its_time_is_over() {
        let text = TICKET.sign(b"key");
        let read = |now| Ticket::verify(&text, b"key", Timestamp::from_ms(now));
        assert_eq!(read(1_999_999).unwrap(), TICKET);
        assert!(matches!(read(2_000_000), Err(Error::Conflict(_))));
    }

    #[test]
    fn a_ticket_that_was_changed_or_is_not_ours_is_nothing() {
        let good = |text: &str, key: &[u8]| Ticket::verify(text, key, Timestamp::default()).is_ok();
        let text = TICKET.sign(b"key");
        assert!(good(&text, b"key") && !good(&text, b"other"));
        assert!(!good(&text.replace("done", "stop"), b"key"));
        for nonsense in
            ["", "7", "7.done", "7.burn.2000", "x.done.2000", "7.done.99999999999999999"]
        {
            assert!(!good(&seal::seal(nonsense, b"key"), b"key"), "{nonsense}");
        }
    }
}
