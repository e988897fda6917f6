//! The files of `static/`, carried inside the binary and served under names that hold a hash
//! of what is in them, so that browsers may keep them for ever.

use std::sync::LazyLock;

use ring::digest::{SHA256, digest};

use crate::error::{Error, Result};
use crate::http::response::Response;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// For names without a hash, which the manifest and browsers by themselves ask for.
const FOR_AN_HOUR: &str = "public, max-age=3600";

/// A file as it is in `static/`.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    /// `NAME.HASH.EXT`.
    hashed_name: String,
}

macro_rules! assets {
    ($($name:literal as $content_type:literal)*) => {
        [$(Asset {
            name: $name,
            content_type: $content_type,
            bytes: include_bytes!(concat!("../../static/", $name)),
            hashed_name: String::new(),
        }),*]
    };
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let assets = assets! {
        "style.css" as "text/css; charset=utf-8"
        "reference.css" as "text/css; charset=utf-8"
        "script.js" as "text/javascript; charset=utf-8"
        "push.js" as "text/javascript; charset=utf-8"
        "search.js" as "text/javascript; charset=utf-8"
        "folders.js" as "text/javascript; charset=utf-8"
        "many.js" as "text/javascript; charset=utf-8"
        "sw.js" as "text/javascript; charset=utf-8"
        "icon.svg" as "image/svg+xml"
        "icon-180.png" as "image/png"
        "icon-192.png" as "image/png"
        "icon-512.png" as "image/png"
        "favicon.ico" as "image/x-icon"
        "manifest.webmanifest" as "application/manifest+json"
    };
    assets.into_iter().map(|asset| Asset { hashed_name: hashed_name(&asset), ..asset }).collect()
});

fn hashed_name(asset: &Asset) -> String {
    let hash = digest(&SHA256, asset.bytes);
    let hash: String = hash.as_ref()[..6].iter().map(|octet| format!("{octet:02x}")).collect();
    let (stem, extension) = asset.name.split_once('.').expect("every asset has an extension");
    format!("{stem}.{hash}.{extension}")
}

/// Where a file of `static/` is found, for templates.
pub(super) fn url(name: &str) -> String {
    let asset = ASSETS.iter().find(|asset| asset.name == name).expect("templates name real files");
    format!("/static/{}", asset.hashed_name)
}

/// The file of that name, with its hash or without.
///
/// # Errors
/// `NotFound` when there is none.
pub(super) fn serve(name: &str) -> Result<Response> {
    let found = ASSETS.iter().find(|asset| asset.name == name || asset.hashed_name == name);
    let asset = found.ok_or(Error::NotFound("file"))?;
    let age = if asset.name == name { FOR_AN_HOUR } else { FOR_EVER };
    Ok(Response::new(200, asset.content_type, asset.bytes).with("cache-control", age))
}

/// The service worker. Its name has no hash, since browsers ask for it by the name they know, and
/// from the root, since it is for every page. It is asked for anew each time, so that nobody is
/// left with an old one.
pub(super) fn service_worker() -> Result<Response> {
    let mut found = serve("sw.js")?;
    found.headers.retain(|(name, _)| *name != "cache-control");
    Ok(found.with("cache-control", "no-cache").with("service-worker-allowed", "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hashed_name_is_kept_for_ever_and_a_plain_one_is_not() {
        let hashed = url("style.css");
        let answer = serve(hashed.strip_prefix("/static/").unwrap()).unwrap();
        assert_eq!(answer.header("cache-control"), Some(FOR_EVER));
        assert_eq!(answer.header("content-type"), Some("text/css; charset=utf-8"));
        let answer = serve("style.css").unwrap();
        assert_eq!(answer.header("cache-control"), Some(FOR_AN_HOUR));
        assert!(serve("style.000000000000.css").is_err());
    }

    #[test]
    fn the_manifest_names_files_that_exist() {
        let manifest = ASSETS.iter().find(|asset| asset.name.starts_with("manifest")).unwrap();
        let manifest: serde_json::Value = serde_json::from_slice(manifest.bytes).unwrap();
        for icon in manifest["icons"].as_array().unwrap() {
            let source = icon["src"].as_str().unwrap();
            assert!(serve(source.strip_prefix("/static/").unwrap()).is_ok(), "{source}");
        }
    }

    #[test]
    fn the_service_worker_is_for_every_page_and_never_an_old_one() {
        let answer = service_worker().unwrap();
        let ages: Vec<_> = answer.headers.iter().filter(|(n, _)| *n == "cache-control").collect();
        assert_eq!(ages, [&("cache-control", "no-cache".to_owned())]);
        assert_eq!(answer.header("service-worker-allowed"), Some("/"));
        assert_eq!(answer.header("content-type"), Some("text/javascript; charset=utf-8"));
    }

    #[test]
    fn what_a_first_visit_loads_is_small() {
        let size = |name| ASSETS.iter().find(|asset| asset.name == name).unwrap().bytes.len();
        assert!(size("style.css") <= 15 * 1024, "{}", size("style.css"));
        assert!(size("script.js") <= 4 * 1024, "{}", size("script.js"));
        assert!(size("search.js") <= 3 * 1024, "{}", size("search.js"));
        assert!(size("push.js") <= 6 * 1024, "{}", size("push.js"));
        assert!(size("sw.js") <= 4 * 1024, "{}", size("sw.js"));
    }
}
