-- The headers of the VCF files that a table's rows came from, for exports. Files of a cohort share theirs but for the #CHROM line.
CREATE TABLE headers (
    hash BLOB PRIMARY KEY, -- SHA-256 of the text
    text BLOB NOT NULL     -- zstd: the lines before #CHROM
) STRICT;

CREATE TABLE item_headers (
    namespace  TEXT NOT NULL, -- of the table, as table_name
    table_name TEXT NOT NULL,
    job_seq    INTEGER NOT NULL, -- no foreign key: rows outlive the record of their job
    job        TEXT NOT NULL,
    item       INTEGER NOT NULL,
    header     BLOB NOT NULL REFERENCES headers (hash),
    columns    BLOB NOT NULL, -- zstd: the #CHROM line
    PRIMARY KEY (namespace, table_name, job_seq, item)
) STRICT, WITHOUT ROWID;

CREATE INDEX item_headers_header ON item_headers (header);

CREATE TRIGGER headers_of_table AFTER DELETE ON iceberg_tables BEGIN
    DELETE FROM item_headers WHERE namespace = OLD.table_namespace AND table_name = OLD.table_name;
END;
CREATE TRIGGER headers_of_job AFTER UPDATE OF status ON import_jobs WHEN NEW.status IN ('FAILED', 'CANCELLED') BEGIN
    DELETE FROM item_headers WHERE namespace = NEW.namespace AND table_name = NEW.table_name AND job_seq = NEW.seq;
END;
CREATE TRIGGER header_unused AFTER DELETE ON item_headers WHEN NOT EXISTS (SELECT 1 FROM item_headers WHERE header = OLD.header) BEGIN
    DELETE FROM headers WHERE hash = OLD.header;
END;
