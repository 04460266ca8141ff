"""GFF3 files in annotation stores, held to an independent reading of them (gff3.py)."""

from __future__ import annotations

import gzip
import random
import subprocess

import pytest

import annotation
import gff3
import server as servers
from annotation import Annotator

FOLDER = servers.CORPUS / "annotation-files"
CORPUS_FILES = sorted(path.name for path in FOLDER.glob("*.gff3*"))
GOOD = "chr1\tmade\tgene\t11\t20\t.\t+\t.\tID=g1;Name=one"
FIRST = f"##gff-version 3\n{GOOD}\n"


@pytest.fixture(scope="module")
def server(binary, corpus, bucket, tmp_path_factory):
    one = servers.Server(tmp_path_factory.mktemp("gff"), {"corpus": corpus, "tmp": bucket}, *annotation.QUOTAS).start()
    yield one
    assert one.stop() == 0, f"the server's last words:\n{one.tail()}"


@pytest.fixture(scope="module")
def user(server):
    return Annotator(server)


@pytest.fixture(scope="module")
def store(user):
    return user.create("genes", "GFF")


def test_an_empty_store_has_the_columns(server, user):
    user.create("empty_genes", "GFF")
    assert annotation.contents(server, "empty_genes").shape == gff3.SHAPE
    assert server.query("SELECT * FROM empty_genes") == []


def test_the_corpus_is_there(corpus):
    assert len(CORPUS_FILES) >= 4
    assert all(len(gff3.rows(FOLDER / name)) > 15 for name in CORPUS_FILES)


# --- made files -------------------------------------------------------------------------------------------------------

ATTRIBUTES = [
    "ID=a;Name=b;Alias=c;Parent=d;Target=EST23 1 21 +;Gap=M8 D3 M6 I1 M6;Derives_from=e;Note=f;Dbxref=g:1;Ontology_term=GO:1;Is_circular=true;other=h",
    "Parent=p1,p2,p3;Note=one,two;Dbxref=EMBL:AA816246,NCBI_gi:10727410;Ontology_term=SO:1,SO:2;Alias=x,y,z;other=1,2,3",
    "Note=a%2Cb,c%3Bd;Dbxref=x%3Dy,%25,%09;Alias=p%2Cq,r;Parent=%70;other=%2C,%26;ID=i%3B;Name=n%20m;odd%3Dtag=v;Odd%41=w",
    "Name=1,4-alpha-glucan;Target=a,b 1 2;Gap=M1,M2;Derives_from=d,e;ID=i,j",
    "Name=50% identity;Note=100%,%zz,%4,%;other=%%41",
    "Name=Gène-β-🧬;note=ä,ö;other=G%C3%A8ne-%F0%9F%A7%AC",
    "parent=lower;DBXREF=upper;dbx_ref=underscored;OntologyTerm=camel;ontology_term=snake;derivesfrom=plain;DERIVES_FROM=ignored",
    "id=lower;ID=exact;name=n1;NAME=n2;is_circular=what;Is_circular=1;GAP=g1;gap=g2",
    "Parent=p1;Parent=p2,p3;parent=p4;Note=n1;Note=n2;Dbxref=d1;Dbxref=d2;Alias=a1;Alias=a2,a3;alias=a4;tag=t1;tag=t2;TAG=t3",
    "ID=;Name=;Alias=;Parent=;Note=,,;Dbxref=,x,;Ontology_term=;Target=;Gap=;Derives_from=;Is_circular=;other=",
    "other=;other=x;other=;other=y;Alias=;Alias=x;Alias=;Alias=y",
    " ID = spaced ; Name=  n  ;;;  ; Note = a, b ;other = c ;",
    "Is_circular=TRUE", "Is_circular=false", "Is_circular=0;iscircular=0", "IS_CIRCULAR=1", "IsCircular=False",
    "ID=a=b;other=c=d=e;url=http://x/?q=1&r=2", 'ID="quoted";other=\'single\'',
    ".", "", ";", "ID=.", "Note=.;other=.", "___=u;_=v;I_D=w;n_a_m_e=x",
]


def of(attributes: list[str]) -> str:
    return FIRST + "".join(f"chr{at % 3}\tmade\tregion\t{100 - at}\t{200 + at}\t.\t+\t.\t{text}\n"
                           for at, text in enumerate(attributes))


SITES = "\n".join([
    "##gff-version 3.1.26", "##sequence-region ctg123 1 1500", GOOD,
    "chr%201\tso%09urce\tt%7Cype\t1\t1\t0\t-\t0\t.",
    "chr|1^a*$@!+_?-\t.\t.\t1\t9223372036854775807\t-1.5e-08\t?\t1\tID=x",
    "é\té\té\t5\t5\t+.5\t.\t2\t.", "c>1\ts\t>t\t7\t8\t5.\t+\t.\t.",
    "c\ts\tt\t1\t2\t1e400000000000\t+\t.\t.".replace("1e400000000000", "1e308"),
    "c\ts\tt\t1\t2\t1e-400\t+\t.\t.", "c\ts\tt\t1\t2\tnan\t+\t.\t.", "c\ts\tt\t1\t2\t-Infinity\t+\t.\t.",
    "c\ts\tt\t1\t2\tINF\t+\t.\t.",
    "c\ts\tt\t1\t2\t-0\t+\t.\t.", "c\ts\tt\t1\t2\t0.1234567890123456789\t+\t.\t.",
    "c\tChromHMM x\tCDS\t+3\t007\t1300\t+\t.\t.", "ctg123\t.\tCDS\t1400\t9000\t.\t+\t0\tID=beyond_its_region", GOOD,
    GOOD,
]) + "\n"
DIRECTIVES = "\n".join([
    "# before the version", "##gff-version   3", "#!genome-build GRCh38", "", "##sequence-region chr1 1 10",
    "##feature-ontology URI", "##species x", "##unknown directive\twith\ttabs", GOOD, "###", "   ", "#", "##",
    "#\t\t\t\t\t\t\t\t",
    "##gff-version-of-mine 2", "##fast", GOOD.replace("g1", "g2"), "###",
]) + "\n"
CIRCULAR = "\n".join([
    "##gff-version 3.2.1", "# organism Enterobacteria phage f1", "##sequence-region J02448 1 6407",
    "J02448\tGenBank\tregion\t1\t6407\t.\t+\t.\tID=J02448;Name=J02448;Is_circular=true;",
    "J02448\tGenBank\tCDS\t6006\t7238\t.\t+\t0\tID=geneII;Name=II;Note=protein II;",
]) + "\n"
MADE = {
    "attributes.gff3": of(ATTRIBUTES), "sites.gff3": SITES, "directives.gff3": DIRECTIVES, "circular.gff3": CIRCULAR,
    "fasta.gff3": FIRST + "##FASTA\n>chr1\nACGT\nnot\ta\tfeature\n" + GOOD + "\n##gff-version 2\n",
    "fasta_lower.gff3": FIRST + "##fasta  \n" + GOOD + "\n", "fasta_implied.gff3": FIRST + ">chr1\n" + GOOD + "\nACGT",
    "no_version.gff3": GOOD + "\n" + GOOD.replace("g1", "g2"), "bom.gff3": "\ufeff" + FIRST,
    "long.gff3": FIRST + GOOD + ";other=" + "x" * 3_000_000 + "\n" + GOOD + ";list=" + ",".join("abcdefgh") * 50_000
    + "\n" + GOOD + "\n",
    "many.gff3": FIRST + GOOD + "".join(f";tag{n}={n}" for n in range(9_000)) + ";Parent=" + ",".join(f"p{n}"
    for n in range(30_000)) + "\n",
}


def packed(text: bytes) -> dict[str, bytes]:
    """The forms in which one text may come."""
    half = text.index(b"\n", len(text) // 2) - 5
    bgzip = subprocess.run(["bgzip", "-c"], input=text, capture_output=True, check=True).stdout
    crlf = text.replace(b"\n", b"\r\n")
    return {"plain.gff3": text, "crlf.gff3": crlf, "unended.gff3": text[:-1], "crlf_unended.gff3": crlf[:-2],
            "gzip.gff3.gz": gzip.compress(text),
            "members.gff3.gz": gzip.compress(text[:half]) + gzip.compress(text[half:]), "bgzip.gff3.gz": bgzip,
            "bgzip.gff3.bgz": bgzip,
            "crlf.gff3.gz": gzip.compress(crlf), "gzip_by_content.gff3": gzip.compress(text)}


def chance(rows: int, seed: int) -> str:
    """Random features; every part is drawn from what the format allows."""
    choose = random.Random(seed)
    letters = "abcXYZ019_.:^*$@!+?|-~ é%25%2C%3B%3D%09"

    def word(low=1):
        return "".join(choose.choice(letters.replace("%", "") if choose.random() < .9 else ["%25", "%2C", "%3B", "%3D",
                                                                                            "%09", "%E2%82%AC"])
                       for _ in range(choose.randint(low, 12)))

    lines = ["##gff-version 3"]
    for number in range(rows):
        start = choose.randint(1, 10**choose.randint(1, 12))
        tags = choose.sample(["ID", "Name", "Alias", "Parent", "Target", "Gap", "Derives_from", "Note", "Dbxref",
                              "Ontology_term", "gene", "Biotype",
                              "extra_1", "Extra_1", "description"], choose.randint(0, 10))
        pairs = [f"{tag}=" + ",".join(word(0) for _ in range(choose.randint(1, 4))) for tag in tags]
        pairs += [f"Is_circular={choose.choice(['true', 'false'])}"] if choose.random() < .1 else []
        lines.append("\t".join([
            f"chr{number * 20 // rows}", word().strip(" ") or "s", choose.choice(["gene", "CDS", "mRNA"]), str(start),
            str(start + choose.randint(0, 10**6)),
            choose.choice([".", "0", repr(choose.uniform(-1e3, 1e3)), f"{choose.random():.3g}"]), choose.choice("+-?."),
            choose.choice(".012"),
            ";".join(pairs) + choose.choice(["", ";"]) or "."]))
        if choose.random() < .01:
            lines.append(choose.choice(["###", "# a comment", "", "##species x"]))
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def made(bucket, user, store):
    """The finished jobs of all files, made and of the corpus, by name."""
    files = {name: text.encode() for name, text in MADE.items()} | packed(chance(300, 1).encode()) | {
        "chance.gff3.gz": gzip.compress(chance(8_000, 2).encode(), 1)}
    jobs = {name: user.start(store, f"s3://corpus/annotation-files/{name}") for name in CORPUS_FILES}
    for name, data in files.items():
        (bucket / name).write_bytes(data)
        jobs[name] = user.start(store, f"s3://tmp/{name}")
    return {name: user.wait(job) for name, job in jobs.items()}


@pytest.mark.parametrize("name", CORPUS_FILES)
def test_corpus_file(server, store, made, name):
    done = made[name]
    assert done["status"] == "COMPLETED", done["statusMessage"]
    annotation.check(server, store, done["id"], gff3.rows(FOLDER / name), gff3.SHAPE)


@pytest.mark.parametrize("name", [*MADE, *packed(b"a\nbcdefgh\n"), "chance.gff3.gz"])
def test_made_file(server, store, bucket, made, name):
    done = made[name]
    assert done["status"] == "COMPLETED", done["statusMessage"]
    want = gff3.rows(bucket / name)
    said = done["statusMessage"]
    assert want and said.startswith(f"Imported {len(want)} records as {len(want)} rows"), said
    annotation.check(server, store, done["id"], want, gff3.SHAPE)


def test_a_few_rows_by_hand(server, store, made):
    """The independent reading is right about what it says of the commonest things."""
    job = made["circular.gff3"]["id"]
    got = server.query(f"SELECT * FROM {store} WHERE importjobid = '{job}' ORDER BY start")
    none = {**dict.fromkeys(name for name, _ in gff3.SHAPE), "importjobid": job}
    assert got == [
        {**none, "seqid": "J02448", "source": "GenBank", "type": "region", "start": 0, "end": 6407,
         "strand": "+", "id": "J02448", "name": "J02448", "is_circular": True},
        {**none, "seqid": "J02448", "source": "GenBank", "type": "CDS", "start": 6005, "end": 7238,
         "strand": "+", "phase": 0, "id": "geneII", "name": "II", "note": ["protein II"]}]
    job = made["attributes.gff3"]["id"]
    third = server.query(f"SELECT note, dbxref, alias, parent, information FROM {store} WHERE importjobid = '{job}' AND start = 97")
    assert third == [{"note": ["a,b", "c;d"], "dbxref": ["x=y", "%", "\t"], "alias": "p,q,r", "parent": ["p"],
                      "information": {"other": ",,&", "odd=tag": "v", "odda": "w"}}]


# --- malformed rows ---------------------------------------------------------------------------------------------------

ROW = ["chr1", "made", "gene", "11", "20", ".", "+", ".", "ID=g1"]
COLUMNS = ["seqid", "source", "type", "start", "end", "score", "strand", "phase", "attributes"]


def put(column: str, value: str) -> str:
    return "\t".join(value if name == column else given for name, given in zip(COLUMNS, ROW))


WRONG = {  # column of the row -> values that cannot be there, and what the message says of them
    "seqid": {".": "names no sequence", "a b": "space", "%FF": "not valid UTF-8", "a\x01b": "control"},
    "source": {"%C3%28": "not valid UTF-8", "a\x02": "control"},
    "type": {"\x7f%80": "not valid UTF-8", "a\rb": "control"},
    "start": {"x": "not an integer", "0": "smaller than 1", "-5": "smaller than 1", "1.0": "not an integer",
              "1e3": "not an integer", ".": "not an integer",
              "": "the column is empty", " 11": "not an integer", "0x1": "not an integer",
              "9223372036854775808": "out of the range", "+": "not an integer"},
    "end": {"y": "not an integer", "10": "smaller than start, 11", "0": "smaller than 1",
            "99999999999999999999": "out of the range", "": "the column is empty",
            "20 ": "not an integer"},
    "score": {"high": "not a number", "1,5": "not a number", "1e999": "out of the range", "": "the column is empty",
              "0x1p3": "not a number", "1_0": "not a number"},
    "strand": {"*": "not a strand", "++": "not a strand", "1": "not a strand", "": "the column is empty"},
    "phase": {"3": "not a phase", "-1": "not a phase", "00": "not a phase", "x": "not a phase",
              "": "the column is empty"},
    "attributes": {"novalue": "not an attribute tag=value", "a=1;b;c=3": "not an attribute", "=x": "no tag before",
                   'gene_id "x"; transcript_id "y"': "GTF",
                   'gene_id "x=1"': "GTF", "%FF=x": "not valid UTF-8", "a=\x03": "control",
                   "x" * 1025 + "=y": "longer than 1024 bytes"},
    "attributes/ID": {"ID=a;ID=b": "a second time", "ID=%FE": "not valid UTF-8"},
    "attributes/Name": {"Name=a;Name=a": "a second time"}, "attributes/name": {"name=a;name=b": "a second time"},
    "attributes/Target": {"Target=a 1 2;Target=b 1 2": "a second time"},
    "attributes/Gap": {"Gap=M1;Gap=M2": "a second time"},
    "attributes/Derives_from": {"Derives_from=a;Derives_from=b": "a second time"},
    "attributes/Is_circular": {"Is_circular=yes": "neither true nor false",
                               "Is_circular=true;Is_circular=true": "a second time"},
    "attributes/Note": {"Note=a,%FF": "not valid UTF-8", "Note=" + "x," * 65_537: "more than 65536 values"},
    "attributes/other": {"other=%C3": "not valid UTF-8", "other=" + "x" * (16 << 20) + "y": "longer than 16 MiB"},
}
SHOWN = {  # what the message repeats of the row, where that is not the whole value
    "a\x01b": r"a\x01b", "a\x02": r"a\x02", "a\rb": r"a\rb", "\x7f%80": r"\x7f%80", "a=1;b;c=3": "b",
    'gene_id "x"; transcript_id "y"': r"gene_id \"x\"",
    'gene_id "x=1"': r"gene_id \"x=1\"", "%FF=x": "%FF", "a=\x03": r"a=\x03", "": None, "ID=a;ID=b": "b",
    "ID=%FE": "%FE", "Name=a;Name=a": "a", "name=a;name=b": "b",
    "Target=a 1 2;Target=b 1 2": "b 1 2", "Gap=M1;Gap=M2": "M2", "Derives_from=a;Derives_from=b": "b",
    "Is_circular=yes": "yes",
    "Is_circular=true;Is_circular=true": "true", "Note=a,%FF": "a,%FF", "other=%C3": "%C3",
}
BAD = [(put(column.partition("/")[0], value), column, SHOWN.get(value, value) if len(value) < 80 else None, reason)
       for column, values in WRONG.items() for value, reason in values.items()]
BAD += [
    ("\t".join(ROW[:8]), None, "\\t".join(ROW[:8]), "has 8 columns separated by tabs, GFF3 has 9"),
    ("\t".join([*ROW, "more"]), None, "\\t".join([*ROW, "more"]), "has 10 columns"),
    ("chr1 made gene 11 20 . + . ID=g1", None, "chr1 made gene 11 20 . + . ID=g1", "has 1 columns"),
    ("no columns at all", None, "no columns at all", "has 1 columns"),
    ("##gff-version 2", None, "##gff-version 2", "3 is supported"),
    ("##gff-version", None, "##gff-version", "3 is supported"),
    ("##gff-version 33", None, "##gff-version 33", "3 is supported"),
    (put("attributes", ";".join(f"t{n}=1" for n in range(10_001))), "attributes", None, "more than 10000 attributes"),
    (put("attributes", "Note=ä".encode("latin1").decode("latin1")).replace("ä", "\udce4"), "attributes", r"Note=\xe4",
     "not valid UTF-8"),
]


@pytest.fixture(scope="module")
def refusing(bucket, user):
    """A store that only ever gets malformed files: each is good but for its line 4."""
    user.create("refusing", "GFF")
    jobs = []
    for at, (row, *_) in enumerate(BAD):
        text = f"{FIRST}# line 3\n{row}\n{GOOD}\nand\tworse\n"
        (bucket / f"bad{at}.gff3").write_bytes(text.encode(errors="surrogateescape"))
        jobs.append(user.start("refusing", f"s3://tmp/bad{at}.gff3"))
    return jobs


@pytest.mark.parametrize("at", range(len(BAD)), ids=lambda at: f"{at}-{BAD[at][1] or 'row'}")
def test_malformed_row(user, refusing, at):
    _, column, value, reason = BAD[at]
    annotation.refused(user.wait(refusing[at]), f"s3://tmp/bad{at}.gff3", 4, column, value, reason)


def test_nothing_of_malformed_files_lands(server, user, refusing):
    for job in refusing:
        user.wait(job)
    assert annotation.table_of(server, "refusing").metadata.snapshots == []
    assert server.query("SELECT * FROM refusing") == []
    servers.until(lambda: not annotation.data_files(server, "refusing"))


@pytest.mark.parametrize("row, reason", [("bad", "has 1 columns"), (put("start", "0"), "smaller than 1")])
def test_a_bad_row_after_many_good_ones(server, user, store, bucket, row, reason):
    """Several chunks were written when it comes."""
    lines = chance(9_000, 3).splitlines()
    (bucket / "late.gff3").write_text("\n".join([*lines, row]) + "\n")
    done = user.load(store, "s3://tmp/late.gff3")
    annotation.refused(done, "s3://tmp/late.gff3", len(lines) + 1, None if row == "bad" else "start",
                       "bad" if row == "bad" else "0", reason)
    annotation.nothing_of(server, store, done["id"])


@pytest.mark.parametrize("name, data, words", [
    ("empty.gff3", b"", "Cannot import file with 0 rows."),
    ("comments.gff3", b"##gff-version 3\n# nothing\n###\n", "Cannot import file with 0 rows."),
    ("sequence.gff3", b"##FASTA\n>a\nACGT\n", "Cannot import file with 0 rows."),
    ("torn.gff3.gz", gzip.compress(FIRST.encode() * 50)[:-9], "Malformed Input"),
    ("binary.gff3", bytes(range(256)) * 20, "Malformed Input"),
    ("variants.vcf", b"##fileformat=VCFv4.2\n#CHROM\tPOS\nchr1\t1\n",
     "The file is VCF, where the store takes GFF3: import it into a variant store"),
    ("absent.gff3", None, ""),
], ids=lambda value: value if isinstance(value, str) and value.endswith(("gff3", "gz", "vcf")) else "")
def test_a_file_that_is_no_gff3(server, user, store, bucket, name, data, words):
    if data is not None:
        (bucket / name).write_bytes(data)
    done = user.load(store, f"s3://tmp/{name}")
    assert done["status"] == "FAILED" and words in done["statusMessage"], done
    assert f"s3://tmp/{name}" in done["statusMessage"], done
    annotation.nothing_of(server, store, done["id"])


# --- the comparison itself --------------------------------------------------------------------------------------------


def test_the_comparison_notices_every_column():
    row = {**gff3.feature("c\ts\tt\t1\t2\t0.5\t+\t0\tID=i;Name=n;Alias=a;Parent=p;Target=t;Gap=g;Derives_from=d;Note=n;Dbxref=x;Ontology_term=o;Is_circular=true;k=v"),
           "importjobid": "job", "line": 7}
    assert set(row) == {name for name, _ in gff3.SHAPE} | {"line"} and None not in row.values()
    other = {"string": "!", "long": 5, "int": 2, "double": 0.25, "boolean": False, "list<string>": ["p", "q"],
             "map<string, string>": {"k": "w"}}
    assert annotation.differences([row], [row], gff3.SHAPE) == []
    for name, kind in gff3.SHAPE:
        for value in (other[kind], None):
            words = annotation.differences([row], [{**row, name: value}], gff3.SHAPE)
            assert len(words) == 2 and words[1].startswith(f"line 7, {name}: expected "), words
    assert annotation.differences([row], [], gff3.SHAPE) and annotation.differences([row], [row, row], gff3.SHAPE)
    assert annotation.differences([row, row], [row], gff3.SHAPE) and annotation.differences([], [row], gff3.SHAPE)
    with pytest.raises(AssertionError, match="is no long"):
        annotation.differences([row], [{**row, "start": 0.0}], gff3.SHAPE)


def test_check_notices_a_planted_difference(server, store, made, bucket):
    """The same job, held to a row that is wrong, to one too many, and to other columns."""
    job = made["circular.gff3"]["id"]
    want = gff3.rows(bucket / "circular.gff3")
    for wrong in ([{**want[0], "end": 6408}, want[1]], want[:1], [*want, want[0]],
                  [{**want[0], "information": {"k": None}}, want[1]]):
        with pytest.raises(AssertionError, match="PyIceberg"):
            annotation.check(server, store, job, wrong, gff3.SHAPE)
    with pytest.raises(AssertionError):
        annotation.check(server, store, job, want, gff3.SHAPE[::-1])
    answer = annotation.contents(server, store).by_sql[job]
    want = [{**row, "importjobid": job} for row in want]
    assert annotation.differences(want, answer, gff3.SHAPE) == []
    assert annotation.differences([{**want[0], "start": 1}, want[1]], answer, gff3.SHAPE)
