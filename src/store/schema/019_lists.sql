-- Every list without words is read from lanes: the links of one person, folder or tag that stand
-- on the same shelf with the same marks, in the order in which they were saved. How long each lane
-- is stands in a table, so that nothing is ever counted by walking along it.

-- 1 unread, 2 favourite, 4 announced to burn; 0, 8, 16 or 24 where its page stands.
ALTER TABLE bookmarks ADD COLUMN marks INTEGER NOT NULL GENERATED ALWAYS AS (
    (read_at IS NULL) + 2 * favourite + 4 * (burns_at IS NOT NULL)
    + CASE page_state WHEN 'ready' THEN 0 WHEN 'pending' THEN 8 WHEN 'failed' THEN 16 ELSE 24 END
) VIRTUAL;

DROP INDEX bookmarks_by_saved;
DROP INDEX bookmarks_unread;
DROP INDEX bookmarks_read;
DROP INDEX bookmarks_not_ready;
DROP INDEX bookmarks_favourite;
DROP INDEX bookmarks_in_folder;
DROP INDEX bookmarks_unread_in_folder;
-- Each ends with the row's id, as every index does.
CREATE INDEX bookmarks_listed ON bookmarks (user_id, shelf, marks, saved_at);
CREATE INDEX bookmarks_filed ON bookmarks (folder_id, shelf, marks, saved_at)
    WHERE folder_id IS NOT NULL;

-- What a tag's lanes need of its bookmarks stands beside it; triggers keep it as it is there.
ALTER TABLE bookmark_tags ADD COLUMN folder_id INTEGER;
ALTER TABLE bookmark_tags ADD COLUMN shelf INTEGER;
ALTER TABLE bookmark_tags ADD COLUMN marks INTEGER;
ALTER TABLE bookmark_tags ADD COLUMN saved_at INTEGER;
UPDATE bookmark_tags
SET (folder_id, shelf, marks, saved_at) =
    (SELECT folder_id, shelf, marks, saved_at FROM bookmarks WHERE id = bookmark_id);
CREATE INDEX bookmark_tags_listed ON bookmark_tags (tag_id, shelf, marks, saved_at, bookmark_id)
    WHERE saved_at IS NOT NULL;
CREATE INDEX bookmark_tags_filed
    ON bookmark_tags (tag_id, folder_id, shelf, marks, saved_at, bookmark_id)
    WHERE folder_id IS NOT NULL;

-- How long each lane is. One that was emptied stays, with 0.
CREATE TABLE user_counts (
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    shelf   INTEGER NOT NULL,
    marks   INTEGER NOT NULL,
    links   INTEGER NOT NULL,
    PRIMARY KEY (user_id, shelf, marks)
) STRICT, WITHOUT ROWID;
CREATE TABLE folder_counts (
    folder_id INTEGER NOT NULL REFERENCES folders ON DELETE CASCADE,
    shelf     INTEGER NOT NULL,
    marks     INTEGER NOT NULL,
    links     INTEGER NOT NULL,
    PRIMARY KEY (folder_id, shelf, marks)
) STRICT, WITHOUT ROWID;
CREATE TABLE tag_counts (
    tag_id INTEGER NOT NULL REFERENCES tags ON DELETE CASCADE,
    shelf  INTEGER NOT NULL,
    marks  INTEGER NOT NULL,
    links  INTEGER NOT NULL,
    PRIMARY KEY (tag_id, shelf, marks)
) STRICT, WITHOUT ROWID;
INSERT INTO user_counts SELECT user_id, shelf, marks, count(*) FROM bookmarks GROUP BY 1, 2, 3;
INSERT INTO folder_counts
SELECT folder_id, shelf, marks, count(*) FROM bookmarks WHERE folder_id IS NOT NULL GROUP BY 1, 2, 3;
INSERT INTO tag_counts SELECT tag_id, shelf, marks, count(*) FROM bookmark_tags GROUP BY 1, 2, 3;

-- Triggers count, since there are many ways to change a bookmark, and each would have to remember.

CREATE TRIGGER user_counts_enter AFTER INSERT ON bookmarks
BEGIN
    INSERT INTO user_counts VALUES (new.user_id, new.shelf, new.marks, 1)
    ON CONFLICT DO UPDATE SET links = links + 1;
END;
CREATE TRIGGER user_counts_leave AFTER DELETE ON bookmarks
BEGIN
    UPDATE user_counts SET links = links - 1
    WHERE user_id = old.user_id AND shelf = old.shelf AND marks = old.marks;
END;
CREATE TRIGGER user_counts_move
AFTER UPDATE OF read_at, favourite, archived_at, burns_at, burnt_at, page_state ON bookmarks
WHEN (old.shelf, old.marks) <> (new.shelf, new.marks)
BEGIN
    UPDATE user_counts SET links = links - 1
    WHERE user_id = old.user_id AND shelf = old.shelf AND marks = old.marks;
    INSERT INTO user_counts VALUES (new.user_id, new.shelf, new.marks, 1)
    ON CONFLICT DO UPDATE SET links = links + 1;
END;

CREATE TRIGGER folder_counts_enter AFTER INSERT ON bookmarks WHEN new.folder_id IS NOT NULL
BEGIN
    INSERT INTO folder_counts VALUES (new.folder_id, new.shelf, new.marks, 1)
    ON CONFLICT DO UPDATE SET links = links + 1;
END;
CREATE TRIGGER folder_counts_leave AFTER DELETE ON bookmarks WHEN old.folder_id IS NOT NULL
BEGIN
    UPDATE folder_counts SET links = links - 1
    WHERE folder_id = old.folder_id AND shelf = old.shelf AND marks = old.marks;
END;
CREATE TRIGGER folder_counts_move
AFTER UPDATE OF folder_id, read_at, favourite, archived_at, burns_at, burnt_at, page_state
ON bookmarks
WHEN (old.folder_id, old.shelf, old.marks) IS NOT (new.folder_id, new.shelf, new.marks)
BEGIN
    UPDATE folder_counts SET links = links - 1
    WHERE folder_id = old.folder_id AND shelf = old.shelf AND marks = old.marks;
    INSERT INTO folder_counts
    SELECT new.folder_id, new.shelf, new.marks, 1 WHERE new.folder_id IS NOT NULL
    ON CONFLICT DO UPDATE SET links = links + 1;
END;

CREATE TRIGGER bookmark_tags_follow
AFTER UPDATE OF folder_id, saved_at, read_at, favourite, archived_at, burns_at, burnt_at, page_state
ON bookmarks
WHEN (old.folder_id, old.shelf, old.marks, old.saved_at)
    IS NOT (new.folder_id, new.shelf, new.marks, new.saved_at)
BEGIN
    UPDATE bookmark_tags
    SET folder_id = new.folder_id, shelf = new.shelf, marks = new.marks, saved_at = new.saved_at
    WHERE bookmark_id = new.id;
END;
CREATE TRIGGER bookmark_tags_enter AFTER INSERT ON bookmark_tags
BEGIN
    UPDATE bookmark_tags
    SET (folder_id, shelf, marks, saved_at) =
        (SELECT folder_id, shelf, marks, saved_at FROM bookmarks WHERE id = new.bookmark_id)
    WHERE bookmark_id = new.bookmark_id AND tag_id = new.tag_id;
END;
CREATE TRIGGER tag_counts_leave AFTER DELETE ON bookmark_tags
BEGIN
    UPDATE tag_counts SET links = links - 1
    WHERE tag_id = old.tag_id AND shelf = old.shelf AND marks = old.marks;
END;
CREATE TRIGGER tag_counts_move AFTER UPDATE OF tag_id, shelf, marks ON bookmark_tags
WHEN (old.tag_id, old.shelf, old.marks) IS NOT (new.tag_id, new.shelf, new.marks)
BEGIN
    UPDATE tag_counts SET links = links - 1
    WHERE tag_id = old.tag_id AND shelf = old.shelf AND marks = old.marks;
    INSERT INTO tag_counts VALUES (new.tag_id, new.shelf, new.marks, 1)
    ON CONFLICT DO UPDATE SET links = links + 1;
END;
