//! Reads what a site says about a page by oEmbed (<https://oembed.com>).

use serde_json::Value;
use url::Url;

use super::address::resolve;
use super::people::person;
use super::{sites, text};
use crate::model::page::{PageImage, PageKind, PageMeta};

/// An answer of an endpoint as what there is to say about `page`; what it does not call a
/// film or a picture is of the kind `otherwise`. `None` when it is no such answer.
pub fn read(json: &[u8], page: &Url, otherwise: PageKind) -> Option<PageMeta> {
    let answer: Value = serde_json::from_slice(json).ok()?;
    let kind = match answer["type"].as_str()? {
        "video" => PageKind::Video,
        "photo" => PageKind::Image,
        _ => otherwise,
    };
    let line = |key: &str, chars_max| {
        let told = answer[key].as_str()?;
        text::clean(&htmlize::unescape(told), chars_max)
    };
    let mut meta = PageMeta {
        title: line("title", text::TITLE_MAX),
        description: line("description", text::DESCRIPTION_MAX),
        site_name: line("provider_name", text::NAME_MAX),
        author: line("author_name", text::NAME_MAX).and_then(|name| person(&name)),
        ..PageMeta::bare(page.clone(), kind)
    };
    if kind == PageKind::Image {
        meta.images.extend(image(&answer, ["url", "width", "height"], page));
    }
    let thumbnail = ["thumbnail_url", "thumbnail_width", "thumbnail_height"];
    meta.images.extend(image(&answer, thumbnail, page));
    if meta.title.is_none() {
        quote(answer["html"].as_str().unwrap_or(""), &mut meta);
    }
    sites::polish(&mut meta);
    Some(meta)
}

fn image(answer: &Value, [url, width, height]: [&str; 3], page: &Url) -> Option<PageImage> {
    // Some write numbers as texts.
    let dots = |key: &str| {
        let told = &answer[key];
        let number = told.as_u64().or_else(|| told.as_str()?.parse().ok())?;
        u32::try_from(number).ok().filter(|dots| *dots > 0)
    };
    let url = resolve(answer[url].as_str()?, page)?;
    Some(PageImage { url, width: dots(width), height: dots(height) })
}

/// A post has no title, but it is quoted whole: its first line stands for it.
fn quote(html: &str, meta: &mut PageMeta) {
    let Some((tag, content)) = paragraph(html) else { return };
    let lines: Vec<String> = lines(content).iter().map(|line| without_pictures(line)).collect();
    meta.title = lines.iter().find_map(|line| text::clean(line, text::TITLE_MAX));
    let whole = text::clean(&lines.join(" "), text::DESCRIPTION_MAX);
    meta.description = whole.filter(|whole| meta.title.as_ref() != Some(whole));
    let language = tag.split_once("lang=\"").and_then(|(_, rest)| rest.split('"').next());
    // X has longer ones of its own for posts without words.
    let plain = |tag: &&str| tag.len() == 2 && tag.bytes().all(|b| b.is_ascii_lowercase());
    meta.language = language.filter(plain).map(str::to_owned);
}

/// The tag and the content of the first paragraph.
fn paragraph(html: &str) -> Option<(&str, &str)> {
    let starts = |rest: &&str| rest.starts_with(['>', ' ']);
    let rest = html.split("<p").skip(1).find(starts)?;
    let (tag, content) = rest.split_once('>')?;
    Some((tag, content.split("</p>").next().unwrap_or(content)))
}

/// Its lines, without tags.
fn lines(content: &str) -> Vec<String> {
    let mut pieces = content.split('<');
    let mut text = pieces.next().unwrap_or("").to_owned();
    for piece in pieces {
        let (tag, words) = piece.split_once('>').unwrap_or((piece, ""));
        if tag.starts_with("br") {
            text.push('\n');
        }
        text.push_str(words);
    }
    text.lines().map(|line| htmlize::unescape(line).into_owned()).collect()
}

/// The addresses of a post's own pictures are no words of it.
fn without_pictures(line: &str) -> String {
    let is_picture =
        |word: &&str| word.starts_with("pic.twitter.com/") || word.starts_with("pic.x.com/");
    line.split_whitespace().filter(|word| !is_picture(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str) -> Option<PageMeta> {
        read(json.as_bytes(), &Url::parse("https://a.example/b/").unwrap(), PageKind::Site)
    }

    #[test]
    fn only_an_answer_of_oembed_says_anything() {
        for json in ["", "[]", "{}", "null", "{\"title\":\"x\"}", "<oembed/>", "{\"type\":7}"] {
            assert_eq!(check(json), None, "{json}");
        }
        let page = Url::parse("https://a.example/b/").unwrap();
        assert_eq!(check("{\"type\":\"rich\"}"), Some(PageMeta::bare(page, PageKind::Site)));
    }

    #[test]
    fn what_is_told_is_cleaned() {
        let meta = check(
            r#"{"type":"video","title":" Rye &#8211; &amp;\nmore ","author_name":"//a.example/me",
                "provider_name":"null","thumbnail_url":"t.jpg","thumbnail_width":"480",
                "thumbnail_height":-1}"#,
        );
        let meta = meta.unwrap();
        assert_eq!(meta.title.as_deref(), Some("Rye – & more"));
        assert_eq!((meta.author, meta.site_name, meta.kind), (None, None, PageKind::Video));
        let url = Url::parse("https://a.example/b/t.jpg").unwrap();
        assert_eq!(meta.images, [PageImage { url, width: Some(480), height: None }]);
    }

    #[test]
    fn a_quoted_post_goes_by_its_first_line() {
        let title = |html: &str| {
            let json = serde_json::json!({ "type": "rich", "html": html }).to_string();
            let meta = check(&json).unwrap();
            (meta.title, meta.description, meta.language)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            title(
                "<pre>no</pre><p lang=\"ko\" dir=\"ltr\">첫 줄 &amp; <a href=\"x\">끝</a><br>둘째 pic.x.com/Ab</p>&mdash; A"
            ),
            (some("첫 줄 & 끝"), some("첫 줄 & 끝 둘째"), some("ko"))
        );
        assert_eq!(title("<p lang=\"zxx\">one line</p>"), (some("one line"), None, None));
        assert_eq!(title("<p><a>pic.twitter.com/Ab</a></p>"), (None, None, None));
        assert_eq!(title("<p>a &lt; b, cut <off"), (some("a < b, cut"), None, None));
        assert_eq!(title("<iframe src=x></iframe>"), (None, None, None));
    }
}
