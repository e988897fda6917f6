-- Where the bookmarks of a segment stand is kept in blocks, as what they are found by: a search
-- reads those of the few that may match, not all. Segments are made anew, in the background.
DROP TRIGGER search_segment_gone;
DROP TABLE search_segments;
DROP TABLE search_blocks;
UPDATE search_docs SET segment_id = NULL, revision = revision + 1 WHERE segment_id IS NOT NULL;

-- Some bookmarks of a person in the order of time: how many, and the first key of each block of
-- their grams.
CREATE TABLE search_segments (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id   INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    oldest_at INTEGER NOT NULL,
    newest_at INTEGER NOT NULL,
    size      INTEGER NOT NULL,
    directory BLOB    NOT NULL
) STRICT;
CREATE INDEX search_segments_by_user ON search_segments (user_id, newest_at, oldest_at);

-- Which bookmarks of a segment have which grams, and behind those blocks, where each stands. A
-- block's id is that of its segment, then 16 bits for its own number.
CREATE TABLE search_blocks (
    id    INTEGER PRIMARY KEY,
    bytes BLOB    NOT NULL
) STRICT;

CREATE TRIGGER search_segment_gone AFTER DELETE ON search_segments BEGIN
    DELETE FROM search_blocks WHERE id >= OLD.id << 16 AND id < (OLD.id + 1) << 16;
END;
