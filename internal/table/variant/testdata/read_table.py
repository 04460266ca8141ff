"""Print the rows of a table as PyIceberg reads them, and what it makes of filters, as JSON.

Usage: read_table.py CATALOG.db METADATA_LOCATION [FILTER...]
"""

import json
import sqlite3
import struct
import sys

from pyiceberg.catalog.sql import SqlCatalog


def plain(value):
    """Floats as their bits, so that JSON carries them whole."""
    if isinstance(value, float):
        return {"bits": struct.unpack("<Q", struct.pack("<d", value))[0]}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


def main(database, location, *filters):
    with sqlite3.connect(database) as db:
        db.executescript("""
            CREATE TABLE iceberg_tables (catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL,
                table_name VARCHAR(255) NOT NULL, metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000),
                iceberg_type VARCHAR(5), PRIMARY KEY (catalog_name, table_namespace, table_name));
            CREATE TABLE iceberg_namespace_properties (catalog_name VARCHAR(255) NOT NULL, namespace VARCHAR(255) NOT NULL,
                property_key VARCHAR(255) NOT NULL, property_value VARCHAR(1000) NOT NULL,
                PRIMARY KEY (catalog_name, namespace, property_key));""")
        db.execute("INSERT INTO iceberg_tables VALUES ('varlake', 'ns', 'variants', ?, NULL, 'TABLE')", (location,))
    table = SqlCatalog("varlake", uri=f"sqlite:///{database}").load_table(("ns", "variants"))
    rows = table.scan().to_arrow()
    print(json.dumps({
        "columns": rows.column_names,
        "rows": [[plain(v) for v in row.values()] for row in rows.to_pylist()],
        "counts": [table.scan(row_filter=f).to_arrow().num_rows for f in filters],
        "files": [len(list(table.scan(row_filter=f).plan_files())) for f in filters],
        "sort": [field.source_id for field in table.sort_order().fields],
        "jobs": [s.summary["varlake.job-id"] for s in table.metadata.snapshots],
    }))


main(*sys.argv[1:])
