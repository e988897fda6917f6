-- What tokens may do and until when, and which browsers are signed in.

-- Those from before may do what their owner may, except manage the server.
ALTER TABLE tokens ADD COLUMN scope TEXT NOT NULL DEFAULT 'write'
    CHECK (scope IN ('read', 'write', 'admin'));
-- A token ends with its folder, since without one it would be limited to nothing.
ALTER TABLE tokens ADD COLUMN folder_id INTEGER REFERENCES folders ON DELETE CASCADE
    CHECK (folder_id IS NULL OR scope <> 'admin');
ALTER TABLE tokens ADD COLUMN expires_at INTEGER;
CREATE INDEX tokens_by_folder ON tokens (folder_id) WHERE folder_id IS NOT NULL;

-- Sessions get an id that can be shown, which their key cannot.
CREATE TABLE known_sessions (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    key_hash     BLOB    NOT NULL UNIQUE,
    user_id      INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    browser      TEXT    NOT NULL, -- in words: 'Firefox on Linux'
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT;
INSERT INTO known_sessions (key_hash, user_id, browser, created_at, last_seen_at, expires_at)
SELECT key_hash, user_id, '', created_at, created_at, expires_at FROM sessions;
DROP TABLE sessions;
ALTER TABLE known_sessions RENAME TO sessions;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE INDEX users_admins ON users (is_admin) WHERE is_admin = 1;
