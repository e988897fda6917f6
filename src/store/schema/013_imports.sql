-- Files of saved links on their way in. The file itself lies in the data directory until it was
-- read; what it holds is in no table, so that it can be read again after a crash.

CREATE TABLE imports (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    file       TEXT    NOT NULL, -- empty where whoever began it reads it, such as a command
    bytes      INTEGER NOT NULL,
    -- The folder that its own come into; NULL is the top.
    folder_id  INTEGER REFERENCES folders ON DELETE SET NULL,
    unread     INTEGER NOT NULL CHECK (unread IN (0, 1)),
    dry_run    INTEGER NOT NULL CHECK (dry_run IN (0, 1)),
    state      TEXT    NOT NULL CHECK (state IN ('running', 'done', 'failed', 'cancelled')),
    format     TEXT,
    reason     TEXT,
    -- What became of its links so far.
    added      INTEGER NOT NULL DEFAULT 0,
    merged     INTEGER NOT NULL DEFAULT 0,
    unchanged  INTEGER NOT NULL DEFAULT 0,
    rejected   INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    ended_at   INTEGER,
    CHECK ((state = 'running') = (ended_at IS NULL))
) STRICT;
CREATE INDEX imports_by_user ON imports (user_id, id);
CREATE INDEX imports_running ON imports (id) WHERE ended_at IS NULL;
CREATE INDEX imports_by_end ON imports (ended_at) WHERE ended_at IS NOT NULL;

-- The links that could not be taken, as many of them as somebody will look at.
CREATE TABLE import_rejects (
    import_id INTEGER NOT NULL REFERENCES imports ON DELETE CASCADE,
    number    INTEGER NOT NULL,
    line      INTEGER NOT NULL,
    url       TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    PRIMARY KEY (import_id, number)
) STRICT, WITHOUT ROWID;
