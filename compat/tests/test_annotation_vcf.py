"""VCF files in annotation stores: exactly the rows that a variant store gets of them, which test_corpus.py holds to
bcftools."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import annotation
import differential
import expect
import made
import server as servers
from annotation import Annotator
from server import User

CORPUS = servers.CORPUS
MT, SEVENTEEN = "s3://corpus/reference/GRCh37.MT.fa", "s3://corpus/reference/b37.chr17_1Mb.fa"


def corpus(folder: str) -> list[str]:
    return [f"{folder}/{path.name}" for path in sorted((CORPUS / folder).iterdir())
            if re.search(r"\.vcf(\.gz)?$", path.name)]


# mode -> (reference of the stores, options of the jobs, files)
MODES = {
    "as it is": (MT, {}, [*corpus("annotated"), *corpus("annotation-files"), *corpus("quirks"),
                          *(name for name in corpus("structural") if "gatk-sv" not in name),
                          *(name for name in corpus("gvcf") if "hg38" not in name), "cohort/hail.sample.vcf.gz",
                          *corpus("conformance/hts-specs/4.5/passed"),
                          *(name for name in corpus("conformance/hts-specs/4.3/failed")[::3]
                            if "no_newline" not in name)]),
    "VEP CSQ": (MT, {"annotationFields": {"VEP": "CSQ"}},
                [*corpus("annotated"), "cohort/1kg_sample.vcf", "annotation-files/exac.vcf.gz"]),
    "VEP vep": (MT, {"annotationFields": {"VEP": "vep"}}, corpus("annotated")),
    "VEP ANN": (MT, {"annotationFields": {"VEP": "ANN"}}, corpus("annotated")),
    "VEP blank": (MT, {"annotationFields": {"VEP": " "}}, ["annotated/vep.loftee.vcf"]),
    "normalised MT": (MT, {"runLeftNormalization": True}, ["cohort/twoSamples.MT.vcf", "gvcf/NA12878.MT.g.vcf",
                                                           "annotation-files/exac.vcf.gz", "made/MT.vcf"]),
    "normalised 17": (SEVENTEEN, {"runLeftNormalization": True}, ["made/indels.vcf"]),
}
CASES = [(mode, name) for mode, (_, _, files) in MODES.items() for name in files]


def uri(name: str) -> str:
    return f"s3://tmp/{name.removeprefix('made/')}" if name.startswith("made/") else f"s3://corpus/{name}"


class Twins:
    """The same files in a variant store and in an annotation store."""

    def __init__(self, server, bucket: Path):
        self.server, self.bucket = server, bucket
        self.variants, self.annotations = User(server), Annotator(server)
        self.stores: dict[str, tuple[str, str]] = {}
        self.jobs: dict[str, tuple[dict, dict[str, dict]]] = {}

    def store(self, reference: str) -> tuple[str, str]:
        if reference not in self.stores:
            at = len(self.stores)
            self.stores[reference] = self.variants.store(f"variants_{at}",
                reference), self.annotations.create(f"annotations_{at}", "VCF", reference=reference)
        return self.stores[reference]

    def load(self, mode: str) -> tuple[dict, dict[str, dict]]:
        """The variant job of all files, and the annotation job of each."""
        if mode not in self.jobs:
            reference, options, files = MODES[mode]
            variant, annotated = self.store(reference)
            job = self.variants.start(variant, *map(uri, files), **options)
            started = {name: self.annotations.start(annotated, uri(name), **options) for name in files}
            self.jobs[mode] = self.variants.wait(job), {name: self.annotations.wait(one)
                                                        for name, one in started.items()}
        return self.jobs[mode]

    def rows(self, table: str, job: str, item: int) -> tuple[pa.Table, list[str]]:
        files = servers.item_files(annotation.table_of(self.server, table), job).get(item, [])
        rows = pa.concat_tables([pq.read_table(file) for file in files])
        return rows.drop_columns(["_item"]), files  # which of its job's files it is differs


@pytest.fixture(scope="module")
def server(binary, corpus, bucket, tmp_path_factory):
    one = servers.Server(tmp_path_factory.mktemp("vcf"), {"corpus": corpus, "tmp": bucket}, *annotation.QUOTAS).start()
    yield one
    assert one.stop() == 0, f"the server's last words:\n{one.tail()}"


@pytest.fixture(scope="module")
def strict(binary, corpus, bucket, tmp_path_factory):
    """A server that refuses what others let pass, so that there is something to ignore."""
    one = servers.Server(tmp_path_factory.mktemp("strict"), {"corpus": corpus, "tmp": bucket}, "--strict",
                         *annotation.QUOTAS).start()
    yield one
    assert one.stop() == 0, f"the server's last words:\n{one.tail()}"


@pytest.fixture(scope="module")
def twins(server, bucket):
    made.indels(bucket / "indels.vcf", CORPUS / "reference" / "b37.chr17_1Mb.fa", 3_000, seed=5)
    made.indels(bucket / "MT.vcf", CORPUS / "reference" / "GRCh37.MT.fa", 500, seed=6)
    return Twins(server, bucket)


def apart(ours: pa.Table, theirs: pa.Table) -> list[str]:
    """How two tables differ but for importjobid, column by column. The rows of one file are in one order: one worker
    wrote them."""
    if not ours.schema.equals(theirs.schema, check_metadata=True):
        return [f"schema: {ours.schema} and {theirs.schema}"]
    if ours.num_rows != theirs.num_rows:
        return [f"rows: {ours.num_rows} and {theirs.num_rows}"]
    words = []
    for name in ours.column_names:
        if name == "importjobid":
            continue
        a, b = (flat(table[name].combine_chunks()) for table in (ours, theirs))
        bad = differential.unequal(a, b)
        if len(bad):
            at = int(bad[0])
            words.append(f"{name}, row {at} and {len(bad) - 1} more: {a[at].as_py()!r} and {b[at].as_py()!r}")
    return words


def flat(array: pa.Array) -> pa.Array:
    """Maps, at any depth, as lists of pairs, which can be compared."""
    if pa.types.is_map(array.type):
        return differential._pairs(array)
    if pa.types.is_list(array.type):
        return pa.ListArray.from_arrays(array.offsets, flat(array.values), mask=pc.is_null(array)
                                        if array.null_count else None)
    if pa.types.is_struct(array.type):
        children = [flat(pc.struct_field(array, [at])) for at in range(array.type.num_fields)]
        return pa.StructArray.from_arrays(children, [field.name for field in array.type], mask=pc.is_null(array))
    return array


def test_the_table_is_that_of_a_variant_store(server, twins):
    variant, annotated = twins.store(MT)
    ours, theirs = (annotation.table_of(server, name).schema() for name in (variant, annotated))
    assert [(f.field_id, f.name, str(f.field_type), f.required) for f in ours.fields] == [(f.field_id, f.name,
        str(f.field_type), f.required) for f in theirs.fields]
    assert [field.name for field in theirs.fields] == expect.TABLE_COLUMNS


@pytest.mark.parametrize("mode, name", CASES)
def test_file(server, twins, mode, name):
    both, each = twins.load(mode)
    place = MODES[mode][2].index(name)
    item, done = both["items"][place], each[name]
    assert item["source"] == done["items"][0]["source"] == uri(name)
    assert item["jobStatus"] == done["status"] == done["items"][0]["jobStatus"]
    assert item["statusMessage"] == done["statusMessage"]
    variant, annotated = twins.store(MODES[mode][0])
    if item["jobStatus"] == "FAILED":
        annotation.nothing_of(server, annotated, done["id"])
        return
    wrong = apart(twins.rows(variant, both["id"], place)[0], twins.rows(annotated, done["id"], 0)[0])
    assert not wrong, "\n".join(wrong)


def test_enough_of_both_kinds_was_compared(twins):
    statuses = [job["status"] for mode in MODES for job in twins.load(mode)[1].values()]
    assert statuses.count("COMPLETED") > 40 and statuses.count("FAILED") > 15
    both, _ = twins.load("VEP CSQ")
    rows, _ = twins.rows(twins.store(MT)[0], both["id"], MODES["VEP CSQ"][2].index("annotated/vep.loftee.vcf"))
    assert rows.num_rows == 2504 and rows["annotations"].null_count == 0
    both, _ = twins.load("normalised 17")
    assert int(re.search(r"; (\d+) records changed", both["items"][0]["statusMessage"])[1]) > 500


@pytest.mark.parametrize("mode", MODES)
def test_sql_sees_the_same(server, twins, mode):
    """No row of either job that the other lacks, by the engine's own comparison of all columns."""
    both, each = twins.load(mode)
    variant, annotated = twins.store(MODES[mode][0])
    jobs = ", ".join(f"'{job['id']}'" for job in each.values())
    columns = ", ".join(f'"{field.name}"' for field in server.table(variant).schema().fields
        if field.name != "importjobid")
    ours = f"SELECT {columns} FROM {variant} WHERE importjobid = '{both['id']}'"
    theirs = f"SELECT {columns} FROM {annotated} WHERE importjobid IN ({jobs})"
    for a, b in ((ours, theirs), (theirs, ours)):
        assert server.query(f"SELECT count(*) AS n FROM ({a} EXCEPT ALL {b})") == [{"n": 0}]
    assert server.query(f"SELECT count(*) > 0 AS some FROM ({theirs})") == [{"some": True}]


@pytest.mark.parametrize("mode, name, reference, vep", [
    ("as it is", "annotation-files/exac.vcf.gz", None, None), ("VEP CSQ", "annotated/vep.loftee.vcf", None, "CSQ"),
    ("VEP vep", "annotated/gnomad.exomes.r2.1.1.sites.chr1.vcf.gz", None, "vep"),
    ("normalised MT", "gvcf/NA12878.MT.g.vcf", "reference/GRCh37.MT.fa", None),
    ("normalised 17", "made/indels.vcf", "reference/b37.chr17_1Mb.fa", None)])
def test_held_to_bcftools(twins, mode, name, reference, vep):
    """An annotation store's rows against bcftools too, without a variant store in between."""
    done = twins.load(mode)[1][name]
    path = twins.bucket / name.removeprefix("made/") if name.startswith("made/") else CORPUS / name
    want, oracle = differential.expected(path, done["id"], reference and CORPUS / reference, vep)
    report = differential.compare(want, twins.rows(twins.store(MODES[mode][0])[1], done["id"], 0)[1], oracle)
    assert report.ok, str(report)


# --- ignoreQualField, ignoreFilterField -------------------------------------------------------------------------------

HEADER = made.HEADER.format(contig="1", samples="s0\ts1")
GOOD = "1\t{}\trs1\tA\tC\t{}\t{}\tDP=5;AF=0.5\tGT:AD:DP:GQ\t0|1:1,2:3:9\t./."
QUALS = {"high": False, "-5": False, "1,2": False, "1e": False, "0x10": False, "12 ": False, "": False, ".": True,
         "0": True, "1e3": True, "29.5": True}
FILTERS = {"q10;q10": False, "a b": False, "": False, "PASS;q10": True, ".": True, "PASS": True, "q10": True}


def option(qual: bool | None, filters: bool | None) -> dict:
    given = {"ignoreQualField": qual, "ignoreFilterField": filters}
    return {"formatOptions": {"vcfOptions": {name: value for name, value in given.items() if value is not None}}}


class Ignoring:
    """Every QUAL and FILTER of the lists in a file of its own, imported with each combination of the options."""

    def __init__(self, user: Annotator, bucket: Path):
        self.user, self.bucket, self.jobs = user, bucket, {}
        user.create("ignoring", "VCF")
        self.values = [(qual, "PASS") for qual in QUALS] + [
            ("50", filters) for filters in FILTERS] + [("high", "q10;q10")]
        for at, (qual, filters) in enumerate(self.values):
            self.write(f"ignored{at}.vcf", qual, filters)
            for options in [(a, b) for a in (None, False, True) for b in (None, False, True)]:
                if options[0] is options[1] or at in (0, len(self.values) - 1) or None not in options:
                    self.jobs[at, options] = user.start("ignoring", f"s3://tmp/ignored{at}.vcf", **option(*options))
        self.jobs = {key: user.wait(job) for key, job in self.jobs.items()}

    def write(self, name: str, qual: str, filters: str) -> Path:
        lines = [GOOD.format(10, "7.5", "q10"), GOOD.format(20, qual, filters), GOOD.format(30, ".", "PASS")]
        (self.bucket / name).write_text(HEADER + "\n".join(lines) + "\n")
        return self.bucket / name


@pytest.fixture(scope="module")
def faulty(strict):
    user = Annotator(strict)
    user.create("faulty", "VCF")
    return user


@pytest.fixture(scope="module")
def ignoring(strict, bucket):
    return Ignoring(Annotator(strict), bucket)


@pytest.mark.parametrize("qual", [None, False, True])
@pytest.mark.parametrize("filters", [None, False, True])
def test_ignored_fields(strict, ignoring, qual, filters):
    """Ignored is NULL whatever it holds; what is not ignored is read as strictly as ever."""
    tried, seen = 0, []
    for at, (text, names) in enumerate(ignoring.values):
        done = ignoring.jobs.get((at, (qual, filters)))
        if done is None:
            continue
        tried += 1
        assert done["formatOptions"] == option(qual, filters)["formatOptions"]
        fine = (bool(qual) or QUALS.get(text, True)) and (bool(filters) or FILTERS.get(names, True))
        assert done["status"] == ("COMPLETED" if fine else "FAILED"), (text, names, done["statusMessage"])
        if not fine:
            column = "QUAL" if not qual and not QUALS.get(text, True) else "FILTER"
            said = done["statusMessage"]
            assert column in said and f"ine {HEADER.count(chr(10)) + 2}" in said.replace("number ", ""), said
            continue
        copy = ignoring.bucket / "expected.vcf"
        lines = (ignoring.bucket / f"ignored{at}.vcf").read_text().splitlines()
        for number, line in enumerate(lines):
            if not line.startswith("#"):
                columns = line.split("\t")
                columns[5] = "." if qual else columns[5]
                columns[6] = "." if filters else columns[6]
                lines[number] = "\t".join(columns)
        copy.write_text("\n".join(lines) + "\n")
        want, oracle = differential.expected(copy, done["id"])
        files = servers.item_files(annotation.table_of(strict, "ignoring"), done["id"])[0]
        report = differential.compare(want, files, oracle)
        assert report.ok and want.rows == 6, f"{text!r} {names!r} {report}"
        seen.append(done["id"])
    assert tried > 1
    for job in strict.query("SELECT importjobid AS id, count(*) AS n, count(qual) AS q, count(filters) AS f FROM ignoring GROUP BY 1"):
        if job["id"] in seen:
            assert job["n"] == 6 and (not qual or job["q"] == 0) and (not filters or job["f"] == 0), job
            seen.remove(job["id"])
    assert not seen


@pytest.mark.parametrize("name", ["annotation-files/exac.vcf.gz", "annotated/vep.loftee.vcf", "quirks/gatk.vcf.gz",
                                  "cohort/hail.sample.vcf.gz"])
def test_ignoring_changes_nothing_else(server, twins, name):
    variant, annotated = twins.store(MT)
    both, _ = twins.load("as it is")
    done = twins.annotations.load(annotated, uri(name), **option(True, True))
    assert done["status"] == "COMPLETED", done["statusMessage"]
    ours, _ = twins.rows(variant, both["id"], MODES["as it is"][2].index(name))
    theirs, _ = twins.rows(annotated, done["id"], 0)
    assert theirs["qual"].null_count == theirs["filters"].null_count == theirs.num_rows
    assert ours["qual"].null_count < ours.num_rows or ours["filters"].null_count < ours.num_rows
    wrong = apart(ours.drop_columns(["qual", "filters"]), theirs.drop_columns(["qual", "filters"]))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", [f"conformance/hts-specs/{version}/failed/failed_body_{what}.vcf"
                                  for version in ("4.2", "4.3")
                                  for what in ("qual_000", "qual_001", "filter_000", "filter_001", "filter_002",
                                               "filter_003", "filter_004")
                                  if (CORPUS / f"conformance/hts-specs/{version}/failed/failed_body_{what}.vcf").exists()])
def test_the_specifications_faulty_fields_are_ignored(faulty, name):
    assert faulty.load("faulty", uri(name))["status"] == "FAILED"
    done = faulty.load("faulty", uri(name), **option(True, True))
    assert done["status"] == "COMPLETED", done["statusMessage"]


# --- the comparison itself --------------------------------------------------------------------------------------------


def test_the_comparison_notices_every_column(twins):
    both, _ = twins.load("VEP CSQ")
    rows, _ = twins.rows(twins.store(MT)[0], both["id"], MODES["VEP CSQ"][2].index("annotated/vep.loftee.vcf"))
    rows = rows.slice(0, 20).combine_chunks()
    # without the slice's offsets
    rows = pa.table({name: pa.array(rows[name].to_pylist(), rows[name].type) for name in rows.column_names},
                    rows.schema)
    assert apart(rows, rows) == []
    assert apart(rows, rows.set_column(0, rows.schema.field(0), pa.array(["other"] * rows.num_rows))) == []
    for at, field in enumerate(rows.schema):
        values = rows[field.name].to_pylist()
        values[7] = other(field.type, values[7])
        changed = rows.set_column(at, field, pa.array(values, field.type))
        words = apart(rows, changed)
        told = len(words) == 1 and words[0].startswith(f"{field.name}, row 7 and 0 more")
        assert told or field.name == "importjobid", (field, words)
    assert apart(rows, rows.slice(1))
    assert apart(rows, rows.rename_columns([*rows.column_names[:-1], "x"]))[0].startswith("schema")


def other(kind: pa.DataType, value):
    """Another value of the type, deep inside where it is nested."""
    if pa.types.is_map(kind):
        return [(*value[0][:1], "planted"), *value[1:]] if value else [("k", "planted")]
    if pa.types.is_list(kind):
        return [*(value or [])[:-1], other(kind.value_type, (value or [None])[-1])]
    if pa.types.is_struct(kind):
        return {**(value or {}), kind[-1].name: other(kind[-1].type, (value or {}).get(kind[-1].name))}
    if pa.types.is_boolean(kind):
        return not value
    return "planted" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else 12345
