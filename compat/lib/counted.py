"""What the kill loop knows: the rows, places and sums of positions of its files, and the ledger of a folder."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import made

RECORDS = {"f0.vcf": 40, "f1.vcf": 2_000, "f2.vcf": 9_000, "f3.vcf": 25_000}
SAMPLES = {"f0.vcf": 3, "f1.vcf": 2, "f2.vcf": 1, "f3.vcf": 1}
ROWS = {"t0.tsv": 30, "t1.tsv": 20_000}
TSV = {"annotationType": "CHR_POS_REF_ALT",
       "schema": [{"chrom": "STRING"}, {"pos": "LONG"}, {"ref": "STRING"}, {"alt": "STRING"}],
       "formatToHeader": {"CHR": "chrom", "POS": "pos", "REF": "ref", "ALT": "alt"}}


def make_files(bucket: Path) -> None:
    bucket.mkdir()
    for name, records in RECORDS.items():
        made.big_vcf(bucket / name, records, samples=SAMPLES[name], contig=name)
    for name, rows in ROWS.items():
        (bucket / name).write_text("chrom\tpos\tref\talt\n" + "".join(
            f"{name}\t{at + 1}\tA\tC\n" for at in range(rows)))
    choose = random.Random(1)
    (bucket / "ref.fa").write_text(">f1.vcf\n" + "".join("".join(choose.choices("ACGT", k=60)) + "\n"
                                                         for _ in range(4_000)))


def expected(name: str) -> tuple[int, int, int]:
    """Rows, distinct places and sum of positions that a file gives."""
    if name in ROWS:
        return ROWS[name], ROWS[name], sum(range(ROWS[name]))
    records, samples = RECORDS[name], SAMPLES[name]
    return records * samples, records * samples, samples * sum(999 + at * 7 for at in range(records))


@dataclass
class Ledger:
    """What is known of one folder. A copy of the folder has a copy of it."""

    answered: dict[str, set[str]] = field(default_factory=lambda: {"variant": set(), "annotation": set()})
    # job -> as it ended
    ended: dict[str, dict[str, dict]] = field(default_factory=lambda: {"variant": {}, "annotation": {}})
    deleted: set[str] = field(default_factory=set)  # stores whose deletion was answered
    kept: bool = True  # the store `kept` was never asked to go
