"""What bcftools says of a VCF file, and whether our own reading of its text agrees.

bcftools reformats as it reads: floats become float32 printed with six digits, numbers it cannot hold
become '.', values of Flags are dropped, dropped trailing FORMAT fields come back as '.'. So each field of
`bcftools view` is compared with the file's text by meaning; the file's spelling is then the expected one.
Start and end are taken from `bcftools query`, which derives them by itself.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
import tempfile

import numpy as np

import expect


class Refused(Exception):
    """bcftools could not read the file (or, for norm, the file disagrees with the reference)."""


def run(*arguments: str, refusing: str | None = None) -> str:
    """What bcftools prints; refusing is a word in its warnings that counts as a refusal too."""
    done = subprocess.run(["bcftools", *arguments], capture_output=True, timeout=300)
    words = done.stderr.decode(errors="replace")
    if done.returncode != 0 or (refusing and refusing in words):
        raise Refused(f"bcftools {' '.join(arguments)}: {words.strip()[-500:]}")
    try:
        return done.stdout.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(map(expect.decoded, done.stdout.split(b"\n")))


def body(text: str) -> list[str]:
    return [line for line in text.split("\n") if line and not line.startswith("#")]


def same_number(ours: str, theirs: str) -> bool:
    try:
        a, b = float(np.float32(float(ours))), float(theirs)
    except (ValueError, OverflowError):
        return False
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or math.isclose(a, b, rel_tol=6e-6)


def beyond_int32(text: str) -> bool:
    """Values htslib cannot hold; it reads them as missing."""
    return bool(re.fullmatch(r"[+-]?\d+", text)) and not -(2**31) + 8 <= int(text) < 2**31


def same_value(ours: str, theirs: str, kind: str) -> bool:
    if ours == theirs or (ours == "" and theirs == "."):
        return True
    if kind == "Flag":
        return theirs == ""
    if kind not in ("Integer", "Float"):
        return False
    a, b = ours.split(","), theirs.split(",")
    if len(a) != len(b):
        return set(a) <= {".", ""} and b == ["."]
    for x, y in zip(a, b):
        if x == y or (x == "" and y == "."):
            continue
        if kind == "Float" and same_number(x, y):
            continue
        if kind == "Integer" and ((y == "." and beyond_int32(x)) or _same_int(x, y)):
            continue
        if not _is(kind, x) and (y == "." or _begins(kind, x, y)):
            continue
        return False
    return True


def _is(kind: str, text: str) -> bool:
    """Whether the text is a value of the Type: what is none comes back from htslib cut short or as missing."""
    if kind == "Integer":
        return bool(re.fullmatch(r"[+-]?\d+", text))
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _begins(kind: str, text: str, theirs: str) -> bool:
    """htslib reads the number that a text begins with, and passes over the rest."""
    number = re.match(r"[+-]?\d+" if kind == "Integer" else r"[+-]?\d+\.?\d*", text)
    return bool(number) and same_number(number[0], theirs)


def _same_int(a: str, b: str) -> bool:
    return bool(re.fullmatch(r"[+-]?\d+", a) and re.fullmatch(r"[+-]?\d+", b)) and int(a) == int(b)


def same_genotype(ours: str, theirs: str) -> bool:
    if ours == theirs or (ours in ("", ".") and set(theirs) <= set("./|")):
        return True
    return ours.lstrip("/|") == theirs.lstrip("/|")


def disagreements(path, header: expect.Header, records, limit: int = 20) -> list[str]:
    """Where the text of the file and bcftools' view and query of it do not mean the same."""
    seen: dict[tuple[str, str, str], bool] = {}
    found: list[str] = []
    theirs = body(run("view", "--no-version", str(path)))
    places = run("query", "-f", "%CHROM\t%POS0\t%END\n", str(path)).split("\n")[:-1]
    if not len(theirs) == len(places) == len(records):
        return [f"{path}: {len(records)} records in the text, {len(theirs)} in bcftools view, {len(places)} in query"]
    for (number, line), other, place in zip(records, theirs, places):
        words = list(_line(header, line, other, place, seen))
        found += [f"line {number}: {word}" for word in words]
        if len(found) >= limit:
            break
    return found


def _line(header, line, other, place, seen):
    ours, theirs = line.split("\t"), other.split("\t")
    contig, start, end = place.split("\t")
    pairs = expect.attributes(ours[7])
    if (contig, int(start)) != (ours[0], int(ours[1]) - 1):
        yield f"place {ours[0]}:{ours[1]}, bcftools query {contig}:{start} (0-based)"
    # htslib looks at END only where the header declares it.
    our_end = expect.end_of(pairs if "END" in header.info else [], int(start), ours[3])
    if int(end) != our_end:
        yield f"end {our_end}, bcftools query {end}"
    if line == other:
        return
    for name, at in (("CHROM", 0), ("POS", 1), ("ID", 2), ("REF", 3), ("ALT", 4), ("FILTER", 6)):
        # htslib drops an empty one at the end
        if ours[at] != theirs[at] and (name != "FILTER" or ours[at].rstrip(";") != theirs[at]):
            yield f"{name} {ours[at]!r}, bcftools {theirs[at]!r}"
    if ours[5] != theirs[5] and not same_number(ours[5], theirs[5]):
        yield f"QUAL {ours[5]!r}, bcftools {theirs[5]!r}"
    yield from _info(header, pairs, expect.attributes(theirs[7]))
    if header.samples:
        yield from _cells(header, ours[8:], theirs[8:], seen)


def _info(header, ours, theirs):
    if [key for key, _ in ours] != [key for key, _ in theirs]:
        yield f"INFO keys {[k for k, _ in ours]}, bcftools {[k for k, _ in theirs]}"
        return
    for (key, a), (_, b) in zip(ours, theirs):
        if a != b and not same_value(a or "", b or "", header.info.get(key, ("", ""))[1]):
            yield f"INFO/{key} {a!r}, bcftools {b!r}"


def _cells(header, ours, theirs, seen):
    if ours[:1] != theirs[:1]:
        yield f"FORMAT {ours[:1]}, bcftools {theirs[:1]}"
        return
    keys = ours[0].split(":") if ours else []
    if len(ours) != len(theirs):
        yield f"{len(ours) - 1} samples, bcftools {len(theirs) - 1}"
    for sample, a, b in zip(header.samples, ours[1:], theirs[1:]):
        if a == b:
            continue
        known = seen.get((ours[0], a, b))
        if known is None:
            known = seen[ours[0], a, b] = all(_same_fields(header, keys, a.split(":"), b.split(":")))
        if not known:
            yield f"{sample} {ours[0]} {a!r}, bcftools {b!r}"


def _same_fields(header, keys, ours, theirs):
    ours = ours + ["."] * (len(keys) - len(ours))
    theirs = theirs + ["."] * (len(keys) - len(theirs))
    yield len(ours) == len(theirs) == len(keys)
    for key, a, b in zip(keys, ours, theirs):
        if key == "GT":
            yield same_genotype(a, b)
        else:
            yield same_value(a, b, header.format.get(key, ("", ""))[1])


def normalised(reference, header: expect.Header, records) -> list[tuple[int, str, str, str | None]]:
    """(0-based start, REF, ALT, INFO/END) of every record, in the file's order, as `bcftools norm -f REF` has it.

    norm sets an INFO/END that the record has to the end of a REF it changed; None stands for no END.

    norm reorders records, so each is given its line number as ID first; genotypes are left out, for they
    cannot change without -m.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "tagged.vcf")
        with open(source, "w", encoding="utf-8", newline="\n") as out:
            for line in header.lines:
                columns = line.split("\t")
                out.write("\t".join(columns[:8] if line.startswith("#CHROM") else columns) + "\n")
            for number, line in records:
                columns = line.split("\t")[:8]
                columns[2] = f"L{number}"
                out.write("\t".join(columns) + "\n")
        local = os.path.join(folder, "reference.fa")
        os.symlink(os.path.abspath(reference), local)  # faidx writes its index beside the file
        try:
            answer = run("norm", "--no-version", "-f", local, source)
        except Refused as err:
            # Letters that norm will not work on are no refusal of ours, unless REF and the reference differ by them.
            odd = re.search(r"Non-ACGTN reference allele .* REF_SEQ:'(\w+)' vs VCF:'(\w+)'", str(err))
            if odd and odd[1].upper() != odd[2].upper():
                raise
            answer = run("norm", "--no-version", "-cw", "-f", local, source, refusing="REF_MISMATCH")
    found = {}
    for line in body(answer):
        _, pos, name, ref, alt, _, _, info = line.split("\t")
        found[int(name[1:])] = (int(pos) - 1, ref, alt, dict(expect.attributes(info)).get("END"))
    if len(found) != len(records):
        raise Refused(f"bcftools norm: {len(found)} records of {len(records)}")
    return [found[number] for number, _ in records]
