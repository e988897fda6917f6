-- More that rules say, an order of kept searches, and looking after what is saved: links that
-- lead to the same place, and links that lead nowhere any more.

ALTER TABLE rules ADD COLUMN how TEXT NOT NULL DEFAULT 'contains'
    CHECK (how IN ('contains', 'begins', 'equals'));
ALTER TABLE rules ADD COLUMN fetch INTEGER NOT NULL DEFAULT 1 CHECK (fetch IN (0, 1));

ALTER TABLE searches ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
UPDATE searches SET position = id;

-- A hash of the address of its page without scheme, www. and slash at the end: two links lead to
-- the same place where this is the same. Empty until it is known.
ALTER TABLE bookmarks ADD COLUMN place_key TEXT NOT NULL DEFAULT '';
-- Ashes are nobody's worry, and lie apart.
CREATE INDEX bookmarks_by_place ON bookmarks (user_id, burnt_at, place_key);

-- Those who want to know which of their links are dead, and how far we are on our way through
-- them: by their hashes, so that those of one host do not follow one another, some each day, and
-- from the start again.
CREATE TABLE link_walks (
    user_id     INTEGER PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    due_at      INTEGER NOT NULL,
    -- How many are still to be looked at today.
    left        INTEGER NOT NULL DEFAULT 0,
    -- The last one that was.
    place_key   TEXT    NOT NULL DEFAULT '',
    id          INTEGER NOT NULL DEFAULT 0,
    -- When any of them answered last: as long as none does, it may be us who are cut off.
    answered_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX link_walks_due ON link_walks (due_at);

-- Links that could not be reached when they were looked at last. All others have no row.
CREATE TABLE failing_links (
    bookmark_id INTEGER PRIMARY KEY REFERENCES bookmarks ON DELETE CASCADE,
    user_id     INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    reason      TEXT    NOT NULL,
    failures    INTEGER NOT NULL,
    since       INTEGER NOT NULL, -- the first of these failures
    checked_at  INTEGER NOT NULL,
    -- When it is looked at again; NULL where its owner does not want to hear of it.
    due_at      INTEGER,
    dead_at     INTEGER -- since when it counts as dead
) STRICT;
CREATE INDEX failing_links_due ON failing_links (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX failing_links_dead ON failing_links (user_id, dead_at, bookmark_id)
    WHERE dead_at IS NOT NULL AND due_at IS NOT NULL;
CREATE INDEX failing_links_by_user ON failing_links (user_id);
