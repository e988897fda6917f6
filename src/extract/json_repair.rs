//! Reads JSON as pages have it, which is not always as it should be.

use serde_json::{Deserializer, Value};

/// Larger ones describe a whole shop, not this page.
const BYTES_MAX: usize = 256 * 1024;
/// Some put several values into one script, one after the other.
const VALUES_MAX: usize = 16;

/// The values in the text of a script: strictly as they stand, else after the repair of
/// the faults that are common. What comes after them does not matter.
pub(super) fn values(script: &str) -> Vec<Value> {
    let json = bare(script);
    if json.len() > BYTES_MAX {
        return Vec::new();
    }
    let strict = parse(json);
    if strict.is_empty() { parse(&repair(json)) } else { strict }
}

/// What is left when the wrapping is off that hid scripts from the browsers of old.
fn bare(script: &str) -> &str {
    let mut json = script.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    for opening in ["<!--", "//<![CDATA[", "// <![CDATA[", "/*<![CDATA[*/", "<![CDATA[", "<!--"] {
        json = json.strip_prefix(opening).unwrap_or(json).trim_start();
    }
    json
}

/// As many values as there are before the first fault. Nesting deeper than 128 is refused
/// by the parser itself.
fn parse(json: &str) -> Vec<Value> {
    Deserializer::from_str(json).into_iter().map_while(Result::ok).take(VALUES_MAX).collect()
}

/// The text with line breaks and quotes in its strings escaped, without comments and
/// without commas that nothing follows.
fn repair(json: &str) -> String {
    let json = if json.contains('"') { json.into() } else { htmlize::unescape(json) };
    let mut repaired = String::with_capacity(json.len());
    let mut chars = json.char_indices().peekable();
    let mut in_string = false;
    while let Some((at, c)) = chars.next() {
        let rest = &json[at + c.len_utf8()..];
        match c {
            '"' if !in_string || ends_string(rest) => {
                in_string = !in_string;
                repaired.push('"');
            }
            '"' => repaired.push_str("\\\""),
            '\\' if in_string => {
                let escaped = chars.next().map_or('\\', |(_, escaped)| escaped);
                push_escaped(&mut repaired, escaped);
            }
            c if in_string => push_in_string(&mut repaired, c),
            '/' if rest.starts_with(['/', '*']) => {
                let end = if rest.starts_with('/') { "\n" } else { "*/" };
                let end = rest.find(end).map_or(json.len(), |length| at + 1 + length + end.len());
                while chars.next_if(|(next, _)| *next < end).is_some() {}
            }
            ',' if is_idle_comma(rest) => {}
            c => repaired.push(c),
        }
    }
    repaired
}

fn push_escaped(repaired: &mut String, escaped: char) {
    if matches!(escaped, '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u') {
        repaired.push('\\');
    }
    push_in_string(repaired, escaped);
}

fn push_in_string(repaired: &mut String, c: char) {
    // What breaks a line here is folded into a space later on.
    repaired.push(if c.is_control() { ' ' } else { c });
}

/// Whether a quote ends its string, judging by what comes after it.
fn ends_string(rest: &str) -> bool {
    rest.trim_start().chars().next().is_none_or(|next| matches!(next, ',' | ':' | '}' | ']' | '/'))
}

/// Whether a comma is followed by an end, or by another one.
fn is_idle_comma(rest: &str) -> bool {
    rest.trim_start().starts_with(['}', ']', ','])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(script: &str, expected: &Value) {
        assert_eq!(values(script).first(), Some(expected), "{script}");
    }

    #[test]
    fn sound_json_is_read_whatever_it_is_wrapped_in() {
        let a = json!({"a": "b, // }"});
        for script in [
            r#"{"a": "b, // }"}"#,
            "\u{feff} {\"a\": \"b, // }\"};\n",
            "<!-- {\"a\": \"b, // }\"} -->",
            "<![CDATA[{\"a\": \"b, // }\"}]]>",
            "//<![CDATA[\n{\"a\": \"b, // }\"}\n//]]>",
            "{&quot;a&quot;: &quot;b, // }&quot;}",
        ] {
            check(script, &a);
        }
        assert_eq!(values("{}[]1").len(), 3);
    }

    #[test]
    fn common_faults_are_repaired() {
        check("{\"a\": \"b\nc\td\"}", &json!({"a": "b c d"}));
        check(r#"{"a": ["b", ], "c": 1, }"#, &json!({"a": ["b"], "c": 1}));
        check(r#"{"a": "b",, "c": 1}"#, &json!({"a": "b", "c": 1}));
        check("{// one\n\"a\": /* two */ \"http://b\"}", &json!({"a": "http://b"}));
        check(r#"{"a": "it\'s \x", "b": "\"\u00e9\n"}"#, &json!({"a": "it's x", "b": "\"é\n"}));
        check(r#"{"a": "she said "toast" twice"}"#, &json!({"a": "she said \"toast\" twice"}));
    }

    #[test]
    fn what_cannot_be_repaired_is_nothing() {
        for script in ["", "{\"a\":", "{'a': 1}", "window.x = 1", "{{{{", "\"\\", "/*", "//"] {
            assert_eq!(values(script), Vec::<Value>::new(), "{script}");
        }
        assert_eq!(values(&"[".repeat(100_000)), Vec::<Value>::new());
        assert_eq!(values(&"[,\" ".repeat(50_000)), Vec::<Value>::new());
    }
}
