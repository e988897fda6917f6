//! What a page is written in, as a tag of BCP 47 in its canonical case.

use super::facts::{Facts, Source};

const SOURCES: [Source; 5] = [
    Source::Root,
    Source::Meta("og:locale"),
    Source::JsonLd,
    Source::Header("content-language"),
    Source::Meta("language"),
];

/// The language of the page.
pub(super) fn of(facts: &Facts<'_>) -> Option<String> {
    let said = SOURCES.iter().flat_map(|source| {
        let texts = facts.texts(*source, |thing| &thing.languages).into_iter();
        // Several in that header say for whom the page is, and not what it is written in.
        let is_header = matches!(source, Source::Header(_));
        texts.filter(move |text| !(is_header && text.contains(',')))
    });
    let mut tags = said.filter_map(|text| canonical(&text));
    tags.next()
}

/// `zh_hans_cn` as `zh-Hans-CN`; nothing for what is no language.
fn canonical(text: &str) -> Option<String> {
    const BYTES_MAX: usize = 35;
    // A header may list several, and a system's locale names its charset.
    let text = text.split([',', ';', '.', '@']).next()?.trim();
    let mut parts = text.split(['-', '_']);
    let primary = parts.next()?.to_ascii_lowercase();
    let is_letters = |part: &str| part.bytes().all(|b| b.is_ascii_alphabetic());
    let is_language = matches!(primary.len(), 2 | 3) && is_letters(&primary);
    let is_nothing = matches!(&*primary, "und" | "mul" | "zxx" | "mis");
    if !is_language || is_nothing || text.len() > BYTES_MAX {
        return None;
    }
    let mut tag = primary;
    let mut in_extension = false;
    for part in parts {
        if !(1..=8).contains(&part.len()) || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        tag.push('-');
        match part.len() {
            4 if is_letters(part) && !in_extension => {
                tag.push_str(&part[..1].to_ascii_uppercase());
                tag.push_str(&part[1..].to_ascii_lowercase());
            }
            2 if is_letters(part) && !in_extension => tag.push_str(&part.to_ascii_uppercase()),
            length => {
                in_extension |= length == 1;
                tag.push_str(&part.to_ascii_lowercase());
            }
        }
    }
    Some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_written_in_one_way() {
        for (text, expected) in [
            ("ko", "ko"),
            (" KO_kr ", "ko-KR"),
            ("en-us", "en-US"),
            ("zh-hans-cn", "zh-Hans-CN"),
            ("es-419", "es-419"),
            ("ja_JP.UTF-8", "ja-JP"),
            ("en-GB, en", "en-GB"),
            ("de-DE-u-co-phonebk", "de-DE-u-co-phonebk"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "english", "e", "x-default", "한국어", "en-", "en--us", "und", "{{lang}}", "12"]
        {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
