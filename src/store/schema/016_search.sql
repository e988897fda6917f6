-- Searching. Every bookmark is looked at but those of which a segment says that they cannot match.

DROP TABLE bookmark_words;

-- What the texts and segments were made by; they are made anew by another version.
CREATE TABLE search_version (
    version INTEGER NOT NULL
) STRICT;
INSERT INTO search_version (version) VALUES (0);

-- The segment that knows a bookmark as it is now; none while it is fresh. The revision tells
-- whether it changed while a segment was made of it, and `folded` whether its text is there.
CREATE TABLE search_docs (
    id         INTEGER PRIMARY KEY REFERENCES bookmarks ON DELETE CASCADE,
    user_id    INTEGER NOT NULL,
    segment_id INTEGER,
    revision   INTEGER NOT NULL DEFAULT 0,
    folded     INTEGER NOT NULL DEFAULT 0 CHECK (folded IN (0, 1))
) STRICT;
INSERT INTO search_docs (id, user_id) SELECT id, user_id FROM bookmarks;
CREATE INDEX search_docs_fresh ON search_docs (user_id, id) WHERE segment_id IS NULL;
CREATE INDEX search_docs_unfolded ON search_docs (id) WHERE folded = 0;
CREATE INDEX search_docs_by_segment ON search_docs (segment_id) WHERE segment_id IS NOT NULL;

-- What is searched, folded.
CREATE TABLE search_texts (
    id   INTEGER PRIMARY KEY REFERENCES bookmarks ON DELETE CASCADE,
    text TEXT    NOT NULL
) STRICT;

-- Some bookmarks of a person in the order of time, and where the blocks of their grams begin.
CREATE TABLE search_segments (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id   INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    oldest_at INTEGER NOT NULL,
    newest_at INTEGER NOT NULL,
    directory BLOB    NOT NULL,
    docs      BLOB    NOT NULL
) STRICT;
CREATE INDEX search_segments_by_user ON search_segments (user_id, newest_at, oldest_at);

-- Which bookmarks of a segment have which grams. A block's id is that of its segment, then 16
-- bits for its own number.
CREATE TABLE search_blocks (
    id       INTEGER PRIMARY KEY,
    postings BLOB    NOT NULL
) STRICT;

CREATE TRIGGER search_segment_gone AFTER DELETE ON search_segments BEGIN
    DELETE FROM search_blocks WHERE id >= OLD.id << 16 AND id < (OLD.id + 1) << 16;
END;

CREATE TRIGGER search_inserted AFTER INSERT ON bookmarks BEGIN
    INSERT INTO search_docs (id, user_id) VALUES (NEW.id, NEW.user_id);
END;

CREATE TRIGGER search_text_changed
AFTER UPDATE OF url, own_title, own_description, note, page_title, page_description, site_name,
                author ON bookmarks
WHEN (NEW.url, NEW.own_title, NEW.own_description, NEW.note, NEW.page_title, NEW.page_description,
      NEW.site_name, NEW.author)
     IS NOT (OLD.url, OLD.own_title, OLD.own_description, OLD.note, OLD.page_title,
             OLD.page_description, OLD.site_name, OLD.author)
BEGIN
    DELETE FROM search_texts WHERE id = NEW.id;
    UPDATE search_docs SET segment_id = NULL, revision = revision + 1, folded = 0 WHERE id = NEW.id;
END;

-- Nobody asks for what is in a folder that is gone, or has a tag that is gone.
CREATE TRIGGER search_place_changed
AFTER UPDATE OF folder_id, saved_at, read_at, favourite, archived_at, burnt_at ON bookmarks
WHEN NEW.saved_at <> OLD.saved_at
     OR NEW.favourite <> OLD.favourite
     OR (NEW.read_at IS NULL) <> (OLD.read_at IS NULL)
     OR (NEW.archived_at IS NULL) <> (OLD.archived_at IS NULL)
     OR (NEW.burnt_at IS NULL) <> (OLD.burnt_at IS NULL)
     OR (NEW.folder_id IS NOT OLD.folder_id
         AND (NEW.folder_id IS NOT NULL OR EXISTS (SELECT 1 FROM folders WHERE id = OLD.folder_id)))
BEGIN
    UPDATE search_docs SET segment_id = NULL, revision = revision + 1 WHERE id = NEW.id;
END;

CREATE TRIGGER search_tagged AFTER INSERT ON bookmark_tags BEGIN
    UPDATE search_docs SET segment_id = NULL, revision = revision + 1 WHERE id = NEW.bookmark_id;
END;

CREATE TRIGGER search_untagged AFTER DELETE ON bookmark_tags
WHEN EXISTS (SELECT 1 FROM tags WHERE id = OLD.tag_id)
BEGIN
    UPDATE search_docs SET segment_id = NULL, revision = revision + 1 WHERE id = OLD.bookmark_id;
END;
