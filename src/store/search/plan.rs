//! A query made ready for one person: names turned into ids, words into grams. And looking at a
//! bookmark, to see whether it matches.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rusqlite::{CachedStatement, named_params};

use super::Place;
use crate::error::{Error, Result};
use crate::model::id::{BookmarkId, UserId};
use crate::model::search::{self, Field, Has, Is, Needle, Node, Query, State};
use crate::model::time::Timestamp;
use crate::store::bookmarks::{self, Filter, Stage};
use crate::store::columns::Columns;
use crate::store::lanes::{self, Marks};
use crate::store::{Tx, users};

/// What a match in a tag and in the title of the folder is worth, beside [`search::FIELDS`].
const TAG_WORTH: u32 = 8;
const FOLDER_WORTH: u32 = 4;

/// A query for one person.
pub(super) struct Plan {
    pub(super) root: Test,
    /// The part of the list that can match.
    pub(super) span: Span,
    /// What is looked for in texts.
    pub(super) needles: Vec<Needle>,
    /// The words one after another; a bookmark that has them so is a better match.
    phrase: Option<Needle>,
    /// The rest of the filter.
    rest: Filter,
}

/// A part of the order of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// The first that is in it.
    pub(super) since: Place,
    /// The first that is not.
    pub(super) before: Place,
}

impl Span {
    pub(super) fn holds(&self, place: &Place) -> bool {
        (self.since..self.before).contains(place)
    }
}

/// What is asked of a bookmark.
#[expect(clippy::large_enum_variant, reason = "a query has only a few of them")]
pub(super) enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Words(Words),
    Tags(BTreeSet<i64>),
    Folders(BTreeSet<i64>),
    Site { host: String, grams: Vec<i64> },
    Is(State),
    Has(Has),
    Saved(Span),
    Always,
}

/// Words to look for, in the text of a bookmark, its tags and the title of its folder.
pub(super) struct Words {
    needle: Needle,
    field: Option<Field>,
    pub(super) grams: Vec<i64>,
    /// Whether each text that has the grams matches.
    pub(super) is_whole: bool,
    /// Tags and folders whose names match, with what that is worth.
    pub(super) tags: Vec<(i64, u32)>,
    pub(super) folders: Vec<(i64, u32)>,
}

impl Words {
    /// Whether texts are looked at.
    pub(super) fn is_in_texts(&self) -> bool {
        !matches!(self.field, Some(Field::Tags | Field::Folder))
    }
}

impl Plan {
    /// Makes a query ready; `None` when nothing can match.
    pub(super) fn make(tx: &Tx, user_id: UserId, filter: &Filter) -> Result<Option<Self>> {
        let node = match search::parse(filter.words.as_deref().unwrap_or_default()) {
            Query::Everything => Node::All(Vec::new()),
            Query::Nothing => return Ok(None),
            Query::Of(node) => node,
        };
        let names = Names::read(tx, user_id)?;
        let mut tests = vec![names.test(tx, &node)?];
        if let Some(id) = filter.folder_id {
            tests.push(Test::Folders(names.with_those_inside(BTreeSet::from([id.0]))));
        }
        if let Some(tag) = &filter.tag {
            tests.push(Test::Tags(names.tags_of(tag.key())));
        }
        tests.push(shelves(filter.stage, &node));
        tests.extend(filter.unread.map(Test::unread));
        tests.extend(filter.favourite.map(|favourite| Test::is(State::Favourite, favourite)));
        let announced = filter.stage == Stage::Announced;
        let rest = Filter {
            stage: if announced { Stage::Announced } else { Stage::Any },
            states: filter.states.clone(),
            ..Filter::default()
        };
        let mut span = Span {
            since: Place { saved_at: Timestamp::from_ms(i64::MIN), id: BookmarkId(i64::MIN) },
            before: Place { saved_at: Timestamp::from_ms(i64::MAX), id: BookmarkId(i64::MAX) },
        };
        if let Some(after) = &filter.after {
            span.before = Place { saved_at: after.saved_at, id: after.id };
        }
        for test in conjuncts(&tests) {
            if let Test::Saved(saved) = test {
                span.since = span.since.max(saved.since);
                span.before = span.before.min(saved.before);
            }
        }
        let needles = node.needles();
        let phrase = phrase(&node);
        Ok(Some(Self { root: Test::All(tests), span, needles, phrase, rest }))
    }
}

impl Test {
    fn is(state: State, wanted: bool) -> Self {
        if wanted { Self::Is(state) } else { Self::Not(Box::new(Self::Is(state))) }
    }

    fn unread(unread: bool) -> Self {
        Self::is(State::Read, !unread)
    }
}

/// Where bookmarks are looked for. What is put away or burnt is found by those only who ask for
/// it.
fn shelves(stage: Stage, node: &Node) -> Test {
    let opens = |is| node.asks_for(is) || node.asks_for(Is::Any);
    match stage {
        Stage::Any | Stage::Announced => Test::Always,
        Stage::Archived => Test::Is(State::Archived),
        Stage::Ash => Test::Is(State::Burnt),
        Stage::Whole => {
            let closed = [(Is::Archived, State::Archived), (Is::Burnt, State::Burnt)];
            let closed = closed.into_iter().filter(|(is, _)| !opens(*is));
            Test::All(closed.map(|(_, state)| Test::is(state, false)).collect())
        }
    }
}

/// What must hold, in any order.
fn conjuncts<'a>(tests: &'a [Test]) -> Vec<&'a Test> {
    let inside = |test: &'a Test| match test {
        Test::All(tests) => conjuncts(tests),
        test => vec![test],
    };
    tests.iter().flat_map(inside).collect()
}

/// The words of a query one after another, where it is no more than that.
fn phrase(node: &Node) -> Option<Needle> {
    let Node::All(nodes) = node else { return None };
    let words = nodes.iter().filter_map(|node| match node {
        Node::Words(needle, _) => Some(needle),
        _ => None,
    });
    if words.clone().count() > 1 { Needle::joined(words) } else { None }
}

/// The names that a person has given to tags and folders, folded.
struct Names {
    tags: Vec<(i64, String, String)>,
    folders: Vec<(i64, Option<i64>, String)>,
    user_id: UserId,
}

impl Names {
    fn read(tx: &Tx, user_id: UserId) -> Result<Self> {
        let mut tags =
            tx.sql().prepare_cached("SELECT id, key FROM tags WHERE user_id = :user_id")?;
        let tags = tags.query_map(named_params! { ":user_id": user_id }, |row| {
            let key: String = row.get("key")?;
            Ok((row.get("id")?, search::fold(&key), key))
        })?;
        let mut folders = tx
            .sql()
            .prepare_cached("SELECT id, parent_id, title FROM folders WHERE user_id = :user_id")?;
        let folders = folders.query_map(named_params! { ":user_id": user_id }, |row| {
            Ok((
                row.get("id")?,
                row.get("parent_id")?,
                search::fold(&row.get::<_, String>("title")?),
            ))
        })?;
        Ok(Self {
            tags: tags.collect::<rusqlite::Result<_>>()?,
            folders: folders.collect::<rusqlite::Result<_>>()?,
            user_id,
        })
    }

    fn tags_of(&self, key: &str) -> BTreeSet<i64> {
        self.tags.iter().filter(|(_, _, known)| known == key).map(|(id, ..)| *id).collect()
    }

    /// Folders with all those inside them.
    fn with_those_inside(&self, mut ids: BTreeSet<i64>) -> BTreeSet<i64> {
        loop {
            let known = ids.len();
            let inside = self
                .folders
                .iter()
                .filter(|(_, parent, _)| parent.is_some_and(|id| ids.contains(&id)));
            let inside: Vec<i64> = inside.map(|(id, ..)| *id).collect();
            ids.extend(inside);
            if ids.len() == known {
                return ids;
            }
        }
    }

    fn test(&self, tx: &Tx, node: &Node) -> Result<Test> {
        let each =
            |nodes: &[Node]| nodes.iter().map(|node| self.test(tx, node)).collect::<Result<_>>();
        Ok(match node {
            Node::All(nodes) => Test::All(each(nodes)?),
            Node::Any(nodes) => Test::Any(each(nodes)?),
            Node::Not(node) => Test::Not(Box::new(self.test(tx, node)?)),
            Node::Words(needle, field) => Test::Words(self.words(needle, *field)),
            Node::Tag(key) => Test::Tags(self.tags_of(key)),
            Node::Folder(title) => {
                let named = self.folders.iter().filter(|(_, _, known)| known == title);
                Test::Folders(self.with_those_inside(named.map(|(id, ..)| *id).collect()))
            }
            Node::Site(host) => {
                Test::Site { host: host.clone(), grams: search::grams_of_host(host) }
            }
            Node::Is(Is::Unread) => Test::unread(true),
            Node::Is(Is::Read) => Test::unread(false),
            Node::Is(Is::Favourite) => Test::Is(State::Favourite),
            Node::Is(Is::Archived) => Test::Is(State::Archived),
            Node::Is(Is::Burnt) => Test::Is(State::Burnt),
            Node::Is(Is::Any) => Test::Always,
            Node::Has(has) => Test::Has(*has),
            Node::Before(when) | Node::After(when) => {
                let zone = users::get(tx, self.user_id)?.zone;
                let at =
                    Place { saved_at: when.instant(tx.now(), &zone), id: BookmarkId(i64::MIN) };
                let last =
                    Place { saved_at: Timestamp::from_ms(i64::MAX), id: BookmarkId(i64::MAX) };
                let first =
                    Place { saved_at: Timestamp::from_ms(i64::MIN), id: BookmarkId(i64::MIN) };
                Test::Saved(if matches!(node, Node::Before(_)) {
                    Span { since: first, before: at }
                } else {
                    Span { since: at, before: last }
                })
            }
        })
    }

    fn words(&self, needle: &Needle, field: Option<Field>) -> Words {
        let worth =
            |name: &str, worth: u32| needle.closeness(name).map(|close| worth * close as u32);
        let wants = |wanted| field.is_none_or(|field| field == wanted);
        let tags = self.tags.iter().filter(|_| wants(Field::Tags));
        let folders = self.folders.iter().filter(|_| wants(Field::Folder));
        let (grams, is_whole) = search::grams_of_needle(needle);
        Words {
            needle: needle.clone(),
            field,
            grams,
            is_whole: is_whole && field.is_none(),
            tags: tags.filter_map(|(id, name, _)| Some((*id, worth(name, TAG_WORTH)?))).collect(),
            folders: folders
                .filter_map(|(id, _, name)| Some((*id, worth(name, FOLDER_WORTH)?)))
                .collect(),
        }
    }
}

/// Looks at bookmarks.
pub(super) struct Checker<'a> {
    tx: &'a Tx<'a>,
    plan: &'a Plan,
    texts: CachedStatement<'a>,
    facts: CachedStatement<'a>,
}

/// A bookmark that matches.
#[derive(Debug)]
pub(super) struct Match {
    pub(super) place: Place,
    pub(super) score: u32,
    pub(super) unread: bool,
    pub(super) folder_id: Option<i64>,
    pub(super) tags: Vec<i64>,
}

/// A bookmark that is looked at. What it is beside its text is read when that is asked for: most
/// of those that do not match fail by their words.
struct Doc<'a, 'tx> {
    place: Place,
    text: &'a str,
    rest: &'a Filter,
    stmt: &'a mut CachedStatement<'tx>,
    /// Once it was read; none when it is not in the list, or not at its place any more.
    facts: Option<Option<Facts>>,
}

/// What a bookmark is beside its text.
struct Facts {
    shelf: i64,
    marks: Marks,
    folder_id: Option<i64>,
    host: String,
    has_note: bool,
    tags: Vec<i64>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(tx: &'a Tx, user_id: UserId, plan: &'a Plan) -> Result<Self> {
        let texts = tx.sql().prepare_cached("SELECT text FROM search_texts WHERE id = ?1")?;
        let mut facts = tx.sql().prepare_cached(
            "SELECT saved_at, shelf, marks, folder_id, page_host, note <> '' AS has_note,
                    (SELECT group_concat(tag_id) FROM bookmark_tags
                     WHERE bookmark_id = bookmarks.id) AS tags
             FROM bookmarks
             WHERE id = ?1 AND +user_id = ?2",
        )?;
        facts.raw_bind_parameter(2, user_id)?;
        Ok(Self { tx, plan, texts, facts })
    }

    /// Whether the bookmark at a place matches; not when it stands elsewhere now, where it will
    /// be met.
    pub(super) fn check(&mut self, place: Place) -> Result<Option<Match>> {
        self.texts.raw_bind_parameter(1, place.id)?;
        let mut rows = self.texts.raw_query();
        let text = match rows.next()? {
            Some(row) => Cow::Borrowed(row.get_ref("text")?.as_str().map_err(Error::internal)?),
            // No segment was made of it yet.
            None => match bookmarks::find(self.tx, place.id)? {
                Some(bookmark) => Cow::Owned(search::text_of(&bookmark)),
                None => return Ok(None),
            },
        };
        let (text, rest) = (text.as_ref(), &self.plan.rest);
        self.plan.judge(&mut Doc { place, text, rest, stmt: &mut self.facts, facts: None })
    }
}

impl Doc<'_, '_> {
    fn facts(&mut self) -> Result<Option<&Facts>> {
        if self.facts.is_none() {
            self.facts = Some(self.read_facts()?);
        }
        Ok(self.facts.as_ref().and_then(Option::as_ref))
    }

    fn read_facts(&mut self) -> Result<Option<Facts>> {
        self.stmt.raw_bind_parameter(1, self.place.id)?;
        let mut rows = self.stmt.raw_query();
        let Some(row) = rows.next()? else { return Ok(None) };
        let mut row = Columns::of(row);
        let saved_at: Timestamp = row.get("saved_at")?;
        let (shelf, marks) = (row.get("shelf")?, row.get("marks")?);
        if saved_at != self.place.saved_at || !self.rest.takes(shelf, marks) {
            return Ok(None);
        }
        Ok(Some(Facts {
            shelf,
            marks,
            folder_id: row.get("folder_id")?,
            host: row.get("page_host")?,
            has_note: row.get("has_note")?,
            tags: super::tag_ids(row.get_ref("tags")?)?,
        }))
    }
}

impl Plan {
    fn judge(&self, doc: &mut Doc) -> Result<Option<Match>> {
        let Some(mut score) = self.root.score(doc)? else { return Ok(None) };
        let phrase = self.phrase.as_ref();
        score += phrase.and_then(|phrase| search::score(phrase, doc.text, None)).unwrap_or(0);
        doc.facts()?;
        Ok(doc.facts.take().flatten().map(|facts| Match {
            place: doc.place,
            score,
            unread: facts.marks.is_unread(),
            folder_id: facts.folder_id,
            tags: facts.tags,
        }))
    }
}

impl Test {
    /// What a match is worth; `None` when it is none.
    fn score(&self, doc: &mut Doc) -> Result<Option<u32>> {
        let holds = match self {
            Self::All(tests) => {
                let mut sum = 0;
                for test in tests {
                    let Some(score) = test.score(doc)? else { return Ok(None) };
                    sum += score;
                }
                return Ok(Some(sum));
            }
            Self::Any(tests) => {
                let mut best = None;
                for test in tests {
                    best = best.max(test.score(doc)?);
                }
                return Ok(best);
            }
            Self::Words(words) => return words.score(doc),
            Self::Not(test) => test.score(doc)?.is_none(),
            Self::Saved(span) => span.holds(&doc.place),
            Self::Always => true,
            about_facts => doc.facts()?.is_some_and(|facts| about_facts.holds(facts)),
        };
        Ok(holds.then_some(0))
    }

    /// Whether it holds, for one that asks for nothing but facts.
    fn holds(&self, facts: &Facts) -> bool {
        match self {
            Self::Tags(ids) => facts.tags.iter().any(|id| ids.contains(id)),
            Self::Folders(ids) => facts.folder_id.is_some_and(|id| ids.contains(&id)),
            Self::Site { host, .. } => {
                let below = facts.host.strip_suffix(host.as_str());
                below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
            }
            Self::Is(State::Read) => !facts.marks.is_unread(),
            Self::Is(State::Favourite) => facts.marks.is_favourite(),
            Self::Is(State::Archived) => facts.shelf == lanes::ARCHIVED,
            Self::Is(State::Burnt) => facts.shelf == lanes::ASH,
            Self::Has(Has::Note) => facts.has_note,
            Self::Has(Has::Tag) => !facts.tags.is_empty(),
            Self::Has(Has::Folder) => facts.folder_id.is_some(),
            _ => false,
        }
    }
}

impl Words {
    fn score(&self, doc: &mut Doc) -> Result<Option<u32>> {
        let mut best = None;
        if self.is_in_texts() {
            best = search::score(&self.needle, doc.text, self.field);
        }
        if !self.tags.is_empty() || !self.folders.is_empty() {
            let Some(facts) = doc.facts()? else { return Ok(None) };
            let tags = self.tags.iter().filter(|(id, _)| facts.tags.contains(id));
            let folders = self.folders.iter().filter(|(id, _)| facts.folder_id == Some(*id));
            best = best.max(tags.chain(folders).map(|(_, worth)| *worth).max());
        }
        Ok(best)
    }
}
