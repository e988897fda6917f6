//! The lines of iCalendar (RFC 5545 section 3.1): escaped, folded and ended as it asks.

/// The most octets of a line, without its end.
const OCTETS_MAX: usize = 75;

/// A calendar in the making.
#[derive(Default)]
pub(super) struct Lines(String);

impl Lines {
    /// Adds a line as it is.
    pub(super) fn add(&mut self, line: &str) {
        let mut octets = 0;
        for c in line.chars() {
            if octets + c.len_utf8() > OCTETS_MAX {
                // What continues a line begins with a space, which counts.
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(c);
            octets += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    /// Adds a property whose value is a text of any kind.
    pub(super) fn add_text(&mut self, name: &str, text: &str) {
        self.add(&format!("{name}:{}", escaped(text)));
    }

    /// The calendar.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push(c),
            // Not allowed in a line at all.
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_value_or_a_line_is_escaped() {
        let check = |text, expected| assert_eq!(escaped(text), expected, "{text:?}");
        check("Bread; butter, jam", "Bread\\; butter\\, jam");
        check("a\\b\r\nc\td", "a\\\\b\\nc\td");
        check("\0\u{7}식빵\u{7f}\u{85}", "식빵");
        check("a:b \"c\"", "a:b \"c\"");
    }

    #[test]
    fn a_long_line_is_folded_between_characters() {
        let check = |line: &str, expected: &[usize]| {
            let mut lines = Lines::default();
            lines.add(line);
            let folded = lines.finish();
            let found: Vec<usize> = folded.split_terminator("\r\n").map(str::len).collect();
            assert_eq!(found, expected, "{folded}");
            assert_eq!(folded.replace("\r\n ", "").trim_end(), line);
        };
        check("", &[0]);
        check(&"x".repeat(75), &[75]);
        check(&"x".repeat(76), &[75, 2]);
        check(&"x".repeat(75 + 74 + 1), &[75, 75, 2]);
        check(&"빵".repeat(26), &[75, 4]);
        check(&"🍞".repeat(20), &[72, 9]);
    }
}
