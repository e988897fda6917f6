-- A folder that goes is looked for among them.
CREATE INDEX imports_by_folder ON imports (folder_id) WHERE folder_id IS NOT NULL;
