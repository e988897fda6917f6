//! What stands around every page: its head, the navigation and one notice.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::bulk::Done;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::speech::{self, say};
use crate::model::user::User;

/// Where in the navigation a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Here {
    Home,
    Links,
    Add,
    Folders,
    Tags,
    Tidy,
    Reminders,
    Destinations,
    Deliveries,
    Ashes,
    Settings,
    Admin,
    More,
    Nowhere,
}

impl Here {
    /// Whether the page is among those that a phone finds behind "More".
    pub(super) fn is_more(self) -> bool {
        use Here::{Admin, Ashes, Deliveries, Destinations, Folders, More, Settings, Tags, Tidy};
        matches!(
            self,
            Folders | Tags | Tidy | Destinations | Deliveries | Ashes | Settings | Admin | More
        )
    }
}

/// What an address says of what has just been done.
const TOLD: [&str; 3] = ["done", "count", "undo"];

/// What the layout needs to know.
pub(super) struct Frame {
    /// The page's title, also that of its window.
    pub(super) title: String,
    /// Who is signed in, if anybody is; others see no navigation.
    pub(super) user: Option<String>,
    /// Their number, by which a browser knows whose pages it keeps; 0 for nobody.
    pub(super) user_id: i64,
    /// Whether they may manage the server.
    pub(super) is_admin: bool,
    /// Which entry of the navigation is marked.
    pub(super) here: Here,
    /// What just happened.
    pub(super) notice: Option<String>,
    /// By what that can be taken back, if it can.
    pub(super) undo: Option<i64>,
}

impl Frame {
    /// The frame of a page for somebody who is signed in. What a form did just before stands in
    /// the address, so that no state has to be kept for it.
    pub(super) fn inside(user: &User, req: &Request, here: Here, title: impl Into<String>) -> Self {
        let notice = req.query("done").and_then(|done| notice(done, req.query("count")));
        let undo = req.query("undo").and_then(|id| id.parse().ok());
        let (name, is_admin) = (user.name.clone(), user.is_admin);
        Self {
            title: title.into(),
            user: Some(name),
            user_id: user.id.0,
            is_admin,
            here,
            notice,
            undo,
        }
    }

    /// The frame of a page for anybody.
    pub(super) fn outside(title: impl Into<String>) -> Self {
        let (user, here, notice, undo) = (None, Here::Nowhere, None, None);
        Self { title: title.into(), user, user_id: 0, is_admin: false, here, notice, undo }
    }
}

/// The words for what a form did, maybe to so many links. Only these can be shown, whatever
/// stands in the address.
fn notice(done: &str, count: Option<&str>) -> Option<String> {
    if let Some(what) = done.strip_prefix("links-") {
        return links_notice(what, count?.parse::<u32>().ok()?.into());
    }
    Some(say(match done {
        "toolate" => "That cannot be undone any more.",
        "nochoice" => "Choose some links first.",
        "notags" => "Say which tags.",
        "saved" => "Saved. Its page is being read now.",
        "again" => "You had this link already, so it is at the top again.",
        "changed" => "Your changes are saved.",
        "deleted" => "Deleted.",
        "merged" => "Merged.",
        "looking" => "It is looked at again now. If it is there, it leaves this list.",
        "ignored" => "It stays, and you hear of it no more.",
        "archived" => "Put away.",
        "led" => "It leads there now. Its page is read anew.",
        "kept" => "Saved. You find it among your folders.",
        "ruleset" => "The rule is set, for links that you save from now on.",
        "followed" => "Done with the links that you have.",
        "refreshed" => "The page is being read again.",
        "rereading" => "These pages are being read again, one after the other.",
        "restored" => "They are back among your links, and have their full time again.",
        "created" => "Created.",
        "set" => "Your reminder is set.",
        "on" => "The reminder is on.",
        "off" => "The reminder is off.",
        "read" => "Read. Well done.",
        "snoozed" => "It comes once more, as you asked.",
        "added" => "Added. Send a test to see that it arrives.",
        "resumed" => "Resumed. What was waiting is on its way.",
        "requeued" => "On its way again.",
        "calledoff" => "Called off.",
        "nothing" => "There was nothing left of that kind.",
        "pushes" => "Pushes are on.",
        "nopushes" => "Pushes are off. Your reminders stay as they are.",
        "password" => "Your password is changed. Every other browser is signed out.",
        "feeds" => "Your feeds are below. Addresses from before have ended.",
        "feedsoff" => "Your feeds are off. Their addresses have ended.",
        "signedout" => "Signed out there.",
        "useradded" => "The account is there. Tell them their name and password.",
        "userpassword" => "The password is changed. Every browser of theirs is signed out.",
        "userremoved" => "The account is gone, with everything that was theirs.",
        "backedup" => "A new backup is made and checked.",
        "revoked" => "The token is revoked. Programs that use it are locked out now.",
        _ => return None,
    }))
}

/// The words for what was done to so many links.
fn links_notice(what: &str, count: i64) -> Option<String> {
    if count == 0 {
        return Some(say("Nothing changed: that is how they were already."));
    }
    let (one, many) = match what {
        "read" => ("{n} link marked as read.", "{n} links marked as read."),
        "unread" => ("{n} link marked as unread.", "{n} links marked as unread."),
        "archived" => ("{n} link archived.", "{n} links archived."),
        "unarchived" => {
            ("{n} link taken out of the archive.", "{n} links taken out of the archive.")
        }
        "favourite" => ("{n} link made a favourite.", "{n} links made favourites."),
        "unfavourite" => {
            ("{n} link made a favourite no more.", "{n} links made favourites no more.")
        }
        "moved" => ("{n} link moved.", "{n} links moved."),
        "tagged" => ("{n} link tagged.", "{n} links tagged."),
        "untagged" => ("{n} link with fewer tags.", "{n} links with fewer tags."),
        "reread" => ("{n} link being read again.", "{n} links being read again."),
        "deleted" => ("{n} link deleted.", "{n} links deleted."),
        "undone" => ("{n} link is as it was.", "{n} links are as they were."),
        _ => return None,
    };
    Some(speech::count(count, one, many))
}

/// The address with what was done to so many links, and by what it can be taken back.
pub(super) fn told(address: &str, what: &str, done: &Done) -> String {
    let joint = match address {
        address if address.ends_with('?') => "",
        address if address.contains('?') => "&",
        _ => "?",
    };
    let undo = done.undo.map(|id| format!("&undo={id}")).unwrap_or_default();
    format!("{address}{joint}done=links-{what}&count={}{undo}", done.changed)
}

/// Renders a page.
///
/// # Errors
/// When the template fails, which is a fault of ours.
pub(super) fn page(status: u16, template: &impl Template) -> Result<Response> {
    Ok(Response::html(status, template.render().map_err(Error::internal)?))
}

/// Back to the page of ours that a form was sent from, else to `otherwise`. Browsers send that
/// page along for our own origin only, and only its path is used.
pub(super) fn back(req: &Request, otherwise: &str) -> String {
    let from = req.header("referer").and_then(|from| url::Url::parse(from).ok());
    let ours = from.filter(|url| {
        let host = url.host_str().unwrap_or_default();
        let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        req.header("host").is_some_and(|host| host.eq_ignore_ascii_case(&authority))
    });
    let Some(url) = ours else { return otherwise.to_owned() };
    // What had been done before is not what has been done now.
    let pairs: Vec<_> = url.query_pairs().filter(|(name, _)| !TOLD.contains(&&**name)).collect();
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    local(&if query.is_empty() { url.path().to_owned() } else { format!("{}?{query}", url.path()) })
        .unwrap_or(otherwise)
        .to_owned()
}

/// The address, if it is one on this server: a path that no browser takes for another host.
pub(super) fn local(address: &str) -> Option<&str> {
    let rest = address.strip_prefix('/')?;
    let foreign = rest.starts_with(['/', '\\']);
    let odd = address.contains(|c: char| c.is_control() || c == '\\');
    (!foreign && !odd).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::Method;

    #[test]
    fn only_a_path_of_ours_is_local() {
        for ours in ["/", "/bookmarks?q=a%20b", "/a/b"] {
            assert_eq!(local(ours), Some(ours));
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "evil",
            "/a\n",
            "/a\\b",
        ] {
            assert_eq!(local(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn back_leads_to_a_page_of_ours_only() {
        let check = |referer: &str, expected: &str| {
            let mut req = Request::new(Method::Post, "/").unwrap();
            req.headers.push(("host".into(), "toast.example:8080".into()));
            req.headers.push(("referer".into(), referer.into()));
            assert_eq!(back(&req, "/bookmarks"), expected, "{referer}");
        };
        check("http://toast.example:8080/?done=saved", "/");
        check("http://toast.example:8080/bookmarks?q=a&done=deleted", "/bookmarks?q=a");
        check("http://toast.example:8080/?done=links-read&count=1&undo=7", "/");
        check("http://evil.example/x", "/bookmarks");
        check("http://toast.example:8080//evil.example", "/bookmarks");
        check("nonsense", "/bookmarks");
    }
}
