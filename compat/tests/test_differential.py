"""The comparison itself: it accepts rows written by hand from the rules, and notices every kind of error."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bcftools
import differential
import expect
import vep

JOB = "3fa85f64-5717-4562-b3fc-2c963f66afa6"

HEADER = """##fileformat=VCFv4.2
##contig=<ID=1,length=1000>
##FILTER=<ID=q10,Description="low">
##FILTER=<ID=s50,Description="few">
##INFO=<ID=AF,Number=A,Type=Float,Description="x">
##INFO=<ID=DB,Number=0,Type=Flag,Description="x">
##INFO=<ID=END,Number=1,Type=Integer,Description="x">
##FORMAT=<ID=GT,Number=1,Type=String,Description="x">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="x">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="x">
##FORMAT=<ID=GQ,Number=1,Type=Float,Description="declared otherwise than the column">
##FORMAT=<ID=GL,Number=G,Type=Float,Description="x">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="x">
##FORMAT=<ID=SPL,Number=.,Type=Integer,Description="x">
##FORMAT=<ID=PS,Number=1,Type=Integer,Description="x">
##FORMAT=<ID=FT,Number=1,Type=String,Description="x">
##FORMAT=<ID=GP,Number=G,Type=Float,Description="x">
##FORMAT=<ID=AB,Number=.,Type=String,Description="x">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO	FORMAT	S1	S2
"""
RECORDS = [
    "1\t10\trs1;rs2\tA\tC,T\t29.5\tPASS\tAF=0.50,1e-05;DB\tGT:AD:DP:GQ:PL:FT:GP\t0|1:3,.,4:7:12.5:0,1,2,3,4,5:PASS:0.1,.,0.3,0.4,0.5,0.6\t./.",
    "1\t20\t.\tAT\tA\t.\tq10;s50\t.\tGT:GL:SPL:PS:AB\t1:-1.5,0:1,2:9:x,.\t.:.:.:.:.",
    "1\t30\tblock\tG\t<NON_REF>\t0\t.\tEND=40\tDP:AB\t5:y\t6",
    "1\t30\tother\tG\t<NON_REF>\t0\t.\tEND=40\tDP:AB\t5:y\t6",
]
NULLS = dict.fromkeys(expect.TABLE_COLUMNS)


def row(**values) -> dict:
    return {**NULLS, "importjobid": JOB, "splitfrommultiallelic": False, "contigname": "1", **values}


def sites():
    first = dict(start=9, end=10, names=["rs1", "rs2"], referenceallele="A", alternatealleles=["C", "T"], qual=29.5,
                 filters=["PASS"], attributes=[("AF", "0.50,1e-05"), ("DB", "")])
    second = dict(start=19, end=21, referenceallele="AT", alternatealleles=["A"], filters=["q10", "s50"], attributes=[])
    third = dict(start=29, end=40, names=["block"], referenceallele="G", alternatealleles=["<NON_REF>"], qual=0.0,
                 attributes=[("END", "40")])
    return first, second, third


def good_rows() -> list[dict]:
    """Written by hand from the schema, not by the code under test."""
    first, second, third = sites()
    rows = [
        row(**first, sampleid="S1", phased=True, calls=[0, 1], alleledepths=[3, None, 4], depth=7,
            phredlikelihoods=[0, 1, 2, 3, 4, 5],
            information=[("gq", "12.5"), ("genotype_filters", "PASS"),
                         ("posteriorprobabilities", "[0.1, null, 0.3, 0.4, 0.5, 0.6]")]),
        row(**first, sampleid="S2", phased=False, calls=[-1, -1],
            information=[("gq", None), ("genotype_filters", None), ("posteriorprobabilities", None)]),
        row(**second, sampleid="S1", phased=False, calls=[1], genotypelikelihoods=[-1.5, 0.0], spl=[1, 2], ps=9,
            information=[("ab", "[x, .]")]),
        row(**second, sampleid="S2", phased=False, calls=[-1], information=[("ab", None)]),
    ]
    for name in ("block", "other"):
        third["names"] = [name]
        rows.append(row(**third, sampleid="S1", depth=5, information=[("ab", "[y]")]))
        rows.append(row(**third, sampleid="S2", depth=6, information=[("ab", None)]))
    return copy.deepcopy(rows)


def schema(**changed) -> pa.Schema:
    types = {**expect.SITE_COLUMNS, **expect.CALL_COLUMNS, "importjobid": pa.string(), "sampleid": pa.string(),
             "splitfrommultiallelic": pa.bool_(),
             "annotations": pa.struct([("vep", pa.list_(pa.struct([("allele", pa.string())])))]), **changed}
    return pa.schema([(name, types[name]) for name in expect.TABLE_COLUMNS])


@pytest.fixture
def vcf(tmp_path):
    path = tmp_path / "tiny.vcf"
    path.write_text(HEADER + "\n".join(RECORDS) + "\n")
    return path


def check(tmp_path, vcf, rows, **changed):
    parquet = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema(**changed)), parquet, row_group_size=3)
    want, oracle = differential.expected(vcf, JOB)
    return differential.compare(want, [str(parquet)], oracle, only_job=False)


def test_rows_written_by_hand_pass(tmp_path, vcf):
    report = check(tmp_path, vcf, good_rows())
    assert report.ok, str(report)
    assert report.rows_got == 8


def test_row_order_and_map_order_do_not_matter(tmp_path, vcf):
    rows = good_rows()[::-1]
    for one in rows:
        one["attributes"].reverse()
    assert check(tmp_path, vcf, rows).ok


def test_wide_types_of_the_same_meaning_pass(tmp_path, vcf):
    assert check(tmp_path, vcf, good_rows(), contigname=pa.large_string(), calls=pa.large_list(pa.int32())).ok


WRONG = [
    ("importjobid", 0, "another job"),
    ("contigname", 0, "chr1"),
    ("start", 0, 10),
    ("start", 2, 18),
    ("end", 0, 11),
    ("end", 4, 30),
    ("names", 0, ["rs1;rs2"]),
    ("names", 0, None),
    ("names", 2, []),
    ("names", 4, ["third"]),
    ("referenceallele", 0, "a"),
    ("alternatealleles", 0, ["C"]),
    ("alternatealleles", 0, ["T", "C"]),
    ("alternatealleles", 2, None),
    ("qual", 0, 29.4),
    ("qual", 2, 0.0),
    ("qual", 4, None),
    ("filters", 0, None),
    ("filters", 2, ["q10;s50"]),
    ("filters", 4, ["."]),
    ("splitfrommultiallelic", 1, True),
    ("attributes", 0, [("AF", "0.5,1e-05"), ("DB", "")]),
    ("attributes", 0, [("AF", "0.50,1e-05")]),
    ("attributes", 0, [("AF", "0.50,1e-05"), ("DB", None)]),
    ("attributes", 0, [("AF", "0.50,1e-05"), ("db", "")]),
    ("attributes", 2, None),
    ("attributes", 2, [("AF", "1")]),
    ("phased", 0, False),
    ("phased", 4, False),
    ("calls", 0, [1, 0]),
    ("calls", 1, [None, None]),
    ("calls", 1, None),
    ("calls", 2, [1, 1]),
    ("genotypelikelihoods", 2, [-1.5, None]),
    ("phredlikelihoods", 0, [0, 1, 2, 3, 4]),
    ("phredlikelihoods", 1, []),
    ("alleledepths", 0, [3, 0, 4]),
    ("conditionalquality", 0, 12),
    ("spl", 2, [2, 1]),
    ("depth", 0, 8),
    ("depth", 1, 0),
    ("ps", 2, None),
    ("sampleid", 0, "S3"),
    ("sampleid", 0, None),
    ("information", 0, None),
    ("information", 1, []),
    ("information", 1, [("gq", "."), ("genotype_filters", None), ("posteriorprobabilities", None)]),
    ("information", 3, [("AB", None)]),
    ("information", 2, [("ab", "[x, null]")]),
    ("information", 2, [("ab", "x,.")]),
    ("annotations", 0, {"vep": None}),
]


@pytest.mark.parametrize("column, at, value", WRONG, ids=[f"{c}-{n}" for n, (c, _, _) in enumerate(WRONG)])
def test_a_wrong_value_is_noticed(tmp_path, vcf, column, at, value):
    rows = good_rows()
    assert rows[at][column] != value
    rows[at][column] = value
    report = check(tmp_path, vcf, rows)
    assert not report.ok
    assert report.total == 1, str(report)
    found = report.differences[0]
    assert found.column == column
    # The record of the row is named, whichever of its columns is wrong.
    assert found.line == HEADER.count("\n") + 1 + at // 2


def test_every_column_has_an_injected_error():
    assert {column for column, _, _ in WRONG} == set(expect.TABLE_COLUMNS)


@pytest.mark.parametrize("at", range(8))
def test_a_missing_row_is_noticed(tmp_path, vcf, at):
    rows = good_rows()
    gone = rows.pop(at)
    report = check(tmp_path, vcf, rows)
    assert (report.rows_expected, report.rows_got) == (8, 7)
    assert [(d.column, d.sample, d.got) for d in report.differences] == [("row", gone["sampleid"], "no such row")]


@pytest.mark.parametrize("at", range(8))
def test_a_row_twice_is_noticed(tmp_path, vcf, at):
    rows = good_rows()
    rows.append(copy.deepcopy(rows[at]))
    report = check(tmp_path, vcf, rows)
    assert not report.ok and report.rows_got == 9
    assert [(d.column, d.expected) for d in report.differences] == [("row", "no such row")]


def test_a_foreign_row_is_noticed(tmp_path, vcf):
    rows = good_rows()
    rows[0] = {**rows[0], "start": 500, "end": 501, "referenceallele": "G"}
    report = check(tmp_path, vcf, rows)
    assert {d.column for d in report.differences} == {"start", "end", "referenceallele"}


def test_samples_exchanged_are_noticed(tmp_path, vcf):
    rows = good_rows()
    rows[0]["sampleid"], rows[1]["sampleid"] = "S2", "S1"
    assert {d.column for d in check(tmp_path, vcf, rows).differences} >= {"calls", "phased", "depth"}


def test_no_rows_at_all_is_noticed(tmp_path, vcf):
    report = check(tmp_path, vcf, [])
    assert not report.ok and report.rows_got == 0


@pytest.mark.parametrize("column, kind", [("start", pa.int32()), ("qual", pa.float32()),
                                          ("calls", pa.list_(pa.int64())),
                                          ("depth", pa.int64()), ("genotypelikelihoods", pa.list_(pa.float32()))])
def test_a_wrong_type_is_noticed(tmp_path, vcf, column, kind):
    report = check(tmp_path, vcf, good_rows(), **{column: kind})
    assert {d.column for d in report.differences} == {column}


def test_other_jobs_rows_are_left_out_of_a_table(tmp_path, vcf):
    rows = good_rows() + [{**one, "importjobid": "other"} for one in good_rows()]
    parquet = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema()), parquet)
    want, oracle = differential.expected(vcf, JOB)
    assert differential.compare(want, [str(parquet)], oracle, only_job=True).ok
    assert not differential.compare(want, [str(parquet)], oracle, only_job=False).ok


def test_sites_only_file_has_one_row_per_record(tmp_path):
    path = tmp_path / "sites.vcf"
    path.write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t5\t.\tA\t.\t.\t.\t.\n")
    good = row(start=4, end=5, referenceallele="A", attributes=[])
    assert check(tmp_path, path, [good]).ok
    assert not check(tmp_path, path, [{**good, "sampleid": ""}]).ok
    assert not check(tmp_path, path, [{**good, "alternatealleles": []}]).ok


def test_normalised_rows_are_held_to_bcftools_norm(tmp_path):
    """TTTT>T at 6 in GGGGATTTTT moves to AT..; the record after it keeps its place."""
    reference = tmp_path / "ref.fa"
    reference.write_text(">1\nGGGGATTTTTCC\n")
    path = tmp_path / "n.vcf"
    path.write_text("##fileformat=VCFv4.2\n##contig=<ID=1,length=12>\n"
                    '##INFO=<ID=END,Number=1,Type=Integer,Description="x">\n'
                    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
                    "1\t6\t.\tTTTTT\tTTT\t.\t.\tEND=10\n1\t11\t.\tC\tG\t.\t.\t.\n")
    want, oracle = differential.expected(path, JOB, ref=reference)
    moved = row(start=4, end=7, referenceallele="ATT", alternatealleles=["A"], attributes=[("END", "7")])
    kept = row(start=10, end=11, referenceallele="C", alternatealleles=["G"], attributes=[])
    parquet = tmp_path / "rows.parquet"
    for rows, ok in (([moved, kept], True), ([{**moved, "start": 5, "end": 10, "referenceallele": "TTTTT",
                                              "alternatealleles": ["TTT"]}, kept], False)):
        pq.write_table(pa.Table.from_pylist(rows, schema()), parquet)
        report = differential.compare(want, [str(parquet)], oracle)
        assert report.ok is ok, str(report)
    assert {d.column for d in report.differences} == {"start", "end", "referenceallele", "alternatealleles"}


def test_reference_that_disagrees_is_refused(tmp_path):
    reference = tmp_path / "ref.fa"
    reference.write_text(">1\nGGGGATTTTTCC\n")
    path = tmp_path / "n.vcf"
    path.write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t6\t.\tA\tG\t.\t.\t.\n")
    with pytest.raises(bcftools.Refused):
        differential.expected(path, JOB, ref=reference)


@pytest.mark.parametrize("ours, theirs, kind, same", [
    ("0.50", "0.5", "Float", True), ("1e-05", "1e-05", "Float", True), ("1.1e-123", "0", "Float", True),
    ("0.51", "0.5", "Float", False), ("0.5", "0.5,0.5", "Float", False), ("0.5,.", "0.5,.", "Float", True),
    ("7", "7", "Integer", True), ("+7", "7", "Integer", True), ("7", "8", "Integer", False),
    ("7", ".", "Integer", False),
    ("99999999999", ".", "Integer", True), ("75.25", "75", "Integer", True), ("75.25", "76", "Integer", False),
    ("1", "", "Flag", True), ("0.50", "0.5", "String", False), ("", ".", "String", True), ("a", "b", "String", False),
])
def test_what_bcftools_reformats(ours, theirs, kind, same):
    assert bcftools.same_value(ours, theirs, kind) is same


def test_a_reading_that_bcftools_contradicts_is_reported(tmp_path, vcf):
    header, records = expect.read(vcf)
    number, line = records[0]
    for wrong in (line.replace("\t10\t", "\t11\t"), line.replace("0.50", "0.60"), line.replace("3,.,4", "3,4,.")):
        assert bcftools.disagreements(vcf, header, [(number, wrong), *records[1:]])
    assert not bcftools.disagreements(vcf, header, records)


def test_vep_entries():
    header = expect.Header(vep={
        "CSQ": "Consequence annotations from Ensembl VEP. Format: Allele|Consequence|EXON|Codons|LoF"})
    parse = vep.Parser(header, "CSQ")
    entry, = parse("A|x&y|1/2|aCg/aTg|")["vep"]
    assert (entry["allele"], entry["consequence"], entry["extras"], entry["symbol"]) == (
        "A", ["x", "y"], [("lof", "")], None)
    assert (entry["exon"], entry["codons"]) == ({"rank": "1", "total": "2"}, {"reference": "aCg", "variant": "aTg"})
    assert parse("A|x") == {"vep": []} and parse(None) == {"vep": []}
    assert vep.Parser(header, "ANN")("A|x|||") == {"vep": None}


def test_command_line(tmp_path, vcf):
    parquet = tmp_path / "rows.parquet"
    tool = [sys.executable, str(Path(differential.__file__)), "--vcf", str(vcf), "--parquet", str(parquet),
            "--job-id", JOB]
    rows = good_rows()
    pq.write_table(pa.Table.from_pylist(rows, schema()), parquet)
    assert subprocess.run(tool, timeout=60).returncode == 0
    rows[3]["qual"] = 1.0
    pq.write_table(pa.Table.from_pylist(rows, schema()), parquet)
    bad = subprocess.run(tool, capture_output=True, text=True, timeout=60)
    assert bad.returncode == 1
    assert "line 21, sample S2, qual: expected None, got 1.0" in bad.stdout
    assert subprocess.run(tool[:-4], capture_output=True, timeout=60).returncode == 2
