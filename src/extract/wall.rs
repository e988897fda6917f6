//! Recognises pages that stand in front of the page somebody meant.
//!
//! It must never refuse an honest page that is about such things. So a title alone counts
//! only where no page could have it by chance; else the page must also have nothing to
//! show: no picture, no author, no date, and no description but one that walls have.

mod words;

use url::Url;

use crate::model::page::{PageKind, PageMeta};
use crate::model::reason::Reason;
use words::{
    BOT_PHRASES, BOT_STARTS, BOT_TITLES, CONSENT_HOSTS, GONE_PHRASES, GONE_TITLES, LOGIN_HOSTS,
    LOGIN_PHRASES, LOGIN_TITLES, LOGIN_TOPICS, LOGIN_WORDS,
};

/// What stands in front of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wall {
    /// A check whether a person is reading.
    Bot,
    /// A form to sign in.
    Login,
    /// A question that only a person can agree to.
    Consent,
    /// Nothing: the site says that there is no such page, though not by its status.
    Gone,
}

impl Wall {
    /// Why the page behind it could not be read.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Bot => Reason::BotWall,
            Self::Login | Self::Consent => Reason::NeedsLogin,
            Self::Gone => Reason::Gone(404),
        }
    }
}

/// What stands in front of the page at `requested`, judging by what was found instead.
pub fn wall(requested: &Url, found: &PageMeta) -> Option<Wall> {
    let is_page = matches!(found.kind, PageKind::Site | PageKind::Article);
    if !is_page {
        return None;
    }
    let title = lower(found.title.as_deref());
    let plain = title.trim_end_matches(['.', '…', ' ']);
    if is_bot_wall(found, &title, plain) {
        return Some(Wall::Bot);
    }
    // Somebody who saves a page to sign in means just that page.
    let sent_to = |is_other: fn(&Url) -> bool| is_other(&found.url) && !is_other(requested);
    if sent_to(is_consent) {
        return Some(Wall::Consent);
    }
    let has_little = has_only(found, &LOGIN_PHRASES);
    let is_form = sent_to(is_login) && (has_little || is_surely_login(&found.url));
    if is_form || LOGIN_TITLES.contains(&plain) && has_little && !is_login(requested) {
        return Some(Wall::Login);
    }
    (says_gone(plain, found) && has_only(found, &GONE_PHRASES)).then_some(Wall::Gone)
}

fn is_bot_wall(found: &PageMeta, title: &str, plain: &str) -> bool {
    // A shop that asks for letters from a picture calls that page by its own address.
    let host = found.url.host_str().unwrap_or("");
    let is_shop = plain.starts_with("amazon.") && host.ends_with(plain);
    let nameless = plain.is_empty() && found.description.is_some();
    BOT_STARTS.iter().any(|start| title.starts_with(start))
        || (nameless || is_shop || BOT_TITLES.contains(&plain)) && has_only(found, &BOT_PHRASES)
}

/// Whether a page has nothing to show, or says what only walls say.
fn has_only(found: &PageMeta, phrases: &[&str]) -> bool {
    let description = lower(found.description.as_deref());
    let is_usual =
        description.is_empty() || phrases.iter().any(|phrase| description.contains(phrase));
    is_usual && found.images.is_empty() && found.author.is_none() && found.published_at.is_none()
}

/// "404 Not Found", alone or beside the name of the site.
fn says_gone(title: &str, found: &PageMeta) -> bool {
    let site = lower(found.site_name.as_deref());
    let host = found.url.host_str().unwrap_or("");
    let is_gone = |part: &str| GONE_TITLES.contains(&part.trim_matches([' ', '.', '!']));
    let is_own = |part: &str| {
        let word = part.replace(' ', "");
        part == site || host.split('.').any(|label| label == word) || host.ends_with(&word)
    };
    let folded = title.replace(['|', '–', '—', '·', '•'], "-").replace(": ", " - ");
    let mut parts = folded.split(" - ").map(str::trim).filter(|part| !part.is_empty());
    is_gone(title) || parts.clone().any(is_gone) && parts.all(|part| is_gone(part) || is_own(part))
}

fn is_consent(url: &Url) -> bool {
    url.host_str().is_some_and(|host| CONSENT_HOSTS.iter().any(|start| host.starts_with(start)))
}

fn is_login(url: &Url) -> bool {
    let is_word = |part| holds(&LOGIN_WORDS, part);
    is_login_host(url) || url.path_segments().is_some_and(|mut parts| parts.any(is_word))
}

/// Whether an address is that of a form and not of a page about signing in, as handbooks have.
fn is_surely_login(url: &Url) -> bool {
    let mut parts = url.path_segments().into_iter().flatten();
    let last = parts.rfind(|part| !part.is_empty()).unwrap_or_default();
    is_login_host(url) || holds(&LOGIN_WORDS, last) && !holds(&LOGIN_TOPICS, last)
}

fn is_login_host(url: &Url) -> bool {
    let host = url.host_str().unwrap_or("");
    LOGIN_HOSTS.iter().any(|start| host.starts_with(start))
        || host.contains('.') && holds(&LOGIN_WORDS, host)
}

/// Whether what is before the first dot of `part` is one of these.
fn holds(words: &[&str], part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part);
    words.iter().any(|word| stem.eq_ignore_ascii_case(word))
}

fn lower(text: Option<&str>) -> String {
    text.unwrap_or("").to_lowercase().replace('’', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(url: &str, title: &str) -> PageMeta {
        let title = Some(title.to_owned()).filter(|title| !title.is_empty());
        PageMeta { title, ..PageMeta::bare(Url::parse(url).unwrap(), PageKind::Site) }
    }

    #[track_caller]
    fn check(requested: &str, at: &str, title: &str, expected: Option<Wall>) {
        let wall = wall(&Url::parse(requested).unwrap(), &found(at, title));
        assert_eq!(wall, expected, "{at} {title}");
    }

    #[test]
    fn walls_are_told_from_pages() {
        let page = "https://a.example/post/1";
        check(page, page, "Just a moment...", Some(Wall::Bot));
        check(page, page, "Attention Required! | Cloudflare", Some(Wall::Bot));
        check(page, page, "잠시만 기다리십시오…", Some(Wall::Bot));
        check(page, page, "Just a moment of peace", None);
        check(page, page, "Access denied: a history", None);
        check(page, "https://a.example/login.php?next=/post/1", "A", Some(Wall::Login));
        check(page, "https://login.a.example/", "A", Some(Wall::Login));
        check(page, page, "로그인", Some(Wall::Login));
        check(page, "https://a.example/posts/how-to-login", "How to login", None);
        check("https://a.example/login", "https://a.example/login", "Log in", None);
    }

    #[test]
    fn a_page_that_says_more_than_a_title_is_no_wall() {
        for title in ["Access Denied", "Log in", "404 Not Found"] {
            let mut meta = found("https://a.example/film", title);
            let requested = meta.url.clone();
            assert!(wall(&requested, &meta).is_some(), "{title}");
            meta.description = Some("A film about a baker who lost his keys.".into());
            assert_eq!(wall(&requested, &meta), None, "{title}");
            meta.description = None;
            meta.author = Some("Ana Crumb".into());
            assert_eq!(wall(&requested, &meta), None, "{title}");
        }
    }

    #[test]
    fn a_short_link_to_a_handbook_about_signing_in_leads_to_a_page() {
        let short = Url::parse("https://short.example/x").unwrap();
        for at in ["/docs/auth/", "/sso/overview", "/login/recipes", "/docs/auth/login.html"] {
            let mut meta = found(&format!("https://a.example{at}"), "Signing people in");
            assert_eq!(wall(&short, &meta), Some(Wall::Login), "{at} has nothing to show");
            meta.description = Some("How to bake a cookie.".into());
            let is_form = at.ends_with("login.html");
            assert_eq!(wall(&short, &meta), is_form.then_some(Wall::Login), "{at}");
        }
    }

    #[test]
    fn what_walls_say_of_themselves_is_no_description() {
        let cases = [
            ("Access Denied", "Reference #18.2d351ab8.1557333295.a4e16ab", Wall::Bot),
            ("", "Request unsuccessful. Incapsula incident ID: 443000-114", Wall::Bot),
            ("Please wait…", "Enable JavaScript and cookies to continue", Wall::Bot),
            ("Instagram", "Create an account or log in to Instagram - share", Wall::Login),
            ("Page not found", "Sorry, the page you are looking for does not exist.", Wall::Gone),
        ];
        for (title, description, expected) in cases {
            let mut meta = found("https://a.example/1", title);
            meta.description = Some(description.into());
            assert_eq!(wall(&meta.url.clone(), &meta), Some(expected), "{title}");
        }
    }

    #[test]
    fn a_page_that_is_gone_says_nothing_else() {
        let page = "https://bread.example/1";
        for title in ["404", "404 Not Found", "Page Not Found | Bread", "404 - Page not found"] {
            check(page, page, title, Some(Wall::Gone));
        }
        for title in ["페이지를 찾을 수 없습니다.", "ページが見つかりません - bread.example"]
        {
            check(page, page, title, Some(Wall::Gone));
        }
        check(page, page, "404: a love story", None);
        check(page, page, "Not found in any shop", None);
        check(page, page, "", None);
    }

    #[test]
    fn a_question_of_consent_stands_in_front_only_when_one_was_sent_there() {
        let at = "https://consent.youtube.com/m?continue=x";
        check("https://www.youtube.com/watch?v=1", at, "Before you continue", Some(Wall::Consent));
        check(at, at, "Before you continue", None);
    }
}
