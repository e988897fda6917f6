-- Instants are UTC milliseconds; slots, days and times of day are local text.

CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    password_hash TEXT    NOT NULL,
    is_admin      INTEGER NOT NULL CHECK (is_admin IN (0, 1)),
    zone          TEXT    NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    key_hash   BLOB    PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE tokens (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id      INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    key_hash     BLOB    NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX tokens_by_user ON tokens (user_id);

CREATE TABLE folders (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    parent_id  INTEGER REFERENCES folders ON DELETE CASCADE CHECK (parent_id <> id),
    title      TEXT    NOT NULL COLLATE NOCASE CHECK (title <> ''),
    position   INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX folder_titles_among_siblings ON folders (user_id, ifnull(parent_id, 0), title);
CREATE INDEX folders_by_parent ON folders (parent_id);

CREATE TABLE bookmarks (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id          INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    url              TEXT    NOT NULL,
    canonical_url    TEXT    NOT NULL,
    own_title        TEXT    NOT NULL,
    own_description  TEXT    NOT NULL,
    note             TEXT    NOT NULL,
    folder_id        INTEGER REFERENCES folders ON DELETE SET NULL,
    saved_at         INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    read_at          INTEGER,
    -- What the page says of itself, and where reading it stands. page_due_at is set while it
    -- is to be read; a fetcher that takes it moves it ahead, so that a crash brings it back.
    page_state       TEXT    NOT NULL CHECK (page_state IN ('pending', 'ready', 'failed', 'refused')),
    page_reason      TEXT    NOT NULL,
    page_due_at      INTEGER,
    page_tries       INTEGER NOT NULL DEFAULT 0,
    fetched_at       INTEGER,
    page_title       TEXT    NOT NULL DEFAULT '',
    page_description TEXT    NOT NULL DEFAULT '',
    site_name        TEXT    NOT NULL DEFAULT '',
    author           TEXT    NOT NULL DEFAULT '',
    published_at     INTEGER,
    image_url        TEXT,
    icon_url         TEXT,
    UNIQUE (user_id, canonical_url)
) STRICT;
CREATE INDEX bookmarks_by_saved ON bookmarks (user_id, saved_at, id);
CREATE INDEX bookmarks_unread ON bookmarks (user_id, saved_at, id) WHERE read_at IS NULL;
CREATE INDEX bookmarks_read ON bookmarks (user_id, saved_at, id) WHERE read_at IS NOT NULL;
CREATE INDEX bookmarks_in_folder ON bookmarks (folder_id, saved_at, id) WHERE folder_id IS NOT NULL;
CREATE INDEX bookmarks_unread_in_folder ON bookmarks (folder_id, saved_at, id)
    WHERE folder_id IS NOT NULL AND read_at IS NULL;
CREATE INDEX bookmarks_to_fetch ON bookmarks (page_due_at, id) WHERE page_due_at IS NOT NULL;

-- Rows are found by the bookmark's id. `owner` holds one word per user, so that a search
-- reads only that user's entries.
CREATE VIRTUAL TABLE bookmark_words USING fts5 (
    owner, words, content = '', contentless_delete = 1, detail = full,
    tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'"
);

CREATE TABLE destinations (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id         INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    kind            TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    address         TEXT    NOT NULL, -- JSON by kind, with its secrets
    paused_reason   TEXT,
    last_success_at INTEGER,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX destinations_by_user ON destinations (user_id);

CREATE TABLE reminders (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id           INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    name              TEXT    NOT NULL,
    target            TEXT    NOT NULL CHECK (target IN ('all', 'folder', 'bookmark')),
    folder_id         INTEGER REFERENCES folders ON DELETE CASCADE,
    bookmark_id       INTEGER REFERENCES bookmarks ON DELETE CASCADE,
    days              INTEGER, -- weekly: bit 0 is Monday
    on_date           TEXT,    -- once
    at_time           TEXT    NOT NULL,
    zone              TEXT    NOT NULL,
    pick_order        TEXT    NOT NULL,
    pick_count        INTEGER NOT NULL CHECK (pick_count > 0),
    enabled           INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    every_destination INTEGER NOT NULL CHECK (every_destination IN (0, 1)),
    next_slot         TEXT,
    next_due_at       INTEGER,
    last_fired_at     INTEGER,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    CHECK ((target = 'folder') = (folder_id IS NOT NULL)),
    CHECK ((target = 'bookmark') = (bookmark_id IS NOT NULL)),
    CHECK ((days IS NULL) <> (on_date IS NULL)),
    CHECK ((next_slot IS NULL) = (next_due_at IS NULL))
) STRICT;
CREATE INDEX reminders_due ON reminders (next_due_at, user_id) WHERE next_due_at IS NOT NULL;
CREATE INDEX reminders_by_user ON reminders (user_id, next_due_at);
CREATE INDEX reminders_by_folder ON reminders (folder_id) WHERE folder_id IS NOT NULL;
CREATE INDEX reminders_by_bookmark ON reminders (bookmark_id) WHERE bookmark_id IS NOT NULL;

CREATE TABLE reminder_destinations (
    reminder_id    INTEGER NOT NULL REFERENCES reminders ON DELETE CASCADE,
    destination_id INTEGER NOT NULL REFERENCES destinations ON DELETE CASCADE,
    PRIMARY KEY (reminder_id, destination_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reminder_destinations_by_destination ON reminder_destinations (destination_id);

-- The slot is the nominal local time. That it is unique makes firing twice impossible.
CREATE TABLE firings (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    reminder_id INTEGER NOT NULL REFERENCES reminders ON DELETE CASCADE,
    slot        TEXT    NOT NULL,
    due_at      INTEGER NOT NULL,
    fired_at    INTEGER NOT NULL,
    missed      INTEGER NOT NULL,
    skipped     INTEGER NOT NULL CHECK (skipped IN (0, 1)),
    UNIQUE (reminder_id, slot)
) STRICT;
CREATE INDEX firings_by_time ON firings (fired_at);

-- The outbox: this row is the queue.
CREATE TABLE deliveries (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    key              TEXT    NOT NULL UNIQUE,
    user_id          INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    destination_id   INTEGER REFERENCES destinations ON DELETE SET NULL,
    destination_name TEXT    NOT NULL,
    is_test          INTEGER NOT NULL CHECK (is_test IN (0, 1)),
    about            TEXT    NOT NULL,
    minute_at        INTEGER NOT NULL,
    state            TEXT    NOT NULL
        CHECK (state IN ('pending', 'sending', 'delivered', 'dead', 'expired', 'cancelled')),
    reason           TEXT    NOT NULL DEFAULT '',
    due_at           INTEGER, -- of the next attempt, or of the end of a lease while sending
    deadline_at      INTEGER NOT NULL,
    tries            INTEGER NOT NULL DEFAULT 0, -- since it last entered the queue
    body             BLOB, -- rendered once, before the first attempt
    created_at       INTEGER NOT NULL,
    ended_at         INTEGER,
    CHECK ((due_at IS NULL) = (ended_at IS NOT NULL)),
    CHECK ((state IN ('pending', 'sending')) = (ended_at IS NULL))
) STRICT;
CREATE INDEX deliveries_due ON deliveries (state, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_by_user ON deliveries (user_id, id);
CREATE INDEX deliveries_by_user_state ON deliveries (user_id, state, id);
CREATE INDEX deliveries_by_destination ON deliveries (destination_id, state) WHERE destination_id IS NOT NULL;
CREATE INDEX deliveries_by_deadline ON deliveries (deadline_at) WHERE ended_at IS NULL;
CREATE INDEX deliveries_by_end ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE delivery_firings (
    delivery_id INTEGER NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    firing_id   INTEGER NOT NULL REFERENCES firings ON DELETE CASCADE,
    PRIMARY KEY (delivery_id, firing_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_firings_by_firing ON delivery_firings (firing_id);

CREATE TABLE attempts (
    delivery_id INTEGER NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    outcome     TEXT,
    status      INTEGER,
    detail      TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;
