-- Times are integer microseconds since 1970 UTC. seq grows with every insert and is never used twice,
-- which makes it the key that lists page on: rows added while a client pages cannot move its place.

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE accounts (
    id      TEXT PRIMARY KEY CHECK (length(id) = 12),
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE access_keys (
    id      TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    secret  TEXT NOT NULL,
    name    TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE reference_stores (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    account     TEXT NOT NULL UNIQUE REFERENCES accounts (id), -- one per account
    arn         TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    description TEXT,
    sse_key_arn TEXT,
    sse         INTEGER NOT NULL, -- 1 when an sseConfig was given
    created     INTEGER NOT NULL
) STRICT;

CREATE TABLE reference_jobs (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE,
    store          TEXT NOT NULL REFERENCES reference_stores (id) ON DELETE CASCADE,
    role_arn       TEXT NOT NULL,
    status         TEXT NOT NULL CHECK (status IN
        ('SUBMITTED', 'IN_PROGRESS', 'CANCELLING', 'CANCELLED', 'FAILED', 'COMPLETED', 'COMPLETED_WITH_FAILURES')),
    status_message TEXT NOT NULL DEFAULT '',
    created        INTEGER NOT NULL,
    completed      INTEGER
) STRICT;

CREATE INDEX reference_jobs_store ON reference_jobs (store, seq);

CREATE TABLE reference_sources (
    job            TEXT NOT NULL REFERENCES reference_jobs (id) ON DELETE CASCADE,
    source         INTEGER NOT NULL, -- 0-based place in the request
    uri            TEXT NOT NULL,
    name           TEXT NOT NULL,
    description    TEXT,
    tags           TEXT NOT NULL, -- JSON object
    reference      TEXT NOT NULL UNIQUE, -- the id the reference gets, reserved at the start so that its folder is known
    status         TEXT NOT NULL CHECK (status IN ('NOT_STARTED', 'IN_PROGRESS', 'FINISHED', 'FAILED')),
    status_message TEXT NOT NULL DEFAULT '',
    attempt        INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (job, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE refs (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    store        TEXT NOT NULL REFERENCES reference_stores (id),
    account      TEXT NOT NULL REFERENCES accounts (id),
    arn          TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    description  TEXT,
    md5          TEXT NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('ACTIVE', 'DELETING')),
    job          TEXT NOT NULL, -- the job that imported it
    source_bytes INTEGER NOT NULL,
    index_bytes  INTEGER NOT NULL,
    created      INTEGER NOT NULL,
    updated      INTEGER NOT NULL
) STRICT;

CREATE INDEX refs_store ON refs (store, seq);

CREATE TABLE variant_stores (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE CHECK (length(id) = 12),
    account        TEXT NOT NULL REFERENCES accounts (id),
    name           TEXT NOT NULL,
    arn            TEXT NOT NULL UNIQUE,
    reference      TEXT NOT NULL REFERENCES refs (id), -- keeps the reference from being deleted
    reference_arn  TEXT NOT NULL,
    description    TEXT NOT NULL,
    sse_key_arn    TEXT,
    status         TEXT NOT NULL CHECK (status IN ('CREATING', 'UPDATING', 'DELETING', 'ACTIVE', 'FAILED')),
    status_message TEXT NOT NULL DEFAULT '',
    location       TEXT NOT NULL,
    size_bytes     INTEGER NOT NULL DEFAULT 0,
    created        INTEGER NOT NULL,
    updated        INTEGER NOT NULL,
    UNIQUE (account, name)
) STRICT;

CREATE INDEX variant_stores_reference ON variant_stores (reference);

CREATE TABLE import_jobs (
    seq               INTEGER PRIMARY KEY AUTOINCREMENT,
    id                TEXT NOT NULL UNIQUE,
    account           TEXT NOT NULL REFERENCES accounts (id),
    store             TEXT NOT NULL, -- no foreign key: a job's record outlives its store
    store_name        TEXT NOT NULL,
    location          TEXT NOT NULL, -- the store's, so that files can be removed after the store is gone
    role_arn          TEXT NOT NULL,
    normalize         INTEGER NOT NULL,
    annotation_fields TEXT, -- JSON object; NULL when the request had none
    status            TEXT NOT NULL CHECK (status IN
        ('SUBMITTED', 'IN_PROGRESS', 'CANCELLED', 'COMPLETED', 'FAILED', 'COMPLETED_WITH_FAILURES')),
    status_message    TEXT NOT NULL DEFAULT '',
    created           INTEGER NOT NULL,
    updated           INTEGER NOT NULL,
    completed         INTEGER,
    cleaned           INTEGER NOT NULL DEFAULT 0 -- 1 once nothing but the files of the table is left on disk
) STRICT;

CREATE INDEX import_jobs_account ON import_jobs (account, seq);
CREATE INDEX import_jobs_unfinished ON import_jobs (account, store) WHERE status IN ('SUBMITTED', 'IN_PROGRESS');
CREATE INDEX import_jobs_unclean ON import_jobs (seq) WHERE cleaned = 0;

CREATE TABLE import_items (
    job            TEXT NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE,
    item           INTEGER NOT NULL, -- 0-based place in the request
    source         TEXT NOT NULL,
    status         TEXT NOT NULL CHECK (status IN ('SUBMITTED', 'IN_PROGRESS', 'CANCELLED', 'COMPLETED', 'FAILED')),
    status_message TEXT NOT NULL DEFAULT '',
    attempt        INTEGER NOT NULL DEFAULT 0, -- claims so far
    records        INTEGER NOT NULL DEFAULT 0,
    rows           INTEGER NOT NULL DEFAULT 0,
    normalized     INTEGER NOT NULL DEFAULT 0,
    bytes          INTEGER NOT NULL DEFAULT 0, -- size of the files written
    files          TEXT NOT NULL DEFAULT '[]', -- JSON, as internal/table/lake describes its files
    PRIMARY KEY (job, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE tags (
    arn   TEXT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (arn, key)
) STRICT, WITHOUT ROWID;

-- Answers already given to requests that carried a clientToken.
CREATE TABLE client_tokens (
    account   TEXT NOT NULL,
    operation TEXT NOT NULL,
    token     TEXT NOT NULL,
    request   BLOB NOT NULL, -- SHA-256 of the request
    resource  TEXT NOT NULL, -- id of what it made
    created   INTEGER NOT NULL,
    PRIMARY KEY (account, operation, token)
) STRICT, WITHOUT ROWID;

CREATE INDEX client_tokens_resource ON client_tokens (resource);

-- The two tables of Iceberg's SQL catalog, version 1, as the Java and Python libraries make and read them.
CREATE TABLE iceberg_tables (
    catalog_name               VARCHAR(255) NOT NULL,
    table_namespace            VARCHAR(255) NOT NULL,
    table_name                 VARCHAR(255) NOT NULL,
    metadata_location          VARCHAR(1000),
    previous_metadata_location VARCHAR(1000),
    iceberg_type               VARCHAR(5),
    PRIMARY KEY (catalog_name, table_namespace, table_name)
);

CREATE TABLE iceberg_namespace_properties (
    catalog_name   VARCHAR(255) NOT NULL,
    namespace      VARCHAR(255) NOT NULL,
    property_key   VARCHAR(255) NOT NULL,
    property_value VARCHAR(1000) NOT NULL,
    PRIMARY KEY (catalog_name, namespace, property_key)
);
