//! Chooses among the icons a page offers.

/// How good an icon is, the least being the best; `None` for a link that is no icon.
/// Drawings come last, because we never serve them.
pub(super) fn rank(rel: &str, kind: &str, href: &str) -> Option<u8> {
    let has = |word: &str| rel.split_ascii_whitespace().any(|r| r.eq_ignore_ascii_case(word));
    let path = href.split(['?', '#']).next().unwrap_or("");
    let drawn = kind.to_ascii_lowercase().contains("svg")
        || path.len() >= 4 && path.as_bytes()[path.len() - 4..].eq_ignore_ascii_case(b".svg");
    if has("icon") {
        Some(if drawn { 2 } else { 0 })
    } else if has("apple-touch-icon") || has("apple-touch-icon-precomposed") {
        Some(1)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_icon_we_can_serve_comes_first() {
        assert_eq!(rank("shortcut icon", "", "/favicon.ico"), Some(0));
        assert_eq!(rank("ICON", "image/svg+xml", "/icon"), Some(2));
        assert_eq!(rank("icon", "", "/é.SVG?v=1"), Some(2));
        assert_eq!(rank("apple-touch-icon", "", "/touch.png"), Some(1));
        for rel in ["mask-icon", "stylesheet", "", "iconic"] {
            assert_eq!(rank(rel, "", "/x.png"), None, "{rel}");
        }
    }
}
