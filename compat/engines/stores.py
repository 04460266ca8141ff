"""The stores that Trino's recorded statements read, and a Trino over them."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
from pathlib import Path

import trino

SPEC = Path(os.environ.get("VARLAKE_SPEC", Path(__file__).resolve().parents[3] / "shared" / "spec")) / "trino"
SESSION = ("awsdatacatalog", "default")  # as Athena names them


def make(binary: Path, work: Path, spec: Path = SPEC) -> Path:
    """A data folder with the stores; nothing serves it."""
    data = work / "data"
    done = subprocess.run(["bash", spec / "make_stores.sh", data], cwd=spec, capture_output=True, text=True,
                          timeout=600, env={**os.environ, "VARLAKE": str(binary.resolve())}, check=False)
    if done.returncode:
        raise AssertionError(f"make_stores.sh: exit {done.returncode}\n{done.stderr[-2000:]}")
    return data


def server(data: Path, work: Path) -> trino.Server:
    """A Trino that has the stores of a data folder as tables of awsdatacatalog.default."""
    state = work / "default.db"
    with contextlib.closing(sqlite3.connect(f"file:{data / 'varlake.db'}?mode=ro", uri=True)) as source, \
            contextlib.closing(sqlite3.connect(state)) as db:
        for (create,) in source.execute("SELECT sql FROM sqlite_master WHERE name IN "
                                        "('iceberg_tables', 'iceberg_namespace_properties')"):
            db.execute(create)
        for row in source.execute("SELECT catalog_name, 'default', table_name, metadata_location, "
                                  "previous_metadata_location, iceberg_type FROM iceberg_tables"):
            db.execute("INSERT INTO iceberg_tables VALUES (?, ?, ?, ?, ?, ?)", row)
        db.execute("INSERT INTO iceberg_namespace_properties VALUES ('varlake', 'default', 'exists', 'true')")
        db.commit()
    return trino.Server(work / "trino", {SESSION[0]: trino.varlake_catalog(state)})
