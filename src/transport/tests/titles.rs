//! Titles are written by others: what each service is sent for the worst of them.

use super::*;

const NASTY: [&str; 8] = [
    "@everyone and @here",
    "<!channel> <@U1> <#C1|x>",
    "<script>alert(1)</script> & \"'",
    "*_~|>`[x](https://evil.example)\\",
    "one\r\nBcc: victim@mail.example",
    "safe\u{202e}gpj.exe",
    "\u{202e}\n",
    "a\u{200b}b\u{2028}c\0d",
];

/// What a service is sent as the line of a title.
fn line(name: &str, title: &str) -> String {
    let message = reminder(&[title]);
    let letter = || serde_json::from_slice(&email::render(&message, "http://localhost")).unwrap();
    let body = match name {
        "mail" | "mail as HTML" => letter(),
        _ => sent(name, &message, "http://localhost"),
    };
    let text = match name {
        "ntfy" | "gotify" => &body["message"],
        "webhook" => &body["data"]["text"],
        "telegram" => &body["text"],
        "discord" => &body["embeds"][0]["description"],
        "slack" => &body["blocks"][1]["text"]["text"],
        "matrix" => &body["formatted_body"],
        "mail" => &body["text"],
        "mail as HTML" => &body["html"],
        _ => &body["body"],
    };
    let text = text.as_str().unwrap().replace("<br>", "\n");
    let found = text.lines().find(|line| line.contains('•')).unwrap().trim_end().to_owned();
    let found = found.trim_start_matches("• ").to_owned();
    // Where titles are links, those lead to the bookmark's own address.
    let (start, end) = match name {
        "telegram" | "matrix" | "mail as HTML" => ("\">", "</a>"),
        "slack" => ("%7C\"3\"|", ">"),
        "gotify" | "discord" => ("[", "](<https://site.example/1?a=1&b=(2)|\"3\">)"),
        _ => return found,
    };
    let (_, rest) = found.split_once(start).unwrap();
    rest.strip_suffix(end).unwrap().to_owned()
}

#[track_caller]
fn check(names: &[&str], expected: [&str; 8]) {
    for name in names {
        for (title, expected) in NASTY.iter().zip(expected) {
            assert_eq!(line(name, title), expected, "{name}");
        }
    }
}

#[test]
fn where_all_text_is_plain_it_is_sent_as_it_is_in_one_line() {
    check(
        &["ntfy", "webhook", "mail"],
        [
            "@everyone and @here",
            "<!channel> <@U1> <#C1|x>",
            "<script>alert(1)</script> & \"'",
            "*_~|>`[x](https://evil.example)\\",
            "one Bcc: victim@mail.example",
            "safegpj.exe",
            "https://site.example/1?a=1&b=(2)|\"3\"",
            "a\u{200b}b c d",
        ],
    );
}

#[test]
fn where_nobody_knows_who_reads_it_nobody_is_called() {
    check(
        &["apprise"],
        [
            "@\u{200b}everyone and @\u{200b}here",
            "<!channel> <@\u{200b}U1> <#C1|x>",
            "<script>alert(1)</script> & \"'",
            "*_~|>`[x](https://evil.example)\\",
            "one Bcc: victim@\u{200b}mail.example",
            "safegpj.exe",
            "https://site.example/1?a=1&b=(2)|\"3\"",
            "a\u{200b}b c d",
        ],
    );
}

#[test]
fn html_means_nothing() {
    check(
        &["telegram", "matrix", "mail as HTML"],
        [
            "@everyone and @here",
            "&lt;!channel&gt; &lt;@U1&gt; &lt;#C1|x&gt;",
            "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;'",
            "*_~|&gt;`[x](https://evil.example)\\",
            "one Bcc: victim@mail.example",
            "safegpj.exe",
            "https://site.example/1?a=1&amp;b=(2)|&quot;3&quot;",
            "a\u{200b}b c d",
        ],
    );
}

#[test]
fn markdown_means_nothing() {
    check(
        &["gotify", "discord"],
        [
            "\\@everyone and \\@here",
            "\\<\\!channel\\> \\<\\@U1\\> \\<\\#C1\\|x\\>",
            "\\<script\\>alert\\(1\\)\\</script\\> \\& \"'",
            "\\*\\_\\~\\|\\>\\`\\[x\\]\\(https://evil.example\\)\\\\",
            "one Bcc: victim\\@mail.example",
            "safegpj.exe",
            "https://site.example/1?a=1\\&b=\\(2\\)\\|\"3\"",
            "a\u{200b}b c d",
        ],
    );
}

#[test]
fn slack_s_marks_mean_nothing() {
    check(
        &["slack"],
        [
            "@everyone and @here",
            "&lt;!channel&gt; &lt;@U1&gt; &lt;#C1|x&gt;",
            "&lt;script&gt;alert(1)&lt;/script&gt; &amp; \"'",
            "*_~|&gt;`[x](https://evil.example)\\",
            "one Bcc: victim@mail.example",
            "safegpj.exe",
            "https://site.example/1?a=1&amp;b=(2)|\"3\"",
            "a\u{200b}b c d",
        ],
    );
}

#[test]
fn five_hundred_emoji_are_cut_between_them() {
    let emoji = "🍞".repeat(500);
    let expected = format!("{}…", "🍞".repeat(99));
    for service in &SERVICES {
        assert_eq!(line(service.name, &emoji), expected, "{}", service.name);
    }
}

#[test]
fn an_address_cannot_leave_its_place() {
    let mut message = reminder(&["A"]);
    for (url, telegram, discord, slack) in [
        (
            "https://x.example/\"><b>)>|<!channel>",
            "<a href=\"https://x.example/&quot;&gt;&lt;b&gt;)&gt;|&lt;!channel&gt;\">A</a>",
            "[A](<https://x.example/\"%3E%3Cb%3E)%3E|%3C!channel%3E>)",
            "<https://x.example/\"&gt;&lt;b&gt;)&gt;%7C&lt;!channel&gt;|A>",
        ),
        ("javascript:alert(1)", "• A", "• A", "• A"),
    ] {
        message.links[0].url = url.into();
        let sent = |name| sent(name, &message, "http://localhost").to_string();
        for (name, expected) in [("telegram", telegram), ("discord", discord), ("slack", slack)] {
            let quoted = serde_json::to_string(expected).unwrap();
            assert!(sent(name).contains(quoted.trim_matches('"')), "{name} {}", sent(name));
        }
    }
}
