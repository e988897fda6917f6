//! What is behind a link, and where reading it stands.

use url::Url;

use crate::error::{Error, Result};
use crate::model::time::Timestamp;

/// What a page says about itself, as far as it says anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageMeta {
    /// Where it was found, after all redirects.
    pub url: Url,
    /// Its title, on one line; for a file its name.
    pub title: Option<String>,
    /// What it is about, on one line.
    pub description: Option<String>,
    /// A picture that stands for it.
    pub image_url: Option<Url>,
    /// The small picture of its site.
    pub icon_url: Option<Url>,
    /// The name of the site it belongs to.
    pub site_name: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// What sort of thing it is.
    pub kind: PageKind,
    /// The character encoding it was read in; none for what is not text.
    pub charset: Option<&'static str>,
}

impl PageMeta {
    /// Nothing known yet but where it is and what sort of thing.
    pub const fn bare(url: Url, kind: PageKind) -> Self {
        Self {
            url,
            title: None,
            description: None,
            image_url: None,
            icon_url: None,
            site_name: None,
            author: None,
            published_at: None,
            kind,
            charset: None,
        }
    }
}

/// What sort of thing is behind a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PageKind {
    /// A page that says nothing more exact.
    Site,
    /// Something written to be read.
    Article,
    /// A film, as a page or a file.
    Video,
    /// Music or speech, as a page or a file.
    Audio,
    /// Something for sale.
    Product,
    /// A person's page.
    Profile,
    /// A PDF document.
    Pdf,
    /// A picture.
    Image,
    /// Plain text.
    Text,
    /// Any other file.
    File,
}

impl PageKind {
    /// The word for it in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Article => "article",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Product => "product",
            Self::Profile => "profile",
            Self::Pdf => "pdf",
            Self::Image => "image",
            Self::Text => "text",
            Self::File => "file",
        }
    }

    /// Reads what [`PageKind::as_str`] wrote.
    ///
    /// # Errors
    /// `Invalid` for any other word.
    pub fn parse(text: &str) -> Result<Self> {
        const ALL: [PageKind; 10] = [
            PageKind::Site,
            PageKind::Article,
            PageKind::Video,
            PageKind::Audio,
            PageKind::Product,
            PageKind::Profile,
            PageKind::Pdf,
            PageKind::Image,
            PageKind::Text,
            PageKind::File,
        ];
        ALL.into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Error::invalid("kind", format!("{text:?} is not a kind of page")))
    }
}

/// What a bookmark keeps of its page; an empty text where the page did not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageCard {
    /// Its title.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// The address of its picture, once that picture is ours to show.
    pub image_url: Option<String>,
    /// The address of its icon.
    pub icon_url: Option<String>,
    /// The name of the site.
    pub site_name: String,
    /// Who wrote it.
    pub author: String,
    /// When it was published.
    pub published_at: Option<Timestamp>,
}

impl From<PageMeta> for PageCard {
    fn from(meta: PageMeta) -> Self {
        Self {
            title: meta.title.unwrap_or_default(),
            description: meta.description.unwrap_or_default(),
            image_url: meta.image_url.map(String::from),
            icon_url: meta.icon_url.map(String::from),
            site_name: meta.site_name.unwrap_or_default(),
            author: meta.author.unwrap_or_default(),
            published_at: meta.published_at,
        }
    }
}

/// Where reading a bookmark's page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PageState {
    /// It is still to be read.
    Pending,
    /// It was read.
    Ready,
    /// It could not be read; the site or the way to it did not work.
    Failed,
    /// It may not be read: by our rules, or because the site does not let us in.
    Refused,
}

impl PageState {
    /// The word for it in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }

    /// Reads what [`PageState::as_str`] wrote.
    ///
    /// # Errors
    /// `Invalid` for any other word.
    pub fn parse(text: &str) -> Result<Self> {
        [Self::Pending, Self::Ready, Self::Failed, Self::Refused]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| {
                Error::invalid(
                    "state",
                    format!("{text:?} is not a state, expected pending, ready, failed or refused"),
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_and_a_kind_read_as_they_write() {
        for state in ["pending", "ready", "failed", "refused"] {
            assert_eq!(PageState::parse(state).unwrap().as_str(), state);
        }
        for kind in [
            "site", "article", "video", "audio", "product", "profile", "pdf", "image", "text",
            "file",
        ] {
            assert_eq!(PageKind::parse(kind).unwrap().as_str(), kind);
        }
        assert!(PageState::parse("Ready").is_err());
        assert!(PageKind::parse("").is_err());
    }
}
