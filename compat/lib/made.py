"""Files made for the tests: deterministic, of any size."""

from __future__ import annotations

import random
from pathlib import Path

HEADER = """##fileformat=VCFv4.2
##FILTER=<ID=q10,Description="Quality below 10">
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">
##INFO=<ID=DB,Number=0,Type=Flag,Description="Known">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">
##contig=<ID={contig}>
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{samples}
"""


def big_vcf(path: Path, records: int, samples: int = 1, contig: str = "22") -> Path:
    """`records` SNVs, sorted, of `samples` samples named s0, s1, ..."""
    with open(path, "w", encoding="ascii", newline="\n") as out:
        out.write(HEADER.format(contig=contig, samples="\t".join(f"s{n}" for n in range(samples))))
        for first in range(0, records, 10000):
            lines = []
            for at in range(first, min(records, first + 10000)):
                ref, alt = "ACGT"[at % 4], "CGTA"[at % 4]
                call = f"\t{at % 2}/1:{at % 31},{at % 29}:{at % 60}:{at % 99}"
                lines.append(f"{contig}\t{1000 + at * 7}\t.\t{ref}\t{alt}\t{at % 1000}.5\tPASS\t"
                             f"DP={at % 400};AF=0.{at % 1000:03d}\tGT:AD:DP:GQ{call * samples}\n")
            out.write("".join(lines))
    return path


def indels(path: Path, reference: Path, records: int, seed: int = 1) -> Path:
    """Records on a one-contig FASTA, most of which left normalisation moves or trims: deletions and
    insertions put far to the right in repeats, padded with shared bases on both sides, some multi-allelic."""
    lines = reference.read_text().split("\n")
    contig, bases = lines[0][1:].split()[0], "".join(lines[1:]).upper()
    choose = random.Random(seed)
    made = []
    while len(made) < records:
        at = choose.randrange(200, len(bases) - 400)
        unit = choose.randint(1, 6)
        shift = 0  # right-align a deletion of `unit` bases at `at`
        while (shift < 500 and bases[at + shift] == bases[at + unit + shift] != "N"
               and at + unit + shift < len(bases) - 200):
            shift += 1
        left = at + shift - choose.randint(1, 4)
        right = at + shift + unit + choose.randint(0, 5)
        window = bases[left:right]
        if "N" in window or len(window) <= unit + 1:
            continue
        cut = at + shift - left
        deletion = window[:cut] + window[cut + unit:]
        insertion = window[:cut] + window[cut:cut + unit] + window[cut:]
        snv = window[:-1] + ("A" if window[-1] != "A" else "C")
        alts = choose.choice([[deletion], [insertion], [deletion, insertion], [insertion, snv],
                              [deletion, "<DEL>"], [snv]])
        made.append((left, window, alts))
    made.sort()
    with open(path, "w", encoding="ascii", newline="\n") as out:
        out.write(HEADER.format(contig=contig, samples="s0\ts1"))
        for number, (left, ref, alts) in enumerate(made):
            call = f"0/{len(alts)}:" + ",".join(["7"] * (len(alts) + 1)) + ":14:50"
            out.write(f"{contig}\t{left + 1}\tv{number}\t{ref}\t{','.join(alts)}\t50\tPASS\tDP={number % 90}\tGT:AD:DP:GQ\t{call}\t./.\n")
    return path


def bad_vcf(path: Path, records: int,
            bad_line: str = "22\tnot-a-number\t.\tA\tC\t1\tPASS\t.\tGT:AD:DP:GQ\t0/1") -> Path:
    """A file whose last record is not a record."""
    big_vcf(path, records)
    with open(path, "a", encoding="ascii") as out:
        out.write(bad_line + "\n")
    return path
