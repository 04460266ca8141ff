"""Small files that once failed (../shared/faults): each has the outcome that its README gives, with the values written
out here.

A file that is read is also held to expect.py row by row, and its export to its own text.
"""

from __future__ import annotations

import re
import shutil

import pytest

import server as servers
from reading import FLAGS, Reading

FAULTS = servers.CORPUS.parent / "faults"
REFERENCE = "s3://corpus/reference/GRCh37.MT.fa"


def ends(*values: int) -> list[dict]:
    return [{"end": value} for value in values]


# By file: parts of the rows it gives, in the order of the file. A map has these entries among others.
READ: dict[str, list[dict]] = {
    "accepted-without-a-word/in.vcf": [dict(attributes={"CIPOS": "-1", "XI": "nan"})],
    "alt-dot-in-list/altdot.vcf": [dict(alternatealleles=["C", "."], calls=[0, 1])],
    "alt-id-star-del/in.vcf": [dict(alternatealleles=["C"])],
    "empty-GT/in.vcf": [dict(calls=[-1], conditionalquality=None), dict(calls=[0, 1], conditionalquality=5),
                        dict(calls=[-1], conditionalquality=None), dict(calls=[-1], conditionalquality=7)],
    "format-dot/fd_first.vcf": [dict(calls=None, information=None)] * 2 + [dict(calls=[0, 1]), dict(calls=[0, 0])],
    "format-dot/fmtdot_merge.vcf": [dict(calls=[0, 1]), dict(calls=[0, 0]),
                                    *[dict(calls=None, phased=None, depth=None, information=None)] * 2],
    "format-dot/fmtdot_src.vcf": [dict(calls=[0, 1], sampleid="A"), dict(calls=[0, 0], sampleid="B")],
    "format-dot/in.vcf": [dict(calls=None, sampleid="a"), dict(calls=None, sampleid="b")],
    "format-dot/pyvcf166.vcf": [dict(calls=None, sampleid="A", attributes={"DP": "3"}), dict(calls=None, sampleid="B")],
    "gatk-AS_RAW_MQ/in.vcf": [dict(attributes={"AS_RAW_MQ": "127369.00|100800.00"})],
    "glnexus-rnc/charmulti.vcf": [dict(attributes={"CH": "AB", "CH2": "A,BC"})],
    "glnexus-rnc/glnexus_rnc.vcf": [dict(depth=21, alleledepths=[21, 0], conditionalquality=50,
                                         phredlikelihoods=[0, 63, 629], information={"rnc": "[..]"}),
                                    dict(calls=[-1, -1], information={"rnc": "[II]"}),
                                    dict(calls=[-1, 1], information={"rnc": "[M.]"})],
    "glnexus-rnc/glnexus_rnc2.vcf": [dict(information={"rnc": "[., .]"}), dict(information={"rnc": "[I, I]"}),
                                     dict(information={"rnc": None})],
    "gq-fraction/in.vcf": [dict(calls=[0, 1], conditionalquality=None, information={"gq": "3.01"})],
    "gzip-after-bgzf/mix1.vcf.gz": [{}] * 20,
    "gzip-after-bgzf/mix2.vcf.gz": [{}] * 20,
    "gzip-after-bgzf/mix4.vcf.gz": [{}] * 20,
    "haploid-GL-without-GT/in.vcf": [dict(calls=None, genotypelikelihoods=[0, -5.6])],
    "header-field-order-4.4/in.vcf": [dict(attributes={"XDP": "3"})],
    "header-key-order/end2_1kg.vcf": [dict(attributes={"CHR2": "chr2", "END2": "55"}, end=10)],
    "header-key-order/hdrextra.vcf": [dict(attributes={"ZZ": "4"})],
    "header-key-order/hdrorder44.vcf": [dict(attributes={"ZZ": "4"}, information={"yy": "5"})],
    "header-key-order/hdrorder45.vcf": [dict(attributes={"ZZ": "4"})],
    "header-key-order/ord_fmt44.vcf": [dict(calls=[0, 1])],
    "header-key-order/ord_info44desc1st.vcf": [dict(calls=[0, 1])],
    "header-key-order/ord_info44srcmid.vcf": [dict(calls=[0, 1])],
    "int-sentinel/in.vcf": [dict(attributes={"MPOS": "30,-2147483648"})],
    "meta-order-spec-example/in.vcf": [dict(alternatealleles=["C"])],
    "mutect2-QSS/in.vcf": [dict(calls=[0, 1], information={"qss": "[500, 200]"})],
    "no-description/in.vcf": [dict(calls=[0, 1], information={"cnl": "[10, 20]"})],
    "reserved-4.1-4.3-keys/in.vcf": [dict(end=200, attributes={"END": "200", "DGVID": "1"})],
    "reserved-AA-numberA/in.vcf": [dict(attributes={"AA": "G"})],
    "reserved-CIGAR-number1/in.vcf": [dict(attributes={"CIGAR": "1X"})],
    "reserved-END-number/in.vcf": [dict(end=100, attributes={"END": "100"})],
    "reserved-key-declarations/decl0.vcf": [dict(attributes={"DP": "123"})],
    "reserved-key-declarations/decl1.vcf": [dict(attributes={"AD": "123"})],
    "reserved-key-declarations/decl2.vcf": [dict(alleledepths=[12])],
    "reserved-key-declarations/decl3.vcf": [dict(alleledepths=[1, 2, 3])],
    "reserved-key-declarations/ft_MQ.vcf": [dict(information={"mappingquality": "60.5"})],
    "reserved-key-declarations/platypus.vcf": [dict(calls=[1, 2], genotypelikelihoods=[-1, -1, -1],
                                                    conditionalquality=99,
                                                    information={"nr": "[5, 6]"})],
    "sample-line-tcga/in.vcf": [dict(alternatealleles=["C"])],
    "svclaim-reserved-4.4/in.vcf": [dict(end=110, attributes={"SVLEN": "10", "SVCLAIM": "D"})],
    "svclaim-reserved-4.4/in2.vcf": [dict(end=110, attributes={
        "RN": "1", "RUS": "CAG", "RUC": "3.0", "EVENTTYPE": "TRN", "CN": "3"})],
    "v45-len-svlen-end/g42.vcf": ends(149, 150, 190),
    "v45-len-svlen-end/g45.vcf": ends(149, 150, 190),
    "v45-len-svlen-end/htslib1897_del45.vcf": ends(150, 380, 400),
    "v45-len-svlen-end/len_multi.vcf": ends(149, 149),
    "v45-len-svlen-end/svlen42.vcf": ends(100),
    "v45-len-svlen-end/svlen44.vcf": ends(150, 140),
    "v45-len-svlen-end/svlen45.vcf": ends(150, 140, 160, 190, 152, 175, 460, 170),
    "wrong-format-messages/latin1.vcf": [dict(start=9), dict(start=10)],
}
# What an item's statusMessage must say of a file that is read: that it is odd, and where.
COUNTED = {
    "accepted-without-a-word/in.vcf": ["line 5", "INFO/CIPOS"],
    "gq-fraction/in.vcf": ["line 5", "FORMAT/GQ"],
    "mutect2-QSS/in.vcf": ["line 5", "FORMAT/QSS"],
    "int-sentinel/in.vcf": ["line 4", "INFO/MPOS"],
    "gatk-AS_RAW_MQ/in.vcf": ["line 4", "INFO/AS_RAW_MQ"],
    "wrong-format-messages/latin1.vcf": ["line 2"],
}
# Files of another format: what the message calls them.
NAMED = {"bcf.bcf": "BCF", "double_gz.vcf.gz": "gzip", "utf16.vcf": "UTF-16", "zip.vcf.zip": "ZIP"}
# tests of their own below
ELSEWHERE = {"annotations-silently-empty", "tsv-missing-marks", "header-only-shard", "vep-parenthesis-field"}


@pytest.fixture(scope="module")
def faults(corpus):
    if not FAULTS.exists():
        pytest.fail(f"no {FAULTS}")
    return FAULTS


@pytest.fixture(scope="module")
def server(binary, corpus, faults, bucket, tmp_path_factory):
    for name in [*READ, *(f"wrong-format-messages/{name}" for name in NAMED)]:
        shutil.copy(faults / name, bucket / flat(name))
    for folder in ("annotations-silently-empty", "header-only-shard", "vep-parenthesis-field"):
        for path in (faults / folder).iterdir():
            shutil.copy(path, bucket / flat(f"{folder}/{path.name}"))
    one = servers.Server(tmp_path_factory.mktemp("server"), {"corpus": corpus, "tmp": bucket}, *FLAGS).start()
    yield one
    assert one.stop() == 0, f"the server's last words:\n{one.tail()}"


def flat(name: str) -> str:
    return name.replace("/", "_")


@pytest.fixture(scope="module")
def reading(user, bucket):
    return Reading(user, user.store("faults", REFERENCE), {name: ("tmp", bucket / flat(name)) for name in READ})


@pytest.fixture(scope="module")
def rows(reading, server):
    """The rows of each file, in its order, as SQL gives them."""
    for name in READ:
        reading.item(name)
    found: dict[str, list[dict]] = {job: [] for job in reading.ids.values()}
    for row in server.query("SELECT * FROM faults"):
        found[row["importjobid"]].append(row)
    samples = {name: order for name, order in zip("ABCabs", range(6))}
    for listed in found.values():
        listed.sort(key=lambda row: (row["start"], samples.get(row["sampleid"], 0), row["sampleid"] or ""))
    return {name: found[reading.ids[name]] for name in READ}


def test_every_folder_has_an_outcome(faults):
    listed = {path.name for path in faults.iterdir() if path.is_dir()}
    assert listed == {name.partition("/")[0] for name in READ} | ELSEWHERE
    here = {f"{folder}/{path.name}" for folder in listed - ELSEWHERE for path in (faults / folder).iterdir()}
    assert here == set(READ) | {f"wrong-format-messages/{name}" for name in NAMED}


@pytest.mark.parametrize("name", READ)
def test_a_file_is_read(reading, name):
    found = reading.faults([name])
    assert not found, f"{name}\n{found[name]}"


@pytest.mark.parametrize("name", READ)
def test_its_values(reading, rows, name):
    assert reading.item(name)["jobStatus"] == "COMPLETED", reading.item(name)
    got = rows[name]
    assert len(got) == len(READ[name])
    for row, want in zip(got, READ[name]):
        for column, value in want.items():
            if isinstance(value, dict):
                assert {**(row[column] or {}), **value} == row[column], (column, row)
            else:
                assert row[column] == value, (column, row)


@pytest.mark.parametrize("name", COUNTED)
def test_what_is_odd_is_counted(reading, name):
    message = reading.item(name)["statusMessage"]
    assert [word for word in COUNTED[name] if word not in message] == [], message
    assert re.search(r"\b1 (record|line)\b", message), message


# A region within a long record but past its first base, and how many records overlap it.
REGIONS = [("g45", "chr1:140-145", 1), ("g45", "chr1:189-190", 1), ("g45", "chr1:191-195", 0),
           ("svlen44", "chr1:145-150", 1), ("svlen44", "chr1:135", 2),
           ("svlen45", "chr1:455-460", 1), ("svlen45", "chr1:461-470", 0), ("len_multi", "chr1:149", 1)]


@pytest.mark.parametrize("file, region, count", REGIONS)
def test_regions_find_long_records(reading, server, file, region, count):
    """By `export --region`, and by the bounds that an SQL query of the same region uses."""
    job = reading.ids[f"v45-len-svlen-end/{file}.vcf"]
    reading.item(f"v45-len-svlen-end/{file}.vcf")
    done = server.command("export", "faults", "--import-job", job, "--region", region)
    assert done.returncode == 0, done.stderr
    assert len([line for line in done.stdout.splitlines() if line[0] != "#"]) == count
    first, last = (region.partition(":")[2].split("-") * 2)[:2]
    found = server.query(f"""SELECT count(DISTINCT "start") AS n FROM faults WHERE importjobid = '{job}'
        AND contigname = 'chr1' AND "start" < {last} AND "end" >= {first}""")
    assert found == [{"n": count}]


def test_a_sample_under_no_format_is_refused(user, bucket):
    """FORMAT `.` has no fields: a sample that is not `.` has too many."""
    (bucket / "under_dot.vcf").write_text(
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n1\t5\t.\tA\tC\t.\t.\t.\t.\t.\t0/1\n")
    job = user.load(user.store("under_dot", REFERENCE), "s3://tmp/under_dot.vcf")
    assert job["status"] == "FAILED", job
    assert re.search(r"\bline(?: number)? 3\b.*\bb\b", job["items"][0]["statusMessage"]), job


def test_an_empty_sample_under_no_format_is_missing(user, bucket):
    """bcftools reads it, as it reads an empty GT; exports have the dot."""
    head = '##fileformat=VCFv4.2\n##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n'
    (bucket / "empty_under_dot.vcf").write_text(head
                                                + "1\t5\t.\tA\tC\t.\t.\t.\t.\t\t.\n1\t6\t.\tA\tC\t.\t.\t.\t.\t.\t\n")
    job = user.load(user.store("empty_under_dot", REFERENCE), "s3://tmp/empty_under_dot.vcf")
    assert job["status"] == "COMPLETED", job
    assert "format 2 records (first at line 4" in job["items"][0]["statusMessage"], job
    assert "empty 2 records (first at line 4" in job["items"][0]["statusMessage"], job


def test_spaces_between_tabs_are_of_values(user, bucket):
    """Where #CHROM has spaces for tabs, a record that has tabs is split at them only, and one that has none by the
    number of its columns."""
    chrom = "#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT S1 S2"
    head = "\n".join(['##fileformat=VCFv4.2', *(f'##INFO=<ID={key},Number=1,Type={kind},Description="">'
                                                for key, kind in (("DP", "Integer"), ("TXT", "String"))),
                      '##FORMAT=<ID=XX,Number=1,Type=String,Description="">', ""])
    bodies = {"tabs": [chrom, "MT|5|a b|A|C|5|PASS|TXT=x y|GT:XX|0/1:a b|1/1", "MT|6|.|A|C|5|PASS|DP=7|XX||a b",
                       "MT|7|.|A|C|5|PASS|DP=7|XX|not seen|"],
              "both": [chrom, "MT 5 . A C 5 PASS DP=7 XX a b", "MT|6|.|A|C|5|PASS|DP=7|XX|.|a b"],
              "padded": [chrom.replace(" ", "   "), " MT  5    .  A   C   5   PASS  DP=7    XX   a   b "],
              "mixed": [chrom.replace(" S1 S2", " S 1|S2"), "MT|5|.|A|C|5|PASS|DP=7|XX|a b|c"]}
    for name, lines in bodies.items():
        (bucket / f"{name}.vcf").write_text(head + "\n".join(lines).replace("|", "\t") + "\n")
    read = Reading(user, user.store("spaces", REFERENCE), {name: ("tmp", bucket / f"{name}.vcf") for name in bodies})
    assert read.faults(bodies) == {}
    for name, count in dict(tabs="1 line", both="2 lines", padded="2 lines", mixed="1 line").items():
        assert re.search(rf"Accepted: .*header {count} \(first at line 5: columns are separated by spaces",
                         read.item(name)["statusMessage"])
    for record in ("MT 5  A C G 5 PASS DP=7 XX a b", "MT 5 . A C 5 PASS TXT=x y XX a "):
        (bucket / "shifted.vcf").write_text(f"{head}{chrom}\n{record}\n")
        item = user.load("spaces", "s3://tmp/shifted.vcf")["items"][0]
        assert item["jobStatus"] == "FAILED", item
        assert re.search(r"line number 6: .* 12 of 11, separated by spaces", item["statusMessage"]), item


def test_empty_parts_of_lists(user, server, bucket):
    """They are missing elements in a column and in `information`, counted, and come back from an export as they were
    (bcftools makes 0 of a Float)."""
    keys = (("AD", "R", "Integer"), ("GL", "G", "Float"), ("XI", ".", "Integer"), ("XF", ".", "Float"),
            ("DP", "1", "Integer"))
    lines = ["##fileformat=VCFv4.2",
             *(f'##FORMAT=<ID={key},Number={number},Type={kind},Description="">' for key, number, kind in keys),
             "#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT S1 S2",
             "MT 5 . A C . . . AD:GL:XI:XF:DP 1,:,1.5,-2:1,,2:,0.5:7, ,:-1,,:.:1e3,.,:3"]
    (bucket / "parts.vcf").write_text("\n".join([*lines[:6], *(line.replace(" ", "\t") for line in lines[6:])]) + "\n")
    read = Reading(user, user.store("parts", REFERENCE), {"parts": ("tmp", bucket / "parts.vcf")})
    assert read.item("parts")["jobStatus"] == "COMPLETED" and read.exported("parts") == []
    first, second = server.query("SELECT * FROM parts ORDER BY sampleid")
    assert (first["alleledepths"], first["genotypelikelihoods"], first["depth"]) == ([1, None], [None, 1.5, -2], None)
    assert first["information"] == {"xi": "[1, null, 2]", "xf": "[null, 0.5]", "dp": "7,"}
    assert (second["alleledepths"], second["genotypelikelihoods"], second["depth"]) == (
        [None, None], [-1, None, None], 3)
    assert second["information"] == {"xi": None, "xf": "[1e3, null, null]"}
    assert re.search(r'Accepted: empty 1 record \(first at line 8: sample S1 FORMAT/AD: nothing is there: "1,"',
                     read.item("parts")["statusMessage"])


@pytest.mark.parametrize("name", NAMED)
def test_another_format_is_named(user, reading, name):
    job = user.load("faults", f"s3://tmp/{flat('wrong-format-messages/' + name)}")
    message = job["items"][0]["statusMessage"]
    assert job["status"] == "FAILED" and NAMED[name] in message, message
    assert re.search(r"bcftools|unzip|gunzip|zcat|iconv|UTF-8|compress", message), f"no way out: {message}"


def test_a_file_without_a_record(user, reading):
    """Beside one that has records it is right; alone the job has no row."""
    both = user.load("faults", "s3://tmp/header-only-shard_sh1.vcf", "s3://tmp/header-only-shard_sh2.vcf")
    assert both["status"] == "COMPLETED" and [item["jobStatus"] for item in both["items"]] == ["COMPLETED"] * 2, both
    assert "0 records" in both["items"][1]["statusMessage"], both
    alone = user.load("faults", "s3://tmp/header-only-shard_sh2.vcf")
    assert alone["status"] == "FAILED", alone
    assert "Cannot import file with 0 rows." in alone["items"][0]["statusMessage"], alone


def annotated(user, server, name: str, key: str) -> tuple[str, list]:
    """statusMessage of the item, and annotations.vep of the rows."""
    job = user.load("faults", f"s3://tmp/{flat(name)}", annotationFields={"VEP": key})
    assert job["status"] == "COMPLETED", job
    found = server.query(f"""SELECT annotations FROM faults WHERE importjobid = '{job['id']}' ORDER BY "start" """)
    return job["items"][0]["statusMessage"], [row["annotations"]["vep"] for row in found]


def test_a_parenthesis_in_a_field_name(user, server, reading):
    _, (vep,) = annotated(user, server, "vep-parenthesis-field/in.vcf", "CSQ")
    assert [(one["allele"], one["consequence"], one["impact"], one["extras"]) for one in vep] == [
        ("C", ["missense_variant"], "MODERATE", {"pos(1-based)": "5.1"})]


def test_annotations_that_the_header_does_not_describe(user, server, reading):
    message, veps = annotated(user, server, "annotations-silently-empty/vep93.vcf", "NOPE")
    assert "INFO/NOPE is not described in the header" in message and veps == [None] * 3, message


@pytest.mark.parametrize("name, filled, count, line",
                         [("vep93", [False, True, False], 2, 12), ("vep1351", [False, True], 1, 12)])
def test_annotations_without_the_described_fields(user, server, reading, name, filled, count, line):
    message, veps = annotated(user, server, f"annotations-silently-empty/{name}.vcf", "CSQ")
    assert [bool(vep) for vep in veps] == filled
    assert re.search(rf"\b{count} records? .*\b(first at )?line {line}\b", message), message


def test_snpeff(user, server, reading):
    message, veps = annotated(user, server, "annotations-silently-empty/snpeff.vcf", "ANN")
    assert [len(vep) for vep in veps] == [1, 0, 2, 0, 0], message
    for one in [*veps[0], *veps[2]]:
        assert (one["allele"], one["consequence"], one["impact"]) == ("C",
            ["missense_variant", "splice_region_variant"], "MODERATE")
        assert (one["symbol"], one["gene"], one["feature_type"], one["feature"], one["biotype"]) == (
            "TP53", "ENSG1", "transcript", "NM_1.1", "protein_coding")
        assert (one["hgvsc"], one["hgvsp"]) == ("c.1A>G", "p.Arg1Gly")


def test_snpeffs_older_form_is_told(user, server, reading):
    message, veps = annotated(user, server, "annotations-silently-empty/eff.vcf", "EFF")
    assert veps in ([None], [[]]) and "INFO/EFF" in message, message


HINTED = {  # two rules at once: the hint names both, and with them the file is read
    "type_lacks": ('##INFO=<ID=QQ,Number=1,Description="x">', "QQ=1"),
    "id_spaced": ('##INFO=<ID=,Number=1,Type=Integer,Description="x">', "QQ=1"),
    "number_odd": ('##INFO=<ID=QQ,Number=one,Type=Integer,Description="x">', "QQ=1"),
}


@pytest.mark.parametrize("name", HINTED)
def test_a_hint_names_all_that_is_needed(user, reading, bucket, tmp_path, corpus, name):
    line, info = HINTED[name]
    path = bucket / f"hint_{name}.vcf"
    path.write_text(f"##fileformat=VCFv4.2\n{line}\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t5\t.\tA\tC\t.\t.\t{info}\n1\t6\t.\tA\tC\t.\t.\t{info};{info}2\n")
    item = user.load("faults", f"s3://tmp/{path.name}")["items"][0]
    hint = re.search(r"\(accepted with --relax ([\w,]+)\)", item["statusMessage"])
    assert item["jobStatus"] == "FAILED" and hint, item
    own = servers.Server(tmp_path, {"corpus": corpus}).start()
    servers.User(own).store("own", REFERENCE)
    assert own.stop() == 0
    done = own.command("import", "--relax", hint[1], "own", str(path))
    assert done.returncode == 0, done.stderr
