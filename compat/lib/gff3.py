"""What the table of a GFF store must hold for one GFF3 file: an independent reading of the format's specification
(The Sequence Ontology, 1.26), of AWS's columns, and of Varlake's choices where both leave room (docs/annotation.md)."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from urllib.parse import unquote

SHAPE = [
    ("importjobid", "string"), ("seqid", "string"), ("source", "string"), ("type", "string"), ("start", "long"),
    ("end", "long"),
    ("score", "double"), ("strand", "string"), ("phase", "int"), ("id", "string"), ("name", "string"),
    ("alias", "string"),
    ("parent", "list<string>"), ("target", "string"), ("gap", "string"), ("derivesfrom", "string"),
    ("note", "list<string>"),
    ("dbxref", "list<string>"), ("ontologyterm", "list<string>"), ("is_circular", "boolean"),
    ("information", "map<string, string>"),
]
ONE = {"id": "ID", "name": "Name", "target": "Target", "gap": "Gap", "derivesfrom": "Derives_from",
       "iscircular": "Is_circular"}
LISTS = ["parent", "note", "dbxref", "ontologyterm"]


def text(path) -> str:
    data = Path(path).read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")


def rows(path) -> list[dict]:
    """The rows without importjobid; "line" is the number of the line."""
    found = []
    for number, line in enumerate(text(path).split("\n"), 1):
        line = line.removesuffix("\r")
        if line.startswith(">") or line.strip().upper() == "##FASTA":
            break
        if line.strip() and not line.startswith("#"):
            found.append({"line": number, **feature(line)})
    return found


def feature(line: str) -> dict:
    seqid, source, kind, start, end, score, strand, phase, attributes = line.split("\t")
    row = dict.fromkeys(name for name, _ in SHAPE[1:])
    row |= {"seqid": decoded(seqid), "source": decoded(source), "type": decoded(kind), "start": int(start) - 1,
            "end": int(end),
            "score": None if score == "." else float(score), "strand": None if strand == "." else strand,
            "phase": None if phase == "." else int(phase)}
    return row | read(attributes)


def decoded(text: str) -> str | None:
    return None if text == "." else unquote(text, errors="strict")


def read(column: str) -> dict:
    """Column 9: first all pairs, then what each column of the table takes of them."""
    pairs = []
    for entry in [] if column == "." else column.split(";"):
        if entry.strip(" \t"):
            tag, equals, value = entry.partition("=")
            assert equals, entry
            pairs.append((unquote(tag.strip(" \t"), errors="strict"), value.strip(" \t")))
    out: dict = {}
    left = [pair for pair in pairs if plain(pair[0]) not in {*ONE, *LISTS, "alias"}]
    for name, official in ONE.items():
        mine = [pair for pair in pairs if plain(pair[0]) == name]
        taken = ([pair for pair in mine if pair[0] == official] or mine)[:1]
        left += [pair for pair in mine if pair not in taken]
        value = unquote(taken[0][1], errors="strict") if taken else ""
        if name == "iscircular":
            out["is_circular"] = {"": None, "true": True, "1": True, "false": False, "0": False}[value.lower()]
        else:
            out[name] = value or None
    for name in LISTS:
        items = [item for tag, value in pairs if plain(tag) == name for item in value.split(",") if item]
        out[name] = [unquote(item, errors="strict") for item in items] or None
    out["alias"] = joined(value for tag, value in pairs if plain(tag) == "alias") or None
    grouped: dict[str, list[str]] = {}
    for tag, value in left:
        grouped.setdefault(tag.lower(), []).append(value)
    out["information"] = {key: joined(values) for key, values in grouped.items()} or None
    return out


def joined(values) -> str:
    return ",".join(filter(None, (unquote(value, errors="strict") for value in values)))


def plain(tag: str) -> str:
    return re.sub("_", "", tag).lower()
