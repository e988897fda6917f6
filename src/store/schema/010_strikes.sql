-- Answers of a kind that, often enough in a row, mean that a destination is gone.
ALTER TABLE destinations ADD COLUMN strikes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE destinations ADD COLUMN struck_since INTEGER;

-- The key that tells push services who we are, made at the first start. Browsers tie their
-- subscriptions to it, so it is kept for good.
CREATE TABLE vapid_key (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    pkcs8      BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
