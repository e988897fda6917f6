//! The files of `static/`, carried inside the binary and served under names that hold a hash
//! of what is in them, so that browsers may keep them for ever.

use std::sync::LazyLock;

use ring::digest::{SHA256, digest};

use crate::error::{Error, Result};
use crate::http::response::Response;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// For names without a hash, which the manifest and browsers by themselves ask for.
const FOR_AN_HOUR: &str = "public, max-age=3600";

/// What pages are made with, which browsers keep for when the server cannot be reached.
const KEPT: [&str; 10] = [
    "style.css",
    "script.js",
    "push.js",
    "search.js",
    "folders.js",
    "many.js",
    "endless.js",
    "unsent.js",
    "offline.js",
    "icon.svg",
];
/// What the service worker is made of, besides `sw.js`.
const PARTS: [&str; 2] = ["unsent.js", "kept.js"];

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
        "unsent.js" as "text/javascript; charset=utf-8"
        "kept.js" as "text/javascript; charset=utf-8"
        "offline.js" as "text/javascript; charset=utf-8"
        "folders.js" as "text/javascript; charset=utf-8"
        "many.js" as "text/javascript; charset=utf-8"
        "endless.js" as "text/javascript; charset=utf-8"
        "sw.js" as "text/javascript; charset=utf-8"
        "icon.svg" as "image/svg+xml"
        "icon-180.png" as "image/png"
        "icon-192.png" as "image/png"
        "icon-512.png" as "image/png"
        "icon-maskable.png" as "image/png"
        "icon-mono.png" as "image/png"
        "favicon.ico" as "image/x-icon"
        "manifest.webmanifest" as "application/manifest+json"
    };
    assets.into_iter().map(|asset| Asset { hashed_name: hashed_name(&asset), ..asset }).collect()
});

fn hashed_name(asset: &Asset) -> String {
    let hash = short_hash(asset.bytes);
    let (stem, extension) = asset.name.split_once('.').expect("every asset has an extension");
    format!("{stem}.{hash}.{extension}")
}

fn short_hash(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref()[..6].iter().map(|octet| format!("{octet:02x}")).collect()
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
/// from the root, since it is for every page. It is asked for anew each time, and begins with what
/// is in the files it keeps, so that nobody is left with an old one.
pub(super) fn service_worker() -> Result<Response> {
    let asset = ASSETS.iter().find(|asset| asset.name == "sw.js").ok_or(Error::NotFound("file"))?;
    let script = [WORKER_FACTS.as_bytes(), asset.bytes].concat();
    Ok(Response::new(200, asset.content_type, script)
        .with("cache-control", "no-cache")
        .with("service-worker-allowed", "/"))
}

/// What the service worker has to know of this version.
static WORKER_FACTS: LazyLock<String> = LazyLock::new(|| {
    let list = |names: &[&str]| {
        let urls: Vec<String> = names.iter().map(|name| format!("{:?}", url(name))).collect();
        urls.join(", ")
    };
    let (files, parts) = (list(&KEPT), list(&PARTS));
    let version = concat!(env!("CARGO_PKG_VERSION"), ".");
    let version = [version, &short_hash(format!("{files} {parts}").as_bytes())].concat();
    format!("const VERSION = {version:?};\nconst FILES = [{files}];\nconst PARTS = [{parts}];\n")
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::response::Body;

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
        let icons = manifest["icons"].as_array().unwrap();
        for icon in icons {
            let source = icon["src"].as_str().unwrap();
            assert!(serve(source.strip_prefix("/static/").unwrap()).is_ok(), "{source}");
        }
        for purpose in ["maskable", "monochrome"] {
            assert!(icons.iter().any(|icon| icon["purpose"] == purpose), "{purpose}");
        }
    }

    #[test]
    fn the_service_worker_is_for_every_page_and_never_an_old_one() {
        let answer = service_worker().unwrap();
        let Body::Bytes(script) = &answer.body else { panic!("not a file") };
        let script = String::from_utf8(script.clone()).unwrap();
        for name in KEPT.iter().chain(&PARTS) {
            assert!(script.contains(&format!("{:?}", url(name))), "{name}: {script}");
        }
        let ages: Vec<_> = answer.headers.iter().filter(|(n, _)| *n == "cache-control").collect();
        assert_eq!(ages, [&("cache-control", "no-cache".to_owned())]);
        assert_eq!(answer.header("service-worker-allowed"), Some("/"));
        assert_eq!(answer.header("content-type"), Some("text/javascript; charset=utf-8"));
    }

    #[test]
    fn what_a_first_visit_loads_is_small() {
        let size = |name| ASSETS.iter().find(|asset| asset.name == name).unwrap().bytes.len();
        assert!(size("style.css") <= 20 * 1024, "{}", size("style.css"));
        assert!(size("script.js") <= 4 * 1024, "{}", size("script.js"));
        assert!(size("search.js") <= 3 * 1024, "{}", size("search.js"));
        assert!(size("push.js") <= 6 * 1024, "{}", size("push.js"));
        let scripts = ASSETS.iter().filter(|asset| asset.name.ends_with(".js"));
        let all: usize = scripts.map(|script| script.bytes.len()).sum();
        assert!(all <= 40 * 1024, "{all}");
    }
}
