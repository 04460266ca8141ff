"""How VCF files are read: each case of docs/reading.json on a strict, a default and a relaxed server, and what becomes
of its row.

The file's examples make the files here, and its words the tables of docs/vcf.md.
"""

from __future__ import annotations

import json
import re

import pytest

import server as servers
from annotation import Annotator
from test_annotation_tsv import normalising
from test_corpus import EMPTY, INVALID, READING, refused_invalid, short

REFERENCE = "s3://corpus/reference/GRCh37.MT.fa"
BASE, CASES = READING["base"], READING["cases"]
COLUMNS = ["CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", "S1"]
NAMES = [f"{case['rule']}-{case['grade']}-{at:02d}" for at, case in enumerate(CASES)]
MADE = {name: case for name, case in zip(NAMES, CASES) if case["example"]}
NORMALISED = ["contig", "reference"]


def place(name: str) -> int:
    """Where the records of a case are."""
    return 10 * (10 + NAMES.index(name))


def record(position: int, **odd: str) -> str:
    return "\t".join({**BASE["record"], "POS": str(position), **odd}[column] for column in COLUMNS)


def lines(name: str) -> tuple[list[str], int]:
    """A good record, an odd one and both again; the first odd line."""
    case, at = MADE[name], place(name)
    example = case["example"]
    version = case.get("version", BASE["version"])
    header = BASE["header"] if version >= "4.2" else [line.replace("Number=R", "Number=.") for line in BASE["header"]]
    text = [f"##fileformat=VCFv{version}", *header]
    first = None
    if example.get("meta") is not None:
        text.insert(0 if case.get("first") else len(text), example["meta"])
        first = 1 if case.get("first") else len(text)
    text.append("#" + (" " if case.get("spaced") else "\t").join(COLUMNS))
    if case.get("spaced"):
        first = len(text)
    for n in range(4):
        odd, made = n % 2, record(at + n)
        if "contigs" in example:
            odd, made = n == 2, record(at + n, CHROM=example["contigs"][n])
        elif odd and "line" in example:
            made = example["line"]
        elif odd:
            made = record(at + n, **example.get("record", {}))
        text.append(made)
        first = first or (len(text) if odd else None)
    return text, first


def write(name: str, folder) -> None:
    text = "\n".join(lines(name)[0]) + "\n"
    case = MADE[name]
    if case.get("spaced") == "file":
        text = text.replace("\t", " ")
    (folder / f"{name}.vcf").write_bytes(text.encode("latin-1" if case.get("latin1") else "utf-8"))


def refused_by_the_reference(rule: str) -> tuple[str, int, str]:
    """A file that breaks one rule of normalisation twice: its text, the first odd line and the reason named."""
    head = "\n".join([f"##fileformat=VCFv{BASE['version']}", *BASE["header"], "#" + "\t".join(COLUMNS)]) + "\n"
    first = head.count("\n") + 1
    if rule == "contig":
        body = [record(1), record(2, REF="A"), record(3, CHROM="other"), record(4, CHROM="other")]
        return head + "\n".join(body) + "\n", first + 2, 'contig "other" is not in the reference'
    odd, reason = dict(REF="GA",
                       ALT="G"), "REF does not match the reference at MT:4: the record says 'G', the reference 'C'"
    return head + "\n".join([record(1), record(4, **odd), record(5, REF="A"),
                             record(12, **odd)]) + "\n", first + 1, reason


@pytest.fixture(scope="module")
def files(bucket):
    for name in MADE:
        write(name, bucket)
    for rule in NORMALISED:
        (bucket / f"{rule}.vcf").write_text(refused_by_the_reference(rule)[0])


def load(user, store: str) -> dict[str, dict]:
    """A job's item by case."""
    found = {}
    for names, normalise in (([*MADE], False), (NORMALISED, True)):
        job = user.load(store, *(f"s3://tmp/{name}.vcf" for name in names), runLeftNormalization=normalise)
        found |= {name: {**item, "job": job} for name, item in zip(names, job["items"])}
    return found


@pytest.fixture(scope="module")
def by_default(user, files):
    return load(user, user.store("reading", REFERENCE))


def other(binary, corpus, bucket, folder, *flags: str):
    server = servers.Server(folder, {"corpus": corpus, "tmp": bucket}, *flags).start()
    user = servers.User(server)
    yield user, load(user, user.store("reading", REFERENCE))
    assert server.stop() == 0, f"the server's last words:\n{server.tail()}"


@pytest.fixture(scope="module")
def strict(binary, corpus, bucket, files, tmp_path_factory):
    yield from other(binary, corpus, bucket, tmp_path_factory.mktemp("strict"), "--strict")


@pytest.fixture(scope="module")
def relaxed(binary, corpus, bucket, files, tmp_path_factory):
    yield from other(binary, corpus, bucket, tmp_path_factory.mktemp("relaxed"), "--relax", "all")


def counted(name: str, item: dict) -> None:
    """The item is imported, and its message and the job's count the odd records or lines and name the first."""
    case, first = MADE[name], lines(name)[1]
    many = 1 if case["rule"] == "header" or "contigs" in case["example"] else 2
    rows = 4 if case["example"].get("line") is None else 2
    if "contigs" in case["example"]:
        many = 2
    if case.get("spaced") == "file":  # every record, too
        many = 1 + rows
    unit = ("line" if case["rule"] == "header" else "record") + "s" * (many > 1)
    assert item["jobStatus"] == "COMPLETED", item
    assert re.search(rf"^Imported {rows} records as {rows} rows; .* Accepted: {case['rule']} {many} {unit} \(first at line {first}: "
                     + re.escape(case["reason"]), item["statusMessage"]), item
    assert item["statusMessage"].count("first at") == 1, item
    assert re.search(r"^\d+ of \d+ items imported\..* Accepted: ",
                     item["job"]["statusMessage"]), item["job"]["statusMessage"]


def refused(name: str, item: dict) -> None:
    case, first = MADE[name], lines(name)[1]
    message = item["statusMessage"]
    assert item["jobStatus"] == "FAILED", item
    assert re.search(rf"\bline(?: number)? {first}\b", message), message
    assert message.endswith(f" (accepted with --relax {case['rule']}) [s3://tmp/{name}.vcf]"), message
    reason = case["reason"] if case["rule"] == "header" else case["reason"].partition(": ")[2].partition(": ")[0]
    assert reason in message, message


@pytest.mark.parametrize("name", MADE)
def test_by_default(by_default, name):
    (refused if MADE[name]["grade"] == "breach" else counted)(name, by_default[name])


@pytest.mark.parametrize("name", MADE)
def test_strict(strict, name):
    (counted if MADE[name]["grade"] == "custom" else refused)(name, strict[1][name])


@pytest.mark.parametrize("name", MADE)
def test_relaxed(relaxed, name):
    counted(name, relaxed[1][name])


@pytest.mark.parametrize("rule", NORMALISED)
def test_what_the_reference_refuses(by_default, strict, relaxed, rule):
    _, line, reason = refused_by_the_reference(rule)
    for items in (by_default, strict[1]):
        message = items[rule]["statusMessage"]
        assert items[rule]["jobStatus"] == "FAILED" and f"line number {line}: {reason}" in message, message
        assert message.endswith(f" (accepted with --relax {rule}) [s3://tmp/{rule}.vcf]"), message
    item = relaxed[1][rule]
    assert item["jobStatus"] == "COMPLETED", item
    assert f" {rule} 2 records (first at line {line}: " in item["statusMessage"], item


@pytest.mark.parametrize("name", [name for name in MADE if "row" in MADE[name]])
def test_nothing_is_lost(relaxed, name):
    """The odd records' columns are as docs/reading.json says, and all other columns as those of the good ones."""
    server, want = relaxed[0].server, MADE[name]["row"]
    at = place(name)
    rows = server.query(f'SELECT * FROM reading WHERE "start" >= {at - 1} AND "start" < {at + 3} ORDER BY "start"')
    for row in rows:
        row["end"] -= row.pop("start")
    good, odd, *rest = rows
    assert rest == [good, odd]
    assert {column: odd[column] for column in want} == want
    if set(MADE[name]["example"].get("record", {})) <= {"INFO", "ID", "QUAL", "FILTER", "REF"}:
        assert {column for column in good if good[column] != odd[column]} <= set(want)


@pytest.mark.parametrize("name", [name for name in MADE if "record" in MADE[name]["example"]
                                  and MADE[name].get("export", "") is not None])
def test_an_export_gives_it_back(relaxed, name):
    """Word for word, but for what is said to come back otherwise."""
    at, case = place(name), MADE[name]
    done = relaxed[0].server.command("export", "reading", "--region", f"MT:{at}-{at + 3}", "--import-job",
                                     relaxed[1][name]["job"]["id"])
    assert done.returncode == 0, done.stderr
    found = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    want = [line for line in lines(name)[0] if not line.startswith("#")]
    if case.get("export") == "S1":
        want = [line.rstrip("\t") for line in want]
    elif case.get("export"):
        want = [line.replace(case["example"]["record"]["INFO"], case["export"]) for line in want]
    assert found == want


def test_records_that_the_reference_refuses_stay_as_they_are(relaxed):
    rows = relaxed[0].server.query("""SELECT contigname AS c, "start" + 1 AS p, referenceallele AS r, alternatealleles[1] AS a FROM reading
        WHERE "start" < 20 ORDER BY c, p, r""")
    assert rows == [{"c": c, "p": p, "r": r, "a": a} for c, p, r, a in [
        ("MT", 1, "G", "C"), ("MT", 1, "G", "C"), ("MT", 2, "A", "C"), ("MT", 4, "GA", "G"), ("MT", 5, "A", "C"),
        ("MT", 12, "GA", "G"),
        ("other", 3, "G", "C"), ("other", 4, "G", "C")]]


def test_rows_of_a_tsv_file(user, relaxed, bucket):
    """The reference contradicts two alleles of one row, and does not know the contig of another: each row is counted
    once."""
    (bucket / "refused.tsv").write_text(
        "chrom\tpos\tref\talt\tgene\nMT\t1\tGA\tA\tfine\nMT\t3\tGA\tA,GAA\tmismatch\nother\t3\tG\tC\tunknown\n")
    done = []
    for known in (user, relaxed[0]):
        annotator = Annotator(known.server)
        annotator.references = known.references
        annotator.create("refused", "TSV", normalising("CHR_POS_REF_ALT").wire(), reference=REFERENCE)
        done.append(annotator.load("refused", "s3://tmp/refused.tsv", runLeftNormalization=True))
    assert done[0]["status"] == "FAILED" and "Line 3, column ref: " in done[0]["statusMessage"], done[0]
    assert done[0]["statusMessage"].endswith(" (accepted with --relax reference) [s3://tmp/refused.tsv]"), done[0]
    assert done[1]["statusMessage"].startswith("Imported 3 records as 4 rows; ") and done[1]["statusMessage"].endswith(
        ' Accepted: contig 1 record (first at line 4: CHROM: contig "other" is not in the reference); '
        "reference 1 record (first at line 3: REF: REF does not match the reference at MT:3: the record says 'G', the reference 'T')."), done[1]
    rows = relaxed[0].server.query("SELECT gene, pos, ref, alt FROM refused ORDER BY gene, alt")
    assert [tuple(row.values()) for row in rows] == [
        ("fine", 0, "GA", "A"), ("mismatch", 2, "GA", "A"), ("mismatch", 2, "GA", "GAA"), ("unknown", 2, "G", "C")]


@pytest.mark.parametrize("setting", ["strict", "relaxed"])
def test_the_specifications_failed_files(request, setting):
    """All but those that docs/reading.json lists are refused by a strict server; by a relaxed one those that it
    lists."""
    user, _ = request.getfixturevalue(setting)
    job = user.load("reading", *(f"s3://corpus/{name}" for name in INVALID))
    for name, item in zip(INVALID, job["items"]):
        message = item["statusMessage"]
        if short(name) in refused_invalid(setting):
            assert item["jobStatus"] == "FAILED" and not message.startswith("Cannot import file"), item
            assert setting == "strict" or "--relax" not in message, item
        else:
            assert item["jobStatus"] == "COMPLETED" or message.startswith("Cannot import file with 0 rows."), item
    assert {short(f"/4.3/failed/{name}") for name in EMPTY} <= refused_invalid(setting)


# Files that break several rules, the first where it is: what they need, and whether that is enough.
MANY = {
    "three": (dict(INFO="NOPE=1"), dict(ALT="x"), dict(S1="0/7:1,2:7:."),
              "accepted with --relax undeclared,genotype,allele"),
    "hopeless": (dict(INFO="NOPE=1"), dict(ALT="x"), dict(POS="x"),
                 '--relax undeclared,allele is not enough: .* "x" \\(POS\\)'),
}


def test_a_hint_names_all_that_is_needed(user, relaxed, bucket):
    user.store("hints", REFERENCE)
    for name, (*odd, want) in MANY.items():
        body = [record(1), *(record(2 + n, **one) for n, one in enumerate(odd))]
        text = "\n".join([f"##fileformat=VCFv{BASE['version']}", *BASE["header"], "#" + "\t".join(COLUMNS),
                          *body]) + "\n"
        (bucket / f"{name}.vcf").write_text(text)
        message = user.load("hints", f"s3://tmp/{name}.vcf")["items"][0]["statusMessage"]
        assert f"(line {text[:text.index('NOPE')].count(chr(10)) + 1}: INFO/NOPE)" in message, message
        assert re.search(rf" \({want}.*\) \[s3://tmp/{name}\.vcf\]$", message), message
        done = relaxed[0].load("reading", f"s3://tmp/{name}.vcf")
        assert done["status"] == ("COMPLETED" if "enough" not in want else "FAILED"), done


def test_import_with_a_server_of_its_own(binary, corpus, bucket, files, tmp_path):
    """varlake import --relax and --strict, VARLAKE_RELAX and VARLAKE_STRICT; a server that runs has a setting of its
    own."""
    server = servers.Server(tmp_path, {"corpus": corpus}).start()
    servers.User(server).store("own", REFERENCE)
    breach = next(bucket / f"{name}.vcf" for name in MADE if name.startswith("undeclared-breach"))
    habit = next(bucket / f"{name}.vcf" for name in MADE if name.startswith("number-habit"))
    for flags in (("--relax", "number"), ("--strict",)):
        done = server.command("import", *flags, "own", str(habit))
        assert (done.returncode == 2 and f"{flags[0]} is for a server that runs inside the command" in done.stderr
                and "has its own" in done.stderr), done
    assert server.stop() == 0
    for file, arguments, environment, code, words in [
        (breach, (), {}, 1, "(accepted with --relax undeclared)"),
        (breach, ("--relax", "type,filter"), {}, 1, "(accepted with --relax undeclared)"),
        (breach, ("--relax", "type,undeclared"), {}, 0, "Accepted: undeclared 2 records (first at line "),
        (breach, (), {"VARLAKE_RELAX": "undeclared"}, 0, "Accepted: undeclared 2 records (first at line "),
        (habit, (), {}, 0, "Accepted: number 2 records (first at line "),
        (habit, ("--strict",), {}, 1, "(accepted with --relax number)"),
        (habit, (), {"VARLAKE_STRICT": "true"}, 1, "(accepted with --relax number)"),
        (habit, ("--strict", "--relax", "number"), {}, 0, "Accepted: number 2 records (first at line "),
        (habit, (), {"VARLAKE_STRICT": "maybe"}, 2, "VARLAKE_STRICT is true or false"),
        (breach, ("--relax", "numbers"), {}, 2, "--relax: there is no rule"),
        (breach, (), {"VARLAKE_RELAX": "numbers"}, 2, "--relax: there is no rule"),
    ]:
        done = server.command("import", *arguments, "own", str(file), **environment)
        assert done.returncode == code and words in done.stderr, done
    assert server.query("SELECT count(*) AS n FROM own") == [{"n": 16}]
