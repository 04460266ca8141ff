"""What the table of a TSV store must hold for one TSV, CSV or BED file: an independent reading of AWS's columns and
conversions (spec 1.5) and of Varlake's choices where AWS's lose data (docs/annotation.md)."""

from __future__ import annotations

import gzip
import re
import string
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

import bcftools
import expect

NEEDS = {  # annotationType -> the keys of formatToHeader
    "GENERIC": [],
    "CHR_POS": ["CHR", "POS"],
    "CHR_POS_REF_ALT": ["CHR", "POS", "REF", "ALT"],
    "CHR_START_END_ONE_BASE": ["CHR", "START", "END"],
    "CHR_START_END_REF_ALT_ONE_BASE": ["CHR", "START", "END", "REF", "ALT"],
    "CHR_START_END_ZERO_BASE": ["CHR", "START", "END"],
    "CHR_START_END_REF_ALT_ZERO_BASE": ["CHR", "START", "END", "REF", "ALT"],
}
ICEBERG = {"STRING": "string", "INT": "int", "LONG": "long", "FLOAT": "float", "DOUBLE": "double", "BOOLEAN": "boolean"}
ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

MARKS = ("", ".", "-", "NA", "N/A", "na", "n/a", "NULL", "null", "None", "none", "?", "*", r"\N")


class Malformed(Exception):
    """The file must be refused."""


@dataclass
class Layout:
    """A TSV store's options: what is asked of the API and what follows from it."""

    kind: str | None  # annotationType
    columns: dict[str, str]  # name -> type
    roles: dict[str, str] = field(default_factory=dict)  # formatToHeader

    def wire(self) -> dict:
        options = {"schema": [{name: kind} for name, kind in self.columns.items()], "formatToHeader": self.roles}
        return options | ({"annotationType": self.kind} if self.kind else {})

    @property
    def adds_end(self) -> bool:
        return "POS" in NEEDS[self.kind or "GENERIC"]

    def shape(self) -> list[tuple[str, str]]:
        shape = [(name, ICEBERG[kind]) for name, kind in self.columns.items()]
        return shape + [("end", "int")] * self.adds_end + [("importjobid", "string"),
                                                           ("information", "map<string, string>")]

    @property
    def place(self) -> dict[str, str]:
        """Role -> column, of the roles that this annotation type has."""
        return {role: self.roles[role].translate(ASCII_LOWER) for role in NEEDS[self.kind or "GENERIC"]}


@dataclass
class Options:
    """readOptions; what a request leaves out keeps these."""

    sep: str = "\t"
    quote: str = '"'
    escape: str = "\\"
    comment: str | None = None
    encoding: str = "UTF-8"
    header: bool = True
    lineSep: str = "\n"
    quoteAll: bool = False
    escapeQuotes: bool = True


def rows(data: bytes, layout: Layout, read: dict | None = None) -> list[dict]:
    """The rows without importjobid; "line" is the number of the line."""
    return [placed(layout, row) for row in as_written(data, layout, read)]


def as_written(data: bytes, layout: Layout, read: dict | None = None) -> list[dict]:
    """The typed values of every row, coordinates still those of the file."""
    options = Options(**(read or {}))
    lines = text_lines(data, options)
    header = None
    if options.header:
        number, line = header_line(lines, options, layout)
        lines = [(n, line) for n, line in lines if n > number]
        header = cells(line, options) if number else None
    targets = columns(header, layout)
    found = []
    for number, line in lines:
        if not line.strip() or comment(line, options, layout):
            continue
        values = cells(line, options)
        if len(values) != len(targets):
            raise Malformed(f"line {number}: {len(values)} columns, not {len(targets)}")
        row: dict = {"line": number, "information": {}}
        for (name, known), (value, quoted) in zip(targets, values):
            if known:
                row[name] = convert(value, quoted, layout.columns[name])
            else:
                row["information"][name] = value if value or quoted else None
        row["information"] = row["information"] or None
        found.append(row)
    return found


def text_lines(data: bytes, options: Options) -> list[tuple[int, str]]:
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    text = data.decode({"UTF-8": "utf-8-sig"}.get(options.encoding, options.encoding))
    end = {"\\r": "\r", "\\n": "\n", "\r\n": "\n", "\\r\\n": "\n"}.get(options.lineSep, options.lineSep)
    lines = text.split(end)
    return list(enumerate([line.removesuffix("\r") for line in lines] if end == "\n" else lines, 1))


def comment(line: str, options: Options, layout: Layout) -> bool:
    if options.comment:
        if line.startswith(options.comment):
            return True
    bed = not options.header and layout.kind in ("CHR_START_END_ZERO_BASE", "CHR_START_END_REF_ALT_ZERO_BASE")
    return bed and line.startswith(("track ", "browser ", *([] if options.comment else ["#"])))


def header_line(lines: list[tuple[int, str]], options: Options, layout: Layout) -> tuple[int, str]:
    """The line that names the columns; (0, "") when no line can."""
    passed: list[tuple[int, str]] = []  # comments
    for number, line in lines:
        if names_all(line, options, layout):
            return number, line
        if comment(line, options, layout):
            passed.append((number, line))
        elif line.strip():
            break
    else:
        return 0, ""
    fitting = [(n, text) for n, text in passed if likeness(text, options, layout) in ("header", "either")]
    below = likeness(line, options, layout)
    if not fitting or below == "header":
        return number, line
    certain = fitting[-1] == passed[-1] and len(layout.columns) > 1
    if below == "neither":
        return fitting[-1] if certain else (number, line)
    named = any(column_name(text) == name for (text, _), name in zip(cells(line, options), layout.columns))
    if below == "either" and (named or not certain):
        raise Malformed(f"line {number} may be the header or a row")
    return fitting[-1]


def likeness(line: str, options: Options, layout: Layout) -> str:
    """What a line could be by the schema's order: "row" when it has a number where the schema has one, "header" when
    it has only words there."""
    try:
        values = [text.strip(" \t") for text, _ in cells(line, options)]
    except Malformed:
        return "neither"
    if len(values) != len(layout.columns):
        return "neither"
    numeric = [text for text, kind in zip(values, layout.columns.values()) if kind not in ("STRING", "BOOLEAN")
               and text not in MARKS]
    if any(re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text) for text in numeric):
        return "row"
    return "header" if numeric else "either"


def names_all(line: str, options: Options, layout: Layout) -> bool:
    try:
        return {column_name(text) for text, _ in cells(line, options)} >= set(layout.columns)
    except Malformed:
        return False


def column_name(text: str) -> str:
    return re.sub("[^a-z0-9_]", "_", text.strip(" \t#").translate(ASCII_LOWER))


def columns(header, layout: Layout) -> list[tuple[str, bool]]:
    """For each column of the file its name in the table and whether the schema has it; else it is a key of
    information."""
    if header is None:
        return [(name, True) for name in layout.columns]
    names = [column_name(text) for text, _ in header]
    if not set(layout.columns) <= set(names):
        if len(names) != len(layout.columns):
            raise Malformed("the header is not the schema's")
        return [(name, True) for name in layout.columns]
    found: list[tuple[str, bool]] = []
    for at, name in enumerate(names):
        known = name in layout.columns
        if not known:
            name = f"_c{at}" if not name else f"{name}{at}" if names.count(name) > 1 else name
        found.append((name, known))
    return found


def cells(line: str, options: Options) -> list[tuple[str, bool]]:
    """The values of a row, and whether each was quoted."""
    separator = options.sep.encode().decode("unicode_escape") if "\\" in options.sep else options.sep
    q, e, s = (re.escape(text) if text and text != "\0" else None
               for text in (options.quote, options.escape, separator))
    bare = re.compile(f"(.*?)({s}|$)", re.S)
    inside = "|".join(filter(None, [e and f"{e}[{q}{e}]", q and f"{q}{q}", q and f"[^{q}]"]))
    quoted = q and re.compile(f"{q}((?:{inside})*+){q}(?:(?!{s})[ \t])*({s}|$)", re.S)
    found, at = [], 0
    while True:
        within = bool(q) and line.startswith(options.quote, at)
        match = (quoted if within else bare).match(line, at)
        if not match:
            raise Malformed(f"a quote that is not closed or goes on: {line[at:]!r}")
        value = match[1]
        if within:
            value = re.sub("|".join(filter(None, [e and f"{e}([{q}{e}])", f"({q}){q}"])),
                           lambda m: m[m.lastindex], value)
        found.append((value, within))
        at = match.end()
        if not match[2]:
            return found


def convert(text: str, quoted: bool, kind: str):
    if not text:
        return "" if quoted and kind == "STRING" else None
    if kind == "STRING":
        return text
    text = text.strip(" \t")
    if kind in ("INT", "LONG"):
        bits = 31 if kind == "INT" else 63
        if not re.fullmatch(r"[+-]?[0-9]+", text) or not -(2**bits) <= int(text) < 2**bits:
            raise Malformed(f"{text!r} is no {kind}")
        return int(text)
    if kind == "BOOLEAN":
        if text.lower() not in ("true", "false"):
            raise Malformed(f"{text!r} is no BOOLEAN")
        return text.lower() == "true"
    if re.fullmatch(r"[+-]?(nan|inf|infinity)", text, re.I):
        return float(text)
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text):
        raise Malformed(f"{text!r} is no {kind}")
    value = float(text) if kind == "DOUBLE" else single(text)
    if abs(value) == float("inf"):
        raise Malformed(f"{text!r} is beyond {kind}")
    return value


def single(text: str) -> float:
    """The 32-bit number nearest to a decimal one, rounded once."""
    exact = Fraction(re.sub(r"\.(?=[eE]|$)", "", text))
    with np.errstate(over="ignore"):
        near = np.float32(float(text))
        around = [np.nextafter(near, np.float32(-np.inf)), near, np.nextafter(near, np.float32(np.inf))]
    if not np.isfinite(near):
        return float(near)
    best = min(filter(np.isfinite, around),
               key=lambda one: (abs(Fraction(float(one)) - exact), one.view(np.uint32) % 2))
    return -0.0 if best == 0 and text.startswith("-") else float(best)


def placed(layout: Layout, row: dict) -> dict:
    """A row with the coordinates that the table has (spec 1.5)."""
    place = layout.place
    if "POS" in place:
        width = len(row[place["REF"]]) if "REF" in place else 1
        return row | {place["POS"]: row[place["POS"]] - 1, "end": row[place["POS"]] - 1 + width}
    if "START" in place and "ONE_BASE" in layout.kind:
        return row | {place["START"]: row[place["START"]] - 1}
    return row


def normalised(data: bytes, layout: Layout, reference, read: dict | None = None) -> list[dict]:
    """One row for each ALT: what `bcftools norm -f reference` makes of the biallelic record."""
    split = []
    for row in rows(data, layout, read):
        split += [row | {layout.place["ALT"]: alt} for alt in row[layout.place["ALT"]].split(",")]
    place = layout.place
    start, end = (place["POS"], "end") if layout.adds_end else (place["START"], place["END"])
    contigs = sorted({row[place["CHR"]] for row in split})
    header = expect.Header(lines=["##fileformat=VCFv4.2", *(f"##contig=<ID={contig}>" for contig in contigs),
                                  "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"])
    records = [(at, f"{row[place['CHR']]}\t{row[start] + 1}\t.\t{row[place['REF']]}\t{row[place['ALT']]}\t.\t.\t.")
               for at, row in enumerate(split)]
    out = []
    for row, (at, ref, alt, _) in zip(split, bcftools.normalised(reference, header, records)):
        moved = (at, ref) != (row[start], row[place["REF"]])
        out.append(row | {start: at, place["REF"]: ref, place["ALT"]: alt} | ({end: at + len(ref)} if moved else {}))
    return out
