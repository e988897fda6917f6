//! Rules about links that are saved: the list of them, and one of them.

use askama::Template;

use crate::error::Result;
use crate::http::auth;
use crate::http::context::Context;
use crate::http::follow;
use crate::http::pages::form::{Choice, Flaws, number};
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::{folders, id};
use crate::http::request::{Form, Request};
use crate::http::response::Response;
use crate::http::speech::{filters, say, say_with};
use crate::model::folder::Folder;
use crate::model::id::{FolderId, RuleId};
use crate::model::rule::{Field, How, Rule, Settings, parse_pattern};
use crate::model::tag::{self, TagName};
use crate::model::user::User;
use crate::{ops, store};

#[derive(Template)]
#[template(path = "rules.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<Row>,
}

/// A rule in words.
struct Row {
    id: RuleId,
    /// Which links are meant.
    meant: String,
    /// What is done with them.
    done: String,
    enabled: bool,
}

impl Row {
    fn of(rule: &Rule, folders: &[Folder]) -> Self {
        let settings = &rule.settings;
        let meant = match (settings.field, settings.how) {
            (Field::Host, How::Contains) => say("Links to"),
            (field, how) => format!("{} {}", say(field_label(field)), say(how_label(how))),
        };
        let folder = folders.iter().find(|folder| Some(folder.id) == settings.folder_id);
        let tags = settings.tags.iter().map(|tag| format!("#{}", tag.as_str()));
        let done: Vec<String> = folder
            .map(|folder| say_with("into {folder}", &[("folder", &folder.title)]))
            .into_iter()
            .chain(tags)
            .chain(settings.favourite.then(|| say("favourite")))
            .chain(settings.archive.then(|| say("archived")))
            .chain((!settings.fetch).then(|| say("page not read")))
            .collect();
        Self {
            id: rule.id,
            meant: format!("{meant} “{}”", settings.pattern),
            done: done.join(", "),
            enabled: settings.enabled,
        }
    }
}

const fn field_label(field: Field) -> &'static str {
    match field {
        Field::Url => "Address",
        Field::Host => "Site",
        Field::Title => "Title",
    }
}

const fn how_label(how: How) -> &'static str {
    match how {
        How::Contains => "contains",
        How::Begins => "begins with",
        How::Equals => "is exactly",
    }
}

/// `GET /rules`, in the order in which they are followed.
pub(super) fn list(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let (rules, folders) = cx
        .store
        .read(|tx| Ok((store::rules::list(tx, user.id)?, store::folders::list(tx, user.id)?)))?;
    let frame = Frame::inside(&user, req, Here::Tidy, say("Rules"));
    page(200, &ListPage { frame, rows: rules.iter().map(|rule| Row::of(rule, &folders)).collect() })
}

#[derive(Template)]
#[template(path = "rule.html")]
struct RulePage {
    frame: Frame,
    /// `None` for one that is not set yet.
    id: Option<RuleId>,
    fields: Vec<Choice>,
    hows: Vec<Choice>,
    pattern: String,
    folders: Vec<Choice>,
    tags: String,
    known_tags: Vec<String>,
    archive: bool,
    favourite: bool,
    unread_page: bool,
    enabled: bool,
    /// What trying it has found.
    tried: Option<Tried>,
    flaws: Flaws,
}

/// What a rule means among the links that are saved already.
struct Tried {
    links: i64,
    examples: Vec<String>,
}

/// `GET /rules/new`.
pub(super) fn new(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    rule_page(cx, req, &user, None, None, Flaws::default(), None)
}

/// `POST /rules` sets one.
pub(super) fn create(cx: &Context, req: &Request) -> Result<Response> {
    let (user, form) = (auth::user(cx, req)?, req.form()?);
    let settings = match parse(&form) {
        Ok(settings) => settings,
        Err(flaws) => return rule_page(cx, req, &user, None, Some(&form), flaws, None),
    };
    let user_id = user.id;
    match cx.store.write(move |tx| ops::rules::set(tx, user_id, &settings)) {
        Ok(rule) => Ok(Response::see_other(format!("/rules/{}?done=ruleset", rule.id))),
        Err(error) => rule_page(cx, req, &user, None, Some(&form), flaws(error)?, None),
    }
}

/// `GET /rules/{id}`.
pub(super) fn show(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    rule_page(cx, req, &user, Some(RuleId(id(segment)?)), None, Flaws::default(), None)
}

/// `POST /rules/{id}` changes it.
pub(super) fn change(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let (user, id, form) = (auth::user(cx, req)?, RuleId(id(segment)?), req.form()?);
    let settings = match parse(&form) {
        Ok(settings) => settings,
        Err(flaws) => return rule_page(cx, req, &user, Some(id), Some(&form), flaws, None),
    };
    let user_id = user.id;
    match cx.store.write(move |tx| ops::rules::change(tx, user_id, id, &settings)) {
        Ok(_) => Ok(Response::see_other(format!("/rules/{id}?done=changed"))),
        Err(error) => rule_page(cx, req, &user, Some(id), Some(&form), flaws(error)?, None),
    }
}

/// `POST /rules/{id}/try` says which links it means, and changes none.
pub(super) fn try_out(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let (user, id) = (auth::user(cx, req)?, RuleId(id(segment)?));
    let found = follow::rule(cx, user.id, id, true)?;
    let tried = Tried { links: found.matched as i64, examples: found.examples };
    rule_page(cx, req, &user, Some(id), None, Flaws::default(), Some(tried))
}

/// `POST /rules/{id}/apply` follows it with what is saved already.
pub(super) fn apply(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let (user, id) = (auth::user(cx, req)?, RuleId(id(segment)?));
    follow::rule(cx, user.id, id, false)?;
    Ok(Response::see_other(format!("/rules/{id}?done=followed")))
}

/// `POST /rules/{id}/up` and `/down` move it among the others.
pub(super) fn step(cx: &Context, req: &Request, segment: &str, down: bool) -> Result<Response> {
    let (user, id) = (auth::user(cx, req)?, RuleId(id(segment)?));
    cx.store.write(move |tx| ops::rules::step(tx, user.id, id, down))?;
    Ok(Response::see_other(format!("/rules#rule-{id}")))
}

/// `POST /rules/{id}/delete`; what it has done stays.
pub(super) fn delete(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let (user, id) = (auth::user(cx, req)?, RuleId(id(segment)?));
    cx.store.write(move |tx| ops::rules::delete(tx, user.id, id))?;
    Ok(Response::see_other("/rules?done=deleted"))
}

fn parse(form: &Form) -> Result<Settings, Flaws> {
    let mut flaws = Flaws::default();
    let folder = Some(form.text("folder")).filter(|typed| !typed.is_empty());
    let folder = folder.map(|typed| number("folder", typed).map(FolderId)).transpose();
    let field = flaws.take("field", Field::parse(form.text("field")));
    let how = flaws.take("match", How::parse(form.text("match")));
    let pattern = flaws.take("pattern", parse_pattern(form.text("pattern")));
    let folder_id = flaws.take("folder", folder);
    let tags = flaws.take("tags", tag::parse_line(form.text("tags")));
    match (field, how, pattern, folder_id, tags) {
        (Some(field), Some(how), Some(pattern), Some(folder_id), Some(tags)) => Ok(Settings {
            field,
            how,
            pattern,
            folder_id,
            tags,
            archive: form.has("archive"),
            favourite: form.has("favourite"),
            fetch: !form.has("unread_page"),
            enabled: form.has("enabled"),
        }),
        _ => Err(flaws),
    }
}

/// What was wrong, under the names that the form has. That it does nothing is a flaw of it all.
fn flaws(error: crate::error::Error) -> Result<Flaws> {
    use crate::error::Error::Invalid;
    Flaws::of(match error {
        Invalid { field, reason } if field == "folder_id" => {
            Invalid { field: "folder".into(), reason }
        }
        Invalid { field, reason } if field == "rule" => Invalid { field: "".into(), reason },
        other => other,
    })
}

/// The form with what was typed, else with what is stored, else empty.
fn rule_page(
    cx: &Context,
    req: &Request,
    user: &User,
    id: Option<RuleId>,
    form: Option<&Form>,
    flaws: Flaws,
    tried: Option<Tried>,
) -> Result<Response> {
    let (stored, folders, known_tags) = cx.store.read(|tx| {
        let stored = id.map(|id| store::rules::get(tx, user.id, id)).transpose()?;
        let tags = store::tags::list(tx, user.id)?.into_iter().map(|tag| tag.name);
        Ok((stored.map(|rule| rule.settings), store::folders::list(tx, user.id)?, tags.collect()))
    })?;
    let text = |name: &str, read: &dyn Fn(&Settings) -> String| match form {
        Some(form) => form.text(name).to_owned(),
        None => stored.as_ref().map(read).unwrap_or_default(),
    };
    let is_ticked = |name: &str, read: &dyn Fn(&Settings) -> bool, first: bool| match form {
        Some(form) => form.has(name),
        None => stored.as_ref().map_or(first, read),
    };
    let field = text("field", &|s| s.field.as_str().into());
    let how = text("match", &|s| s.how.as_str().into());
    let folder = text("folder", &|s| s.folder_id.map(|id| id.to_string()).unwrap_or_default());
    let title = say(if id.is_some() { "Rule" } else { "New rule" });
    let shown = RulePage {
        frame: Frame::inside(user, req, Here::Tidy, title),
        id,
        fields: [Field::Host, Field::Url, Field::Title]
            .map(|each| Choice::new(each.as_str(), say(field_label(each)), &field))
            .into(),
        hows: How::ALL.map(|each| Choice::new(each.as_str(), say(how_label(each)), &how)).into(),
        pattern: text("pattern", &|s| s.pattern.clone()),
        folders: folders::choices(&folders, &say("Leave it where it is"), &folder),
        tags: text("tags", &|s| s.tags.iter().map(TagName::as_str).collect::<Vec<_>>().join(", ")),
        known_tags,
        archive: is_ticked("archive", &|s| s.archive, false),
        favourite: is_ticked("favourite", &|s| s.favourite, false),
        unread_page: is_ticked("unread_page", &|s| !s.fetch, false),
        enabled: is_ticked("enabled", &|s| s.enabled, true),
        tried,
        flaws,
    };
    page(shown.flaws.status(), &shown)
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    const NEWS: [(&str, &str); 5] = [
        ("field", "host"),
        ("match", "contains"),
        ("pattern", "<news>.example"),
        ("tags", "press, daily"),
        ("enabled", "1"),
    ];

    #[test]
    fn a_rule_is_set_tried_followed_ordered_changed_and_deleted_by_forms() {
        let mut world = World::new();
        world.post("/folders", &[("title", "News")]);
        world.post("/bookmarks", &[("url", "https://news.example/1"), ("title", "Old <news>")]);
        let set = world.post("/rules", &NEWS);
        assert_eq!(set.header("location"), Some("/rules/1?done=ruleset"));
        let page = text(world.get("/rules"));
        assert!(page.contains("Links to “&#60;news&#62;.example”"), "{page}");
        assert!(page.contains("#press, #daily"));
        let mut changed = NEWS;
        changed[2].1 = "news.example";
        let changed = [changed.as_slice(), &[("folder", "1"), ("favourite", "1")]].concat();
        assert_eq!(world.post("/rules/1", &changed).status, 303);
        let tried = text(world.post("/rules/1/try", &[]));
        assert!(tried.contains("1 link") && tried.contains("Old &#60;news&#62;"), "{tried}");
        assert!(!text(world.get("/bookmarks?folder=1")).contains("<article"));
        assert_eq!(world.post("/rules/1/apply", &[]).status, 303);
        assert!(text(world.get("/bookmarks?folder=1&tag=press")).contains("<article"));
        let by_title =
            [("field", "title"), ("match", "equals"), ("pattern", "x"), ("archive", "1")];
        world.post("/rules", &by_title);
        let page = text(world.get("/rules"));
        assert!(page.contains("Title is exactly “x”") && page.contains("Off"), "{page}");
        world.post("/rules/2/up", &[]);
        let page = text(world.get("/rules"));
        assert!(page.find("rule-2") < page.find("rule-1"), "{page}");
        world.post("/rules/1/delete", &[]);
        assert_eq!(world.get("/rules/1").status, 404);
    }

    #[test]
    fn what_is_no_rule_shows_the_form_again_with_all_that_was_typed() {
        let mut world = World::new();
        let check = |world: &mut World, fields: &[(&str, &str)], marked: &str| {
            let answer = world.post("/rules", fields);
            assert_eq!(answer.status, 422);
            let page = text(answer);
            assert!(page.contains(marked), "{page}");
            page
        };
        let with = |at: usize, value: &'static str| {
            let mut fields = NEWS.to_vec();
            fields[at].1 = value;
            fields
        };
        check(&mut world, &with(0, "colour"), "id=\"field-flaw\"");
        check(&mut world, &with(1, "smells"), "id=\"match-flaw\"");
        let page = check(&mut world, &with(2, "*"), "id=\"pattern-flaw\"");
        assert!(page.contains("value=\"press, daily\""), "{page}");
        let page = check(&mut world, &with(3, ""), "It does nothing");
        assert!(page.contains("value=\"&#60;news&#62;.example\""), "{page}");
        check(&mut world, &[NEWS.as_slice(), &[("folder", "9")]].concat(), "id=\"folder-flaw\"");
    }

    #[test]
    fn the_rules_of_others_do_not_exist() {
        let mut world = World::new();
        world.post("/rules", &NEWS);
        world.cookie = world.sign_up("juno");
        assert_eq!(world.get("/rules/1").status, 404);
        for act in ["", "/try", "/apply", "/up", "/down", "/delete"] {
            assert_eq!(world.post(&format!("/rules/1{act}"), &NEWS).status, 404, "{act}");
        }
    }
}
