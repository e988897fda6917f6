//! A bookmark as a card, its picture, and the tile we draw where there is none.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::frame::page;
use crate::http::pages::{id, words};
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::searching;
use crate::http::speech::filters;
use crate::model::bookmark::Bookmark;
use crate::model::folder::Folder;
use crate::model::id::{BookmarkId, FolderId};
use crate::model::page::{PageCard, PageKind, PageState};
use crate::model::seal;
use crate::model::search::{self, Needle};
use crate::model::text;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::{ops, store};

/// Backgrounds of tiles, as `.tile-0` and so on in the style sheet.
const COLOURS: [&str; 6] = ["#f3cf9f", "#e9b98e", "#d9c7a0", "#c9d0a8", "#e6b7a6", "#cfc3b4"];
const TITLE_CHARS_MAX: usize = 300;
const FOREVER: &str = "private, max-age=31536000, immutable";
const SHORT: &str = "private, max-age=60";

/// A bookmark as it is shown in lists.
#[derive(Template)]
#[template(path = "card.html")]
pub(super) struct Card {
    id: BookmarkId,
    url: String,
    host: String,
    title: String,
    /// The title as HTML with what was looked for marked, if it is there.
    title_marked: Option<String>,
    description: String,
    /// What stands in place of the description where that shows better why a link was found, as
    /// HTML.
    snippet: Option<String>,
    folder: Option<(FolderId, String)>,
    /// Its tags, each with the address of the list of those that have it.
    tags: Vec<(String, String)>,
    favourite: bool,
    archived: bool,
    saved: String,
    unread: bool,
    /// When it will turn to ash, once that was announced.
    burns: Option<String>,
    /// When it turned to ash.
    burnt: Option<String>,
    /// Where its picture is, if its page has one.
    picture: Option<String>,
    /// Where the icon of its site is, if that has one.
    icon: Option<String>,
    tile: Tile,
    /// What it is, where it is no ordinary page.
    kind: Option<&'static str>,
    pending: bool,
    /// Why its page could not be read.
    reason: Option<String>,
}

impl Card {
    /// The card of a bookmark, among the folders of its owner.
    pub(super) fn of(bookmark: &Bookmark, folders: &[Folder], now: Timestamp, user: &User) -> Self {
        let folder = folders.iter().find(|folder| Some(folder.id) == bookmark.folder_id);
        let kept = |what: &str, key: &String| format!("/bookmarks/{}/{what}?v={key}", bookmark.id);
        Self {
            id: bookmark.id,
            url: bookmark.url.clone(),
            host: bookmark.host().to_owned(),
            title: text::shortened(bookmark.short_title(), TITLE_CHARS_MAX),
            title_marked: None,
            snippet: None,
            kind: kind(bookmark.page.kind),
            description: text::shortened(bookmark.description(), TITLE_CHARS_MAX),
            folder: folder.map(|folder| (folder.id, folder.title.clone())),
            tags: bookmark.tags.iter().map(|tag| (tag.clone(), tag_href(tag))).collect(),
            favourite: bookmark.favourite,
            archived: bookmark.archived_at.is_some(),
            saved: words::when(bookmark.saved_at, now, &user.zone),
            unread: bookmark.read_at.is_none(),
            burns: bookmark.burns_at.map(|at| words::night(at, now, &user.zone)),
            burnt: bookmark.burnt_at.map(|at| words::when(at, now, &user.zone)),
            picture: bookmark.page.picture.as_ref().map(|key| kept("picture", key)),
            icon: bookmark.page.icon.as_ref().map(|key| kept("icon", key)),
            tile: Tile::of(bookmark.host()),
            pending: bookmark.page_state == PageState::Pending,
            reason: bookmark
                .page_reason
                .map(|reason| words::sentence(&reason.sentence(user.language))),
        }
    }

    /// With what was looked for marked in it.
    pub(super) fn marked(self, bookmark: &Bookmark, needles: &[Needle]) -> Self {
        Self {
            title_marked: search::marked(&self.title, needles),
            snippet: searching::snippet(bookmark, needles),
            ..self
        }
    }
}

/// The address of the list of links with a tag.
pub(super) fn tag_href(tag: &str) -> String {
    let pairs =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("tag", tag).finish();
    format!("/bookmarks?{pairs}")
}

/// What a thing is called that is no ordinary page.
const fn kind(kind: PageKind) -> Option<&'static str> {
    match kind {
        PageKind::Video => Some("Video"),
        PageKind::Audio => Some("Audio"),
        PageKind::Pdf => Some("PDF"),
        PageKind::Image => Some("Picture"),
        PageKind::File => Some("File"),
        _ => None,
    }
}

/// What stands in for a picture: the first letter of the host on a colour of its own.
struct Tile {
    letter: String,
    colour: usize,
}

impl Tile {
    fn of(host: &str) -> Self {
        // The name as people write it, where it is not in Latin letters.
        let (name, _) = idna::domain_to_unicode(host);
        let letter = name.chars().find(|c| c.is_alphanumeric()).unwrap_or('·');
        let sum = host.bytes().fold(0usize, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into()));
        Self { letter: letter.to_uppercase().to_string(), colour: sum % COLOURS.len() }
    }

    /// The tile as a picture. Its letter is a letter or digit, so nothing has to be escaped.
    fn svg(&self, (width, height): (u32, u32)) -> String {
        let size = height * 2 / 5;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\">\
             <rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-family=\"sans-serif\" \
             font-size=\"{size}\" font-weight=\"700\" fill=\"#3d2a17\">{}</text></svg>",
            COLOURS[self.colour],
            width / 2,
            height / 2 + size * 9 / 25,
            self.letter
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
    kept(cx, req, segment, |page| page.picture.as_deref(), (320, 180))
}

/// `GET /bookmarks/{id}/icon` is the icon of its site, or our tile.
pub(super) fn icon(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    kept(cx, req, segment, |page| page.icon.as_deref(), (64, 64))
}

/// `GET /pictures/{sealed}` is a picture that a push shows: phones and mail programs, which are
/// not signed in, get those that we told them of.
pub(super) fn shared_picture(cx: &Context, sealed: &str) -> Result<Response> {
    let secret = cx.store.read(store::acts::key)?;
    let key = seal::open(sealed, &secret).ok_or(Error::NotFound("picture"))?;
    let picture = cx.pictures.find(key)?.ok_or(Error::NotFound("picture"))?;
    Ok(framed(Response::new(200, &picture.content_type, picture.bytes), FOREVER))
}

/// A picture that we keep. Where it is kept no more, its page is read again, and a tile of
/// that size is there meanwhile.
fn kept(
    cx: &Context,
    req: &Request,
    segment: &str,
    key: fn(&PageCard) -> Option<&str>,
    tile: (u32, u32),
) -> Result<Response> {
    // Programs show them as well.
    let auth::Caller { user, rights, .. } = auth::caller(cx, req)?;
    let id = BookmarkId(id(segment)?);
    let bookmark = cx.store.read(|tx| ops::tokens::bookmark(tx, user.id, &rights, id))?;
    if let Some(key) = key(&bookmark.page) {
        let etag = format!("\"{key}\"");
        // The address holds the key, so what is at it never changes.
        let time = if req.query("v") == Some(key) { FOREVER } else { SHORT };
        if req.header("if-none-match").is_some_and(|known| known.contains(&etag)) {
            return Ok(framed(Response::no_content().with_status(304), time).with("etag", etag));
        }
        let found = cx.pictures.find(key);
        if let Err(error) = &found {
            tracing::warn!(%error, "the picture cache cannot be read");
        }
        if let Ok(Some(picture)) = found {
            let answer = Response::new(200, &picture.content_type, picture.bytes);
            return Ok(framed(answer, time).with("etag", etag));
        }
        let (user_id, key) = (user.id, key.to_owned());
        cx.store.write(move |tx| ops::pages::picture_lost(tx, user_id, id, &key))?;
    }
    // The picture itself may still come.
    let svg = Tile::of(bookmark.host()).svg(tile);
    Ok(framed(Response::new(200, "image/svg+xml", svg), SHORT))
}

/// Nothing in a picture may run, whoever opens it by itself.
fn framed(answer: Response, time: &'static str) -> Response {
    answer
        .with("content-security-policy", "default-src 'none'; sandbox")
        .with("cache-control", time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::pages::testing::{World, text};
    use crate::http::request::Method;
    use crate::model::reason::Reason;

    /// As if its page had been read.
    fn show_page(world: &World, picture: Option<&str>, icon: Option<&str>) {
        let page = PageCard {
            title: "<script>alert(1)</script> 맛있는 토스트".into(),
            picture: picture.map(ToOwned::to_owned),
            icon: icon.map(ToOwned::to_owned),
            ..PageCard::default()
        };
        let read = move |tx: &store::WriteTx| {
            store::pages::set(tx, BookmarkId(1), &page)?;
            store::pages::set_due(tx, BookmarkId(1), None, 1)?;
            store::pages::set_state(tx, BookmarkId(1), PageState::Ready, None)
        };
        world.cx().store.write(read).unwrap();
    }

    #[test]
    fn a_card_waits_for_its_page_and_then_shows_it() {
        let mut world = World::new();
        world.post("/bookmarks", &[("url", "https://example.com/bread")]);
        let card = text(world.get("/bookmarks/1/card"));
        assert!(
            card.contains("data-card=\"/bookmarks/1/card\"") && card.contains("Reading the page")
        );
        assert!(!card.contains("<html") && card.contains("tile-"));
        let pictures = &world.cx().pictures;
        let key = pictures.put("image/webp", b"loaf").unwrap();
        let icon = pictures.put("image/png", b"crumb").unwrap();
        show_page(&world, Some(&key), Some(&icon));
        let card = text(world.get("/bookmarks/1/card"));
        assert!(card.contains("&#60;script&#62;alert(1)&#60;/script&#62; 맛있는 토스트"), "{card}");
        assert!(!card.contains("<script>") && !card.contains("data-card"));
        for (name, key, kind) in [("picture", key, "image/webp"), ("icon", icon, "image/png")] {
            let target = format!("/bookmarks/1/{name}?v={key}");
            assert!(card.contains(&format!("src=\"{target}\"")), "{card}");
            let answer = world.get(&target);
            assert_eq!(answer.header("content-type"), Some(kind));
            assert_eq!(answer.header("cache-control"), Some(FOREVER));
            assert_eq!(answer.header("etag"), Some(&*format!("\"{key}\"")));
            let policies = answer.headers.iter().filter(|(n, _)| *n == "content-security-policy");
            assert_eq!(policies.count(), 1);
            for other in [format!("/bookmarks/1/{name}"), format!("/bookmarks/1/{name}?v=x")] {
                assert_eq!(world.get(&other).header("cache-control"), Some(SHORT));
            }
        }
        world.cookie = world.sign_up("juno");
        for target in ["/bookmarks/1/card", "/bookmarks/1/picture", "/bookmarks/1/icon"] {
            assert_eq!(world.get(target).status, 404, "{target}");
        }
    }

    #[test]
    fn what_a_browser_has_is_not_sent_again() {
        let mut world = World::new();
        world.post("/bookmarks", &[("url", "https://example.com/bread")]);
        let key = world.cx().pictures.put("image/webp", b"loaf").unwrap();
        show_page(&world, Some(&key), None);
        for (known, status) in [(format!("\"{key}\""), 304), ("\"another\"".into(), 200)] {
            let mut req =
                Request::new(Method::Get, &format!("/bookmarks/1/picture?v={key}")).unwrap();
            req.headers.push(("if-none-match".into(), known));
            let answer = world.answer(req);
            assert_eq!((answer.status, answer.header("cache-control")), (status, Some(FOREVER)));
        }
    }

    #[test]
    fn a_picture_that_is_kept_no_more_becomes_a_tile_and_its_page_is_read_again() {
        let mut world = World::new();
        world.post("/bookmarks", &[("url", "https://example.com/bread")]);
        show_page(&world, Some("loaf"), Some("crumb"));
        for name in ["picture", "icon"] {
            let answer = world.get(&format!("/bookmarks/1/{name}?v=loaf"));
            assert_eq!(answer.header("content-type"), Some("image/svg+xml"));
            assert_eq!(answer.header("cache-control"), Some(SHORT));
            assert!(text(answer).contains(">E</text>"));
        }
        let due = world.cx().store.read(store::pages::next_due_at).unwrap();
        assert!(due.is_some());
        let card = text(world.get("/bookmarks/1/card"));
        assert!(!card.contains("<img") && !card.contains("data-card"), "{card}");
    }

    #[test]
    fn a_tile_shows_the_letter_that_people_know_a_site_by() {
        let letter = |host: &str| Tile::of(host).letter;
        assert_eq!(letter("example.com"), "E");
        assert_eq!(letter("xn--9t4b11yi5a.xn--3e0b707e"), "테");
        assert_eq!(letter("9gag.example"), "9");
        assert_eq!(letter("[::1]"), "1");
        assert_eq!(letter("127.0.0.1:8080"), "1");
        assert_eq!(letter(""), "·");
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
