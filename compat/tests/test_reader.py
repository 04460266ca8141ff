"""The judges of the reading: expect.py on texts whose rows are written out here, and reading.py's comparison of an
export with its source.

No server, and bcftools only where it reads such a text: what it cannot read has no other proof than the values below.
"""

from __future__ import annotations

import pytest

import bcftools
import expect
import reading

DEFINED = """##INFO=<ID=DP,Number=1,Type=Integer,Description="d">
##INFO=<ID=AC,Number=A,Type=Integer,Description="c">
##FORMAT=<ID=GT,Number=1,Type=String,Description="g">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="a">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="d">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="q">
##FORMAT=<ID=GL,Number=G,Type=Float,Description="l">
##FORMAT=<ID=CN,Number=.,Type=Integer,Description="n">
"""


def rows(tmp_path, records: str, samples: str = "", header: str = DEFINED, version: str = "4.2") -> list[dict]:
    """The rows of a file with these records, in which a blank stands for a tab."""
    columns = "#CHROM POS ID REF ALT QUAL FILTER INFO" + (f" FORMAT {samples}" if samples else "")
    text = f"##fileformat=VCFv{version}\n{header}" + "\n".join([columns, *records.strip("\n").split("\n")]).replace(" ",
        "\t") + "\n"
    path = tmp_path / "made.vcf"
    path.write_bytes(text.encode("latin-1"))
    want = expect.Expected(path, "job")
    return [want.row(number) for number in range(want.rows)]


# FORMAT, cell and what the columns hold; columns not named are NULL.
CELLS = [
    ("GT:GQ", "", dict(calls=[-1], phased=False)),
    ("GT:GQ", ".", dict(calls=[-1], phased=False)),
    ("GT:GQ", ":7", dict(calls=[-1], phased=False, conditionalquality=7)),
    ("GT:GQ", "0/1:3.01", dict(calls=[0, 1], phased=False, information={"gq": "3.01"})),
    ("GT:DP", "1|.:7,8", dict(calls=[1, -1], phased=True, information={"dp": "7,8"})),
    ("GT:AD", "0/1:3,x", dict(calls=[0, 1], phased=False, information={"ad": "3,x"})),
    ("GT:AD", "0/1:3,.", dict(calls=[0, 1], phased=False, alleledepths=[3, None])),
    ("GT:DP", "0/1:-2147483648", dict(calls=[0, 1], phased=False, information={"dp": "-2147483648"})),
    ("GT:DP", "0/1:2147483647", dict(calls=[0, 1], phased=False, depth=2147483647)),
    ("GT:DP", "0/1:2147483648", dict(calls=[0, 1], phased=False, information={"dp": "2147483648"})),
    ("AD:GT:DP", "1,2:0|1", dict(calls=[0, 1], phased=True, alleledepths=[1, 2])),
    ("GL", "0,-5.6", dict(genotypelikelihoods=[0, -5.6])),
    ("GT", "A/C", dict(information={"gt": "A/C"})),
    ("GT", "/0", dict(calls=[0], phased=False)),
    ("CN", "3", dict(information={"cn": "[3]"})),
    ("CN:NO", "3,.:4,5", dict(information={"cn": "[3, null]", "no": "4,5"})),
    ("XX:xx", "1:2", dict(information={"XX": "1", "xx": "2"})),
    ("FT:genotype_filters:Ft", "a:b:c", dict(information={"FT": "a", "genotype_filters": "b", "ft": "c"})),
    (".", ".", {}),
]


@pytest.mark.parametrize("keys, cell, want", CELLS, ids=[f"{keys} {cell}" for keys, cell, _ in CELLS])
def test_cells(tmp_path, keys, cell, want):
    row, = rows(tmp_path, f"1 10 . A C . . . {keys} {cell}", "s")
    found = {name: row[name] for name in expect.CALL_COLUMNS if row[name] is not None}
    if "information" in found:
        found["information"] = dict(found["information"])
    assert found == want and row["sampleid"] == "s"


# Version, REF, ALT, INFO, FORMAT and samples of a record at 100, and its end.
ENDS = [
    ("4.2", "A", "C", ".", "", 100), ("4.2", "ACG", "A", ".", "", 102), ("4.2", "A", "<DEL>", "END=150", "", 150),
    ("4.2", "A", "<DEL>", "SVLEN=-50", "", 100), ("4.3", "A", "<DEL>", "SVLEN=-50", "", 100),
    ("4.2", "A", "C", "END=50", "", 100),
    ("4.4", "G", "<DEL>", "SVLEN=50", "", 150), ("4.4", "G", "<DEL>", "SVLEN=-50", "", 150),
    ("4.4", "G", "<INS>", "SVLEN=500", "", 100),
    ("4.4", "G", "<DUP>,<DEL>", "SVLEN=30,80", "", 180), ("4.4", "G", "<INS>,<DEL>", "SVLEN=500,80", "", 180),
    ("4.4", "G", "<DEL:ME:ALU>", "SVLEN=300", "", 400), ("4.4", "G", "<DELLY>", "SVLEN=300", "", 100),
    ("4.4", "G", "<CNV:TR>", "SVLEN=.", "", 100), ("4.4", "G", "<INV>", "SVLEN=40;END=170", "", 170),
    ("4.4", "G", "<*>", ".", "GT:LEN 0/0:50", 100), ("4.5", "G", "<*>", ".", "GT:LEN 0/0:50 0/0:20", 149),
    ("4.5", "G", "A,<NON_REF>", ".", "LEN 50 .", 149), ("4.5", "G", "A", ".", "LEN 50 .", 100),
    ("4.5", "GCC", "<*>", ".", "LEN 2 .", 102),
]


@pytest.mark.parametrize("version, ref, alt, info, cells, end", ENDS)
def test_ends(tmp_path, version, ref, alt, info, cells, end):
    names = " ".join(f"s{n}" for n in range(len(cells.split()) - 1)) if cells else ""
    row, *_ = rows(tmp_path, f"1 100 . {ref} {alt} . . {info} {cells}".strip(), names, version=version)
    assert (row["start"], row["end"]) == (99, end)


def test_odd_definitions(tmp_path):
    """The definition counts though its Description lacks, has no quotes or stands first; without Number or Type it is
    none."""
    header = ("##FORMAT=<ID=A1,Number=.,Type=Integer>\n##FORMAT=<ID=A2,Number=2,Type=Float,Description=of two, bare>\n"
              "##FORMAT=<Description=\"a, Number=1\",Type=Integer,Number=G,ID=A3>\n##FORMAT=<ID=A4,Description=\"x\">\n"
              "##FORMAT=<ID=A5,Number=1,Type=Integer,Description=\"\xe9\">\n##FORMAT=<ID=A6,Number=2,Type=Int,Description=\"x\">\n##jannovarCommand\n##reference=\n## comment\n")
    row, = rows(tmp_path, "1 10 . A C . . . A1:A2:A3:A4:A5:A6 1,2:3,.:4,5,6:7,8:9:1,2", "s", header)
    assert dict(row["information"]) == {"a1": "[1, 2]", "a2": "[3, null]", "a3": "[4, 5, 6]", "a4": "7,8", "a5": "9",
                                        "a6": "1,2"}


def test_sites(tmp_path):
    row, = rows(tmp_path, "1 10 a;a A C,. 1e3 q;q DP=1;DB;DP=1;DP=2.5;AC=;DB;AC=7")
    assert (row["names"], row["alternatealleles"], row["qual"], row["filters"]) == (
        ["a", "a"], ["C", "."], 1000, ["q", "q"])
    assert row["attributes"] == [("DP", "1;DP=2.5"), ("DB", ""), ("AC", ";AC=7")]
    assert row["sampleid"] is None and row["phased"] is None


def test_what_is_no_vcf_is_refused(tmp_path):
    for records in ("1 10 . A C . . . GT 0/1", "1 10 . A C . . . GT 0/1:3 0/1", "1 x . A C . . . GT 0/1 0/1"):
        with pytest.raises(expect.Malformed, match="line"):
            rows(tmp_path, records, "a b")


def test_bcftools_agrees_about_what_it_cuts_short(tmp_path):
    """htslib reads the beginning of what is no number: no disagreement, but another number is one."""
    for kind, ours, theirs, same in [
        ("Integer", "75.25", "75", True), ("Integer", "40963_0", "40963", True), ("Integer", "75.25", "76", False),
        ("Integer", "75", "76", False),
        ("Integer", "nan", ".", True), ("Integer", "7", ".", False), ("Float", "29659.00|0.00", "29659", True),
        ("Float", "29659.00|0.00", "2965", False),
        ("Float", "1,x", "1,.", True), ("Float", "1.5", ".", False), ("String", "1.50", "1.5", False),
    ]:
        assert bcftools.same_value(ours, theirs, kind) is same, (kind, ours, theirs)


SOURCE = "1 10 id A C 10.50 q DP=1;DB GT:AD:GQ 0/1:1,2:7 0/0"
SAME = ["1 10 id A C 10.5 q DB;DP=1 GT:AD:GQ 0/1:01,2:7 0/0:.:."]
OTHER = ["2 10 id A C 10.50 q DP=1;DB GT:AD:GQ 0/1:1,2:7 0/0", "1 11 id A C 10.50 q DP=1;DB GT:AD:GQ 0/1:1,2:7 0/0",
         "1 10 . A C 10.50 q DP=1;DB GT:AD:GQ 0/1:1,2:7 0/0", "1 10 id A T 10.50 q DP=1;DB GT:AD:GQ 0/1:1,2:7 0/0",
         "1 10 id A C 10.51 q DP=1;DB GT:AD:GQ 0/1:1,2:7 0/0", "1 10 id A C 10.50 . DP=1;DB GT:AD:GQ 0/1:1,2:7 0/0",
         "1 10 id A C 10.50 q DP=1 GT:AD:GQ 0/1:1,2:7 0/0", "1 10 id A C 10.50 q DP=1;DP=1;DB GT:AD:GQ 0/1:1,2:7 0/0",
         "1 10 id A C 10.50 q DP=1.0;DB GT:AD:GQ 0/1:1,2:7 0/0", "1 10 id A C 10.50 q DP=1;DB GT:GQ:AD 0/1:7:1,2 0/0",
         "1 10 id A C 10.50 q DP=1;DB GT:AD:GQ 0|1:1,2:7 0/0", "1 10 id A C 10.50 q DP=1;DB GT:AD:GQ 0/1:1,3:7 0/0",
         "1 10 id A C 10.50 q DP=1;DB GT:AD:GQ 0/1:1,2 0/0", "1 10 id A C 10.50 q DP=1;DB GT:AD:GQ 0/1:1,2:7 0/0:3",
         "\n".join([SOURCE, SOURCE]), ""]


def differences(record: str) -> list[str]:
    def header(samples="a b"):
        return expect.Header(columns=["#CHROM"] * 9 + samples.split())

    def lines(text):
        return [(number, line.replace(" ", "\t")) for number, line in enumerate(text.split("\n")) if line]

    return list(reading.record_differences((header(), lines(SOURCE)), (header(), lines(record))))


def test_an_export_that_says_the_same():
    assert [record for record in [SOURCE, *SAME] if differences(record)] == []


@pytest.mark.parametrize("record", OTHER)
def test_an_export_that_says_something_else(record):
    assert differences(record)
