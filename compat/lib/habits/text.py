"""A small VCF file from its lines."""

from __future__ import annotations

GT = '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'


def vcf(version: str, meta: str, records: str, samples: str = "") -> str:
    columns = "#CHROM POS ID REF ALT QUAL FILTER INFO" + (f" FORMAT {samples}" if samples else "")
    lines = [line.strip() for line in meta.strip().splitlines()]
    rows = [line.strip().replace(" ", "\t") for line in [columns, *records.strip().splitlines()]]
    return "\n".join([f"##fileformat=VCFv{version}", *lines, *rows]) + "\n"
