-- Webhooks that are told what happens to what a person keeps.

-- Of which events, a bit for each.
ALTER TABLE destinations ADD COLUMN events INTEGER NOT NULL DEFAULT 0
    CHECK (events = 0 OR kind = 'webhook');
-- Whether it gets what is pushed to its owner.
ALTER TABLE destinations ADD COLUMN pushes INTEGER NOT NULL DEFAULT 1
    CHECK (pushes = 1 OR kind = 'webhook');
-- Few have any, so that a change that nobody is told of finds that out at once.
CREATE INDEX destinations_told ON destinations (user_id) WHERE events <> 0;

-- The event that a delivery tells of; NULL for what is pushed to people.
ALTER TABLE deliveries ADD COLUMN event TEXT;
CREATE INDEX deliveries_of_events_ended ON deliveries (ended_at)
    WHERE event IS NOT NULL AND ended_at IS NOT NULL;
