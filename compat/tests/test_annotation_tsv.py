"""TSV, CSV and BED files in annotation stores, held to an independent reading of them (separated.py)."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

import annotation
import expect
import separated
import server as servers
from annotation import Annotator
from separated import NEEDS, Layout, Malformed
from tables import BED, CASES, EVERY_TYPE, POS, TEXT, TYPED, VCF, case, layout

CORPUS = servers.CORPUS


@pytest.fixture(scope="module")
def server(binary, corpus, bucket, tmp_path_factory):
    one = servers.Server(tmp_path_factory.mktemp("tsv"), {"corpus": corpus, "tmp": bucket}, *annotation.QUOTAS).start()
    yield one
    assert one.stop() == 0, f"the server's last words:\n{one.tail()}"


@pytest.fixture(scope="module")
def user(server):
    return Annotator(server)


class Stores:
    """One store for each layout."""

    def __init__(self, user: Annotator):
        self.user, self.names = user, {}

    def __call__(self, layout: Layout, reference: str | None = None) -> str:
        key = repr((layout, reference))
        if key not in self.names:
            self.names[key] = self.user.create(f"table_{len(self.names)}", "TSV", layout.wire(), reference)
        return self.names[key]


@pytest.fixture(scope="module")
def stores(user):
    return Stores(user)


@pytest.fixture(scope="module")
def done(bucket, user, stores):
    """The finished job of every case."""
    jobs = {}
    for at, (name, one) in enumerate(CASES.items()):
        (bucket / f"{at}_{one.file}").write_bytes(one.data)
        jobs[name] = user.start(stores(one.layout), f"s3://tmp/{at}_{one.file}", read=one.read)
    return {name: user.wait(job) for name, job in jobs.items()}


@pytest.mark.parametrize("name", CASES)
def test_file(server, stores, done, name):
    one = CASES[name]
    assert done[name]["status"] == "COMPLETED", done[name]["statusMessage"]
    want = separated.rows(one.data, one.layout, one.read)
    assert want
    annotation.check(server, stores(one.layout), done[name]["id"], want, one.layout.shape())
    assert done[name]["statusMessage"] == f"Imported {len(want)} records as {len(want)} rows."
    assert name != "several chunks" or len(one.data) > 1 << 20


def test_the_examples_of_the_specification(server, user, bucket):
    """Spec 1.5, by hand: (chr2, 10, ATG, A) -> 9, 12 and (chr1, 1) -> 0, 1; the others by their table."""
    want = {
        "GENERIC": {}, "CHR_POS": {"pos": 9, "end": 10}, "CHR_POS_REF_ALT": {"pos": 9, "end": 12},
        "CHR_START_END_ONE_BASE": {"first": 9, "last": 12},
        "CHR_START_END_REF_ALT_ONE_BASE": {"first": 9, "last": 12},
        "CHR_START_END_ZERO_BASE": {"first": 10, "last": 12},
        "CHR_START_END_REF_ALT_ZERO_BASE": {"first": 10, "last": 12}}
    assert set(want) == set(NEEDS)
    (bucket / "example.tsv").write_text("chrom\tpos\tfirst\tlast\tref\talt\nchr2\t10\t10\t12\tATG\tA\n")
    for kind, place in want.items():
        store = user.create(f"example_{kind.lower()}", "TSV",
            layout(kind, more={"x": "STRING"} if kind == "GENERIC" else {}).wire() if kind != "GENERIC" else {
            "annotationType": kind, "formatToHeader": {}, "schema": [{"chrom": "STRING"}, {"pos": "INT"}]})
        found = user.load(store, "s3://tmp/example.tsv")
        assert found["status"] == "COMPLETED", found["statusMessage"]
        row, = server.query(f"SELECT * FROM {store}")
        assert {name: value for name, value in row.items() if name in ("pos", "first", "last", "end")} == (place
            or {"pos": 10})
        assert list(row)[-2:] == ["importjobid", "information"] and (list(row)[-3] == "end") == ("end" in place)
        assert row["chrom"] == "chr2" and row["importjobid"] == found["id"]
    (bucket / "first.tsv").write_text("chrom\tpos\nchr1\t1\n")
    assert user.load("example_chr_pos", "s3://tmp/first.tsv")["status"] == "COMPLETED"
    assert server.query('SELECT pos, "end" FROM example_chr_pos WHERE chrom = \'chr1\'') == [{"pos": 0, "end": 1}]


def test_no_header_and_one_column_too_few_in_the_header(server, user, stores, bucket):
    """What the two readers refuse alike: neither guesses."""
    for one in (case(POS, "chrom\tpos", "chr1\t1"), case(POS, "chr1\t1", header=False),
                case(TEXT, "a\tb\tc", '"x\ty\tz'), case(TEXT, "a\tb\tc", '"x"y\tz\tz'),
                case(TYPED, "\t".join(EVERY_TYPE), "2147483648" + "\t" * 5),
                case(TYPED, "\t".join(EVERY_TYPE), "\t\t1e39\t\t\t")):
        with pytest.raises(Malformed):
            separated.rows(one.data, one.layout, one.read)
        (bucket / "alike.tsv").write_bytes(one.data)
        assert user.load(stores(one.layout), "s3://tmp/alike.tsv", read=one.read)["status"] == "FAILED", one


# --- left normalisation -----------------------------------------------------------------------------------------------


REFERENCES = {"MT": "reference/GRCh37.MT.fa", "17": "reference/b37.chr17_1Mb.fa"}
WITH_ALLELES = ["CHR_POS_REF_ALT", "CHR_START_END_REF_ALT_ONE_BASE", "CHR_START_END_REF_ALT_ZERO_BASE"]


def variants(fasta, seed: int, count: int) -> list[tuple[str, int, str, list[str]]]:
    """Random (contig, 0-based start, REF, ALTs): indels at the right end of repeats, padded on both sides, SNVs, MNVs,
    symbols; of one to four ALTs."""
    lines = fasta.read_text().split("\n")
    contig, bases = lines[0][1:].split()[0], "".join(lines[1:]).upper()
    choose, found = random.Random(seed), []
    while len(found) < count:
        at = choose.choice([choose.randrange(0, len(bases) - 60), choose.randrange(0, 40),
                            len(bases) - choose.randrange(1, 40)])
        unit, shift = choose.randint(1, 5), 0
        while (at + unit + shift < len(bases) - 10 and shift < 300
               and bases[at + shift] == bases[at + unit + shift] != "N"):
            shift += 1
        left = max(0, at + shift - choose.randint(0, 4))
        ref = bases[left:at + shift + unit + choose.randint(0, 4)]
        if not ref or "N" in ref:
            continue
        alts = []
        for _ in range(choose.choice([1, 1, 2, 3, 4])):
            cut = choose.randint(0, len(ref))
            alts.append(choose.choice([
                lambda: ref[:cut] + ref[cut + unit:], lambda: ref[:cut] + ref[max(0, cut - unit):cut] + ref[cut:],
                lambda: ref[:-1] + choose.choice("ACGT"),
                lambda: "".join(choose.choice("ACGT") for _ in ref),
                lambda: ref[:cut] + "".join(choose.choice("ACGT") for _ in range(unit)) + ref[cut:],
                lambda: ref[:1], lambda: ref + ref[-unit:], lambda: choose.choice(["<DEL>", "*", "<INS:ME>"])])())
        if all(alt and alt != ref for alt in alts):
            low = choose.random() < .1
            found.append((contig, left, ref.lower() if low else ref,
                          [alt.lower() if low and alt[0] != "<" else alt for alt in alts]))
    return found


def variant_table(rows, of: Layout) -> bytes:
    """The variants as a TSV of a layout; an END that is not that of REF, so that it shows where it is kept."""
    base, out = 0 if "ZERO" in of.kind else 1, ["alt\tgene\tref\tlast\tfirst\tpos\tchrom"
                                                if "START" in NEEDS[of.kind] else "alt\tgene\tref\tk\tk2\tpos\tchrom"]
    for at, (contig, start, ref, alts) in enumerate(rows):
        out.append(f"{','.join(alts)}\tgene{at}\t{ref}\t{start + len(ref) + at % 3}\t{start + base}\t{start + 1}\t{contig}")
    return ("\n".join(out) + "\n").encode()


def normalising(kind: str) -> Layout:
    return layout(kind, more={"gene": "STRING"})


@pytest.fixture(scope="module")
def normalised(user, stores, bucket, corpus):
    """(file, finished job, its store) for each reference and annotation type with alleles."""
    started = {}
    for at, (contig, reference) in enumerate(REFERENCES.items()):
        for kind in WITH_ALLELES:
            path = bucket / f"variants_{contig}_{kind}.tsv"
            path.write_bytes(variant_table(variants(corpus / reference, 7 + at,
                                                    800 if kind == WITH_ALLELES[0] else 200), normalising(kind)))
            store = stores(normalising(kind), f"s3://corpus/{reference}")
            started[contig, kind] = path, user.start(store, f"s3://tmp/{path.name}", runLeftNormalization=True), store
    return {key: (path, user.wait(job), store) for key, (path, job, store) in started.items()}


@pytest.mark.parametrize("kind", WITH_ALLELES)
@pytest.mark.parametrize("contig", REFERENCES)
def test_every_alt_as_bcftools_norm_has_it(server, normalised, corpus, contig, kind):
    path, found, store = normalised[contig, kind]
    assert found["status"] == "COMPLETED", found["statusMessage"]
    as_is = separated.rows(path.read_bytes(), normalising(kind))
    want = separated.normalised(path.read_bytes(), normalising(kind), corpus / REFERENCES[contig])
    start = normalising(kind).place.get("POS") or normalising(kind).place["START"]
    assert len(want) > 1.5 * len(as_is)
    written = {row["line"]: (row[start], row["ref"]) for row in as_is}
    changed = len({row["line"] for row in want if (row[start], row["ref"]) != written[row["line"]]})
    assert changed > len(as_is) / 2, "too few of the variants move to prove anything"
    annotation.check(server, store, found["id"], want, normalising(kind).shape())
    words = f"Imported {len(as_is)} records as {len(want)} rows;"
    assert found["statusMessage"].startswith(words) and found["runLeftNormalization"] is True, found


@pytest.mark.parametrize("contig", REFERENCES)
def test_a_vcf_of_the_same_biallelic_records_gives_the_same_rows(server, user, normalised, bucket, corpus, contig):
    """The TSV's rows and those of a normalised VCF store that has each ALT on a record of its own."""
    _, found, store = normalised[contig, "CHR_POS_REF_ALT"]
    rows = sorted((row for row in variants(corpus / REFERENCES[contig], 7 + list(REFERENCES).index(contig), 800)),
                  key=lambda row: row[:2])
    lines = ["##fileformat=VCFv4.2", '##ALT=<ID=DEL,Description="x">', '##ALT=<ID=INS:ME,Description="x">',
             f"##contig=<ID={rows[0][0]}>", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    lines += [f"{name}\t{start + 1}\t.\t{ref}\t{alt}\t.\t.\t." for name, start, ref, alts in rows for alt in alts]
    (bucket / f"biallelic_{contig}.vcf").write_text("\n".join(lines) + "\n")
    name = user.create(f"biallelic_{contig.lower()}", "VCF", reference=f"s3://corpus/{REFERENCES[contig]}")
    twin = user.load(name, f"s3://tmp/biallelic_{contig}.vcf", runLeftNormalization=True)
    assert twin["status"] == "COMPLETED", twin["statusMessage"]
    of_tsv = [(row["chrom"], row["pos"], row["end"], row["ref"], row["alt"]) for row in annotation.contents(server,
        store).by_pyiceberg[found["id"]]]
    of_vcf = [(row["contigname"], row["start"], row["end"], row["referenceallele"], *row["alternatealleles"])
              for row in annotation.contents(server, name).by_pyiceberg[twin["id"]]]
    assert len(of_tsv) > 1000 and sorted(of_tsv) == sorted(of_vcf)


def test_alleles_that_stay_by_hand(server, user, stores, bucket):
    """What bcftools norm stops at, and the start of the contig; written by hand from docs/normalize.md. MT begins
    GATCACAGGT."""
    lines = ["chrom\tpos\tref\talt\tgene", "MT\t1\tGA\tA\tstart", "MT\t3\tTCA\tTCA\tequal",
             "MT\t3\tTCA\tTA,tca,R,T[MT:9[,.\tmixed", "MT\t5\tA\tAA,<DEL>,*\tsymbols"]
    (bucket / "stay.tsv").write_text("\n".join(lines) + "\n")
    store = stores(normalising("CHR_POS_REF_ALT"), f"s3://corpus/{REFERENCES['MT']}")
    found = user.load(store, "s3://tmp/stay.tsv", runLeftNormalization=True)
    assert found["status"] == "COMPLETED", found["statusMessage"]
    got = server.query(f"SELECT gene, pos, \"end\", ref, alt FROM {store} WHERE importjobid = '{found['id']}' ORDER BY gene, alt")
    assert [tuple(row.values()) for row in got] == [
        ("equal", 2, 5, "TCA", "TCA"), ("mixed", 2, 3, "T", "."), ("mixed", 2, 5, "TCA", "R"),
        ("mixed", 2, 4, "TC", "T"), ("mixed", 2, 5, "TCA", "T[MT:9["),
        ("mixed", 2, 5, "TCA", "tca"), ("start", 0, 2, "GA", "A"), ("symbols", 4, 5, "A", "*"),
        ("symbols", 4, 5, "A", "<DEL>"), ("symbols", 3, 4, "C", "CA")]
    assert found["statusMessage"] == "Imported 4 records as 10 rows; 2 records changed by left normalization."


def test_without_normalisation_the_list_of_alts_stays(server, user, stores, bucket):
    """Also where normalising is asked for but the type has no alleles."""
    (bucket / "list.tsv").write_text("chrom\tpos\tref\talt\tgene\nMT\t6\tA\tAA,,T\tx\n")
    store = stores(normalising("CHR_POS_REF_ALT"), f"s3://corpus/{REFERENCES['MT']}")
    found = user.load(store, "s3://tmp/list.tsv")
    answer = server.query(f"SELECT pos, \"end\", ref, alt FROM {store} WHERE importjobid = '{found['id']}'")
    assert answer == [{"pos": 5, "end": 6, "ref": "A", "alt": "AA,,T"}]
    store = stores(layout("CHR_POS", more={"gene": "STRING"}), f"s3://corpus/{REFERENCES['MT']}")
    (bucket / "list.tsv").write_text("chrom\tpos\tref\talt\tgene\nMT\t6\tC\tAA,T\tx\nnowhere\t6\tA\tT\ty\n")
    found = user.load(store, "s3://tmp/list.tsv", runLeftNormalization=True)
    assert found["status"] == "COMPLETED", found["statusMessage"]
    assert server.query(f"SELECT count(*) AS n FROM {store} WHERE importjobid = '{found['id']}'") == [{"n": 2}]


@pytest.mark.parametrize("row, column, value, reason", [
    ("MT\t3\tA\tG\tx", "ref", "A", "REF does not match the reference at MT:3: the record says 'A', the reference 'T'"),
    ("MT\t3\tTCG\tT\tx", "ref", "TCG", "REF does not match the reference at MT:5"),
    ("MT\t16569\tGG\tG\tx", "ref", "GG", "the position is outside the contig"),
    ("MT\t3\t-\tG\tx", "ref", "-", "REF does not match the reference at MT:3"),
    ("MT\t99999\tA\tG\tx", "ref", "A", "outside the contig"),
    ("chrM\t3\tT\tG\tx", "chrom", "chrM", 'contig "chrM" is not in the reference'),
    ("MT\t3\tT\tG,,C\tx", "alt", "G,,C", "an allele without a base"),
    ("MT\t3\tT\tG,\tx", "alt", "G,", "an allele without a base"),
])
def test_a_row_that_the_reference_contradicts(server, user, stores, bucket, row, column, value, reason):
    (bucket / "contradicted.tsv").write_text(f"chrom\tpos\tref\talt\tgene\nMT\t5\tA\tAA,T\tx\n{row}\n")
    store = stores(normalising("CHR_POS_REF_ALT"), f"s3://corpus/{REFERENCES['MT']}")
    found = user.load(store, "s3://tmp/contradicted.tsv", runLeftNormalization=True)
    annotation.refused(found, "s3://tmp/contradicted.tsv", 3, column, value, reason)
    annotation.nothing_of(server, store, found["id"])


def test_normalising_without_a_reference_is_refused(user, stores):
    with pytest.raises(user.omics.exceptions.ValidationException, match="has none"):
        user.start(stores(normalising("CHR_POS_REF_ALT")), "s3://tmp/list.tsv", runLeftNormalization=True)


# --- malformed rows ---------------------------------------------------------------------------------------------------


NAMES = ["chrom", "pos", *EVERY_TYPE]
GOOD = ["chr1", "5", "1", "2", "3", "4", "true", "text"]
RANGES = layout("CHR_START_END_REF_ALT_ONE_BASE", more={})
RANGE = ["chr1", "5", "9", "ACG", "T"]


def row(**wrong: str) -> str:
    return "\t".join(wrong.get(name, value) for name, value in zip(NAMES, GOOD))


def span(**wrong: str) -> str:
    return "\t".join(wrong.get(name, value) for name, value in zip(RANGES.columns, RANGE))


TYPED_PLACE = layout("CHR_POS")
WRONG = {
    "an_int": {"x": "is not an integer of type INT", "1.5": "is not an integer of type INT", "1e3": "is not an integer",
               "0x10": "is not an integer", "--1": "is not an integer",
               "+": "is not an integer", "1 2": "is not an integer", "1_000": "is not an integer",
               "1,000": "is not an integer", "٣": "is not an integer",
               "2147483648": "out of the range of type INT", "-2147483649": "out of the range of type INT",
               "99999999999999999999": "out of the range of type INT", "NULL": "is not an integer"},
    "a_long": {"9223372036854775808": "out of the range of type LONG",
               "-9223372036854775809": "out of the range of type LONG", "1L": "is not an integer of type LONG"},
    "a_float": {"x": "is not a number of type FLOAT", "3.5e38": "out of the range of type FLOAT",
                "-1e39": "out of the range of type FLOAT", "1,5": "is not a number", "0x1p3": "is not a number",
                "1e": "is not a number", ".": "is not a number", "nanx": "is not a number",
                "infinit": "is not a number", "1f": "is not a number", "1_0": "is not a number"},
    "a_double": {"1e309": "out of the range of type DOUBLE", "1d": "is not a number of type DOUBLE",
                 "one": "is not a number of type DOUBLE"},
    "a_boolean": {"yes": "is neither true nor false", "1": "is neither true nor false",
                  "T": "is neither true nor false", "truex": "is neither true nor false"},
    "chrom": {"": "the value is NULL, which CHR must not be", '""': "the value is empty, which CHR must not be"},
    "pos": {"": "the value is NULL, which POS must not be", "0": "is smaller than 1", "-3": "is smaller than 1",
            "x": "is not an integer of type LONG", "1.0": "is not an integer",
            "2147483648": "makes an end beyond 2147483647", "9223372036854775807": "makes an end beyond 2147483647"},
    "a_string": {'"open': "begins with a quote that is not closed",
    '"a"b': "begins with a quoted value and goes on after it", "a\rb": "carriage return", "a\0b": "NUL character"},
}
RANGE_WRONG = {"first": {"0": "is smaller than 1", "": "the value is NULL, which START must not be",
                         "x": "is not an integer"},
               "last": {"4": "is smaller than START, 5", "": "the value is NULL, which END must not be",
                        "-1": "is smaller than START"},
               "ref": {"": "which REF must not be", '""': "the value is empty, which REF must not be"},
               "alt": {"": "which ALT must not be", '""': "the value is empty, which ALT must not be"}}
SHOWN = {"": None, '""': None, '"open': r"\"open", '"a"b': r"\"a\"b", "a\rb": r"a\rb", "a\0b": r"a\x00b"}


@dataclass
class Bad:
    layout: Layout
    lines: list[str]  # the malformed one is told by `line`
    line: int
    column: str | None
    value: str | None
    reason: str
    read: dict | None = None
    encoding: str = "utf-8"


HEADER = "\t".join(NAMES)
BAD = [Bad(TYPED_PLACE, [HEADER, row(), row(), row(**{column: value}), row(), "worse"], 4, column,
           SHOWN.get(value, value), reason)
       for column, values in WRONG.items() for value, reason in values.items()]
BAD += [Bad(RANGES, ["\t".join(RANGES.columns), span(), span(**{column: value}), "worse"], 3, column,
            SHOWN.get(value, value), reason)
        for column, values in RANGE_WRONG.items() for value, reason in values.items()]
BAD += [
    Bad(BED, ["chr1\t0\t1\t.5", "chr1\t-1\t1\t.5"], 2, "first", "-1", "is smaller than 0", {"header": False}),
    Bad(BED, ["chr1\t5\t4\t1"], 1, "last", "4", "is smaller than START, 5", {"header": False}),
    Bad(POS, ["chrom\tpos\tgene", "chr1\t1\tA", "chr1\t2"], 3, None, r"chr1\t2", "has 2 columns, 3 are expected"),
    Bad(POS, ["chrom\tpos\tgene", "chr1\t2\tA\t"], 2, None, r"chr1\t2\tA\t", "has more than the 3 columns"),
    Bad(POS, ["chrom\tpos\tgene\tk", "chr1\t2\tA"], 2, None, r"chr1\t2\tA", "has 3 columns, 4 are expected"),
    Bad(POS, ["chr1\t1\tA", "chr1 2 A"], 2, None, "chr1 2 A", "has 1 columns", {"header": False}),
    Bad(POS, ["chrom\tpos\tgene\tX y", 'chr1\t2\tA\t"k'], 2, '"X y"', r"\"k", "begins with a quote that is not closed"),
    Bad(POS, ["CHROM\tPOS\tgene", "chr1\tx\tA"], 2, "POS", "x", "is not an integer of type LONG"),
    Bad(POS, ["a\tb\tc", "chr1\tx\tA"], 2, "b", "x", "is not an integer of type LONG"),
    Bad(POS, ["chr1\tx\tA"], 1, "pos", "x", "is not an integer of type LONG", {"header": False}),
    # the header
    Bad(POS, ["chrom\tpos", "chr1\t1"], 1, None, r"chrom\tpos", "has 2 columns, and not the schema's gene"),
    Bad(POS, ["gene\tpos\tchr", "A\t1\tchr1"], 1, None, "gene", "is column 1 of the header and column 3 of the schema"),
    Bad(POS, ["chrom\tpos\tgene\tPOS", "chr1\t1\tA\t1"], 1, None, r"chrom\tpos\tgene\tPOS",
        "names the schema's column pos twice"),
        Bad(POS, ["chr1\t1\tA", "chr1\t2\tA"], 1, "pos", "1", "set readOptions.header to false"),
    Bad(POS, ["chrom,pos,gene", "chr1,1,A"], 1, None, "chrom,pos,gene",
    "has 1 columns, and not the schema's chrom, pos, gene"),
    Bad(POS, ["", "# x", "chrom\tpos"], 3, None, r"chrom\tpos", "has 2 columns", {"comment": "#"}),
    Bad(TEXT, ["#entrez\tgene\tterm", "#", "1\tA1BG\tHP:1"], 3, None, r"1\tA1BG\tHP:1",
        "set readOptions.header to false, or --no-header", {"comment": "#"}),
    Bad(POS, ['chrom\tpos\t"gene', "chr1\t1\tA"], 1, None, r"\"gene", "begins with a quote that is not closed"),
    Bad(POS, ["\t".join(f"c{n}" for n in range(20_481))], 1, None, None, "has more than 20480 columns"),
    # the encoding
    Bad(POS, ["chrom\tpos\tgene", "chr1\t1\té"], 2, "gene", r"\xe9", "is not valid UTF-8; set readOptions.encoding",
    None, "latin1"), Bad(POS, ["chrom\tpos\tgené", "chr1\t1\té"], 1, None, None, "is not valid UTF-8", None, "latin1"),
    Bad(POS, ["chrom\tpos\tgene", "chr1\t1\té"], 2, "gene", "é", "is not US-ASCII", {"encoding": "US-ASCII"}),
    Bad(POS, ["chrom\tpos\tgene\rchr1\t1\tA\rchr1\t2\tB"], 1, None, None, 'set readOptions.lineSep to "\\r"'),
    Bad(TEXT, ["a\tb\tc", "x\t" + "y" * ((16 << 20) + 1) + "\tz"], 2, "b", None, "is longer than 16 MiB"),
]


@pytest.fixture(scope="module")
def refusing(bucket, user):
    """The jobs of the malformed files, into stores that get nothing else."""
    stores, jobs = Stores(user), []
    stores.names = {"": ""} | {f"{n}": "" for n in range(1000)}  # names of their own
    for at, bad in enumerate(BAD):
        (bucket / f"bad{at}.tsv").write_bytes(("\n".join(bad.lines) + "\n").encode(bad.encoding))
        jobs.append(user.start(stores(bad.layout), f"s3://tmp/bad{at}.tsv", read=bad.read))
    return [name for name in stores.names.values() if name], jobs


@pytest.mark.parametrize("at", range(len(BAD)), ids=lambda at: f"{at}-{BAD[at].column or 'row'}")
def test_malformed_row(user, refusing, at):
    bad = BAD[at]
    annotation.refused(user.wait(refusing[1][at]), f"s3://tmp/bad{at}.tsv", bad.line, bad.column, bad.value, bad.reason)


@pytest.mark.parametrize("encoding, way", [("utf-16", "iconv -f UTF-16 "), ("utf-16-le", "iconv -f UTF-16LE ")])
def test_a_file_in_utf_16_is_named(user, bucket, encoding, way):
    (bucket / "wide.tsv").write_bytes("chrom\tpos\tgene\nchr1\t1\tA\n".encode(encoding))
    user.create(f"wide_{len(way)}", "TSV", POS.wire())
    found = user.load(f"wide_{len(way)}", "s3://tmp/wide.tsv")
    assert found["status"] == "FAILED" and "The file is text in UTF-16" in found["statusMessage"], found
    assert way in found["statusMessage"], found


def test_nothing_of_malformed_files_lands(server, user, refusing):
    for job in refusing[1]:
        user.wait(job)
    for store in refusing[0]:
        assert annotation.table_of(server, store).metadata.snapshots == []
        assert server.query(f"SELECT * FROM {store}") == []
        servers.until(lambda: not annotation.data_files(server, store))


@pytest.mark.parametrize("at", [0, 30_000, 59_999])
def test_the_first_bad_row_of_a_file_of_several_chunks_is_named(server, user, stores, bucket, at):
    """Two workers read; whichever meets a bad row first, the first of the file is told, and nothing lands."""
    lines = ["chrom\tpos\tgene", *(f"chr{n // 20_000}\t{n + 1}\t{'gene of no name ' * 20}" for n in range(60_000))]
    for bad in {at, 59_999}:
        lines[bad + 1] = f"chr1\tbad{bad}\tx"
    (bucket / "late.tsv").write_text("\n".join(lines) + "\n")
    assert (bucket / "late.tsv").stat().st_size > 18 << 20
    found = user.load(stores(POS), "s3://tmp/late.tsv")
    annotation.refused(found, "s3://tmp/late.tsv", at + 2, "pos", f"bad{at}", "is not an integer of type LONG")
    annotation.nothing_of(server, stores(POS), found["id"])


@pytest.mark.parametrize("data", [b"", b"chrom\tpos\tgene\n", b"\n\n  \n", b"chrom\tpos\tgene\n\n \t \n"],
                         ids=["empty", "header", "blank", "header and blank"])
def test_a_file_without_rows(server, user, stores, bucket, data):
    (bucket / "none.tsv").write_bytes(data)
    found = user.load(stores(POS), "s3://tmp/none.tsv")
    assert found["status"] == "FAILED"
    assert found["statusMessage"] == "Cannot import file with 0 rows. [s3://tmp/none.tsv]"
    annotation.nothing_of(server, stores(POS), found["id"])


# --- the comparison itself --------------------------------------------------------------------------------------------


def test_the_reader_by_hand():
    """The independent reading is right about the commonest things, and about rounding."""
    one = CASES["further columns"]
    assert separated.rows(one.data, one.layout)[1] == {"line": 3, "chrom": "chr1", "pos": 1, "end": 2, "gene": "B",
                                                       "information": {"x": "", "y_y": "q\t", "z_1": " "}}
    assert separated.single("1.00000017881393432617187499") == 1.0000001192092896 != float(
        separated.np.float32(float("1.00000017881393432617187499")))
    text = "a\tb\tc\n" + '"x\\"y""z"\t""\t\n'
    assert separated.rows(text.encode(), TEXT) == [{"line": 2, "a": 'x"y"z', "b": "", "c": None, "information": None}]
    header, records = expect.read(CORPUS / "annotation-files" / "exac.vcf.gz")
    assert [(row["chrom"], row["pos"], row["ref"]) for row in separated.rows(CASES["exac.vcf.gz as a table"].data, VCF,
                                                                             {"comment": "#", "quote": "\0"})] == [
        (line.split("\t")[0], int(line.split("\t")[1]) - 1, line.split("\t")[3]) for _, line in records]


def test_the_comparison_notices_every_column():
    shape = [*layout("CHR_POS").shape()]
    good = {"line": 2, "importjobid": "j", "chrom": "c", "pos": 1, "an_int": 1, "a_long": 2, "a_float": 0.5,
            "a_double": 0.5, "a_boolean": True, "a_string": "", "end": 2, "information": {"k": None}}
    wrong = {"string": ["x", None], "int": [7, None], "long": [7, None], "float": [0.25, float("nan"), None],
             "double": [0.5000000000000001, float("inf"), None],
             "boolean": [False, None], "map<string, string>": [{"k": ""}, {}, None, {"k": None, "l": None}]}
    assert annotation.differences([good], [dict(good)], shape) == []
    for name, kind in shape:
        for value in wrong[kind]:
            words = annotation.differences([good], [{**good, name: value}], shape)
            assert len(words) == 2 and words[1].startswith(f"line 2, {name}: expected "), words
    nan = float("nan")
    assert annotation.differences([{**good, "a_float": nan, "a_double": -0.0}],
                                  [{**good, "a_float": nan, "a_double": -0.0}], shape) == []
    assert annotation.differences([{**good, "a_double": -0.0}], [{**good, "a_double": 0.0}], shape)


def test_check_notices_a_planted_difference(server, stores, done):
    one, job = CASES["further columns"], done["further columns"]["id"]
    want = separated.rows(one.data, one.layout)
    for wrong in ([{**want[0], "pos": 1}, want[1]], [{**want[0], "end": 2}, want[1]],
            [want[0], {**want[1], "information": {**want[1]["information"], "x": None}}], want[:1], [*want, want[0]]):
        with pytest.raises(AssertionError, match="PyIceberg"):
            annotation.check(server, stores(one.layout), job, wrong, one.layout.shape())
    for shape in (one.layout.shape()[1:], [*one.layout.shape()[:-2], one.layout.shape()[-1], one.layout.shape()[-2]],
                  [(name, "long" if name == "end" else kind) for name, kind in one.layout.shape()]):
        with pytest.raises(AssertionError):
            annotation.check(server, stores(one.layout), job, want, shape)
    annotation.check(server, stores(one.layout), job, want, one.layout.shape())
