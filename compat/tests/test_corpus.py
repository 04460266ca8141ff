"""Every corpus file through a real import, held to bcftools column by column.

Each (file, mode) is one case; files of one folder and mode share one import job.
"""

from __future__ import annotations

import functools
import gzip
import json
import re
import shutil
import subprocess

import pyarrow.parquet as pq
import pytest

import bcftools
import differential
import expect
import made
import server as servers

CORPUS = servers.CORPUS
FOLDERS = ["annotated", "cohort", "gvcf", "quirks", "single-sample", "structural", "annotation-files",
           "normalize/bcftools", "normalize/glow",
           *(f"conformance/hts-specs/{v}/passed" for v in ("4.2", "4.3", "4.5"))]
# Files that bcftools cannot read but Varlake can (docs/vcf.md); compared as bcftools reads them once repaired.
REPAIRED = {
    "quirks/strelka.vcf.gz": lambda line: re.sub(r"\t(?=\t|$)", "\t.", line),
    "quirks/metadata-whitespace.vcf.gz": lambda line: re.sub(" +", "\t", line),
    "structural/example-4.1-bnd.vcf": lambda line: "\t".join(line.split())
    if line[0] == "#" else line.replace("\t\t", "\t.\t"),
    "normalize/glow/test_left_align_hg38_altered_bcftoolsnormalized.vcf": lambda line: line.rstrip("\t"),
    "normalize/glow/test_left_align_hg38_altered_symbolic_bcftoolsnormalized.vcf": lambda line: line.rstrip("\t"),
}
# Empty files have no line to name.
EMPTY = {"failed_empty.vcf", "failed_empty_sample.vcf"}
VEP = [("annotated/vep.loftee.vcf", "CSQ"), ("annotated/gnomad.exomes.r2.1.1.sites.chr1.vcf.gz", "vep"),
       ("annotated/snpeff.vcf", "ANN"), ("cohort/1kg_sample.vcf", "CSQ")]
NORMALISED = {
    "reference/GRCh37.MT.fa": ["cohort/twoSamples.MT.vcf", "gvcf/NA12878.MT.g.vcf", "cohort/chr22.vcf.gz"],
    "reference/b37.chr17_1Mb.fa": ["made/indels.vcf", "made/indels_gz.vcf.gz"],
    "normalize/bcftools/norm.fa": ["normalize/bcftools/norm.vcf", "made/norm_agreeing.vcf",
                                   "normalize/bcftools/norm.telomere.vcf"],
    "made/iupac.fa": ["normalize/bcftools/norm.iupac.vcf"],
    "normalize/bcftools/norm.symbolic.fa": ["normalize/bcftools/norm.symbolic.vcf",
                                            "normalize/bcftools/norm.symbolic.2.vcf"],
    "normalize/bcftools/norm.symbolic.3.fa": ["normalize/bcftools/norm.symbolic.3.vcf"],
    "normalize/glow/20_altered.fasta": [
        "normalize/glow/01_IN_altered_biallelic.vcf", "normalize/glow/01_IN_altered_multiallelic.vcf",
        "normalize/glow/01_IN_altered_biallelic_bcftoolsnormalized.vcf",
        "normalize/glow/01_IN_altered_multiallelic_bcftoolsnormalized.vcf",
        "cohort/CEUTrio.HiSeq.WGS.b37.NA12878.20.21.vcf"],
    "normalize/glow/Homo_sapiens_assembly38.20.21_altered.fasta": [
        "normalize/glow/test_left_align_hg38_altered.vcf", "normalize/glow/test_left_align_hg38_altered_symbolic.vcf",
        "single-sample/PG_NA12878_chr21.vcf.gz", "gvcf/combined.chr20_18210071_18210093.g.vcf"],
}


def names(folder: str) -> list[str]:
    found = sorted((CORPUS / folder).glob("*.vcf")) + sorted((CORPUS / folder).glob("*.vcf.gz"))
    return [f"{folder}/{path.name}" for path in found]


VALID = [name for folder in FOLDERS for name in names(folder)]
INVALID = [name for version in ("4.2", "4.3") for name in names(f"conformance/hts-specs/{version}/failed")]
PAIRS = [(ref, name) for ref, listed in NORMALISED.items() for name in listed]


# How VCF files are read: what is let pass, and which of the specification's files.
READING = json.loads((servers.ROOT / "docs" / "reading.json").read_text(encoding="utf-8"))


@functools.cache
def refused_invalid(setting: str = "default") -> frozenset[str]:
    """The specification's invalid files that a setting refuses, as short names them."""
    listed = READING["specification"]
    if setting == "strict":
        accepted = {name for group in listed["always"] for name in group["files"]}
        return frozenset(short(name) for name in INVALID) - {_whole(name) for name in accepted}
    return frozenset(map(_whole, listed["never"] + (listed["default_refuses"] if setting == "default" else [])))


def _whole(name: str) -> str:
    return name.replace("/", "/failed_") + ".vcf"


def accepted_invalid() -> frozenset[str]:
    """The invalid files that Varlake accepts by default."""
    return frozenset(short(name) for name in INVALID) - refused_invalid()


def short(name: str) -> str:
    """conformance/hts-specs/4.2/failed/failed_x.vcf as docs/design/hts-specs.md writes it: 4.2/failed_x.vcf."""
    return re.sub(r".*/(4\.\d)/failed/", r"\1/", name)


class Imports:
    """Imports files in jobs, each group once, and compares the rows of one item."""

    def __init__(self, user, bucket):
        self.user, self.bucket, self.jobs = user, bucket, {}

    def path(self, name: str):
        """The local file to read in name's place."""
        if name in REPAIRED:
            return self.repaired(name)
        return self.bucket / name.removeprefix("made/") if name.startswith("made/") else CORPUS / name

    def repaired(self, name: str):
        path = self.bucket / f"repaired_{name.rpartition('/')[2].removesuffix('.gz')}"
        if not path.exists():
            packed = name.endswith(".gz")
            text = (gzip.open if packed else open)(CORPUS / name, "rt").read()
            lines = [line if line.startswith("##") else REPAIRED[name](line) for line in text.splitlines()]
            path.write_text("\n".join(lines) + "\n")
        return path

    @staticmethod
    def uri(name: str) -> str:
        return f"s3://tmp/{name.removeprefix('made/')}" if name.startswith("made/") else f"s3://corpus/{name}"

    def item(self, group: str, store: str, files: list[str], name: str, **more):
        if group not in self.jobs:
            self.jobs[group] = self.user.load(store, *[self.uri(one) for one in files], **more)
        job = self.jobs[group]
        place = files.index(name)
        item = job["items"][place]
        assert item["source"] == self.uri(name), "items keep the order of the request"
        return job, place, item

    def files(self, store: str, job: dict, place: int) -> list[str]:
        return servers.item_files(self.user.server.table(store), job["id"]).get(place, [])

    def check(self, store, job, place, name, ref=None, vep=None) -> None:
        want, oracle = differential.expected(self.path(name), job["id"], ref, vep)
        files = self.files(store, job, place)
        report = differential.compare(want, files, oracle, only_job=False)
        assert report.ok, f"{name}\n{report}"


@pytest.fixture(scope="module")
def imports(user, bucket, corpus):
    return Imports(user, bucket)


@pytest.fixture(scope="module")
def raw_store(user):
    return user.store("corpus_raw", "s3://corpus/reference/GRCh37.MT.fa")


def failed_with_reason(item, line=True) -> None:
    assert item["jobStatus"] == "FAILED", item
    message = item["statusMessage"]
    assert item["source"].rpartition("/")[2] in message, f"the message names no file: {message}"
    assert not line or re.search(r"\bline(?: number)? \d+", message, re.I), f"the message names no line: {message}"
    reason = re.sub(r"\[?s3://\S+|\bline(?: number)? \d+", "", message, flags=re.I)
    assert len(re.findall(r"[A-Za-z]{2,}", reason)) >= 2, f"the message gives no reason: {message}"
    assert "/data/" not in message and str(CORPUS) not in message, f"a path of ours: {message}"
    assert "pytest" not in message, f"a path of ours: {message}"


def test_the_corpus_is_there(corpus):
    assert len(VALID) > 100 and len(INVALID) > 400
    assert set(REPAIRED) <= set(VALID)
    for name in REPAIRED:
        with pytest.raises(bcftools.Refused):  # else it needs no repair
            bcftools.body(bcftools.run("view", "-H", str(corpus / name)))
    for _, name in PAIRS:
        assert name.startswith("made/") or (corpus / name).exists(), name


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", VALID)
def test_valid_file(imports, raw_store, name):
    folder = name.rpartition("/")[0]
    job, place, item = imports.item(folder, raw_store, names(folder), name)
    path = imports.path(name)
    if not expect.read(path)[1]:
        assert item["jobStatus"] == "COMPLETED"  # beside the folder's others
        assert item["statusMessage"].startswith("Imported 0 records as 0 rows;")
        return
    assert item["jobStatus"] == "COMPLETED", item
    imports.check(raw_store, job, place, name)


def test_the_sql_table_holds_what_the_jobs_wrote(imports, raw_store, user):
    """The union of what the cases above compared file by file, through SQL and as one table."""
    for folder in FOLDERS:
        imports.item(folder, raw_store, names(folder), names(folder)[0])
    want = {}
    for job in imports.jobs.values():
        if job["destinationName"] == raw_store:
            found = servers.item_files(user.server.table(raw_store), job["id"])
            want[job["id"]] = sum(pq.ParquetFile(f).metadata.num_rows for files in found.values() for f in files)
    got = user.server.query(f"SELECT importjobid AS job, count(*) AS n FROM {raw_store} GROUP BY 1")
    assert {row["job"]: row["n"] for row in got} == {job: n for job, n in want.items() if n}


@pytest.mark.parametrize("name, key", VEP)
def test_vep_annotations(imports, raw_store, name, key):
    """The last file has no such INFO: its structs are there with vep NULL."""
    job, place, item = imports.item(f"vep {name}", raw_store, [name], name, annotationFields={"VEP": key})
    assert item["jobStatus"] == "COMPLETED", item
    imports.check(raw_store, job, place, name, vep=key)


@pytest.fixture(scope="module")
def norm_files(bucket, corpus):
    made.indels(bucket / "indels.vcf", corpus / "reference" / "b37.chr17_1Mb.fa", 20_000)
    packed = made.indels(bucket / "indels_gz.vcf", corpus / "reference" / "b37.chr17_1Mb.fa", 5_000, seed=2)
    subprocess.run(["bgzip", "-f", packed], check=True)
    source, reference = corpus / "normalize/bcftools/norm.vcf", corpus / "normalize/bcftools/norm.fa"
    shutil.copy(reference, bucket / "norm.fa")
    iupac = (corpus / "normalize/bcftools/norm.iupac.fa").read_text().splitlines()
    (bucket / "iupac.fa").write_text("\n".join(iupac[:2]) + "\n")  # its third line is no sequence
    header, records = expect.read(source)
    agreeing = [line for _, line in records if bcftools_agrees(bucket / "norm.fa", header, line)]
    assert 0 < len(agreeing) < len(records)
    (bucket / "norm_agreeing.vcf").write_text("\n".join([*header.lines, *agreeing]) + "\n")


def bcftools_agrees(reference, header, line) -> bool:
    try:
        bcftools.normalised(reference, header, [(1, line)])
    except bcftools.Refused:
        return False
    return True


@functools.cache
def norm_store(user, ref: str) -> str:
    return user.store("norm_" + re.sub(r"\W", "_", ref.rpartition("/")[2]).lower(), Imports.uri(ref))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("ref, name", PAIRS)
def test_normalised_file(imports, norm_files, user, ref, name):
    store = norm_store(user, ref)
    job, place, item = imports.item(f"norm {ref}", store, NORMALISED[ref], name, runLeftNormalization=True)
    try:
        header, records = expect.read(imports.path(name))
        bcftools.normalised(imports.path(ref), header, records)
    except bcftools.Refused:  # REF disagrees with the reference, or the contig is not in it
        failed_with_reason(item)
        return
    assert item["jobStatus"] == "COMPLETED", item
    imports.check(store, job, place, name, ref=imports.path(ref))


def test_a_mismatch_names_position_and_bases(imports, norm_files, user):
    ref = "normalize/bcftools/norm.fa"
    name = NORMALISED[ref][0]
    _, _, item = imports.item(f"norm {ref}", norm_store(user, ref), NORMALISED[ref], name, runLeftNormalization=True)
    message = item["statusMessage"]
    assert "1:60" in message and re.search(r"\bA\b", message) and re.search(r"\bC\b", message), message


GOOD = "conformance/hts-specs/4.3/passed/passed_body_info.vcf"


@pytest.fixture(scope="module")
def mixed(imports, user):
    """One job of every invalid file, with a good one in their midst."""
    store = user.store("corpus_invalid", "s3://corpus/reference/GRCh37.MT.fa")
    half = len(INVALID) // 2
    files = [*INVALID[:half], GOOD, *INVALID[half:]]
    assert len(files) <= 1000
    return store, files, *imports.item("invalid", store, files, GOOD)


@pytest.mark.parametrize("name", INVALID)
def test_invalid_file(mixed, imports, name):
    store, files, job, _, _ = mixed
    item = job["items"][files.index(name)]
    if short(name) in accepted_invalid():
        assert (item["jobStatus"] == "COMPLETED"
                or item["statusMessage"].startswith("Cannot import file with 0 rows.")), item
        return
    failed_with_reason(item, line=name.rpartition("/")[2] not in EMPTY)


def test_the_list_of_accepted_invalid_files(mixed):
    """docs/reading.json names no file that is not there."""
    assert 100 < len(refused_invalid()) < 110 and refused_invalid() <= {short(name) for name in INVALID}
    assert {f"4.3/failed_body_no_newline_00{n}.vcf" for n in range(5)} <= accepted_invalid() - refused_invalid("strict")


@pytest.mark.parametrize("name",
                         [name for name in INVALID if short(name) in accepted_invalid() and "_meta_" not in name])
def test_accepted_invalid_file(mixed, imports, name):
    """What is let in is stored as faithfully as the rest. Where the header alone is odd all records are alike."""
    store, files, job, _, _ = mixed
    place = files.index(name)
    if job["items"][place]["jobStatus"] == "COMPLETED":
        imports.check(store, job, place, name)


def test_the_good_file_among_invalid_ones_lands(mixed, imports, user):
    store, files, job, place, item = mixed
    assert job["status"] == "COMPLETED_WITH_FAILURES" and item["jobStatus"] == "COMPLETED"
    imports.check(store, job, place, GOOD)
    landed = servers.item_files(user.server.table(store), job["id"])
    assert {files[at] for at in landed} == {
        name for name, item in zip(files, job["items"]) if item["jobStatus"] == "COMPLETED"
        and "Imported 0 records" not in item["statusMessage"]}
    assert {short(files[at]) for at in landed} - {short(GOOD)} <= accepted_invalid()
    rows = sum(pq.ParquetFile(f).metadata.num_rows for found in landed.values() for f in found)
    assert user.server.query(f"SELECT count(*) AS n FROM {store}") == [{"n": rows}]
    assert user.server.query("SELECT 1 AS well") == [{"well": 1}]


SHAPES = ["plain.vcf", "crlf.vcf", "unended.vcf", "crlf_unended.vcf", "gzip.vcf.gz", "members.vcf.gz", "bgzip.vcf.gz",
          "bgzip.vcf.bgz", "gzip_named.vcf", "contigs.vcf", "wide.vcf"]


@pytest.fixture(scope="module")
def shapes(bucket):
    plain = made.big_vcf(bucket / "plain.vcf", 3_000, samples=2).read_bytes()
    crlf = plain.replace(b"\n", b"\r\n")
    (bucket / "crlf.vcf").write_bytes(crlf)
    (bucket / "unended.vcf").write_bytes(plain[:-1])
    (bucket / "crlf_unended.vcf").write_bytes(crlf[:-2])
    (bucket / "gzip.vcf.gz").write_bytes(gzip.compress(plain))
    (bucket / "gzip_named.vcf").write_bytes(gzip.compress(plain))  # the content tells, not the name
    half = plain.index(b"\n", len(plain) // 2) - 7  # in the middle of a line
    (bucket / "members.vcf.gz").write_bytes(gzip.compress(plain[:half]) + gzip.compress(plain[half:]))
    packed = subprocess.run(["bgzip", "-c"], input=plain, capture_output=True, check=True).stdout
    (bucket / "bgzip.vcf.gz").write_bytes(packed)
    (bucket / "bgzip.vcf.bgz").write_bytes(packed)
    head, _, body = plain.partition(b"s0\ts1\n")
    lines = body.decode().splitlines()
    odd = ["HLA-A*01:01:01:01", "chrUn_KI270302v1", "gi|251831106|ref|NC_012920.1|", "1", "KB704451", "MT"]
    step = len(lines) // len(odd)
    text = [f"{odd[min(at // step, len(odd) - 1)]}{line[line.index(chr(9)):]}" for at, line in enumerate(lines)]
    (bucket / "contigs.vcf").write_bytes(head + b"s0\ts1\n" + "\n".join(text).encode() + b"\n")
    made.big_vcf(bucket / "wide.vcf", 20, samples=5_000)


@pytest.mark.parametrize("name", SHAPES)
def test_input_shape(imports, raw_store, shapes, name):
    names_ = [f"made/{one}" for one in SHAPES]
    job, place, item = imports.item("shapes", raw_store, names_, f"made/{name}")
    assert item["jobStatus"] == "COMPLETED", item
    imports.check(raw_store, job, place, f"made/{name}")


TORN = {
    "torn.vcf.gz": lambda plain, packed: packed[: len(packed) // 2],
    "torn_gzip.vcf.gz": lambda plain, packed: gzip.compress(plain)[:-20],
    "flipped.vcf.gz": lambda plain, packed: packed[:5000] + bytes([packed[5000] ^ 0x10]) + packed[5001:],
    "no_eof.vcf.gz": lambda plain, packed: packed[:-28],
    "halfline.vcf": lambda plain, packed: plain[:-30],
    "binary.vcf": lambda plain, packed: bytes(range(256)) * 100,
    "folder.vcf": None,
}


@pytest.fixture(scope="module")
def torn(shapes, bucket, user, raw_store):
    plain, packed = (bucket / "plain.vcf").read_bytes(), (bucket / "bgzip.vcf.gz").read_bytes()
    for name, spoil in TORN.items():
        if spoil:
            (bucket / name).write_bytes(spoil(plain, packed))
        else:
            (bucket / name).mkdir()
    return user.load(raw_store, *[f"s3://tmp/{name}" for name in TORN])


@pytest.mark.parametrize("name", TORN)
def test_damaged_input_fails(torn, name):
    item = torn["items"][list(TORN).index(name)]
    failed_with_reason(item, line=False)


def test_nothing_of_damaged_input_is_kept(torn, user, raw_store):
    assert torn["status"] == "FAILED"
    assert user.server.query(f"SELECT count(*) AS n FROM {raw_store} WHERE importjobid = '{torn['id']}'") == [{"n": 0}]


def test_statuses_say_what_was_done(imports, raw_store, shapes):
    _, _, item = imports.item("shapes", raw_store, [f"made/{one}" for one in SHAPES], "made/plain.vcf")
    message = item["statusMessage"].replace(",", "")
    assert "3000" in message and "6000" in message, f"records read and rows written: {message}"


def test_normalised_count_is_told(imports, norm_files, user):
    ref = "reference/b37.chr17_1Mb.fa"
    store = norm_store(user, ref)
    job, place, item = imports.item(f"norm {ref}", store, NORMALISED[ref], "made/indels.vcf", runLeftNormalization=True)
    header, records = expect.read(imports.path("made/indels.vcf"))
    moved = sum(
        (start, ref_, alt) != (int(c[1]) - 1, c[3], c[4])
        for (start, ref_, alt, _), c in zip(
            bcftools.normalised(CORPUS / ref, header, records), (line.split("\t") for _, line in records)))
    assert moved > 1000 and str(moved) in item["statusMessage"].replace(",", ""), (moved, item)
