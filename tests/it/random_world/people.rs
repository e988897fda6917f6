//! What people have set, saved and read, as they would remember it.

use std::collections::HashMap;
use std::time::Duration;

use jiff::civil::DateTime;
use toaster::model::id::{BookmarkId, DestinationId, FolderId, ReminderId, UserId};
use toaster::model::reminder::{Settings, Target};
use toaster::model::time::{Timestamp, Zone};

use super::calendar::{When, Window};

/// How long a clock is doubted that shows too early a time.
pub const DOUBT_EARLY: Duration = Duration::from_hours(6);

/// Somebody.
pub struct Person {
    pub id: UserId,
    pub name: String,
    pub zone: Zone,
    pub quiet: Vec<Window>,
    pub push_on: bool,
    pub destinations: Vec<DestinationId>,
    pub links: Vec<Link>,
    /// Folders, each with the one it lies in.
    pub folders: Vec<(FolderId, Option<FolderId>)>,
    pub plans: Vec<Plan>,
}

/// A saved link.
pub struct Link {
    pub id: BookmarkId,
    pub folder: Option<FolderId>,
    pub is_unread: bool,
}

/// A reminder.
pub struct Plan {
    pub id: ReminderId,
    pub settings: Settings,
    pub when: When,
    /// What comes later is still to fire; at first the moment in which it was set.
    pub reached: Timestamp,
    /// When somebody last changed it.
    pub set_at: Timestamp,
    /// What comes by then may fire, and need not: the clock was doubted, and the server crashed.
    pub may_fire_by: Timestamp,
    pub snooze: Option<Timestamp>,
    /// What has fired, and when that was due.
    pub fired: HashMap<DateTime, Timestamp>,
    /// Whether its next time was computed by other zone data, until the next start.
    pub by_other_rules: bool,
}

impl Person {
    pub fn new(id: UserId, name: String, zone: Zone) -> Self {
        Self {
            id,
            name,
            zone,
            quiet: Vec::new(),
            push_on: true,
            destinations: Vec::new(),
            links: Vec::new(),
            folders: Vec::new(),
            plans: Vec::new(),
        }
    }

    /// A folder and all that lie in it.
    pub fn inside(&self, folder: FolderId) -> Vec<FolderId> {
        let mut found = vec![folder];
        let mut n = 0;
        while let Some(outer) = found.get(n).copied() {
            let inner = self.folders.iter().filter(|(_, parent)| *parent == Some(outer));
            found.extend(inner.map(|(id, _)| *id));
            n += 1;
        }
        found
    }

    /// Whether there is anything to read.
    pub fn is_any_waiting(&self, target: Target) -> bool {
        let mut unread = self.links.iter().filter(|link| link.is_unread);
        match target {
            Target::All => unread.next().is_some(),
            Target::Tag(_) => false, // Nobody here tags anything.
            Target::Bookmark(id) => unread.any(|link| link.id == id),
            Target::Folder(id) => {
                let folders = self.inside(id);
                unread.any(|link| link.folder.is_some_and(|folder| folders.contains(&folder)))
            }
        }
    }

    /// Forgets a folder with what goes with it.
    pub fn drop_folder(&mut self, id: FolderId) {
        let gone = self.inside(id);
        self.folders.retain(|(id, _)| !gone.contains(id));
        self.plans.retain(
            |plan| !matches!(plan.settings.target, Target::Folder(id) if gone.contains(&id)),
        );
        for link in &mut self.links {
            link.folder = link.folder.filter(|folder| !gone.contains(folder));
        }
    }

    /// Forgets a link with what goes with it.
    pub fn drop_link(&mut self, id: BookmarkId) {
        self.links.retain(|link| link.id != id);
        self.plans.retain(|plan| plan.settings.target != Target::Bookmark(id));
    }

    /// Forgets a destination.
    pub fn drop_destination(&mut self, id: DestinationId) {
        self.destinations.retain(|known| *known != id);
        for plan in &mut self.plans {
            if let Some(chosen) = &mut plan.settings.destinations {
                chosen.retain(|known| *known != id);
            }
        }
    }
}

impl Plan {
    pub fn new(id: ReminderId, settings: Settings, when: When, now: Timestamp) -> Self {
        Self {
            id,
            settings,
            when,
            reached: now,
            set_at: now,
            may_fire_by: now,
            snooze: None,
            fired: HashMap::new(),
            by_other_rules: false,
        }
    }

    /// What a change by a person means: one that is to come at other times starts anew, and one
    /// that is off is not snoozed.
    pub fn change(&mut self, settings: Settings, when: When, now: Timestamp) {
        self.snooze = self.snooze.filter(|_| settings.enabled);
        let times =
            |settings: &Settings| (settings.schedule, settings.zone.clone(), settings.enabled);
        let comes_as_before = times(&settings) == times(&self.settings);
        (self.settings, self.when) = (settings, when);
        if comes_as_before {
            return;
        }
        self.reached = now;
        (self.set_at, self.may_fire_by) = (now, now);
        self.by_other_rules = false;
    }

    /// The clock that was followed until now was ahead, it turns out: what comes after `since`
    /// is still to fire.
    pub fn take_back(&mut self, first_doubt: Timestamp, since: Timestamp, is_sure: bool) {
        let was_changed = since <= self.set_at && self.set_at <= since + DOUBT_EARLY;
        let followed_until = self.reached.max(self.may_fire_by);
        if !was_changed && followed_until > first_doubt {
            self.reached = first_doubt;
            // After a crash, for one, nobody knows whether it had come to that.
            self.may_fire_by = if is_sure { since } else { followed_until };
        }
    }

    /// Whether it is due and has not fired.
    pub fn must_have_fired(&self, (slot, at): &(DateTime, Timestamp)) -> bool {
        *at > self.may_fire_by && !self.fired.contains_key(slot)
    }

    /// To which of somebody's destinations it goes.
    pub fn goes_to(&self, all: &[DestinationId]) -> Vec<i64> {
        let chosen = self.settings.destinations.as_ref();
        let is_chosen = |id: &&DestinationId| chosen.is_none_or(|ids| ids.contains(id));
        let mut ids: Vec<i64> = all.iter().filter(is_chosen).map(|id| id.0).collect();
        ids.sort_unstable();
        ids
    }
}
