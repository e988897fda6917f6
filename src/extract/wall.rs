//! Recognises pages that stand in front of the page somebody meant.

use url::Url;

use crate::model::page::{PageKind, PageMeta};
use crate::model::reason::Reason;

/// What stands in front of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wall {
    /// A check whether a person is reading.
    Bot,
    /// A form to sign in.
    Login,
}

impl Wall {
    /// Why the page behind it could not be read.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Bot => Reason::BotWall,
            Self::Login => Reason::NeedsLogin,
        }
    }
}

/// No honest page begins its title like this.
const BOT_STARTS: [&str; 10] = [
    "just a moment...",
    "just a moment…",
    "attention required! | cloudflare",
    "checking your browser before",
    "ddos-guard",
    "vercel security checkpoint",
    "pardon our interruption",
    "access to this page has been denied",
    "robot or human?",
    "you are being redirected...",
];

/// These may be the title of an honest page, but then there is more to it than a title.
const BOT_TITLES: [&str; 26] = [
    "just a moment",
    "attention required!",
    "one moment, please",
    "please wait",
    "checking your browser",
    "access denied",
    "are you a robot?",
    "are you human?",
    "human verification",
    "verify you are human",
    "verifying you are human",
    "security check",
    "security verification",
    "bot verification",
    "client challenge",
    "request blocked",
    "blocked",
    "captcha",
    "recaptcha",
    "amazon.com",
    "making sure you're not a bot!",
    "잠시만 기다리십시오",
    "잠시만 기다리세요",
    "しばらくお待ちください",
    "请稍候",
    "請稍候",
];

const LOGIN_TITLES: [&str; 18] = [
    "log in",
    "login",
    "sign in",
    "signin",
    "log in or sign up",
    "sign in to your account",
    "sign in - google accounts",
    "google accounts",
    "log in to facebook",
    "facebook – log in or sign up",
    "login • instagram",
    "linkedin login, sign in | linkedin",
    "log in to x / x",
    "로그인",
    "네이버 : 로그인",
    "ログイン",
    "登录",
    "登入",
];

const LOGIN_WORDS: [&str; 13] = [
    "login",
    "log-in",
    "log_in",
    "signin",
    "sign-in",
    "sign_in",
    "logon",
    "sso",
    "auth",
    "authorize",
    "authwall",
    "nidlogin",
    "wp-login",
];

/// What stands in front of the page at `requested`, judging by what was found instead.
pub fn wall(requested: &Url, found: &PageMeta) -> Option<Wall> {
    let is_page = matches!(found.kind, PageKind::Site | PageKind::Article);
    if !is_page {
        return None;
    }
    let title = found.title.as_deref().unwrap_or("").to_lowercase();
    let plain = title.trim_end_matches(['.', '…', ' ']);
    let bare = found.description.is_none() && found.images.is_empty();
    if BOT_STARTS.iter().any(|start| title.starts_with(start))
        || bare && BOT_TITLES.contains(&plain)
    {
        return Some(Wall::Bot);
    }
    // Somebody who saves a page to sign in means just that page.
    let sent_to_login = is_login(&found.url) || LOGIN_TITLES.contains(&plain);
    (sent_to_login && !is_login(requested)).then_some(Wall::Login)
}

fn is_login(url: &Url) -> bool {
    let word = |part: &str| {
        let stem = part.split('.').next().unwrap_or(part);
        LOGIN_WORDS.iter().any(|word| stem.eq_ignore_ascii_case(word))
    };
    let host = url.host_str().unwrap_or("");
    host.starts_with("accounts.google.")
        || host.contains('.') && word(host)
        || url.path_segments().is_some_and(|mut segments| segments.any(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(requested: &str, found: &str, title: &str, expected: Option<Wall>) {
        let mut meta = PageMeta::bare(Url::parse(found).unwrap(), PageKind::Site);
        meta.title = Some(title.to_owned());
        assert_eq!(wall(&Url::parse(requested).unwrap(), &meta), expected, "{found} {title}");
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
    fn a_page_that_says_more_than_a_title_is_no_bot_wall() {
        let url = Url::parse("https://a.example/film").unwrap();
        let mut meta = PageMeta::bare(url.clone(), PageKind::Site);
        meta.title = Some("Access Denied".into());
        assert_eq!(wall(&url, &meta), Some(Wall::Bot));
        meta.description = Some("A film".into());
        assert_eq!(wall(&url, &meta), None);
    }
}
