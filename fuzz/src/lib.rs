//! What must hold for whatever was read, however hostile.

use toaster::extract::extract;
use toaster::model::page::PageMeta;
use url::Url;

/// Reads a page as if it came from the web, and checks what was found.
pub fn read(bytes: &[u8], content_type: Option<&str>) -> PageMeta {
    let url = Url::parse("https://bread.example/posts/1?from=feed").expect("it is an address");
    let meta = extract(bytes, &url, content_type);
    check(&meta);
    meta
}

fn check(meta: &PageMeta) {
    for (text, chars_max) in [
        (&meta.title, 500),
        (&meta.short_title, 500),
        (&meta.description, 2_000),
        (&meta.site_name, 200),
        (&meta.author, 200),
        (&meta.language, 40),
        (&meta.theme_colour, 40),
    ] {
        let Some(text) = text else { continue };
        assert!(!text.is_empty() && text.chars().count() <= chars_max, "{text:?}");
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
    assert!(meta.images.len() <= 16);
    let others = [&meta.canonical_url, &meta.icon_url, &meta.oembed_url];
    let addresses = meta.images.iter().map(|image| &image.url).chain(others.into_iter().flatten());
    for url in addresses {
        assert!(matches!(url.scheme(), "http" | "https") && url.username().is_empty(), "{url}");
    }
}
