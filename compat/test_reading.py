"""Small files that were once misread, refused or read without a word: ../shared/faults, each with what it must give."""

from __future__ import annotations

import pytest

import bcftools
import server as servers
from annotation import Annotator

REFERENCE = "s3://corpus/reference/GRCh37.MT.fa"
FAULTS = servers.CORPUS.parent / "faults"


@pytest.fixture(scope="module")
def server(binary, corpus, bucket, tmp_path_factory):
    one = servers.Server(tmp_path_factory.mktemp("reading"), {"corpus": corpus, "faults": FAULTS, "tmp": bucket}, "--quota", "annotation-stores=100").start()
    yield one
    assert one.stop() == 0, f"the server's last words:\n{one.tail()}"


@pytest.fixture(scope="module")
def store(user):
    return user.store("reading", REFERENCE)


@pytest.fixture(scope="module")
def load(user, server, store):
    """Imports a file of ../shared/faults: its job, and what a SELECT of its rows gives."""

    def load(name: str, select: str, **more) -> tuple[dict, list[tuple]]:
        job = user.load(store, name if ":" in name else f"s3://faults/{name}", **more)
        assert job["status"] == "COMPLETED", job
        rows = server.query(f"SELECT {select} FROM {store} WHERE importjobid = '{job['id']}'")
        return job, [tuple(row.values()) for row in rows]

    return load


# --- ends of symbolic alleles ------------------------------------------------------------------------------------------

ENDS = {
    "g42": [149, 150, 190],
    "g45": [149, 150, 190],
    "len_multi": [149, 149],
    "svlen42": [100],
    "svlen44": [150, 140],
    "svlen45": [150, 140, 160, 190, 152, 175, 460, 170],
    "htslib1897_del45": [150, 380, 400],
}


@pytest.mark.parametrize("name", ENDS)
def test_ends(load, name):
    _, rows = load(f"v45-len-svlen-end/{name}.vcf", 'start, "end"')
    assert [end for _, end in sorted(rows)] == ENDS[name]


def test_ends_in_an_annotation_store(server):
    user = Annotator(server)
    store = user.create("ends_of_sites", "VCF", reference=REFERENCE)
    job = user.load(store, "s3://faults/v45-len-svlen-end/svlen44.vcf", runLeftNormalization=False)
    assert job["status"] == "COMPLETED", job
    assert server.query(f'SELECT "end" FROM {store} ORDER BY start') == [{"end": 150}, {"end": 140}]


def test_regions_reach_symbolic_alleles(user, server, tmp_path):
    """Records are found where their alleles end, by SQL, by an export and by the export's index."""
    store = user.store("symbolic", REFERENCE)
    for name in ("svlen45", "g45"):
        job = user.load(store, f"s3://faults/v45-len-svlen-end/{name}.vcf")
        assert job["status"] == "COMPLETED", job
        found = server.query(f'SELECT start FROM {store} WHERE importjobid = \'{job["id"]}\' AND contigname = \'chr1\' AND start < 190 AND "end" >= 190 ORDER BY start')
        want = {"svlen45": [129, 159], "g45": [150]}[name]
        assert [row["start"] for row in found] == want
        out = tmp_path / f"{name}.vcf.gz"
        done = server.command("export", store, "--import-job", job["id"], "--region", "chr1:190-190", "-o", str(out))
        assert done.returncode == 0, done.stderr
        assert [int(line.split("\t")[1]) - 1 for line in bcftools.body(bcftools.run("view", str(out)))] == want


# --- genotypes ---------------------------------------------------------------------------------------------------------


def test_empty_genotypes(load):
    _, rows = load("empty-GT/in.vcf", "sampleid, calls, conditionalquality")
    assert sorted(rows) == [("s1", [-1], None), ("s2", [0, 1], 5), ("s3", [-1], None), ("s4", [-1], 7)]


# --- annotations -------------------------------------------------------------------------------------------------------

def test_parenthesis_in_a_field_name(load):
    job, rows = load("vep-parenthesis-field/in.vcf", "annotations.vep", annotationFields={"VEP": "CSQ"})
    (((entry,),),) = [(tuple(vep),) for (vep,) in rows]
    assert (entry["allele"], entry["consequence"], entry["impact"], entry["extras"]) == ("C", ["missense_variant"], "MODERATE", {"pos(1-based)": "5.1"})
    assert "Annotations" not in job["statusMessage"]


@pytest.mark.parametrize("name, key, words, lengths", [
    ("snpeff", "NOPE", "INFO/NOPE is not described in the header.", [None] * 5),
    ("snpeff", "ANN", None, [1, 0, 2, 0, 0]),
    ("snpeff", "LOF", None, [1, 0, 0, 0, 0]),
    ("eff", "EFF", "INFO/EFF is in SnpEff's older form, Effect ( a | b ), which is not read: annotate without -formatEff.", [None]),
    ("vep93", "CSQ", "2 records have INFO/CSQ without the 25 fields that the header describes (first at line 12).", [0, 1, 0]),
    ("vep1351", "CSQ", "1 record has INFO/CSQ without the 25 fields that the header describes (line 12).", [0, 1]),
])
def test_annotations_that_are_not_read_are_told(load, name, key, words, lengths):
    job, rows = load(f"annotations-silently-empty/{name}.vcf", "start, annotations.vep", annotationFields={"VEP": key})
    assert [None if vep is None else len(vep) for _, vep in sorted(rows, key=lambda row: row[0])] == lengths
    (item,) = job["items"]
    for message in (item["statusMessage"], job["statusMessage"]):
        assert words is None and "Annotations:" not in message or f" Annotations: {words}" in message, message


def test_snpeff_fills_the_columns_of_vep(load):
    _, rows = load("annotations-silently-empty/snpeff.vcf", "start, annotations.vep", annotationFields={"VEP": "ANN"})
    entry = dict(rows)[9][0]
    assert {name: value for name, value in entry.items() if value is not None} == {
        "allele": "C", "consequence": ["missense_variant", "splice_region_variant"], "impact": "MODERATE", "symbol": "TP53", "gene": "ENSG1",
        "feature_type": "transcript", "feature": "NM_1.1", "biotype": "protein_coding", "exon": {"rank": "4", "total": "11"}, "hgvsc": "c.1A>G",
        "hgvsp": "p.Arg1Gly", "cdna_position": "10/1000", "cds_position": "12/900", "protein_position": "4/300", "distance": "",
        "flags": ["WARNING_TRANSCRIPT_NO_STOP_CODON"],
    }


# --- compression -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mix1", "mix2", "mix4"])
def test_members_of_both_kinds(load, name):
    _, rows = load(f"gzip-after-bgzf/{name}.vcf.gz", "start")
    assert sorted(rows) == [(start,) for start in range(9, 29)]
