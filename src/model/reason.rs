//! Why a page could not be read, for programs by a code and for people in a sentence.

use std::fmt;

use crate::error::{Error, Result};
use crate::model::language::Language;

/// Why there is no page or picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Its name leads nowhere.
    NoSuchHost,
    /// Nobody listens there.
    ConnectionRefused,
    /// There is no way to it.
    Unreachable,
    /// It did not answer in time.
    TimedOut,
    /// It closed the connection before it had answered.
    BrokenOff,
    /// Its certificate is expired, for another name or by nobody we trust.
    CertificateInvalid,
    /// It does not speak TLS as we do.
    NoSecureConnection,
    /// What it answered is not HTTP, or is compressed as we cannot read.
    NotUnderstood,
    /// It redirects in a circle, too often or to nowhere.
    TooManyRedirects,
    /// It is not on the public internet.
    AddressNotAllowed,
    /// It is on a port that is not read.
    PortNotAllowed,
    /// The address is none of the web, or holds a password.
    AddressUnusable,
    /// Its robots.txt asks not to read it.
    Robots,
    /// Its robots.txt cannot be had for now.
    RobotsUnknown,
    /// It asks to sign in.
    NeedsLogin,
    /// It wants proof that a person is reading.
    BotWall,
    /// It answered this status, which lets nobody in.
    Forbidden(u16),
    /// It answered this status: there is no such page.
    Gone(u16),
    /// It answered this status: too many have asked.
    Busy(u16),
    /// It answered this status: it does not work.
    ServerError(u16),
    /// It answered this status, which no page comes with.
    Status(u16),
    /// What is there is nothing that could be shown.
    NotAPage,
    /// It is larger than is read.
    TooLarge,
}

/// The codes of those without a status, and their sentences: English, Korean, Japanese.
const PLAIN: [(Reason, &str, [&str; 3]); 18] = [
    (
        Reason::NoSuchHost,
        "no_such_host",
        ["the site could not be found", "사이트를 찾을 수 없습니다", "サイトが見つかりません"],
    ),
    (
        Reason::ConnectionRefused,
        "connection_refused",
        [
            "the site refused the connection",
            "사이트가 연결을 거부했습니다",
            "サイトに接続を拒否されました",
        ],
    ),
    (
        Reason::Unreachable,
        "unreachable",
        ["the site cannot be reached", "사이트에 연결할 수 없습니다", "サイトに接続できません"],
    ),
    (
        Reason::TimedOut,
        "timed_out",
        [
            "the site took too long to answer",
            "사이트가 제시간에 응답하지 않았습니다",
            "サイトが時間内に応答しませんでした",
        ],
    ),
    (
        Reason::BrokenOff,
        "broken_off",
        [
            "the site closed the connection before it had answered",
            "응답이 끝나기 전에 사이트가 연결을 끊었습니다",
            "応答の途中でサイトが接続を切りました",
        ],
    ),
    (
        Reason::CertificateInvalid,
        "certificate_invalid",
        [
            "the site's certificate is not valid",
            "사이트의 인증서가 올바르지 않습니다",
            "サイトの証明書が正しくありません",
        ],
    ),
    (
        Reason::NoSecureConnection,
        "no_secure_connection",
        [
            "no secure connection to the site could be made",
            "사이트와 보안 연결을 맺을 수 없습니다",
            "サイトと安全な接続ができません",
        ],
    ),
    (
        Reason::NotUnderstood,
        "not_understood",
        [
            "the site's answer cannot be understood",
            "사이트의 응답을 이해할 수 없습니다",
            "サイトの応答を理解できません",
        ],
    ),
    (
        Reason::TooManyRedirects,
        "too_many_redirects",
        [
            "the site redirects in a circle or too many times",
            "사이트가 다른 주소로 끝없이 넘깁니다",
            "サイトの転送が多すぎるか、終わりません",
        ],
    ),
    (
        Reason::AddressNotAllowed,
        "address_not_allowed",
        ["the address is not public", "공개된 주소가 아닙니다", "公開されたアドレスではありません"],
    ),
    (
        Reason::PortNotAllowed,
        "port_not_allowed",
        [
            "the port is not one that is read",
            "읽을 수 있는 포트가 아닙니다",
            "読み取りの対象ではないポートです",
        ],
    ),
    (
        Reason::AddressUnusable,
        "address_unusable",
        [
            "only http and https addresses without a password can be read",
            "비밀번호가 없는 http와 https 주소만 읽을 수 있습니다",
            "パスワードを含まない http と https のアドレスだけを読み取れます",
        ],
    ),
    (
        Reason::Robots,
        "robots",
        [
            "the site's robots.txt asks not to read it",
            "사이트의 robots.txt가 읽지 말라고 합니다",
            "サイトの robots.txt が読み取りを断っています",
        ],
    ),
    (
        Reason::RobotsUnknown,
        "robots_unknown",
        [
            "the site's robots.txt cannot be had for now",
            "지금은 사이트의 robots.txt를 가져올 수 없습니다",
            "今はサイトの robots.txt を取得できません",
        ],
    ),
    (
        Reason::NeedsLogin,
        "needs_login",
        [
            "the site asks to sign in first",
            "로그인해야 볼 수 있는 페이지입니다",
            "ログインが必要なページです",
        ],
    ),
    (
        Reason::BotWall,
        "bot_wall",
        [
            "the site wants proof that a person is reading",
            "사이트가 사람인지 확인하려 합니다",
            "サイトが人による閲覧かどうかを確かめようとしています",
        ],
    ),
    (
        Reason::NotAPage,
        "not_a_page",
        [
            "there is nothing to show at this address",
            "이 주소에는 보여 줄 내용이 없습니다",
            "このアドレスには表示できるものがありません",
        ],
    ),
    (Reason::TooLarge, "too_large", ["it is too large", "너무 큽니다", "大きすぎます"]),
];

impl Reason {
    /// What an answer with this status, which is no success, means.
    pub const fn of_status(status: u16) -> Self {
        match status {
            401 => Self::NeedsLogin,
            403 | 451 => Self::Forbidden(status),
            404 | 410 => Self::Gone(status),
            429 => Self::Busy(status),
            500..=599 => Self::ServerError(status),
            _ => Self::Status(status),
        }
    }

    /// The sentence for people: lower case, no full stop, no address.
    pub fn sentence(self, language: Language) -> String {
        let [english, korean, japanese] = match self.status() {
            None => self.plain().2.map(ToOwned::to_owned),
            Some((_, status)) => match self {
                Self::Forbidden(_) => [
                    format!("the site does not let us in, it answered {status}"),
                    format!("사이트가 접근을 허용하지 않습니다({status})"),
                    format!("サイトがアクセスを許可していません（{status}）"),
                ],
                Self::Gone(_) => [
                    format!("the page is gone, the site answered {status}"),
                    format!("페이지가 없습니다({status})"),
                    format!("ページがありません（{status}）"),
                ],
                Self::Busy(_) => [
                    format!("the site is being asked too often, it answered {status}"),
                    format!("사이트에 요청이 너무 많습니다({status})"),
                    format!("サイトへの要求が多すぎます（{status}）"),
                ],
                Self::ServerError(_) => [
                    format!("the site does not work for now, it answered {status}"),
                    format!("사이트에 오류가 있습니다({status})"),
                    format!("サイトでエラーが起きています（{status}）"),
                ],
                _ => [
                    format!("the site answered {status}"),
                    format!("사이트가 {status} 상태로 응답했습니다"),
                    format!("サイトが {status} と応答しました"),
                ],
            },
        };
        match language {
            Language::English => english,
            Language::Korean => korean,
            Language::Japanese => japanese,
        }
    }

    /// Reads what its `Display` wrote.
    ///
    /// # Errors
    /// `Invalid` for anything else.
    pub fn parse(code: &str) -> Result<Self> {
        let plain = PLAIN.into_iter().find(|(_, known, _)| *known == code);
        let with_status = || {
            let (word, status) = code.rsplit_once('_')?;
            let status = status.parse().ok()?;
            Some(match word {
                "forbidden" => Self::Forbidden(status),
                "gone" => Self::Gone(status),
                "busy" => Self::Busy(status),
                "server_error" => Self::ServerError(status),
                "status" => Self::Status(status),
                _ => return None,
            })
        };
        plain
            .map(|(reason, _, _)| reason)
            .or_else(with_status)
            .ok_or_else(|| Error::invalid("reason", format!("{code:?} is not a reason")))
    }

    const fn status(self) -> Option<(&'static str, u16)> {
        match self {
            Self::Forbidden(status) => Some(("forbidden", status)),
            Self::Gone(status) => Some(("gone", status)),
            Self::Busy(status) => Some(("busy", status)),
            Self::ServerError(status) => Some(("server_error", status)),
            Self::Status(status) => Some(("status", status)),
            _ => None,
        }
    }

    fn plain(self) -> (Self, &'static str, [&'static str; 3]) {
        let found = PLAIN.into_iter().find(|(reason, _, _)| *reason == self);
        found.expect("each reason without a status is in the table")
    }
}

/// The code, such as `timed_out` or `gone_404`.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status() {
            Some((word, status)) => write!(f, "{word}_{status}"),
            None => f.write_str(self.plain().1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_reads_as_it_writes_and_has_a_sentence_in_each_language() {
        let statuses = [401, 403, 451, 404, 410, 429, 500, 503, 204, 304, 402, 418];
        let all = PLAIN.map(|(reason, _, _)| reason).into_iter();
        for reason in all.chain(statuses.map(Reason::of_status)) {
            assert_eq!(Reason::parse(&reason.to_string()).unwrap(), reason);
            let sentences = Language::ALL.map(|language| reason.sentence(language));
            let is_hangul = |c: char| ('가'..='힣').contains(&c);
            let is_kana = |c: char| ('ぁ'..='ヿ').contains(&c);
            assert!(sentences[0].is_ascii() && !sentences[0].ends_with('.'), "{reason}");
            assert!(sentences[1].contains(is_hangul), "{reason}");
            assert!(sentences[2].contains(is_kana), "{reason}");
        }
        for code in ["", "gone", "gone_", "gone_x", "Robots", "timed_out_404"] {
            assert!(Reason::parse(code).is_err(), "{code}");
        }
    }

    #[test]
    fn a_status_has_its_meaning() {
        assert_eq!(Reason::of_status(401), Reason::NeedsLogin);
        assert_eq!(Reason::of_status(410).to_string(), "gone_410");
        let english = Reason::of_status(503).sentence(Language::English);
        assert_eq!(english, "the site does not work for now, it answered 503");
    }
}
