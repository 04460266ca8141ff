package sample

import (
	"bytes"
	"fmt"
	"strings"
)

// effect is what one alternative does to one transcript, in the words of the Sequence Ontology and the
// fields of Ensembl VEP.
type effect struct {
	gene        *gene
	transcript  *transcript
	consequence string
	impact      string
	exon        string // "2/7"
	intron      string
	hgvsc       string
	hgvsp       string
	position    int // in the coding sequence, 1-based, 0 = not in it
	residue     int // in the protein, 1-based, 0 = none
	amino       string
	codons      string
	distance    int // to the transcript, 0 = inside
}

const neighbourhood = 5000 // bases around a transcript that count as upstream and downstream

// change is an alternative without the bases it shares with the reference at the start, as VEP sees it.
type change struct {
	start, end int // 0-based half-open on the contig; empty for an insertion
	ref, alt   []byte
}

// changeOf trims the first base of an indel.
func changeOf(s *site, alt int) change {
	c := change{start: s.pos, end: s.end(), ref: s.ref, alt: s.alts[alt]}
	if len(c.ref) != len(c.alt) && c.ref[0] == c.alt[0] {
		c.start, c.ref, c.alt = c.start+1, c.ref[1:], c.alt[1:]
	}
	return c
}

// allele is VEP's name of the change.
func (c change) allele() string {
	if len(c.alt) == 0 {
		return "-"
	}
	return string(c.alt)
}

// effectsOf finds what a change does to every transcript nearby; nothing when none is near.
func effectsOf(c *contig, genes []gene, ch change) []effect {
	var effects []effect
	for i := range genes {
		for j := range genes[i].transcripts {
			t := &genes[i].transcripts[j]
			if ch.end <= t.start()-neighbourhood || ch.start >= t.end()+neighbourhood {
				continue
			}
			e := effect{gene: &genes[i], transcript: t, impact: "MODIFIER"}
			switch {
			case ch.end <= t.start():
				e.consequence, e.distance = "upstream_gene_variant", t.start()-ch.end+1
			case ch.start >= t.end():
				e.consequence, e.distance = "downstream_gene_variant", ch.start-t.end()+1
			default:
				e.within(c, ch)
			}
			effects = append(effects, e)
		}
	}
	return effects
}

// within describes a change inside the transcript.
func (e *effect) within(c *contig, ch change) {
	exons := e.transcript.exons
	before := 0 // coding bases in earlier exons
	for i, exon := range exons {
		if ch.start >= exon.start && ch.end <= exon.end && ch.start < exon.end {
			e.exon = fmt.Sprintf("%d/%d", i+1, len(exons))
			e.inExon(c, ch, exon, before+ch.start-exon.start)
			return
		}
		if ch.start < exon.end { // in the intron before this exon, or across a border
			e.inIntron(ch, i, exons)
			return
		}
		before += exon.end - exon.start
	}
	e.inIntron(ch, len(exons)-1, exons)
}

func (e *effect) inIntron(ch change, next int, exons []span) {
	next = max(next, 1)
	donor, acceptor := exons[next-1].end, exons[next].start
	e.intron = fmt.Sprintf("%d/%d", next, len(exons)-1)
	switch near := min(abs(ch.start-donor), abs(ch.end-donor)); {
	case near < 2 && e.transcript.protein != "":
		e.consequence, e.impact = "splice_donor_variant", "HIGH"
		return
	case near < 8:
		e.consequence, e.impact = "splice_region_variant&intron_variant", "LOW"
		return
	}
	switch near := min(abs(ch.start-acceptor), abs(ch.end-acceptor)); {
	case near < 2 && e.transcript.protein != "":
		e.consequence, e.impact = "splice_acceptor_variant", "HIGH"
	case near < 8:
		e.consequence, e.impact = "splice_region_variant&intron_variant", "LOW"
	case e.transcript.protein == "":
		e.consequence = "intron_variant&non_coding_transcript_variant"
	default:
		e.consequence = "intron_variant"
	}
}

// inExon describes a change at the given offset (0-based) of the transcript's bases.
func (e *effect) inExon(c *contig, ch change, exon span, offset int) {
	if e.transcript.protein == "" {
		e.consequence = "non_coding_transcript_exon_variant"
		return
	}
	e.position, e.residue = offset+1, offset/3+1
	frame := offset % 3
	codon := c.bases[ch.start-frame : ch.start-frame+3] // exons are whole codons
	switch {
	case len(ch.ref) == len(ch.alt) && frame+len(ch.ref) <= 3:
		e.substitution(ch, codon, frame)
	case len(ch.ref) == len(ch.alt):
		e.consequence = "coding_sequence_variant"
	case (len(ch.ref)-len(ch.alt))%3 != 0:
		e.consequence, e.impact = "frameshift_variant", "HIGH"
		e.amino = string(aminoAcid(codon)) + "/X"
		e.hgvsp = fmt.Sprintf("%s:p.%s%dfs", e.transcript.protein, threeLetters[aminoAcid(codon)], e.residue)
	case len(ch.ref) > len(ch.alt):
		e.consequence, e.impact = "inframe_deletion", "MODERATE"
	default:
		e.consequence, e.impact = "inframe_insertion", "MODERATE"
	}
	e.hgvsc = e.transcript.id + ":c." + hgvs(ch, e.position)
}

func hgvs(ch change, position int) string {
	last := position + len(ch.ref) - 1
	switch {
	case len(ch.ref) == 1 && len(ch.alt) == 1:
		return fmt.Sprintf("%d%s>%s", position, ch.ref, ch.alt)
	case len(ch.ref) == 0:
		return fmt.Sprintf("%d_%dins%s", position-1, position, ch.alt)
	case len(ch.alt) == 0 && len(ch.ref) == 1:
		return fmt.Sprintf("%ddel", position)
	case len(ch.alt) == 0:
		return fmt.Sprintf("%d_%ddel", position, last)
	default:
		return fmt.Sprintf("%d_%ddelins%s", position, last, ch.alt)
	}
}

// substitution describes bases replaced within one codon.
func (e *effect) substitution(ch change, codon []byte, frame int) {
	changed := bytes.Clone(codon)
	copy(changed[frame:], ch.alt)
	from, to := aminoAcid(codon), aminoAcid(changed)
	e.amino = string(from) + "/" + string(to)
	e.hgvsp = fmt.Sprintf("%s:p.%s%d%s", e.transcript.protein, threeLetters[from], e.residue, threeLetters[to])
	switch {
	case from == to && from == '*':
		e.consequence, e.impact = "stop_retained_variant", "LOW"
	case from == to:
		e.consequence, e.impact = "synonymous_variant", "LOW"
	case e.residue == 1:
		e.consequence, e.impact = "start_lost", "HIGH"
	case to == '*':
		e.consequence, e.impact = "stop_gained", "HIGH"
	case from == '*':
		e.consequence, e.impact = "stop_lost", "HIGH"
	default:
		e.consequence, e.impact = "missense_variant", "MODERATE"
	}
	if from == to { // VEP names the residue once, and percent-encodes the equals sign
		e.amino = string(from)
		e.hgvsp = fmt.Sprintf("%s:p.%s%d%%3D", e.transcript.protein, threeLetters[from], e.residue)
	}
	e.codons = markCodon(codon, frame, len(ch.alt)) + "/" + markCodon(changed, frame, len(ch.alt))
}

// markCodon writes a codon as VEP does: the changed bases in upper case.
func markCodon(codon []byte, frame, n int) string {
	text := strings.ToLower(string(codon))
	return text[:frame] + strings.ToUpper(text[frame:frame+n]) + text[frame+n:]
}

func abs(n int) int { return max(n, -n) }
