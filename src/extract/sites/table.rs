//! What is known of single sites. Only what they document for everybody, and plain
//! equivalences of addresses; never a way around what a site does not want to show.

use crate::model::page::PageKind;

/// One sort of page on one site.
pub(super) struct Rule {
    /// The addresses it goes by, as patterns.
    pub(super) from: &'static [&'static str],
    /// The address it should go by.
    pub(super) page: &'static str,
    /// How to learn what it is about.
    pub(super) how: How,
}

#[derive(Clone, Copy)]
pub(super) enum How {
    /// By reading it.
    Read,
    /// By reading what this other address holds, a frame for instance.
    ReadAt(&'static str),
    /// By asking the site's oEmbed endpoint, which the address of the page is put behind,
    /// and by reading it if that says nothing. What is neither a film nor a picture is of
    /// this kind.
    Ask(&'static str, PageKind),
}

const YOUTUBE: How = How::Ask("https://www.youtube.com/oembed?format=json&url=", PageKind::Video);
const VIMEO: How = How::Ask("https://vimeo.com/api/oembed.json?url=", PageKind::Video);
const X: How = How::Ask("https://publish.x.com/oembed?omit_script=1&dnt=1&url=", PageKind::Article);
const FLICKR: How =
    How::Ask("https://www.flickr.com/services/oembed/?format=json&url=", PageKind::Image);
const KAKAO_TV: How = How::Ask("https://tv.kakao.com/oembed?format=json&url=", PageKind::Video);

/// The first that fits counts.
pub(super) const RULES: &[Rule] = &[
    Rule {
        from: &[
            "youtu.be/{id}",
            "*.youtube.com/watch?v={id}",
            "*.youtube.com/shorts/{id}",
            "*.youtube.com/live/{id}",
            "*.youtube.com/embed/{id}",
            "*.youtube-nocookie.com/embed/{id}",
        ],
        page: "https://www.youtube.com/watch?v={id}",
        how: YOUTUBE,
    },
    Rule {
        from: &["*.youtube.com/playlist?list={id}"],
        page: "https://www.youtube.com/playlist?list={id}",
        how: YOUTUBE,
    },
    Rule {
        from: &[
            "*.vimeo.com/{id#}",
            "player.vimeo.com/video/{id#}",
            "vimeo.com/channels/{channel}/{id#}",
            "vimeo.com/groups/{group}/videos/{id#}",
        ],
        page: "https://vimeo.com/{id}",
        how: VIMEO,
    },
    // A film that is not listed is found by the second part only.
    Rule { from: &["vimeo.com/{id#}/{key}"], page: "https://vimeo.com/{id}/{key}", how: VIMEO },
    Rule {
        from: &[
            "*.x.com/{who}/status/{id#}/**",
            "*.twitter.com/{who}/status/{id#}/**",
            "*.twitter.com/{who}/statuses/{id#}",
        ],
        page: "https://x.com/{who}/status/{id}",
        how: X,
    },
    Rule {
        from: &["*.x.com/i/web/status/{id#}", "*.twitter.com/i/web/status/{id#}"],
        page: "https://x.com/i/status/{id}",
        how: X,
    },
    Rule {
        from: &["*.tiktok.com/@{who}/video/{id#}", "*.tiktok.com/@{who}/photo/{id#}"],
        page: "https://www.tiktok.com/@{who}/video/{id}",
        how: How::Ask("https://www.tiktok.com/oembed?url=", PageKind::Video),
    },
    // Its oEmbed endpoint is for holders of a token only, so its page is read like any other.
    Rule {
        from: &[
            "*.instagram.com/p/{id}/**",
            "*.instagram.com/{who}/p/{id}/**",
            "*.instagram.com/reel/{id}/**",
            "*.instagram.com/{who}/reel/{id}/**",
        ],
        page: "https://www.instagram.com/p/{id}/",
        how: How::Read,
    },
    Rule {
        from: &["*.reddit.com/r/{sub}/comments/{post*}"],
        page: "https://www.reddit.com/r/{sub}/comments/{post*}/",
        how: How::Ask("https://www.reddit.com/oembed?url=", PageKind::Article),
    },
    Rule {
        from: &["open.spotify.com/intl-{language}/{kind}/{id}", "open.spotify.com/{kind}/{id}"],
        page: "https://open.spotify.com/{kind}/{id}",
        how: How::Ask("https://open.spotify.com/oembed?url=", PageKind::Audio),
    },
    Rule {
        from: &["soundcloud.com/{path*}", "m.soundcloud.com/{path*}", "www.soundcloud.com/{path*}"],
        page: "https://soundcloud.com/{path*}",
        how: How::Ask("https://soundcloud.com/oembed?format=json&url=", PageKind::Audio),
    },
    Rule {
        from: &["*.flickr.com/photos/{who}/{id#}/**"],
        page: "https://www.flickr.com/photos/{who}/{id}/",
        how: FLICKR,
    },
    Rule { from: &["flic.kr/p/{id}"], page: "https://flic.kr/p/{id}", how: FLICKR },
    // The post itself is in a frame.
    Rule {
        from: &[
            "blog.naver.com/{blog}/{post#}",
            "m.blog.naver.com/{blog}/{post#}",
            "blog.naver.com/PostView.naver?blogId={blog}&logNo={post#}",
            "m.blog.naver.com/PostView.naver?blogId={blog}&logNo={post#}",
            "blog.naver.com/PostView.nhn?blogId={blog}&logNo={post#}",
            "m.blog.naver.com/PostView.nhn?blogId={blog}&logNo={post#}",
        ],
        page: "https://blog.naver.com/{blog}/{post}",
        how: How::ReadAt("https://blog.naver.com/PostView.naver?blogId={blog}&logNo={post}"),
    },
    Rule {
        from: &["m.brunch.co.kr/{path*}"],
        page: "https://brunch.co.kr/{path*}",
        how: How::Read,
    },
    Rule {
        from: &["{blog}.tistory.com/m/{path*}"],
        page: "https://{blog}.tistory.com/{path*}",
        how: How::Read,
    },
    Rule {
        from: &[
            "tv.kakao.com/channel/{channel#}/cliplink/{id#}",
            "tv.kakao.com/m/channel/{channel#}/cliplink/{id#}",
        ],
        page: "https://tv.kakao.com/channel/{channel}/cliplink/{id}",
        how: KAKAO_TV,
    },
    Rule { from: &["tv.kakao.com/v/{id#}"], page: "https://tv.kakao.com/v/{id}", how: KAKAO_TV },
    // Its robots.txt keeps the raw file for itself; the page around it is open.
    Rule {
        from: &["github.com/{owner}/{repository}/raw/{path*}"],
        page: "https://github.com/{owner}/{repository}/blob/{path*}",
        how: How::Read,
    },
    // The page about a paper says who wrote it and what it is about.
    Rule {
        from: &["*.arxiv.org/pdf/{id*}.pdf", "*.arxiv.org/pdf/{id*}", "*.arxiv.org/html/{id*}"],
        page: "https://arxiv.org/abs/{id*}",
        how: How::Read,
    },
    // Its programs' interface is closed by its robots.txt; the page says as much.
    Rule {
        from: &["{language}.m.wikipedia.org/wiki/{title*}"],
        page: "https://{language}.wikipedia.org/wiki/{title*}",
        how: How::Read,
    },
    Rule {
        from: &[
            "www.amazon.{tld*}/dp/{item}/**",
            "www.amazon.{tld*}/{name}/dp/{item}/**",
            "www.amazon.{tld*}/gp/product/{item}/**",
            "www.amazon.{tld*}/gp/aw/d/{item}/**",
        ],
        page: "https://www.amazon.{tld}/dp/{item}",
        how: How::Read,
    },
    // With the number of an account in it, an address leads to a form to sign in.
    Rule {
        from: &[
            "docs.google.com/{sort}/d/{id}/edit",
            "docs.google.com/{sort}/d/{id}/mobilebasic",
            "docs.google.com/{sort}/u/{account#}/d/{id}/edit",
            "docs.google.com/{sort}/u/{account#}/d/{id}/mobilebasic",
        ],
        page: "https://docs.google.com/{sort}/d/{id}/edit",
        how: How::Read,
    },
];

/// Addresses of pictures that say by `{url}` which picture they make smaller.
pub(super) const WRAPPED: &[&str] = &[
    "*.daumcdn.net/**?fname={url}",
    "*.kakaocdn.net/**?fname={url}",
    "search.pstatic.net/**?src={url}",
    "dthumb-phinf.pstatic.net/**?src={url}",
    "i{server#}.wp.com/{url*}",
    "wsrv.nl/?url={url}",
    "images.weserv.nl/?url={url}",
    "*/_next/image?url={url}",
    "*/_vercel/image?url={url}",
];

/// Pictures of which the same site has a larger one, as its API lists them.
pub(super) const LARGER: &[(&str, &str)] =
    &[("i.ytimg.com/vi/{id}/hqdefault.jpg", "https://i.ytimg.com/vi/{id}/maxresdefault.jpg")];

/// What a site puts around its titles.
pub(super) struct Frame {
    /// The pages it is about, as a pattern.
    pub(super) on: &'static str,
    /// What such a title starts with.
    pub(super) start: &'static str,
    /// The end of what is put before it.
    pub(super) open: &'static str,
    /// The start of what is put behind it.
    pub(super) close: &'static str,
}

const fn behind(on: &'static str, close: &'static str) -> Frame {
    Frame { on, start: "", open: "", close }
}

const fn before(on: &'static str, start: &'static str, open: &'static str) -> Frame {
    Frame { on, start, open, close: "" }
}

/// All that fit are taken off, one after the other.
pub(super) const FRAMES: &[Frame] = &[
    before("github.com", "GitHub - ", "GitHub - "),
    behind("github.com", " · GitHub"),
    behind("*.wikipedia.org", " - Wikip"),
    behind("*.wikipedia.org", " – Wikip"),
    behind("*.wikipedia.org", " — Wikip"),
    behind("*.wikipedia.org", " — Википедия"),
    behind("*.wikipedia.org", " - 위키백과"),
    behind("*.wikipedia.org", " - 维基百科"),
    Frame { on: "www.amazon.{tld*}", start: "Amazon.", open: ": ", close: " : " },
    behind("www.amazon.{tld*}", " : Amazon."),
    behind("www.amazon.{tld*}", ": Amazon."),
    before("*.reddit.com", "r/", " on Reddit: "),
    behind("*.reddit.com", " : r/"),
    before("arxiv.org", "[", "] "),
    behind("blog.naver.com", " : 네이버 블로그"),
    behind("m.blog.naver.com", " : 네이버 블로그"),
    behind("docs.google.com", " - Google "),
    behind("vimeo.com", " on Vimeo"),
    behind("x.com", " / X"),
];
