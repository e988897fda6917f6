-- The services that pushes go through, each with a line of its own, so that one that is down
-- or slow holds up nobody else.

CREATE TABLE scopes (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL UNIQUE, -- may hold a secret, as addresses do
    not_before INTEGER NOT NULL DEFAULT 0,
    failures   INTEGER NOT NULL DEFAULT 0,
    trips      INTEGER NOT NULL DEFAULT 0,
    -- When its line is to be looked at; NULL while nothing waits there, or an answer comes first.
    ready_at   INTEGER
) STRICT;
CREATE INDEX scopes_ready ON scopes (ready_at) WHERE ready_at IS NOT NULL;

-- The names are those of Address::scope.
INSERT INTO scopes (name)
SELECT DISTINCT kind || ' ' || ifnull(address ->> 'url', address ->> 'server') FROM destinations;

ALTER TABLE destinations ADD COLUMN scope_id INTEGER REFERENCES scopes;
-- Why it began to fail, as its owner was told elsewhere; NULL again once something arrives.
ALTER TABLE destinations ADD COLUMN failing_reason TEXT;
UPDATE destinations
SET scope_id = (
    SELECT id FROM scopes
    WHERE name = kind || ' ' || ifnull(address ->> 'url', address ->> 'server'));
CREATE INDEX destinations_by_scope ON destinations (scope_id);

-- Not a reference: what has ended outlives its scope.
ALTER TABLE deliveries ADD COLUMN scope_id INTEGER;
-- The destination that an alert is about.
ALTER TABLE deliveries ADD COLUMN failing_id INTEGER REFERENCES destinations ON DELETE SET NULL;
UPDATE deliveries
SET scope_id = (SELECT scope_id FROM destinations WHERE id = destination_id);
CREATE INDEX deliveries_of_alerts ON deliveries (failing_id) WHERE failing_id IS NOT NULL;

-- What is held back for a paused destination is looked at when its time runs out.
UPDATE deliveries
SET due_at = deadline_at
WHERE state = 'pending' AND NOT is_test
  AND destination_id IN (SELECT id FROM destinations WHERE paused_reason IS NOT NULL);

DROP INDEX deliveries_due;
CREATE INDEX deliveries_in_line ON deliveries (scope_id, due_at, id) WHERE state = 'pending';
CREATE INDEX deliveries_under_way ON deliveries (scope_id, due_at) WHERE state = 'sending';

UPDATE scopes
SET ready_at = (SELECT min(due_at) FROM deliveries WHERE scope_id = scopes.id AND state = 'pending');

-- Whatever enters a line has it looked at in time, so that no way into it can forget to.
CREATE TRIGGER deliveries_enter AFTER INSERT ON deliveries WHEN new.state = 'pending'
BEGIN
    UPDATE scopes
    SET ready_at = max(not_before, new.due_at)
    WHERE id = new.scope_id AND (ready_at IS NULL OR ready_at > max(not_before, new.due_at));
END;
CREATE TRIGGER deliveries_enter_again AFTER UPDATE OF due_at ON deliveries WHEN new.state = 'pending'
BEGIN
    UPDATE scopes
    SET ready_at = max(not_before, new.due_at)
    WHERE id = new.scope_id AND (ready_at IS NULL OR ready_at > max(not_before, new.due_at));
END;
CREATE TRIGGER scopes_end AFTER DELETE ON destinations
BEGIN
    DELETE FROM scopes
    WHERE id = old.scope_id
      AND NOT EXISTS (SELECT 1 FROM destinations WHERE scope_id = old.scope_id);
END;

ALTER TABLE users ADD COLUMN push_on INTEGER NOT NULL DEFAULT 1 CHECK (push_on IN (0, 1));
