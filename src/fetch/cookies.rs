//! The cookies of one trip. They are forgotten with it: nobody can follow us from one link to
//! the next.

use cookie_store::CookieStore;
use url::Url;

/// More than any honest site needs to let a reader in.
const COOKIES_MAX: usize = 50;
const HEADER_BYTES_MAX: usize = 4 * 1024;

/// What was set on the way.
#[derive(Default)]
pub(super) struct Cookies(CookieStore);

impl Cookies {
    /// Takes the values of `Set-Cookie` in an answer from `url`; those that RFC 6265 does not
    /// let it set are passed over.
    pub(super) fn take(&mut self, set: &[String], url: &Url) {
        for cookie in set.iter().take(COOKIES_MAX) {
            if self.0.iter_unexpired().count() < COOKIES_MAX {
                let _ = self.0.parse(cookie, url);
            }
        }
    }

    /// The value of `Cookie` for `url`; empty where there are none.
    pub(super) fn header(&self, url: &Url) -> String {
        let mut header = String::new();
        let mut pairs: Vec<_> = self.0.get_request_values(url).collect();
        pairs.sort_unstable();
        for (name, value) in pairs {
            let gap = if header.is_empty() { "" } else { "; " };
            // What cannot stand in a header is left out; the client would refuse the whole.
            let plain = |text: &str| text.bytes().all(|b| (0x20..0x7f).contains(&b));
            let fits = header.len() + name.len() + value.len() + 3 <= HEADER_BYTES_MAX;
            if fits && plain(name) && plain(value) {
                header.push_str(&format!("{gap}{name}={value}"));
            }
        }
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(url: &str) -> Url {
        Url::parse(url).unwrap()
    }

    #[test]
    fn cookies_go_back_where_they_belong() {
        let mut cookies = Cookies::default();
        let set = ["b=2; Path=/in", "a=1", "c=3; Domain=bread.example", "d=4; Secure"];
        cookies.take(&set.map(ToOwned::to_owned), &url("https://www.bread.example/in/x"));
        let header = |text: &str| cookies.header(&url(text));
        assert_eq!(header("https://www.bread.example/in/y"), "a=1; b=2; c=3; d=4");
        assert_eq!(header("http://www.bread.example/in/y"), "a=1; b=2; c=3");
        assert_eq!(header("https://bread.example/in/"), "c=3");
        assert_eq!(header("https://other.example/"), "");
    }

    #[test]
    fn what_a_site_may_not_set_is_passed_over() {
        let mut cookies = Cookies::default();
        let bad = ["x=1; Domain=other.example", "", "novalue", "gone=1; Max-Age=0", "e=\u{e9}"];
        cookies.take(&bad.map(ToOwned::to_owned), &url("https://bread.example/"));
        assert_eq!(cookies.header(&url("https://bread.example/")), "");
        let many: Vec<String> = (0..500).map(|n| format!("n{n}={}", "v".repeat(500))).collect();
        cookies.take(&many, &url("https://bread.example/"));
        assert!(cookies.header(&url("https://bread.example/")).len() <= HEADER_BYTES_MAX);
    }
}
