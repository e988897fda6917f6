//! The kinds of destinations that people add by a form: when to choose each, and where to find
//! what it asks for. Devices that add themselves need no form, only a title.

use crate::model::destination::Kind;

/// What a person is told about a kind.
pub(super) struct Guide {
    /// The kind.
    pub(super) kind: Kind,
    /// When to choose it, in a line.
    pub(super) when: &'static str,
    /// What to do before filling in the form.
    pub(super) steps: &'static str,
    /// What the form asks for, in its order.
    pub(super) fields: &'static [Entry],
}

/// A field of a form.
pub(super) struct Entry {
    /// Its name, that of the field of the address.
    pub(super) name: &'static str,
    /// What it is called.
    pub(super) label: &'static str,
    /// The input's type.
    pub(super) sort: &'static str,
    /// What stands there before anything is typed.
    pub(super) usual: &'static str,
    /// What one might look like.
    pub(super) example: &'static str,
    /// Where to find it.
    pub(super) hint: &'static str,
}

const ENTRY: Entry = Entry { name: "", label: "", sort: "text", usual: "", example: "", hint: "" };

const SERVER: Entry = Entry {
    name: "server",
    label: "Server",
    sort: "url",
    example: "https://",
    hint: "Its address, as you open it in a browser.",
    ..ENTRY
};

/// All that have a form, the easiest first.
pub(super) const GUIDES: [Guide; 9] = [
    Guide {
        kind: Kind::Ntfy,
        when: "Free app for Android, iPhone and browsers, without an account. The quickest way.",
        steps: "Install the ntfy app, or open the server in a browser, and subscribe to a topic \
                that nobody else would guess. Then name the same topic here.",
        fields: &[
            Entry {
                usual: "https://ntfy.sh",
                hint: "The public one, or the address of your own.",
                ..SERVER
            },
            Entry {
                name: "topic",
                label: "Topic",
                example: "mina-reads-8f3k2",
                hint: "Letters, digits, - and _. Who knows it can read along, so make it long and odd.",
                ..ENTRY
            },
            Entry {
                name: "token",
                label: "Access token, if the server wants one",
                sort: "password",
                hint: "In ntfy’s web app: Account, Access tokens.",
                ..ENTRY
            },
        ],
    },
    Guide {
        kind: Kind::Email,
        when: "A message in your inbox, for all who read mail anyway.",
        steps: "Mail may take some minutes, so it suits mornings better than moments.",
        fields: &[Entry {
            name: "address",
            label: "Mail address",
            sort: "email",
            example: "name@example.org",
            ..ENTRY
        }],
    },
    Guide {
        kind: Kind::Telegram,
        when: "A bot of your own writes to you, a group or a channel.",
        steps: "In Telegram, write /newbot to @BotFather and follow it. Then write anything to \
                your new bot: before that it may not write to you.",
        fields: &[
            Entry {
                name: "bot_token",
                label: "Bot token",
                sort: "password",
                example: "123456789:AAE…",
                hint: "The line with a colon in BotFather’s answer.",
                ..ENTRY
            },
            Entry {
                name: "chat_id",
                label: "Chat",
                example: "123456789",
                hint: "Open https://api.telegram.org/bot…/getUpdates with your token in place of the \
                       dots: it is the number after “chat” and “id”. Or a channel’s name with its @.",
                ..ENTRY
            },
        ],
    },
    Guide {
        kind: Kind::Discord,
        when: "A channel on a server that you manage.",
        steps: "In Discord, open the channel’s settings, then Integrations, Webhooks, New Webhook, \
                and copy its URL.",
        fields: &[Entry {
            name: "url",
            label: "Webhook URL",
            sort: "url",
            example: "https://discord.com/api/webhooks/…",
            hint: "Who knows it can write to the channel, so it is not shown again.",
            ..ENTRY
        }],
    },
    Guide {
        kind: Kind::Slack,
        when: "A channel of your workspace; Mattermost and Rocket.Chat take the same.",
        steps: "At api.slack.com/apps, make an app for your workspace, switch on Incoming \
                Webhooks, add one to the channel, and copy its URL.",
        fields: &[Entry {
            name: "url",
            label: "Webhook URL",
            sort: "url",
            example: "https://hooks.slack.com/services/…",
            hint: "Who knows it can write to the channel, so it is not shown again.",
            ..ENTRY
        }],
    },
    Guide {
        kind: Kind::Matrix,
        when: "A room on any Matrix server, in Element or another app.",
        steps: "Best with an account for Toaster alone: invite it to the room, and accept there. \
                Its messages are not end-to-end encrypted, so choose a room without that.",
        fields: &[
            Entry {
                label: "Home server",
                example: "https://matrix.org",
                hint: "That of the account that writes.",
                ..SERVER
            },
            Entry {
                name: "room",
                label: "Room id",
                example: "!abc…:matrix.org",
                hint: "In Element: room settings, Advanced, Internal room ID. It starts with !.",
                ..ENTRY
            },
            Entry {
                name: "token",
                label: "Access token",
                sort: "password",
                hint: "In Element, signed in as that account: All settings, Help & About.",
                ..ENTRY
            },
        ],
    },
    Guide {
        kind: Kind::Gotify,
        when: "Your own Gotify server, with its app for Android.",
        steps: "On Gotify’s web page, open Apps, create an application and copy its token.",
        fields: &[
            SERVER,
            Entry {
                name: "token",
                label: "Application token",
                sort: "password",
                hint: "It starts with A. A client’s token, which starts with C, cannot send.",
                ..ENTRY
            },
        ],
    },
    Guide {
        kind: Kind::Apprise,
        when: "Your own Apprise API server, which passes on to a hundred other services.",
        steps: "On Apprise’s web page, save a configuration under a key that nobody would guess.",
        fields: &[
            SERVER,
            Entry {
                name: "key",
                label: "Configuration key",
                hint: "The last part of that configuration’s address.",
                ..ENTRY
            },
            Entry {
                name: "tag",
                label: "Tag, if not everything in it is meant",
                hint: "One destination for each tag is best: if one of several services fails, \
                       sending again would reach the others twice.",
                ..ENTRY
            },
        ],
    },
    Guide {
        kind: Kind::Webhook,
        when: "A program of yours, such as Home Assistant or n8n: signed JSON by POST.",
        steps: "Each reminder is posted there as JSON, signed by Standard Webhooks with a secret \
                that you see once, after this step.",
        fields: &[Entry {
            name: "url",
            label: "Address to post to",
            sort: "url",
            example: "https://",
            hint: "It may hold a key, so it is not shown again.",
            ..ENTRY
        }],
    },
];

/// The guide to a kind, if people add it by a form.
pub(super) fn guide(kind: Kind) -> Option<&'static Guide> {
    GUIDES.iter().find(|guide| guide.kind == kind)
}

/// What people call a kind.
pub(super) const fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::WebPush => "Browser",
        Kind::UnifiedPush => "UnifiedPush",
        Kind::Fcm => "App",
        Kind::Ntfy => "ntfy",
        Kind::Webhook => "Webhook",
        Kind::Email => "E-mail",
        Kind::Gotify => "Gotify",
        Kind::Telegram => "Telegram",
        Kind::Discord => "Discord",
        Kind::Slack => "Slack",
        Kind::Matrix => "Matrix",
        Kind::Apprise => "Apprise",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_ask_for_just_what_their_kinds_are_made_of() {
        for guide in &GUIDES {
            let asked: Vec<_> = guide.fields.iter().map(|entry| entry.name).collect();
            let made_of: Vec<_> = guide.kind.fields().iter().map(|field| field.name).collect();
            assert_eq!(asked, made_of, "{}", guide.kind.as_str());
            for entry in guide.fields {
                assert!(!entry.label.is_empty() && !entry.label.ends_with('.'), "{}", entry.label);
                assert!(entry.hint.is_empty() || entry.hint.ends_with('.'), "{}", entry.hint);
            }
        }
        let by_themselves = [Kind::WebPush, Kind::UnifiedPush, Kind::Fcm];
        for kind in Kind::ALL {
            assert_eq!(guide(kind).is_none(), by_themselves.contains(&kind), "{}", kind.as_str());
        }
    }
}
