package ingest

import (
	"fmt"
	"strings"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/variant"
	"github.com/varlake/varlake/vcf"
)

// appendVEP lays annotations out as lake's; the two know nothing of each other. extras is appended to and returned
// so that its memory is used again.
func appendVEP(dst []variant.VEP, extras []column.KV, entries []vcf.VEPEntry) ([]variant.VEP, []column.KV) {
	if dst == nil {
		dst = make([]variant.VEP, 0, 16) // an empty list is not NULL
	}
	for i := range entries {
		e := &entries[i]
		v := variant.VEP{
			Allele: e.Allele, Consequence: e.Consequence, Impact: e.Impact, Symbol: e.Symbol, Gene: e.Gene,
			FeatureType: e.FeatureType, Feature: e.Feature, Biotype: e.Biotype,
			Exon: variant.Pair(e.Exon), Intron: variant.Pair(e.Intron), HGVSc: e.HGVSc, HGVSp: e.HGVSp,
			CDNAPosition: e.CDNAPosition, CDSPosition: e.CDSPosition, ProteinPosition: e.ProteinPosition,
			AminoAcids: variant.Pair(e.AminoAcids), Codons: variant.Pair(e.Codons), ExistingVariation: e.ExistingVariation,
			Distance: e.Distance, Strand: e.Strand, Flags: e.Flags, SymbolSource: e.SymbolSource, HGNCID: e.HGNCID,
		}
		if e.Extras != nil {
			from := len(extras)
			for _, x := range e.Extras {
				extras = append(extras, column.KV{Key: x.Key, Value: x.Value, Null: x.Value == nil})
			}
			v.Extras = extras[from:len(extras):len(extras)]
		}
		dst = append(dst, v)
	}
	return dst, extras
}

// unfilled tells what of the annotations that the job asks for is not in the table, or not where its user looks: all of the file's, those that the
// header describes oddly, and those of the unread records.
func (f *vcfFormat) unfilled(unread lines) string {
	key := "INFO/" + f.vepKey
	var said []string
	if f.unannotated != "" {
		said = append(said, key+" "+f.unannotated)
	}
	if f.vep != nil {
		for _, fault := range f.vep.Faults() {
			said = append(said, key+" "+fault)
		}
	}
	switch {
	case unread.count == 1:
		said = append(said, fmt.Sprintf("1 record has %s without the %d fields that the header describes (line %d)", key, f.vep.NumFields(), unread.first))
	case unread.count > 1:
		said = append(said, fmt.Sprintf("%d records have %s without the %d fields that the header describes (first at line %d)", unread.count, key, f.vep.NumFields(), unread.first))
	}
	return strings.Join(said, "; ")
}
