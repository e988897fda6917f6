//! Things that people put in order by hand.

/// An order in which one of them stands at that place, counted from 0, or at the end.
pub(super) fn moved<T: PartialEq>(mut order: Vec<T>, one: T, position: usize) -> Vec<T> {
    order.retain(|other| *other != one);
    order.insert(position.min(order.len()), one);
    order
}

/// An order in which one of them stands a place further up or down, as far as there is room.
pub(super) fn stepped<T: PartialEq>(order: Vec<T>, one: T, down: bool) -> Vec<T> {
    let at = order.iter().position(|other| *other == one).unwrap_or_default();
    moved(order, one, if down { at + 1 } else { at.saturating_sub(1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_moved_and_the_others_keep_their_order() {
        let all = || vec!['a', 'b', 'c'];
        assert_eq!(moved(all(), 'c', 0), ['c', 'a', 'b']);
        assert_eq!(moved(all(), 'a', 9), ['b', 'c', 'a']);
        assert_eq!(stepped(all(), 'a', false), all());
        assert_eq!(stepped(all(), 'a', true), ['b', 'a', 'c']);
        assert_eq!(stepped(all(), 'c', true), all());
    }
}
