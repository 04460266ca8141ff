"""Small files that were once misread, refused or read without a word: ../shared/faults, each with what it must give."""

from __future__ import annotations

import re
import shlex

import pytest

import bcftools
import server as servers
from annotation import Annotator

REFERENCE = "s3://corpus/reference/GRCh37.MT.fa"
FAULTS = servers.CORPUS.parent / "faults"


@pytest.fixture(scope="module")
def server(binary, corpus, bucket, tmp_path_factory):
    one = servers.Server(tmp_path_factory.mktemp("reading"), {"corpus": corpus, "faults": FAULTS, "tmp": bucket},
                         "--quota", "annotation-stores=100").start()
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


# --- ends of symbolic alleles -----------------------------------------------------------------------------------------

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


# --- genotypes --------------------------------------------------------------------------------------------------------


def test_empty_genotypes(load):
    _, rows = load("empty-GT/in.vcf", "sampleid, calls, conditionalquality")
    assert sorted(rows) == [("s1", [-1], None), ("s2", [0, 1], 5), ("s3", [-1], None), ("s4", [-1], 7)]


# --- annotations ------------------------------------------------------------------------------------------------------

def test_parenthesis_in_a_field_name(load):
    job, rows = load("vep-parenthesis-field/in.vcf", "annotations.vep", annotationFields={"VEP": "CSQ"})
    (((entry,),),) = [(tuple(vep),) for (vep,) in rows]
    assert (entry["allele"], entry["consequence"], entry["impact"], entry["extras"]) == ("C", ["missense_variant"],
        "MODERATE", {"pos(1-based)": "5.1"})
    assert "Annotations" not in job["statusMessage"]


@pytest.mark.parametrize("name, key, words, lengths", [
    ("snpeff", "NOPE", "INFO/NOPE is not described in the header.", [None] * 5),
    ("snpeff", "ANN", None, [1, 0, 2, 0, 0]),
    ("snpeff", "LOF", None, [1, 0, 0, 0, 0]),
    ("eff", "EFF", "INFO/EFF is in SnpEff's older form, Effect ( a | b ), which is not read: annotate without -formatEff.", [None]),
    ("vep93", "CSQ", "2 records have INFO/CSQ without the 25 fields that the header describes (first at line 12).",
     [0, 1, 0]),
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
        "allele": "C", "consequence": ["missense_variant", "splice_region_variant"], "impact": "MODERATE",
        "symbol": "TP53", "gene": "ENSG1",
        "feature_type": "transcript", "feature": "NM_1.1", "biotype": "protein_coding",
        "exon": {"rank": "4", "total": "11"}, "hgvsc": "c.1A>G",
        "hgvsp": "p.Arg1Gly", "cdna_position": "10/1000", "cds_position": "12/900", "protein_position": "4/300",
        "distance": "",
        "flags": ["WARNING_TRANSCRIPT_NO_STOP_CODON"],
    }


# --- compression ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mix1", "mix2", "mix4"])
def test_members_of_both_kinds(load, name):
    _, rows = load(f"gzip-after-bgzf/{name}.vcf.gz", "start")
    assert sorted(rows) == [(start,) for start in range(9, 29)]


# --- tables -----------------------------------------------------------------------------------------------------------

SITES = {"annotationType": "CHR_POS_REF_ALT",
         "formatToHeader": {"CHR": "chrom", "POS": "pos", "REF": "ref", "ALT": "alt"}}
SPANS = {"annotationType": "CHR_START_END_ZERO_BASE",
         "formatToHeader": {"CHR": "chrom", "START": "start", "END": "end"}}
PLACE = {"chrom": "STRING", "pos": "INT", "ref": "STRING", "alt": "STRING"}


def schema(**columns: str) -> list[dict]:
    return [{name: kind} for name, kind in columns.items()]


def scored(chromosome: str) -> dict:
    layout = {**SITES,
              "schema": schema(**{chromosome: "STRING"}, pos="INT", ref="STRING", alt="STRING", score="DOUBLE")}
    return layout | {"formatToHeader": SITES["formatToHeader"] | {"CHR": chromosome}}


BED = {**SPANS, "schema": schema(chrom="STRING", start="INT", end="INT", name="STRING", score="INT", strand="STRING")}
CADD = {**SITES, "schema": schema(**PLACE, rawscore="DOUBLE", phred="DOUBLE")}
COMMENT = ({"comment": "#"}, {},
           'when lines that begin with # are comments, set readOptions.comment to "#", or --comment "#"')
DBNSFP = {"annotationType": "CHR_POS_REF_ALT", "formatToHeader": SITES["formatToHeader"], "schema": schema(**PLACE)}
BEDPE = {"annotationType": "CHR_START_END_ONE_BASE",
         "formatToHeader": {"CHR": "chrom_a", "START": "start_a", "END": "end_a"},
         "schema": schema(chrom_a="STRING", start_a="INT", end_a="INT", chrom_b="STRING", start_b="INT", end_b="INT")}

# file: its layout, how it is read, what leads from the refusal of the first try to success, and its rows
TABLES = {
    "faults/tsv-missing-marks/dbnsfp_dot.tsv": (scored("chr"), {},
    ({}, {"nullValue": "."}, 'name it: annotationFields {"nullValue": "."}, or --null-value "."'),
                                                [{"pos": 9, "score": None}, {"pos": 10, "score": .5}]),
    "faults/tsv-missing-marks/dbnsfp_na.tsv": (scored("chr"), {},
    ({}, {"nullValue": "NA"}, 'name it: annotationFields {"nullValue": "NA"}'),
                                               [{"pos": 9, "score": None}, {"pos": 10, "score": .5}]),
    "faults/tsv-missing-marks/bedscore.bed": (BED, {"header": False}, ({"header": False}, {"nullValue": "."},
                                                                       'name it: annotationFields {"nullValue": "."}'),
                                              [{"start": 1, "score": None, "strand": "+"}]),
    "faults/tsv-missing-marks/hdrhash.tsv": (scored("chrom"), {}, COMMENT, [{"pos": 9, "score": .5}]),
    "faults/tsv-missing-marks/cadd.tsv": (CADD, {}, COMMENT, [{"pos": 10000, "phred": 4.066}]),
    "corpus/callers/genmod-small_1000G_CADD.tsv.gz": ({**SITES, "schema": schema(
        **PLACE, cscore="DOUBLE", phred="DOUBLE")}, {}, COMMENT, 21),
    "corpus/callers/svtools-input.bedpe": (BEDPE, {}, COMMENT,
                                           [{"chrom_b": "17", "start_b": 38112500, "start_a": 1832650}]),
}


@pytest.mark.parametrize("file", TABLES)
def test_tables_are_read_or_say_how(server, file):
    """A refusal's words lead to success in one step."""
    layout, read, (then, fields, words), want = TABLES[file]
    user = Annotator(server)
    store = user.create("t_" + "".join(c for c in file.rpartition("/")[2].lower() if c.isalnum()), "TSV", tsv=layout)
    first = user.load(store, f"s3://{file}", read=read)
    assert first["status"] == "FAILED" and words in first["statusMessage"], first
    job = user.load(store, f"s3://{file}", read=then, annotationFields=fields)
    assert job["status"] == "COMPLETED", job
    if isinstance(want, int):
        assert server.query(f"SELECT count(*) AS n FROM {store}") == [{"n": want}]
        return
    columns = ", ".join(want[0])
    assert server.query(f"SELECT {columns} FROM {store} ORDER BY 1") == want
    assert "normalization" not in job["statusMessage"]


@pytest.mark.parametrize("name, layout, words", [
    ("BRAKER-augustus.hints.gtf", None,
     'column attributes: "g1" is not an attribute tag=value, as GFF3 has it; GTF and GFF2 write others; '
                                        "convert the file, for instance with gffread FILE.gtf -o FILE.gff3"),
    ("vcfanno-dbNSFP_example.txt.gz", DBNSFP, "names the schema's column pos twice; rename the one that is not meant"),
])
def test_refused_tables(server, name, layout, words):
    user = Annotator(server)
    store = user.create("r_" + "".join(c for c in name.lower() if c.isalnum()), "TSV" if layout else "GFF", tsv=layout)
    job = user.load(store, f"s3://corpus/callers/{name}")
    assert job["status"] == "FAILED" and words in job["statusMessage"], job


def test_gff_jobs_say_nothing_of_normalization(server):
    user = Annotator(server)
    store = user.create("features", "GFF")
    job = user.load(store, "s3://corpus/callers/SnpEff-AT5G66790.gff3")
    assert (job["status"], job["statusMessage"].split(";")[0]) == ("COMPLETED", job["statusMessage"]), job
    assert job["statusMessage"].startswith("Imported "), job


def test_null_value_flag(server, tmp_path):
    (tmp_path / "scores.csv").write_text("gene,score\nA,NA\nB,.\nC,1.5\n-,-\n")
    done = server.command("annotation", "create", "flagged", "--format", "tsv", "--column", "gene:string", "--column",
                          "score:double")
    assert done.returncode == 0, done.stderr
    done = server.command("annotation", "import", "flagged", str(tmp_path / "scores.csv"), "--sep", ",",
                          "--null-value", "NA,.,-")
    assert done.returncode == 0, done.stderr
    assert server.query("SELECT gene, score FROM flagged ORDER BY gene") == [
        {"gene": "A", "score": None}, {"gene": "B", "score": None}, {"gene": "C", "score": 1.5},
        {"gene": None, "score": None}]


def test_a_hint_names_all_that_a_file_needs(server, tmp_path):
    """Marks of missing values, comments and the separator at once: the flags that the refusal names import the file,
    and so do the API's options."""
    text = "# made by hand\n# on a day\ngene,score\nA,NA\nB,.\nC,1.5\nD,-\n"
    (tmp_path / "needy.csv").write_text(text)
    done = server.command("annotation", "create", "needy", "--format", "tsv", "--column", "gene:string", "--column",
                          "score:double")
    assert done.returncode == 0, done.stderr
    load = ["annotation", "import", "needy", str(tmp_path / "needy.csv")]
    done = server.command(*load)
    flags = re.search(r"; it needs (--[^\n]*)\n", done.stderr)
    assert (done.returncode == 1 and flags and "readOptions" not in done.stderr
            and "annotationFields" not in done.stderr), done.stderr
    assert shlex.split(flags[1]) == ["--comment", "#", "--sep", ",", "--null-value", "NA,.,-"]
    done = server.command(*load, *shlex.split(flags[1]))
    assert done.returncode == 0, done.stderr
    user = Annotator(server)
    failed = user.omics.list_annotation_import_jobs(filter={"status": "FAILED", "storeName": "needy"})
    latest, *_ = failed["annotationImportJobs"]
    message = user.omics.get_annotation_import_job(jobId=latest["id"])["statusMessage"]
    assert 'it needs readOptions {"comment": "#", "sep": ","} and annotationFields {"nullValue": "NA,.,-"}, or --comment' in message
    assert server.query("SELECT count(*) AS n FROM needy") == [{"n": 4}]
