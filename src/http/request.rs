//! A request as handlers see it: whole, bounded and free of any engine's types.

use std::fmt;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr};

use percent_encoding::percent_decode_str;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::{Error, Result};

const JSON: &str = "application/json";

/// The methods that we answer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Reads, without the body.
    Head,
    /// Creates, or does.
    Post,
    /// Replaces.
    Put,
    /// Changes some fields.
    Patch,
    /// Deletes.
    Delete,
    /// Anything else; every route refuses it.
    Other,
}

impl Method {
    /// The method of that name, compared as RFC 9110 section 9.1 says: case matters.
    pub fn from_name(name: &str) -> Self {
        match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            _ => Self::Other,
        }
    }

    /// Whether a request by this method may change something.
    pub fn changes(self) -> bool {
        !matches!(self, Self::Get | Self::Head)
    }
}

/// One whole request.
#[derive(Debug, Clone)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// The path, percent-decoded, cut at its slashes; empty for `/`.
    pub segments: Vec<String>,
    /// The pairs of the query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Header names in lower case with their values, in order.
    pub headers: Vec<(String, String)>,
    /// The body, already bounded.
    pub body: Vec<u8>,
    /// Who asks.
    pub client: IpAddr,
}

impl Request {
    /// Puts a request together from a method and a raw target such as `/a%20b?q=1`.
    ///
    /// # Errors
    /// `Invalid` when the path is not UTF-8 after decoding or holds a NUL.
    pub fn new(method: Method, target: &str) -> Result<Self> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let segments = path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(decode_segment)
            .collect::<Result<_>>()?;
        Ok(Self {
            method,
            segments,
            query: parse_pairs(query),
            headers: Vec::new(),
            body: Vec::new(),
            client: IpAddr::V4(Ipv4Addr::LOCALHOST),
        })
    }

    /// The path's segments, for matching.
    pub fn path(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// The first header of that lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// A cookie's value.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .filter(|(n, _)| n == "cookie")
            .flat_map(|(_, value)| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(n, _)| *n == name)
            .map(|(_, value)| value)
    }

    /// The body as a JSON object.
    ///
    /// # Errors
    /// `Invalid` naming the field where that is known; unknown fields are errors too.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let kind = self.header("content-type").unwrap_or(JSON);
        let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if essence != JSON {
            return Err(Error::invalid("content-type", format!("not JSON, expected {JSON}")));
        }
        let mut json = serde_json::Deserializer::from_slice(&self.body);
        let Object(value) = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| describe(&error.path().to_string(), error.inner()))?;
        json.end().map_err(|error| describe(".", &error))?;
        Ok(value)
    }

    /// The body as a submitted form.
    ///
    /// # Errors
    /// `Invalid` when it is not `application/x-www-form-urlencoded`.
    pub fn form(&self) -> Result<Form> {
        let kind = self.header("content-type").unwrap_or_default();
        if !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            return Err(Error::invalid(
                "content-type",
                "not a form, expected application/x-www-form-urlencoded",
            ));
        }
        let text =
            std::str::from_utf8(&self.body).map_err(|_| Error::invalid("body", "not UTF-8"))?;
        Ok(Form { pairs: parse_pairs(text) })
    }
}

/// A value that is read from an object only. By itself serde would take a list as well, for the
/// fields in the order in which we happen to declare them.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(fields))
            }
        }

        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

/// The fields of a submitted form.
#[derive(Debug, Default)]
pub struct Form {
    pairs: Vec<(String, String)>,
}

impl Form {
    /// The first value of a field, trimmed; empty when it is not there.
    pub fn text(&self, name: &str) -> &str {
        self.pairs.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.trim())
    }

    /// The first value of a field as it was typed, for passwords.
    pub fn raw(&self, name: &str) -> &str {
        self.pairs.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// Whether the field was sent at all, as a ticked box is.
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(n, _)| n == name)
    }

    /// All values of a field that may be sent several times.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.trim())
    }
}

fn decode_segment(raw: &str) -> Result<String> {
    let text = percent_decode_str(raw)
        .decode_utf8()
        .map_err(|_| Error::invalid("path", "not UTF-8 after percent-decoding"))?;
    if text.contains('\0') {
        return Err(Error::invalid("path", "holds a NUL"));
    }
    Ok(text.into_owned())
}

/// Pairs of a query or form; bytes that are not UTF-8 become U+FFFD as browsers do.
fn parse_pairs(text: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// Names the field at fault. Serde tells of one that is unknown, missing or there twice in
/// backquotes, and of any other by its path.
fn describe(path: &str, error: &serde_json::Error) -> Error {
    if error.is_syntax() || error.is_eof() {
        let at = format!("line {} column {}", error.line(), error.column());
        return Error::invalid("body", format!("not valid JSON at {at}"));
    }
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or_default().to_owned();
    let by_name = ["unknown", "missing", "duplicate"]
        .iter()
        .any(|how| reason.starts_with(&format!("{how} field")));
    let name = if by_name { reason.split('`').nth(1) } else { None };
    let place = if path == "." { None } else { Some(path) };
    let field = match (place, name) {
        // The path to an unknown field ends with its name already.
        (Some(place), Some(name)) if place != name && !place.ends_with(&format!(".{name}")) => {
            format!("{place}.{name}")
        }
        (Some(place), _) => place.to_owned(),
        (None, name) => name.unwrap_or("body").to_owned(),
    };
    Error::invalid(field, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_cut_and_decoded() {
        let request = Request::new(Method::Get, "/a%20b//%ED%95%9C?q=%EA%B8%80+x&q=2").unwrap();
        assert_eq!(request.path(), ["a b", "한"]);
        assert_eq!(request.query("q"), Some("글 x"));
        assert!(Request::new(Method::Get, "/%ff").is_err());
        assert!(Request::new(Method::Get, "/a%00").is_err());
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut request = Request::new(Method::Get, "/").unwrap();
        request.headers.push(("cookie".into(), "a=1; session=x=y; b=".into()));
        assert_eq!(request.cookie("session"), Some("x=y"));
        assert_eq!(request.cookie("c"), None);
    }

    #[test]
    fn bad_json_says_where_and_an_unknown_field_is_named() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Body {
            #[expect(dead_code, reason = "only its name matters here")]
            url: String,
            #[expect(dead_code, reason = "only its name matters here")]
            #[serde(default)]
            pick: Option<Pick>,
        }
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Pick {
            #[expect(dead_code, reason = "only its name matters here")]
            count: i64,
        }
        let mut request = Request::new(Method::Post, "/").unwrap();
        let mut why = |body: &str| {
            request.body = body.into();
            request.json::<Body>().unwrap_err().to_string()
        };
        assert_eq!(why("{"), "body: not valid JSON at line 1 column 1");
        assert_eq!(why(r#"{"link":1}"#), "link: unknown field `link`, expected `url` or `pick`");
        assert_eq!(why("{}"), "url: missing field `url`");
        assert_eq!(why(r#"{"url":7}"#), "url: invalid type: integer `7`, expected a string");
        assert_eq!(why(r#"{"pick":{}}"#), "pick.count: missing field `count`");
        assert!(why(r#"{"pick":{"n":1}}"#).starts_with("pick.n: unknown field `n`"));
        assert!(why(r#"{"pick":{"count":"x"}}"#).starts_with("pick.count: invalid type"));
        assert_eq!(why(r#"{"url":"a","url":"b"}"#), "url: duplicate field `url`");
        assert_eq!(why(r#"["a"]"#), "body: invalid type: sequence, expected an object");
        assert_eq!(why(r#"{"url":"a"} x"#), "body: not valid JSON at line 1 column 13");
    }
}
