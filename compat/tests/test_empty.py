"""Files without a record, beside others and alone; and contigs that the store's reference does not have."""

from __future__ import annotations

import pytest

from annotation import QUOTAS, Annotator
from conftest import REFERENCE
from server import CORPUS, Server, User

FAULT = CORPUS.parent / "faults" / "header-only-shard"
NONE = "Cannot import file with 0 rows."
NOTHING = "Imported 0 records as 0 rows; 0 records changed by left normalization."
HEAD = "##fileformat=VCFv4.2\n##contig=<ID=chr1>\n"
SITES = HEAD + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
GVCF = HEAD + ('##ALT=<ID=NON_REF,Description="any">\n##INFO=<ID=END,Number=1,Type=Integer,Description="end">\n'
               '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n')
FILES = {
    "one.vcf": SITES + "chr1\t10\t.\tA\tC\t.\t.\t.\n", "none.vcf": SITES, "zero.vcf": "", "torn.vcf": HEAD,
    "one.g.vcf": GVCF + "chr1\t10\t.\tA\t<NON_REF>\t.\t.\tEND=20\tGT\t0/0\n", "none.g.vcf": GVCF,
    "one.gff3": "##gff-version 3\nchr1\t.\tgene\t1\t9\t.\t+\t.\tID=g\n", "none.gff3": "##gff-version 3\n",
    "zero.gff3": "",
    "one.tsv": "chrom\tpos\nchr1\t4\n", "none.tsv": "chrom\tpos\n", "zero.tsv": "", "comments.tsv": "#a\n#b\n",
}


@pytest.fixture(scope="module")
def server(binary, corpus, bucket, tmp_path_factory):
    for name, text in FILES.items():
        (bucket / name).write_text(text)
    buckets = {"corpus": corpus, "tmp": bucket} | ({"fault": FAULT} if FAULT.exists() else {})
    one = Server(tmp_path_factory.mktemp("server"), buckets, *QUOTAS, "--quota", "annotation-files-per-job=10").start()
    yield one
    assert one.stop() == 0


def uris(*names: str) -> list[str]:
    return [name if "://" in name else f"s3://tmp/{name}" for name in names]


def ends(done: dict) -> list[str]:
    return [done["status"], *(item["jobStatus"] for item in done["items"])]


def test_the_shards_of_a_cohort(user, store):
    """The folder of the fault: one shard has a record, the other has none."""
    if not FAULT.exists():
        pytest.fail(f"no {FAULT}") if (CORPUS / "README.md").exists() else pytest.skip(f"no {FAULT}")
    done = user.load(store, "s3://fault/sh1.vcf", "s3://fault/sh2.vcf")
    assert ends(done) == ["COMPLETED"] * 3
    assert done["statusMessage"].startswith("2 of 2 items imported. Contigs not in the store's reference: 1 (first ")
    assert done["items"][1]["statusMessage"] == NOTHING
    done = user.load(store, "s3://fault/sh2.vcf")
    assert ends(done) == ["FAILED"] * 2
    assert done["items"][0]["statusMessage"] == f"{NONE} [s3://fault/sh2.vcf]"
    assert done["statusMessage"] == f"0 of 1 items imported. {NONE} [s3://fault/sh2.vcf]"


@pytest.mark.parametrize("names, want", [
    (["one.vcf", "none.vcf", "none.g.vcf"], ["COMPLETED"] * 4),
    (["none.g.vcf", "one.g.vcf"], ["COMPLETED"] * 3),
    (["none.vcf", "none.g.vcf"], ["FAILED"] * 3),
    (["zero.vcf", "one.vcf"], ["COMPLETED_WITH_FAILURES", "FAILED", "COMPLETED"]),
    (["torn.vcf", "none.vcf", "one.vcf"], ["COMPLETED_WITH_FAILURES", "FAILED", "COMPLETED", "COMPLETED"]),
    (["torn.vcf", "none.vcf"], ["FAILED"] * 3),
    (["none.vcf", "none.g.vcf", "torn.vcf"], ["FAILED"] * 4),
], ids=" ".join)
def test_variants(user, server, store, names, want):
    done = user.load(store, *uris(*names))
    assert ends(done) == want, done
    for name, item in zip(names, done["items"]):
        if name.startswith("none"):
            assert item["statusMessage"] == (NOTHING
                                             if item["jobStatus"] == "COMPLETED" else f"{NONE} [s3://tmp/{name}]"), item
    if "torn.vcf" in names:  # the reason that files without a record must not hide
        torn = done["items"][names.index("torn.vcf")]["statusMessage"]
        failed = [item for item in done["items"] if item["jobStatus"] == "FAILED"]
        before = "; the first:" if len(failed) > 1 else " items imported."
        assert NONE not in torn and f"{before} {torn}" in done["statusMessage"], done
    rows = server.query(f"SELECT count(*) AS n FROM {store} WHERE importjobid = '{done['id']}'")
    assert rows == [{"n": sum(name.startswith("one") for name in names)}]
    assert server.command("check").stdout == ""


@pytest.mark.parametrize("form, names, want", [
    ("GFF", ["none.gff3", "one.gff3"], ["COMPLETED"] * 3), ("GFF", ["none.gff3"], ["FAILED"] * 2),
    ("GFF", ["zero.gff3", "one.gff3"], ["COMPLETED_WITH_FAILURES", "FAILED", "COMPLETED"]),
    ("TSV", ["none.tsv", "one.tsv"], ["COMPLETED"] * 3), ("TSV", ["none.tsv"], ["FAILED"] * 2),
    ("TSV", ["zero.tsv", "comments.tsv", "one.tsv"], ["COMPLETED_WITH_FAILURES", "FAILED", "FAILED", "COMPLETED"]),
    ("VCF", ["none.vcf", "one.vcf"], ["COMPLETED"] * 3), ("VCF", ["none.vcf"], ["FAILED"] * 2),
], ids=lambda value: " ".join(value) if isinstance(value, list) else value)
def test_annotations(server, user, request, form, names, want):
    annotator = Annotator(server)
    annotator.references = user.references
    name = "_".join(names).replace(".", "_")
    layout = {"schema": [{"chrom": "STRING"}, {"pos": "LONG"}], "annotationType": "CHR_POS",
              "formatToHeader": {"CHR": "chrom", "POS": "pos"}}
    annotator.create(name, form, layout if form == "TSV" else None, reference=REFERENCE)
    done = annotator.load(name, *uris(*names), **({"read": {"comment": "#"}} if form == "TSV" else {}))
    assert ends(done) == want, done
    if want[0] == "FAILED":
        assert done["statusMessage"] == f"{NONE} [s3://tmp/{names[0]}]"
    assert server.query(f"SELECT count(*) AS n FROM {name}") == [{"n": sum(one.startswith("one") for one in names)}]


@pytest.mark.parametrize("normalise", [False, True])
def test_contigs_that_the_reference_lacks(user, server, store, bucket, normalise):
    """They are counted once each, in the messages of the item and of the job; left normalisation refuses them as
    before."""
    rows = "".join(f"{contig}\t{at}\t.\tG\tC\t.\t.\t.\n" for contig in ("MT", "chrUn_1", "chrUn_2") for at in (1, 1))
    (bucket / "strange.vcf").write_text(SITES + rows)
    done = user.load(store, "s3://tmp/strange.vcf", runLeftNormalization=normalise)
    item, = done["items"]
    if normalise:
        assert item["jobStatus"] == "FAILED", item
        assert 'contig "chrUn_1" is not in the reference' in item["statusMessage"], item
    else:
        assert item == {"source": "s3://tmp/strange.vcf", "jobStatus": "COMPLETED", "statusMessage":
                        "Imported 6 records as 6 rows; 0 records changed by left normalization. "
                        "Contigs not in the store's reference: 2 (first chrUn_1)."}
        assert done["statusMessage"] == "1 of 1 items imported. Contigs not in the store's reference: 2 (first chrUn_1). [s3://tmp/strange.vcf]"


def test_a_reference_that_has_all(user, store, bucket):
    (bucket / "known.vcf").write_text(SITES + "MT\t1\t.\tG\tC\t.\t.\t.\n")
    item, = user.load(store, "s3://tmp/known.vcf")["items"]
    assert item["statusMessage"] == "Imported 1 records as 1 rows; 0 records changed by left normalization."
