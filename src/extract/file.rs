//! What there is to say about a file: its name, what it tells of itself, and for a picture
//! the picture.

use percent_encoding::percent_decode_str;
use url::Url;

use super::{charset, feed, kind, pdf, plain, text};
use crate::model::page::{PageImage, PageKind, PageMeta};

/// A file that is no text.
pub(super) fn binary(
    bytes: &[u8],
    url: &Url,
    kind: PageKind,
    content_type: Option<&str>,
) -> PageMeta {
    let mut meta = PageMeta { title: name(url), ..PageMeta::bare(url.clone(), kind) };
    if kind == PageKind::Pdf {
        let info = pdf::read(bytes);
        meta.title = info.title.or(meta.title);
        meta.author = info.author;
        meta.published_at = info.created_at;
    }
    let drawn = kind::mime(content_type).contains("svg") || url.path().ends_with(".svg");
    if kind == PageKind::Image && !drawn {
        meta.images.push(PageImage::at(url.clone()));
    }
    meta
}

/// Text to be read: its first line is its title.
pub(super) fn prose(content: &str, url: &Url) -> PageMeta {
    let found = plain::read(content);
    let mut meta = PageMeta::bare(url.clone(), PageKind::Text);
    meta.title = found.title.or_else(|| name(url));
    meta.description = found.description;
    meta
}

/// Text for programs: a feed speaks for its site, all else has only a name.
pub(super) fn data(content: &str, url: &Url) -> PageMeta {
    feed::read(content, url).unwrap_or_else(|| PageMeta {
        title: name(url),
        ..PageMeta::bare(url.clone(), PageKind::Text)
    })
}

/// What a file is called that says nothing of itself: by its address, else by its host.
pub(super) fn name(url: &Url) -> Option<String> {
    let name = last_segment(url).and_then(|name| text::clean(&name, text::TITLE_MAX));
    name.or_else(|| url.host_str().map(str::to_owned))
}

/// The ending of the name, in lower case.
pub(super) fn extension(url: &Url) -> Option<String> {
    let name = last_segment(url)?;
    let (stem, ending) = name.rsplit_once('.')?;
    let plausible = ending.len() <= 10 && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    (!stem.is_empty() && plausible).then(|| ending.to_ascii_lowercase())
}

/// Whether the name is that of a text for people, or none that tells.
pub(super) fn is_prose(url: &Url) -> bool {
    let known = ["txt", "text", "md", "markdown", "rst", "adoc", "org"];
    extension(url).is_none_or(|ending| known.contains(&ending.as_str()))
}

/// The last part of the path, as people write it.
fn last_segment(url: &Url) -> Option<String> {
    let segment = url.path_segments()?.rfind(|segment| !segment.is_empty())?;
    let bytes: Vec<u8> = percent_decode_str(segment).collect();
    let tld = url.domain().and_then(|domain| domain.rsplit('.').next());
    let (name, _) = charset::decode(&bytes, None, tld);
    // Some stores put whole paths into one part.
    Some(name.rsplit('/').find(|part| !part.is_empty())?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_by_its_name() {
        let title = |url: &str| name(&Url::parse(url).unwrap()).unwrap();
        let korean = "https://a.example/docs/%EC%97%B0%EA%B0%84%20%EB%B3%B4%EA%B3%A0.pdf?x=1#p";
        assert_eq!(title(korean), "연간 보고.pdf");
        assert_eq!(
            title("https://a.example/%BB%A7%C1%FD%20%C0%CC%BE%DF%B1%E2.pdf"),
            "빵집 이야기.pdf"
        );
        assert_eq!(title("https://a.example/o/loaves%2F2024%2Frye_bread.jpg"), "rye_bread.jpg");
        assert_eq!(title("https://a.example/"), "a.example");
        assert_eq!(title("https://a.example/a%00b%E2%80%AEc.pdf"), "abc.pdf");
    }

    #[test]
    fn an_ending_is_told_from_a_dot() {
        let ending = |url: &str| extension(&Url::parse(url).unwrap());
        assert_eq!(ending("https://a.example/a.TXT?b.c").as_deref(), Some("txt"));
        assert_eq!(ending("https://a.example/.profile"), None);
        assert_eq!(ending("https://a.example/Mr.%20Baker"), None);
    }
}
