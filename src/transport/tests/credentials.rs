//! A short-lived credential that is refused.

use std::cell::RefCell;

use super::*;

/// Gives these outcomes in turn, and counts how often a credential was forgotten.
struct Script(RefCell<(Vec<Outcome>, usize)>);

impl Transport for Script {
    fn send(&self, _attempt: &Attempt) -> Answer {
        Answer::new(self.0.borrow_mut().0.remove(0), "")
    }

    fn forget_credential(&self, _address: &Address) {
        self.0.borrow_mut().1 += 1;
    }
}

#[test]
fn a_refused_credential_is_renewed_once_in_the_same_attempt() {
    let one = attempt_of(Vec::new());
    let (refused, well) = (Outcome::Reauth, Outcome::Accepted);
    for (script, expected, forgotten) in [
        (vec![well], well, 0),
        (vec![refused, well], well, 1),
        (vec![refused, Outcome::InDoubt], Outcome::InDoubt, 1),
        (vec![refused, refused], Outcome::Config, 1),
    ] {
        let transport = Script(RefCell::new((script, 0)));
        assert_eq!(attempt(&transport, &one).outcome, expected);
        assert_eq!(transport.0.into_inner(), (vec![], forgotten));
    }
}
