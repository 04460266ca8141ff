"""What the variant table must hold for one VCF file: an independent reading of the rules.

The rules are the table schema of the service (one row per record and sample, 0-based half-open coordinates, NULLs for
'.') and Varlake's documented choices (docs/schema.md). The text of the file is read here in plain Python, by rules of
its own that share nothing with the product; bcftools.py then holds this reading to what bcftools says of the same
file, where it can read it. What bcftools refuses (empty genotypes, odd declarations, GT in another place than the
first) is read here all the same, so that those values are compared too.

Site columns are kept once per record and genotype columns once per distinct (FORMAT, cell) pair; a row
of the table is three indices, so that files of millions of rows fit and compare in seconds.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

TEXT_LIST = pa.list_(pa.string())
INT_LIST = pa.list_(pa.int32())
TEXT_MAP = pa.map_(pa.string(), pa.string())

SITE_COLUMNS = {
    "contigname": pa.string(),
    "start": pa.int64(),
    "end": pa.int64(),
    "names": TEXT_LIST,
    "referenceallele": pa.string(),
    "alternatealleles": TEXT_LIST,
    "qual": pa.float64(),
    "filters": TEXT_LIST,
    "attributes": TEXT_MAP,
}
CALL_COLUMNS = {
    "phased": pa.bool_(),
    "calls": INT_LIST,
    "genotypelikelihoods": pa.list_(pa.float64()),
    "phredlikelihoods": INT_LIST,
    "alleledepths": INT_LIST,
    "conditionalquality": pa.int32(),
    "spl": INT_LIST,
    "depth": pa.int32(),
    "ps": pa.int32(),
    "information": TEXT_MAP,
}
# The order of the table's DDL.
TABLE_COLUMNS = [
    "importjobid", "contigname", "start", "end", "names", "referenceallele", "alternatealleles", "qual",
    "filters", "splitfrommultiallelic", "attributes", "phased", "calls", "genotypelikelihoods",
    "phredlikelihoods", "alleledepths", "conditionalquality", "spl", "depth", "ps", "sampleid",
    "information", "annotations",
]

# FORMAT id -> (column, Type the header must declare, is a list)
OWN_COLUMN = {
    "GL": ("genotypelikelihoods", "Float", True),
    "PL": ("phredlikelihoods", "Integer", True),
    "AD": ("alleledepths", "Integer", True),
    "GQ": ("conditionalquality", "Integer", False),
    "SPL": ("spl", "Integer", True),
    "DP": ("depth", "Integer", False),
    "PS": ("ps", "Integer", False),
}
ALIAS = {
    "FT": "genotype_filters",
    "GP": "posteriorprobabilities",
    "HQ": "haplotypequalities",
    "EC": "expectedallelecounts",
    "MQ": "mappingquality",
}
NUMBER = re.compile(r"\d+|-1|[ARG.]|L[ARG]|[PM]")  # LA, LR, LG, P and M since VCF 4.4 and 4.5
TYPES = {"Integer", "Float", "Flag", "Character", "String"}
CALL_ORDER = list(CALL_COLUMNS)
NO_CALL = (None,) * len(CALL_ORDER)


class Malformed(Exception):
    """The file cannot be read as a VCF at all."""


@dataclass
class Header:
    version: str = ""
    columns: list[str] = field(default_factory=list)
    info: dict[str, tuple[str, str]] = field(default_factory=dict)  # id -> (Number, Type)
    format: dict[str, tuple[str, str]] = field(default_factory=dict)
    vep: dict[str, str] = field(default_factory=dict)  # INFO id -> Description
    lines: list[str] = field(default_factory=list)
    blanks: str = ""  # a pattern of what separates the columns of records without tabs; "": none are read

    @property
    def samples(self) -> list[str]:
        return self.columns[9:]


def read(path) -> tuple[Header, list[tuple[int, str]]]:
    """The header and the record lines (1-based line number, text) of a plain, gzip or BGZF file."""
    with open(path, "rb") as f:
        packed = f.read(2) == b"\x1f\x8b"
    with (gzip.open if packed else open)(path, "rb") as f:
        lines = f.read().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    header, records = Header(), []
    for number, line in enumerate(lines, 1):
        line = decoded(line.removesuffix(b"\r"))
        if line.startswith("##"):
            header.lines.append(line)
            _meta(header, line)
        elif line.startswith("#CHROM") and not header.columns:
            header.lines.append(line)
            _columns(header, line)
        elif line.strip():
            if len(header.columns) < 8:
                raise Malformed(f"line {number}: a record before a complete #CHROM line")
            records.append((number, tabbed(header, number, line)))
    return header, records


def decoded(line: bytes) -> str:
    """UTF-8, or else Latin-1, in which every byte is a character."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _columns(header: Header, line: str) -> None:
    """The columns of #CHROM, where some have spaces for tabs. Between tabs spaces are of a sample's name."""
    line = line.rstrip("\t")
    first, _, rest = line.partition("\t")
    if not rest:
        header.columns = [word for word in line.split(" ") if word]
        if " " in line:
            header.blanks = " +" if "  " in line.strip(" ") else " "
    elif " " in first or line.count("\t") < 7:
        fixed = re.match(r"(?:[^ \t]+[ \t]+){9}", line)
        fixed, names = (fixed[0], line[fixed.end():]) if fixed else (line, "")
        by_tabs = "\t" in names or "\t" in fixed[len(fixed.rstrip(" \t")):]
        names = names.split("\t") if by_tabs else names.split(" ")
        header.columns = fixed.split() + [name.strip(" ") for name in names if by_tabs or name]
    else:
        header.columns = line.split("\t")
        if len(header.columns) <= 9:
            header.columns[-1] = header.columns[-1].rstrip(" ")


def tabbed(header: Header, number: int, line: str) -> str:
    """The record with tabs between columns, where it has spaces for them: as many columns as the header, or
    Malformed."""
    if "\t" in line or not header.blanks:
        return line
    columns = re.split(header.blanks, line.strip(" ") if "+" in header.blanks else line)
    if len(columns) != len(header.columns):
        raise Malformed(f"line {number}: {len(columns)} columns by spaces, the header has {len(header.columns)}")
    return "\t".join(columns)


def _meta(header: Header, line: str) -> None:
    if line.startswith("##fileformat="):
        header.version = line.partition("=")[2].strip()
    match = re.match(r"##(INFO|FORMAT)=<(.*?)>?\s*$", line)
    if not match:
        return
    fields = {}
    for key, quoted, bare in re.findall(r'([^=,\s]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))', match[2]):
        fields.setdefault(key, quoted or bare.strip())
    number, kind = fields.get("Number", ""), fields.get("Type", "")
    if not fields.get("ID") or not NUMBER.fullmatch(number) or kind not in TYPES or (number == "0") != (kind == "Flag"):
        return  # no definition; a Description may lack or be without quotes
    target = header.info if match[1] == "INFO" else header.format
    target.setdefault(fields["ID"], (number, kind))
    if match[1] == "INFO":
        header.vep.setdefault(fields["ID"], fields.get("Description", ""))


def split_or_null(text: str, separator: str):
    return None if text in (".", "") else text.split(separator)


def attributes(text: str) -> list[tuple[str, str | None]]:
    """Every INFO entry, key and raw text; a Flag (no '=') has the empty string, `KEY=` none.

    A key that comes again goes on in the value of the first, as the file has it: `DP=1;DP=2` is `1;DP=2`. What is
    repeated word for word is there once.
    """
    if text in (".", ""):
        return []
    pairs: dict[str, str | None] = {}
    for entry in dict.fromkeys(text.split(";")):
        if entry:
            key, equals, value = entry.partition("=")
            if key in pairs:
                pairs[key] = f"{pairs[key] or ''};{entry}"
            else:
                pairs[key] = value or ("" if not equals else None)
    return list(pairs.items())


def end_of(info: list[tuple[str, str | None]], start: int, ref: str) -> int:
    """INFO/END (declared or not, for the key is reserved) unless it lies before POS or is not one integer, else the
    end of REF.

    Of an END that is repeated the last counts, as in htslib.
    """
    for value in reversed((dict(info).get("END") or "").split(";END=")):
        if re.fullmatch(r"[+-]?\d+", value) and int(value) > start:
            return int(value)
    return start + len(ref)


# Alleles whose SVLEN is a length on the reference (VCF 4.4, 1.6.1 and 3): an insertion's is not.
ON_REFERENCE = re.compile(r"<(?:DEL|DUP|INV|CNV)(?::[^>]*)?>")


def lengths(version: str, pairs, alts: str, keys: list[str], cells: list[str]) -> list[int]:
    """How many bases beside END and REF the record says it covers.

    VCF 4.4 computes the end of a symbolic allele from INFO/SVLEN, 4.5 also that of a reference block from FORMAT/LEN;
    the longest counts, as in htslib 1.22 (which does so whatever the version). Earlier versions: none.
    """
    found = []
    if version >= "VCFv4.4":
        # An SVLEN of <DEL> and its like excludes the base before the event, which POS names.
        for alt, size in zip(alts.split(","), (dict(pairs).get("SVLEN") or "").split(",")):
            if ON_REFERENCE.fullmatch(alt) and re.fullmatch(r"[+-]?\d+", size):
                found.append(abs(int(size)) + 1)
    if version >= "VCFv4.5" and "LEN" in keys and {"<*>", "<NON_REF>"} & set(alts.split(",")):
        at = keys.index("LEN")
        values = [cell.split(":") for cell in cells]
        found += [int(v[at]) for v in values if len(v) > at and v[at].isdigit()]
    return found


class CellReader:
    """Turns the sample cells of one FORMAT column into genotype column values."""

    def __init__(self, header: Header, text: str):
        self.keys = [] if text in (".", "") else text.split(":")
        self.plan = [self._place(header, key) for key in self.keys]

    @staticmethod
    def _place(header: Header, key: str):
        number, kind = header.format.get(key, ("", ""))
        if key == "GT":
            return "GT", None
        if key in OWN_COLUMN:
            column, wanted, is_list = OWN_COLUMN[key]
            undeclared = key not in header.format
            if undeclared or kind == wanted:
                return "list" if is_list else "one", (CALL_ORDER.index(column), float if wanted == "Float" else integer)
            return "text", (key.lower(), number == "1", kind in ("Integer", "Float"))
        name = ALIAS.get(key, key.lower())
        return "text", (name, number == "1" or key not in header.format, kind in ("Integer", "Float"))

    def read(self, cell: str) -> tuple:
        if not self.keys:
            return NO_CALL
        values = cell.split(":")
        if len(values) > len(self.keys):
            raise ValueError(f"{cell!r} has more fields than FORMAT {self.keys}")
        values += ["."] * (len(self.keys) - len(values))
        out: list = [None] * len(CALL_ORDER)
        information = []  # (key in FORMAT, name, value)
        for key, (what, how), text in zip(self.keys, self.plan, values):
            missing = text in (".", "")
            if what == "text":
                name, verbatim, numeric = how
                information.append((key, name, None if missing else text if verbatim else listed(text, numeric)))
                continue
            try:
                if what == "GT":
                    out[0], out[1] = genotype(text)
                elif not missing:
                    column, parse = how
                    out[column] = parse(text) if what == "one" else [
                        None if item in (".", "") else parse(item) for item in text.split(",")]
            except ValueError:  # it has no place in the column: text, as it is
                information.append((key, key.lower(), text))
        out[-1] = named(information) or None
        return tuple(out)


def named(information: list[tuple[str, str, str | None]]) -> list[tuple[str, str | None]]:
    """Of keys with one name the one that is written so has it, else the first; the others keep theirs as it is."""
    owner: dict[str, str] = {}
    for key, name, _ in information:
        if key == name or name not in owner:
            owner[name] = key
    return [(name if owner[name] == key else key, value) for key, name, value in information]


def integer(text: str) -> int:
    """A number that BCF, htsjdk and the table's column hold: 32 bits without the eight values that BCF reserves."""
    if not re.fullmatch(r"[+-]?[0-9]+", text) or not -(2**31) + 8 <= int(text) < 2**31:
        raise ValueError(f"{text!r} is no integer of 32 bits")
    return int(text)


def genotype(text: str) -> tuple[bool, list[int]]:
    """Phased, and the alleles: an empty genotype is one missing allele, as `.` is."""
    alleles = re.split(r"[/|]", text)
    if len(alleles) > 1 and alleles[0] == "":  # VCF 4.4: the first allele may carry a phasing mark
        alleles = alleles[1:]
    return "|" in text, [-1 if allele in (".", "") else integer(allele) for allele in alleles]


def listed(text: str, numeric: bool) -> str:
    items = text.split(",")
    return "[" + ", ".join("null" if numeric and item in (".", "") else item for item in items) + "]"


class Expected:
    """The rows a file must give. `normalised` replaces (start, REF, ALT, INFO/END) per record, in file order. `text` is
    what read(path) gave, if it was called."""

    def __init__(self, path, job_id: str, normalised=None, vep: str | None = None, text=None):
        self.path, self.job_id = str(path), job_id
        self.header, self.records = text or read(path)
        self.samples = self.header.samples
        self.lines = np.array([number for number, _ in self.records], dtype=np.int64)
        sites: dict[str, list] = {name: [] for name in SITE_COLUMNS}
        cells: list[tuple] = []
        cell_ids: list[int] = []
        readers: dict[str, tuple[CellReader, dict[str, int]]] = {}
        self.vep_text: list[str | None] | None = [] if vep else None
        self.vep_key = vep
        for at, (number, line) in enumerate(self.records):
            columns = line.split("\t")
            try:
                self._site(sites, columns, normalised[at] if normalised else None)
                self._cells(columns, readers, cells, cell_ids)
            except (ValueError, IndexError) as err:
                raise Malformed(f"{path}: line {number}: {err}") from err
            if vep:
                self.vep_text.append(dict(sites["attributes"][-1]).get(vep))
        self.sites = pa.table({n: pa.array(sites[n], t) for n, t in SITE_COLUMNS.items()})
        self.cells = pa.table(
            {n: pa.array([c[i] for c in cells], t) for i, (n, t) in enumerate(CALL_COLUMNS.items())})
        width = max(1, len(self.samples))
        self.record_of = np.repeat(np.arange(len(self.records), dtype=np.int64), width)
        self.sample_of = np.tile(np.arange(width, dtype=np.int64), len(self.records))
        self.cell_of = np.array(cell_ids, dtype=np.int64)
        self.sample_names = pa.array(self.samples or [None], pa.string())

    @property
    def rows(self) -> int:
        return len(self.record_of)

    def _site(self, sites, columns, normalised) -> None:
        contig, pos, names, ref, alt, qual, filters, info = columns[:8]
        start = int(pos) - 1
        pairs = attributes(info)
        if normalised:
            start, ref, alt, end = normalised
            pairs = [(key, end if key == "END" and end is not None else value) for key, value in pairs]
        sites["contigname"].append(contig)
        sites["start"].append(start)
        keys = columns[8].split(":") if len(columns) > 8 else []
        covered = lengths(self.header.version, pairs, alt, keys, columns[9:])
        sites["end"].append(max([end_of(pairs, start, ref), *(start + length for length in covered)]))
        sites["names"].append(split_or_null(names, ";"))
        sites["referenceallele"].append(ref)
        sites["alternatealleles"].append(split_or_null(alt, ","))
        sites["qual"].append(None if qual in (".", "") else float(qual))
        sites["filters"].append(split_or_null(filters, ";"))
        sites["attributes"].append(pairs)

    def _cells(self, columns, readers, cells, cell_ids) -> None:
        if not self.samples:
            reader, seen = readers.setdefault("", (CellReader(self.header, ""), {}))
            values = [""]
        else:
            text = columns[8] if len(columns) > 8 else "."
            if text not in readers:
                readers[text] = (CellReader(self.header, text), {})
            reader, seen = readers[text]
            values = columns[9:]
            while len(values) > len(self.samples) and values[-1] == "":  # tabs at the end of the line
                values.pop()
            if len(values) != len(self.samples):
                raise ValueError(f"{len(values)} sample columns, header has {len(self.samples)}")
        for value in values:
            found = seen.get(value)
            if found is None:
                found = seen[value] = len(cells)
                cells.append(reader.read(value))
            cell_ids.append(found)

    def take(self, column: str, rows: np.ndarray) -> pa.Array:
        """The expected values of one column at the given row numbers."""
        if column == "importjobid":
            return pa.array([self.job_id], pa.string()).take(pa.array(np.zeros(len(rows), np.int64)))
        if column == "splitfrommultiallelic":
            return pa.array(np.zeros(len(rows), bool))
        if column == "sampleid":
            return self.sample_names.take(pa.array(self.sample_of[rows]))
        if column in SITE_COLUMNS:
            return _one(self.sites[column]).take(pa.array(self.record_of[rows]))
        return _one(self.cells[column]).take(pa.array(self.cell_of[rows]))

    def row(self, number: int) -> dict:
        """One expected row as Python values."""
        at = np.array([number])
        names = [n for n in TABLE_COLUMNS if n != "annotations"]
        return {name: self.take(name, at)[0].as_py() for name in names}


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
