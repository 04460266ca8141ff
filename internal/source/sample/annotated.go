package sample

import (
	"strconv"
	"strings"
)

// consequenceFields are the fields of a CSQ entry: VEP's default ones and four that one often adds.
const consequenceFields = "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|EXON|INTRON|HGVSc|HGVSp|cDNA_position|" +
	"CDS_position|Protein_position|Amino_acids|Codons|Existing_variation|DISTANCE|STRAND|FLAGS|SYMBOL_SOURCE|HGNC_ID|SIFT|PolyPhen|AF|CLIN_SIG"

var clinicalWords = map[string]string{
	"HIGH": "pathogenic", "MODERATE": "uncertain_significance", "LOW": "benign&likely_benign", "MODIFIER": "benign",
}

// untranslated is how far a transcript's own numbering runs ahead of its coding sequence.
const untranslated = 57

// appendConsequences appends CSQ for every alternative of the record: one entry per transcript.
func appendConsequences(dst []byte, r *record, genes []gene, rng *random) []byte {
	dst = append(dst, ";CSQ="...)
	first := true
	for i := range r.site.alts {
		if r.site.symbolic(i) {
			continue
		}
		ch := changeOf(r.site, i)
		effects := effectsOf(r.contig, genes, ch)
		if len(effects) == 0 {
			effects = []effect{{consequence: "intergenic_variant", impact: "MODIFIER"}}
		}
		for j := range effects {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			entry := effects[j].entry(ch, r, r.counts[i], rng)
			dst = append(dst, strings.Join(entry[:], "|")...)
		}
	}
	return dst
}

// entry returns the fields in the order of consequenceFields. count is the alternative's AC.
func (e *effect) entry(ch change, r *record, count int, rng *random) [27]string {
	fields := [27]string{
		0: ch.allele(), 1: e.consequence, 2: e.impact,
		17: strings.ReplaceAll(string(r.ids), ";", "&"),
	}
	if r.number > 0 {
		fields[25] = string(appendFixed(nil, count*10_000/r.number, 4))
	}
	if e.gene == nil {
		return fields
	}
	fields[3], fields[4], fields[5], fields[6], fields[7] = e.gene.symbol, e.gene.id, "Transcript", e.transcript.id,
		e.transcript.biotype
	fields[8], fields[9], fields[10], fields[11] = e.exon, e.intron, e.hgvsc, e.hgvsp
	if e.position > 0 {
		fields[12], fields[13], fields[14] = e.range3(ch)
	}
	fields[15], fields[16] = e.amino, e.codons
	if e.distance > 0 {
		fields[18] = strconv.Itoa(e.distance)
	}
	fields[19], fields[21], fields[22] = "1", "HGNC", "HGNC:"+strconv.Itoa(990_000+e.gene.number)
	if e.transcript.id != e.gene.transcripts[0].id && e.transcript.protein != "" {
		fields[20] = "cds_start_NF&cds_end_NF"
	}
	if e.consequence == "missense_variant" {
		score := rng.below(100)
		fields[23] = prediction(score < 5, "deleterious", "tolerated", score)
		fields[24] = prediction(score < 20, "probably_damaging", "benign", 99-score)
	}
	if rng.perMille(120) {
		fields[26] = clinicalWords[e.impact]
	}
	return fields
}

func prediction(bad bool, yes, no string, percent int) string {
	word := no
	if bad {
		word = yes
	}
	return word + "(" + string(appendFixed(nil, percent, 2)) + ")"
}

// range3 returns the positions in the transcript, its coding sequence and its protein: "12", "12-14".
func (e *effect) range3(ch change) (transcript, coding, protein string) {
	first, last := e.position, e.position+len(ch.ref)-1
	if len(ch.ref) == 0 { // between two bases
		first, last = e.position-1, e.position
	}
	show := func(a, b int) string {
		if a >= b {
			return strconv.Itoa(a)
		}
		return strconv.Itoa(a) + "-" + strconv.Itoa(b)
	}
	return show(first+untranslated, last+untranslated), show(first, last), show(max(1, (first+2)/3), (last+2)/3)
}
