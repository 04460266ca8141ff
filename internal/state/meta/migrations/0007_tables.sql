-- Stores of both kinds, and tables: one of a variant store, one for each version of an annotation store. What a table is called, where it is and whose
-- it is are columns; nothing reads them out of a path or a namespace. The catalog (iceberg_tables) stays as other engines read it.

CREATE TABLE stores (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE CHECK (length(id) = 12),
    account        TEXT NOT NULL REFERENCES accounts (id),
    kind           TEXT NOT NULL CHECK (kind IN ('VARIANT', 'ANNOTATION')),
    name           TEXT NOT NULL,
    arn            TEXT NOT NULL UNIQUE,
    reference      TEXT REFERENCES refs (id), -- keeps the reference from being deleted; NULL without one
    reference_arn  TEXT NOT NULL,
    description    TEXT NOT NULL,
    sse_key_arn    TEXT,
    format         TEXT NOT NULL CHECK (format IN ('VCF', 'GFF', 'TSV')),
    options        TEXT, -- storeOptions as JSON; NULL without any
    status         TEXT NOT NULL CHECK (status IN ('CREATING', 'UPDATING', 'DELETING', 'ACTIVE', 'FAILED')),
    status_message TEXT NOT NULL DEFAULT '',
    created        INTEGER NOT NULL,
    updated        INTEGER NOT NULL,
    UNIQUE (account, kind, name),
    CHECK (kind = 'ANNOTATION' OR reference IS NOT NULL)
) STRICT;

CREATE INDEX stores_reference ON stores (reference);

CREATE TABLE tables (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE CHECK (length(id) = 12),
    store          TEXT NOT NULL REFERENCES stores (id),
    version        TEXT NOT NULL, -- name of the version; '' of a variant store's
    arn            TEXT UNIQUE, -- of the version; NULL of a variant store's
    description    TEXT NOT NULL,
    options        TEXT, -- versionOptions as JSON; NULL when the request had none: the store's count
    namespace      TEXT NOT NULL, -- in the catalog, as name
    name           TEXT NOT NULL,
    location       TEXT NOT NULL,
    status         TEXT NOT NULL CHECK (status IN ('CREATING', 'UPDATING', 'DELETING', 'ACTIVE', 'FAILED')),
    status_message TEXT NOT NULL DEFAULT '',
    size_bytes     INTEGER NOT NULL DEFAULT 0, -- of the files its imports wrote
    created        INTEGER NOT NULL,
    updated        INTEGER NOT NULL,
    UNIQUE (store, version),
    UNIQUE (namespace, name)
) STRICT;

INSERT INTO stores (id, account, kind, name, arn, reference, reference_arn, description, sse_key_arn, format, status, status_message, created, updated)
SELECT id, account, 'VARIANT', name, arn, reference, reference_arn, description, sse_key_arn, 'VCF', status, status_message, created, updated
FROM variant_stores ORDER BY seq;

INSERT INTO stores (id, account, kind, name, arn, reference, reference_arn, description, sse_key_arn, format, options, status, status_message, created, updated)
SELECT id, account, 'ANNOTATION', name, arn, reference, reference_arn, description, sse_key_arn, format, options, status, status_message, created, updated
FROM annotation_stores ORDER BY seq;

INSERT INTO tables (id, store, version, description, namespace, name, location, status, status_message, size_bytes, created, updated)
SELECT id, id, '', '', 'variant_' || account || '_' || id, name, location, status, status_message, size_bytes, created, updated
FROM variant_stores ORDER BY seq;

INSERT INTO tables (id, store, version, arn, description, options, namespace, name, location, status, status_message, size_bytes, created, updated)
SELECT v.id, v.store, v.name, v.arn, v.description, v.options, 'annotation_' || s.account || '_' || s.id, v.table_name, v.location, v.status,
    v.status_message, v.size_bytes, v.created, v.updated
FROM annotation_versions v JOIN annotation_stores s ON s.id = v.store ORDER BY v.seq;

DROP TABLE variant_stores;
DROP TABLE annotation_versions;
DROP TABLE annotation_stores;

-- A job names its table by id, whatever its kind.
ALTER TABLE import_jobs RENAME COLUMN version TO table_id;
UPDATE import_jobs SET table_id = store WHERE kind = 'VARIANT';

CREATE TRIGGER store_created AFTER INSERT ON stores WHEN EXISTS (SELECT 1 FROM event_sinks) BEGIN
    INSERT INTO events (time, account, kind, arn, status, job, store, name, share, message)
    VALUES (NEW.updated, NEW.account, CASE NEW.kind WHEN 'VARIANT' THEN 'Variant Store' ELSE 'Annotation Store' END,
        NEW.arn, NEW.status, '', NEW.id, NEW.name, '', '');
END;
CREATE TRIGGER store_changed AFTER UPDATE OF status, description ON stores
WHEN EXISTS (SELECT 1 FROM event_sinks) AND (NEW.status <> OLD.status OR NEW.description <> OLD.description) BEGIN
    INSERT INTO events (time, account, kind, arn, status, job, store, name, share, message)
    VALUES (NEW.updated, NEW.account, CASE NEW.kind WHEN 'VARIANT' THEN 'Variant Store' ELSE 'Annotation Store' END, NEW.arn,
        CASE WHEN NEW.status = OLD.status THEN 'UPDATED' ELSE NEW.status END, '', NEW.id, NEW.name, '', NEW.status_message);
END;
CREATE TRIGGER store_deleted AFTER DELETE ON stores WHEN EXISTS (SELECT 1 FROM event_sinks) BEGIN
    INSERT INTO events (time, account, kind, arn, status, job, store, name, share, message)
    VALUES (CAST(unixepoch('subsec') * 1000000 AS INTEGER), OLD.account, CASE OLD.kind WHEN 'VARIANT' THEN 'Variant Store' ELSE 'Annotation Store' END,
        OLD.arn, 'DELETED', '', OLD.id, OLD.name, '', '');
END;
