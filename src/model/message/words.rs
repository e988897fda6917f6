//! Every sentence of a push, in every language that Toaster speaks.

use crate::model::act::Act;
use crate::model::language::Language::{self, English, Japanese, Korean};
use crate::model::time::Slot;

/// The sentences of one language.
#[derive(Debug, Clone, Copy)]
pub struct Words(Language);

impl Words {
    /// Those of that language.
    pub const fn of(language: Language) -> Self {
        Self(language)
    }

    /// What a reminder about everything is called.
    pub const fn time_to_read(self) -> &'static str {
        match self.0 {
            English => "Time to read",
            Korean => "읽을 시간이에요",
            Japanese => "読む時間です",
        }
    }

    /// That so many links wait for reminders of those names.
    pub fn waiting(self, names: &str, count: usize) -> String {
        match (self.0, count) {
            (English, 0) => format!("{names}: nothing waiting"),
            (English, 1) => format!("{names}: 1 link waiting"),
            (English, n) => format!("{names}: {n} links waiting"),
            (Korean, 0) => format!("{names}: 기다리는 링크가 없어요"),
            (Korean, n) => format!("{names}: 링크 {n}개가 기다려요"),
            (Japanese, 0) => format!("{names}: 待っているリンクはありません"),
            (Japanese, n) => format!("{names}: リンク{n}件が待っています"),
        }
    }

    /// What a feed of what reminders told is about.
    pub const fn due(self) -> &'static str {
        match self.0 {
            English => "The links that your reminders bring back",
            Korean => "리마인더가 다시 가져온 링크",
            Japanese => "リマインダーが届けるリンク",
        }
    }

    /// That nothing waits any more.
    pub const fn all_read(self) -> &'static str {
        match self.0 {
            English => "All of it is read.",
            Korean => "모두 읽었어요.",
            Japanese => "すべて読みました。",
        }
    }

    /// That there are so many more than were named.
    pub fn more(self, count: usize) -> String {
        match self.0 {
            English => format!("and {count} more"),
            Korean => format!("외 {count}개"),
            Japanese => format!("ほか{count}件"),
        }
    }

    pub(super) fn late(self, slot: Slot, missed: u32) -> String {
        let due = format!("{} {}", slot.on(), slot.at());
        match (self.0, missed) {
            (English, 0) => format!("Late: this was due {due}."),
            (English, 1) => format!("Late: this was due {due}, and 1 earlier time was missed."),
            (English, n) => format!("Late: this was due {due}, and {n} earlier times were missed."),
            (Korean, 0) => format!("늦은 알림: {due}에 보낼 알림이었어요."),
            (Korean, n) => {
                format!("늦은 알림: {due}에 보낼 알림이었고, 그 전 {n}번도 놓쳤어요.")
            }
            (Japanese, 0) => format!("遅れた通知: {due}の予定でした。"),
            (Japanese, n) => {
                format!("遅れた通知: {due}の予定でした。その前の{n}回も届いていません。")
            }
        }
    }

    /// What a push about burning is called in the list of deliveries.
    pub const fn ash(self) -> &'static str {
        match self.0 {
            English => "Links that turn to ash",
            Korean => "재가 되는 링크",
            Japanese => "灰になるリンク",
        }
    }

    pub(super) fn burning(self, count: usize) -> String {
        match (self.0, count) {
            (English, 1) => "1 link turns to ash at midnight".to_owned(),
            (English, n) => format!("{n} links turn to ash at midnight"),
            (Korean, n) => format!("링크 {n}개가 자정에 재가 돼요"),
            (Japanese, n) => format!("リンク{n}件が0時に灰になります"),
        }
    }

    pub(super) const fn burning_text(self) -> &'static str {
        match self.0 {
            English => "What is read stays. The ashes can be searched and restored.",
            Korean => "읽은 링크는 남아요. 재도 검색하고 되살릴 수 있어요.",
            Japanese => "読んだリンクは残ります。灰も検索して戻せます。",
        }
    }

    /// What a test is called in the list of deliveries.
    pub const fn test(self) -> &'static str {
        match self.0 {
            English => "Test",
            Korean => "테스트",
            Japanese => "テスト",
        }
    }

    pub(super) const fn test_title(self) -> &'static str {
        match self.0 {
            English => "Toaster can reach you here",
            Korean => "토스터 알림이 여기로 와요",
            Japanese => "Toasterの通知がここに届きます",
        }
    }

    pub(super) const fn test_text(self) -> &'static str {
        match self.0 {
            English => "This is a test. Your reminders will arrive the same way.",
            Korean => "테스트 알림이에요. 앞으로 알림도 이렇게 도착해요.",
            Japanese => "これはテストです。リマインダーも同じように届きます。",
        }
    }

    pub(super) fn failing_title(self, name: &str) -> String {
        match self.0 {
            English => format!("Nothing arrives at {name} any more"),
            Korean => format!("알림이 도착하지 않아요: {name}"),
            Japanese => format!("通知が届いていません: {name}"),
        }
    }

    pub(super) const fn failing_text(self) -> &'static str {
        match self.0 {
            English => "Reminders still come here.",
            Korean => "여기로는 알림이 계속 와요.",
            Japanese => "ここには引き続き届きます。",
        }
    }

    pub(super) const fn open(self) -> &'static str {
        match self.0 {
            English => "Open",
            Korean => "열기",
            Japanese => "開く",
        }
    }

    pub(super) const fn repeat(self) -> &'static str {
        match self.0 {
            English => "(repeat)",
            Korean => "(다시 보냄)",
            Japanese => "(再送)",
        }
    }

    /// What a button says.
    pub const fn act(self, act: Act) -> &'static str {
        match (act, self.0) {
            (Act::Snooze, English) => "Snooze 1 h",
            (Act::Snooze, Korean) => "1시간 뒤에",
            (Act::Snooze, Japanese) => "1時間後に",
            (Act::Tomorrow, English) => "Tomorrow",
            (Act::Tomorrow, Korean) => "내일",
            (Act::Tomorrow, Japanese) => "明日",
            (Act::Done, English) => "Done",
            (Act::Done, Korean) => "다 읽음",
            (Act::Done, Japanese) => "読み終えた",
            (Act::Stop, English) => "Stop these messages",
            (Act::Stop, Korean) => "알림 그만 받기",
            (Act::Stop, Japanese) => "通知を止める",
        }
    }
}
