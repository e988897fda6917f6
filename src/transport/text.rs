//! What several services share in giving a message its form.

use std::time::Duration;

use serde_json::Value;

use super::public_url;
use crate::model::delivery::Attempt;
use crate::model::message::{Message, NamedLink};

/// A longer address is named by our page about its link.
const URL_BYTES_MAX: usize = 500;
/// The field of a stored body that says what a repeat begins with; it is never sent.
pub(super) const MARK: &str = "repeat_mark";
/// What stands in front of each title where there are no lists.
const BULLET: &str = "• ";

/// Where a title leads; `None` where that would be nowhere.
pub(super) fn link_url(link: &NamedLink, base_url: &str) -> Option<String> {
    let is_web = link.url.starts_with("https://") || link.url.starts_with("http://");
    if is_web && link.url.len() <= URL_BYTES_MAX {
        return Some(link.url.clone());
    }
    public_url(base_url, &format!("/bookmarks/{}", link.id))
}

/// The ways from a message to our pages, each with its label: the one to what waits, then those
/// of the buttons, whose pages ask before they do anything. None where only this machine could
/// open them.
pub(super) fn ways(message: &Message, base_url: &str) -> Vec<(&'static str, String)> {
    let open = (message.open_label(), message.open_path.as_str());
    let buttons = message.buttons.iter().map(|button| (button.label, button.path.as_str()));
    std::iter::once(open)
        .chain(buttons)
        .filter_map(|(label, path)| Some((label, public_url(base_url, path)?)))
        .collect()
}

/// The titles, each made by `linked` where it leads somewhere and by `plain` otherwise, and the
/// rest of the text made by `plain`; without any links where they make it longer than that many
/// characters.
pub(super) fn lines(
    message: &Message,
    base_url: &str,
    chars_max: usize,
    plain: impl Fn(&str) -> String,
    linked: impl Fn(&str, &str) -> String,
) -> String {
    let title = |(link, title): (&NamedLink, String)| match link_url(link, base_url) {
        Some(url) => format!("{BULLET}{}", linked(&title, &url)),
        None => format!("{BULLET}{}", plain(&title)),
    };
    let rest = Some(plain(&message.rest)).filter(|rest| !rest.is_empty());
    let all = message.named().map(title).chain(rest).collect::<Vec<_>>().join("\n");
    if all.chars().count() <= chars_max { all } else { plain(&message.text) }
}

/// A text as HTML, in an attribute as well.
pub(super) fn html(text: &str) -> String {
    htmlize::escape_attribute(text).into_owned()
}

/// A text in which no Markdown means anything, neither that of Discord nor CommonMark.
pub(super) fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_~|<>[]()#@&!".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A link in Markdown.
pub(super) fn markdown_link(title: &str, url: &str) -> String {
    let url = url.replace('\\', "%5C").replace('<', "%3C").replace('>', "%3E");
    format!("[{}](<{url}>)", markdown(title))
}

/// The body to be sent: what was rendered, where an earlier attempt may have arrived with the
/// mark of a repeat before each of the texts at `places`.
pub(super) fn marked(attempt: &Attempt, places: &[&str]) -> Value {
    let mut body: Value = serde_json::from_slice(&attempt.body).unwrap_or_default();
    let mark = body.as_object_mut().and_then(|fields| fields.remove(MARK));
    if let (true, Some(Value::String(mark))) = (attempt.is_repeat, mark) {
        for place in places {
            if let Some(Value::String(text)) = body.pointer_mut(place) {
                text.insert_str(0, &format!("{mark} "));
            }
        }
    }
    body
}

/// A wait that a service wrote in its body, in seconds and their fractions.
pub(super) fn wait(seconds: Option<f64>) -> Option<Duration> {
    seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
}
