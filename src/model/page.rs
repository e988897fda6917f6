//! What is behind a link, and where reading it stands.

use url::Url;

use crate::error::{Error, Result};
use crate::model::time::Timestamp;

/// What a page says about itself, as far as it says anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageMeta {
    /// Where it was found, after all redirects.
    pub url: Url,
    /// Where it says that it lives.
    pub canonical_url: Option<Url>,
    /// Its title, on one line; for a file its name.
    pub title: Option<String>,
    /// The title without the name of its site.
    pub short_title: Option<String>,
    /// What it is about, on one line.
    pub description: Option<String>,
    /// Pictures that stand for it, the best first.
    pub images: Vec<PageImage>,
    /// The small picture of its site, the best for 64 dots.
    pub icon_url: Option<Url>,
    /// The name of the site it belongs to.
    pub site_name: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// What it is written in, as a tag of BCP 47.
    pub language: Option<String>,
    /// What sort of thing it is.
    pub kind: PageKind,
    /// Where an oEmbed description of it is.
    pub oembed_url: Option<Url>,
    /// The colour of its site, as CSS has it.
    pub theme_colour: Option<String>,
    /// Where it sends its reader on by itself.
    pub onward_url: Option<Url>,
    /// The character encoding it was read in; none for what is not text.
    pub charset: Option<&'static str>,
}

impl PageMeta {
    /// Nothing known yet but where it is and what sort of thing.
    pub const fn bare(url: Url, kind: PageKind) -> Self {
        Self {
            url,
            canonical_url: None,
            title: None,
            short_title: None,
            description: None,
            images: Vec::new(),
            icon_url: None,
            site_name: None,
            author: None,
            published_at: None,
            language: None,
            kind,
            oembed_url: None,
            theme_colour: None,
            onward_url: None,
            charset: None,
        }
    }
}

/// A picture that a page offers to stand for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageImage {
    /// Where it is.
    pub url: Url,
    /// How wide the page says it is, in dots.
    pub width: Option<u32>,
    /// How high the page says it is, in dots.
    pub height: Option<u32>,
}

impl PageImage {
    /// A picture of which nothing but its address is known.
    pub const fn at(url: Url) -> Self {
        Self { url, width: None, height: None }
    }
}

/// What sort of thing is behind a link.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum PageKind {
    /// A page that says nothing more exact.
    #[default]
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
    /// Its title without the name of its site.
    pub short_title: String,
    /// What it is about.
    pub description: String,
    /// Where its picture came from.
    pub image_url: Option<String>,
    /// The key of its picture among those we keep.
    pub picture: Option<String>,
    /// Where its icon came from.
    pub icon_url: Option<String>,
    /// The key of its icon among the pictures we keep.
    pub icon: Option<String>,
    /// The name of the site.
    pub site_name: String,
    /// Who wrote it.
    pub author: String,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// What it is written in, as a tag of BCP 47.
    pub language: String,
    /// What sort of thing it is.
    pub kind: PageKind,
    /// Where it lives: as it says, else where it was found.
    pub canonical_url: Option<String>,
}

impl From<PageMeta> for PageCard {
    /// Of the pictures it keeps the address of the best; none of them is ours to show yet.
    fn from(meta: PageMeta) -> Self {
        Self {
            title: meta.title.unwrap_or_default(),
            short_title: meta.short_title.unwrap_or_default(),
            description: meta.description.unwrap_or_default(),
            image_url: meta.images.into_iter().next().map(|image| image.url.into()),
            picture: None,
            icon_url: meta.icon_url.map(String::from),
            icon: None,
            site_name: meta.site_name.unwrap_or_default(),
            author: meta.author.unwrap_or_default(),
            published_at: meta.published_at,
            language: meta.language.unwrap_or_default(),
            kind: meta.kind,
            canonical_url: Some(meta.canonical_url.unwrap_or(meta.url).into()),
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

    /// Reads several with commas between them.
    ///
    /// # Errors
    /// `Invalid` for any other word.
    pub fn parse_list(text: &str) -> Result<Vec<Self>> {
        text.split(',').map(Self::parse).collect()
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
        let both = [PageState::Failed, PageState::Refused];
        assert_eq!(PageState::parse_list("failed,refused").unwrap(), both);
        for bad in ["", "failed,", "failed refused"] {
            assert!(PageState::parse_list(bad).is_err(), "{bad}");
        }
        assert!(PageKind::parse("").is_err());
    }
}
