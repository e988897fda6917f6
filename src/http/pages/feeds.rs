//! The part of the settings that is about feeds.

use crate::error::Result;
use crate::http::auth;
use crate::http::context::Context;
use crate::http::feeds::Addresses;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::user::User;
use crate::ops;

/// Where a person's feeds are; `None` while they are off.
pub(super) fn addresses(cx: &Context, user: &User) -> Result<Option<Addresses>> {
    let pass = cx.store.read(|tx| ops::feeds::pass(tx, user.id))?;
    Ok(pass.map(|pass| Addresses::new(&cx.shared.base_url, &pass)))
}

/// `POST /settings/feeds` switches them on, at new addresses.
pub(super) fn renew(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    cx.store.write(move |tx| ops::feeds::renew(tx, user.id))?;
    Ok(Response::see_other("/settings?done=feeds#feeds"))
}

/// `POST /settings/feeds/off`.
pub(super) fn switch_off(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    cx.store.write(move |tx| ops::feeds::switch_off(tx, user.id))?;
    Ok(Response::see_other("/settings?done=feedsoff#feeds"))
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    /// What stands in the field of that id in the settings.
    fn shown(world: &mut World, id: &str) -> Option<String> {
        let page = text(world.get("/settings"));
        let (_, field) = page.split_once(&format!("id=\"{id}\" type=\"text\" value=\""))?;
        field.split_once('"').map(|(value, _)| value.to_owned())
    }

    #[test]
    fn feeds_are_switched_on_renewed_and_switched_off_in_the_settings() {
        let mut world = World::new();
        let mut ids = ["feed_calendar", "feed_rss", "feed_json"].into_iter();
        assert!(ids.all(|id| shown(&mut world, id).is_none()));
        let answer = world.post("/settings/feeds", &[]);
        assert_eq!(answer.header("location"), Some("/settings?done=feeds#feeds"));
        let first = shown(&mut world, "feed_calendar").unwrap();
        let path = first.strip_prefix("http://toast.example").unwrap().to_owned();
        let page = text(world.get("/settings?done=feeds"));
        assert!(page.contains(&format!("href=\"webcal://toast.example{path}\"")), "{page}");
        assert!(page.contains("Addresses from before have ended."));

        let mina = std::mem::take(&mut world.cookie);
        assert!(text(world.get(&path)).starts_with("BEGIN:VCALENDAR\r\n"), "nobody signs in");
        world.cookie = world.sign_up("juno");
        assert_eq!(shown(&mut world, "feed_calendar"), None, "they are hers alone");
        world.cookie = mina;

        world.post("/settings/feeds", &[]);
        let second = shown(&mut world, "feed_calendar").unwrap();
        assert_ne!(first, second);
        assert_eq!(world.get(&path).status, 404);
        let answer = world.post("/settings/feeds/off", &[]);
        assert_eq!(answer.header("location"), Some("/settings?done=feedsoff#feeds"));
        assert_eq!(shown(&mut world, "feed_calendar"), None);
        assert_eq!(world.get(second.strip_prefix("http://toast.example").unwrap()).status, 404);
        assert_eq!(world.get("/settings/feeds").header("allow"), Some("POST"));
    }

    #[test]
    fn another_site_cannot_switch_feeds() {
        let mut world = World::new();
        world.origin = Some("https://evil.example".into());
        assert_eq!(world.post("/settings/feeds", &[]).status, 403);
        assert_eq!(world.post("/settings/feeds/off", &[]).status, 403);
    }
}
