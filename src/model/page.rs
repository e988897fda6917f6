//! What is behind a link.

use crate::error::{Error, Result};
use crate::model::time::Timestamp;

/// Where reading a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageState {
    /// Still to be read.
    Pending,
    /// Read.
    Ready,
    /// Could not be read.
    Failed,
    /// Must not be read.
    Refused,
}

impl PageState {
    /// Its name in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }

    /// The state of that name.
    ///
    /// # Errors
    /// `Invalid` when there is none.
    pub fn parse(name: &str) -> Result<Self> {
        [Self::Pending, Self::Ready, Self::Failed, Self::Refused]
            .into_iter()
            .find(|state| state.as_str() == name)
            .ok_or_else(|| Error::invalid("state", format!("{name:?} is not a page state")))
    }
}

/// What a page says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageMeta {
    /// Its title; empty when it has none.
    pub title: String,
    /// What it is about; empty when it does not say.
    pub description: String,
    /// The address of its picture.
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
