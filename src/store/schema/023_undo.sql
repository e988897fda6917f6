-- What was done to links and can be taken back, for a day.

CREATE TABLE undos (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    kind    TEXT    NOT NULL,
    links   INTEGER NOT NULL, -- to how many it was done
    made_at INTEGER NOT NULL
) STRICT;
CREATE INDEX undos_by_user ON undos (user_id, id);
CREATE INDEX undos_by_age ON undos (made_at);

-- Each link as it was: what the act changes of it or, of one that is deleted, all there is. Not a
-- reference, since it may be gone.
CREATE TABLE undo_links (
    undo_id     INTEGER NOT NULL REFERENCES undos ON DELETE CASCADE,
    bookmark_id INTEGER NOT NULL,
    was         TEXT    NOT NULL, -- JSON
    PRIMARY KEY (undo_id, bookmark_id)
) STRICT;
