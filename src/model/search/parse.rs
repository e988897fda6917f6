//! Reading a query. What cannot be understood is taken for plain words, so that nothing that
//! is typed is ever wrong.
//!
//! ```text
//! toast "exact phrase" -not (this OR that) #tag tag:name folder:"to read" site:example.com
//! is:unread has:note before:2026-01-01 after:7d in:title
//! ```

use super::fold::fold;
use super::needle::Needle;
use super::query::{Field, Has, Is, Node, Query, When};
use crate::model::tag::TagName;

/// Of a line so much is read.
const TYPED_BYTES_MAX: usize = 1_000;
/// So many of its lines count.
const LINES_MAX: usize = 4;
/// So many of the parts of a line count.
const PARTS_MAX: usize = 32;
/// So deep parentheses mean anything.
const DEPTH_MAX: usize = 8;

/// Understands what a person typed. Several lines are queries of their own, all of which must hold.
pub fn parse(typed: &str) -> Query {
    let lines = typed.lines().filter(|line| !line.trim().is_empty()).take(LINES_MAX);
    let nodes: Option<Vec<Node>> = lines.map(parse_line).collect();
    match nodes.map(|nodes| one_or(nodes, Node::All)) {
        None => Query::Nothing,
        Some(None) => Query::Everything,
        Some(Some(node)) => Query::Of(node),
    }
}

fn parse_line(typed: &str) -> Option<Node> {
    let typed = &typed[..typed.floor_char_boundary(TYPED_BYTES_MAX)];
    Parser { tokens: tokens(typed), at: 0 }.any(0)
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token<'a> {
    Open,
    Close,
    Or,
    Minus,
    /// A word as it was typed.
    Word(&'a str),
    /// What stood between quotes, with the name before it if there was one.
    Quoted(Option<&'a str>, &'a str),
}

/// Cuts what was typed at its spaces, quotes and parentheses.
fn tokens(typed: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = typed.trim_start();
    let mut open = 0;
    let mut parts = 0;
    while let Some(first) = rest.chars().next().filter(|_| parts < PARTS_MAX) {
        let after = &rest[first.len_utf8()..];
        let negates = first == '-' && after.starts_with(|c: char| !c.is_whitespace() && c != '-');
        rest = match first {
            '(' => {
                open += 1;
                tokens.push(Token::Open);
                after
            }
            ')' if open > 0 => {
                open -= 1;
                tokens.push(Token::Close);
                after
            }
            ')' => after,
            _ if negates => {
                tokens.push(Token::Minus);
                after
            }
            first if is_quote(first) => {
                parts += 1;
                let (quoted, after) = until_quote(after);
                tokens.push(Token::Quoted(None, quoted));
                after
            }
            _ => {
                parts += 1;
                let (token, after) = word(rest, open > 0);
                tokens.push(token);
                after
            }
        };
        rest = rest.trim_start();
    }
    tokens
}

/// The word at the start of a text, and what is behind it. Inside parentheses those at the end of
/// a word are none of it.
fn word(text: &str, enclosed: bool) -> (Token<'_>, &str) {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    if let Some((name, value)) =
        text[..end].split_once(':').filter(|(_, value)| value.starts_with(is_quote))
    {
        let quote = value.chars().next().map_or(0, char::len_utf8);
        let (quoted, after) = until_quote(&text[name.len() + 1 + quote..]);
        return (Token::Quoted(Some(name), quoted), after);
    }
    let mut word = &text[..end];
    if enclosed && word.ends_with(')') && !word.contains('(') {
        word = word.trim_end_matches(')');
    }
    let token = if word == "OR" || word == "|" { Token::Or } else { Token::Word(word) };
    (token, &text[word.len()..])
}

/// Phones put other quotes in place of those that are typed.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„')
}

/// What is before the next quote, or all, and what is behind it.
fn until_quote(text: &str) -> (&str, &str) {
    match text.char_indices().find(|(_, c)| is_quote(*c)) {
        Some((at, quote)) => (&text[..at], &text[at + quote.len_utf8()..]),
        None => (text, ""),
    }
}

/// A part of a query: something that must hold, or where the words beside it are looked for.
#[expect(clippy::large_enum_variant, reason = "a query has only a few of them")]
enum Part {
    Node(Node),
    In(Field),
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.get(self.at).copied();
        self.at += 1;
        token
    }

    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    /// Several parts with `OR` between them, up to the end or a parenthesis.
    fn any(&mut self, depth: usize) -> Option<Node> {
        let mut nodes = Vec::new();
        loop {
            nodes.extend(self.all(depth));
            match self.peek() {
                Some(Token::Or) => self.at += 1,
                _ => break,
            }
        }
        one_or(nodes, Node::Any)
    }

    /// Parts that must all hold.
    fn all(&mut self, depth: usize) -> Option<Node> {
        let start = self.at;
        let (mut nodes, mut field) = (Vec::new(), None);
        while let Some(token) = self.peek() {
            let is_or = token == Token::Or && self.at > start && self.begins_a_part(self.at + 1);
            if is_or || (token == Token::Close && depth > 0) {
                break;
            }
            match self.part(depth) {
                Some(Part::Node(node)) => nodes.push(node),
                Some(Part::In(asked)) => field = Some(asked),
                None => {}
            }
        }
        let mut node = one_or(nodes, Node::All)?;
        if let Some(field) = field {
            look_in(&mut node, field);
        }
        Some(node)
    }

    /// Whether something that can stand beside an `OR` is there.
    fn begins_a_part(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| !matches!(token, Token::Close | Token::Or))
    }

    fn part(&mut self, depth: usize) -> Option<Part> {
        match self.next()? {
            Token::Minus => match self.part(depth)? {
                Part::Node(node) => Some(Part::Node(Node::Not(Box::new(node)))),
                Part::In(_) => None,
            },
            Token::Open if depth < DEPTH_MAX => {
                let inner = self.any(depth + 1);
                if self.peek() == Some(Token::Close) {
                    self.at += 1;
                }
                inner.map(Part::Node)
            }
            Token::Open | Token::Close => None,
            // With nothing on one of its sides.
            Token::Or => words("or"),
            Token::Word(word) => named(word).or_else(|| words(word)),
            Token::Quoted(None, phrase) => words(phrase),
            Token::Quoted(Some(name), value) => {
                field(name, value).or_else(|| words(&format!("{name} {value}")))
            }
        }
    }
}

/// Has the words in a part that are not looked for anywhere else looked for there.
fn look_in(node: &mut Node, field: Field) {
    match node {
        Node::All(nodes) | Node::Any(nodes) => {
            nodes.iter_mut().for_each(|node| look_in(node, field));
        }
        Node::Not(node) => look_in(node, field),
        Node::Words(_, place @ None) => *place = Some(field),
        _ => {}
    }
}

fn one_or(mut nodes: Vec<Node>, several: fn(Vec<Node>) -> Node) -> Option<Node> {
    if nodes.len() > 1 { Some(several(nodes)) } else { nodes.pop() }
}

fn words(typed: &str) -> Option<Part> {
    Needle::of(typed).map(|needle| Part::Node(Node::Words(needle, None)))
}

/// A word that is more than that.
fn named(word: &str) -> Option<Part> {
    match word.strip_prefix('#') {
        Some(tag) => field("tag", tag),
        None => word.split_once(':').and_then(|(name, value)| field(name, value)),
    }
}

/// What a name and a value ask for, where there is such a thing.
fn field(name: &str, value: &str) -> Option<Part> {
    let lower = value.to_lowercase();
    let node = match name.to_ascii_lowercase().as_str() {
        "tag" => Node::Tag(TagName::parse(value).ok()?.key().to_owned()),
        "folder" => Node::Folder(Some(fold(value)).filter(|title| !title.is_empty())?),
        "site" => Node::Site(host(&lower)?),
        "is" => Node::Is(is(&lower)?),
        "has" => Node::Has(has(&lower)?),
        "before" => Node::Before(When::parse(&lower)?),
        "after" => Node::After(When::parse(&lower)?),
        "in" => return place(&lower).map(Part::In),
        _ => return None,
    };
    Some(Part::Node(node))
}

/// A host as it stands in addresses.
fn host(typed: &str) -> Option<String> {
    let bare = typed.split_once("://").map_or(typed, |(_, rest)| rest);
    let bare = bare.split(['/', '?', '#']).next().unwrap_or_default();
    let bare = bare.trim_matches('.').strip_prefix("www.").unwrap_or(bare.trim_matches('.'));
    idna::domain_to_ascii(bare).ok().filter(|host| !host.is_empty())
}

fn is(value: &str) -> Option<Is> {
    Some(match value {
        "unread" => Is::Unread,
        "read" => Is::Read,
        "favourite" | "favorite" => Is::Favourite,
        "archived" => Is::Archived,
        "burnt" | "burned" => Is::Burnt,
        "any" => Is::Any,
        _ => return None,
    })
}

fn has(value: &str) -> Option<Has> {
    Some(match value {
        "note" | "notes" => Has::Note,
        "tag" | "tags" => Has::Tag,
        "folder" => Has::Folder,
        _ => return None,
    })
}

fn place(value: &str) -> Option<Field> {
    Some(match value {
        "title" => Field::Title,
        "description" => Field::Description,
        "note" | "notes" => Field::Note,
        "url" | "address" => Field::Address,
        "site" | "author" => Field::Site,
        "tag" | "tags" => Field::Tags,
        "folder" => Field::Folder,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A query as a line, so that tests can be read.
    fn said(node: &Node) -> String {
        let list = |name: &str, nodes: &[Node]| {
            format!("{name}({})", nodes.iter().map(said).collect::<Vec<_>>().join(" "))
        };
        match node {
            Node::All(nodes) => list("all", nodes),
            Node::Any(nodes) => list("any", nodes),
            Node::Not(node) => format!("not({})", said(node)),
            Node::Words(needle, place) => {
                let words: String =
                    needle.chars().iter().map(|c| c.to_string().replace(' ', "_")).collect();
                place.map_or(words.clone(), |place| format!("{words}@{place:?}"))
            }
            Node::Tag(key) => format!("#{key}"),
            Node::Folder(title) => format!("/{title}/"),
            Node::Site(host) => format!("site={host}"),
            Node::Is(is) => format!("{is:?}"),
            Node::Has(has) => format!("has{has:?}"),
            Node::Before(when) => format!("<{when:?}"),
            Node::After(when) => format!(">={when:?}"),
        }
    }

    #[test]
    fn a_query_is_understood() {
        let check = |typed: &str, expected: &str| {
            let said = match parse(typed) {
                Query::Everything => "everything".to_owned(),
                Query::Nothing => "nothing".to_owned(),
                Query::Of(node) => said(&node),
            };
            assert_eq!(said, expected, "{typed:?}");
        };
        check("Toast", "toast");
        check("toast 굽기", "all(toast 굽기)");
        check("\"the exact phrase\"", "the_exact_phrase");
        check("“smart quotes” toast", "all(smart_quotes toast)");
        check("toast -jam", "all(toast not(jam))");
        check("-\"two words\"", "not(two_words)");
        check("a OR b c", "any(a all(b c))");
        check("a (b OR c) -(d e)", "all(a any(b c) not(all(d e)))");
        check("tag:Rust #웹 folder:\"To read\"", "all(#rust #웹 /to read/)");
        check("site:https://WWW.Example.com/a", "site=example.com");
        check("is:unread is:favorite IS:Archived", "all(Unread Favourite Archived)");
        check("has:note has:tag", "all(hasNote hasTag)");
        check("before:2026-01-01 after:2w", "all(<Day(2026-01-01) >=Ago(14))");
        check("after:2025 before:2025-07", "all(>=Day(2025-01-01) <Day(2025-07-01))");
        check("after:today before:yesterday", "all(>=Ago(0) <Ago(1))");
        check("rust web in:title", "all(rust@Title web@Title)");
        check("a (b in:note) in:title", "all(a@Title b@Note)");
        check("-a in:url", "not(a@Address)");
        check("example.com/bread", "example_com_bread");
        check("C++ don't", "all(c don_t)");
        check("a OR b\n\nc", "all(any(a b) c)");
        check("(a \"b\nc) d", "all(all(a b) all(c d))");
        check("toast|jam | x", "any(toast_jam x)");
    }

    #[test]
    fn what_is_not_understood_is_plain_words() {
        let check = |typed: &str, expected: &str| {
            let said = match parse(typed) {
                Query::Of(node) => said(&node),
                other => format!("{other:?}"),
            };
            assert_eq!(said, expected, "{typed:?}");
        };
        check("OR toast", "all(or toast)");
        check("toast OR", "all(toast or)");
        check("a OR OR b", "any(all(a or) b)");
        check("is:tasty", "is_tasty");
        check("has: in:nowhere", "all(has in_nowhere)");
        check("before:2026-13-01 after:1x", "all(before_2026_13_01 after_1x)");
        check("after:99999999d after:é", "all(after_99999999d after_e)");
        check("tag: #", "tag");
        check("folder:\"\" title:\"a b\"", "all(folder title_a_b)");
        check("((toast", "toast");
        check("toast)) jam", "all(toast jam)");
        check("Toast_(food)", "toast_food");
        check("(Toast_(food))", "toast_food");
        check("\"never closed", "never_closed");
        check("- toast --jam -(-tea)", "all(toast jam not(not(tea)))");
        check("title:* ^ NEAR( -", "all(title near)");
        check("' OR 1=1; DROP TABLE x --", "all(1_1 drop table x)");
        check("()", "Nothing");
        check("\"", "Nothing");
        check("  ", "Everything");
        check("std::vec re:invent", "all(std_vec re_invent)");
    }

    #[test]
    fn whatever_is_typed_is_understood_and_stays_small() {
        fn size(node: &Node) -> (usize, usize) {
            match node {
                Node::All(nodes) | Node::Any(nodes) => {
                    let sizes: Vec<_> = nodes.iter().map(size).collect();
                    let depth = sizes.iter().map(|(_, depth)| *depth).max().unwrap_or(0);
                    (sizes.iter().map(|(count, _)| count).sum(), depth + 1)
                }
                Node::Not(node) => {
                    let (count, depth) = size(node);
                    (count, depth + 1)
                }
                _ => (1, 1),
            }
        }
        let mut random = fastrand::Rng::with_seed(3);
        let pieces = [
            "(",
            ")",
            "\"",
            "“",
            "-",
            "OR",
            "|",
            " ",
            " ",
            "#",
            ":",
            "tag:",
            "folder:",
            "is:",
            "unread",
            "before:",
            "2026-01-01",
            "7d",
            "in:",
            "title",
            "site:",
            "토스트",
            "é",
            "\u{0}",
            "🍞",
            "a",
            "*",
            "\u{301}",
            "'",
            "\\",
            "99999999999999999999y",
            "\u{202e}",
            "İ",
        ];
        for round in 0..30_000 {
            let count = if round % 100 == 0 { 3_000 } else { 20 };
            let typed: String =
                (0..random.usize(0..count)).map(|_| pieces[random.usize(..pieces.len())]).collect();
            if let Query::Of(node) = parse(&typed) {
                let (count, depth) = size(&node);
                assert!(count <= LINES_MAX * PARTS_MAX && depth <= 30, "{typed:?}");
            }
        }
    }
}
