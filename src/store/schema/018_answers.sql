-- What was answered to requests that may be repeated under the same key (`Idempotency-Key`).
CREATE TABLE answers (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id   INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    key_hash  BLOB    NOT NULL,
    number    INTEGER NOT NULL, -- counts a person's answers, so that the oldest can go
    request   BLOB    NOT NULL, -- a hash of what was asked
    sealed    BLOB    NOT NULL CHECK (length(sealed) <= 262144), -- opened by the key alone
    given_at  INTEGER NOT NULL,
    UNIQUE (user_id, key_hash),
    UNIQUE (user_id, number)
) STRICT;
CREATE INDEX answers_by_age ON answers (given_at);
