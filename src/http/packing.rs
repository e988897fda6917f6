//! Answers are packed for whoever can unpack them (gzip, RFC 1952): a page takes a fifth of its
//! way over a phone's network.
//!
//! Nobody else can put text into a page of ours that holds a secret, so that its packed length
//! tells nothing of it.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::http::response::{Body, Response};
use crate::model::accepted;

/// Less fits into one packet anyway.
const WORTH_MIN: usize = 1_024;
/// Beyond this level a page takes longer to pack than it gets shorter.
const LEVEL: u32 = 5;

/// Whether an `Accept-Encoding` takes gzip (RFC 9110, section 12.5.3).
pub(super) fn takes_gzip(accepted: &str) -> bool {
    let weight_of = |wanted: &str| {
        accepted::weighed(accepted)
            .find(|(coding, _)| coding.eq_ignore_ascii_case(wanted))
            .map(|(_, weight)| weight)
    };
    weight_of("gzip").or_else(|| weight_of("*")).is_some_and(|weight| weight > 0.0)
}

/// The answer, packed if it is text that is worth it. What has an entity tag stays as it is: the
/// tag names its bytes (RFC 9110, section 8.8.3).
pub(super) fn pack(response: Response) -> Response {
    let kind = response.header("content-type").unwrap_or_default();
    let is_text =
        kind.starts_with("text/") || ["json", "xml"].iter().any(|format| kind.contains(format));
    let is_free = ["etag", "content-encoding"].iter().all(|name| response.header(name).is_none());
    let Response { status, headers, body } = response;
    let body = match body {
        Body::Bytes(bytes) if is_text && is_free && bytes.len() >= WORTH_MIN => bytes,
        body => return Response { status, headers, body },
    };
    let mut packer = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::new(LEVEL));
    // Nothing fails where all of it is in memory; if it did, the answer goes out as it is.
    match packer.write_all(&body).and_then(|()| packer.finish()) {
        Ok(packed) => Response { status, headers, body: Body::Bytes(packed) }
            .with("content-encoding", "gzip")
            .with("vary", "accept-encoding"),
        Err(_) => Response { status, headers, body: Body::Bytes(body) },
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn a_long_page_is_packed_and_comes_out_as_it_was() {
        let page = "<p>toast 토스트</p>".repeat(200);
        let packed = pack(Response::html(200, page.clone()));
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        assert_eq!(packed.header("vary"), Some("accept-encoding"));
        let Body::Bytes(bytes) = packed.body else { panic!("not in memory") };
        assert!(bytes.len() * 5 < page.len(), "{}", bytes.len());
        let mut unpacked = String::new();
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut unpacked).unwrap();
        assert_eq!(unpacked, page);
    }

    #[test]
    fn what_is_short_no_text_or_named_by_its_bytes_stays_as_it_is() {
        let long = "toast ".repeat(1_000);
        for answer in [
            Response::html(200, "toast".into()),
            Response::new(200, "image/webp", long.clone()),
            Response::new(200, "application/json", long.clone()).with("etag", "\"1\""),
            Response::no_content(),
        ] {
            let before = format!("{answer:?}");
            assert_eq!(format!("{:?}", pack(answer)), before);
        }
    }

    #[test]
    fn nobody_gets_what_they_did_not_ask_for() {
        let check = |accepted, expected| assert_eq!(takes_gzip(accepted), expected, "{accepted}");
        check("gzip, deflate, br", true);
        check("br;q=1.0, GZIP;q=0.5", true);
        check("*", true);
        check("*;q=0.1", true);
        check("", false);
        check("identity", false);
        check("br, deflate", false);
        check("gzip;q=0, *", false);
        check("gzip;q=x", false);
        check("xgzip", false);
    }
}
