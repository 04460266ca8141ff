package sample

import (
	"bytes"
	"fmt"
	"slices"
)

// gene is an invented one, read from left to right. Coordinates are 0-based and half-open.
type gene struct {
	symbol, id  string
	number      int
	transcripts []transcript
}

type transcript struct {
	id, protein string // protein is empty when the transcript codes for none
	biotype     string
	exons       []span
}

type span struct{ start, end int }

func (t *transcript) start() int { return t.exons[0].start }
func (t *transcript) end() int   { return t.exons[len(t.exons)-1].end }

const (
	geneEvery = 14_000 // bases from one gene's end to the next one's start, on average
	geneFrom  = 6_000
)

// plantGenes lays genes on a contig and edits its bases so that they read as genes: a start codon, no
// stop before the last codon. first is the number of the first gene.
func plantGenes(rng *random, c *contig, first int) []gene {
	var genes []gene
	for at := geneFrom; ; at += rng.between(geneEvery/2, geneEvery*3/2) {
		exons := make([]span, rng.between(4, 11))
		for i := range exons {
			length := 3 * rng.between(25, 80) // whole codons, so that leaving an exon out keeps the frame
			exons[i] = span{at, at + length}
			at += length + rng.between(150, 2500)
		}
		end := exons[len(exons)-1].end
		if end+geneFrom > len(c.bases) {
			break
		}
		if bytes.IndexByte(c.bases[exons[0].start:end], 'N') >= 0 {
			continue
		}
		genes = append(genes, newGene(rng, first+len(genes), exons))
		makeCoding(c, exons)
	}
	// What was edited is no repeat any more.
	c.repeats = slices.DeleteFunc(c.repeats, func(r repeat) bool {
		for i := range genes {
			for _, exon := range genes[i].transcripts[0].exons {
				if r.start <= exon.end && r.end >= exon.start {
					return true
				}
			}
		}
		return false
	})
	return genes
}

func newGene(rng *random, number int, exons []span) gene {
	g := gene{symbol: fmt.Sprintf("DEMO%d", number), id: fmt.Sprintf("ENSG9990%07d", number), number: number}
	add := func(biotype string, exons []span) {
		t := transcript{id: fmt.Sprintf("ENST9990%05d%02d", number, len(g.transcripts)), biotype: biotype, exons: exons}
		if biotype == "protein_coding" {
			t.protein = "ENSP" + t.id[len("ENST"):]
		}
		g.transcripts = append(g.transcripts, t)
	}
	add("protein_coding", exons)
	if rng.perMille(600) { // the same without one exon in the middle
		skip := rng.between(1, len(exons)-2)
		add("protein_coding", slices.Concat(exons[:skip], exons[skip+1:]))
	}
	if rng.perMille(400) {
		add("processed_transcript", exons[1:3])
	}
	return g
}

// makeCoding writes a start codon, a stop codon and no other stop into the exons.
func makeCoding(c *contig, exons []span) {
	last := exons[len(exons)-1].end - 3
	for _, exon := range exons {
		for i := exon.start; i < exon.end; i += 3 {
			codon := c.bases[i : i+3]
			for j := range codon {
				codon[j] = upper(codon[j])
			}
			switch {
			case i == exons[0].start:
				copy(codon, "ATG")
			case i == last:
				copy(codon, "TAA")
			case aminoAcid(codon) == '*':
				codon[0] = 'C'
			}
		}
	}
}

// aminoAcid translates a codon by the standard genetic code.
func aminoAcid(codon []byte) byte {
	const order = "TCAG"
	const code = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
	index := 0
	for _, base := range codon {
		index = index*4 + max(0, bytes.IndexByte([]byte(order), base))
	}
	return code[index]
}

var threeLetters = map[byte]string{
	'A': "Ala", 'R': "Arg", 'N': "Asn", 'D': "Asp", 'C': "Cys", 'Q': "Gln", 'E': "Glu", 'G': "Gly", 'H': "His", 'I': "Ile",
	'L': "Leu", 'K': "Lys", 'M': "Met", 'F': "Phe", 'P': "Pro", 'S': "Ser", 'T': "Thr", 'W': "Trp", 'Y': "Tyr",
	'V': "Val", '*': "Ter",
}
