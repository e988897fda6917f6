//! Entity tags (RFC 9110, section 8.8): a program that has an answer already is told so in a few
//! bytes, and one that changes what it has read can make sure that nobody else did meanwhile.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::http::request::Method::Get;
use crate::http::request::Request;
use crate::http::response::{Body, Response};
use crate::http::route::verb;

/// Half of a SHA-256 is more than enough to tell two answers apart.
const OCTETS: usize = 16;

/// The tag of a body.
fn of(body: &[u8]) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest(&SHA256, body).as_ref()[..OCTETS]))
}

/// The answer with the tag of its body, if it has one in memory.
pub(super) fn tagged(response: Response) -> Response {
    match &response.body {
        Body::Bytes(body) if response.header("etag").is_none() => {
            let tag = of(body);
            response.with("etag", tag)
        }
        _ => response,
    }
}

/// The answer as it goes out: one that reads has a tag, and is left out where its reader has it
/// already. Nothing of the API is kept by anybody but its reader, who asks each time.
pub(super) fn finish(req: &Request, response: Response) -> Response {
    if verb(req) != Get || response.status != 200 {
        return response.with("cache-control", "no-store");
    }
    let mut response = tagged(response)
        .with("cache-control", "private, no-cache")
        .with("vary", "authorization, cookie");
    let tag = response.header("etag");
    if tag.is_some_and(|tag| Condition::of(req, "if-none-match").is_some_and(|c| c.has(tag, false)))
    {
        response.status = 304;
        response.headers.retain(|(name, _)| ["etag", "cache-control", "vary"].contains(name));
        response.body = Body::Bytes(Vec::new());
    }
    response
}

/// The tags in a header of a request.
pub(super) enum Condition {
    /// `*`: whatever it is.
    Any,
    /// Any of these; whether one is weak, and what it says. None where the header is broken.
    Tags(Vec<(bool, String)>),
}

impl Condition {
    /// What a request says in the headers of that name; `None` if it has none.
    pub(super) fn of(req: &Request, name: &str) -> Option<Self> {
        let values = req.headers.iter().filter(|(n, _)| n == name);
        let values: Vec<&str> = values.map(|(_, value)| value.trim()).collect();
        match values.as_slice() {
            [] => None,
            ["*"] => Some(Self::Any),
            _ => Some(Self::Tags(parse(&values.join(",")).unwrap_or_default())),
        }
    }

    /// Whether that tag is among them. Two weak ones are never the same where `strongly`.
    fn has(&self, tag: &str, strongly: bool) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => {
                tags.iter().any(|(weak, known)| known == tag && !(strongly && *weak))
            }
        }
    }
}

/// Refuses a change by somebody who has not seen what there is now, if they have said what they
/// have seen (`If-Match`).
///
/// # Errors
/// `Stale` when it is something else.
pub(super) fn check(seen: Option<&Condition>, now: &impl Serialize) -> Result<()> {
    let Some(seen) = seen else { return Ok(()) };
    let body = serde_json::to_vec(now).map_err(Error::internal)?;
    if seen.has(&of(&body), true) {
        return Ok(());
    }
    Err(Error::Stale("it was changed since you have read it, read it again"))
}

/// A list of tags; `None` if it is broken.
fn parse(list: &str) -> Option<Vec<(bool, String)>> {
    let mut tags = Vec::new();
    let mut rest = list.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let strong = rest.strip_prefix("W/");
        let (inside, after) = strong.unwrap_or(rest).strip_prefix('"')?.split_once('"')?;
        tags.push((strong.is_some(), format!("\"{inside}\"")));
        let after = after.trim_start_matches([' ', '\t']);
        if !after.is_empty() && !after.starts_with(',') {
            return None;
        }
        rest = after.trim_start_matches([' ', '\t', ',']);
    }
    Some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::Method;

    fn request(header: Option<&str>) -> Request {
        let mut req = Request::new(Get, "/").unwrap();
        req.headers.extend(header.map(|value| ("if-none-match".to_owned(), value.to_owned())));
        req
    }

    #[test]
    fn who_has_an_answer_already_gets_no_second_one() {
        let answer = || Response::json(200, &"toast").unwrap();
        let tag = of(b"\"toast\"");
        let check = |header: Option<&str>, status: u16| {
            let answer = finish(&request(header), answer());
            assert_eq!((answer.status, answer.header("etag")), (status, Some(&*tag)), "{header:?}");
            assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
            assert_eq!(answer.header("vary"), Some("authorization, cookie"));
            let Body::Bytes(body) = answer.body else { panic!() };
            assert_eq!(body.is_empty(), status == 304, "{header:?}");
        };
        check(None, 200);
        check(Some(&tag), 304);
        check(Some("*"), 304);
        check(Some(&format!("W/{tag}")), 304);
        check(Some(&format!("\"a,b\" , {tag}")), 304);
        check(Some("\"other\""), 200);
        for broken in [
            "",
            "toast",
            "\"",
            &tag[1..],
            &format!("{tag} x"),
            &format!("*, {tag}"),
            &format!("w/{tag}"),
        ] {
            check(Some(broken), 200);
        }
    }

    #[test]
    fn only_what_is_read_and_found_has_a_tag() {
        let missing = finish(&request(Some("*")), Response::no_content().with_status(404));
        assert_eq!((missing.status, missing.header("etag")), (404, None));
        assert_eq!(missing.header("cache-control"), Some("no-store"));
        let mut post = request(Some("*"));
        post.method = Method::Post;
        assert_eq!(finish(&post, Response::json(200, &1).unwrap()).status, 200);
    }

    #[test]
    fn a_change_needs_the_very_thing_that_was_seen() {
        let tag = of(b"7");
        let row = |header: Option<&str>, may: bool| {
            let mut req = Request::new(Method::Patch, "/").unwrap();
            req.headers.extend(header.map(|value| ("if-match".to_owned(), value.to_owned())));
            let seen = Condition::of(&req, "if-match");
            assert_eq!(check(seen.as_ref(), &7).is_ok(), may, "{header:?}");
        };
        row(None, true);
        row(Some("*"), true);
        row(Some(&tag), true);
        row(Some(&format!("\"x\",{tag}")), true);
        row(Some(&format!("W/{tag}")), false);
        row(Some("\"x\""), false);
        row(Some("broken"), false);
    }
}
