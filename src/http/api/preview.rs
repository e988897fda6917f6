//! `/api/v1/preview`.

use serde::Serialize;

use super::check_query;
use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::{Problem, Response};
use crate::model::bookmark::Link;
use crate::model::page::{PageImage, PageMeta, PageState};
use crate::model::user::User;
use crate::store;

#[cfg(test)]
pub(super) mod contract;

/// Pages are read within seconds, so a place will be free by then.
const BUSY_RETRY_AFTER_S: &str = "2";

/// What a link would look like if it were saved.
#[derive(Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PreviewReply {
    /// The address of the page, after redirects.
    url: String,
    /// What the page calls its address.
    canonical_url: Option<String>,
    /// Its title.
    title: Option<String>,
    /// A shorter one, if it has one.
    short_title: Option<String>,
    /// What it is about.
    description: Option<String>,
    /// The first of its pictures.
    image_url: Option<String>,
    /// The pictures that it names.
    images: Vec<ImageReply>,
    /// The icon of the site.
    icon_url: Option<String>,
    /// What the site calls itself.
    site_name: Option<String>,
    /// Who wrote it.
    author: Option<String>,
    /// When it was published.
    published_at: Option<String>,
    /// What it is written in (BCP 47).
    language: Option<String>,
    /// What it is.
    #[cfg_attr(test, schemars(extend("enum" = ["site", "article", "video", "audio", "product", "profile", "pdf", "image", "text", "file", null])))]
    kind: Option<&'static str>,
    /// Whether it was read, could not be, or may not be.
    #[cfg_attr(test, schemars(extend("enum" = ["ready", "failed", "refused"])))]
    state: &'static str,
    /// Why it was not read, in the language of the reader.
    reason: Option<String>,
    /// The same, for programs.
    code: Option<String>,
    /// The bookmark that has this link already.
    bookmark_id: Option<i64>,
}

/// A picture that a page names.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ImageReply {
    /// Where it is.
    url: String,
    /// As the page tells it.
    width: Option<u32>,
    /// As the page tells it.
    height: Option<u32>,
}

impl From<PageImage> for ImageReply {
    fn from(image: PageImage) -> Self {
        Self { url: image.url.into(), width: image.width, height: image.height }
    }
}

impl From<PageMeta> for PreviewReply {
    fn from(meta: PageMeta) -> Self {
        Self {
            url: meta.url.into(),
            canonical_url: meta.canonical_url.map(String::from),
            title: meta.title,
            short_title: meta.short_title,
            description: meta.description,
            image_url: meta.images.first().map(|image| image.url.to_string()),
            images: meta.images.into_iter().map(ImageReply::from).collect(),
            icon_url: meta.icon_url.map(String::from),
            site_name: meta.site_name,
            author: meta.author,
            published_at: meta.published_at.map(|at| at.to_string()),
            language: meta.language,
            kind: Some(meta.kind.as_str()),
            state: PageState::Ready.as_str(),
            ..Self::default()
        }
    }
}

/// `GET /api/v1/preview?url=` reads a page without saving the link. One that cannot be read is
/// an answer like any other: it says why.
pub(super) fn show(cx: &Context, req: &Request, user: &User) -> Result<Response> {
    check_query(req, &["url"])?;
    let link = Link::parse(req.query("url").unwrap_or_default())?;
    let now = cx.clock.monotonic();
    let found = match cx.shared.previews.read(user.id, link.url(), user.language, now) {
        Err(busy @ Error::Unavailable(_)) => {
            return Ok(Problem::of(&busy).into_json().with("retry-after", BUSY_RETRY_AFTER_S));
        }
        other => other?,
    };
    let saved =
        cx.store.read(|tx| store::bookmarks::find_by_url(tx, user.id, &link.canonical()))?;
    let reply = match found {
        Ok(meta) => PreviewReply::from(meta),
        Err((state, reason)) => PreviewReply {
            url: link.as_str().to_owned(),
            state: state.as_str(),
            reason: Some(reason.sentence(user.language)),
            code: Some(reason.to_string()),
            ..PreviewReply::default()
        },
    };
    Response::json(200, &PreviewReply { bookmark_id: saved.map(|saved| saved.id.0), ..reply })
}
