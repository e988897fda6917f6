//! The coding `deflate`, which the client does not know: zlib as RFC 9110 has it, or the bare
//! stream that many servers send instead.

use std::io::{self, BufReader, Read};

use flate2::bufread::{DeflateDecoder, ZlibDecoder};

/// Undoes the coding of `body`, whichever of the two it is.
pub(super) fn reader<R: Read>(body: R) -> impl Read {
    Inflate::Unknown(Some(BufReader::new(body)))
}

enum Inflate<R> {
    /// Nothing has been read; `None` only while that changes.
    Unknown(Option<BufReader<R>>),
    Zlib(ZlibDecoder<BufReader<R>>),
    Bare(DeflateDecoder<BufReader<R>>),
}

impl<R: Read> Read for Inflate<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Self::Unknown(body) = self
            && let Some(mut body) = body.take()
        {
            let is_zlib = is_zlib(io::BufRead::fill_buf(&mut body)?);
            *self = if is_zlib {
                Self::Zlib(ZlibDecoder::new(body))
            } else {
                Self::Bare(DeflateDecoder::new(body))
            };
        }
        match self {
            Self::Unknown(_) => Ok(0),
            Self::Zlib(decoder) => decoder.read(into),
            Self::Bare(decoder) => decoder.read(into),
        }
    }
}

/// The two bytes by which every zlib stream begins (RFC 1950, section 2.2).
fn is_zlib(start: &[u8]) -> bool {
    match start {
        [method, flags, ..] => {
            method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, ZlibEncoder};

    use super::*;

    #[test]
    fn both_forms_of_deflate_are_read() {
        let text = "toast ".repeat(1_000).into_bytes();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(&text).unwrap();
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::default());
        bare.write_all(&text).unwrap();
        for coded in [zlib.finish().unwrap(), bare.finish().unwrap()] {
            let mut read = Vec::new();
            reader(coded.as_slice()).read_to_end(&mut read).unwrap();
            assert!(read == text);
        }
        let mut nothing = Vec::new();
        assert!(reader(&b""[..]).read_to_end(&mut nothing).is_err() || nothing.is_empty());
        assert!(reader(&b"\xff\xff not deflate"[..]).read_to_end(&mut nothing).is_err());
    }
}
