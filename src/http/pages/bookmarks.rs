//! Links: the list, one of them, saving and changing.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::bulk;
use crate::http::context::Context;
use crate::http::pages::cards::Card;
use crate::http::pages::form::{Choice, Flaws, flag, number, parameter};
use crate::http::pages::found::{self, Facets, Found};
use crate::http::pages::frame::{Frame, Here, back, page};
use crate::http::pages::{id, markdown, words};
use crate::http::paging;
use crate::http::request::{Form, Request};
use crate::http::response::Response;
use crate::model::bookmark::{BookmarkChange, Link, NewBookmark, parse_note, parse_title};
use crate::model::folder::Folder;
use crate::model::id::{BookmarkId, FolderId, SearchId};
use crate::model::order::Order;
use crate::model::page::PageState;
use crate::model::saved_search::SavedSearch;
use crate::model::tag::{self, TagName};
use crate::model::user::User;
use crate::ops::bulk::Action;
use crate::store::Tx;
use crate::store::bookmarks::{Cursor, Filter, Stage};
use crate::store::search::Sort;
use crate::{ops, store};

const PAGE_ROWS: usize = 30;

#[derive(Template)]
#[template(path = "bookmarks.html")]
struct ListPage {
    frame: Frame,
    query: Query,
    folders: Vec<(i64, String)>,
    /// The folder that is looked into.
    folder: Option<Folder>,
    /// The search that is looked into, if it is one that is kept.
    search: Option<SavedSearch>,
    /// What is suggested to be looked for.
    known_tags: Vec<String>,
    /// How many there are of what was looked for.
    facets: Option<Facets>,
    cards: Vec<Card>,
    /// Where the next page starts, if there is one.
    next: Option<String>,
}

/// What the list was asked for.
#[derive(Clone, Default)]
struct Query {
    words: String,
    search_id: Option<i64>,
    folder_id: Option<i64>,
    unread: Option<bool>,
    tag: Option<TagName>,
    favourite: bool,
    archived: bool,
    /// Where their pages stand; none is anywhere.
    states: Vec<PageState>,
    /// In which order they come when no words are looked for.
    order: Order,
    /// In which order what was found comes.
    sort: Sort,
}

impl Query {
    fn of(req: &Request) -> Result<Self> {
        let states = parameter(req, "state").map(PageState::parse_list).transpose()?;
        let (words, sort) = (parameter(req, "q").unwrap_or_default(), parameter(req, "sort"));
        let search_id = parameter(req, "search").map(id).transpose()?;
        // What words find has orders of its own.
        let is_list = words.is_empty() && search_id.is_none();
        let order = sort.filter(|_| is_list).map(Order::parse).transpose()?;
        Ok(Self {
            words: words.to_owned(),
            search_id,
            folder_id: parameter(req, "folder").map(id).transpose()?,
            unread: parameter(req, "unread").map(|typed| flag("unread", typed)).transpose()?,
            tag: parameter(req, "tag").map(TagName::parse).transpose()?,
            favourite: parameter(req, "favourite").is_some(),
            archived: parameter(req, "archived").is_some(),
            states: states.unwrap_or_default(),
            order: order.unwrap_or_default(),
            sort: match sort {
                Some("newest") => Sort::Newest,
                _ => Sort::Relevance,
            },
        })
    }

    /// Whether words are looked for, be it those of a search that is kept.
    fn is_search(&self) -> bool {
        !self.words.is_empty() || self.search_id.is_some()
    }

    /// The search that is looked into, if it is one that is kept.
    fn search(&self, tx: &Tx, user: &User) -> Result<Option<SavedSearch>> {
        let kept = |id| store::searches::get(tx, user.id, SearchId(id));
        self.search_id.map(kept).transpose()
    }

    fn filter(&self, search: Option<&SavedSearch>, after: Option<Cursor>) -> Filter {
        let kept = search.map_or("", |search| &search.query);
        let words = format!("{kept} {}", self.words).trim().to_owned();
        Filter {
            words: (!words.is_empty()).then_some(words),
            folder_id: self.folder_id.map(FolderId),
            unread: self.unread,
            tag: self.tag.clone(),
            favourite: self.favourite.then_some(true),
            stage: if self.archived { Stage::Archived } else { Stage::Whole },
            states: self.states.clone(),
            order: self.order,
            after,
        }
    }

    /// Whether only links are wanted whose page could not be read.
    fn is_unreadable(&self) -> bool {
        let unreadable = [PageState::Failed, PageState::Refused];
        !self.states.is_empty() && self.states.iter().all(|state| unreadable.contains(state))
    }

    /// The address of the list of links wherever their pages stand, with all else as it is.
    fn in_any_state(&self) -> String {
        Self { states: Vec::new(), ..self.clone() }.href("")
    }

    /// The states as they stand in an address.
    fn state(&self) -> String {
        self.states.iter().map(|state| state.as_str()).collect::<Vec<_>>().join(",")
    }

    /// The address of the list of that folder, with all else as it is.
    fn in_folder(&self, folder_id: Option<&i64>) -> String {
        Self { folder_id: folder_id.copied(), ..self.clone() }.href("")
    }

    /// The address of the list of those read, unread or both, with all else as it is.
    fn only(&self, unread: Option<bool>) -> String {
        Self { unread, ..self.clone() }.href("")
    }

    /// The address of the list of favourites, or from there of all, with all else as it is.
    fn favourites(&self) -> String {
        Self { favourite: !self.favourite, ..self.clone() }.href("")
    }

    /// The address of the archive, or from there of the list, with all else as it is.
    fn archive(&self) -> String {
        Self { archived: !self.archived, ..self.clone() }.href("")
    }

    /// The address of the list the other way round, with all else as it is.
    fn turned(&self) -> String {
        let order = match self.order {
            Order::Newest => Order::Oldest,
            Order::Oldest => Order::Newest,
        };
        Self { order, ..self.clone() }.href("")
    }

    fn is_oldest_first(&self) -> bool {
        self.order == Order::Oldest
    }

    fn is_newest(&self) -> bool {
        self.sort == Sort::Newest
    }

    /// The address of what was found in that order, with all else as it is.
    fn sorted(&self, newest: bool) -> String {
        let sort = if newest { Sort::Newest } else { Sort::Relevance };
        Self { sort, ..self.clone() }.href("")
    }

    /// The address of the list of those with a tag, with all else as it is.
    fn with_tag(&self, tag: &str) -> String {
        Self { tag: TagName::parse(tag).ok(), ..self.clone() }.href("")
    }

    /// The address of the list whatever their tags, with all else as it is.
    fn with_any_tag(&self) -> String {
        Self { tag: None, ..self.clone() }.href("")
    }

    fn href(&self, cursor: &str) -> String {
        format!("/bookmarks?{}", self.pairs(cursor))
    }

    /// What an address says of it.
    fn pairs(&self, cursor: &str) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        if !self.words.is_empty() {
            pairs.append_pair("q", &self.words);
        }
        if let Some(id) = self.search_id {
            pairs.append_pair("search", &id.to_string());
        }
        if let Some(folder_id) = self.folder_id {
            pairs.append_pair("folder", &folder_id.to_string());
        }
        if let Some(unread) = self.unread {
            pairs.append_pair("unread", if unread { "1" } else { "0" });
        }
        if let Some(tag) = &self.tag {
            pairs.append_pair("tag", tag.as_str());
        }
        for (name, is_set) in [("favourite", self.favourite), ("archived", self.archived)] {
            if is_set {
                pairs.append_pair(name, "1");
            }
        }
        if !self.states.is_empty() {
            pairs.append_pair("state", &self.state());
        }
        if !self.is_search() && self.is_oldest_first() {
            pairs.append_pair("sort", "oldest");
        } else if self.is_search() && self.is_newest() {
            pairs.append_pair("sort", "newest");
        }
        if !cursor.is_empty() {
            pairs.append_pair("cursor", cursor);
        }
        pairs.finish()
    }
}

/// A page of links that no words are looked for in.
fn plain(tx: &Tx, user: &User, filter: &Filter, folders: &[Folder]) -> Result<Found> {
    let mut found = store::bookmarks::list(tx, user.id, filter, PAGE_ROWS + 1)?;
    let next =
        paging::cut(&mut found, PAGE_ROWS).map(|last| paging::cursor_after(filter.order, last));
    let cards = found.iter().map(|b| Card::of(b, folders, tx.now(), user)).collect();
    Ok(Found { cards, next, facets: None })
}

/// `GET /bookmarks` lists links, newest first, or what is looked for, the best first.
pub(super) fn list(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let query = Query::of(req)?;
    let is_search = query.is_search();
    let (mut after, mut start) = (None, None);
    match parameter(req, "cursor") {
        Some(cursor) if is_search => start = Some(paging::parse_search_cursor(cursor)?),
        cursor => after = cursor.map(|c| paging::parse_cursor(c, query.order)).transpose()?,
    }
    let list = cx.store.read(|tx| {
        let search = query.search(tx, &user)?;
        let filter = query.filter(search.as_ref(), after);
        let folder = filter.folder_id.map(|id| store::folders::get(tx, user.id, id)).transpose()?;
        let folders = store::folders::list(tx, user.id)?;
        let found = if is_search {
            found::find(tx, &user, &filter, (query.sort, start), &folders, PAGE_ROWS)?
        } else {
            plain(tx, &user, &filter, &folders)?
        };
        let title = match (&folder, &search, query.archived, query.favourite) {
            (_, Some(search), ..) => &search.name,
            (Some(folder), ..) => &folder.title,
            (_, _, true, _) => "Archive",
            (_, _, false, true) => "Favourites",
            (_, _, false, false) => "Links",
        };
        Ok(ListPage {
            frame: Frame::inside(&user, req, Here::Links, title),
            cards: found.cards,
            next: found.next.map(|cursor| query.href(&cursor)),
            facets: found.facets,
            known_tags: store::tags::list_names(tx, user.id)?,
            folders: folders.into_iter().map(|folder| (folder.id.0, folder.title)).collect(),
            folder,
            search,
            query,
        })
    })?;
    page(200, &list)
}

#[derive(Template)]
#[template(path = "bookmark_new.html")]
struct NewPage<'a> {
    frame: Frame,
    url: &'a str,
    title: &'a str,
    note: &'a str,
    tags: &'a str,
    known_tags: Vec<String>,
    folders: Vec<Choice>,
    flaws: Flaws,
}

/// `GET /bookmarks/new` asks for a link; what a phone shares is filled in already.
pub(super) fn new(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let shared = |name| parameter(req, name).unwrap_or_default();
    // Some apps put the address into the text, and some into the title.
    let url = ["url", "text", "title"].map(shared).into_iter().find(|text| !text.is_empty());
    let title = if parameter(req, "url").is_some() { shared("title") } else { "" };
    new_page(cx, req, &user, [url.unwrap_or_default(), title, "", "", ""], Flaws::default())
}

/// `POST /bookmarks` saves a link.
pub(super) fn save(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let form = req.form()?;
    let new = match parse_new(&form) {
        Ok(new) => new,
        Err(flaws) => return new_page(cx, req, &user, typed(&form), flaws),
    };
    let user_id = user.id;
    match cx.store.write(move |tx| ops::bookmarks::save(tx, user_id, &new)) {
        Ok(saved) => {
            Ok(Response::see_other(if saved.is_new { "/?done=saved" } else { "/?done=again" }))
        }
        Err(error) => new_page(cx, req, &user, typed(&form), Flaws::of(error.under("folder"))?),
    }
}

fn typed(form: &Form) -> [&str; 5] {
    ["url", "title", "note", "folder", "tags"].map(|name| form.text(name))
}

fn parse_new(form: &Form) -> Result<NewBookmark, Flaws> {
    let mut flaws = Flaws::default();
    let link = flaws.take("url", Link::parse(form.text("url")));
    let title = flaws.take("title", parse_title(form.text("title")));
    let note = flaws.take("note", parse_note(form.text("note")));
    let folder_id = flaws.take("folder", parse_folder(form.text("folder")));
    let tags = flaws.take("tags", tag::parse_line(form.text("tags")));
    match (link, title, note, folder_id, tags) {
        (Some(link), Some(title), Some(note), Some(folder_id), Some(tags)) => {
            Ok(NewBookmark { title, note, folder_id, tags, ..NewBookmark::of(link) })
        }
        _ => Err(flaws),
    }
}

fn parse_folder(typed: &str) -> Result<Option<FolderId>> {
    if typed.is_empty() { Ok(None) } else { number("folder", typed).map(|id| Some(FolderId(id))) }
}

fn new_page(
    cx: &Context,
    req: &Request,
    user: &User,
    [url, title, note, folder, tags]: [&str; 5],
    flaws: Flaws,
) -> Result<Response> {
    let (folders, known_tags) = cx.store.read(|tx| {
        Ok((store::folders::list(tx, user.id)?, store::tags::list_names(tx, user.id)?))
    })?;
    let frame = Frame::inside(user, req, Here::Add, "Save a link");
    let folders = folder_choices(&folders, folder);
    page(flaws.status(), &NewPage { frame, url, title, note, tags, known_tags, folders, flaws })
}

/// Where a link can be filed.
fn folder_choices(folders: &[Folder], current: &str) -> Vec<Choice> {
    let none = Choice::new("", "No folder", current);
    let each = folders.iter().map(|f| Choice::new(f.id.to_string(), &*f.title, current));
    std::iter::once(none).chain(each).collect()
}

#[derive(Template)]
#[template(path = "bookmark.html")]
struct BookmarkPage<'a> {
    frame: Frame,
    id: BookmarkId,
    card: Card,
    /// What its page calls itself, which an empty title stands for.
    page_title: String,
    title: &'a str,
    note: &'a str,
    tags: &'a str,
    known_tags: Vec<String>,
    /// Its note, as it is read.
    note_html: String,
    unread: bool,
    read: Option<String>,
    folders: Vec<Choice>,
    flaws: Flaws,
}

/// `GET /bookmarks/{id}`.
pub(super) fn show(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = BookmarkId(id(segment)?);
    show_page(cx, req, &user, id, &Form::default(), Flaws::default())
}

/// `POST /bookmarks/{id}` changes the fields that are sent, and only those.
pub(super) fn change(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = BookmarkId(id(segment)?);
    let form = req.form()?;
    let change = match parse_change(&form) {
        Ok(change) => change,
        Err(flaws) => return show_page(cx, req, &user, id, &form, flaws),
    };
    let user_id = user.id;
    match cx.store.write(move |tx| ops::bookmarks::change(tx, user_id, id, &change)) {
        Ok(_) => Ok(Response::see_other(format!("/bookmarks/{id}?done=changed"))),
        Err(error) => show_page(cx, req, &user, id, &form, Flaws::of(error.under("folder"))?),
    }
}

fn parse_change(form: &Form) -> Result<BookmarkChange, Flaws> {
    let mut flaws = Flaws::default();
    let sent = |name| form.has(name).then(|| form.text(name));
    let change = BookmarkChange {
        title: sent("title").and_then(|typed| flaws.take("title", parse_title(typed))),
        description: None,
        note: sent("note").and_then(|typed| flaws.take("note", parse_note(typed))),
        folder_id: sent("folder").and_then(|typed| flaws.take("folder", parse_folder(typed))),
        tags: sent("tags").and_then(|typed| flaws.take("tags", tag::parse_line(typed))),
        unread: sent("unread").and_then(|typed| flaws.take("unread", flag("unread", typed))),
        ..BookmarkChange::default()
    };
    if flaws.is_empty() { Ok(change) } else { Err(flaws) }
}

fn show_page(
    cx: &Context,
    req: &Request,
    user: &User,
    id: BookmarkId,
    form: &Form,
    flaws: Flaws,
) -> Result<Response> {
    let (bookmark, folders, known_tags) = cx.store.read(|tx| {
        Ok((
            store::bookmarks::get(tx, user.id, id)?,
            store::folders::list(tx, user.id)?,
            store::tags::list_names(tx, user.id)?,
        ))
    })?;
    let tags = bookmark.tags.join(", ");
    let now = cx.clock.now();
    let filed = bookmark.folder_id.map(|id| id.to_string()).unwrap_or_default();
    let typed = |name, stored| if form.has(name) { form.text(name) } else { stored };
    let stored_unread = bookmark.read_at.is_none();
    let unread = flag("unread", form.text("unread")).unwrap_or(stored_unread);
    let status = flaws.status();
    let shown = BookmarkPage {
        frame: Frame::inside(user, req, Here::Links, bookmark.title()),
        id,
        card: Card::of(&bookmark, &folders, now, user),
        page_title: bookmark.page.title.clone(),
        title: typed("title", &bookmark.own_title),
        note: typed("note", &bookmark.note),
        tags: typed("tags", &tags),
        known_tags,
        note_html: markdown::html(&bookmark.note),
        unread,
        read: bookmark.read_at.map(|at| words::when(at, now, &user.zone)),
        folders: folder_choices(&folders, typed("folder", &filed)),
        flaws,
    };
    page(status, &shown)
}

/// `POST /bookmarks/{id}/read`, `/archive`, `/favourite` and what takes these back.
pub(super) fn mark(cx: &Context, req: &Request, segment: &str, mark: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = BookmarkId(id(segment)?);
    let as_is = BookmarkChange::default();
    let change = match mark {
        "read" => BookmarkChange { unread: Some(false), ..as_is },
        "unread" => BookmarkChange { unread: Some(true), ..as_is },
        "archive" => BookmarkChange { archived: Some(true), ..as_is },
        "unarchive" => BookmarkChange { archived: Some(false), ..as_is },
        "favourite" => BookmarkChange { favourite: Some(true), ..as_is },
        "unfavourite" => BookmarkChange { favourite: Some(false), ..as_is },
        _ => return Err(Error::NotFound("page")),
    };
    cx.store.write(move |tx| ops::bookmarks::change(tx, user.id, id, &change))?;
    Ok(Response::see_other(back(req, "/bookmarks")))
}

/// `POST /bookmarks/{id}/restore` gives it its full time until it burns again.
pub(super) fn restore(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = BookmarkId(id(segment)?);
    cx.store.write(move |tx| ops::bookmarks::restore(tx, user.id, id))?;
    Ok(Response::see_other(back(req, "/ashes")))
}

/// `POST /bookmarks/{id}/refresh` has its page read again.
pub(super) fn refresh(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = BookmarkId(id(segment)?);
    cx.store.write(move |tx| ops::bookmarks::refresh(tx, user.id, id))?;
    Ok(Response::see_other(format!("/bookmarks/{id}?done=refreshed")))
}

/// `POST /bookmarks/refresh` has all pages of a list read again, as its address names them.
pub(super) fn refresh_all(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let query = Query::of(req)?;
    let ids = cx.store.read(|tx| {
        let search = query.search(tx, &user)?;
        store::bookmarks::list_ids(tx, user.id, &query.filter(search.as_ref(), None))
    })?;
    bulk::apply(cx, user.id, &ids, &Action::Refresh)?;
    Ok(Response::see_other("/bookmarks?done=rereading"))
}

/// `POST /bookmarks/{id}/delete`.
pub(super) fn delete(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = BookmarkId(id(segment)?);
    cx.store.write(move |tx| ops::bookmarks::delete(tx, user.id, id))?;
    let from = back(req, "/bookmarks");
    // Its own page is gone now.
    let own = format!("/bookmarks/{id}");
    let gone = from.split('?').next() == Some(own.as_str());
    Ok(Response::see_other(if gone { "/bookmarks?done=deleted".to_owned() } else { from }))
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};
    use crate::model::id::BookmarkId;
    use crate::model::page::PageState;
    use crate::model::reason::Reason;
    use crate::store;

    #[test]
    fn a_link_is_saved_listed_edited_and_deleted_by_forms() {
        let mut world = World::new();
        world.post("/folders", &[("title", "Recipes")]);
        let shared = [("url", "맛있는 빵 https://example.com/bread?utm_source=x #fun")];
        let answer = world.post("/bookmarks", &shared);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/?done=saved")));
        let answer = world.post("/bookmarks", &[("url", "example.com/bread")]);
        assert_eq!(answer.header("location"), Some("/?done=again"));
        let edit = [("title", "Bread & <i>butter</i>"), ("note", "for\nSunday"), ("folder", "1")];
        let answer = world.post("/bookmarks/1", &edit);
        assert_eq!(answer.header("location"), Some("/bookmarks/1?done=changed"));
        for target in ["/bookmarks?q=butter", "/bookmarks?folder=1&unread=1", "/bookmarks/1"] {
            let page = text(world.get(target));
            assert!(page.contains("Bread &#38; &#60;i&#62;butter&#60;/i&#62;"), "{target}");
        }
        world.post("/bookmarks/1/read", &[]);
        assert!(!text(world.get("/bookmarks?unread=1")).contains("butter"));
        assert!(text(world.get("/bookmarks?unread=0")).contains("butter"));
        let answer = world.post("/bookmarks/1/delete", &[]);
        assert_eq!(answer.header("location"), Some("/bookmarks"));
        assert_eq!(world.get("/bookmarks/1").status, 404);
    }

    #[test]
    fn what_is_no_link_shows_the_form_again_with_all_that_was_typed() {
        let mut world = World::new();
        let fields = [("url", "no link \"here\""), ("title", "Mine"), ("note", "</textarea>x")];
        let answer = world.post("/bookmarks", &fields);
        assert_eq!(answer.status, 422);
        let page = text(answer);
        assert!(page.contains("value=\"no link &#34;here&#34;\""), "{page}");
        assert!(page.contains("id=\"url-flaw\"") && page.contains("value=\"Mine\""));
        assert!(page.contains("&#60;/textarea&#62;x"));
        let answer = world.post("/bookmarks", &[("url", "example.com"), ("folder", "9")]);
        assert_eq!(answer.status, 422);
        assert!(text(answer).contains("id=\"folder-flaw\""));
    }

    #[test]
    fn pages_that_could_not_be_read_are_listed_and_read_again_together() {
        let mut world = World::new();
        for n in 1..=3 {
            world.post("/bookmarks", &[("url", &format!("https://bread.example/{n}"))]);
        }
        let stand = |tx: &store::WriteTx| {
            let set =
                |id, state, reason| store::pages::set_state(tx, BookmarkId(id), state, reason);
            set(1, PageState::Failed, Some(Reason::TimedOut))?;
            set(2, PageState::Refused, Some(Reason::Robots))?;
            set(3, PageState::Ready, None)
        };
        world.cx().store.write(stand).unwrap();
        let settings = text(world.get("/settings"));
        assert!(settings.contains("2 pages could not be read"), "{settings}");
        assert!(settings.contains("href=\"/bookmarks?state=failed,refused\""));
        let page = text(world.get("/bookmarks?state=failed,refused"));
        assert_eq!(page.matches("<article").count(), 2);
        let again = "/bookmarks/refresh?state=failed%2Crefused";
        assert!(page.contains(&format!("action=\"{again}\"")), "{page}");
        assert!(!text(world.get("/bookmarks?state=ready")).contains("/bookmarks/refresh?"));
        assert_eq!(world.get("/bookmarks?state=odd").status, 422);
        assert_eq!(world.post(again, &[]).header("location"), Some("/bookmarks?done=rereading"));
        assert_eq!(text(world.get("/bookmarks?state=pending")).matches("<article").count(), 2);
        assert!(!text(world.get("/settings")).contains("pages could not be read"));
    }

    #[test]
    fn a_long_list_has_pages_that_leave_nothing_out() {
        let mut world = World::new();
        for n in 0..70 {
            world.post("/bookmarks", &[("url", &format!("https://example.com/page-{n}"))]);
        }
        let (mut target, mut cards) = ("/bookmarks?unread=1".to_owned(), 0);
        loop {
            let page = text(world.get(&target));
            cards += page.matches("<article").count();
            let Some((_, next)) = page.split_once("rel=\"next\" href=\"") else { break };
            target = next.split('"').next().unwrap().replace("&#38;", "&");
            assert!(target.contains("unread=1"), "{target}");
        }
        assert_eq!(cards, 70);
        assert_eq!(world.get("/bookmarks?cursor=x").status, 422);
    }

    #[test]
    fn what_is_looked_for_is_marked_counted_and_kept_in_addresses() {
        let mut world = World::new();
        for n in 0..40 {
            let title = format!("<i>Toaster</i> {n}");
            let url = format!("https://example.com/{n}");
            let tags = if n < 3 { "jam" } else { "" };
            world.post("/bookmarks", &[("url", &url), ("title", &title), ("tags", tags)]);
        }
        let page = text(world.get("/bookmarks?q=toast"));
        assert!(page.contains("role=\"status\">40 links found</p>"), "{page}");
        assert!(page.contains("&lt;i&gt;<mark>Toast</mark>er&lt;/i&gt; 39"), "{page}");
        assert!(page.contains("/bookmarks?q=toast&#38;tag=jam"), "{page}");
        assert!(page.contains("/bookmarks?q=toast&#38;sort=newest"));
        let (_, next) = page.split_once("rel=\"next\" href=\"").unwrap();
        let next = next.split('"').next().unwrap().replace("&#38;", "&");
        assert_eq!(text(world.get(&next)).matches("<article").count(), 10);
        let page = text(world.get("/bookmarks?q=toast+%23jam"));
        assert!(page.contains("3 links found") && page.contains("value=\"toast #jam\""));
        assert!(text(world.get("/bookmarks?q=%22%3Cscript%3E")).contains("Nothing found"));
        assert_eq!(world.get("/bookmarks?q=a&cursor=x").status, 422);
    }

    #[test]
    fn the_links_of_others_do_not_exist() {
        let mut world = World::new();
        world.post("/bookmarks", &[("url", "https://example.com/")]);
        world.cookie = world.sign_up("juno");
        assert_eq!(world.get("/bookmarks/1").status, 404);
        for act in ["", "/read", "/unread", "/refresh", "/delete"] {
            assert_eq!(world.post(&format!("/bookmarks/1{act}"), &[]).status, 404, "{act}");
        }
        assert!(!text(world.get("/bookmarks")).contains("example.com"));
    }
}
