//! Takes the compression off a body as it arrives, never more than one buffer ahead.
//!
//! Done here and not by the HTTP client, because that knows no `deflate` and lets brotli
//! ask for a window of a gigabyte.

use std::io::{self, Cursor, Read};

use brotli_decompressor::{BrotliDecoderParameter, Decompressor};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// What we ask for: all that [`plain`] can take off.
pub(super) const ACCEPTED: &str = "gzip, deflate, br";

/// One coding over another is met where two programs compress; more is an attack.
const LAYERS_MAX: usize = 2;
const BUFFER_BYTES: usize = 4096;

/// The body as it was before `codings`, the value of `Content-Encoding`, were applied;
/// `None` where one of them is unknown.
pub(super) fn plain(body: impl Read + 'static, codings: &str) -> Option<Box<dyn Read>> {
    let codings = codings.split(',').map(|coding| coding.trim().to_ascii_lowercase());
    let codings: Vec<String> =
        codings.filter(|coding| !matches!(&coding[..], "" | "identity")).collect();
    if codings.len() > LAYERS_MAX {
        return None;
    }
    // They are named in the order in which they were applied.
    codings.iter().rev().try_fold(Box::new(body) as Box<dyn Read>, |body, coding| {
        Some(match &coding[..] {
            "gzip" | "x-gzip" => Box::new(MultiGzDecoder::new(body)) as Box<dyn Read>,
            "br" => Box::new(brotli(body)),
            "deflate" => Box::new(Deflate::Unread(Some(body))),
            _ => return None,
        })
    })
}

fn brotli(body: Box<dyn Read>) -> Decompressor<Box<dyn Read>> {
    let mut decoder = Decompressor::new(body, BUFFER_BYTES);
    // Windows beyond 16 MiB are no part of the coding that the web knows.
    decoder.set_parameter(BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW, 0);
    decoder
}

/// `deflate` means the zlib format, but some servers send what is inside it alone.
enum Deflate {
    Unread(Option<Box<dyn Read>>),
    Begun(Box<dyn Read>),
}

impl Read for Deflate {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if let Self::Unread(body) = self
            && let Some(mut body) = body.take()
        {
            let mut head = Vec::with_capacity(2);
            body.by_ref().take(2).read_to_end(&mut head)?;
            let zlib = is_zlib(&head);
            let whole = Cursor::new(head).chain(body);
            *self = Self::Begun(if zlib {
                Box::new(ZlibDecoder::new(whole))
            } else {
                Box::new(DeflateDecoder::new(whole))
            });
        }
        match self {
            Self::Begun(decoder) => decoder.read(buf),
            // Reading its head had failed already.
            Self::Unread(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// The first two bytes hold the method and a check sum (RFC 1950, section 2.2).
fn is_zlib(head: &[u8]) -> bool {
    matches!(head, [method, flags]
        if method & 0x0f == 8 && u16::from_be_bytes([*method, *flags]) % 31 == 0)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    /// "brotli says hello" as one uncompressed block of brotli and its empty last one.
    const BROTLI: &[u8] = b"\x0b\x08\x80brotli says hello\x03";

    fn read(body: &[u8], codings: &str) -> Option<io::Result<Vec<u8>>> {
        let mut found = Vec::new();
        let mut reader = plain(Cursor::new(body.to_vec()), codings)?;
        Some(reader.read_to_end(&mut found).map(|_| found))
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn each_coding_we_ask_for_is_read_and_others_are_named_unknown() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"hello").unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(b"hello").unwrap();
        let (zlib, raw) = (zlib.finish().unwrap(), raw.finish().unwrap());
        let check = |body: &[u8], codings: &str, expected: &[u8]| {
            assert_eq!(read(body, codings).unwrap().unwrap(), expected, "{codings}");
        };
        check(b"hello", "", b"hello");
        check(b"hello", "identity", b"hello");
        check(&gzip(b"hello"), "gzip", b"hello");
        check(&gzip(b"hello"), " X-GZip, identity", b"hello");
        check(&zlib, "deflate", b"hello");
        check(&raw, "deflate", b"hello");
        check(BROTLI, "br", b"brotli says hello");
        check(&gzip(&zlib), "deflate, gzip", b"hello");
        check(&[gzip(b"hel"), gzip(b"lo")].concat(), "gzip", b"hello");
        for unknown in ["zstd", "gzip, zstd", "gzip, gzip, gzip", "nonsense"] {
            assert!(read(b"", unknown).is_none(), "{unknown}");
        }
        for coding in ACCEPTED.split(", ") {
            assert!(plain(io::empty(), coding).is_some(), "{coding}");
        }
    }

    #[test]
    fn what_is_cut_or_garbled_is_an_error() {
        let gzipped = gzip(b"hello");
        for (body, coding) in [
            (&gzipped[..gzipped.len() - 9], "gzip"),
            (&BROTLI[..8], "br"),
            (b"\x78", "deflate"),
            (b"<html>", "gzip"),
            (b"\xff\xff\xff\xff\xff", "br"),
            (b"\xff\xff\xff", "deflate"),
        ] {
            assert!(read(body, coding).unwrap().is_err(), "{coding}");
        }
    }

    #[test]
    fn brotli_with_a_window_larger_than_the_web_knows_is_garbled() {
        // The large window's mark, a window of 2^30 bytes, and an empty last block.
        assert!(read(b"\x11\xde", "br").unwrap().is_err());
    }
}
