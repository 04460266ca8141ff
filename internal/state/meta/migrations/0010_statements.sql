-- What statements of SQL make for an account, beside tables.
CREATE TABLE prepared_statements (
    account     TEXT NOT NULL,
    workgroup   TEXT NOT NULL,
    name        TEXT NOT NULL, -- its case counts
    text        TEXT NOT NULL,
    description TEXT NOT NULL,
    updated     INTEGER NOT NULL,
    PRIMARY KEY (account, workgroup, name)
) STRICT;

-- All are in the schema default.
CREATE TABLE views (
    account TEXT NOT NULL,
    name    TEXT NOT NULL, -- in lower case
    text    TEXT NOT NULL, -- of its query
    comment TEXT,
    columns TEXT NOT NULL, -- a JSON array of {"name", "type"}, types in Trino's words
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    PRIMARY KEY (account, name)
) STRICT;
