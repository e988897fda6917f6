//! How an address stands in its column: JSON tagged by kind. Fields may be added to a kind; those
//! that older rows do not have are then optional.

use rusqlite::types::FromSqlError;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::model::destination::{Address, OldSecret, Subscription};
use crate::model::time::Timestamp;

#[derive(Serialize, Deserialize)]
#[serde(remote = "Address", tag = "kind", rename_all = "lowercase")]
enum AddressRow {
    #[serde(with = "SubscriptionRow")]
    WebPush(Subscription),
    #[serde(with = "SubscriptionRow")]
    UnifiedPush(Subscription),
    Fcm {
        token: String,
        is_fid: bool,
    },
    Ntfy {
        server: String,
        topic: String,
        token: Option<String>,
    },
    Webhook {
        url: String,
        secret: String,
        #[serde(default, with = "old_secret")]
        old_secret: Option<OldSecret>,
    },
    Email {
        address: String,
    },
    Gotify {
        server: String,
        token: String,
    },
    Telegram {
        bot_token: String,
        chat_id: String,
    },
    Discord {
        url: String,
    },
    Slack {
        url: String,
    },
    Matrix {
        server: String,
        room: String,
        token: String,
    },
    Apprise {
        server: String,
        key: String,
        tag: Option<String>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Subscription")]
struct SubscriptionRow {
    endpoint: String,
    p256dh: String,
    auth: String,
    vapid_key: Option<String>,
}

/// The secret and until when it signs, in milliseconds.
mod old_secret {
    use super::{Deserialize, Deserializer, OldSecret, Serialize, Serializer, Timestamp};

    pub(super) fn serialize<S: Serializer>(
        old: &Option<OldSecret>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        old.as_ref().map(|old| (&old.secret, old.valid_until.as_ms())).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<OldSecret>, D::Error> {
        let old = Option::<(String, i64)>::deserialize(from)?;
        Ok(old.map(|(secret, ms)| OldSecret { secret, valid_until: Timestamp::from_ms(ms) }))
    }
}

/// The text of the column.
pub(super) fn write(address: &Address) -> Result<String> {
    let mut text = Vec::new();
    AddressRow::serialize(address, &mut serde_json::Serializer::new(&mut text))
        .map_err(Error::internal)?;
    String::from_utf8(text).map_err(Error::internal)
}

/// The address in the column.
pub(super) fn read(text: &str) -> rusqlite::Result<Address> {
    let address = AddressRow::deserialize(&mut serde_json::Deserializer::from_str(text));
    Ok(address.map_err(FromSqlError::other)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::destination::{Given, Kind};

    #[test]
    fn every_kind_comes_back_as_it_was_stored() {
        let subscription = Subscription {
            endpoint: "https://push.example/a".into(),
            p256dh: "BAAA".into(),
            auth: "AAAA".into(),
            vapid_key: Some("BBBB".into()),
        };
        let mut all = vec![
            Address::WebPush(subscription.clone()),
            Address::UnifiedPush(Subscription { vapid_key: None, ..subscription }),
        ];
        let bot = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11";
        let hook = "https://discord.com/api/webhooks/1/abcdefghijklmnopqrstuvwxyz";
        for (kind, fields) in [
            (Kind::Fcm, &[("fid", "abc")][..]),
            (Kind::Ntfy, &[("server", "https://n.example"), ("topic", "a"), ("token", "t")]),
            (Kind::Webhook, &[("url", "https://h.example")]),
            (Kind::Email, &[("address", "mina@example.org")]),
            (Kind::Gotify, &[("server", "https://g.example"), ("token", "t")]),
            (Kind::Telegram, &[("bot_token", bot), ("chat_id", "1")]),
            (Kind::Discord, &[("url", hook)]),
            (Kind::Slack, &[("url", "https://chat.example/hooks/a")]),
            (Kind::Matrix, &[("server", "https://m.example"), ("room", "!a"), ("token", "t")]),
            (Kind::Apprise, &[("server", "https://a.example"), ("key", "k"), ("tag", "t")]),
        ] {
            let given = fields.iter().copied().collect::<Given>();
            all.push(Address::parse(kind, &given, "whsec_a".into()).unwrap());
        }
        let hook = all.iter().find(|address| address.kind() == Kind::Webhook).unwrap();
        all.push(hook.rotated("whsec_b".into(), Timestamp::from_ms(7)).unwrap());
        for address in &all {
            let text = write(address).unwrap();
            assert!(text.contains(&format!("\"kind\":\"{}\"", address.kind().as_str())), "{text}");
            assert!(read(&text).unwrap() == *address, "{text}");
        }
        assert!(Kind::ALL.iter().all(|kind| all.iter().any(|found| found.kind() == *kind)));
    }

    #[test]
    fn rows_of_the_first_versions_are_read() {
        let hook = r#"{"kind":"webhook","url":"https://h.example/","secret":"whsec_a"}"#;
        let expected = Address::webhook("https://h.example/", "whsec_a".into()).unwrap();
        assert!(read(hook).unwrap() == expected);
        let ntfy = r#"{"kind":"ntfy","server":"https://n.example/","topic":"a","token":null}"#;
        assert!(read(ntfy).unwrap() == Address::ntfy("https://n.example/", "a", "").unwrap());
        assert!(read(r#"{"kind":"pigeon"}"#).is_err());
    }
}
