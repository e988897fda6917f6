//! Patterns of addresses, so that a rule about a site is a line in a table.
//!
//! A pattern is `host/path?name=value`. `{name}` keeps one label of the host, one part of
//! the path or one value of the query, with fixed text before and after it as it likes;
//! `{name#}` keeps digits only and `{name*}` all that is left. The host `*.a.example` is
//! a.example and all below it, `*` is any; the path `**` is whatever is left, even
//! nothing, and a pattern without a path is about the whole host. Further values in a
//! query never matter.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::Url;

/// What would end a part of a path or a value of a query.
const UNSAFE: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'&').add(b'+').add(b'/').add(b'=').add(b'?');

/// What a pattern kept of an address.
#[derive(Debug, Default)]
pub(super) struct Kept(Vec<(&'static str, String)>);

/// What `pattern` keeps of `url`; `None` where they do not match.
pub(super) fn find(pattern: &'static str, url: &Url) -> Option<Kept> {
    let (place, query) = pattern.split_once('?').unwrap_or((pattern, ""));
    let (host, path) = place.split_once('/').unwrap_or((place, "**"));
    let found_path = url.path().strip_prefix('/')?;
    let found_path = found_path.strip_suffix('/').unwrap_or(found_path);
    let mut kept = Kept::default();
    let fits = kept.host(host, url.host_str()?)
        && kept.pieces(path, found_path, '/')
        && kept.query(query, url);
    fits.then_some(kept)
}

impl Kept {
    /// What was kept under a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(kept, _)| *kept == name).map(|(_, value)| value.as_str())
    }

    /// The address that `template` makes of it.
    pub(super) fn fill(&self, template: &str) -> Option<Url> {
        let mut filled = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}')?;
            filled.push_str(before);
            match name.strip_suffix('*') {
                Some(name) => filled.push_str(self.get(name)?),
                None => filled.extend(utf8_percent_encode(self.get(name)?, UNSAFE)),
            }
            rest = after;
        }
        filled.push_str(rest);
        Url::parse(&filled).ok()
    }

    fn host(&mut self, pattern: &'static str, host: &str) -> bool {
        if pattern == "*" {
            return true;
        }
        match pattern.strip_prefix("*.") {
            Some(site) => {
                host.strip_suffix(site).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
            }
            None => self.pieces(pattern, host, '.'),
        }
    }

    fn pieces(&mut self, pattern: &'static str, text: &str, separator: char) -> bool {
        let mut left = Some(text);
        for want in pattern.split(separator) {
            if want == "**" {
                return true;
            }
            let Some(rest) = left else { return false };
            if want.contains("*}") {
                return self.piece(want, rest);
            }
            let (piece, after) = rest
                .split_once(separator)
                .map_or((rest, None), |(piece, more)| (piece, Some(more)));
            if !self.piece(want, piece) {
                return false;
            }
            left = after;
        }
        left.is_none()
    }

    fn query(&mut self, pattern: &'static str, url: &Url) -> bool {
        pattern.split_terminator('&').all(|pair| {
            let (key, want) = pair.split_once('=').unwrap_or((pair, ""));
            let value = url.query_pairs().find(|(name, _)| name == key);
            value.is_some_and(|(_, value)| self.piece(want, &value))
        })
    }

    fn piece(&mut self, want: &'static str, piece: &str) -> bool {
        let Some((before, rest)) = want.split_once('{') else { return want == piece };
        let Some((name, after)) = rest.split_once('}') else { return false };
        let value = piece.strip_prefix(before).and_then(|piece| piece.strip_suffix(after));
        let Some(value) = value.filter(|value| !value.is_empty()) else { return false };
        if name.ends_with('#') && !value.bytes().all(|b| b.is_ascii_digit()) {
            return false;
        }
        self.0.push((name.trim_end_matches(['#', '*']), value.to_owned()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &'static str, url: &str, expected: Option<&[(&str, &str)]>) {
        let kept = find(pattern, &Url::parse(url).unwrap());
        let found = kept.as_ref().map(|kept| {
            kept.0.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>()
        });
        assert_eq!(found.as_deref(), expected, "{pattern} {url}");
    }

    #[test]
    fn a_pattern_keeps_what_it_names() {
        let some = Some;
        check("a.example/x/{id}", "https://a.example/x/7/", some(&[("id", "7")]));
        check("a.example/x/{id#}", "https://a.example/x/7a", None);
        check("a.example/x/{id}", "https://a.example/x/7/8", None);
        check("a.example/x/{id}", "https://a.example/x/", None);
        check("a.example/x/{id}/**", "https://a.example/x/7", some(&[("id", "7")]));
        check("a.example/x/{id}/**", "https://a.example/x/7/8/9", some(&[("id", "7")]));
        check("a.example/@{who}/{x*}.pdf", "https://a.example/@b/c/d.pdf", {
            some(&[("who", "b"), ("x", "c/d")])
        });
        check("a.example/?u={u}", "https://a.example/?z=1&u=b%2Fc", some(&[("u", "b/c")]));
        check("a.example/?u={u}", "https://a.example/?u=", None);
        check("a.example", "https://a.example/any/thing", some(&[]));
    }

    #[test]
    fn a_host_is_compared_by_its_labels() {
        check("*.a.example", "https://a.example/", Some(&[]));
        check("*.a.example", "https://b.c.a.example/", Some(&[]));
        check("*.a.example", "https://ba.example/", None);
        check("*/x", "https://any.example/x", Some(&[]));
        check("{l}.m.a.example", "https://ko.m.a.example/", Some(&[("l", "ko")]));
        check("www.a.{tld*}", "https://www.a.co.uk/", Some(&[("tld", "co.uk")]));
        check("i{n#}.a.example", "https://ix.a.example/", None);
    }

    #[test]
    fn a_template_cannot_be_broken_out_of() {
        let url = Url::parse("https://a.example/b/c%2Fd?v=e%26f%3D%23g").unwrap();
        let kept = find("a.example/{rest*}?v={id}", &url).unwrap();
        let fill = |template| kept.fill(template).unwrap().to_string();
        assert_eq!(fill("https://b.example/?v={id}&x=1"), "https://b.example/?v=e%26f%3D%23g&x=1");
        assert_eq!(fill("https://b.example/{rest*}"), "https://b.example/b/c%2Fd");
        assert!(kept.fill("https://b.example/{other}").is_none());
    }
}
