-- What people do from a notification itself.

-- Signs what we hand out and read again. One row, drawn once from the system's randomness by
-- way of SQLite's own generator.
CREATE TABLE act_key (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    secret BLOB    NOT NULL CHECK (length(secret) = 32)
) STRICT;
INSERT INTO act_key (id, secret) VALUES (1, randomblob(32));

-- The bookmarks that a delivery named, as '12,13', from its first attempt on.
ALTER TABLE deliveries ADD COLUMN links TEXT NOT NULL DEFAULT '';

-- What was done about a delivery; each act works once.
CREATE TABLE acts (
    delivery_id INTEGER NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    act         TEXT    NOT NULL,
    done_at     INTEGER NOT NULL,
    PRIMARY KEY (delivery_id, act)
) STRICT, WITHOUT ROWID;
