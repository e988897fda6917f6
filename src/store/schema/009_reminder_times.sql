-- Since when a reminder comes at its times: other changes of it leave what it waits for alone.
ALTER TABLE reminders ADD COLUMN set_at INTEGER NOT NULL DEFAULT 0;
UPDATE reminders SET set_at = updated_at;
