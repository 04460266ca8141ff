-- Annotation stores and their versions, shares between accounts, policies of access keys, and the events of status changes.

-- A key without a policy may do nothing. The keys of before had the whole of their account.
ALTER TABLE access_keys ADD COLUMN policy TEXT;
UPDATE access_keys SET policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';

CREATE TABLE annotation_stores (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE CHECK (length(id) = 12),
    account        TEXT NOT NULL REFERENCES accounts (id),
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
    UNIQUE (account, name)
) STRICT;

CREATE INDEX annotation_stores_reference ON annotation_stores (reference);

-- Each version is a table of its own.
CREATE TABLE annotation_versions (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE CHECK (length(id) = 12),
    store          TEXT NOT NULL REFERENCES annotation_stores (id),
    name           TEXT NOT NULL,
    arn            TEXT NOT NULL UNIQUE,
    description    TEXT NOT NULL,
    options        TEXT, -- versionOptions as JSON; NULL when the request had none: the store's count
    table_name     TEXT NOT NULL,
    location       TEXT NOT NULL,
    status         TEXT NOT NULL CHECK (status IN ('CREATING', 'UPDATING', 'DELETING', 'ACTIVE', 'FAILED')),
    status_message TEXT NOT NULL DEFAULT '',
    size_bytes     INTEGER NOT NULL DEFAULT 0,
    created        INTEGER NOT NULL,
    updated        INTEGER NOT NULL,
    UNIQUE (store, name),
    UNIQUE (store, table_name)
) STRICT;

-- kind and version say what a job imports into; namespace and table_name are its table in the catalog.
ALTER TABLE import_jobs ADD COLUMN kind TEXT NOT NULL DEFAULT 'VARIANT' CHECK (kind IN ('VARIANT', 'ANNOTATION'));
ALTER TABLE import_jobs ADD COLUMN version TEXT NOT NULL DEFAULT '';      -- id of the annotation store version
ALTER TABLE import_jobs ADD COLUMN version_name TEXT NOT NULL DEFAULT '';
ALTER TABLE import_jobs ADD COLUMN format TEXT NOT NULL DEFAULT 'VCF' CHECK (format IN ('VCF', 'GFF', 'TSV'));
ALTER TABLE import_jobs ADD COLUMN format_options TEXT;                   -- JSON; NULL when the request had none
ALTER TABLE import_jobs ADD COLUMN namespace TEXT NOT NULL DEFAULT '';
ALTER TABLE import_jobs ADD COLUMN table_name TEXT NOT NULL DEFAULT '';
UPDATE import_jobs SET namespace = 'variant_' || account || '_' || store, table_name = store_name;

DROP INDEX import_jobs_account;
CREATE INDEX import_jobs_account ON import_jobs (account, kind, seq);

CREATE TABLE shares (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE,
    owner          TEXT NOT NULL REFERENCES accounts (id),
    subscriber     TEXT NOT NULL, -- no foreign key: an account may be named before it has a key
    kind           TEXT NOT NULL CHECK (kind IN ('VARIANT_STORE', 'ANNOTATION_STORE')),
    store          TEXT NOT NULL, -- no foreign key: a share's record outlives its store
    arn            TEXT NOT NULL,
    name           TEXT NOT NULL,
    status         TEXT NOT NULL CHECK (status IN ('PENDING', 'ACTIVATING', 'ACTIVE', 'DELETING', 'DELETED', 'FAILED')),
    status_message TEXT NOT NULL DEFAULT '',
    created        INTEGER NOT NULL,
    updated        INTEGER NOT NULL
) STRICT;

CREATE INDEX shares_store ON shares (store);
CREATE INDEX shares_owner ON shares (owner, seq);
CREATE INDEX shares_subscriber ON shares (subscriber, seq);
-- One share of a store with an account at a time.
CREATE UNIQUE INDEX shares_live ON shares (store, subscriber) WHERE status IN ('PENDING', 'ACTIVATING', 'ACTIVE', 'DELETING');

-- Status changes not yet taken by every sink of events. The triggers below write them, so that no transition can be
-- forgotten; without a row in event_sinks they write nothing.
CREATE TABLE events (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    time    INTEGER NOT NULL,
    account TEXT NOT NULL,
    kind    TEXT NOT NULL, -- 'Variant Store', 'Annotation Import Job', ...: the detail-type without ' Status Change'
    arn     TEXT NOT NULL,
    status  TEXT NOT NULL, -- as the API has it; DELETED when the row is gone
    job     TEXT NOT NULL,
    store   TEXT NOT NULL,
    name    TEXT NOT NULL, -- of the store
    share   TEXT NOT NULL,
    message TEXT NOT NULL
) STRICT;

CREATE TABLE event_sinks (
    name TEXT PRIMARY KEY,
    seq  INTEGER NOT NULL -- all events up to it were taken
) STRICT, WITHOUT ROWID;

CREATE TRIGGER variant_store_created AFTER INSERT ON variant_stores WHEN EXISTS (SELECT 1 FROM event_sinks) BEGIN
    INSERT INTO events (time, account, kind, arn, status, job, store, name, share, message)
    VALUES (NEW.updated, NEW.account, 'Variant Store', NEW.arn, NEW.status, '', NEW.id, NEW.name, '', '');
END;
CREATE TRIGGER variant_store_changed AFTER UPDATE OF status, description ON variant_stores
WHEN EXISTS (SELECT 1 FROM event_sinks) AND (NEW.status <> OLD.status OR NEW.description <> OLD.description) BEGIN
    INSERT INTO events (time, account, kind, arn, status, job, store, name, share, message)
    VALUES (NEW.updated, NEW.account, 'Variant Store', NEW.arn,
        CASE WHEN NEW.status = OLD.status THEN 'UPDATED' ELSE NEW.status END, '', NEW.id, NEW.name, '', NEW.status_message);
END;
CREATE TRIGGER variant_store_deleted AFTER DELETE ON variant_stores WHEN EXISTS (SELECT 1 FROM event_sinks) BEGIN
    INSERT INTO events (time, account, kind, arn, status, job, store, name, share, message)
    VALUES (CAST(unixepoch('subsec') * 1000000 AS INTEGER), OLD.account, 'Variant Store', OLD.arn, 'DELETED', '', OLD.id, OLD.name, '', '');
END;

CREATE TRIGGER annotation_store_created AFTER INSERT ON annotation_stores WHEN EXISTS (SELECT 1 FROM event_sinks) BEGIN
    INSERT INTO events (time, account, kind, arn, status, job, store, name, share, message)
    VALUES (NEW.updated, NEW.account, 'Annotation Store', NEW.arn, NEW.status, '', NEW.id, NEW.name, '', '');
END;
CREATE TRIGGER annotation_store_changed AFTER UPDATE OF status, description ON annotation_stores
WHEN EXISTS (SELECT 1 FROM event_sinks) AND (NEW.status <> OLD.status OR NEW.description <> OLD.description) BEGIN
    INSERT INTO events (time, account, kind, arn, status, job, store, name, share, message)
    VALUES (NEW.updated, NEW.account, 'Annotation Store', NEW.arn,
        CASE WHEN NEW.status = OLD.status THEN 'UPDATED' ELSE NEW.status END, '', NEW.id, NEW.name, '', NEW.status_message);
END;
CREATE TRIGGER annotation_store_deleted AFTER DELETE ON annotation_stores WHEN EXISTS (SELECT 1 FROM event_sinks) BEGIN
    INSERT INTO events (time, account, kind, arn, status, job, store, name, share, message)
    VALUES (CAST(unixepoch('subsec') * 1000000 AS INTEGER), OLD.account, 'Annotation Store', OLD.arn, 'DELETED', '', OLD.id, OLD.name, '', '');
END;

CREATE TRIGGER import_job_created AFTER INSERT ON import_jobs WHEN EXISTS (SELECT 1 FROM event_sinks) BEGIN
    INSERT INTO events (time, account, kind, arn, status, job, store, name, share, message)
    VALUES (NEW.updated, NEW.account, CASE NEW.kind WHEN 'VARIANT' THEN 'Variant Import Job' ELSE 'Annotation Import Job' END,
        '', NEW.status, NEW.id, NEW.store, NEW.store_name, '', '');
END;
CREATE TRIGGER import_job_changed AFTER UPDATE OF status ON import_jobs WHEN NEW.status <> OLD.status AND EXISTS (SELECT 1 FROM event_sinks) BEGIN
    INSERT INTO events (time, account, kind, arn, status, job, store, name, share, message)
    VALUES (NEW.updated, NEW.account, CASE NEW.kind WHEN 'VARIANT' THEN 'Variant Import Job' ELSE 'Annotation Import Job' END,
        '', NEW.status, NEW.id, NEW.store, NEW.store_name, '', NEW.status_message);
END;

-- Both sides of a share are told of it.
CREATE TRIGGER share_created AFTER INSERT ON shares WHEN EXISTS (SELECT 1 FROM event_sinks) BEGIN
    INSERT INTO events (time, account, kind, arn, status, job, store, name, share, message)
    SELECT NEW.updated, side.value, CASE NEW.kind WHEN 'VARIANT_STORE' THEN 'Variant Store Share' ELSE 'Annotation Store Share' END,
        NEW.arn, NEW.status, '', NEW.store, '', NEW.id, '' FROM json_each(json_array(NEW.owner, NEW.subscriber)) AS side;
END;
CREATE TRIGGER share_changed AFTER UPDATE OF status ON shares WHEN NEW.status <> OLD.status AND EXISTS (SELECT 1 FROM event_sinks) BEGIN
    INSERT INTO events (time, account, kind, arn, status, job, store, name, share, message)
    SELECT NEW.updated, side.value, CASE NEW.kind WHEN 'VARIANT_STORE' THEN 'Variant Store Share' ELSE 'Annotation Store Share' END,
        NEW.arn, NEW.status, '', NEW.store, '', NEW.id, NEW.status_message FROM json_each(json_array(NEW.owner, NEW.subscriber)) AS side;
END;
