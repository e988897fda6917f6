//! Makes addresses on a page whole, and lets only those of the web through.

use url::Url;

use super::text;

const BYTES_MAX: usize = 4 * 1024;

/// An address on a page, made whole against where the page is.
pub(super) fn resolve(href: &str, base: &Url) -> Option<Url> {
    let href = href.trim();
    // What a broken template leaves behind would be taken for a file of that name.
    if href.len() > BYTES_MAX || text::clean(href, 32).is_none() {
        return None;
    }
    let url = base.join(href).ok()?;
    let on_the_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_plain = url.username().is_empty() && url.password().is_none();
    (on_the_web && is_plain && url.as_str().len() <= 2 * BYTES_MAX).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(href: &str, expected: Option<&str>) {
        let base = Url::parse("https://bread.example/a/b?c#d").unwrap();
        assert_eq!(resolve(href, &base).as_ref().map(Url::as_str), expected, "{href:?}");
    }

    #[test]
    fn addresses_are_made_whole_as_browsers_do() {
        check("x.jpg", Some("https://bread.example/a/x.jpg"));
        check("//cdn.example/x y.jpg", Some("https://cdn.example/x%20y.jpg"));
        check(" \n/x\n/y\t.jpg ", Some("https://bread.example/x/y.jpg"));
        check("?q=1&amp=2", Some("https://bread.example/a/b?q=1&amp=2"));
        check("HTTP://B.example", Some("http://b.example/"));
    }

    #[test]
    fn what_is_not_on_the_web_is_nothing() {
        for href in [
            "",
            "  ",
            "null",
            "undefined",
            "{{ image }}",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "file:///etc/passwd",
            "https://ana:crumb@bread.example/",
            "https://:crumb@bread.example/",
            "https://",
            "http://[",
        ] {
            check(href, None);
        }
    }
}
