//! A bookmark as programs see it: the same in an answer of the API and in an event, and neither
//! may know the other.

use serde::Serialize;

use crate::model::bookmark::Bookmark;
use crate::model::user::User;

/// A saved link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BookmarkReply {
    /// Identity.
    pub id: i64,
    /// The address as it was saved.
    pub url: String,
    /// Your title, else that of the page; may be empty.
    pub title: String,
    /// Your description, else that of the page; may be empty.
    pub description: String,
    /// Your notes.
    pub note: String,
    /// The folder it is in.
    pub folder_id: Option<i64>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it is still to be read.
    pub unread: bool,
    /// Whether it is in the archive.
    pub archived: bool,
    /// Whether it is marked as a favourite.
    pub favourite: bool,
    /// Whether it turned to ash.
    pub burnt: bool,
    /// What the site calls itself; may be empty.
    pub site_name: String,
    /// Who wrote it; may be empty.
    pub author: String,
    /// When it was published.
    pub published_at: Option<String>,
    /// The picture that the page names.
    pub image_url: Option<String>,
    /// The icon of the site.
    pub icon_url: Option<String>,
    /// When it was saved.
    pub saved_at: String,
    /// When it, or what is known of its page, last changed.
    pub updated_at: String,
    /// When it was read.
    pub read_at: Option<String>,
    /// Where reading its page stands.
    pub page: PageReply,
}

/// Where reading a page stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PageReply {
    /// Whether it is still to be read, was read, could not be, or may not be.
    #[cfg_attr(test, schemars(extend("enum" = ["pending", "ready", "failed", "refused"])))]
    pub state: &'static str,
    /// Why it was not read, in the language of the reader.
    pub reason: Option<String>,
    /// The same, for programs: `robots`, `gone 404` and so on.
    pub code: Option<String>,
    /// When it was last read.
    pub fetched_at: Option<String>,
}

impl BookmarkReply {
    /// That of a bookmark, for its owner.
    pub fn of(bookmark: &Bookmark, user: &User) -> Self {
        let reason = bookmark.page_reason;
        Self {
            id: bookmark.id.0,
            url: bookmark.url.clone(),
            title: bookmark.title().to_owned(),
            description: bookmark.description().to_owned(),
            note: bookmark.note.clone(),
            folder_id: bookmark.folder_id.map(|id| id.0),
            tags: bookmark.tags.clone(),
            unread: bookmark.read_at.is_none(),
            archived: bookmark.archived_at.is_some(),
            favourite: bookmark.favourite,
            burnt: bookmark.burnt_at.is_some(),
            site_name: bookmark.page.site_name.clone(),
            author: bookmark.page.author.clone(),
            published_at: bookmark.page.published_at.map(|at| at.to_string()),
            image_url: bookmark.page.image_url.clone(),
            icon_url: bookmark.page.icon_url.clone(),
            saved_at: bookmark.saved_at.to_string(),
            updated_at: bookmark.updated_at.to_string(),
            read_at: bookmark.read_at.map(|at| at.to_string()),
            page: PageReply {
                state: bookmark.page_state.as_str(),
                reason: reason.map(|reason| reason.sentence(user.language)),
                code: reason.map(|reason| reason.to_string()),
                fetched_at: bookmark.fetched_at.map(|at| at.to_string()),
            },
        }
    }
}
