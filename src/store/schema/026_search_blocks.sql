-- Where the bookmarks of a segment stand is kept in blocks behind those of what they are found by: a
-- search reads those of the few that may match, not all. Segments are made anew, in the background.
UPDATE search_docs SET segment_id = NULL, revision = revision + 1 WHERE segment_id IS NOT NULL;
DELETE FROM search_segments;
ALTER TABLE search_segments DROP COLUMN docs;
-- How many bookmarks it knows.
ALTER TABLE search_segments ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
ALTER TABLE search_blocks RENAME COLUMN postings TO bytes;
