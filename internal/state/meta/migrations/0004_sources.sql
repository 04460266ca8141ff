-- What the sources of imports are, in terms that outlive the process that was told of them, and how reading them went.
--
-- path: absolute, of a file that a command named to the server inside itself; '' for objects, which source (uri) names.
-- pin: the identity of what is read, known before any row is: an entity tag, or size and modification time; '' until then.
--      'lost': the source had a name that only an ended process could resolve.
-- running: 1 while an attempt is under way. A start that finds it 1 counts the attempt among the crashes, those that took their process down.

ALTER TABLE import_items ADD COLUMN path TEXT NOT NULL DEFAULT '';
ALTER TABLE import_items ADD COLUMN pin TEXT NOT NULL DEFAULT '';
ALTER TABLE import_items ADD COLUMN running INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import_items ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;

ALTER TABLE reference_sources ADD COLUMN path TEXT NOT NULL DEFAULT '';
ALTER TABLE reference_sources ADD COLUMN pin TEXT NOT NULL DEFAULT '';
ALTER TABLE reference_sources ADD COLUMN running INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reference_sources ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;

UPDATE import_items SET pin = 'lost' WHERE source GLOB 's3://local-[0-9]*/*' AND status IN ('SUBMITTED', 'IN_PROGRESS');
UPDATE reference_sources SET pin = 'lost' WHERE uri GLOB 's3://local-[0-9]*/*' AND status IN ('NOT_STARTED', 'IN_PROGRESS');
