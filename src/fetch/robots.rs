//! Reads robots.txt as RFC 9309 has it, and can say which line decided.
//!
//! Written here because operators ask for the deciding line, which no library tells, and
//! because what is kept of a file must be small: only the rules that concern us.

use std::borrow::Cow;

use percent_encoding::percent_decode;
use url::Url;

/// The name sites know us by.
pub const AGENT: &str = "Toaster";
/// Beyond this nothing is read, as the RFC allows.
pub const BYTES_MAX: usize = 500 * 1024;

/// The rules of one robots.txt for one agent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Robots {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    allow: bool,
    pattern: Vec<u8>,
    line: usize,
}

/// What robots.txt says about an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it may be read.
    pub allowed: bool,
    /// The line that decided, counted from one; none where no line speaks of it.
    pub line: Option<usize>,
}

impl Robots {
    /// Reads the rules for `agent`: those of its own groups, else those for everybody.
    pub fn parse(bytes: &[u8], agent: &str) -> Self {
        let bytes = &bytes[..bytes.len().min(BYTES_MAX)];
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = Reader::new(agent);
        for (line, number) in lines(bytes).zip(1..) {
            reader.line(line, number);
        }
        reader.finish()
    }

    /// Whether `url` may be read: the longest rule that matches decides, and among
    /// equals the one that allows.
    pub fn verdict(&self, url: &Url) -> Verdict {
        let target = match url.query() {
            Some(query) => normal(format!("{}?{query}", url.path()).as_bytes()),
            None => normal(url.path().as_bytes()),
        };
        let open = Verdict { allowed: true, line: None };
        if url.path() == "/robots.txt" {
            return open;
        }
        let matching = self.rules.iter().filter(|rule| matches(&rule.pattern, &target));
        // Backwards, so that of equals the first line is named.
        let best = matching.rev().max_by_key(|rule| (rule.pattern.len(), rule.allow));
        best.map_or(open, |rule| Verdict { allowed: rule.allow, line: Some(rule.line) })
    }

    /// About how much memory this takes.
    pub fn cost_bytes(&self) -> usize {
        let rules = self.rules.iter().map(|rule| rule.pattern.len() + size_of::<Rule>());
        rules.sum::<usize>() + size_of::<Self>()
    }
}

/// Lines ending in CR, LF or both; what is between CR and LF is no line of its own.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let pieces = bytes.split_inclusive(|b| matches!(b, b'\n' | b'\r'));
    let marked = pieces.scan(false, |after_cr, piece| {
        let half = *after_cr && piece == b"\n";
        *after_cr = piece.ends_with(b"\r");
        Some((piece, half))
    });
    marked.filter(|(_, half)| !half).map(|(piece, _)| piece)
}

struct Reader<'a> {
    agent: &'a str,
    /// Whom the group being read is for.
    ours: bool,
    everybodys: bool,
    /// Rules of this group have been read, so that another agent line begins the next.
    in_rules: bool,
    own_group: bool,
    own: Vec<Rule>,
    everybody: Vec<Rule>,
}

impl<'a> Reader<'a> {
    const fn new(agent: &'a str) -> Self {
        Self {
            agent,
            ours: false,
            everybodys: false,
            in_rules: false,
            own_group: false,
            own: Vec::new(),
            everybody: Vec::new(),
        }
    }

    fn line(&mut self, line: &[u8], number: usize) {
        let line = line.split(|b| *b == b'#').next().unwrap_or(line);
        let Some(colon) = memchr::memchr(b':', line) else { return };
        let key = line[..colon].trim_ascii().to_ascii_lowercase();
        let value = line[colon + 1..].trim_ascii();
        match &key[..] {
            b"user-agent" | b"useragent" | b"user agent" => self.agent(value),
            b"allow" => self.rule(true, value, number),
            b"disallow" => self.rule(false, value, number),
            _ => {}
        }
    }

    fn agent(&mut self, value: &[u8]) {
        if self.in_rules {
            (self.ours, self.everybodys, self.in_rules) = (false, false, false);
        }
        let name = product(value);
        self.ours |= !name.is_empty() && name.eq_ignore_ascii_case(product(self.agent.as_bytes()));
        self.everybodys |= value == b"*";
        self.own_group |= self.ours;
    }

    fn rule(&mut self, allow: bool, value: &[u8], line: usize) {
        self.in_rules = true;
        if value.is_empty() {
            return;
        }
        let rule = || Rule { allow, pattern: normal(value), line };
        if self.ours {
            self.own.push(rule());
        }
        if self.everybodys {
            self.everybody.push(rule());
        }
    }

    fn finish(self) -> Robots {
        Robots { rules: if self.own_group { self.own } else { self.everybody } }
    }
}

/// Only the name counts, not a version behind it.
fn product(value: &[u8]) -> &[u8] {
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let end = value.iter().position(|b| !is_name(b)).unwrap_or(value.len());
    &value[..end]
}

/// One spelling for each path: what needs no escape has none, what needs one is in
/// capitals, so that both sides can be compared byte by byte.
fn normal(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    let mut at = 0;
    while at < path.len() {
        let escape = path.get(at..at + 3).filter(|part| {
            part[0] == b'%' && part[1].is_ascii_hexdigit() && part[2].is_ascii_hexdigit()
        });
        match escape {
            Some(part) => {
                let byte = Cow::from(percent_decode(part))[0];
                let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
                push(&mut out, byte, plain);
                at += 3;
            }
            None => {
                push(&mut out, path[at], path[at].is_ascii_graphic());
                at += 1;
            }
        }
    }
    out
}

fn push(out: &mut Vec<u8>, byte: u8, plain: bool) {
    if plain {
        out.push(byte);
    } else {
        out.extend_from_slice(percent_encoding::percent_encode_byte(byte).as_bytes());
    }
}

/// Whether the target begins as the pattern says: `*` stands for anything, `$` at the
/// end for the end. The work is bounded by the product of both lengths.
fn matches(pattern: &[u8], target: &[u8]) -> bool {
    let (pattern, to_the_end) = match pattern.strip_suffix(b"$") {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut pieces = pattern.split(|b| *b == b'*');
    let first = pieces.next().unwrap_or(b"");
    let Some(mut rest) = target.strip_prefix(first) else { return false };
    let mut pieces: Vec<&[u8]> = pieces.collect();
    if !to_the_end {
        return find_all(&pieces, &mut rest);
    }
    match pieces.pop() {
        None => rest.is_empty(),
        // The leftmost places leave the most for the last piece.
        Some(last) => find_all(&pieces, &mut rest) && rest.ends_with(last),
    }
}

fn find_all(pieces: &[&[u8]], rest: &mut &[u8]) -> bool {
    pieces.iter().all(|piece| match memchr::memmem::find(rest, piece) {
        Some(at) => {
            *rest = &rest[at + piece.len()..];
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod agreement;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(robots: &str, path: &str, allowed: bool, line: Option<usize>) {
        let url = Url::parse("https://a.example").unwrap().join(path).unwrap();
        let verdict = Robots::parse(robots.as_bytes(), AGENT).verdict(&url);
        assert_eq!(verdict, Verdict { allowed, line }, "{robots:?} {path}");
    }

    #[test]
    fn the_longest_rule_decides_and_of_equals_the_one_that_allows() {
        let robots = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\n";
        check(robots, "/", true, None);
        check(robots, "/ab", false, Some(2));
        check(robots, "/a/b", true, Some(3));
        check(robots, "/a/b/c?d", false, Some(4));
        check("user-agent:*\ndisallow:/x\nallow:/x", "/x", true, Some(3));
        check("user-agent: *\ndisallow: /\n", "/robots.txt", true, None);
        check("user-agent: *\ndisallow:\n", "/x", true, None);
    }

    #[test]
    fn our_own_groups_replace_everybodys() {
        let robots = "User-agent: *\nDisallow: /\n\nUser-Agent: other\n\
                      user-agent: TOASTER/2.0 # us\nSitemap: x\nDisallow: /private\r\n\r\n\
                      User-agent: third\nDisallow: /b\n\nUser-agent: toaster\nDisallow: /more";
        check(robots, "/b", true, None);
        check(robots, "/private/x", false, Some(7));
        check(robots, "/more", false, Some(13));
        check("User-agent: toaster\n\nUser-agent: *\nDisallow: /", "/", false, Some(4));
        check("User-agent: toasterbot\nDisallow: /", "/", true, None);
        check("User-agent: toaster\nAllow: /a\nUser-agent: *\nDisallow: /", "/b", true, None);
        check("Disallow: /", "/", true, None);
    }

    #[test]
    fn stars_and_ends_match() {
        let rule = |pattern: &str| format!("user-agent: *\ndisallow: {pattern}");
        for (pattern, path, hit) in [
            ("/*.php", "/a/b.php?x", true),
            ("/*.php$", "/a/b.php", true),
            ("/*.php$", "/a/b.php?x", false),
            ("/*.php$", "/a.php/b.php", true),
            ("/a*b*c", "/axxbxxcxx", true),
            ("/a*b*c", "/axxcxxb", false),
            ("/fish$", "/fish", true),
            ("/fish$", "/fishy", false),
            ("*", "/x", true),
            ("/*ab$", "/ab", true),
            ("/a*ab$", "/ab", false),
            ("/caf%c3%a9", "/café", true),
            ("/café", "/caf%C3%A9/x", true),
            ("/%7Ejoe", "/~joe", true),
            ("/a%2fb", "/a/b", false),
            ("/a%2fb", "/a%2Fb", true),
            ("/?q=", "/?q=x", true),
        ] {
            check(&rule(pattern), path, !hit, hit.then_some(2));
        }
    }

    #[test]
    fn what_lies_beyond_the_limit_is_not_read() {
        let mut file = b"user-agent: *\ndisallow: /a\n#".to_vec();
        file.resize(BYTES_MAX - "\ndisallow: /b".len(), b'.');
        file.extend_from_slice(b"\ndisallow: /bc\ndisallow: /d\n");
        let robots = Robots::parse(&file, AGENT);
        let allowed = |path: &str| {
            robots.verdict(&Url::parse(&format!("https://a.example{path}")).unwrap()).allowed
        };
        assert!(!allowed("/a") && !allowed("/b") && !allowed("/bx"), "the limit cuts a line");
        assert!(allowed("/d"));
    }

    #[test]
    fn lines_end_in_many_ways() {
        check("\u{feff}user-agent: *\r\n\r\ndisallow: /x\r\n", "/x", false, Some(3));
        check("user-agent: *\rdisallow: /x", "/x", false, Some(2));
        check("\n\nuser-agent: *\n# note\n disallow : /x # why", "/x", false, Some(5));
    }

    #[test]
    fn a_hostile_file_costs_little() {
        let stars = format!("user-agent: *\ndisallow: /{}$", "*a".repeat(100_000));
        check(&stars, &format!("/{}", "a".repeat(2_000)), true, None);
        let mut random = fastrand::Rng::with_seed(7);
        let noise: Vec<u8> = (0..100_000).map(|_| random.u8(..)).collect();
        Robots::parse(&noise, AGENT);
    }
}
