//! E-mail: a text and an HTML page that say the same, rendered once and put into a letter when
//! it is sent.

mod smtp;
#[cfg(test)]
pub(crate) mod tests;

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::text;
use super::{public_url, text::html};
use crate::model::act::Act;
use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::message::{Message, Words};
pub use smtp::Mailer;

/// What is named of a link is bounded; this is more than that comes to.
const TEXT_CHARS_MAX: usize = 5000;

/// What is kept of a letter until it is sent.
#[derive(Serialize, Deserialize)]
struct Letter {
    subject: String,
    text: String,
    html: String,
    /// When it came about, the same on every attempt.
    at_ms: u64,
    /// Whose `Message-ID` it bears.
    host: String,
    /// Where a post ends all letters to the reader.
    stop_url: Option<String>,
}

/// The bytes of a message.
pub fn render(message: &Message, base_url: &str) -> Vec<u8> {
    let host = Url::parse(base_url).ok().and_then(|url| match url.host() {
        Some(Host::Domain(host)) => Some(host.to_owned()),
        _ => None,
    });
    let letter = Letter {
        subject: message.title.clone(),
        text: plain_text(message, base_url),
        html: page(message, base_url),
        at_ms: u64::try_from(message.at.as_ms()).unwrap_or_default(),
        host: host.unwrap_or_else(|| "toaster.invalid".into()),
        stop_url: stop_url(message, base_url),
    };
    serde_json::to_vec(&letter).unwrap_or_default()
}

fn stop_url(message: &Message, base_url: &str) -> Option<String> {
    message.stop_path.as_ref().and_then(|path| public_url(base_url, path))
}

fn stop_label(message: &Message) -> &'static str {
    Words::of(message.language).act(Act::Stop)
}

fn plain_text(message: &Message, base_url: &str) -> String {
    let link = |title: &str, url: &str| format!("{title}\n  {url}");
    let mut text = text::lines(message, base_url, TEXT_CHARS_MAX, str::to_owned, link);
    for (label, url) in text::ways(message, base_url) {
        text.push_str(&format!("\n\n{label}:\n{url}"));
    }
    if let Some(url) = stop_url(message, base_url) {
        text.push_str(&format!("\n\n-- \n{}:\n{url}", stop_label(message)));
    }
    text.push('\n');
    text
}

fn page(message: &Message, base_url: &str) -> String {
    let link = |label: &str, url: &str| format!("<a href=\"{}\">{}</a>", html(url), html(label));
    let lines = text::lines(message, base_url, TEXT_CHARS_MAX, html, link);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <h2>{title}</h2>\n",
        message.language.tag(),
        title = html(&message.title),
    );
    if let Some(url) = message.picture_path.as_ref().and_then(|path| public_url(base_url, path)) {
        page.push_str(&format!("<p><img src=\"{}\" alt=\"\" width=\"320\"></p>\n", html(&url)));
    }
    page.push_str(&format!("<p>{}</p>\n", lines.replace('\n', "<br>\n")));
    let ways = text::ways(message, base_url);
    if !ways.is_empty() {
        let ways: Vec<_> = ways.iter().map(|(label, url)| link(label, url)).collect();
        page.push_str(&format!("<p>{}</p>\n", ways.join(" ·\n")));
    }
    if let Some(url) = stop_url(message, base_url) {
        page.push_str(&format!("<p><small>{}</small></p>\n", link(stop_label(message), &url)));
    }
    page.push_str("</html>\n");
    page
}

/// Sends a letter to an address, through the mail server if there is one.
pub fn send(mailer: Option<&Mailer>, attempt: &Attempt, to: &str) -> Answer {
    let Some(mailer) = mailer else {
        return Answer::new(Outcome::Config, "no mail server is set; the operator may set one");
    };
    let Ok(to) = to.parse::<Mailbox>() else {
        return Answer::new(Outcome::Config, "it is not an e-mail address");
    };
    let Some(letter) = letter(attempt, mailer.from(), &to) else {
        return Answer::new(Outcome::Rejected, "the letter cannot be put together");
    };
    mailer.send(&to.email, &letter, attempt.started_at)
}

/// The letter as it goes over the wire; byte for byte the same on every attempt.
fn letter(attempt: &Attempt, from: &Mailbox, to: &Mailbox) -> Option<Vec<u8>> {
    let Letter { subject, text, html, at_ms, host, stop_url } =
        serde_json::from_slice(&attempt.body).ok()?;
    let mut builder = lettre::Message::builder()
        .from(from.clone())
        .to(to.clone())
        .subject(one_line(&subject))
        .date(UNIX_EPOCH + Duration::from_millis(at_ms))
        .message_id(Some(format!("<{}@{host}>", attempt.key)))
        .raw_header(header("Auto-Submitted", "auto-generated"));
    if let Some(url) = stop_url {
        builder = builder.raw_header(header("List-Unsubscribe", &format!("<{}>", one_line(&url))));
        if url.starts_with("https://") {
            // Without TLS no mail service posts there.
            let one_click = "List-Unsubscribe=One-Click";
            builder = builder.raw_header(header("List-Unsubscribe-Post", one_click));
        }
    }
    let parts = MultiPart::alternative()
        .boundary(format!("={}", attempt.key))
        .singlepart(SinglePart::plain(text))
        .singlepart(SinglePart::html(html));
    Some(builder.multipart(parts).ok()?.formatted())
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// Whatever a message says, a header ends where we end it.
fn one_line(value: &str) -> String {
    value.replace(char::is_control, " ")
}
