-- Feeds of a person's reminders, at addresses that nobody can guess.

-- Stands in their addresses, so that another one ends those before; NULL while they want none.
ALTER TABLE users ADD COLUMN feed_nonce TEXT;

-- What a firing had to tell, kept for those who want feeds.
CREATE TABLE feed_items (
    firing_id INTEGER PRIMARY KEY REFERENCES firings ON DELETE CASCADE,
    user_id   INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    name      TEXT    NOT NULL, -- of the reminder
    waiting   INTEGER NOT NULL, -- how many links did in all
    links     TEXT    NOT NULL  -- the bookmarks that were picked, as '12,13'
) STRICT;
CREATE INDEX feed_items_by_user ON feed_items (user_id, firing_id);
