-- A device that told us its own address: no two destinations lead there. It is a secret, as
-- addresses are.
ALTER TABLE destinations ADD COLUMN device TEXT;
CREATE UNIQUE INDEX destinations_by_device ON destinations (device) WHERE device IS NOT NULL;
-- When that device last said that it is there.
ALTER TABLE destinations ADD COLUMN last_seen_at INTEGER;

-- An address that is changed may lead to another service; the old one goes if it was the last.
CREATE TRIGGER scopes_left AFTER UPDATE OF scope_id ON destinations
WHEN old.scope_id <> new.scope_id
BEGIN
    DELETE FROM scopes
    WHERE id = old.scope_id
      AND NOT EXISTS (SELECT 1 FROM destinations WHERE scope_id = old.scope_id);
END;
