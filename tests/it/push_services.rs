//! Web Push and FCM over real sockets, to services on this machine, and what others' libraries
//! read from what arrives there.

use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use toaster::model::act::Act;
use toaster::model::address::AddressList;
use toaster::model::delivery::{Answer, Attempt, Outcome, Strike};
use toaster::model::destination::Address;
use toaster::model::id::{DeliveryId, ScopeId};
use toaster::model::language::Language;
use toaster::model::message::{Button, Message};
use toaster::model::time::Timestamp;
use toaster::net::{Client, ClientConfig, Roots};
use toaster::secret;
use toaster::transport::webpush::Vapid;
use toaster::transport::{fcm, webpush};

use crate::interop;
use crate::server::{Got, Home, StandIn, answer};

/// The browser of RFC 8291.
const PRIVATE_KEY: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
const P256DH: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
const BASE: &str = "https://toast.example";

fn client() -> Client {
    Client::new(&ClientConfig {
        allow: AddressList::parse(&["127.0.0.1"]).unwrap(),
        deny: AddressList::none(),
        ports: vec![443],
        user_agent: "test".into(),
        idle_per_host: 1,
        roots: Roots::default(),
    })
}

fn message() -> Message {
    let button =
        |act: Act| Button { act, label: "나중에", path: format!("/act/7.{}", act.as_str()) };
    Message {
        event: "reminder.fired",
        text: "• 식빵 🍞".into(),
        waiting: 3,
        open_path: "/due/7".into(),
        buttons: Act::BUTTONS.map(button).into(),
        tag: "r42".into(),
        ..Message::of_test(Timestamp::default(), Language::Korean)
    }
}

fn attempt(body: Vec<u8>) -> Attempt {
    Attempt {
        is_repeat: false,
        delivery_id: DeliveryId(7),
        key: "msg_7".into(),
        scope_id: ScopeId(1),
        address: Address::webhook("https://unused.example/", String::new()).unwrap(),
        body,
        // What checks our tokens goes by the time that it is.
        started_at: toaster::clock::SystemClock::shared().now(),
        ttl: Duration::from_hours(24),
    }
}

/// A service that answers with these statuses and bodies in turn, then by 201.
fn service<const N: usize>(answers: [(u16, &'static str); N]) -> StandIn {
    let answers = Mutex::new(answers.into_iter());
    StandIn::new(move |_, stream| {
        let (status, body) = answers.lock().unwrap().next().unwrap_or((201, ""));
        answer(stream, status, "application/json", body.as_bytes());
    })
}

fn vapid() -> Vapid {
    Vapid::new(&secret::new_vapid_key().unwrap(), Some("mailto:mina@toast.example")).unwrap()
}

fn push(service: &StandIn, vapid: &Vapid) -> Answer {
    let endpoint = format!("http://{}/push/abc", service.address);
    let one = attempt(webpush::render(&message(), BASE));
    webpush::send(&client(), &one, vapid, &endpoint, (P256DH, AUTH), Some(vapid.public_key()))
}

/// That many requests arrived, and no more.
fn count(service: &StandIn, expected: usize) {
    for _ in 0..expected {
        service.next();
    }
    assert!(service.got.is_empty());
}

/// What the browser reads, if there is a library to ask.
fn read(got: &Got) -> Option<Value> {
    let body = URL_SAFE_NO_PAD.encode(&got.body);
    interop::check("web_push", &json!({ "private_key": PRIVATE_KEY, "auth": AUTH, "body": body }))
}

#[test]
fn a_browser_and_its_service_understand_a_push() {
    let (service, vapid) = (service([]), vapid());
    assert_eq!(push(&service, &vapid).outcome, Outcome::Accepted);
    let got = service.next();
    let header = |name| got.header(name);
    assert_eq!((got.path.as_str(), header("ttl")), ("/push/abc", "86400"));
    assert_eq!((header("urgency"), header("topic")), ("high", "r42"));
    assert_eq!(header("content-encoding"), "aes128gcm");
    assert_eq!(header("content-type"), "application/octet-stream");
    assert_eq!(got.body.len(), 1_353);
    let Some(payload) = read(&got) else { return };
    let shown = &payload["notification"];
    assert_eq!((&payload["web_push"], &shown["body"]), (&json!(8030), &json!("• 식빵 🍞")));
    assert_eq!(shown["data"]["delivery"], "msg_7");
    let sent = json!({ "authorization": header("authorization") });
    let known = interop::check("vapid", &sent).unwrap();
    assert_eq!(known["header"], json!({ "typ": "JWT", "alg": "ES256" }));
    assert_eq!(known["claims"]["aud"], format!("http://{}", service.address));
    assert_eq!(known["claims"]["sub"], "mailto:mina@toast.example");
}

#[test]
fn a_refused_signature_is_made_anew_once_and_then_counts_against_the_browser() {
    let vapid = vapid();
    let first = service([(403, "BadJwtToken")]);
    assert_eq!(push(&first, &vapid).outcome, Outcome::Accepted);
    let (one, two) = (first.next(), first.next());
    assert_ne!(one.header("authorization"), two.header("authorization"));
    let refused = service([(401, ""), (400, "UnauthorizedRegistration")]);
    let day = Duration::from_hours(24);
    let strike = Outcome::Strike(Strike { gone_after: 3, over: day, pauses: true });
    assert_eq!(push(&refused, &vapid).outcome, strike);
    count(&refused, 2);
}

#[test]
fn what_is_too_long_for_a_service_is_sent_again_with_its_title_alone() {
    let vapid = vapid();
    let short = service([(413, "")]);
    assert_eq!(push(&short, &vapid).outcome, Outcome::Accepted);
    let (whole, title) = (short.next(), short.next());
    if let Some(whole) = read(&whole) {
        assert!(whole["notification"]["actions"].is_array());
        let shown = read(&title).unwrap()["notification"].clone();
        assert_eq!((shown.get("body"), shown.get("actions")), (None, None));
        assert_eq!(shown["navigate"], "https://toast.example/due/7");
    }
    let never = service([(413, ""), (413, "")]);
    assert_eq!(push(&never, &vapid).outcome, Outcome::Rejected);
    count(&never, 2);
}

#[test]
fn nothing_is_sent_under_another_key_or_to_damaged_ones() {
    let (service, vapid) = (service([]), vapid());
    let one = attempt(webpush::render(&message(), BASE));
    let endpoint = format!("http://{}/", service.address);
    let send = |keys, made_with: &str| {
        webpush::send(&client(), &one, &vapid, &endpoint, keys, Some(made_with)).outcome
    };
    let ours = vapid.public_key();
    assert_eq!(send((P256DH, AUTH), P256DH), Outcome::Config);
    assert_eq!(send((AUTH, AUTH), ours), Outcome::Config);
    assert_eq!(send(("", ""), ours), Outcome::Config);
    count(&service, 0);
    assert_eq!(send((P256DH, &format!("{AUTH}==")), ours), Outcome::Accepted);
}

const TOKEN: &str = r#"{"access_token":"ya29.one","expires_in":3599,"token_type":"Bearer"}"#;

fn account(token_uri: &str) -> Value {
    let mut file: Value =
        serde_json::from_str(include_str!("../data/service_account.json")).unwrap();
    file["token_uri"] = token_uri.into();
    file
}

fn project(sign_in: &StandIn, service: &StandIn) -> (fcm::Project, Value) {
    let file = account(&format!("http://{}/token", sign_in.address));
    let account = fcm::Account::parse(file.to_string().as_bytes()).unwrap();
    (fcm::Project::new(account, &format!("http://{}/", service.address)), file)
}

fn send(project: &fcm::Project) -> Answer {
    let one = attempt(fcm::render(&message(), BASE));
    fcm::send(&client(), &one, project, "device", false)
}

#[test]
fn google_gives_a_token_for_our_signature_and_firebase_takes_the_push() {
    let (sign_in, service) = (service([(200, TOKEN)]), service([(200, "{}"), (200, "{}")]));
    let (project, file) = project(&sign_in, &service);
    assert_eq!(send(&project).outcome, Outcome::Accepted);
    assert_eq!(send(&project).outcome, Outcome::Accepted);
    let got = service.next();
    assert_eq!(got.path, "/v1/projects/toaster-test/messages:send");
    assert_eq!(got.header("authorization"), "Bearer ya29.one");
    assert_eq!(got.header("content-type"), "application/json");
    assert_eq!(got.json()["message"]["token"], "device");
    let form = sign_in.next().body;
    assert!(sign_in.got.is_empty(), "one token is enough");
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&form).into_owned().collect();
    assert_eq!(form[0].1, "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let sent = json!({ "account": file, "assertion": form[1].1 });
    let Some(read) = interop::check("google", &sent) else { return };
    assert_eq!(read["header"], read["expected_header"]);
    for name in ["iss", "scope"] {
        assert_eq!(read["claims"][name], read["expected_claims"][name], "{name}");
    }
    assert_eq!(read["claims"]["scope"], "https://www.googleapis.com/auth/firebase.messaging");
    let number = |name: &str| read["claims"][name].as_i64().unwrap();
    assert_eq!(number("exp") - number("iat"), 3600);
}

#[test]
fn a_refused_access_token_is_asked_for_anew() {
    let refused = r#"{"error":{"status":"UNAUTHENTICATED"}}"#;
    let (sign_in, service) =
        (service([(200, TOKEN), (200, TOKEN)]), service([(401, refused), (200, "{}")]));
    let (project, _) = project(&sign_in, &service);
    assert_eq!(send(&project).outcome, Outcome::Reauth);
    project.forget_token();
    assert_eq!(send(&project).outcome, Outcome::Accepted);
    count(&sign_in, 2);
}

#[test]
fn a_token_of_another_project_is_alone_once_others_work() {
    let other = r#"{"error":{"details":[{"errorCode":"SENDER_ID_MISMATCH"}]}}"#;
    let (sign_in, service) =
        (service([(200, TOKEN)]), service([(403, other), (200, "{}"), (403, other)]));
    let (project, _) = project(&sign_in, &service);
    let names = [(); 3].map(|()| send(&project).outcome.as_str());
    assert_eq!(names, ["config", "accepted", "strike"]);
}

#[test]
fn without_a_sign_in_nothing_is_pushed() {
    let (sign_in, service) = (service([(503, ""), (400, "{}")]), service([]));
    let (project, _) = project(&sign_in, &service);
    assert_eq!([(); 2].map(|()| send(&project).outcome.as_str()), ["retry", "config"]);
    count(&service, 0);
}

#[test]
fn the_key_that_browsers_subscribe_with_is_made_once_and_kept() {
    let home = Home::new();
    let token = home.add_user("mina");
    let key = || {
        let server = home.serve();
        let (status, reply) = server.client(&token).get("/api/v1/push/key");
        assert_eq!((status, server.client("").get("/api/v1/push/key").0), (200, 401));
        reply["key"].as_str().unwrap().to_owned()
    };
    let first = key();
    assert_eq!(URL_SAFE_NO_PAD.decode(&first).unwrap().len(), 65);
    assert_eq!(key(), first, "a browser stays subscribed through a restart");
}
