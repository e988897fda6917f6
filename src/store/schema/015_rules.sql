-- What is done with links by themselves when they are saved, and searches that are kept.

CREATE TABLE rules (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    field      TEXT    NOT NULL CHECK (field IN ('url', 'host', 'title')),
    pattern    TEXT    NOT NULL CHECK (pattern <> ''),
    -- NULL leaves links where they are.
    folder_id  INTEGER REFERENCES folders ON DELETE SET NULL,
    tags       TEXT    NOT NULL, -- as they are written, between commas
    archive    INTEGER NOT NULL CHECK (archive IN (0, 1)),
    favourite  INTEGER NOT NULL CHECK (favourite IN (0, 1)),
    enabled    INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX rules_by_user ON rules (user_id, position, id);
CREATE INDEX rules_by_folder ON rules (folder_id) WHERE folder_id IS NOT NULL;

CREATE TABLE searches (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    name       TEXT    NOT NULL COLLATE NOCASE CHECK (name <> ''),
    query      TEXT    NOT NULL CHECK (query <> ''),
    created_at INTEGER NOT NULL,
    UNIQUE (user_id, name)
) STRICT;
