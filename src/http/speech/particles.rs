//! Korean particles, which are spelt by whether the word before them ends in a consonant.

use std::borrow::Cow;

/// How a catalogue writes those that depend, with the one after a consonant and after a vowel.
const PAIRS: [(&str, &str, &str); 5] = [
    ("을(를)", "을", "를"),
    ("은(는)", "은", "는"),
    ("이(가)", "이", "가"),
    ("과(와)", "과", "와"),
    ("(으)로", "으로", "로"),
];
/// The place of ㄹ among the consonants that a syllable can end in.
const RIEUL: u32 = 8;

/// What follows `word` with its particle chosen, if it begins with one that depends. Both are
/// left standing after a word in letters of which nobody knows how they are read.
pub(super) fn fit<'a>(word: &str, rest: &'a str) -> Cow<'a, str> {
    let Some((written, closed, open)) = PAIRS.into_iter().find(|(it, ..)| rest.starts_with(it))
    else {
        return rest.into();
    };
    let last = word.chars().rev().find(|letter| letter.is_alphanumeric());
    let Some(ending) = last.and_then(ending) else { return rest.into() };
    // 로 alone also follows ㄹ.
    let is_open = ending == 0 || (closed == "으로" && ending == RIEUL);
    format!("{}{}", if is_open { open } else { closed }, &rest[written.len()..]).into()
}

/// The consonant that a letter or a digit ends in as it is read; 0 for none.
fn ending(letter: char) -> Option<u32> {
    match letter {
        '가'..='힣' => Some((letter as u32 - '가' as u32) % 28),
        '1' | '7' | '8' => Some(RIEUL),
        '0' | '3' | '6' => Some(1),
        '2' | '4' | '5' | '9' => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_particle_fits_the_word_before_it() {
        let check = |word: &str, rest, expected| assert_eq!(fit(word, rest), expected, "{word}");
        check("토스트", "을(를) 지울까요?", "를 지울까요?");
        check("빵", "을(를) 지울까요?", "을 지울까요?");
        check("빵", "이(가)", "이");
        check("버터", "과(와)", "와");
        check("버터", "은(는)", "는");
        check("서울", "(으)로", "로");
        check("부산", "(으)로", "으로");
        check("제주", "(으)로", "로");
        check("“빵”", "을(를)", "을");
        check("3", "을(를)", "을");
        check("2", "을(를)", "를");
        check("7", "(으)로", "로");
        check("Rust", "을(를)", "을(를)");
        check("", "을(를)", "을(를)");
        check("빵", " 을(를)", " 을(를)");
        check("빵", "", "");
    }
}
