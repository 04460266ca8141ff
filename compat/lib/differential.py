#!/usr/bin/env python3
"""Compare the rows Varlake stored with what bcftools says of the VCF they came from.

    differential.py --vcf FILE [--ref REF.fa] --catalog-db DATA/varlake.db --table NAMESPACE.NAME --job-id ID
    differential.py --vcf FILE [--ref REF.fa] --parquet FILE... --job-id ID

With --ref the import was left-normalised: POS, REF and ALT must be those of `bcftools norm -f REF`.
With --vep KEY the import had annotationFields {"VEP": KEY}. Exit 0 when every row and column agrees, 1 on
any difference (the first --limit are printed: record line, sample, column, expected, got), 2 on misuse.
"""

from __future__ import annotations

import argparse
import copy
import functools
import os
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlparse

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import bcftools
import expect
import vep

KEY_COLUMNS = ["contigname", "start", "end", "referenceallele", "alternatealleles", "names", "sampleid"]
BATCH = 65536


@dataclass
class Difference:
    line: int | None  # 1-based line of the record in the file; None when no record has such a row
    sample: str | None
    column: str
    expected: object
    got: object

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line else "no record"
        return f"{place}, sample {self.sample}, {self.column}: expected {_short(self.expected)}, got {_short(self.got)}"


@dataclass
class Report:
    rows_expected: int
    rows_got: int
    oracle: list[str]  # where bcftools and the file's text disagree: the comparison itself is not to be trusted
    differences: list[Difference] = field(default_factory=list)
    total: int = 0
    limit: int = 20

    @property
    def ok(self) -> bool:
        return not self.total and not self.oracle and self.rows_expected == self.rows_got

    def add(self, difference: Difference) -> None:
        self.total += 1
        if len(self.differences) < self.limit:
            self.differences.append(difference)

    def __str__(self) -> str:
        words = [f"rows: expected {self.rows_expected}, got {self.rows_got}; differences: {self.total}"]
        words += [f"  bcftools disagrees with the file's text: {word}" for word in self.oracle]
        words += [f"  {difference}" for difference in self.differences]
        return "\n".join(words)


def _short(value) -> str:
    text = repr(value)
    return text if len(text) <= 200 else text[:197] + "..."


def expected(vcf, job_id: str, ref=None, vep_key: str | None = None) -> tuple[expect.Expected, list[str]]:
    """The rows the file must give, and where bcftools disagrees with the reading they come from."""
    stat = os.stat(vcf)
    want, oracle = _expected(str(vcf), (stat.st_size, stat.st_mtime_ns), ref and str(ref), vep_key)
    want = copy.copy(want)
    want.job_id = job_id
    return want, list(oracle)


@functools.lru_cache(maxsize=3)  # the same files are imported again and again where servers are killed
def _expected(vcf: str, _version: tuple, ref: str | None, vep_key: str | None) -> tuple[expect.Expected, list[str]]:
    header, records = expect.read(vcf)
    oracle = bcftools.disagreements(vcf, header, records)
    places = bcftools.normalised(ref, header, records) if ref else None
    return expect.Expected(vcf, "", places, vep_key, (header, records)), oracle


def compare(want: expect.Expected, files: list[str], oracle=(), limit: int = 20, only_job: bool = True) -> Report:
    """Compare the rows of the Parquet files (of this job only, unless only_job is False) with `want`."""
    keys, rows = _actual_keys(files, want.job_id if only_job else None)
    report = Report(want.rows, len(keys), list(oracle), limit=limit)
    match = _match(want, keys, files, rows)
    left_want = np.setdiff1d(np.arange(want.rows), match[match >= 0])
    _compare_rows(report, want, files, rows, match)
    stray = rows[match < 0]
    few = 50 * limit  # the rest is only counted: one mistake may displace every row
    _report_leftovers(report, want, left_want[:few].tolist(), _read_rows(files, stray[:few]))
    report.total += max(0, max(len(left_want), len(stray)) - few)
    return report


def _actual_keys(files, job_id):
    """A key per row of the job, and the row's number counted through all files in order."""
    keys, rows, base = [], [], 0
    for batch in _batches(files, ["importjobid", *KEY_COLUMNS]):
        mask = np.ones(batch.num_rows, bool)
        if job_id is not None:
            mask = pc.fill_null(pc.equal(batch["importjobid"], job_id), False).to_numpy(zero_copy_only=False)
        at = np.flatnonzero(mask)
        rows.append(at + base)
        keys.append(_key({n: batch[n].take(pa.array(at)) for n in KEY_COLUMNS}))
        base += batch.num_rows
    return pa.chunked_array(keys, pa.large_string()), np.concatenate(rows) if rows else np.array([], np.int64)


def _key(columns: dict) -> pa.Array:
    parts = []
    for name in KEY_COLUMNS:
        part = columns[name]
        listed = pa.types.is_list(part.type) or pa.types.is_large_list(part.type)
        parts.append(pc.binary_join(part, ",") if listed else part)
    texts = [pc.fill_null(pc.cast(part, pa.string()), "\x00").cast(pa.large_string()) for part in parts]
    return pc.binary_join_element_wise(*texts, pa.scalar("\t", pa.large_string()))


def _match(want, keys: pa.ChunkedArray, files, rows) -> np.ndarray:
    """For each actual row, the number of the expected row with its key, or -1."""
    wanted = []
    for start in range(0, want.rows, BATCH):
        at = np.arange(start, min(start + BATCH, want.rows))
        wanted.append(_key({name: want.take(name, at) for name in KEY_COLUMNS}))
    wanted = pa.chunked_array(wanted, pa.large_string())
    match = pc.fill_null(pc.index_in(keys, wanted), -1).to_numpy()
    match = match.astype(np.int64)
    twice = set(_repeated(wanted)) | set(_repeated(keys))
    if twice:
        _match_repeated(want, wanted, keys, files, rows, twice, match)
    return match


def _repeated(keys: pa.ChunkedArray) -> list[str]:
    counts = pc.value_counts(keys)
    return counts.filter(pc.greater(counts.field("counts"), 1)).field("values").to_pylist()


def _match_repeated(want, wanted, keys, files, rows, twice, match) -> None:
    """Rows of one key (the same site recorded twice): pair equal rows first, then the rest in order."""
    values = pa.array(sorted(twice), pa.large_string())
    ours, theirs = defaultdict(list), defaultdict(list)
    places = np.flatnonzero(pc.is_in(wanted, values).to_numpy(zero_copy_only=False))
    for at, key in zip(places.tolist(), wanted.take(pa.array(places)).to_pylist()):
        ours[key].append(at)
    places = np.flatnonzero(pc.is_in(keys, values).to_numpy(zero_copy_only=False))
    found = zip(places.tolist(), keys.take(pa.array(places)).to_pylist(), _read_rows(files, rows[places]))
    for at, key, row in found:
        theirs[key].append((at, _signature(row)))
    for key, found in theirs.items():
        pool = defaultdict(list)
        for at in reversed(ours.get(key, [])):
            pool[_signature(want.row(at))].append(at)
        rest = []
        for at, signature in found:
            if pool.get(signature):
                match[at] = pool[signature].pop()
            else:
                rest.append(at)
        spare = sorted(at for left in pool.values() for at in left)
        for place, at in enumerate(rest):
            match[at] = spare[place] if place < len(spare) else -1


def _signature(row: dict) -> str:
    return repr([_plain(row.get(name)) for name in expect.TABLE_COLUMNS if name not in ("annotations", "importjobid")])


def _plain(value):
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return sorted(value, key=repr)
    return value


def _batches(files, columns=None):
    for file in files:
        with pq.ParquetFile(file) as parquet:
            yield from parquet.iter_batches(BATCH, columns=columns)


def _read_rows(files, numbers: np.ndarray) -> list[dict]:
    """Rows by their number counted through all files, as Python values."""
    out, base = [], 0
    numbers = np.asarray(numbers, np.int64)
    if not len(numbers):
        return out
    for batch in _batches(files):
        inside = numbers[(numbers >= base) & (numbers < base + batch.num_rows)]
        if len(inside):
            out += pa.Table.from_batches([batch]).take(pa.array(inside - base)).to_pylist()
        base += batch.num_rows
    return out


def _compare_rows(report, want, files, rows, match) -> None:
    base = 0
    names = [n for n in expect.TABLE_COLUMNS if n != "annotations"]
    for batch in _batches(files):
        low, high = np.searchsorted(rows, [base, base + batch.num_rows])
        inside, there = rows[low:high] - base, match[low:high]
        inside, there = inside[there >= 0], there[there >= 0]
        base += batch.num_rows
        if not len(inside):
            continue
        whole = pa.array(inside)
        for name in names:
            expected_values = want.take(name, there)
            if name not in batch.schema.names:
                report.add(Difference(None, None, name, "a column", "none"))
                continue
            _column(report, want, name, there, expected_values, batch[name].take(whole))
        _annotations(report, want, there, batch["annotations"].take(whole)
                     if "annotations" in batch.schema.names else None)


def _column(report, want, name, rows, ours: pa.Array, theirs: pa.Array) -> None:
    if theirs.type != ours.type and not _castable(theirs.type, ours.type):
        report.add(Difference(None, None, name, f"type {ours.type}", f"type {theirs.type}"))
        return
    if pa.types.is_map(ours.type):
        ours, theirs = _pairs(ours), _pairs(theirs)
    elif theirs.type != ours.type:
        theirs = theirs.cast(ours.type)
    for at in unequal(ours, theirs):
        a, b = ours[int(at)].as_py(), theirs[int(at)].as_py()
        if _same(a, b):
            continue
        report.add(want_difference(want, int(rows[at]), name, a, b))


def want_difference(want, row: int, column: str, a, b) -> Difference:
    sample = want.samples[want.sample_of[row]] if want.samples else None
    if isinstance(a, list) and isinstance(b, list) and a and isinstance(a[0], dict):
        a, b = _narrow(a, b)
    return Difference(int(want.lines[want.record_of[row]]), sample, column, a, b)


def _narrow(a: list, b: list):
    """Only the map entries that differ."""
    ours, theirs = [(e["key"], e["value"]) for e in a], [(e["key"], e["value"]) for e in b]
    return [e for e in ours if e not in theirs], [e for e in theirs if e not in ours]


def _castable(a: pa.DataType, b: pa.DataType) -> bool:
    """The same logical type with another name for its list or map entries, or wider offsets."""
    if pa.types.is_map(a) and pa.types.is_map(b):
        return _castable(a.key_type, b.key_type) and _castable(a.item_type, b.item_type)
    lists = (pa.types.is_list, pa.types.is_large_list)
    if any(is_list(a) for is_list in lists) and any(is_list(b) for is_list in lists):
        return _castable(a.value_type, b.value_type)
    texts = (pa.string(), pa.large_string())
    return a == b or (a in texts and b in texts)


def _pairs(array: pa.Array) -> pa.Array:
    """A map column as list<struct<key, value>>, which compares and prints as it is stored."""
    entry = pa.struct([("key", pa.string()), ("value", pa.string())])
    keys, items = array.keys, array.items
    structs = pa.StructArray.from_arrays([keys.cast(pa.string()), items.cast(pa.string())], fields=list(entry))
    return pa.ListArray.from_arrays(array.offsets, structs, pa.list_(entry), mask=pc.is_null(array))


def unequal(a: pa.Array, b: pa.Array) -> np.ndarray:
    """The places where two arrays of one type differ (NULL equals NULL, NaN equals NaN)."""
    null_a, null_b = (pc.is_null(x).to_numpy(zero_copy_only=False) for x in (a, b))
    bad = null_a != null_b
    if pa.types.is_struct(a.type):
        for place in range(a.type.num_fields):
            bad[unequal(pc.struct_field(a, [place]), pc.struct_field(b, [place]))] = True
        return np.flatnonzero(bad)
    if not (pa.types.is_list(a.type) or pa.types.is_large_list(a.type)):
        same = pc.fill_null(pc.equal(a, b), False).to_numpy(zero_copy_only=False)
        if pa.types.is_floating(a.type):
            nan = pc.and_(pc.is_nan(a), pc.is_nan(b))
            same = same | pc.fill_null(nan, False).to_numpy(zero_copy_only=False)
        return np.flatnonzero(bad | ~(same | (null_a & null_b)))
    length_a, length_b = (pc.fill_null(pc.list_value_length(x), -1).to_numpy(zero_copy_only=False) for x in (a, b))
    bad |= length_a != length_b
    sound = np.flatnonzero(~bad & ~null_a)
    inner_a, inner_b = (pc.list_flatten(x.take(pa.array(sound))) for x in (a, b))
    wrong = unequal(inner_a, inner_b) if len(inner_a) else np.array([], np.int64)
    owner = np.repeat(sound, length_a[sound])
    bad[owner[wrong]] = True
    return np.flatnonzero(bad)


def _same(a, b) -> bool:
    """Equal after all: a map whose entries are in another order."""
    if isinstance(a, list) and isinstance(b, list) and a and isinstance(a[0], dict):
        return sorted(map(repr, a)) == sorted(map(repr, b))
    return a == b


def _annotations(report, want, rows, theirs) -> None:
    if theirs is None:
        report.add(Difference(None, None, "annotations", "a column", "none"))
        return
    if want.vep_key is None:
        for at in np.flatnonzero(pc.is_valid(theirs).to_numpy(zero_copy_only=False)):
            report.add(want_difference(want, int(rows[at]), "annotations", None, theirs[int(at)].as_py()))
        return
    parse = vep.Parser(want.header, want.vep_key)
    for at, row in enumerate(rows):  # records times samples: each text is parsed once
        ours = parse(want.vep_text[want.record_of[row]])
        got = theirs[at].as_py()
        if ours != got:
            report.add(want_difference(want, int(row), "annotations", *vep.narrow(ours, got)))


def _report_leftovers(report, want, left_want: list[int], left_got: list[dict]) -> None:
    """Rows without a partner: pair them in order, within a sample where possible, and say what differs."""
    pools = defaultdict(list)
    for number in left_want:
        pools[_sample(want, number)].append(number)
    rest = []
    for row in left_got:
        pool = pools.get(row.get("sampleid"))
        if pool:
            _explain(report, want, pool.pop(0), row)
        else:
            rest.append(row)
    spare = sorted(number for pool in pools.values() for number in pool)
    for number, row in zip(spare, rest):
        _explain(report, want, number, row)
    for row in rest[len(spare):]:
        text = {name: row.get(name) for name in KEY_COLUMNS}
        report.add(Difference(None, row.get("sampleid"), "row", "no such row", text))
    for number in spare[len(rest):]:
        text = {name: value for name, value in want.row(number).items() if name in KEY_COLUMNS}
        report.add(want_difference(want, number, "row", text, "no such row"))


def _sample(want, number):
    return want.samples[want.sample_of[number]] if want.samples else None


def _explain(report, want, number, row) -> None:
    ours = want.row(number)
    named = [name for name in ours if name != "importjobid" and _plain(ours[name]) != _plain(row.get(name))]
    for name in named or ["row"]:
        report.add(want_difference(want, number, name, ours.get(name), row.get(name)))


def table_files(catalog_db, table: str) -> list[str]:
    """The data files of the table's current snapshot, by PyIceberg's own reading of the catalog."""
    from pyiceberg.catalog.sql import SqlCatalog

    catalog = SqlCatalog("varlake", uri=f"sqlite:///{Path(catalog_db).resolve()}")
    return [local(task.file.file_path) for task in catalog.load_table(table).scan().plan_files()]


def local(uri: str) -> str:
    parsed = urlparse(uri)
    return unquote(parsed.path) if parsed.scheme == "file" else uri


def main(argv=None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vcf", required=True)
    parser.add_argument("--ref", help="FASTA: the import was left-normalised against it")
    parser.add_argument("--vep", metavar="KEY", help="INFO key given as annotationFields VEP")
    parser.add_argument("--catalog-db", help="the server's varlake.db")
    parser.add_argument("--table", metavar="NAMESPACE.NAME")
    parser.add_argument("--parquet", nargs="+", help="data files, in place of the catalog")
    parser.add_argument("--job-id", required=True)
    parser.add_argument("--limit", type=int, default=20)
    given = parser.parse_args(argv)
    if bool(given.parquet) == bool(given.catalog_db) or bool(given.catalog_db) != bool(given.table):
        parser.error("give either --parquet or both --catalog-db and --table")
    try:
        want, oracle = expected(given.vcf, given.job_id, given.ref, given.vep)
    except (bcftools.Refused, expect.Malformed, OSError) as err:
        print(f"cannot read {given.vcf}: {err}", file=sys.stderr)
        return 1
    files = given.parquet or table_files(given.catalog_db, given.table)
    report = compare(want, files, oracle, given.limit, only_job=not given.parquet)
    print(report)
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
