-- Snoozing, quiet hours, what to do when nothing waits, and which zone data times came from.

-- Weekly windows of local time: 'mon,tue 22:00-07:00; sat 12:00-14:00'.
ALTER TABLE users ADD COLUMN quiet_hours TEXT NOT NULL DEFAULT '';

ALTER TABLE reminders ADD COLUMN when_empty TEXT NOT NULL DEFAULT 'skip'
    CHECK (when_empty IN ('skip', 'send'));
ALTER TABLE reminders ADD COLUMN snoozed_until INTEGER;
-- The sooner of its next slot and its snooze: what the scheduler looks for.
ALTER TABLE reminders ADD COLUMN due_at INTEGER GENERATED ALWAYS AS
    (ifnull(min(next_due_at, snoozed_until), ifnull(next_due_at, snoozed_until))) VIRTUAL;
DROP INDEX reminders_due;
CREATE INDEX reminders_due ON reminders (due_at, user_id) WHERE due_at IS NOT NULL;
DROP INDEX reminders_by_user;
CREATE INDEX reminders_by_user ON reminders (user_id, due_at);

-- The version of the zone data that every next_due_at was computed with.
CREATE TABLE zone_data (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    version TEXT    NOT NULL
) STRICT;
