"""Annotation stores for tests: the calls of a user, and the comparison of a table's rows with expected ones."""

from __future__ import annotations

import contextlib
import math
import os
import sqlite3
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import differential
import server as servers
from server import FINAL, ROLE, Server, User, until

MALFORMED = "Malformed Input. Please check the content and corresponding data type in input file."
QUOTAS = ["--quota", "annotation-stores=500", "--quota", "annotation-store-versions=50", "--quota",
          "concurrent-jobs=500"]


class Annotator(User):
    """User's calls, for annotation stores and their jobs."""

    def create(self, name: str, form: str, tsv: dict | None = None, reference: str | None = None, **more) -> str:
        """An ACTIVE annotation store."""
        if tsv is not None:
            more["storeOptions"] = {"tsvStoreOptions": tsv}
        if reference is not None:
            more["reference"] = {"referenceArn": self.reference(reference)["arn"]}
        self.omics.create_annotation_store(name=name, storeFormat=form, **more)
        return self.await_store(name)

    def await_store(self, name: str) -> str:
        def look():
            found = self.omics.get_annotation_store(name=name)
            assert found["status"] in ("CREATING", "ACTIVE"), found
            return found["status"] == "ACTIVE"

        until(look)
        return name

    def create_version(self, store: str, name: str, tsv: dict | None = None, **more) -> str:
        """An ACTIVE version."""
        if tsv is not None:
            more["versionOptions"] = {"tsvVersionOptions": tsv}
        self.omics.create_annotation_store_version(name=store, versionName=name, **more)
        return self.await_version(store, name)

    def await_version(self, store: str, name: str) -> str:
        def look():
            found = self.omics.get_annotation_store_version(name=store, versionName=name)
            assert found["status"] in ("CREATING", "ACTIVE"), found
            return found["status"] == "ACTIVE"

        until(look)
        return name

    def await_no_version(self, store: str, name: str) -> None:
        self._await_absence(lambda: self.omics.get_annotation_store_version(name=store, versionName=name))

    def await_no_store(self, name: str) -> None:
        self._await_absence(lambda: self.omics.get_annotation_store(name=name))

    def _await_absence(self, get) -> None:
        def look():
            try:
                found = get()
            except self.omics.exceptions.ResourceNotFoundException:
                return True
            assert found["status"] == "DELETING", found
            return False

        until(look)

    def start(self, store: str, *sources: str, read: dict | None = None, **more) -> str:
        """read: readOptions."""
        if read is not None:
            more["formatOptions"] = {"tsvOptions": {"readOptions": read}}
        return self.omics.start_annotation_import_job(
            destinationName=store, roleArn=ROLE, items=[{"source": source} for source in sources], **more)["jobId"]

    def job(self, job: str) -> dict:
        return self.omics.get_annotation_import_job(jobId=job)

    def wait(self, job: str, seconds: float = 240) -> dict:
        return until(lambda: found if (found := self.job(job))["status"] in FINAL else None, seconds, 0.02)

    def cancel(self, job: str) -> None:
        self.omics.cancel_annotation_import_job(jobId=job)


def table_of(server: Server, name: str):
    """The table as PyIceberg opens it. Server.table asks every namespace, of which there are many here."""
    with contextlib.closing(sqlite3.connect(f"file:{server.data.resolve() / 'varlake.db'}?mode=ro", uri=True)) as db:
        found = db.execute("SELECT table_namespace FROM iceberg_tables WHERE table_name = ?", (name,)).fetchall()
    assert len(found) == 1, f"{len(found)} tables are named {name}"
    return server.catalog.load_table((found[0][0], name))


def location(server: Server, table: str) -> Path:
    return Path(differential.local(table_of(server, table).location()))


def data_files(server: Server, table: str) -> set[Path]:
    """The files of the table's data folder; os.walk passes over what is removed meanwhile."""
    return {Path(folder, name) for folder, _, names in os.walk(location(server, table) / "data") for name in names}


@dataclass
class Contents:
    """A table as both readers have it, at one snapshot; rows by job."""

    shape: list[tuple[str, str]]  # names and types in order, as PyIceberg has them
    arrow: list[str]  # names
    sql: list[str]  # names; none when there is no row
    by_pyiceberg: dict[str, list[dict]]
    by_sql: dict[str, list[dict]]


_read: dict[tuple[str, str], tuple[str, Contents]] = {}  # by data folder and table: the metadata, and what it said


def contents(server: Server, table: str) -> Contents:
    opened, key = table_of(server, table), (str(server.data), table)
    if _read.get(key, ("",))[0] != opened.metadata_location:
        for other in [other for other in _read if other[0] != key[0]]:
            del _read[other]
        rows, answer = opened.scan().to_arrow(), server.query(f"SELECT * FROM {table}")
        _read[key] = opened.metadata_location, Contents(
            [(field.name, str(field.field_type)) for field in opened.schema().fields], rows.column_names,
            list(answer[0]) if answer else [], _by_job(rows.to_pylist()), _by_job(answer))
    return _read[key][1]


def _by_job(rows: list[dict]) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for row in rows:
        found.setdefault(row["importjobid"], []).append(row)
    return found


def check(server: Server, table: str, job: str, want: list[dict], shape: list[tuple[str, str]]) -> None:
    """The job's rows are `want`, and the table's columns `shape`: by PyIceberg, and again by SQL.

    A row of `want` has the columns but importjobid, and "line", where it comes from.
    """
    got, names = contents(server, table), [name for name, _ in shape]
    assert got.shape == shape and got.arrow == names and got.sql in ([], names)
    want = [{**row, "importjobid": job} for row in want]
    for reader, rows in (("PyIceberg", got.by_pyiceberg), ("SQL", got.by_sql)):
        wrong = differences(want, rows.get(job, []), shape)
        assert not wrong, f"{reader}:\n" + "\n".join(wrong)


def nothing_of(server: Server, table: str, job: str) -> None:
    """No row of the job can be seen, by any reader, and no file of it is left."""
    opened = table_of(server, table)
    assert opened.scan(row_filter=f"importjobid == '{job}'").to_arrow().num_rows == 0
    assert job not in [s.summary.additional_properties.get("varlake.job-id") for s in opened.metadata.snapshots]
    assert server.query(f"SELECT count(*) AS n FROM {table} WHERE importjobid = '{job}'") == [{"n": 0}]
    until(lambda: not (location(server, table) / "data" / job).exists())


def differences(want: list[dict], got: list[dict], shape: list[tuple[str, str]], limit: int = 10) -> list[str]:
    """How the rows differ, in words; their order means nothing. [] when they are the same."""
    wanted = Counter(_row(row, shape) for row in want)
    found = Counter(_row(row, shape) for row in got)
    if wanted == found:
        return []
    absent, stray = list((wanted - found).elements()), list((found - wanted).elements())
    lines: dict[tuple, object] = {}
    for row in want:
        lines.setdefault(_row(row, shape), row.get("line"))
    words = [f"{len(want)} rows expected, {len(got)} found; {len(absent)} absent, {len(stray)} stray"]
    for one in absent[:limit]:
        nearest = max(stray, key=lambda other: sum(a == b for a, b in zip(one, other)), default=None)
        place = f"line {lines[one]}"
        if nearest is None:
            words.append(f"{place}: absent: {one}")
            continue
        stray.remove(nearest)
        words += [f"{place}, {name}: expected {a!r}, got {b!r}"
                  for (name, _), a, b in zip(shape, one, nearest) if a != b]
    return words + [f"stray: {one}" for one in stray[:limit]]


def _row(row: dict, shape: list[tuple[str, str]]) -> tuple:
    return tuple(_value(row[name], kind) for name, kind in shape)


WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _value(value, kind: str):
    """A form in which equal values are equal: NaN, -0.0, the order in a map, JSON's words for what it cannot write."""
    if value is None:
        return None
    if kind in ("float", "double"):
        value = WORDS[value] if isinstance(value, str) else float(value)
        return struct.pack(">f" if kind == "float" else ">d", math.nan if math.isnan(value) else value)
    if kind.startswith("map"):
        return tuple(sorted(value.items() if isinstance(value, dict) else value))
    if kind.startswith("list"):
        return tuple(value)
    expected = {"string": str, "int": int, "long": int, "boolean": bool}[kind]
    assert type(value) is expected, f"{value!r} is no {kind}"
    return value


def refused(done: dict, source: str, line: int | None, column: str | None, value: str | None, reason: str = "") -> None:
    """The job failed and its message says where, what and why, in the form that all have."""
    assert done["status"] == "FAILED" and [item["jobStatus"] for item in done["items"]] == ["FAILED"], done
    message = done["statusMessage"]
    where = "" if line is None else f"Line {line}" + (f", column {column}: " if column else ": ")
    assert message.startswith(f"{MALFORMED} {where}" if where else MALFORMED), message
    assert message.endswith(f" [{source}]"), message
    if value is not None:
        assert f': "{value}" ' in message, message
    assert reason in message, message
    assert "/data/" not in message and str(servers.CORPUS) not in message, f"a path of ours: {message}"
