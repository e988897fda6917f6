//! The languages people are spoken to in.

use crate::error::{Error, Result};
use crate::model::accepted;

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

    /// The first that a browser asks for, as its `Accept-Language` weighs them; English where it
    /// asks for none that is spoken here (RFC 9110, section 12.5.4).
    pub fn preferred(accepted: &str) -> Self {
        let mut best = (Self::English, 0.0);
        for (range, weight) in accepted::weighed(accepted) {
            let tag = range.split('-').next().unwrap_or_default();
            let found = Self::ALL.into_iter().find(|own| own.tag().eq_ignore_ascii_case(tag));
            if let Some(language) = found.filter(|_| weight > best.1) {
                best = (language, weight);
            }
        }
        best.0
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

    #[test]
    fn a_browser_is_answered_in_what_it_would_rather_have() {
        let check = |accepted, expected| assert_eq!(Language::preferred(accepted), expected);
        check("", Language::English);
        check("ko", Language::Korean);
        check("de-DE, ja;q=0.8, en;q=0.5", Language::Japanese);
        check("en;q=0.5,KO-kr;q=0.9", Language::Korean);
        check("ko;q=0, *", Language::English);
        check("ja;q=x, fr", Language::English);
        for language in Language::ALL {
            assert_eq!(Language::preferred(language.accept()), language);
        }
    }
}
