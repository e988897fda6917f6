//! The form of a destination, of whatever kind: what each kind is good for, and where the values
//! that it takes are found.

use crate::http::pages::form::Flaws;
use crate::http::request::Form;
use crate::model::destination::{Address, Kind, Part};

/// A kind that people choose from. Browsers add themselves, and apps come in by the API.
pub(super) struct Offer {
    pub(super) kind: Kind,
    /// What it is called.
    pub(super) title: &'static str,
    /// Who takes it.
    pub(super) good_for: &'static str,
    /// How one gets there, in the order of doing.
    pub(super) steps: &'static [&'static str],
}

impl Offer {
    /// Its name in addresses.
    pub(super) const fn name(&self) -> &'static str {
        self.kind.as_str()
    }
}

/// The kinds that are offered, the easiest first.
pub(super) const OFFERS: [Offer; 9] = [
    Offer {
        kind: Kind::Ntfy,
        title: "ntfy",
        good_for: "Any phone, with buttons, through a free app and no account.",
        steps: &[
            "Install the ntfy app, or open the server in a browser.",
            "Subscribe to a topic that nobody else would guess.",
            "Name the same topic here.",
        ],
    },
    Offer {
        kind: Kind::Email,
        title: "E-mail",
        good_for: "A mailbox you look at anyway.",
        steps: &["Enter where the mail is to go."],
    },
    Offer {
        kind: Kind::Telegram,
        title: "Telegram",
        good_for: "A chat with a bot of your own.",
        steps: &[
            "Write /newbot to @BotFather; it answers with a token.",
            "Write anything to your new bot, so that it may write to you.",
            "Ask @userinfobot for your number; for a group, its number begins with a minus.",
        ],
    },
    Offer {
        kind: Kind::Gotify,
        title: "Gotify",
        good_for: "A Gotify server of yours, on Android.",
        steps: &["In Gotify, make an application and copy its token."],
    },
    Offer {
        kind: Kind::Matrix,
        title: "Matrix",
        good_for: "A room on a Matrix server.",
        steps: &[
            "Invite the account that is to write into the room.",
            "Copy its access token; in Element it stands under Settings, Help & About.",
            "Copy the room's internal id from its settings.",
        ],
    },
    Offer {
        kind: Kind::Discord,
        title: "Discord",
        good_for: "A channel on a Discord server.",
        steps: &["In the channel's settings, Integrations, make a webhook and copy its address."],
    },
    Offer {
        kind: Kind::Slack,
        title: "Slack",
        good_for: "A channel in a Slack workspace.",
        steps: &[
            "Add an app with incoming webhooks to the channel and copy the webhook's address.",
        ],
    },
    Offer {
        kind: Kind::Apprise,
        title: "Apprise API",
        good_for: "A hundred other services, through an Apprise server.",
        steps: &["Save a configuration on the Apprise server, and name its key here."],
    },
    Offer {
        kind: Kind::Webhook,
        title: "Webhook",
        good_for: "A program of yours: JSON, signed by Standard Webhooks.",
        steps: &["Enter where to post. The signing secret is shown once, after this step."],
    },
];

/// The offer of that kind, if it is one.
pub(super) fn offer(kind: Kind) -> Option<&'static Offer> {
    OFFERS.iter().find(|offer| offer.kind == kind)
}

/// One field of the form.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// The type of the input.
    pub(super) sort: &'static str,
    pub(super) value: String,
    /// More attributes of the input.
    pub(super) extra: &'static str,
}

impl Field {
    fn of(kind: Kind, part: &Part, value: String, keeps: bool) -> Self {
        let words = words(kind, part.name);
        Self {
            name: part.name,
            label: words.0,
            // Not a password: nothing should offer to remember it, and people check what they paste.
            sort: if part.secret && keeps { "password" } else { words.1 },
            value,
            extra: match (part.optional || (part.secret && keeps), part.secret && keeps) {
                (_, true) => PLAIN_KEPT,
                (true, false) => PLAIN,
                (false, false) => PLAIN_NEEDED,
            },
        }
    }
}

const PLAIN: &str = "autocapitalize=\"none\" autocomplete=\"off\" spellcheck=\"false\"";
const PLAIN_NEEDED: &str =
    "autocapitalize=\"none\" autocomplete=\"off\" spellcheck=\"false\" required";
const PLAIN_KEPT: &str = "autocapitalize=\"none\" autocomplete=\"off\" spellcheck=\"false\" \
                          placeholder=\"Leave empty to keep what is stored\"";

/// What a part is called, and the type of its input.
fn words(kind: Kind, part: &str) -> (&'static str, &'static str) {
    match (kind, part) {
        (_, "server") => ("Server", "url"),
        (_, "topic") => ("Topic", "text"),
        (Kind::Ntfy, "token") => ("Access token, if the server wants one", "text"),
        (Kind::Gotify, "token") => ("The application's token", "text"),
        (_, "token") => ("Access token", "text"),
        (_, "address") => ("E-mail address", "email"),
        (_, "bot_token") => ("The bot's token", "text"),
        (_, "chat_id") => ("Your number, or that of the group", "text"),
        (_, "room") => ("Room", "text"),
        (_, "key") => ("Key of the configuration", "text"),
        (_, "tag") => ("Only services with this tag", "text"),
        (Kind::Webhook, _) => ("Address to post to", "url"),
        _ => ("The webhook's address", "url"),
    }
}

/// The fields of a form for a new destination, with what was typed.
pub(super) fn empty(kind: Kind, form: &Form) -> Vec<Field> {
    let suggested = |name: &str| match (kind, name) {
        (Kind::Ntfy, "server") => "https://ntfy.sh",
        (Kind::Matrix, "server") => "https://matrix.org",
        _ => "",
    };
    let value = |name| if form.has(name) { form.text(name) } else { suggested(name) };
    let field = |part: &Part| Field::of(kind, part, value(part.name).to_owned(), false);
    kind.parts().iter().map(field).collect()
}

/// The fields of a form for one that exists, without its secrets; what was typed takes
/// precedence.
pub(super) fn stored(address: &Address, form: &Form) -> Vec<Field> {
    let parts = address.parts();
    let kept = |part: &Part| {
        let found = parts.iter().find(|(name, _)| *name == part.name && !part.secret);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let field = |part: &Part| {
        let typed = form.has(part.name) && !part.secret;
        let value = if typed { form.text(part.name).to_owned() } else { kept(part) };
        Field::of(address.kind(), part, value, true)
    };
    address.kind().parts().iter().map(field).collect()
}

/// Flaws that no field of the form stands for are those of the whole.
pub(super) fn flaws(fields: &[Field], flaws: Flaws) -> Flaws {
    flaws.within(|name| name == "name" || fields.iter().any(|field| field.name == name))
}
