//! In which order bookmarks are listed.

use crate::error::{Error, Result};

/// In which order bookmarks are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// What was saved last comes first.
    #[default]
    Newest,
    /// What was saved first comes first.
    Oldest,
}

impl Order {
    /// The word for it in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
        }
    }

    /// Reads what [`Order::as_str`] wrote.
    ///
    /// # Errors
    /// `Invalid` for any other word.
    pub fn parse(text: &str) -> Result<Self> {
        [Self::Newest, Self::Oldest].into_iter().find(|order| order.as_str() == text).ok_or_else(
            || Error::invalid("sort", format!("{text:?} found, expected newest or oldest")),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_one_of_two_words() {
        for order in [Order::Newest, Order::Oldest] {
            assert_eq!(Order::parse(order.as_str()).unwrap(), order);
        }
        assert!(Order::parse("Newest").unwrap_err().to_string().starts_with("sort:"));
    }
}
