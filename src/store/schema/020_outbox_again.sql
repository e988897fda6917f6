-- The outbox is made anew, since neither of these can be changed in place. SQLite checks a list of
-- more than two words by building a tree of them for every row, and an index of the keys, which
-- are unique by how they are made, was never asked for anything.
CREATE TABLE deliveries_again (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    key              TEXT    NOT NULL,
    user_id          INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    destination_id   INTEGER REFERENCES destinations ON DELETE SET NULL,
    destination_name TEXT    NOT NULL,
    scope_id         INTEGER,
    is_test          INTEGER NOT NULL CHECK (is_test IN (0, 1)),
    failing_id       INTEGER REFERENCES destinations ON DELETE SET NULL, -- which an alert is about
    event            TEXT,
    about            TEXT    NOT NULL,
    burns_at         INTEGER,
    minute_at        INTEGER NOT NULL,
    state            TEXT    NOT NULL,
    reason           TEXT    NOT NULL DEFAULT '',
    due_at           INTEGER, -- of the next attempt, or of the end of a lease while sending
    deadline_at      INTEGER NOT NULL,
    tries            INTEGER NOT NULL DEFAULT 0, -- since it last entered the queue
    body             BLOB, -- rendered once, before the first attempt
    links            TEXT    NOT NULL DEFAULT '',
    created_at       INTEGER NOT NULL,
    ended_at         INTEGER,
    CHECK ((due_at IS NULL) = (ended_at IS NOT NULL)),
    CHECK (iif(ended_at IS NULL,
        state = 'pending' OR state = 'sending',
        state = 'delivered' OR state = 'dead' OR state = 'expired' OR state = 'cancelled'))
) STRICT;
-- Its ids go on where they were.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'deliveries_again', seq FROM sqlite_sequence WHERE name = 'deliveries';
INSERT INTO deliveries_again (
    id, key, user_id, destination_id, destination_name, scope_id, is_test, failing_id, event, about,
    burns_at, minute_at, state, reason, due_at, deadline_at, tries, body, links, created_at, ended_at)
SELECT
    id, key, user_id, destination_id, destination_name, scope_id, is_test, failing_id, event, about,
    burns_at, minute_at, state, reason, due_at, deadline_at, tries, body, links, created_at, ended_at
FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_again RENAME TO deliveries;

CREATE INDEX deliveries_by_user ON deliveries (user_id, id);
CREATE INDEX deliveries_by_destination ON deliveries (destination_id, state)
    WHERE destination_id IS NOT NULL;
CREATE INDEX deliveries_by_deadline ON deliveries (deadline_at) WHERE ended_at IS NULL;
CREATE INDEX deliveries_by_end ON deliveries (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX deliveries_of_alerts ON deliveries (failing_id) WHERE failing_id IS NOT NULL;
CREATE INDEX deliveries_in_line ON deliveries (scope_id, due_at, id) WHERE state = 'pending';
CREATE INDEX deliveries_under_way ON deliveries (scope_id, due_at) WHERE state = 'sending';
CREATE INDEX deliveries_dead ON deliveries (user_id, id) WHERE state = 'dead';
CREATE INDEX deliveries_of_events_ended ON deliveries (ended_at)
    WHERE event IS NOT NULL AND ended_at IS NOT NULL;
