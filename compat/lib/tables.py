"""Text tables as people write them, with the readOptions that they need: by hand and by chance."""

from __future__ import annotations

import gzip
import random
import subprocess
from dataclasses import dataclass

import separated
import server as servers
from separated import NEEDS, Layout

CORPUS = servers.CORPUS
ROLES = {"CHR": "chrom", "POS": "pos", "START": "first", "END": "last", "REF": "ref", "ALT": "alt"}
EVERY_TYPE = {"an_int": "INT", "a_long": "LONG", "a_float": "FLOAT", "a_double": "DOUBLE", "a_boolean": "BOOLEAN",
              "a_string": "STRING"}


def layout(kind: str | None, position: str = "LONG", more: dict[str, str] = EVERY_TYPE) -> Layout:
    """The columns that an annotation type needs, and more."""
    roles = {role: ROLES[role] for role in NEEDS[kind or "GENERIC"]}
    return Layout(kind, {name: position if role in ("POS", "START", "END") else "STRING"
                         for role, name in roles.items()} | more, roles)


@dataclass
class Case:
    layout: Layout
    data: bytes
    read: dict | None = None
    file: str = "file.tsv"


def case(layout: Layout, *lines: str, encoding="utf-8", end="\n", file="file.tsv", **read) -> Case:
    return Case(layout, "".join(line + end for line in lines).encode(encoding), read or None, file)


def chance(layout: Layout, rows: int, seed: int, file="file.tsv", keys=(), **read) -> Case:
    """Random values of every type, quoted and escaped at random, under a header in another order with other columns in
    between."""
    choose, options = random.Random(seed), separated.Options(**read)
    quote = options.quote if options.quote != "\0" else None
    escape = options.escape if options.escape != "\0" else None
    sep = {"\\t": "\t"}.get(options.sep, options.sep)
    letters = ["a", "B", "7", " ", ".", "-", "'", ":", "#", "é" if options.encoding != "US-ASCII" else "e", "NA",
               "null", sep, quote or "q", escape or "e", "\\", "\t"]

    def text() -> str:
        return "".join(choose.choice(letters) for _ in range(choose.randint(0, 6)))

    def cell(value: str) -> str:
        if not quote or sep not in value and not value.startswith(quote) and choose.random() < .6:
            return value.replace(sep, "") if not quote else value
        inside = "".join(choose.choice([quote + quote, *([escape + quote] if escape else [])])
                         if c == quote else escape + escape if c == escape else c for c in value)
        return quote + inside + quote + choose.choice(["", "", " ", "  "])

    def number(low: int, high: int) -> str:
        return choose.choice([str(choose.randint(low, high)), str(choose.randint(-100, 100)),
                              f"+{choose.randint(0, 9)}", f"{choose.randint(0, 99):05d}", str(low), str(high)])

    def decimal(digits: int) -> str:
        return choose.choice([f"{choose.uniform(-10, 10):.{digits}g}", repr(choose.uniform(-1e9, 1e9)),
                              f"{choose.randint(-99, 99)}e{choose.randint(-30, 30)}",
                              f".{choose.randint(0, 999)}", f"{choose.randint(0, 9)}.", "nan", "-Infinity", "INF",
                              "0", "-0.0"])

    def value(name: str, kind: str) -> str:
        if name == "chrom":
            return choose.choice(["chr1", "chr2", "HLA-A*01:01", "x y"])
        if name in ("ref", "alt"):
            return "".join(choose.choice("ACGT") for _ in range(choose.randint(1, 5))) + choose.choice(["", "", ",G"]
                if name == "alt" and sep != "," else [""])
        if choose.random() < .15 and name not in ("pos", "first", "last"):
            return choose.choice(["", quote + quote if quote else ""])
        if kind == "STRING":
            return cell(text())
        found = {"INT": lambda: number(-2**31, 2**31 - 1), "LONG": lambda: number(-2**63, 2**63 - 1),
                 "FLOAT": lambda: decimal(9), "DOUBLE": lambda: decimal(17),
                 "BOOLEAN": lambda: choose.choice(["true", "false", "TRUE", "False"])}[kind]()
        return choose.choice([found, f" {found}", f"{found} ", *([f"{quote}{found}{quote}"] if quote else [])])

    names = list(layout.columns)
    if options.header:
        names += keys
        choose.shuffle(names)
    out = [sep.join(choose.choice([name, name.upper()]) for name in names)] if options.header else []
    for _ in range(rows):
        start = choose.randint(1, 2_000_000_000)
        place = {"pos": str(start), "first": str(start), "last": str(start + choose.randint(0, 1000))}
        out.append(sep.join(place.get(name)
            or (value(name, layout.columns[name]) if name in layout.columns else cell(text())) for name in names))
        if choose.random() < .02:
            out.append(choose.choice(["", "  ", *([options.comment + " comment"] if options.comment else [])]))
    end = {"\\r": "\r"}.get(options.lineSep, options.lineSep)
    return Case(layout, "".join(line + end for line in out).encode(options.encoding), read or None, file)


POS = Layout("CHR_POS", {"chrom": "STRING", "pos": "LONG", "gene": "STRING"}, {"CHR": "chrom", "POS": "pos"})
BED = Layout("CHR_START_END_ZERO_BASE", {"chrom": "STRING", "first": "LONG", "last": "LONG", "score": "DOUBLE"},
             {"CHR": "chrom", "START": "first", "END": "last"})
TEXT = Layout(None, {"a": "STRING", "b": "STRING", "c": "STRING"})
TYPED = Layout("GENERIC", EVERY_TYPE)
VCF = Layout("CHR_POS_REF_ALT", {"chrom": "STRING", "pos": "INT", "ref": "STRING", "alt": "STRING"},
             {role: ROLES[role] for role in ("CHR", "POS", "REF", "ALT")})
CASES: dict[str, Case] = {
    # the seven types, by chance, with every column type and further columns
    **{f"type {kind} {position}": chance(layout(kind, position), 200, seed, keys=["note", "Other Key"])
       for seed, (kind, position) in enumerate((kind, position) for kind in NEEDS for position in ("INT", "LONG"))},
    "no type": chance(layout(None), 50, 20),
    "roles mean nothing to GENERIC": Case(Layout("GENERIC", {"chrom": "STRING", "pos": "LONG"},
                                                 {"CHR": "chrom", "POS": "pos"}), b"chrom\tpos\nchr1\t5\n"),
    "a name in upper case": Case(Layout("CHR_POS", {"chrom": "STRING", "pos": "LONG"}, {"CHR": "CHROM", "POS": "Pos"}),
                                 b"Chrom\tPOS\nchr1\t5\n"),

    # the header
    "header in order": case(POS, "chrom\tpos\tgene", "chr1\t1\tA"),
    "header in another order": case(POS, "gene\tchrom\tpos", "A\tchr1\t1", "\tchr1\t2"),
    "header by position": case(POS, "contig\twhere\twhat", "chr1\t1\tA"),
    "numbers in the header above text": case(TEXT, "1\t2\t3", "x\ty\tz"),
    "header of odd spelling": case(Layout(None, {"chr_om": "STRING", "pos_": "INT", "_1": "STRING"}),
                                   "# Chr om\tPOS%\té1 ", "x\t1\ty"),
    "header in quotes": case(POS, '"gene"\t"chrom"\tpos', "A\tchr1\t1"),
    "commented header": case(POS, "#chrom\tpos\tgene", "chr1\t1\tA"),
    "commented header of other names": case(TEXT, "#Format: x", "#entrez\tgene\tterm", "1\tA1BG\tHP:1", "2\tA2M\tHP:2",
                                            comment="#"),
    "commented header first": case(POS, "#CHROM\tPOSITION\tSYMBOL", "chr1\t1\tA", "chr1\t2\tB", comment="#"),
    "words above numbers below a comment": case(POS, "#made\tby\tx", "CHROM\tposition\tsymbol", "chr1\t1\tA",
                                                comment="#"),
    "commented header among comments": case(POS, "## first", "#", "# gene of what", "#gene\tpos\tchrom\textra",
                                            "A\t1\tchr1\tx", "# last", "B\t2\tchr1\ty", comment="#"),
    "header after blank lines": case(POS, "", "  ", "chrom\tpos\tgene", "", "chr1\t1\tA", " \t "),
    "byte order mark": case(POS, "\ufeffchrom\tpos\tgene", "chr1\t1\tA"),
    "no header": case(POS, "chr1\t1\tA", "chrom\t2\tgene", header=False),
    "no header, byte order mark": case(POS, "\ufeffchr1\t1\tA", header=False),
    "further columns": case(POS, "x\tchrom\tY y\tpos\tgene\tZ-1", "1\tchr1\t\t1\tA\t3", '""\tchr1\t"q\t"\t2\tB\t '),
    "further columns without a name or with one twice": case(
        POS, "\tchrom\tx\tx\t#\tpos\tgene\tX", *(f"a{n}\tchr1\tb\tc\td\t{n}\tA\te" for n in range(1, 4))),
    "further columns named as the table's": case(POS, "importjobid\tinformation\tend\tchrom\tpos\tgene",
                                                 "a\tb\tc\tchr1\t1\tA"),
    "many further columns": case(POS, "\t".join(["chrom", "pos", "gene", *(f"k{n}" for n in range(3000))]),
                                 "\t".join(["chr1", "1", "A", *(str(n) for n in range(3000))])),

    # readOptions
    "sep comma": case(POS, "chrom,pos,gene", "chr1,1,A", 'chr1,2,"A,B"', file="file.csv", sep=","),
    "sep of two characters": case(POS, "chrom||pos||gene", "chr1||1||A|B", sep="||"),
    "sep escaped": case(POS, "chrom\tpos\tgene", "chr1\t1\tA", sep="\\t"),
    "sep semicolon": case(POS, "chrom;pos;gene", "chr1;1;A\t,B", sep=";"),
    "sep space": case(POS, "chrom pos gene", "chr1 1 A", 'chr1 2 "A B"', sep=" "),
    "sep beyond ASCII": case(POS, "chrom¦pos¦gene", "chr1¦1¦é", sep="¦"),
    "sep backslash": case(POS, "chrom\\pos\\gene", "chr1\\1\\A", sep="\\\\"),
    "comment": case(POS, "% no header", "chrom\tpos\tgene", "%chr1\t1\tA", "chr1\t2\t%A", '"%chr"\t3\tB', comment="%"),
    "no comment": case(POS, "chrom\tpos\tgene", "#chr1\t1\tA"), "quote": case(POS, "chrom\tpos\tgene",
    "'chr\t1'\t1\t\"A", "chr1\t'2'\t'it''s'", r"chr1\t3\t'it\'s'".replace("\\t", "\t"), quote="'"),
    "no quote": case(TEXT, 'a\tb\tc', '"x\t"y"\tz""', '""\t"\t', quote="\0"),
    "escape": case(TEXT, "a\tb\tc", '"x^"y"\t"^^"\t"^z"', 'a^"\t^\t"\\"', escape="^"),
    "escape as quote": case(TEXT, "a\tb\tc", '"x""y"\t"\\"\t\\', escape='"'),
    "no escape": case(TEXT, "a\tb\tc", '"x\\"\t"\\\\"\t"a""b"', escape="\0"),
    "escape by default": case(TEXT, "a\tb\tc", r'"x\"y"' + "\t" + r'"\\"' + "\t" + r'"\n\t"',
                              r"\t" + "\t" + r'x"y"' + "\t" + r'\"'),
    "latin 1": case(TEXT, "a\tb\tc", "é\tÿ\x80\x9f\t\xa0", encoding="latin1", **{}),
    "ascii": case(TEXT, "a\tb\tc", "e\t~\t!"),
    "encoding ISO-8859-1": Case(TEXT, "ä\tb\tc\na\tb\tc\né\tÿ\xa0\t\x80\n".encode("latin1").replace(b"\xe4\tb\tc\n",
    b""), {"encoding": "ISO-8859-1"}),
    "encoding US-ASCII": case(TEXT, "a\tb\tc", "e\t~\t!", **{"encoding": "UTF-8"}),
    "header true": case(POS, "chrom\tpos\tgene", "chr1\t1\tA", header=True),
    "lineSep CR": case(POS, "chrom\tpos\tgene", "chr1\t1\tA", "chr1\t2\tB", end="\r", lineSep="\r"),
    "lineSep CR escaped": case(POS, "chrom\tpos\tgene", "chr1\t1\tA", end="\r", lineSep="\\r"),
    "lineSep LF": case(POS, "chrom\tpos\tgene", "chr1\t1\tA", lineSep="\n"),
    "lineSep CRLF": case(POS, "chrom\tpos\tgene", "chr1\t1\tA", end="\r\n", lineSep="\r\n"),
    "lineSep of another character": case(POS, "chrom\tpos\tgene", "chr1\t1\tA\nB", "chr1\t2\tC\r", "chr1\t3\tC\rD",
                                         end="|", lineSep="|"),
    "writing options": case(TEXT, "a\tb\tc", '"x"\ty\t"z""z"', quoteAll=True, escapeQuotes=False),
    "all options": chance(layout("CHR_POS_REF_ALT"), 200, 30, keys=["k"], sep=";", quote="'", escape="^", comment="!",
                          encoding="ISO-8859-1", header=True, lineSep="\\r"),
    "all options, no header": chance(layout("CHR_START_END_ONE_BASE"), 200, 31, sep="||", quote="`", escape="`",
                                     comment="!", encoding="US-ASCII", header=False, lineSep="\n"),
    **{f"chance {seed}": chance(layout(kind, more={**EVERY_TYPE, "b_string": "STRING", "b_float": "FLOAT"}), 300, seed,
                                keys=["k", "l"], **read)
       for seed, (kind, read) in enumerate([("CHR_POS", {"sep": ","}), ("GENERIC", {"quote": "\0"}),
                                            ("GENERIC", {"escape": '"'}), (None, {"escape": "\0", "sep": ";"}),
                                            ("CHR_START_END_REF_ALT_ZERO_BASE", {"encoding": "ISO-8859-1"})], 40)},

    # values
    "NULL and the empty string": case(TEXT, "a\tb\tc\tk\tl", '\t""\tx\t\t""', '""\t\t"" \t""\t',
                                      '"" \t x \t" "\t " "\t" "', "NULL\tnull\tNA\t.\t-"),
    "typed NULLs": case(TYPED, "\t".join(EVERY_TYPE), "\t" * 5, '""\t""\t""\t""\t""\tx', "\t".join(["1"] + [""] * 5)),
    "bounds of integers": case(TYPED, "\t".join(EVERY_TYPE), *(f"{a}\t{b}\t\t\t\t" for a, b in [
        (2**31 - 1, 2**63 - 1), (-2**31, -2**63), ("+0", "-0"),
        ("0000000000000000000000000012", "+00000000000000000000000000000001"), (" 7 ", "\"8\"")])),
    "bounds of numbers": case(TYPED, "\t".join(EVERY_TYPE), *(f"\t\t{a}\t{b}\t\t" for a, b in [
        ("3.4028235e38", "1.7976931348623157e308"), ("-3.4028235e+38", "-1.7976931348623157E+308"), ("1e-45", "5e-324"),
        ("1.1754944e-38", "2.2250738585072014e-308"),
        ("1e-50", "1e-400"), ("-1e-50", "-1e-400"), ("0.1", "0.1"), ("16777217", "9007199254740993"),
        ("1.00000017881393432617187499", "0.500000000000000166533453693773481063544750213623046875"),
        (".5", "5."), ("+1", "-1"), ("00.10", "1e0"), ("123456789.123456789", "1234567890123456789")])),
    "NaN and Infinity": case(TYPED, "\t".join(EVERY_TYPE),
    *(f"\t\t{word}\t{word}\t\t{word}" for word in ["NaN", "nan", "NAN", "-nan", "Infinity", "-Infinity", "+infinity",
                                                   "inf", "-INF"])),
    "booleans": case(TYPED, "\t".join(EVERY_TYPE),
    *(f"\t\t\t\t{word}\t" for word in ["true", "false", "TRUE", "False", "tRuE", ' "true" '.strip(), " false "])),
    "text of all sorts": case(TEXT, "a\tb\tc", "ñ\t🧬\t漢字", "\x01\x1f\t\x7f\t'", "a\"b\t\\\t\\\\",
                              '"a\\b"\t"\\"\\\\"\t"""" ', " lead\ttrail \t  ", "%20\t&amp;\t<x>"),
    "a long value": Case(TEXT, b"a\tb\tc\nx\t" + b"y" * 3_000_000 + b"\tz\n" + b"1\t2\t3\n" * 5),

    # shapes of files
    "CRLF": case(POS, "chrom\tpos\tgene", "chr1\t1\tA", "chr1\t2\t", end="\r\n"),
    "no end of line at the end": Case(POS, b"chrom\tpos\tgene\nchr1\t1\tA\nchr1\t2\tB"),
    "gzip": Case(POS, gzip.compress(b"chrom\tpos\tgene\n" + b"chr1\t7\tA\n" * 100), file="file.tsv.gz"),
    "members": Case(POS, gzip.compress(b"chrom\tpos\tgene\nchr1\t1") + gzip.compress(b"1\tA\nchr2\t2\tB\n"),
                    file="members.tsv.gz"),
    "BGZF": Case(POS, subprocess.run(["bgzip", "-c"], input=b"chrom\tpos\tgene\n" + b"chr1\t7\tA\n" * 20_000,
                                     capture_output=True, check=True).stdout, file="file.tsv.bgz"),
    "BED": case(BED, "browser position chr7:1-2", "track name=x", "# a comment", "chr1\t0\t100\t1", "",
                "chr1\t50\t50\t", "chr2\t7\t8\tnan", header=False),
    "BED with another comment": case(BED, "; x", "#chr1\t0\t100\t1", "track x\t0\t100\t1".replace("x\t0", "y\t0"),
                                     header=False, comment=";"),
    "BED with a header": case(BED, "#chrom\tfirst\tlast\tscore", "#chr1\t0\t100\t1"),
    "fitcons.bed.gz": Case(BED, (CORPUS / "annotation-files" / "fitcons.bed.gz").read_bytes(), {"header": False}),
    "exac.vcf.gz as a table": Case(VCF, (CORPUS / "annotation-files" / "exac.vcf.gz").read_bytes(),
                                   {"comment": "#", "quote": "\0"}),
    "several chunks": chance(layout("CHR_POS_REF_ALT"), 18_000, 50, keys=["note"]),
}
CASES["encoding ISO-8859-1"] = Case(TEXT, "a\tb\tc\té\né\tÿ\xa0\t\x80\tü\n".encode("latin1"),
                                    {"encoding": "ISO-8859-1"})
CASES["encoding latin1"] = Case(TEXT, "a\tb\tc\né\t\"ÿ\t\"\t \n".encode("latin1"), {"encoding": "latin1"})
CASES["encoding US-ASCII"] = Case(TEXT, b"a\tb\tc\ne\t~\t!\n", {"encoding": "US-ASCII"})
del CASES["latin 1"], CASES["ascii"]
