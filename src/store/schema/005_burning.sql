-- Unread links turn to ash after a while, for those who want that.

-- NULL is never, which is what everybody begins with.
ALTER TABLE users ADD COLUMN burn_after_days INTEGER CHECK (burn_after_days BETWEEN 1 AND 3650);
-- NULL is as in the folder around it, at the top as its owner has set for all. 0 is never.
ALTER TABLE folders ADD COLUMN burn_after_days INTEGER CHECK (burn_after_days BETWEEN 0 AND 3650);

-- When its time began anew, where that was after it was saved.
ALTER TABLE bookmarks ADD COLUMN burn_from INTEGER;
-- The midnight that was announced for it.
ALTER TABLE bookmarks ADD COLUMN burns_at INTEGER CHECK (burns_at IS NULL OR read_at IS NULL);
ALTER TABLE bookmarks ADD COLUMN burnt_at INTEGER
    CHECK (burnt_at IS NULL OR (read_at IS NULL AND burns_at IS NULL));

-- Lists of what is not burnt pass by no ashes.
DROP INDEX bookmarks_by_saved;
CREATE INDEX bookmarks_by_saved ON bookmarks (user_id, saved_at, id) WHERE burnt_at IS NULL;
DROP INDEX bookmarks_unread;
CREATE INDEX bookmarks_unread ON bookmarks (user_id, saved_at, id)
    WHERE read_at IS NULL AND burnt_at IS NULL;
DROP INDEX bookmarks_read;
CREATE INDEX bookmarks_read ON bookmarks (user_id, saved_at, id)
    WHERE read_at IS NOT NULL AND burnt_at IS NULL;
-- With burnt ones, since a folder that is deleted has to find all that are filed in it.
DROP INDEX bookmarks_in_folder;
CREATE INDEX bookmarks_in_folder ON bookmarks (folder_id, burnt_at, saved_at, id)
    WHERE folder_id IS NOT NULL;
DROP INDEX bookmarks_unread_in_folder;
CREATE INDEX bookmarks_unread_in_folder ON bookmarks (folder_id, burnt_at, saved_at, id)
    WHERE folder_id IS NOT NULL AND read_at IS NULL;
DROP INDEX bookmarks_not_ready;
CREATE INDEX bookmarks_not_ready ON bookmarks (user_id, saved_at, id, page_state)
    WHERE page_state <> 'ready' AND burnt_at IS NULL;
CREATE INDEX bookmarks_announced ON bookmarks (user_id, burns_at) WHERE burns_at IS NOT NULL;
CREATE INDEX bookmarks_burnt ON bookmarks (user_id, saved_at, id) WHERE burnt_at IS NOT NULL;

-- Those whose links can burn, and where they stand. Nobody else has a row.
CREATE TABLE burning (
    user_id  INTEGER PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    -- The midnight at which links are burnt and announced next.
    look_at  INTEGER NOT NULL,
    -- When a push says what was announced; NULL while there is nothing to say, or it was said.
    tell_at  INTEGER,
    -- The last midnight of which they were told. Nothing burns that was announced for a later one.
    told_for INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX burning_to_look ON burning (look_at);
CREATE INDEX burning_to_tell ON burning (tell_at) WHERE tell_at IS NOT NULL;

-- The midnight of which a delivery tells what burns at it.
ALTER TABLE deliveries ADD COLUMN burns_at INTEGER;
