"""Files that break a rule of docs/schema.md: a strict server refuses them, a relaxed one takes them, counts them and loses nothing."""

from __future__ import annotations

import re

import pytest

import server as servers
from annotation import Annotator
from test_annotation_tsv import normalising
from test_corpus import EMPTY, INVALID, accepted_invalid, listed_invalid, short

REFERENCE = "s3://corpus/reference/GRCh37.MT.fa"
HEADER = """##fileformat=VCFv4.2
##contig=<ID=MT,length=16569>
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##INFO=<ID=AC,Number=A,Type=Integer,Description="Count">
##INFO=<ID=TXT,Number=1,Type=String,Description="Text">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=FT,Number=1,Type=String,Description="Filter">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1
"""
FIRST = HEADER.count("\n") + 1
GOOD = dict(CHROM="MT", ID="rs1", REF="G", ALT="C", QUAL="50", FILTER="PASS", INFO="DP=7", FORMAT="GT:AD:DP:FT", S1="0/1:3,4:7:PASS")

# By rule: what a record has instead, the reason that is named, and what of its row is then how.
ODD = {
    "undeclared": (dict(INFO="DP=7;NOPE=a,b;ALSO"), "INFO/NOPE", dict(attributes={"DP": "7", "NOPE": "a,b", "ALSO": ""})),
    "number": (dict(INFO="DP=7,8", S1="0/1:3:7,8:PASS"), 'INFO/DP: wrong number of values: "7,8" has 2 where Number=1 means 1',
               dict(attributes={"DP": "7,8"}, alleledepths=[3], depth=None, information={"genotype_filters": "PASS", "dp": "7,8"})),
    "type": (dict(INFO="DP=7.5", S1="0/1:3,x:nan:PASS"), 'INFO/DP: value is not an integer: "7.5"',
             dict(attributes={"DP": "7.5"}, alleledepths=None, depth=None, information={"genotype_filters": "PASS", "ad": "3,x", "dp": "nan"})),
    "genotype": (dict(S1="0/2:3,4:7:PASS"), 'sample S1 FORMAT/GT: genotype names an allele that ALT does not have: "0/2"',
                 dict(calls=None, phased=None, alleledepths=[3, 4], depth=7, information={"genotype_filters": "PASS", "gt": "0/2"})),
    "allele": (dict(ALT="C,<DEL,R", S1="0/3:1,2,3,4:7:."), 'ALT: unparsable vcf record with allele: "<DEL"', dict(alternatealleles=["C", "<DEL", "R"], calls=[0, 3])),
    "filter": (dict(FILTER="q10,s50;x y"), 'FILTER: invalid filter: "q10,s50;x y"', dict(filters=["q10,s50", "x y"])),
    "empty": (dict(ID="", ALT="", QUAL="", FILTER="", INFO="DP=7;;TXT=x", S1="0/0:3:7:."), 'ID: invalid identifier: ""',
              dict(names=None, alternatealleles=None, qual=None, filters=None, attributes={"DP": "7", "TXT": "x"})),
    "duplicate": (dict(ID="a;a", FILTER="q;q", INFO="DP=7;TXT=x;DP=8"), 'ID: duplicate entry: "a;a"',
                  dict(names=["a", "a"], filters=["q", "q"], attributes={"DP": "7;DP=8", "TXT": "x"})),
    "space": (dict(INFO="DP=7;TXT=a b"), "INFO: white space is not allowed here", dict(attributes={"DP": "7", "TXT": "a b"})),
}
SITES = ["header", "order", *ODD]
NORMALISED = ["contig", "reference"]


def record(position: int, **odd: str) -> str:
    columns = {**GOOD, **odd}
    return "\t".join([columns.pop("CHROM"), str(position), *columns.values()]) + "\n"


def place(rule: str) -> int:
    """Where the records of a rule's file are: good, odd, good, odd."""
    return 1000 * (1 + [*SITES, *NORMALISED].index(rule))


def text(rule: str) -> tuple[str, int, str]:
    """A file that breaks one rule twice: its text, the first odd line and the reason named."""
    at = place(rule)
    if rule == "header":
        faulty = '##INFO=<ID=TXT,Number=1,Type=String>\n##FILTER=<Description="none">\n'
        body = "".join(record(at + n) for n in range(4))
        return HEADER.replace('##INFO=<ID=TXT,Number=1,Type=String,Description="Text">\n', faulty) + body, 5, "INFO has no Description"
    if rule == "order":
        contigs = ["MT", "other", "MT", "other"]
        return HEADER + "".join(record(at + n, CHROM=c) for n, c in enumerate(contigs)), FIRST + 2, '"MT" was left after line'
    if rule == "contig":
        body = record(1) + record(2, REF="A") + record(3, CHROM="other") + record(4, CHROM="other")
        return HEADER + body, FIRST + 2, 'contig "other" is not in the reference'
    if rule == "reference":
        odd, reason = dict(REF="GA", ALT="G"), "REF does not match the reference at MT:4: the record says 'G', the reference 'C'"
        return HEADER + record(1) + record(4, **odd) + record(5, REF="A") + record(12, **odd), FIRST + 1, reason
    odd, reason, _ = ODD[rule]
    return HEADER + "".join(record(at + n, **(odd if n % 2 else {})) for n in range(4)), FIRST + 1, reason


@pytest.fixture(scope="module")
def files(bucket):
    for rule in [*SITES, *NORMALISED]:
        (bucket / f"{rule}.vcf").write_text(text(rule)[0])


def load(user, store: str) -> dict[str, dict]:
    """A job's item by rule."""
    found = {}
    for rules, normalise in ((SITES, False), (NORMALISED, True)):
        job = user.load(store, *(f"s3://tmp/{rule}.vcf" for rule in rules), runLeftNormalization=normalise)
        found |= {rule: {**item, "job": job} for rule, item in zip(rules, job["items"])}
    return found


@pytest.fixture(scope="module")
def strict(user, files):
    return load(user, user.store("strict", REFERENCE))


@pytest.fixture(scope="module")
def relaxed(binary, corpus, bucket, files, tmp_path_factory):
    server = servers.Server(tmp_path_factory.mktemp("relaxed"), {"corpus": corpus, "tmp": bucket}, "--relax", "all").start()
    user = servers.User(server)
    yield user, load(user, user.store("relaxed", REFERENCE))
    assert server.stop() == 0, f"the server's last words:\n{server.tail()}"


@pytest.mark.parametrize("rule", [*SITES, *NORMALISED])
def test_a_strict_server_names_the_rule(strict, rule):
    _, line, reason = text(rule)
    item = strict[rule]
    assert item["jobStatus"] == "FAILED", item
    message = item["statusMessage"]
    assert re.search(rf"\bline(?: number)? {line}\b", message) and message.endswith(f" (accepted with --relax {rule}) [s3://tmp/{rule}.vcf]"), message
    assert reason.partition(": ")[2].partition(": ")[0] in message or reason in message, message


@pytest.mark.parametrize("rule", [*SITES, *NORMALISED])
def test_a_relaxed_server_counts_what_breaks_it(relaxed, rule):
    _, line, reason = text(rule)
    item = relaxed[1][rule]
    unit = "lines" if rule == "header" else "records"
    assert item["jobStatus"] == "COMPLETED", item
    assert re.search(rf"Imported 4 records as 4 rows; .* Accepted: {rule} 2 {unit} \(first at line {line}: [^;]*" + re.escape(reason), item["statusMessage"]), item
    assert item["statusMessage"].count("first at") == 1, item
    message = item["job"]["statusMessage"]
    assert re.search(r"^\d+ of (\d+) items imported\. \1 of them hold what was accepted against rules; the first: Accepted: ", message), message


@pytest.mark.parametrize("rule", ODD)
def test_nothing_is_lost(relaxed, rule):
    """The odd records' columns are as documented, and all other columns as those of the good ones."""
    server, (_, _, want) = relaxed[0].server, ODD[rule]
    at = place(rule)
    good, odd, *rest = server.query(f'SELECT * FROM relaxed WHERE "start" >= {at - 1} AND "start" < {at + 3} ORDER BY "start"')
    for row in (good, odd, *rest):
        del row["start"], row["end"]
    assert rest == [good, odd]
    assert {name: odd[name] for name in want} == want
    if rule not in ("empty", "allele"):  # those change what goes with it, too
        changed = {name for name in good if good[name] != odd[name]}
        assert changed == {name for name in want if good[name] != want[name]}


@pytest.mark.parametrize("rule", ["undeclared", "number", "type", "genotype", "allele", "filter", "duplicate", "space"])
def test_an_export_gives_it_back(relaxed, rule):
    """Word for word, but that entries of INFO with the same key are side by side."""
    at = place(rule)
    done = relaxed[0].server.command("export", "relaxed", "--region", f"MT:{at}-{at + 3}")
    assert done.returncode == 0, done.stderr

    def records(vcf: str) -> list[list[str]]:
        rows = [line.split("\t") for line in vcf.splitlines() if not line.startswith("#")]
        return [[*row[:7], ";".join(sorted(row[7].split(";"))), *row[8:]] for row in rows]

    assert records(done.stdout) == records(text(rule)[0])


def test_records_that_the_reference_refuses_stay_as_they_are(relaxed):
    rows = relaxed[0].server.query("""SELECT contigname AS c, "start" + 1 AS p, referenceallele AS r, alternatealleles[1] AS a FROM relaxed
        WHERE "start" < 20 ORDER BY c, p, r""")
    assert rows == [{"c": c, "p": p, "r": r, "a": a} for c, p, r, a in [
        ("MT", 1, "G", "C"), ("MT", 1, "G", "C"), ("MT", 2, "A", "C"), ("MT", 4, "GA", "G"), ("MT", 5, "A", "C"), ("MT", 12, "GA", "G"),
        ("other", 3, "G", "C"), ("other", 4, "G", "C")]]


def test_rows_of_a_tsv_file(user, relaxed, bucket):
    """The reference contradicts two alleles of one row, and does not know the contig of another: each row is counted once."""
    (bucket / "refused.tsv").write_text("chrom\tpos\tref\talt\tgene\nMT\t1\tGA\tA\tfine\nMT\t3\tGA\tA,GAA\tmismatch\nother\t3\tG\tC\tunknown\n")
    done = []
    for known in (user, relaxed[0]):
        annotator = Annotator(known.server)
        annotator.references = known.references
        annotator.create("refused", "TSV", normalising("CHR_POS_REF_ALT").wire(), reference=REFERENCE)
        done.append(annotator.load("refused", "s3://tmp/refused.tsv", runLeftNormalization=True))
    assert done[0]["status"] == "FAILED" and "Line 3, column ref: " in done[0]["statusMessage"], done[0]
    assert done[0]["statusMessage"].endswith(" (accepted with --relax reference) [s3://tmp/refused.tsv]"), done[0]
    assert done[1]["statusMessage"] == (
        "Imported 3 records as 4 rows; 0 records changed by left normalization. Accepted: "
        'contig 1 record (first at line 4: CHROM: contig "other" is not in the reference); '
        "reference 1 record (first at line 3: REF: REF does not match the reference at MT:3: the record says 'G', the reference 'T')."), done[1]
    rows = relaxed[0].server.query("SELECT gene, pos, ref, alt FROM refused ORDER BY gene, alt")
    assert [tuple(row.values()) for row in rows] == [
        ("fine", 0, "GA", "A"), ("mismatch", 2, "GA", "A"), ("mismatch", 2, "GA", "GAA"), ("unknown", 2, "G", "C")]


def test_the_specifications_failed_files(relaxed):
    """With every rule relaxed all but those that docs/schema.md lists are taken, and the reason is counted."""
    user, _ = relaxed
    refused = listed_invalid(r"^- (4\.\d[^\n]*`failed_[^\n]*)") | {f"4.3/{name}" for name in EMPTY}
    assert len(refused) > 40 and refused <= {short(name) for name in INVALID} - accepted_invalid()
    job = user.load("relaxed", *(f"s3://corpus/{name}" for name in INVALID))
    for name, item in zip(INVALID, job["items"]):
        message = item["statusMessage"]
        if short(name) in refused:
            assert item["jobStatus"] == "FAILED" and "--relax" not in message and not message.startswith("Cannot import"), item
        elif not message.startswith("Cannot import file with 0 rows."):
            assert item["jobStatus"] == "COMPLETED" and ("Accepted: " in message or short(name) in accepted_invalid()), item


def test_import_with_a_server_of_its_own(binary, corpus, bucket, files, tmp_path):
    """varlake import --relax and VARLAKE_RELAX; a server that runs has a setting of its own."""
    server = servers.Server(tmp_path, {"corpus": corpus}).start()
    servers.User(server).store("own", REFERENCE)
    done = server.command("import", "--relax", "number", "own", str(bucket / "number.vcf"))
    assert done.returncode == 2 and "has its own" in done.stderr, done
    assert server.stop() == 0
    for arguments, environment, code, words in [
        ((), {}, 1, "(accepted with --relax number)"),
        (("--relax", "type,filter"), {}, 1, "(accepted with --relax number)"),
        (("--relax", "type,number"), {}, 0, "Accepted: number 2 records (first at line 12: "),
        ((), {"VARLAKE_RELAX": "number"}, 0, "Accepted: number 2 records (first at line 12: "),
        (("--relax", "numbers"), {}, 2, "--relax: there is no rule"),
        ((), {"VARLAKE_RELAX": "numbers"}, 2, "--relax: there is no rule"),
    ]:
        done = server.command("import", *arguments, "own", str(bucket / "number.vcf"), **environment)
        assert done.returncode == code and words in done.stderr, done
    assert server.query("SELECT count(*) AS n FROM own") == [{"n": 8}]
