//! Notes as they are read: Markdown of their owner, from which nothing but text, its form and
//! links to the web can come.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// Links of these only, so that none runs a script.
const SCHEMES: [&str; 3] = ["http://", "https://", "mailto:"];
/// Text that lies deeper in lists and quotes than that is shown plain, since to nest costs memory.
const DEPTH_MAX: usize = 16;

/// A note as HTML; empty for an empty one. HTML in it is shown as it was typed, pictures become
/// links, and links are none that other sites learn of or may count on.
pub(super) fn html(note: &str) -> String {
    if note.lines().any(|line| depth(line) > DEPTH_MAX) {
        return plain(note);
    }
    let parser = Parser::new_ext(note, Options::ENABLE_STRIKETHROUGH);
    let mut out = String::with_capacity(note.len() * 3 / 2);
    html::push_html(&mut out, parser.map(tame));
    // What is written for links is ours, and the same each time.
    out.replace("<a href=\"", "<a rel=\"noopener noreferrer nofollow\" href=\"")
}

/// What an event becomes that could do more than to show text.
fn tame(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        Event::SoftBreak => Event::HardBreak,
        Event::Start(Tag::Image { link_type, dest_url, title, id })
        | Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: harmless(dest_url), title, id })
        }
        Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
        // They would stand above those of the page itself.
        Event::Start(Tag::Heading { .. }) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::Heading(_)) => Event::End(TagEnd::Paragraph),
        other => other,
    }
}

/// An address that leads to the web, or nowhere.
fn harmless(url: CowStr<'_>) -> CowStr<'_> {
    let lower = url.trim().to_ascii_lowercase();
    if SCHEMES.iter().any(|scheme| lower.starts_with(scheme)) { url } else { CowStr::Borrowed("#") }
}

/// How deep a line may lead into quotes and lists.
fn depth(line: &str) -> usize {
    let marks = line.chars().take_while(|c| matches!(c, '>' | '-' | '*' | '+' | ' ' | '\t'));
    let marks: Vec<char> = marks.collect();
    let spaces = marks.iter().filter(|c| matches!(c, ' ' | '\t')).count();
    (marks.len() - spaces).max(spaces / 2)
}

fn plain(note: &str) -> String {
    format!("<p>{}</p>\n", htmlize::escape_text(note).replace('\n', "<br />\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_formed() {
        let check = |note: &str, expected: &str| assert_eq!(html(note), expected, "{note}");
        check("", "");
        check("a\nb", "<p>a<br />\nb</p>\n");
        check(
            "**a** *b* ~~c~~ `d`",
            "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d</code></p>\n",
        );
        check("# Big", "<p>Big</p>\n");
        check("- 국물\n- b", "<ul>\n<li>국물</li>\n<li>b</li>\n</ul>\n");
        check(
            "[a](https://a.example/?x=1&y)",
            "<p><a rel=\"noopener noreferrer nofollow\" href=\"https://a.example/?x=1&amp;y\">a</a></p>\n",
        );
    }

    #[test]
    fn nothing_in_a_note_does_more_than_to_be_read() {
        for note in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "<a href=\"https://a.example\" onclick=\"x()\">b</a>",
            "[a](javascript:alert(1))",
            "[a](JaVaScRiPt:alert(1))",
            "[a]( data:text/html,<script>1</script>)",
            "[a](//evil.example)",
            "<javascript:alert(1)>",
            "![a](https://evil.example/pixel.gif)",
            "![a](\"onerror=alert(1))",
            "[a](https://a.example \"\\\" onclick=alert(1) \\\"\")",
            "```\"><script>alert(1)</script>\nx\n```",
            "<style>*{display:none}</style>",
            "<!-- <b> -->",
            "&lt;script&gt;",
        ] {
            let shown = html(note);
            let tags = shown.split('<').skip(1);
            for tag in tags {
                let tag = tag.split('>').next().unwrap_or_default();
                let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
                assert!(
                    matches!(name, "p" | "a" | "pre" | "code" | "br"),
                    "{note:?} became {shown:?}"
                );
                let rest = tag.replace("&quot;", "");
                let is_plain = ["onerror=", "onclick=", "src=", "javascript:", "data:"]
                    .iter()
                    .all(|bad| !rest.split('"').step_by(2).any(|outside| outside.contains(bad)));
                assert!(is_plain, "{note:?} became {shown:?}");
            }
            assert!(!shown.to_lowercase().contains("href=\"javascript"), "{shown}");
            assert!(!shown.contains("href=\"//"), "{shown}");
        }
    }

    #[test]
    fn what_is_nested_too_deep_is_shown_plain() {
        for deep in [">".repeat(9_000), "- ".repeat(9_000), "  ".repeat(9_000) + "- x"] {
            let shown = html(&deep);
            assert!(
                shown.starts_with("<p>") && shown.matches('<').count() == 2,
                "{}",
                &shown[..80]
            );
        }
        let brackets = "[".repeat(20_000);
        assert!(html(&brackets).len() > 20_000);
    }
}
