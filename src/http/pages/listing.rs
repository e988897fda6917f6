//! Lists of links: what an address asks for, and the page that shows it.

use askama::Template;

use crate::error::Result;
use crate::http::auth;
use crate::http::bulk;
use crate::http::context::Context;
use crate::http::pages::cards::Card;
use crate::http::pages::folders;
use crate::http::pages::form::{Choice, flag, parameter};
use crate::http::pages::found::{self, Facets, Found};
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::id;
use crate::http::paging;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::speech::{filters, say};
use crate::model::folder::Folder;
use crate::model::id::{FolderId, SearchId, TagId};
use crate::model::order::Order;
use crate::model::page::PageState;
use crate::model::saved_search::SavedSearch;
use crate::model::tag::TagName;
use crate::model::user::User;
use crate::ops::bulk::Action;
use crate::store::bookmarks::{Cursor, Filter, Stage};
use crate::store::search::Sort;
use crate::store::{self, Tx};

const PAGE_ROWS: usize = 30;

#[derive(Template)]
#[template(path = "bookmarks.html")]
struct ListPage {
    frame: Frame,
    query: Query,
    folders: Vec<(i64, String)>,
    /// Where links can be moved to.
    homes: Vec<Choice>,
    /// The folder that is looked into.
    folder: Option<Folder>,
    /// The tag that is looked into, where that is all that the list is of.
    tag: Option<TagId>,
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
pub(super) struct Query {
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
    /// Reads it from the address.
    pub(super) fn of(req: &Request) -> Result<Self> {
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
    pub(super) fn search(&self, tx: &Tx, user: &User) -> Result<Option<SavedSearch>> {
        let kept = |id| store::searches::get(tx, user.id, SearchId(id));
        self.search_id.map(kept).transpose()
    }

    pub(super) fn filter(&self, search: Option<&SavedSearch>, after: Option<Cursor>) -> Filter {
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

    pub(super) fn href(&self, cursor: &str) -> String {
        format!("/bookmarks?{}", self.pairs(cursor))
    }

    /// What an address says of it.
    pub(super) fn pairs(&self, cursor: &str) -> String {
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
        let tag = query.tag.as_ref().filter(|_| folder.is_none() && !is_search);
        let tag_id = match tag {
            Some(name) => store::tags::find(tx, user.id, name)?,
            None => None,
        };
        let found = if is_search {
            found::find(tx, &user, &filter, (query.sort, start), &folders, PAGE_ROWS)?
        } else {
            plain(tx, &user, &filter, &folders)?
        };
        let title = match (&folder, &search, tag, query.archived, query.favourite) {
            (_, Some(search), ..) => search.name.clone(),
            (Some(folder), ..) => folder.title.clone(),
            (_, _, Some(tag), ..) => format!("#{}", tag.as_str()),
            (_, _, _, true, _) => say("Archive"),
            (_, _, _, false, true) => say("Favourites"),
            (_, _, _, false, false) => say("Links"),
        };
        Ok(ListPage {
            frame: Frame::inside(&user, req, Here::Links, title),
            cards: found.cards,
            next: found.next.map(|cursor| query.href(&cursor)),
            facets: found.facets,
            known_tags: store::tags::list_names(tx, user.id)?,
            homes: folders::choices(&folders, &say("No folder"), ""),
            folders: folders.into_iter().map(|folder| (folder.id.0, folder.title)).collect(),
            folder,
            tag: tag_id,
            search,
            query,
        })
    })?;
    page(200, &list)
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

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};
    use crate::model::id::BookmarkId;
    use crate::model::page::PageState;
    use crate::model::reason::Reason;
    use crate::store;

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
}
