package sample

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEffects spells a gene of two exons: ATG GCT | intron | AAA TAA at 0-based 10000 and 10106.
func TestEffects(t *testing.T) {
	bases := bytes.Repeat([]byte("C"), 30_000)
	copy(bases[10_000:], "ATGGCT")
	copy(bases[10_106:], "AAATAA")
	c := &contig{name: "c", bases: bases, ploidy: 2}
	exons := []span{{10_000, 10_006}, {10_106, 10_112}}
	genes := []gene{{symbol: "G", number: 1, transcripts: []transcript{{id: "T", protein: "P", exons: exons}}}}
	type answer struct{ Consequence, Impact, HGVSc, HGVSp, Amino, Codons, Where string }
	for _, test := range []struct {
		name     string
		pos      int // 0-based
		ref, alt string
		want     answer
	}{
		{"missense", 10_004, "C", "A", answer{"missense_variant", "MODERATE", "T:c.5C>A", "P:p.Ala2Asp", "A/D",
			"gCt/gAt", "1/2"}},
		{"synonymous", 10_005, "T", "C", answer{"synonymous_variant", "LOW", "T:c.6T>C", "P:p.Ala2%3D", "A",
			"gcT/gcC", "1/2"}},
		{"start", 10_001, "T", "C", answer{"start_lost", "HIGH", "T:c.2T>C", "P:p.Met1Thr", "M/T", "aTg/aCg", "1/2"}},
		{"second exon", 10_106, "A", "T", answer{"stop_gained", "HIGH", "T:c.7A>T", "P:p.Lys3Ter", "K/*", "Aaa/Taa", "2/2"}},
		{"stop", 10_109, "T", "C", answer{"stop_lost", "HIGH", "T:c.10T>C", "P:p.Ter4Gln", "*/Q", "Taa/Caa", "2/2"}},
		{"frameshift", 10_002, "GG", "G", answer{"frameshift_variant", "HIGH", "T:c.4del", "P:p.Ala2fs", "A/X", "", "1/2"}},
		{"in frame", 10_002, "G", "GAAA", answer{"inframe_insertion", "MODERATE", "T:c.3_4insAAA", "", "", "", "1/2"}},
		{"donor", 10_006, "C", "T", answer{"splice_donor_variant", "HIGH", "", "", "", "", "1/1"}},
		{"acceptor", 10_105, "C", "T", answer{"splice_acceptor_variant", "HIGH", "", "", "", "", "1/1"}},
		{"splice region", 10_012, "C", "T", answer{"splice_region_variant&intron_variant", "LOW", "", "", "", "", "1/1"}},
		{"intron", 10_050, "C", "T", answer{"intron_variant", "MODIFIER", "", "", "", "", "1/1"}},
		{"upstream", 9000, "C", "T", answer{"upstream_gene_variant", "MODIFIER", "", "", "", "", ""}},
		{"downstream", 11_000, "C", "T", answer{"downstream_gene_variant", "MODIFIER", "", "", "", "", ""}},
	} {
		s := &site{pos: test.pos, ref: []byte(test.ref), alts: [][]byte{[]byte(test.alt)}}
		effects := effectsOf(c, genes, changeOf(s, 0))
		if len(effects) != 1 {
			t.Errorf("%s: %d effects", test.name, len(effects))
			continue
		}
		e := effects[0]
		got := answer{e.consequence, e.impact, e.hgvsc, e.hgvsp, e.amino, e.codons, e.exon + e.intron}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	far := &site{pos: 20_000, ref: []byte("C"), alts: [][]byte{[]byte("T")}}
	if effects := effectsOf(c, genes, changeOf(far, 0)); len(effects) != 0 {
		t.Errorf("far away: %+v", effects)
	}
}

// TestPlantGenes wants every transcript to read from a start codon to its only stop.
func TestPlantGenes(t *testing.T) {
	rng := new(random(3))
	c := grow(rng, plan{name: "c", length: 400_000, ends: 1000, ploidy: 2})
	genes := plantGenes(rng, c, 1)
	if len(genes) < 5 {
		t.Fatalf("%d genes", len(genes))
	}
	for _, g := range genes {
		for _, transcript := range g.transcripts {
			if transcript.protein == "" {
				continue
			}
			var protein []byte
			for _, exon := range transcript.exons {
				for i := exon.start; i < exon.end; i += 3 {
					protein = append(protein, aminoAcid(c.bases[i:i+3]))
				}
			}
			if protein[0] != 'M' || bytes.IndexByte(protein, '*') != len(protein)-1 {
				t.Errorf("%s: %s", transcript.id, protein)
			}
		}
	}
	for _, r := range c.repeats {
		text := bytes.ToUpper(c.bases[r.start:r.end])
		if !bytes.Equal(text, bytes.Repeat(text[:r.unit], len(text)/r.unit)) {
			t.Errorf("%+v: %s is no repeat", r, text)
		}
	}
}

func TestLikelihoods(t *testing.T) {
	for _, test := range []struct {
		name   string
		depths []int
		ploidy int
		want   []int
	}{
		{"heterozygous", []int{10, 12}, 2, []int{294, 0, 234}},
		{"homozygous", []int{20, 0}, 2, []int{0, 60, 600}},
		{"two alternatives", []int{0, 8, 8}, 2, []int{432, 216, 192, 216, 0, 192}},
		{"haploid", []int{1, 9}, 1, []int{240, 0}},
		{"nothing", []int{0, 0}, 2, []int{0, 0, 0}},
	} {
		if diff := cmp.Diff(test.want, likelihoods(nil, test.depths, test.ploidy, 0)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestAppendFixed(t *testing.T) {
	for want, arg := range map[string][2]int{"0.00": {0, 2}, "-0.05": {-5, 2}, "12.345": {12345, 3}, "1.000": {1000, 3},
		"-3.1": {-31, 1}} {
		if got := string(appendFixed(nil, arg[0], arg[1])); got != want {
			t.Errorf("%v: %s, want %s", arg, got, want)
		}
	}
}
