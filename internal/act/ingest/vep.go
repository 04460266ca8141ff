package ingest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/variant"
	"github.com/varlake/varlake/internal/wire/omics"
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

// fieldKeys are the keys of annotationFields that imports of a format know; HealthOmics has VEP alone. Others are ignored, as HealthOmics does.
var fieldKeys = map[omics.StoreFormat]string{omics.FormatVCF: "VEP", omics.FormatTSV: "nullValue", omics.FormatGFF: "no key"}

// unknownFields says which keys of a job's annotationFields nothing comes of; empty when there are none.
func unknownFields(job *meta.ImportJob) string {
	known := fieldKeys[cmp.Or(job.Format, omics.FormatVCF)]
	var unknown []string
	for key := range job.AnnotationFields {
		if key != known {
			unknown = append(unknown, strconv.Quote(key))
		}
	}
	slices.Sort(unknown)
	const listed = 3
	more := ""
	switch n := len(unknown); {
	case n == 0:
		return ""
	case n == 1:
		return fmt.Sprintf("annotationFields names %s, which is not known: %s is", unknown[0], known)
	case n > listed:
		unknown, more = unknown[:listed], fmt.Sprintf(" and %d more", n-listed)
	}
	return fmt.Sprintf("annotationFields names %s%s, which are not known: %s is", strings.Join(unknown, ", "), more, known)
}

// joined are those of several words of a message that are there.
func joined(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), "; ")
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
		said = append(said, fmt.Sprintf("1 record has %s without the %s fields that the header describes (line %d)", key, f.vep.Fields(), unread.first))
	case unread.count > 1:
		said = append(said, fmt.Sprintf("%d records have %s without the %s fields that the header describes (first at line %d)", unread.count, key, f.vep.Fields(), unread.first))
	}
	return strings.Join(said, "; ")
}
