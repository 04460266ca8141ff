-- Why the state is older than a table, which a setting named by the table's folder said: '' when nothing says that it is.
ALTER TABLE tables ADD COLUMN older TEXT NOT NULL DEFAULT '';
UPDATE tables SET older = coalesce((SELECT CAST(value AS TEXT) FROM settings WHERE key = 'older ' || tables.location), '');
DELETE FROM settings WHERE key GLOB 'older *';
