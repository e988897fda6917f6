//! A table of what people type, on a Wednesday afternoon in Seoul.

use super::*;

/// Wednesday 4 March 2026, 15:10:30 in Seoul.
fn now() -> Timestamp {
    "2026-03-04T06:10:30Z".parse().unwrap()
}

fn seoul() -> Zone {
    Zone::named("Asia/Seoul").unwrap()
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let wrong = cases.iter().filter_map(|(text, expected)| {
        let found = parse(text, now(), &seoul()).map_or_else(|e| e.to_string(), |s| s.to_string());
        (found != *expected).then(|| format!("{text}: {found}, expected {expected}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn english_is_understood() {
    check(&[
        ("tomorrow 9:00", "2026-03-05T09:00"),
        ("Tomorrow at 9", "2026-03-05T09:00"),
        ("tomorrow morning", "2026-03-05T09:00"),
        ("tomorrow", "2026-03-05T09:00"),
        ("day after tomorrow 8pm", "2026-03-06T20:00"),
        ("tonight", "2026-03-04T21:00"),
        ("tonight at 11", "2026-03-04T23:00"),
        ("tonight at 1", "2026-03-05T01:00"),
        ("this evening", "2026-03-04T19:00"),
        ("today 18:30", "2026-03-04T18:30"),
        ("today at 7", "2026-03-04T19:00"),
        ("at 9", "2026-03-04T21:00"),
        ("9:00", "2026-03-05T09:00"),
        ("21:30", "2026-03-04T21:30"),
        ("5 pm", "2026-03-04T17:00"),
        ("5:15 p.m.", "2026-03-04T17:15"),
        ("12 am", "2026-03-05T00:00"),
        ("noon", "2026-03-05T12:00"),
        ("midnight", "2026-03-05T00:00"),
        ("fri 18:00", "2026-03-06T18:00"),
        ("friday", "2026-03-06T09:00"),
        ("wed 16:00", "2026-03-04T16:00"),
        ("wednesday 9am", "2026-03-11T09:00"),
        ("fri 18", "2026-03-06T18:00"),
        ("next friday 6pm", "2026-03-13T18:00"),
        ("this friday", "2026-03-06T09:00"),
        ("next week", "2026-03-09T09:00"),
        ("next month", "2026-04-01T09:00"),
        ("weekend", "2026-03-07T10:00"),
        ("this weekend", "2026-03-07T10:00"),
        ("next weekend", "2026-03-14T10:00"),
        ("in 2 hours", "2026-03-04T17:11"),
        ("in an hour", "2026-03-04T16:11"),
        ("in half an hour", "2026-03-04T15:41"),
        ("90 min", "2026-03-04T16:41"),
        ("2h", "2026-03-04T17:11"),
        ("2 hours later", "2026-03-04T17:11"),
        ("2 hours from now", "2026-03-04T17:11"),
        ("in 3 days", "2026-03-07T15:10"),
        ("in 3 days at 9:00", "2026-03-07T09:00"),
        ("in a week", "2026-03-11T15:10"),
        ("in two weeks 8:00", "2026-03-18T08:00"),
        ("in 1 month", "2026-04-04T15:10"),
        ("24 dec", "2026-12-24T09:00"),
        ("Dec 24th, 7pm", "2026-12-24T19:00"),
        ("1 march", "2027-03-01T09:00"),
        ("29 feb 8:00", "2028-02-29T08:00"),
        ("2026-12-24 09:00", "2026-12-24T09:00"),
        ("2026/12/24", "2026-12-24T09:00"),
        ("24 december 2027 at 10", "2027-12-24T10:00"),
    ]);
}

#[test]
fn korean_is_understood_with_and_without_spaces() {
    check(&[
        ("내일 오전 9시", "2026-03-05T09:00"),
        ("내일오전9시", "2026-03-05T09:00"),
        ("내일 아침", "2026-03-05T09:00"),
        ("내일", "2026-03-05T09:00"),
        ("모레 저녁 7시 반", "2026-03-06T19:30"),
        ("글피 오후 3시", "2026-03-07T15:00"),
        ("오늘 밤", "2026-03-04T21:00"),
        ("오늘 밤 11시에", "2026-03-04T23:00"),
        ("밤 12시", "2026-03-05T00:00"),
        ("오늘 7시", "2026-03-04T19:00"),
        ("오후 5시 30분", "2026-03-04T17:30"),
        ("새벽 2시", "2026-03-05T02:00"),
        ("점심", "2026-03-05T12:00"),
        ("낮 2시", "2026-03-05T14:00"),
        ("정오", "2026-03-05T12:00"),
        ("자정", "2026-03-05T00:00"),
        ("세시 반", "2026-03-04T15:30"),
        ("열두시", "2026-03-05T12:00"),
        ("열 한 시", "2026-03-04T23:00"),
        ("금요일 18시", "2026-03-06T18:00"),
        ("금요일 18:00", "2026-03-06T18:00"),
        ("다음 주 월요일 오전 10시", "2026-03-09T10:00"),
        ("다음주 금요일", "2026-03-13T09:00"),
        ("이번 주 금요일 저녁", "2026-03-06T19:00"),
        ("다음 주", "2026-03-09T09:00"),
        ("주말", "2026-03-07T10:00"),
        ("이번 주말 오후 2시", "2026-03-07T14:00"),
        ("다음 주말", "2026-03-14T10:00"),
        ("2시간 뒤", "2026-03-04T17:11"),
        ("두 시간 후에", "2026-03-04T17:11"),
        ("한 시간 반 뒤", "2026-03-04T16:41"),
        ("30분 뒤", "2026-03-04T15:41"),
        ("1시간 30분 뒤", "2026-03-04T16:41"),
        ("3일 뒤", "2026-03-07T15:10"),
        ("3일 뒤 오전 9시", "2026-03-07T09:00"),
        ("사흘 뒤", "2026-03-07T15:10"),
        ("일주일 뒤", "2026-03-11T15:10"),
        ("2주 뒤", "2026-03-18T15:10"),
        ("한 달 뒤", "2026-04-04T15:10"),
        ("12월 24일 저녁 7시", "2026-12-24T19:00"),
        ("2026년 12월 24일", "2026-12-24T09:00"),
        ("2026. 12. 24. 09:00", "2026-12-24T09:00"),
        ("24일", "2026-03-24T09:00"),
        ("1일 오전 8시", "2026-04-01T08:00"),
        ("다음 달 1일", "2026-04-01T09:00"),
        ("다음 달", "2026-04-01T09:00"),
    ]);
}

#[test]
fn what_is_not_understood_says_so() {
    for (text, word) in [
        ("", "no day or time"),
        ("whenever", "\"whenever\""),
        ("tomorrow 25:00", "25:00 is not a time"),
        ("today", "no time of day"),
        ("오늘", "no time of day"),
        ("today 9:00", "has passed"),
        ("2020-01-01 09:00", "has passed"),
        ("this monday", "has passed"),
        ("2026-02-30", "is not a day"),
        ("30 feb", "is not a day"),
        ("40일", "no month has"),
        ("13 pm", "13 o'clock"),
        ("tomorrow friday", "not understood"),
        ("9:00 10:00", "not understood"),
        ("in 2 hours at 9:00", "a span and a time"),
        ("in 9999 years", "too far"),
        ("12/24", "not understood"),
        ("::::", "not understood"),
        ("9", "not understood"),
    ] {
        let why = parse(text, now(), &seoul()).map(|slot| slot.to_string());
        let why = why.expect_err(text).to_string();
        assert!(why.starts_with("when: ") && why.contains(word), "{text}: {why}");
    }
    assert!(parse(&"tomorrow ".repeat(50), now(), &seoul()).is_err());
}

#[test]
fn a_span_is_one_of_real_time_where_clocks_are_changed() {
    let zone = Zone::named("America/New_York").unwrap();
    // Half an hour before clocks go from 2 to 3.
    let before: Timestamp = "2026-03-08T06:30:00Z".parse().unwrap();
    assert_eq!(parse("in 1 hour", before, &zone).unwrap().to_string(), "2026-03-08T03:30");
    assert_eq!(parse("in 2 hours", before, &zone).unwrap().to_string(), "2026-03-08T04:30");
}

#[test]
fn whatever_is_typed_it_is_to_come_or_an_error() {
    let words = [
        "tomorrow", "내일", "9", "9:00", "18", "오후", "시", "반", "in", "next", "다음", "주",
        "fri", "주말", "뒤", "2", "시간", "-", "2026", "월", "일", "31", "half", "midnight", "밤",
        "pm",
    ];
    let mut random = fastrand::Rng::with_seed(42);
    let mut understood = 0;
    for _ in 0..20_000 {
        let count = random.usize(1..6);
        let text: Vec<&str> = (0..count).map(|_| words[random.usize(..words.len())]).collect();
        let text = text.join(if random.bool() { " " } else { "" });
        if let Ok(slot) = parse(&text, now(), &seoul()) {
            understood += 1;
            assert!(slot.instant(&seoul()) > now(), "{text}");
        }
    }
    assert!(understood > 500, "{understood}");
}
