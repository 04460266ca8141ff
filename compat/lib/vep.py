"""What `annotations` must hold for an INFO value written by Ensembl VEP (or SnpEff's ANN)."""

from __future__ import annotations

import re

PLAIN = {
    "Allele": "allele", "IMPACT": "impact", "SYMBOL": "symbol", "Gene": "gene", "Feature_type": "feature_type",
    "Feature": "feature", "BIOTYPE": "biotype", "HGVSc": "hgvsc", "HGVSp": "hgvsp",
    "cDNA_position": "cdna_position", "CDS_position": "cds_position", "Protein_position": "protein_position",
    "DISTANCE": "distance", "STRAND": "strand", "SYMBOL_SOURCE": "symbol_source", "HGNC_ID": "hgnc_id",
}
LISTS = {"Consequence": "consequence", "Existing_variation": "existing_variation", "FLAGS": "flags"}
PAIRS = {
    "EXON": ("exon", "rank", "total"), "INTRON": ("intron", "rank", "total"),
    "Amino_acids": ("amino_acids", "reference", "variant"), "Codons": ("codons", "reference", "variant"),
}
# SnpEff's names of fields that VEP has too; Rank is that of an exon or an intron.
SNPEFF = {
    "Annotation": "Consequence", "Annotation_Impact": "IMPACT", "Gene_Name": "SYMBOL", "Gene_ID": "Gene",
    "Feature_Type": "Feature_type", "Feature_ID": "Feature", "Transcript_BioType": "BIOTYPE", "Rank": "EXON",
    "HGVS.c": "HGVSc", "HGVS.p": "HGVSp", "cDNA.pos / cDNA.length": "cDNA_position",
    "CDS.pos / CDS.length": "CDS_position", "AA.pos / AA.length": "Protein_position", "Distance": "DISTANCE",
    "ERRORS / WARNINGS / INFO": "FLAGS",
}
ORDER = [
    "allele", "consequence", "impact", "symbol", "gene", "feature_type", "feature", "biotype", "exon", "intron",
    "hgvsc", "hgvsp", "cdna_position", "cds_position", "protein_position", "amino_acids", "codons",
    "existing_variation", "distance", "strand", "flags", "symbol_source", "hgnc_id", "extras",
]


class Parser:
    """Parses each distinct INFO value once. Calling it gives the value of the column."""

    def __init__(self, header, key: str):
        self.fields = None
        described = header.vep.get(key, "")
        match = re.search(r"Format:(.*)", described, re.S) or re.search(r"'([^']*)'", described)  # VEP, SnpEff
        if match and "|" in match[1]:
            self.fields = [name.strip() for name in match[1].strip().strip("'\"").strip().split("|")]
            self.snpeff = "Annotation" in self.fields and "Consequence" not in self.fields
            if self.snpeff:
                self.fields = [SNPEFF.get(name, name) for name in self.fields]
        self.seen: dict = {}

    def __call__(self, text: str | None) -> dict:
        if self.fields is None:
            return {"vep": None}
        if text not in self.seen:
            self.seen[text] = {"vep": self._entries(text)}
        return self.seen[text]

    def _entries(self, text: str | None) -> list:
        if not text:
            return []
        entries = [entry.split("|") for entry in text.split(",")]
        if any(len(entry) != len(self.fields) for entry in entries):
            return []
        return [self._entry(entry) for entry in entries]

    def _entry(self, values: list[str]) -> dict:
        out = dict.fromkeys(ORDER)
        extras = []
        for name, value in zip(self.fields, values):
            if name in PLAIN:
                out[PLAIN[name]] = value
            elif name in LISTS:
                out[LISTS[name]] = value.split("&") if value else None
            elif name in PAIRS:
                column, first, second = PAIRS[name]
                left, slash, right = value.partition("/")
                out[column] = {first: left, second: right if slash else None} if value else None
            else:
                extras.append((name.lower(), value))
        out["extras"] = extras or None
        if self.snpeff and "intron_variant" in (out["consequence"] or []):
            out["exon"], out["intron"] = None, out["exon"]
        return out


def narrow(ours, theirs):
    """The first entry and field in which two annotation values differ."""
    if not ours or not theirs or not ours["vep"] or not theirs.get("vep") or len(ours["vep"]) != len(theirs["vep"]):
        return ours, theirs
    for at, (a, b) in enumerate(zip(ours["vep"], theirs["vep"])):
        for name in a:
            if a[name] != b.get(name):
                return {f"vep[{at}].{name}": a[name]}, {f"vep[{at}].{name}": b.get(name)}
    return ours, theirs
