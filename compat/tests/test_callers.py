"""Files as real tools write them (the corpus' callers/): what the field's tools read is imported by default, every
value kept.

A VCF or BCF file that is refused stands in callers_refused.tsv, with the line and the words of the reason; one that is
odd in callers_counted.tsv, with what statusMessage counts of it. Features and tables go into annotation stores; those
that need a word more of the user are in test_reading.py. """

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import annotation
import gff3
import separated
import server as servers
from annotation import Annotator
from reading import FLAGS, Reading
from separated import Layout

FOLDER = servers.CORPUS / "callers"
REFERENCE = "s3://corpus/reference/GRCh37.MT.fa"
VARIANTS = (".vcf", ".vcf.gz", ".vcf.bgz", ".bcf")


def index() -> dict[str, dict[str, str]]:
    with open(FOLDER / "INDEX.tsv", encoding="utf-8", newline="") as f:
        return {row["file"]: row for row in csv.DictReader(f, delimiter="\t")}


def refused() -> dict[str, dict[str, str]]:
    """callers_refused.tsv by file: its line, words of the reason, and the --relax that imports it after all."""
    with open(Path(__file__).with_name("callers_refused.tsv"), encoding="utf-8", newline="") as f:
        return {row["file"]: row for row in csv.DictReader(f, delimiter="\t")}


def counted() -> dict[str, str]:
    """callers_counted.tsv by file: of each rule that it breaks how often and the first line, as in `header 2 14,
    number 1 30`."""
    with open(Path(__file__).with_name("callers_counted.tsv"), encoding="utf-8", newline="") as f:
        return {row["file"]: row["counted"] for row in csv.DictReader(f, delimiter="\t")}


NAMES = [name for name in index() if name.endswith(VARIANTS)] if (FOLDER / "INDEX.tsv").exists() else []
FEATURES = ["mavis-Homo_sapiens.GRCh38.kras.gff3", "SnpEff-AT5G66790.gff3", "igv.js-NCBI_hg38_MYC.gff"]
TABLES = {
    "TBProfiler-tbdb.bed": (Layout("CHR_START_END_ZERO_BASE", {"chrom": "STRING", "start": "LONG", "end": "LONG",
                                                               "locus": "STRING",
                                                               "gene": "STRING", "drugs": "STRING"},
                                   {"CHR": "chrom", "START": "start", "END": "end"}), {"header": False}),
    "MultiQC_TestData-sample1_pe_ivar_variants.tsv": (
        Layout("CHR_POS_REF_ALT", {"region": "STRING", "pos": "LONG", "ref": "STRING", "alt": "STRING", "ref_dp": "INT",
                                   "alt_freq": "DOUBLE",
                                   "pval": "DOUBLE", "pass": "BOOLEAN", "gff_feature": "STRING"},
               {"CHR": "region", "POS": "pos", "REF": "ref", "ALT": "alt"}), {}),
    "vcf_stuff-HCC2218_cnvkit-call.cns": (
        Layout("CHR_START_END_ONE_BASE", {"chromosome": "STRING", "start": "LONG", "end": "LONG", "gene": "STRING",
                                          "log2": "DOUBLE", "baf": "FLOAT",
                                          "cn": "INT", "depth": "DOUBLE", "weight": "DOUBLE"},
               {"CHR": "chromosome", "START": "start", "END": "end"}), {}),
}
# What their readers need is asked of the user: test_reading.py.
ASKED = {"BRAKER-augustus.hints.gtf", "vcfanno-dbNSFP_example.txt.gz", "genmod-small_1000G_CADD.tsv.gz",
         "svtools-input.bedpe"}
REFUSED, COUNTED = refused(), counted()
READ = [name for name in NAMES if name not in REFUSED]


@pytest.fixture(scope="module")
def server(binary, corpus, bucket, tmp_path_factory):
    one = servers.Server(tmp_path_factory.mktemp("server"), {"corpus": corpus, "callers": FOLDER, "tmp": bucket},
                         *FLAGS).start()
    yield one
    assert one.stop() == 0, f"the server's last words:\n{one.tail()}"


@pytest.fixture(scope="module")
def reading(user):
    store = user.store("callers", REFERENCE)
    return Reading(user, store, {name: ("callers", FOLDER / name) for name in NAMES})


def test_the_list_of_refused_files(corpus):
    """It names files that are there, and none that both bcftools and htsjdk read whole."""
    listed = index()
    assert len(NAMES) > 60 and set(REFUSED) <= set(NAMES)
    assert set(listed) == {*NAMES, *FEATURES, *TABLES, *ASKED}
    assert [name for name in REFUSED if "reads, decodes" in listed[name]["special"]] == []


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", READ)
def test_a_file_is_read(reading, name):
    faults = reading.faults([name])
    assert not faults, f"{name}\n{faults[name]}"


@pytest.mark.parametrize("name", READ)
def test_what_is_odd_is_counted(reading, name):
    """No more and no less; and what the index says that an earlier reading refused is among it, at that line or
    before."""
    told = reading.item(name)["statusMessage"].partition("Accepted: ")[2]
    found = re.findall(r"(?:^|; )([a-z]+) (\d+) (?:record|line)s? \(first at line (\d+)", told)
    assert ", ".join(" ".join(one) for one in found) == COUNTED.get(name, ""), told
    odd = re.match(r"REFUSED by default \((\w+)\):.*?\bline (?:number )?(\d+)", index()[name]["varlake_outcome"])
    if odd and name != "PyVCF-issue-140-file1.vcf":  # AD of Number=1: VCF 4.1 does not reserve it
        assert [rule for rule, _, line in found if rule == odd[1] and int(line) <= int(odd[2])] == [odd[1]], told


def test_the_list_of_odd_files(corpus):
    assert set(COUNTED) <= set(READ) and len(COUNTED) > 25


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_file_says_why(reading, name):
    item = reading.item(name)
    assert item["jobStatus"] == "FAILED", item
    assert REFUSED[name]["words"] in item["statusMessage"], item
    rule = REFUSED[name]["relax"]
    if rule:
        assert f"(accepted with --relax {rule})" in item["statusMessage"], item
    else:
        assert "accepted with" not in item["statusMessage"], item


def test_nothing_of_refused_files_is_kept(reading, user):
    for name in NAMES:
        reading.item(name)
    rows = user.server.query("SELECT DISTINCT importjobid AS job FROM callers")
    assert {row["job"] for row in rows} == {reading.ids[name] for name in NAMES
                                            if reading.item(name)["jobStatus"] == "COMPLETED"}


@pytest.mark.parametrize("name", FEATURES)
def test_features(server, name):
    user = Annotator(server)
    table = user.create("g_" + name.lower().translate({ord(c): None for c in "-_."}), "GFF")
    job = user.load(table, f"s3://callers/{name}")
    assert job["status"] == "COMPLETED", job
    annotation.check(server, table, job["id"], gff3.rows(FOLDER / name), gff3.SHAPE)


@pytest.mark.parametrize("name", TABLES)
def test_tables(server, name):
    layout, read = TABLES[name]
    user = Annotator(server)
    table = user.create("t_" + name.lower().translate({ord(c): None for c in "-_."}), "TSV", layout.wire())
    job = user.load(table, f"s3://callers/{name}", read=read)
    assert job["status"] == "COMPLETED", job
    want = separated.rows((FOLDER / name).read_bytes(), layout, read)
    assert len(want) > 70
    annotation.check(server, table, job["id"], want, layout.shape())


def test_files_that_need_a_rule(binary, corpus, tmp_path):
    """With the rules that the message names, a refused file is read whole, and what it broke is counted."""
    needed = {name: row["relax"].split(",") for name, row in REFUSED.items() if row["relax"]}
    rules = ",".join(sorted({rule for some in needed.values() for rule in some}))
    one = servers.Server(tmp_path, {"corpus": corpus, "callers": FOLDER}, *FLAGS, "--relax", rules).start()
    user = servers.User(one)
    relaxed = Reading(user, user.store("relaxed", REFERENCE), {name: ("callers", FOLDER / name) for name in needed})
    assert relaxed.faults(needed) == {} and len(needed) > 3
    for name, some in needed.items():
        told = relaxed.item(name)["statusMessage"].partition("Accepted: ")[2]
        assert [rule for rule in some if rule not in told] == [], told
    assert one.stop() == 0
