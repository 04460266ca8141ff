"""One server, many VCF files, a job for each: what became of a file, and whether its rows and its export are right.

The rows are held to expect.py, which reads the file's text itself, and expect.py to bcftools where that can read the
file. """

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import bcftools
import differential
import expect
import server as servers

FLAGS = ("--max-concurrent-jobs", "1000")


class Reading:
    """Imports of `files` ({key: path below one of the server's buckets}) into one store, all started before the first
    is waited for."""

    def __init__(self, user: servers.User, store: str, files: dict[str, tuple[str, Path]], **more):
        self.user, self.store, self.files = user, store, files
        self.ids = {key: user.start(store, f"s3://{bucket}/{path.name}", **more)
                    for key, (bucket, path) in files.items()}
        self.more, self.jobs = more, {}

    def path(self, key: str) -> Path:
        return self.files[key][1]

    def item(self, key: str) -> dict:
        """The one item of the file's job, when it has ended."""
        if key not in self.jobs:
            self.jobs[key] = self.user.wait(self.ids[key])
        return self.jobs[key]["items"][0]

    def rows(self, key: str) -> list[str]:
        """Differences between the file's rows and what expect.py, held to bcftools, makes of its text."""
        header, records = expect.read(self.path(key))
        try:
            oracle = bcftools.disagreements(self.path(key), header, records)
        except bcftools.Refused:  # then expect.py is the only judge
            oracle = []
        vep = self.more.get("annotationFields", {}).get("VEP")
        want = expect.Expected(self.path(key), self.ids[key], vep=vep)
        found = servers.item_files(self.user.server.table(self.store), self.ids[key])
        report = differential.compare(want, found.get(0, []), oracle, only_job=False)
        return [] if report.ok else [str(report)]

    def exported(self, key: str) -> list[str]:
        """Differences between the file's records and those that `varlake export` writes."""
        done = self.user.server.command("export", self.store, "--import-job", self.ids[key])
        if done.returncode != 0:
            return [f"export: exit {done.returncode}: {done.stderr}"]
        written = self.user.server.data.parent / f"export_{self.ids[key]}.vcf"
        written.write_text(done.stdout, encoding="utf-8")
        try:
            return list(record_differences(expect.read(self.path(key)), expect.read(written)))[:20]
        finally:
            written.unlink()

    def faults(self, keys: Iterable[str]) -> dict[str, str]:
        """By key, why a file is not as it must be: not imported, other values, another export."""
        found = {}
        for key in keys:
            item = self.item(key)
            if item["jobStatus"] != "COMPLETED":
                found[key] = f"{item['jobStatus']}: {item['statusMessage']}"
            elif wrong := self.rows(key) or self.exported(key):
                found[key] = "\n".join(wrong)
        return found


def record_differences(source, exported):
    """Records are compared as text, each with the source's record of the same place, in the order of the file.

    What docs/export.md lets differ is the same here: how a number is spelled, `.` or nothing for what is missing,
    dropped fields at the end of a sample, the order of INFO.
    """
    (ours, before), (theirs, after) = source, exported
    if ours.samples != theirs.samples:
        yield f"samples {theirs.samples[:5]} of {ours.samples[:5]}"
    place = {}
    for _, line in before:
        place.setdefault(line.split("\t", 1)[0], len(place))

    def ordered(records):
        found = [line.split("\t") for _, line in records]
        return sorted(found, key=lambda columns: (place.get(columns[0], -1), int(columns[1])))

    if len(before) != len(after):
        yield f"{len(after)} records of {len(before)}"
    for a, b in zip(ordered(before), ordered(after)):
        if a != b:
            yield from (f"{a[0]}:{a[1]} {word}" for word in _differences(a, b, len(ours.samples)))


def _differences(a: list[str], b: list[str], samples: int):
    for at, name in enumerate(("CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER")):
        if not same_text(a[at], b[at]):
            yield f"{name} {b[at]!r} for {a[at]!r}"
    left, right = (sorted(filter(None, column.strip(".").split(";"))) if column == "." else
                   sorted(filter(None, column.split(";"))) for column in (a[7], b[7]))
    if left != right:
        yield f"INFO {[x for x in right if x not in left]} for {[x for x in left if x not in right]}"
    if not samples:
        return
    if a[8] != b[8]:
        yield f"FORMAT {b[8]!r} for {a[8]!r}"
    for x, y in zip(a[9:9 + samples], b[9:9 + samples], strict=True):
        if x != y and not same_cell(x, y):
            yield f"sample {y!r} for {x!r}"


def same_cell(a: str, b: str) -> bool:
    left, right = a.split(":"), b.split(":")
    width = max(len(left), len(right))
    left, right = (cell + ["."] * (width - len(cell)) for cell in (left, right))
    return all(map(same_text, left, right))


def same_text(a: str, b: str) -> bool:
    """Equal, or both missing, or lists of equal numbers."""
    if a == b or {a, b} <= {"", "."}:
        return True
    left, right = a.split(","), b.split(",")
    return len(left) == len(right) and all(x == y or _number(x) == _number(y) is not None for x, y in zip(left, right))


def _number(text: str):
    try:
        return float(text)
    except ValueError:
        return None
