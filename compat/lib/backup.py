"""The data folder of an earlier state, ../shared/folders/2026-11.tar.gz, and what its README says that it answers."""

from __future__ import annotations

import hashlib
import os
import tarfile
from pathlib import Path

from server import CORPUS, Server

BACKUP = CORPUS.parent / "folders" / "2026-11.tar.gz"
HOME = Path("/srv/varlake-data")  # where its metadata says that it is
COHORT = {"n": 2700, "s": 41275292, "d": 3}
COUNT = "SELECT count(*) AS n, sum(start) AS s, count(DISTINCT sampleid) AS d FROM cohort"
ROWS = {"cohort": 2700, "annotated": 1200, "clinvar": 100, "genes": 2, "genes__second": 1}
HISTORY = [1200, 1500, 1500, 2700]  # rows of cohort's snapshots


def unpacked(folder: Path) -> Server:
    """The folder as folder/data, not served yet."""
    with tarfile.open(BACKUP) as archive:
        archive.extractall(folder, filter="data")
    os.rename(folder / "varlake-data", folder / "data")
    return Server(folder, {})


def ok(server: Server, *arguments: str, **environment: str) -> str:
    done = server.command(*arguments, **environment)
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def answers(server: Server) -> None:
    assert server.query(COUNT) == [COHORT]
    counts = [f"(SELECT count(*) FROM {table}) AS {table}" for table in ROWS]
    counts.append("(SELECT count(*) FROM annotated WHERE annotations.vep IS NOT NULL) AS vep")
    assert server.query("SELECT " + ", ".join(counts)) == [{**ROWS, "vep": 1200}]
    ok(server, "check", "--deep")


def iceberg(server: Server) -> None:
    """PyIceberg reads every table, and cohort as it was."""
    for table, rows in ROWS.items():
        assert len(server.table(table).scan(selected_fields=("importjobid",)).to_arrow()) == rows
    cohort = server.table("cohort")
    assert [len(cohort.scan(snapshot_id=s.snapshot_id, selected_fields=("start",)).to_arrow())
            for s in cohort.snapshots()] == HISTORY


def tree(folder: Path) -> dict[str, str]:
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()
            and not p.is_symlink()}
