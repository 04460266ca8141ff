package sample

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// clinvar writes annotations in the manner of ClinVar's VCF: sites without samples, one alternative per
// record, contigs without "chr", many keys with values that hold commas, bars and percent-encoding.
type clinvar struct {
	w    io.Writer
	rng  *random
	line []byte
	next int // number of the next record
}

var severity = map[string]int{"HIGH": 3, "MODERATE": 2, "LOW": 1, "MODIFIER": 0}

// significances lists what an impact is usually classified as.
var significances = map[string][]string{
	"HIGH":     {"Pathogenic", "Likely_pathogenic", "Pathogenic/Likely_pathogenic", "Uncertain_significance"},
	"MODERATE": {"Uncertain_significance", "Conflicting_classifications_of_pathogenicity", "Likely_benign", "Pathogenic"},
	"LOW":      {"Likely_benign", "Benign", "Benign/Likely_benign", "Uncertain_significance"},
	"MODIFIER": {"Benign", "Likely_benign", "Benign", "Uncertain_significance"},
}

var reviews = []string{
	"criteria_provided,_single_submitter", "criteria_provided,_multiple_submitters,_no_conflicts",
	"no_assertion_criteria_provided", "reviewed_by_expert_panel",
}

// ontology holds the Sequence Ontology's numbers of the terms used here.
var ontology = map[string]string{
	"missense_variant": "SO:0001583", "synonymous_variant": "SO:0001819", "stop_gained": "SO:0001587",
	"stop_lost":  "SO:0001578",
	"start_lost": "SO:0002012", "stop_retained_variant": "SO:0001567", "frameshift_variant": "SO:0001589",
	"inframe_deletion":  "SO:0001822",
	"inframe_insertion": "SO:0001821", "splice_donor_variant": "SO:0001575", "splice_acceptor_variant": "SO:0001574",
	"splice_region_variant": "SO:0001630", "intron_variant": "SO:0001627",
	"non_coding_transcript_exon_variant": "SO:0001792",
	"coding_sequence_variant":            "SO:0001580",
}

// add writes the alternatives of a record that lie in genes, and few others.
func (v *clinvar) add(r *record, genes []gene) error {
	for i := range r.site.alts {
		if r.site.symbolic(i) {
			continue
		}
		effects := effectsOf(r.contig, genes, changeOf(r.site, i))
		effects = slices.DeleteFunc(effects, func(e effect) bool { return e.distance > 0 })
		slices.SortStableFunc(effects, func(a, b effect) int { return severity[b.impact] - severity[a.impact] })
		share := 40
		if len(effects) > 0 {
			share = 200 + 250*severity[effects[0].impact]
		}
		if !v.rng.perMille(share) {
			continue
		}
		if err := v.write(r, i, effects); err != nil {
			return err
		}
	}
	return nil
}

// shortName is the contig's name as ClinVar has it.
func shortName(name string) string {
	if name == "chrM" {
		return "MT"
	}
	return strings.TrimPrefix(name, "chr")
}

func (v *clinvar) write(r *record, alt int, effects []effect) error {
	v.next++
	ch := changeOf(r.site, alt)
	name := shortName(r.contig.name)
	b := fmt.Appendf(v.line[:0], "%s\t%d\t%d\t%s\t%s\t.\t.\t", name, r.site.pos+1, 900_000+v.next*3, r.site.ref,
		r.site.alts[alt])
	if v.rng.perMille(400) {
		for _, key := range []string{"AF_ESP=", "AF_EXAC=", "AF_TGP="} {
			b = append(appendFixed(append(b, key...), 1+v.rng.below(3000), 5), ';')
		}
	}
	b = fmt.Appendf(b, "ALLELEID=%d", 880_000+v.next*3)
	b = v.appendDisease(b)
	b = fmt.Appendf(b, ";CLNHGVS=%s:g.%s", name, hgvs(ch, ch.start+1))
	b = append(append(b, ";CLNREVSTAT="...), reviews[v.rng.below(len(reviews))]...)
	impact := "MODIFIER"
	if len(effects) > 0 {
		impact = effects[0].impact
	}
	significance := significances[impact][v.rng.below(4)]
	b = append(append(b, ";CLNSIG="...), significance...)
	if strings.HasPrefix(significance, "Conflicting") {
		b = append(b, ";CLNSIGCONF=Pathogenic(1)|Uncertain_significance(2)"...)
	}
	kind, number := variantKind(ch)
	b = append(append(append(append(b, ";CLNVC="...), kind...), ";CLNVCSO="...), number...)
	b = appendGenes(b, effects)
	b = append(b, ";ORIGIN=1"...)
	if len(r.ids) > 0 {
		first, _, _ := strings.Cut(string(r.ids[len("rs"):]), ";")
		b = append(append(b, ";RS="...), first...)
	}
	v.line = append(b, '\n')
	_, err := v.w.Write(v.line)
	return err
}

// appendDisease appends CLNDISDB and CLNDN, whose entries between bars belong together.
func (v *clinvar) appendDisease(b []byte) []byte {
	n := 1 + v.rng.below(40)
	switch v.rng.below(4) {
	case 0:
		return append(b, ";CLNDISDB=MedGen:C3661900;CLNDN=not_provided"...)
	case 1:
		return fmt.Appendf(b, ";CLNDISDB=MONDO:MONDO:%07d,MedGen:C%07d,OMIM:%d|MedGen:C3661900;CLNDN=Demonstration_syndrome_%d|not_provided", 9_900_000+n, 9_900_000+n, 990_000+n, n)
	case 2:
		return fmt.Appendf(b, ";CLNDISDB=MedGen:C%07d,Orphanet:%d;CLNDN=Demonstration_anemia%%2C_type_%d", 9_910_000+n,
			990_000+n, n)
	default:
		return append(b, ";CLNDISDB=MedGen:CN169374;CLNDN=not_specified"...)
	}
}

// appendGenes appends GENEINFO and MC.
func appendGenes(b []byte, effects []effect) []byte {
	var genes, terms []string
	for _, e := range effects {
		name := e.gene.symbol + ":" + strconv.Itoa(990_000+e.gene.number)
		if !slices.Contains(genes, name) {
			genes = append(genes, name)
		}
		term, _, _ := strings.Cut(e.consequence, "&")
		if term = ontology[term] + "|" + term; !slices.Contains(terms, term) {
			terms = append(terms, term)
		}
	}
	if len(genes) == 0 {
		return b
	}
	return fmt.Appendf(b, ";GENEINFO=%s;MC=%s", strings.Join(genes, "|"), strings.Join(terms, ","))
}

func variantKind(ch change) (kind, number string) {
	switch {
	case len(ch.ref) == 1 && len(ch.alt) == 1:
		return "single_nucleotide_variant", "SO:0001483"
	case len(ch.alt) == 0:
		return "Deletion", "SO:0000159"
	case len(ch.ref) == 0:
		return "Insertion", "SO:0000667"
	default:
		return "Indel", "SO:1000032"
	}
}
