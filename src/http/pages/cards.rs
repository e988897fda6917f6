//! A bookmark as a card, its picture, and the tile we draw where there is none.

use askama::Template;

use crate::error::Result;
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::frame::page;
use crate::http::pages::{id, words};
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::bookmark::Bookmark;
use crate::model::folder::Folder;
use crate::model::id::{BookmarkId, FolderId};
use crate::model::page::PageState;
use crate::model::text;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::store;

/// Backgrounds of tiles, as `.tile-0` and so on in the style sheet.
const COLOURS: [&str; 6] = ["#f3cf9f", "#e9b98e", "#d9c7a0", "#c9d0a8", "#e6b7a6", "#cfc3b4"];
const TITLE_CHARS_MAX: usize = 300;

/// A bookmark as it is shown in lists.
#[derive(Template)]
#[template(path = "card.html")]
pub(super) struct Card {
    id: BookmarkId,
    url: String,
    host: String,
    title: String,
    description: String,
    folder: Option<(FolderId, String)>,
    saved: String,
    unread: bool,
    /// Where its picture is, if its page has one.
    picture: Option<String>,
    tile: Tile,
    pending: bool,
    /// Why its page could not be read.
    reason: Option<String>,
}

impl Card {
    /// The card of a bookmark, among the folders of its owner.
    pub(super) fn of(bookmark: &Bookmark, folders: &[Folder], now: Timestamp, user: &User) -> Self {
        let folder = folders.iter().find(|folder| Some(folder.id) == bookmark.folder_id);
        let read_at = bookmark.fetched_at.map_or(0, Timestamp::as_s);
        Self {
            id: bookmark.id,
            url: bookmark.url.clone(),
            host: bookmark.host().to_owned(),
            title: text::shortened(bookmark.title(), TITLE_CHARS_MAX),
            description: text::shortened(bookmark.description(), TITLE_CHARS_MAX),
            folder: folder.map(|folder| (folder.id, folder.title.clone())),
            saved: words::when(bookmark.saved_at, now, &user.zone),
            unread: bookmark.read_at.is_none(),
            // The address changes when the page is read again, and with it what browsers keep.
            picture: (bookmark.page.image_url.as_ref())
                .map(|_| format!("/bookmarks/{}/picture?v={read_at}", bookmark.id)),
            tile: Tile::of(bookmark.host()),
            pending: bookmark.page_state == PageState::Pending,
            reason: bookmark
                .page_reason
                .map(|reason| words::sentence(&reason.sentence(user.language))),
        }
    }
}

/// What stands in for a picture: the first letter of the host on a colour of its own.
struct Tile {
    letter: String,
    colour: usize,
}

impl Tile {
    fn of(host: &str) -> Self {
        let letter = host.chars().find(|c| c.is_alphanumeric()).unwrap_or('·');
        let sum = host.bytes().fold(0usize, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into()));
        Self { letter: letter.to_uppercase().to_string(), colour: sum % COLOURS.len() }
    }

    /// The tile as a picture. Its letter is a letter or digit, so nothing has to be escaped.
    fn svg(&self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 160 90\">\
             <rect width=\"160\" height=\"90\" fill=\"{}\"/>\
             <text x=\"80\" y=\"58\" text-anchor=\"middle\" font-family=\"sans-serif\" \
             font-size=\"36\" font-weight=\"700\" fill=\"#3d2a17\">{}</text></svg>",
            COLOURS[self.colour], self.letter
        )
    }
}

/// `GET /bookmarks/{id}/card` is the card alone, for the script that waits for its page.
pub(super) fn show(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = BookmarkId(id(segment)?);
    let card = cx.store.read(|tx| {
        let bookmark = store::bookmarks::get(tx, user.id, id)?;
        let folders = store::folders::list(tx, user.id)?;
        Ok(Card::of(&bookmark, &folders, tx.now(), &user))
    })?;
    page(200, &card)
}

/// `GET /bookmarks/{id}/picture` is the picture of its page, or our tile.
pub(super) fn picture(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = BookmarkId(id(segment)?);
    let bookmark = cx.store.read(|tx| store::bookmarks::get(tx, user.id, id))?;
    let found = match &bookmark.page.image_url {
        Some(source) => cx.pictures.find(source)?,
        None => None,
    };
    Ok(match found {
        Some(picture) => Response::new(200, &picture.content_type, picture.bytes)
            .with("cache-control", "private, max-age=86400"),
        // The picture itself may still come.
        None => Response::new(200, "image/svg+xml", Tile::of(bookmark.host()).svg())
            .with("cache-control", "private, max-age=60"),
    })
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};
    use crate::model::id::BookmarkId;
    use crate::model::page::{PageCard, PageState};
    use crate::model::reason::Reason;
    use crate::store;

    #[test]
    fn a_card_waits_for_its_page_and_then_shows_it() {
        let mut world = World::new();
        world.post("/bookmarks", &[("url", "https://example.com/bread")]);
        let card = text(world.get("/bookmarks/1/card"));
        assert!(
            card.contains("data-card=\"/bookmarks/1/card\"") && card.contains("Reading the page")
        );
        assert!(!card.contains("<html") && card.contains("tile-"));
        let image_url = "https://example.com/b.png";
        let page = PageCard {
            title: "<script>alert(1)</script> 맛있는 토스트".into(),
            image_url: Some(image_url.into()),
            ..PageCard::default()
        };
        let read = move |tx: &store::WriteTx| {
            store::pages::set(tx, BookmarkId(1), &page)?;
            store::pages::set_state(tx, BookmarkId(1), PageState::Ready, None)
        };
        world.cx().store.write(read).unwrap();
        let card = text(world.get("/bookmarks/1/card"));
        assert!(card.contains("&#60;script&#62;alert(1)&#60;/script&#62; 맛있는 토스트"), "{card}");
        assert!(!card.contains("<script>") && !card.contains("data-card"));
        assert!(card.contains("src=\"/bookmarks/1/picture?v="));
        // Until the picture is there, a tile of ours is.
        let answer = world.get("/bookmarks/1/picture");
        assert_eq!(answer.header("content-type"), Some("image/svg+xml"));
        world.cx().pictures.put(image_url, "image/png", b"png").unwrap();
        let answer = world.get("/bookmarks/1/picture");
        assert_eq!(answer.header("content-type"), Some("image/png"));
        assert_eq!(answer.header("cache-control"), Some("private, max-age=86400"));
        world.cookie = world.sign_up("juno");
        for target in ["/bookmarks/1", "/bookmarks/1/card", "/bookmarks/1/picture"] {
            assert_eq!(world.get(target).status, 404, "{target}");
        }
    }

    #[test]
    fn a_page_that_could_not_be_read_says_why() {
        let mut world = World::new();
        world.post("/bookmarks", &[("url", "https://example.com/")]);
        let fail = |tx: &store::WriteTx| {
            store::pages::set_state(tx, BookmarkId(1), PageState::Refused, Some(Reason::Robots))
        };
        world.cx().store.write(fail).unwrap();
        assert!(text(world.get("/")).contains("robots.txt asks not to read it."));
    }
}
