#!/usr/bin/env python3
"""Records what Trino answers, for TestGolden of internal/sql/query, and asks again whether it still does.

    record.py AREA < STATEMENTS    asks one statement a line, adds the answers to testdata/trino/AREA.jsonl
    record.py AREA --refresh       asks each statement of AREA.jsonl anew
    record.py --check [FILE...]    asks every recorded statement, of FILEs or of all, and tells what differs

The tables are those of ../shared/spec/trino/make_stores.sh, in the catalog awsdatacatalog, schema default; the form of
a line is that of golden.jsonl there. Trino is started here unless --server names one that has the tables. A statement
whose answer changes from one asking to the next is not recorded. Exit 0, 1 when something differs or was not recorded,
2 when Trino cannot be run."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import install
import stores
import trino

ROOT = Path(__file__).resolve().parents[2]
AREAS = ROOT / "internal" / "sql" / "query" / "testdata" / "trino"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Of golden.jsonl: its catalog was of another kind, which has no schema "system".
OTHER_CATALOG = "SELECT schema_name FROM information_schema.schemata ORDER BY 1"


class Recorder:
    """Asks, and writes answers as golden.jsonl has them: keys of maps sorted, JOBID for the id of an import."""

    def __init__(self, client: trino.Client):
        self.client = client
        self.jobs = {row[0] for (table,) in client.rows("SHOW TABLES")
                     for row in client.rows(f"SELECT DISTINCT importjobid FROM {table}")}

    def answers(self, statements: list[str]) -> Iterator[dict]:
        for answer in self.client.answers(statements):
            yield {word: self.plain(part) if word == "rows" else part for word, part in answer.items()
                   if word != "signatures"}

    def plain(self, value: object) -> object:
        if isinstance(value, dict):
            return {key: self.plain(value[key]) for key in sorted(value)}
        if isinstance(value, list):
            return [self.plain(part) for part in value]
        return "JOBID" if isinstance(value, str) and value in self.jobs else value


def alike(got: object, want: object) -> bool:
    """Whether two answers are the same: doubles to twelve digits, any import's id (the oldest lines have a UUID)."""
    if isinstance(got, list) and isinstance(want, list):
        return len(got) == len(want) and all(map(alike, got, want))
    if isinstance(got, dict) and isinstance(want, dict):
        return got.keys() == want.keys() and all(alike(got[key], want[key]) for key in got)
    if isinstance(got, float) and isinstance(want, (int, float)):
        return math.isclose(got, want, rel_tol=1e-12)
    return got == want or got == "JOBID" and isinstance(want, str) and UUID.fullmatch(want) is not None


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def write(path: Path, lines: list[dict]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def record(recorder: Recorder, path: Path, kind: str, refresh: bool) -> int:
    """Adds answers to a file, or asks its statements anew; how many were not recorded."""
    lines = read(path)
    if refresh:
        asked = [{"kind": line.get("kind", kind), "sql": line["sql"]} for line in lines]
        lines = []
    else:
        known = {line["sql"] for line in lines}
        texts = [line.strip() for line in sys.stdin]
        asked = [{"kind": kind, "sql": text} for text in dict.fromkeys(texts) if text and text not in known]
    texts, dropped = [line["sql"] for line in asked], 0
    for line, first, second in zip(asked, recorder.answers(texts), recorder.answers(texts), strict=True):
        if alike(first, second):
            lines.append(line | first)
        else:
            dropped += 1
            print(f"not recorded, for its answer changes: {line['sql']}")
    write(path, lines)
    print(f"{path.name}: {len(lines)} statements")
    return dropped


def check(recorder: Recorder, path: Path) -> int:
    """Tells what Trino answers differently than recorded; how many statements."""
    passed = exceptions("place") | {OTHER_CATALOG}  # the former tell a place of another text
    lines, wrong = [line for line in read(path) if line["sql"] not in passed], 0
    for line, got in zip(lines, recorder.answers([line["sql"] for line in lines]), strict=True):
        want = {word: part for word, part in line.items() if word in ("columns", "rows", "error", "message")}
        if not alike(got, want):
            wrong += 1
            print(f"{path.name}: {line['sql']}\n  recorded {clipped(want)}\n  answered {clipped(got)}", flush=True)
    print(f"{path.name}: {len(lines)} statements, {wrong} answered otherwise", flush=True)
    return wrong


def exceptions(kind: str) -> set[str]:
    """The statements that TestGolden expects to differ in such a way."""
    rows = (line.split("\t") for line in (AREAS.parent / "exceptions.tsv").read_text().splitlines())
    return {row[2] for row in rows if row[0] == kind}


def clipped(answer: dict) -> str:
    return json.dumps(answer, ensure_ascii=False)[:600]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="AREA|FILE")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--refresh", action="store_true")
    parser.add_argument("--kind", default="statement", help="kind of the new lines (default: statement)")
    parser.add_argument("--server", help="URL of a Trino that has the tables")
    parser.add_argument("--binary", type=Path, default=ROOT / "bin" / "varlake", help="makes the tables")
    parser.add_argument("--spec", type=Path, default=stores.SPEC, help="the folder of golden.jsonl")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped
    arguments = parser.parse_args()
    if not arguments.check and len(arguments.names) != 1:
        parser.error("name one area, or say --check")
    with contextlib.ExitStack() as stack:
        url = arguments.server
        if not url:
            work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="varlake-trino-"))).resolve()
            data = stores.make(arguments.binary, work, arguments.spec)
            try:
                url = stack.enter_context(stores.server(data, work)).url
            except install.CannotRun as reason:
                print(f"Trino cannot be run: {reason}")
                return 2
        recorder = Recorder(trino.Client(url, *stores.SESSION))
        if not arguments.check:
            path = AREAS / f"{arguments.names[0]}.jsonl"
            return min(1, record(recorder, path, arguments.kind, arguments.refresh))
        files = [Path(name) for name in arguments.names]
        return min(1, sum(check(recorder, path) for path in files or
                          [arguments.spec / "golden.jsonl", *sorted(AREAS.glob("*.jsonl"))]))


if __name__ == "__main__":
    sys.exit(main())
