//! Letters, and a mail server that behaves like one.

mod fake_smtp;

use super::*;
use crate::model::smtp::{Security, SmtpSettings};
use crate::net::Roots;
use crate::net::fake_ca::FakeCa;
use crate::transport::tests::{BASE, attempt_of, reminder};
use fake_smtp::{FakeSmtp, Secrecy};

const TO: &str = "mina@home.example";

fn settings(server: &FakeSmtp, security: Security) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".into(),
        port: server.address.port(),
        security,
        login: Some(("toaster".into(), "secret-password".into())),
        from: "Toaster <toaster@sender.example>".into(),
    }
}

fn mailer(server: &FakeSmtp) -> Mailer {
    Mailer::new(settings(server, Security::Plain), &Roots::default()).unwrap()
}

fn attempt(titles: &[&str]) -> Attempt {
    attempt_of(render(&reminder(titles), BASE))
}

/// The letter that a server gets, its header with one field a line.
fn sent(attempt: &Attempt) -> (String, String) {
    let server = FakeSmtp::new(Secrecy::Plain, Vec::new());
    let answer = send(Some(&mailer(&server)), attempt, TO);
    assert_eq!(answer, Answer::new(Outcome::Accepted, "accepted"));
    let letter = server.letters().remove(0);
    let (head, body) = letter.split_once("\r\n\r\n").unwrap();
    (head.replace("\r\n ", " "), body.to_owned())
}

/// Gives every answer of a mail server, and what it came to.
pub(crate) fn every_row() -> Vec<Answer> {
    let mut answers = Vec::new();
    let rows: &[(&str, &str, &str)] = &[
        ("hello", "220 fine", "accepted"),
        ("hello", "421 too busy", "retry"),
        ("hello", "554 no mail here", "config"),
        ("hello", "", "retry"),
        ("hello", "HTTP/1.1 400 Bad Request", "retry"),
        ("EHLO", "250\0-\r\n250 ok", "retry"),
        ("EHLO", "502 what", "config"),
        ("EHLO", "", "retry"),
        ("AUTH", "454 not now", "retry"),
        ("AUTH", "535 5.7.8 wrong", "config"),
        ("AUTH", "504 not that way", "config"),
        ("AUTH", "", "retry"),
        ("EHLO", "250 mail.example", "config"),
        ("MAIL", "421 closing", "retry"),
        ("MAIL", "451 later", "retry"),
        ("MAIL", "530 sign in first", "config"),
        ("MAIL", "550 not from you", "rejected"),
        ("MAIL", "", "retry"),
        ("RCPT", "450 greylisted", "retry"),
        ("RCPT", "550 5.1.1 no such user", "strike"),
        ("RCPT", "551 moved", "strike"),
        ("RCPT", "553 not a name", "strike"),
        ("RCPT", "554 no", "rejected"),
        ("RCPT", "", "retry"),
        ("DATA", "451 later", "retry"),
        ("DATA", "554 no", "rejected"),
        ("DATA", "", "retry"),
        (".", "250 2.0.0 queued", "accepted"),
        (".", "421 closing", "retry"),
        (".", "452 disk full", "retry"),
        (".", "552 too large", "rejected"),
        (".", "554 looks like spam", "rejected"),
        (".", "what", "in_doubt"),
        (".", "", "in_doubt"),
    ];
    for (word, said, expected) in rows {
        let server = FakeSmtp::new(Secrecy::Plain, vec![(word, said)]);
        let answer = send(Some(&mailer(&server)), &attempt(&["A"]), TO);
        assert_eq!(answer.outcome.as_str(), *expected, "{word} {said:?} {answer:?}");
        let code = said.get(..3).filter(|code| code.parse::<u16>().is_ok());
        if let (Some(code), true) = (code, answer.outcome != Outcome::Accepted) {
            let has_code = answer.detail.ends_with(&format!("(SMTP {code})"));
            assert!(has_code || *word == "EHLO" || *word == "hello", "{}", answer.detail);
        }
        answers.push(answer);
    }
    answers
}

#[test]
fn each_answer_of_a_mail_server_has_its_outcome() {
    for answer in every_row() {
        for secret in ["mina", "home.example", "secret"] {
            assert!(!answer.detail.contains(secret), "{}", answer.detail);
        }
    }
}

#[test]
fn what_is_not_set_up_is_said() {
    let nowhere = {
        let server = FakeSmtp::new(Secrecy::Plain, Vec::new());
        mailer(&server)
    };
    let attempt = attempt(&["A"]);
    assert_eq!(send(Some(&nowhere), &attempt, TO).outcome, Outcome::RETRY);
    assert_eq!(send(Some(&nowhere), &attempt, "mina").outcome, Outcome::Config);
    assert_eq!(send(None, &attempt, TO).outcome, Outcome::Config);
    let broken = Attempt { body: b"{}".to_vec(), ..attempt };
    assert_eq!(send(Some(&nowhere), &broken, TO).outcome, Outcome::Rejected);
    let server = FakeSmtp::new(Secrecy::Plain, Vec::new());
    let nobody = SmtpSettings { from: "toaster".into(), ..settings(&server, Security::Plain) };
    let error = Mailer::new(nobody, &Roots::default()).err().unwrap().to_string();
    assert!(error.starts_with("push.smtp_from: is no address"), "{error}");
    let shown = format!("{:?}", settings(&server, Security::Tls));
    assert!(!shown.contains("secret-password"), "{shown}");
}

#[test]
fn a_connection_is_secret_before_anything_of_ours_is_said() {
    let with = |security, secrecy: fn(FakeCa) -> Secrecy, is_known: bool| {
        let ca = FakeCa::new();
        let roots =
            if is_known { Roots::parse(ca.pem().as_bytes()).unwrap() } else { Roots::default() };
        let server = FakeSmtp::new(secrecy(ca), Vec::new());
        let mailer = Mailer::new(settings(&server, security), &roots).unwrap();
        let answer = send(Some(&mailer), &attempt(&["A"]), TO);
        drop(mailer);
        let said = server.heard().join("\n");
        (answer.outcome, said.contains("AUTH"))
    };
    let tls = |ca| Secrecy::Tls("127.0.0.1", ca);
    let start_tls = |ca| Secrecy::StartTls("127.0.0.1", ca);
    let good = (Outcome::Accepted, true);
    let refused = (Outcome::Config, false);
    assert_eq!(with(Security::Tls, tls, true), good);
    assert_eq!(with(Security::StartTls, start_tls, true), good);
    assert_eq!(with(Security::Tls, tls, false), refused, "nobody we know");
    assert_eq!(with(Security::StartTls, start_tls, false), refused, "nobody we know");
    assert_eq!(with(Security::Tls, |ca| Secrecy::Tls("10.0.0.1", ca), true), refused);
    assert_eq!(with(Security::StartTls, |_| Secrecy::Plain, true), refused, "no STARTTLS");
    assert_eq!(with(Security::Tls, |_| Secrecy::Plain, true), refused, "no TLS");
}

#[test]
fn a_connection_is_used_again_for_a_while() {
    let server = FakeSmtp::new(Secrecy::Plain, Vec::new());
    let mailer = mailer(&server);
    let first = attempt(&["A"]);
    let at = |s| Attempt { started_at: first.started_at + Duration::from_secs(s), ..first.clone() };
    let connections = || server.heard().iter().filter(|line| *line == "hello").count();
    for (after_s, expected) in [(0, 1), (10, 1), (39, 1)] {
        assert_eq!(send(Some(&mailer), &at(after_s), TO).outcome, Outcome::Accepted);
        assert_eq!(connections(), expected, "after {after_s} s");
    }
    assert_eq!(send(Some(&mailer), &at(90), TO).outcome, Outcome::Accepted);
    assert_eq!((connections(), server.letters().len()), (2, 4));
}

#[test]
fn push_threads_share_a_mailer() {
    fn shared<T: Send + Sync>() {}
    shared::<Mailer>();
}

#[test]
fn one_that_the_server_has_ended_is_made_anew() {
    let server = FakeSmtp::new(Secrecy::Plain, vec![("NOOP", "")]);
    let mailer = mailer(&server);
    for _ in 0..2 {
        assert_eq!(send(Some(&mailer), &attempt(&["A"]), TO).outcome, Outcome::Accepted);
    }
    assert_eq!(server.heard().iter().filter(|line| *line == "hello").count(), 2);
}

#[test]
fn a_letter_bears_the_headers_of_a_machine_s_mail() {
    let (head, _) = sent(&attempt(&["A"]));
    for line in [
        "From: Toaster <toaster@sender.example>",
        "To: mina@home.example",
        "Subject: Evening: 7 links waiting",
        "Date: Sun, 08 Mar 2026 21:30:00 +0000",
        "Message-ID: <msg_7Qx@toaster.example>",
        "Auto-Submitted: auto-generated",
        "List-Unsubscribe: <https://toaster.example/act/9.stop.signed>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "MIME-Version: 1.0",
        "Content-Type: multipart/alternative; boundary=\"=msg_7Qx\"",
    ] {
        assert!(head.lines().any(|found| found == line), "{line} in\n{head}");
    }
    let plain = attempt_of(render(&reminder(&["A"]), "http://toaster.example"));
    let (head, _) = sent(&plain);
    assert!(head.contains("List-Unsubscribe: <http://"), "{head}");
    assert!(!head.contains("List-Unsubscribe-Post"), "nobody posts without TLS");
    let (head, body) = sent(&attempt_of(render(&reminder(&["A"]), "http://127.0.0.1:8080")));
    assert!(head.contains("Message-ID: <msg_7Qx@toaster.invalid>"));
    assert!(!head.contains("List-") && !body.contains("127.0.0.1"));
}

#[test]
fn a_repeat_is_the_same_letter() {
    let first = attempt(&["제목", "A"]);
    let later = first.started_at + Duration::from_hours(1);
    let repeat = Attempt { started_at: later, is_repeat: true, ..first.clone() };
    assert_eq!(sent(&first), sent(&repeat));
}

#[test]
fn nothing_in_a_message_ends_a_header_or_the_letter() {
    let mut message = reminder(&["A"]);
    message.title = "Hi\r\nBcc: victim@mail.example\r\n\r\n<b>".into();
    message.rest = format!("one\r\n.\r\nMAIL FROM:<x@y>\r\n.dot\n{}", "x".repeat(3000));
    message.stop_path = Some("/act/x>\r\nBcc: victim@mail.example".into());
    let server = FakeSmtp::new(Secrecy::Plain, Vec::new());
    assert_eq!(
        send(Some(&mailer(&server)), &attempt_of(render(&message, BASE)), TO).outcome,
        Outcome::Accepted
    );
    assert_eq!(server.letters().len(), 1);
    let letter = server.letters().remove(0);
    let (head, _) = letter.split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("\nBcc"), "{head}");
    assert!(head.contains("Subject: Hi  Bcc: victim@mail.example    <b>"), "{head}");
    assert!(letter.lines().all(|line| line.len() <= 998), "no line is too long");
    assert_eq!(server.heard().iter().filter(|line| line.starts_with("MAIL")).count(), 1);
}

#[test]
fn titles_mean_nothing_in_html() {
    let letter = render(&reminder(&["<script>alert(1)</script> & \"'"]), BASE);
    let letter: Letter = serde_json::from_slice(&letter).unwrap();
    assert!(letter.text.contains("• <script>alert(1)</script> & \"'\n  https://site.example/1"));
    assert!(letter.html.contains(">&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;'</a>"));
    assert!(!letter.html.contains("<script"), "{}", letter.html);
    assert!(letter.html.contains("<a href=\"https://toaster.example/act/9.done.signed\">Done</a>"));
    assert!(letter.html.contains("9.stop.signed\">Stop these messages</a>"));
    assert!(letter.text.contains("-- \nStop these messages:\nhttps://toaster.example/act/9.stop"));
    let many = "🍞\u{200b}&".repeat(500);
    assert!(
        render(&reminder(&[many.as_str(); 50]), BASE).len()
            < crate::model::delivery::BODY_BYTES_MAX
    );
}
