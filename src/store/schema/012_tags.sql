-- Tags, favourites and the archive.

CREATE TABLE tags (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    name       TEXT    NOT NULL CHECK (name <> ''),
    key        TEXT    NOT NULL, -- the name as it is compared: with case and width folded
    created_at INTEGER NOT NULL,
    UNIQUE (user_id, key)
) STRICT;

CREATE TABLE bookmark_tags (
    bookmark_id INTEGER NOT NULL REFERENCES bookmarks ON DELETE CASCADE,
    tag_id      INTEGER NOT NULL REFERENCES tags ON DELETE CASCADE,
    PRIMARY KEY (bookmark_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bookmark_tags_by_tag ON bookmark_tags (tag_id, bookmark_id);

ALTER TABLE bookmarks ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0 CHECK (favourite IN (0, 1));
-- What is put away neither waits nor burns.
ALTER TABLE bookmarks ADD COLUMN archived_at INTEGER
    CHECK (archived_at IS NULL OR (burns_at IS NULL AND burnt_at IS NULL));
-- Where it stands: 0 in the list, 1 in the archive, 2 in the ashes.
ALTER TABLE bookmarks ADD COLUMN shelf INTEGER NOT NULL GENERATED ALWAYS AS
    (CASE WHEN burnt_at IS NOT NULL THEN 2 WHEN archived_at IS NOT NULL THEN 1 ELSE 0 END) VIRTUAL;

-- Every list is of one shelf.
DROP INDEX bookmarks_burnt;
DROP INDEX bookmarks_by_saved;
CREATE INDEX bookmarks_by_saved ON bookmarks (user_id, shelf, saved_at, id);
DROP INDEX bookmarks_unread;
CREATE INDEX bookmarks_unread ON bookmarks (user_id, shelf, saved_at, id) WHERE read_at IS NULL;
DROP INDEX bookmarks_read;
CREATE INDEX bookmarks_read ON bookmarks (user_id, shelf, saved_at, id) WHERE read_at IS NOT NULL;
DROP INDEX bookmarks_in_folder;
CREATE INDEX bookmarks_in_folder ON bookmarks (folder_id, shelf, saved_at, id)
    WHERE folder_id IS NOT NULL;
DROP INDEX bookmarks_unread_in_folder;
CREATE INDEX bookmarks_unread_in_folder ON bookmarks (folder_id, shelf, saved_at, id)
    WHERE folder_id IS NOT NULL AND read_at IS NULL;
DROP INDEX bookmarks_not_ready;
CREATE INDEX bookmarks_not_ready ON bookmarks (user_id, shelf, saved_at, id, page_state)
    WHERE page_state <> 'ready';
CREATE INDEX bookmarks_favourite ON bookmarks (user_id, shelf, saved_at, id) WHERE favourite = 1;
