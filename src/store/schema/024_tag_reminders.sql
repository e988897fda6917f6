-- Reminders about a tag. They are made anew, since their checks cannot be changed in place; what
-- each is about is said by which of three ids it has, or by none of them for all links.
CREATE TABLE reminders_again (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id           INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    name              TEXT    NOT NULL,
    folder_id         INTEGER REFERENCES folders ON DELETE CASCADE,
    tag_id            INTEGER REFERENCES tags ON DELETE CASCADE,
    bookmark_id       INTEGER REFERENCES bookmarks ON DELETE CASCADE,
    days              INTEGER, -- weekly: bit 0 is Monday
    on_date           TEXT,    -- once
    at_time           TEXT    NOT NULL,
    zone              TEXT    NOT NULL,
    pick_order        TEXT    NOT NULL,
    pick_count        INTEGER NOT NULL CHECK (pick_count > 0),
    when_empty        TEXT    NOT NULL CHECK (when_empty IN ('skip', 'send')),
    enabled           INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    every_destination INTEGER NOT NULL CHECK (every_destination IN (0, 1)),
    next_slot         TEXT,
    next_due_at       INTEGER,
    snoozed_until     INTEGER,
    -- The sooner of its next slot and its snooze: what the scheduler looks for.
    due_at            INTEGER GENERATED ALWAYS AS
        (ifnull(min(next_due_at, snoozed_until), ifnull(next_due_at, snoozed_until))) VIRTUAL,
    last_fired_at     INTEGER,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    -- Since when it comes at its times: other changes of it leave what it waits for alone.
    set_at            INTEGER NOT NULL,
    CHECK ((folder_id IS NOT NULL) + (tag_id IS NOT NULL) + (bookmark_id IS NOT NULL) < 2),
    CHECK ((days IS NULL) <> (on_date IS NULL)),
    CHECK ((next_slot IS NULL) = (next_due_at IS NULL))
) STRICT;
-- Its ids go on where they were.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'reminders_again', seq FROM sqlite_sequence WHERE name = 'reminders';
INSERT INTO reminders_again (
    id, user_id, name, folder_id, bookmark_id, days, on_date, at_time, zone, pick_order, pick_count,
    when_empty, enabled, every_destination, next_slot, next_due_at, snoozed_until, last_fired_at,
    created_at, updated_at, set_at)
SELECT
    id, user_id, name, folder_id, bookmark_id, days, on_date, at_time, zone, pick_order, pick_count,
    when_empty, enabled, every_destination, next_slot, next_due_at, snoozed_until, last_fired_at,
    created_at, updated_at, set_at
FROM reminders;
DROP TABLE reminders;
ALTER TABLE reminders_again RENAME TO reminders;

CREATE INDEX reminders_due ON reminders (due_at, user_id) WHERE due_at IS NOT NULL;
CREATE INDEX reminders_by_user ON reminders (user_id, due_at);
CREATE INDEX reminders_by_folder ON reminders (folder_id) WHERE folder_id IS NOT NULL;
CREATE INDEX reminders_by_tag ON reminders (tag_id) WHERE tag_id IS NOT NULL;
CREATE INDEX reminders_by_bookmark ON reminders (bookmark_id) WHERE bookmark_id IS NOT NULL;
