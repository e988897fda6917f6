//! Forms with a file, as browsers send them (RFC 7578).

use memchr::memmem;

use crate::error::{Error, Result};
use crate::http::request::Request;

/// More parts than any form of ours has.
const PARTS_MAX: usize = 32;
const HEADERS_MAX: usize = 8;

/// One field of a form.
#[derive(Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Its name.
    pub name: String,
    /// What was sent for it.
    pub bytes: &'a [u8],
}

/// The fields of a form, in their order.
///
/// # Errors
/// `Invalid` when it is not `multipart/form-data`, or is cut off.
pub fn parts(req: &Request) -> Result<Vec<Part<'_>>> {
    let kind = req.header("content-type").unwrap_or_default();
    let delimiter = boundary(kind).ok_or_else(|| {
        Error::invalid("content-type", "not a form with a file, expected multipart/form-data")
    })?;
    split(&req.body, delimiter.as_bytes())
        .ok_or_else(|| Error::invalid("body", "cut off, expected the end of a multipart form"))
}

/// What stands between the parts, if that is what the type says.
fn boundary(kind: &str) -> Option<String> {
    let (kind, parameters) = kind.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
    })?;
    (!boundary.is_empty()).then(|| format!("--{boundary}"))
}

fn split<'a>(body: &'a [u8], delimiter: &[u8]) -> Option<Vec<Part<'a>>> {
    let mut parts = Vec::new();
    let mut rest = body.strip_prefix(delimiter)?;
    let next = [b"\r\n", delimiter].concat();
    while !rest.starts_with(b"--") {
        let part = rest.strip_prefix(b"\r\n")?;
        let end = memmem::find(part, &next)?;
        parts.push(read(&part[..end])?);
        rest = &part[end + next.len()..];
        if parts.len() > PARTS_MAX {
            return None;
        }
    }
    Some(parts)
}

fn read(part: &[u8]) -> Option<Part<'_>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let httparse::Status::Complete((head, headers)) =
        httparse::parse_headers(part, &mut headers).ok()?
    else {
        return None;
    };
    let header = headers.iter().find(|h| h.name.eq_ignore_ascii_case("content-disposition"))?;
    let value = std::str::from_utf8(header.value).ok()?;
    let name = value.split(';').find_map(|part| part.trim().strip_prefix("name="))?;
    Some(Part { name: name.trim_matches('"').to_owned(), bytes: &part[head..] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::Method;

    fn request(kind: &str, body: &str) -> Request {
        let mut request = Request::new(Method::Post, "/import").unwrap();
        request.headers.push(("content-type".into(), kind.into()));
        request.body = body.into();
        request
    }

    #[test]
    fn a_form_is_cut_into_its_fields() {
        let body = "--x1\r\nContent-Disposition: form-data; name=\"unread\"\r\n\r\non\r\n\
            --x1\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.html\"\r\n\
            Content-Type: text/html\r\n\r\n<a\r\n--x\r\n\r\n--x1--\r\n";
        let request = request("multipart/form-data; charset=utf-8; boundary=\"x1\"", body);
        let parts = parts(&request).unwrap();
        let shown: Vec<_> = parts.iter().map(|p| (p.name.as_str(), p.bytes)).collect();
        assert_eq!(shown, [("unread", &b"on"[..]), ("file", &b"<a\r\n--x\r\n"[..])]);
    }

    #[test]
    fn what_is_no_such_form_is_refused() {
        let kind = "multipart/form-data; boundary=x";
        let check = |kind: &str, body: &str| {
            assert!(parts(&request(kind, body)).is_err(), "{kind} {body:?}");
        };
        check("text/html", "");
        check("multipart/form-data", "--x--");
        check("multipart/form-data; boundary=", "----");
        for body in ["", "--x", "--x\r\n", "--x\r\n\r\n\r\n--x--", "--x\r\na: b\r\n\r\nc", "y--x--"]
        {
            check(kind, body);
        }
        check(kind, &"--x\r\ncontent-disposition: form-data; name=a\r\n\r\n\r\n".repeat(40));
        assert_eq!(parts(&request(kind, "--x--")).unwrap(), []);
    }
}
