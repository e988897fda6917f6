//! What people type about time, cut into pieces that mean something.

use jiff::civil::Weekday;
use unicode_normalization::UnicodeNormalization;

/// A piece of what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// Digits, and how many they are.
    Number(i32, usize),
    /// One of `: - / .` with no space before it.
    Sign(char),
    /// A word.
    Word(Word),
}

/// What a word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// "at": a time of day comes next.
    At,
    /// "in": a span comes next.
    In,
    /// "later", "뒤": a span went before.
    Later,
    /// "next", "다음".
    Next,
    /// "this", "이번".
    This,
    /// So many, where a number could stand.
    Count(i32),
    /// "half", "반".
    Half,
    /// "and": nothing by itself.
    Nothing,
    /// So many days from today.
    DaysAhead(i32),
    /// A day of the week.
    Weekday(Weekday),
    /// Saturday and Sunday.
    Weekend,
    /// A part of the day.
    Part(Part),
    /// Before noon.
    Am,
    /// After noon.
    Pm,
    /// A month by its name.
    Month(i8),
    /// "year", "년".
    Year,
    /// "month", "달", "개월".
    Months,
    /// "week", "주".
    Weeks,
    /// "day".
    Days,
    /// "hour", "시간".
    Hours,
    /// "minute".
    Minutes,
    /// "o'clock", "시".
    OClock,
    /// "분": of the hour, or a span of minutes.
    MinuteMark,
    /// "월": of the year.
    MonthMark,
    /// "일": of the month, or a span of days.
    DayMark,
}

/// A part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Dawn,
    Morning,
    Noon,
    Afternoon,
    Evening,
    Night,
    Midnight,
}

/// Korean is written with and without spaces, so its words are looked for wherever they may
/// begin, the longest first; those that hold others stand before them.
const KOREAN: [(&str, Word); 66] = [
    ("월요일", Word::Weekday(Weekday::Monday)),
    ("화요일", Word::Weekday(Weekday::Tuesday)),
    ("수요일", Word::Weekday(Weekday::Wednesday)),
    ("목요일", Word::Weekday(Weekday::Thursday)),
    ("금요일", Word::Weekday(Weekday::Friday)),
    ("토요일", Word::Weekday(Weekday::Saturday)),
    ("일요일", Word::Weekday(Weekday::Sunday)),
    ("다음날", Word::DaysAhead(1)),
    ("내일모레", Word::DaysAhead(2)),
    ("이따가", Word::Later),
    ("일주일", Word::Count(7)),
    ("오늘", Word::DaysAhead(0)),
    ("내일", Word::DaysAhead(1)),
    ("모레", Word::DaysAhead(2)),
    ("글피", Word::DaysAhead(3)),
    ("하루", Word::Count(1)),
    ("이틀", Word::Count(2)),
    ("사흘", Word::Count(3)),
    ("나흘", Word::Count(4)),
    ("열흘", Word::Count(10)),
    ("보름", Word::Count(15)),
    ("주말", Word::Weekend),
    ("다음", Word::Next),
    ("이번", Word::This),
    ("오전", Word::Am),
    ("오후", Word::Pm),
    ("새벽", Word::Part(Part::Dawn)),
    ("아침", Word::Part(Part::Morning)),
    ("점심", Word::Part(Part::Noon)),
    ("정오", Word::Part(Part::Noon)),
    ("저녁", Word::Part(Part::Evening)),
    ("자정", Word::Part(Part::Midnight)),
    ("시간", Word::Hours),
    ("개월", Word::Months),
    ("다섯", Word::Count(5)),
    ("여섯", Word::Count(6)),
    ("일곱", Word::Count(7)),
    ("여덟", Word::Count(8)),
    ("아홉", Word::Count(9)),
    ("열두", Word::Count(12)),
    ("열한", Word::Count(11)),
    ("이후", Word::Later),
    ("에서", Word::Nothing),
    ("쯤에", Word::Nothing),
    ("한", Word::Count(1)),
    ("두", Word::Count(2)),
    ("세", Word::Count(3)),
    ("네", Word::Count(4)),
    ("열", Word::Count(10)),
    ("일", Word::DayMark),
    ("월", Word::MonthMark),
    ("년", Word::Year),
    ("달", Word::Months),
    ("주", Word::Weeks),
    ("시", Word::OClock),
    ("분", Word::MinuteMark),
    ("반", Word::Half),
    ("뒤", Word::Later),
    ("후", Word::Later),
    ("밤", Word::Part(Part::Night)),
    ("낮", Word::Part(Part::Afternoon)),
    ("에", Word::Nothing),
    ("쯤", Word::Nothing),
    ("날", Word::Nothing),
    ("간", Word::Nothing),
    ("의", Word::Nothing),
];

const ENGLISH: [(&str, Word); 67] = [
    ("at", Word::At),
    ("in", Word::In),
    ("after", Word::In),
    ("later", Word::Later),
    ("next", Word::Next),
    ("this", Word::This),
    ("coming", Word::Nothing),
    ("on", Word::Nothing),
    ("the", Word::Nothing),
    ("of", Word::Nothing),
    ("and", Word::Nothing),
    ("from", Word::Nothing),
    ("now", Word::Later),
    ("st", Word::Nothing),
    ("nd", Word::Nothing),
    ("rd", Word::Nothing),
    ("th", Word::Nothing),
    ("a", Word::Count(1)),
    ("an", Word::Count(1)),
    ("one", Word::Count(1)),
    ("two", Word::Count(2)),
    ("three", Word::Count(3)),
    ("four", Word::Count(4)),
    ("five", Word::Count(5)),
    ("six", Word::Count(6)),
    ("ten", Word::Count(10)),
    ("half", Word::Half),
    ("today", Word::DaysAhead(0)),
    ("tomorrow", Word::DaysAhead(1)),
    ("tmrw", Word::DaysAhead(1)),
    ("weekend", Word::Weekend),
    ("morning", Word::Part(Part::Morning)),
    ("noon", Word::Part(Part::Noon)),
    ("lunch", Word::Part(Part::Noon)),
    ("afternoon", Word::Part(Part::Afternoon)),
    ("evening", Word::Part(Part::Evening)),
    ("night", Word::Part(Part::Night)),
    ("midnight", Word::Part(Part::Midnight)),
    ("am", Word::Am),
    ("pm", Word::Pm),
    ("oclock", Word::OClock),
    ("year", Word::Year),
    ("years", Word::Year),
    ("month", Word::Months),
    ("months", Word::Months),
    ("week", Word::Weeks),
    ("weeks", Word::Weeks),
    ("w", Word::Weeks),
    ("day", Word::Days),
    ("days", Word::Days),
    ("d", Word::Days),
    ("hour", Word::Hours),
    ("hours", Word::Hours),
    ("hr", Word::Hours),
    ("hrs", Word::Hours),
    ("h", Word::Hours),
    ("minute", Word::Minutes),
    ("minutes", Word::Minutes),
    ("min", Word::Minutes),
    ("mins", Word::Minutes),
    ("m", Word::Minutes),
    ("sat", Word::Weekday(Weekday::Saturday)),
    ("tues", Word::Weekday(Weekday::Tuesday)),
    ("thur", Word::Weekday(Weekday::Thursday)),
    ("thurs", Word::Weekday(Weekday::Thursday)),
    ("sept", Word::Month(9)),
    ("weds", Word::Weekday(Weekday::Wednesday)),
];

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Cuts a text into pieces; `Err` holds the first word that means nothing here.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    // Full-width digits and signs become plain ones, and split Hangul becomes whole.
    let text: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let text = text.replace("a.m.", "am").replace("p.m.", "pm").replace("o'clock", "oclock");
    let mut pieces = Vec::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_digit() {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            // Longer than any year or any honest span.
            let number = rest[..length].parse().ok().filter(|_| length <= 4);
            pieces.push(Piece::Number(number.ok_or_else(|| rest[..length].to_owned())?, length));
            length
        } else if matches!(first, ':' | '-' | '/' | '.') {
            pieces.push(Piece::Sign(first));
            1
        } else if first.is_whitespace() || matches!(first, ',' | '\'' | '’' | '(' | ')') {
            first.len_utf8()
        } else {
            let (words, length) = words(rest)?;
            pieces.extend(words.into_iter().flatten().map(Piece::Word));
            length
        };
        rest = &rest[length..];
    }
    pieces.retain(|piece| *piece != Piece::Word(Word::Nothing));
    Ok(pieces)
}

/// The words that a text begins with, and how much of it they are.
fn words(text: &str) -> Result<([Option<Word>; 2], usize), String> {
    if let Some((word, meaning)) = KOREAN.iter().find(|(word, _)| text.starts_with(word)) {
        return Ok(([Some(*meaning), None], word.len()));
    }
    let length = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let word = &text[..length];
    let unknown = || {
        let shown: String = text.chars().take_while(|c| c.is_alphabetic()).take(20).collect();
        if shown.is_empty() { text.chars().take(1).collect() } else { shown }
    };
    let found = match word {
        // Two things in one word.
        "tonight" => [Some(Word::DaysAhead(0)), Some(Word::Part(Part::Night))],
        _ => [Some(english(word).ok_or_else(unknown)?), None],
    };
    Ok((found, length))
}

fn english(word: &str) -> Option<Word> {
    let abbreviates = |name: &str| word.len() >= 3 && (word == name || word == &name[..3]);
    let listed = ENGLISH.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning);
    let weekday = || WEEKDAYS.iter().find(|(name, _)| abbreviates(name));
    let month = || MONTHS.iter().zip(1..).find(|(name, _)| abbreviates(name));
    listed
        .or_else(|| weekday().map(|(_, day)| Word::Weekday(*day)))
        .or_else(|| month().map(|(_, number)| Word::Month(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_with_and_without_spaces() {
        let tomorrow_nine = [
            Piece::Word(Word::DaysAhead(1)),
            Piece::Word(Word::Am),
            Piece::Number(9, 1),
            Piece::Word(Word::OClock),
        ];
        assert_eq!(pieces("내일 오전 9시에").unwrap(), tomorrow_nine);
        assert_eq!(pieces("내일오전９시").unwrap(), tomorrow_nine);
        let friday = Piece::Word(Word::Weekday(Weekday::Friday));
        let six = [Piece::Number(18, 2), Piece::Sign(':'), Piece::Number(0, 2)];
        assert_eq!(pieces("on FRI, 18:00").unwrap()[1..], six);
        assert_eq!(pieces("Friday").unwrap(), [friday]);
        assert_eq!(pieces("9 a.m.").unwrap(), pieces("9AM").unwrap());
    }

    #[test]
    fn what_means_nothing_is_named() {
        assert_eq!(pieces("tomorrow whenever").unwrap_err(), "whenever");
        assert_eq!(pieces("언젠가 내일").unwrap_err(), "언젠가");
        assert_eq!(pieces("123456").unwrap_err(), "123456");
        assert_eq!(pieces("🍞").unwrap_err(), "🍞");
    }
}
