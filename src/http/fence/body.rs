//! The body of a request, taken in as it arrives and never beyond its limit.

use super::head::Framing;
use super::refusal::Refusal;

/// The longest line with the size of a chunk, its extensions included.
const SIZE_LINE_MAX: usize = 256;
/// Eight digits are 4 GiB, more than any limit here.
const SIZE_DIGITS_MAX: usize = 8;

/// A body on its way in.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    max: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// So many bytes are still to come, and that is all.
    Plain(usize),
    Size,
    Chunk(usize),
    ChunkEnd,
    LastEnd,
    Done,
}

impl Body {
    pub(super) fn new(framing: Framing, max: usize) -> Self {
        let state = match framing {
            Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Plain(length),
            Framing::Chunked => State::Size,
        };
        Self { bytes: Vec::new(), max, state }
    }

    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Takes what belongs to the body from the start of `input`; returns how much that was.
    ///
    /// # Errors
    /// When the chunks are not well formed, or add up to more than the limit.
    pub(super) fn feed(&mut self, input: &[u8]) -> Result<usize, Refusal> {
        let mut used = 0;
        while !self.is_done() {
            let taken = self.step(&input[used..])?;
            if taken == 0 {
                break;
            }
            used += taken;
        }
        Ok(used)
    }

    fn step(&mut self, rest: &[u8]) -> Result<usize, Refusal> {
        match self.state {
            State::Plain(left) => {
                let taken = self.keep(rest, left);
                self.state = if taken == left { State::Done } else { State::Plain(left - taken) };
                Ok(taken)
            }
            State::Size => self.size_line(rest),
            State::Chunk(left) => {
                let taken = self.keep(rest, left);
                self.state =
                    if taken == left { State::ChunkEnd } else { State::Chunk(left - taken) };
                Ok(taken)
            }
            State::ChunkEnd => self.line_end(rest, State::Size),
            State::LastEnd => self.line_end(rest, State::Done),
            State::Done => Ok(0),
        }
    }

    fn keep(&mut self, rest: &[u8], left: usize) -> usize {
        let taken = rest.len().min(left);
        self.bytes.extend_from_slice(&rest[..taken]);
        taken
    }

    fn line_end(&mut self, rest: &[u8], next: State) -> Result<usize, Refusal> {
        match rest {
            [] | [b'\r'] => Ok(0),
            [b'\r', b'\n', ..] => {
                self.state = next;
                Ok(2)
            }
            _ if next == State::Done => Err(Refusal::doubtful("trailers are not taken here")),
            _ => Err(Refusal::doubtful("a chunk is longer than it says")),
        }
    }

    fn size_line(&mut self, rest: &[u8]) -> Result<usize, Refusal> {
        let within = &rest[..rest.len().min(SIZE_LINE_MAX)];
        let Some(end) = memchr::memchr(b'\n', within) else {
            return if rest.len() < SIZE_LINE_MAX {
                Ok(0)
            } else {
                Err(Refusal::doubtful("the size of a chunk has no end"))
            };
        };
        let line = within[..end]
            .strip_suffix(b"\r")
            .ok_or(Refusal::doubtful("a line ends without CR LF"))?;
        let size = size_of(line)?;
        // Counted before anything of that size is looked at.
        if size > self.max - self.bytes.len() {
            return Err(Refusal::BODY_TOO_LARGE);
        }
        self.state = if size == 0 { State::LastEnd } else { State::Chunk(size) };
        Ok(end + 1)
    }
}

/// Stricter than httparse's, which lets white space and a bare line feed through.
fn size_of(line: &[u8]) -> Result<usize, Refusal> {
    let wrong = Refusal::doubtful("the size of a chunk is not a plain hexadecimal number");
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    if digits.is_empty()
        || digits.len() > SIZE_DIGITS_MAX
        || !digits.iter().all(u8::is_ascii_hexdigit)
        || line.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t')
    {
        return Err(wrong);
    }
    std::str::from_utf8(digits)
        .ok()
        .and_then(|text| usize::from_str_radix(text, 16).ok())
        .ok_or(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds all of it at once, then byte by byte; both must agree.
    fn check(framing: Framing, input: &[u8], expected: Result<(&str, &str), u16>) {
        for step in [input.len(), 1] {
            let mut body = Body::new(framing, 20);
            let (mut held, mut refused) = (Vec::new(), None);
            for piece in input.chunks(step) {
                held.extend_from_slice(piece);
                match body.feed(&held) {
                    Ok(used) => drop(held.drain(..used)),
                    Err(refusal) => refused = refused.or(Some(refusal.status)),
                }
            }
            let found = match refused {
                Some(status) => Err(status),
                None if body.is_done() => Ok((body.bytes.as_slice(), held.as_slice())),
                None => Err(0),
            };
            let expected = expected.map(|(bytes, rest)| (bytes.as_bytes(), rest.as_bytes()));
            assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(input));
        }
    }

    #[test]
    fn a_body_ends_where_its_framing_says() {
        check(Framing::Length(5), b"helloGET", Ok(("hello", "GET")));
        check(Framing::Length(5), b"hell", Err(0));
        check(Framing::Chunked, b"5\r\nhello\r\n0\r\n\r\nGET", Ok(("hello", "GET")));
        check(Framing::Chunked, b"2\r\nhe\r\n3;x=\"y\"\r\nllo\r\n000\r\n\r\n", Ok(("hello", "")));
        check(
            Framing::Chunked,
            b"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
            Ok(("01234567890123456789", "")),
        );
        check(Framing::Chunked, b"5\r\nhel", Err(0));
    }

    #[test]
    fn chunks_that_could_be_read_in_two_ways_are_refused() {
        for input in [
            "5\nhello\r\n0\r\n\r\n",
            "5 \r\nhello\r\n0\r\n\r\n",
            "+5\r\nhello\r\n0\r\n\r\n",
            "0x5\r\nhello\r\n0\r\n\r\n",
            "\r\nhello",
            ";x\r\nhello",
            "5\r\nhello!\r\n0\r\n\r\n",
            "5\r\nhello0\r\n\r\n",
            "0\r\nX: trailer\r\n\r\n",
            "123456789\r\n",
            "5;a\rb\r\nhello\r\n0\r\n\r\n",
        ] {
            check(Framing::Chunked, input.as_bytes(), Err(400));
        }
        check(Framing::Chunked, format!("5;{}", "x".repeat(300)).as_bytes(), Err(400));
        check(Framing::Chunked, b"15\r\n", Err(413));
        check(Framing::Chunked, b"A\r\n0123456789\r\nB\r\n", Err(413));
        check(Framing::Chunked, b"FFFFFFFF\r\n", Err(413));
    }
}
