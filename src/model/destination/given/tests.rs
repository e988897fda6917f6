use super::*;

/// The public key and the secret of RFC 8291, section 5.
const POINT: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
const BOT: &str = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11";
const HOOK: &str = "https://discord.com/api/webhooks/1234567890/abcdefghijklmnopqrstuvwxyz";

/// Fields as `name=value name=value`; `␣` is a space within a value.
fn given(fields: &str) -> Given {
    let pair = |field: &str| {
        let (name, value) = field.split_once('=').unwrap();
        (name.to_owned(), value.replace('␣', " "))
    };
    fields.split(' ').filter(|field| !field.is_empty()).map(pair).collect()
}

fn parse(kind: &str, fields: &str) -> Result<Address> {
    Address::parse(Kind::parse(kind)?, &given(fields), "whsec_x".into())
}

#[test]
fn good_fields_make_an_address_with_a_line_and_a_face_of_its_own() {
    let check = |kind: &str, fields: &str, scope: &str, shown: &str| {
        let address = parse(kind, fields).unwrap();
        assert_eq!((address.scope().as_str(), address.shown().as_str()), (scope, shown));
        assert_eq!(format!("{address:?}"), kind, "nothing else is printed");
        let again = Address::parse(address.kind(), &address.given(), "whsec_x".into()).unwrap();
        assert!(again == address, "{kind}: its fields make the same address again");
        assert!(address.changed(&Given::default()).unwrap() == address, "{kind}");
    };
    let keys = format!("keys.p256dh={POINT} keys.auth={AUTH}");
    check(
        "webpush",
        &format!("endpoint=https://push.example:8443/v2/secret-part {keys}"),
        "webpush https://push.example:8443",
        "https://push.example:8443/…t-part",
    );
    check(
        "unifiedpush",
        &format!("endpoint=https://up.example/abcdefgh {keys} vapid_key={POINT}"),
        "webpush https://up.example",
        "https://up.example/…cdefgh",
    );
    check("fcm", "token=abcdef:APA91bGHI-jkl_mno", "fcm", "Firebase …kl_mno");
    check("fcm", "fid=cDEfGhIjKlMnOpQrStUvWx", "fcm", "Firebase …StUvWx");
    check(
        "ntfy",
        "server=https://ntfy.example topic=my-links token=tk_a",
        "ntfy https://ntfy.example/",
        "https://ntfy.example/…inks",
    );
    check(
        "ntfy",
        "server=https://ntfy.example topic=mina token=",
        "ntfy https://ntfy.example/",
        "https://ntfy.example/…na",
    );
    check(
        "webhook",
        "url=https://hooks.example/T0/secret-path",
        "webhook https://hooks.example/T0/secret-path",
        "https://hooks.example/…t-path",
    );
    check("email", "address=mina.kim+toast@Example.ORG", "email", "m…@example.org");
    check("email", "address=a@한국.example", "email", "a…@xn--3e0b707e.example");
    check(
        "gotify",
        "server=https://home.example/gotify token=AbCdEf123456789",
        "gotify https://home.example/gotify/",
        "https://home.example",
    );
    check(
        "telegram",
        &format!("bot_token={BOT} chat_id=-1001234567890"),
        &format!("telegram {BOT}"),
        "Telegram chat …567890",
    );
    check(
        "telegram",
        &format!("bot_token={BOT} chat_id=@breadnews"),
        &format!("telegram {BOT}"),
        "Telegram chat …dnews",
    );
    check(
        "discord",
        &format!("url={HOOK}"),
        &format!("discord {HOOK}"),
        "https://discord.com/…uvwxyz",
    );
    check(
        "slack",
        "url=https://hooks.slack.com/services/T000/B000/abcdefghijkl",
        "slack https://hooks.slack.com/services/T000/B000/abcdefghijkl",
        "https://hooks.slack.com/…ghijkl",
    );
    check(
        "matrix",
        "server=https://matrix.example room=!opaqueid:matrix.example token=syt_abc",
        "matrix https://matrix.example/",
        "https://matrix.example/…queid",
    );
    check(
        "apprise",
        "server=http://apprise.example:8000/ key=my-config tag=phone,desk",
        "apprise http://apprise.example:8000/",
        "http://apprise.example:8000/…onfig",
    );
}

#[test]
fn bad_fields_are_refused_by_name() {
    let check = |kind: &str, fields: &str, expected: &str| {
        let error = parse(kind, fields).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{kind} {fields}: {error}");
    };
    check("pigeon", "", "kind: \"pigeon\" found, expected one of webpush, unifiedpush, fcm");
    let push = |endpoint: &str, point: &str, auth: &str| {
        format!("endpoint={endpoint} keys.p256dh={point} keys.auth={auth}")
    };
    let end = "https://push.example/a";
    check("webpush", "", "endpoint: missing, webpush needs it");
    check("webpush", &format!("endpoint={end}"), "keys.p256dh: missing");
    check("webpush", &push("nope", POINT, AUTH), "endpoint: not an address");
    check("webpush", &push(&format!("{end}{}", "a".repeat(1000)), POINT, AUTH), "endpoint: 1022");
    check("webpush", &push(end, &POINT[..86], AUTH), "keys.p256dh: expected 65 octets");
    check("webpush", &push(end, "QQ", AUTH), "keys.p256dh: expected 65 octets");
    // The same octets with another ending are no point; nor is a compressed one, nor zero.
    let off = POINT.replace("iw4", "iw8");
    check("webpush", &push(end, &off, AUTH), "keys.p256dh: not a point on the curve P-256");
    let odd = format!("Ag{}", &POINT[2..]);
    check("webpush", &push(end, &odd, AUTH), "keys.p256dh: not a point on the curve P-256");
    let zero = format!("BA{}", "A".repeat(85));
    check("webpush", &push(end, &zero, AUTH), "keys.p256dh: not a point on the curve P-256");
    check("webpush", &push(end, POINT, "QQ"), "keys.auth: expected 16 octets");
    check("webpush", &push(end, POINT, "a+b/"), "keys.auth: expected 16 octets");
    let keyed = format!("{} vapid_key=QQ", push(end, POINT, AUTH));
    check("unifiedpush", &keyed, "vapid_key: expected 65 octets");
    check("fcm", "", "token: missing, fcm needs it");
    check("fcm", "token=a fid=b", "fid: expected either token or fid");
    check("fcm", "token=a␣b", "token: expected 1 to 1000 letters");
    check("fcm", "fid=", "fid: expected 1 to 1000 letters");
    check("ntfy", "server= topic=a", "server: empty");
    check("ntfy", "server=https://n.example/?a=b topic=a", "server: has a query");
    check("ntfy", "server=https://n.example topic=a/b", "topic: expected 1 to 64 letters");
    check("ntfy", "server=https://n.example topic=a token=x\r\ny", "token: expected 1 to 200");
    check("ntfy", "server=https://n.example topic=a url=x", "url: ntfy does not take it, only");
    check("webhook", "url=ftp://example.com", "url: not a web address");
    check("webhook", "url=https://u:p@example.com", "url: holds a user name");
    check("webhook", "url=https://example.com secret=mine", "secret: webhook does not take it");
    check("email", "address=mina", "address: expected a mail address");
    check("email", "address=@example.org", "address: expected a mail address");
    check("email", "address=mina@", "address: expected a mail address");
    check("email", "address=mina@[127.0.0.1]", "address: expected a mail address");
    check("email", "address=a..b@example.org", "address: expected a mail address");
    check("email", "address=Mina␣<mina@example.org>", "address: expected a mail address");
    check("email", "address=mina@example.org\r\nBcc:b@c.de", "address: expected a mail address");
    check("gotify", "server=https://g.example token=a␣b", "token: expected 1 to 200");
    check("telegram", &format!("bot_token={BOT} chat_id=mina"), "chat_id: expected a number");
    check("telegram", &format!("bot_token={BOT} chat_id=@"), "chat_id: expected a number");
    check("telegram", "bot_token=123456 chat_id=1", "bot_token: expected a number, a colon");
    check("telegram", "bot_token=123456:a/../b chat_id=1", "bot_token: expected a number");
    check("discord", "url=https://discord.com/channels/1/2", "url: expected an address such as");
    check("discord", "url=https://discord.com/api/webhooks/x/y", "url: expected an address");
    check("slack", "url=https://app.slack.com/client/T0", "url: expected an address such as");
    check("slack", "url=https://chat.example/", "url: expected an address such as");
    let room = "server=https://m.example token=t room=";
    check("matrix", &format!("{room}#bread:m.example"), "room: expected a room's id");
    check("matrix", &format!("{room}!a/\nb"), "room: expected 1 to 255");
    check("apprise", "server=https://a.example key=a/b", "key: expected 1 to 128 letters");
    check("apprise", "server=https://a.example key=a tag=a;b", "tag: expected up to 100");
}

#[test]
fn keys_are_read_with_or_without_padding_and_kept_without() {
    let padded = format!("endpoint=https://p.example/a keys.p256dh={POINT}= keys.auth={AUTH}==");
    let Address::WebPush(kept) = parse("webpush", &padded).unwrap() else { panic!("its kind") };
    assert_eq!((kept.p256dh.as_str(), kept.auth.as_str()), (POINT, AUTH));
}

#[test]
fn a_change_keeps_what_is_not_given_but_takes_no_secret_to_another_server() {
    let check = |kind: &str, before: &str, change: &str, after: &str| {
        let found = parse(kind, before).unwrap().changed(&given(change));
        match after.strip_prefix("error ") {
            Some(expected) => {
                let error = found.unwrap_err().to_string();
                assert!(error.starts_with(expected), "{error}");
            }
            None => assert!(found.unwrap() == parse(kind, after).unwrap(), "{kind} {change}"),
        }
    };
    let ntfy = "server=https://n.example topic=a token=t";
    check("ntfy", ntfy, "topic=b", "server=https://n.example topic=b token=t");
    check("ntfy", ntfy, "token=", "server=https://n.example topic=a");
    check("ntfy", ntfy, "server=https://n.example/", ntfy);
    check("ntfy", ntfy, "server=https://o.example", "error topic: it was meant for another");
    check("ntfy", ntfy, "server=https://o.example topic=a", "server=https://o.example topic=a");
    check("ntfy", ntfy, "url=https://o.example", "error url: ntfy does not take it");
    let gotify = "server=https://g.example token=abcdef";
    check("gotify", gotify, "server=https://evil.example", "error token: it was meant");
    check("fcm", "token=abc", "fid=def", "fid=def");
    check(
        "webhook",
        "url=https://h.example/a",
        "url=https://h.example/b",
        "url=https://h.example/b",
    );
    let apprise = "server=https://a.example key=k tag=phone";
    check("apprise", apprise, "tag=", "server=https://a.example key=k");
}

#[test]
fn secrets_are_not_among_what_is_shown() {
    let address = parse("ntfy", "server=https://n.example topic=a token=t").unwrap();
    assert_eq!(address.shown_field("server").as_deref(), Some("https://n.example/"));
    assert_eq!(address.shown_field("token"), None);
    assert_eq!(address.shown_field("topic"), None);
}

#[test]
fn an_old_secret_signs_along_for_its_time() {
    let at = |s: i64| Timestamp::from_ms(s * 1000);
    let hook = parse("webhook", "url=https://h.example/").unwrap();
    assert_eq!(hook.signing_secrets(at(0)), ["whsec_x"]);
    let hook = hook.rotated("whsec_y".into(), at(100)).unwrap();
    assert_eq!(hook.signing_secrets(at(99)), ["whsec_y", "whsec_x"]);
    assert_eq!(hook.signing_secrets(at(100)), ["whsec_y"]);
    let moved = hook.changed(&given("url=https://h.example/b")).unwrap();
    assert_eq!(moved.signing_secrets(at(99)), ["whsec_y", "whsec_x"], "a change keeps both");
    let hook = hook.rotated("whsec_z".into(), at(200)).unwrap();
    assert_eq!(hook.signing_secrets(at(99)), ["whsec_z", "whsec_y"], "two at most");
    assert!(parse("fcm", "token=a").unwrap().rotated(String::new(), at(1)).is_err());
}
