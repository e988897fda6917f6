//! Which transport an address is reached by.

use std::sync::Arc;

use super::email::Mailer;
use super::webpush::Vapid;
use super::{
    Transport, apprise, discord, email, fcm, gotify, matrix, ntfy, slack, telegram, webhook,
    webpush,
};
use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::destination::Address;
use crate::model::message::Message;
use crate::net::Client;

/// The bytes of a message for an address, to be kept and sent on every attempt.
/// `base_url` is where this server's own pages are, without a slash at the end.
pub fn render(address: &Address, message: &Message, base_url: &str) -> Vec<u8> {
    match address {
        Address::Ntfy { topic, .. } => ntfy::render(message, topic, base_url),
        Address::Email { .. } => email::render(message, base_url),
        Address::Telegram { .. } => telegram::render(message, base_url),
        Address::Gotify { .. } => gotify::render(message, base_url),
        Address::Matrix { .. } => matrix::render(message, base_url),
        Address::Discord { .. } => discord::render(message, base_url),
        Address::Slack { .. } => slack::render(message, base_url),
        Address::Apprise { .. } => apprise::render(message, base_url),
        Address::Webhook { .. } => webhook::render(message, base_url),
        Address::WebPush(_) | Address::UnifiedPush(_) => webpush::render(message, base_url),
        Address::Fcm { .. } => fcm::render(message, base_url),
    }
}

/// The push services of the real world.
#[derive(Clone)]
pub struct Services {
    /// Whose address rules hold for every destination that people name.
    pub client: Client,
    /// The Bot API that Telegram is reached by, without a slash at the end.
    pub telegram_url: String,
    /// The operator's mail server, if there is one.
    pub mailer: Option<Arc<Mailer>>,
    /// What this server is known by.
    pub credentials: Arc<Credentials>,
}

/// What this server is known by to push services.
pub struct Credentials {
    /// To those of Web Push.
    pub vapid: Vapid,
    /// To Firebase Cloud Messaging, where it is set up.
    pub fcm: Option<fcm::Project>,
}

impl Transport for Services {
    fn send(&self, attempt: &Attempt) -> Answer {
        let client = &self.client;
        match &attempt.address {
            Address::Ntfy { server, token, .. } => {
                ntfy::send(client, attempt, server, token.as_deref())
            }
            Address::Email { address } => email::send(self.mailer.as_deref(), attempt, address),
            Address::Telegram { bot_token, chat_id } => {
                telegram::send(client, attempt, &self.telegram_url, bot_token, chat_id)
            }
            Address::Gotify { server, token } => gotify::send(client, attempt, server, token),
            Address::Matrix { server, room, token } => {
                matrix::send(client, attempt, server, room, token)
            }
            Address::Discord { url } => discord::send(client, attempt, url),
            Address::Slack { url } => slack::send(client, attempt, url),
            Address::Apprise { server, key, tag } => {
                apprise::send(client, attempt, server, key, tag.as_deref())
            }
            Address::Webhook { url, .. } => {
                let secrets = attempt.address.signing_secrets(attempt.started_at);
                webhook::send(client, attempt, url, &secrets)
            }
            Address::WebPush(to) | Address::UnifiedPush(to) => {
                let keys = (&*to.p256dh, &*to.auth);
                let (vapid, made_with) = (&self.credentials.vapid, to.vapid_key.as_deref());
                webpush::send(client, attempt, vapid, &to.endpoint, keys, made_with)
            }
            Address::Fcm { token, is_fid } => match &self.credentials.fcm {
                Some(project) => fcm::send(client, attempt, project, token, *is_fid),
                None => {
                    let detail = "this server is not set up for Firebase any more";
                    Answer::new(Outcome::Config, detail)
                }
            },
        }
    }

    /// Only FCM has one that is not renewed where it is used.
    fn forget_credential(&self, _address: &Address) {
        if let Some(project) = &self.credentials.fcm {
            project.forget_token();
        }
    }
}
