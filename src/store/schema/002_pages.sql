-- More of what a page says, whose host it is asked from, and our own copies of its pictures.

ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT 'en';

-- The reason is a code now.
ALTER TABLE bookmarks DROP COLUMN page_reason;
ALTER TABLE bookmarks ADD COLUMN page_reason TEXT;
ALTER TABLE bookmarks ADD COLUMN page_host TEXT NOT NULL DEFAULT '';
ALTER TABLE bookmarks ADD COLUMN page_short_title TEXT NOT NULL DEFAULT '';
ALTER TABLE bookmarks ADD COLUMN page_kind TEXT NOT NULL DEFAULT 'site';
ALTER TABLE bookmarks ADD COLUMN page_language TEXT NOT NULL DEFAULT '';
ALTER TABLE bookmarks ADD COLUMN page_canonical_url TEXT;
-- Keys of pictures in cache.db.
ALTER TABLE bookmarks ADD COLUMN picture TEXT;
ALTER TABLE bookmarks ADD COLUMN icon TEXT;

-- An address is kept as https://host/ or https://host:port/, so this is its host.
UPDATE bookmarks
SET page_host = substr(url, instr(url, '://') + 3, instr(substr(url, instr(url, '://') + 3), '/') - 1);
UPDATE bookmarks
SET page_host = substr(page_host, 1, instr(page_host, ':') - 1)
WHERE page_host LIKE '%:%' AND page_host NOT LIKE '[%';

-- Where the reason is not known any more, and where the picture was kept under its address,
-- the page is read again.
UPDATE bookmarks
SET page_due_at = updated_at, page_tries = 0,
    page_state = CASE page_state WHEN 'ready' THEN 'ready' ELSE 'pending' END
WHERE page_state IN ('failed', 'refused') OR image_url IS NOT NULL;

DROP INDEX bookmarks_to_fetch;
-- With the host, because those whose host was asked a moment ago are passed by.
CREATE INDEX bookmarks_to_fetch ON bookmarks (page_due_at, id, page_host) WHERE page_due_at IS NOT NULL;
-- For the lists of pages that wait or could not be read.
CREATE INDEX bookmarks_not_ready ON bookmarks (user_id, saved_at, id, page_state) WHERE page_state <> 'ready';
