//! Plain text and Markdown: what a person would call a title and a first paragraph.

use super::text;

const TITLE_MAX: usize = 120;
/// Whoever has said nothing by then has no title.
const LINES_MAX: usize = 200;

/// What was found in a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
}

pub(super) fn read(content: &str) -> Found {
    let mut lines = content.lines().take(LINES_MAX);
    let title = lines.by_ref().find(|line| says_something(line));
    let title = title.and_then(|line| text::clean(without_mark(line), TITLE_MAX));
    let first = lines.by_ref().find(|line| says_something(line));
    let rest = lines.take_while(|line| says_something(line));
    let paragraph: String = first.into_iter().chain(rest).flat_map(|line| [line, " "]).collect();
    let description = text::clean(without_mark(&paragraph), text::DESCRIPTION_MAX);
    Found { title, description }
}

/// Not so for rules, underlines, badges and markup, which READMEs begin with.
fn says_something(line: &str) -> bool {
    let line = line.trim_start();
    let markup = ["![", "[![", "<", "```"].iter().any(|start| line.starts_with(start));
    !markup && line.chars().any(char::is_alphanumeric)
}

/// The text of a Markdown heading; any other line as it is.
fn without_mark(line: &str) -> &str {
    let line = line.trim().trim_start_matches('\u{feff}');
    let text = line.trim_start_matches('#');
    let is_heading = text.len() < line.len() && line.len() - text.len() <= 6;
    if is_heading && text.starts_with([' ', '\t']) {
        text.trim().trim_end_matches('#').trim_end()
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content: &str, title: Option<&str>, description: Option<&str>) {
        let found = read(content);
        assert_eq!((found.title.as_deref(), found.description.as_deref()), (title, description));
    }

    #[test]
    fn the_first_line_is_the_title_and_the_next_paragraph_tells_more() {
        check("\n\n Bread \r\n\r\nOne\r\ntwo\r\n\r\nthree", Some("Bread"), Some("One two"));
        check("# Bread #\ntext", Some("Bread"), Some("text"));
        check("Bread\n=====\n\ntext", Some("Bread"), Some("text"));
        check(
            "[![build](a)](b)\n<p align=center>\n# 빵\n\n---\n## 굽기\n",
            Some("빵"),
            Some("굽기"),
        );
        check("#1 bakery", Some("#1 bakery"), None);
        check("C#", Some("C#"), None);
        check("\n---\n***\n", None, None);
        check("", None, None);
    }

    #[test]
    fn a_line_that_never_ends_is_cut() {
        let found = read(&"빵 ".repeat(100_000));
        assert_eq!(found.title.unwrap().chars().count(), 120);
    }
}
