//! The languages people are spoken to in.

use crate::error::{Error, Result};

/// A language that Toaster speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// 한국어.
    Korean,
    /// 日本語.
    Japanese,
}

impl Language {
    /// All there are, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::English, Self::Korean, Self::Japanese];

    /// Its tag (BCP 47), which is also the word for it in the database and in answers.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
            Self::Japanese => "ja",
        }
    }

    /// What its speakers call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Korean => "한국어",
            Self::Japanese => "日本語",
        }
    }

    /// Reads what [`Language::tag`] wrote.
    ///
    /// # Errors
    /// `Invalid` for a language that is not spoken here.
    pub fn parse(tag: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag).ok_or_else(|| {
            Error::invalid("language", format!("{tag:?} found, expected en, ko or ja"))
        })
    }

    /// The `Accept-Language` of somebody who reads it (RFC 9110, section 12.5.4).
    pub const fn accept(self) -> &'static str {
        match self {
            Self::English => "en-US,en;q=0.9,*;q=0.5",
            Self::Korean => "ko-KR,ko;q=0.9,en;q=0.7,*;q=0.5",
            Self::Japanese => "ja-JP,ja;q=0.9,en;q=0.7,*;q=0.5",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_reads_as_it_writes() {
        for language in Language::ALL {
            assert_eq!(Language::parse(language.tag()).unwrap(), language);
            assert!(language.accept().starts_with(language.tag()));
        }
        for tag in ["", "EN", "de"] {
            assert!(Language::parse(tag).is_err(), "{tag}");
        }
    }
}
