package variant

import (
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/vcf"
)

// Annotations are a struct of a list of structs. The definition levels of a leaf inside:
//
//	0  annotations is NULL
//	1  annotations.vep is NULL
//	2  annotations.vep is empty
//	4  an entry whose member is NULL (3 would be an entry that is NULL: there is none)
//	5  the member is present; below it lists, maps and pairs go on
const (
	vepNull    = 1
	vepEmpty   = 2
	vepEntry   = 4
	vepPresent = 5
)

// vepLeaves is how many leaves annotations have.
const vepLeaves = 29

// writeAnnotations appends the annotations of a site.
func (w *Writer) writeAnnotations(site *Site) {
	if !site.Annotated {
		return // see column.Writer.At
	}
	for leaf := range vepLeaves {
		w.rows.At(leafVEP+leaf, w.rows.Head())
	}
	if len(site.VEP) == 0 {
		def := uint8(vepNull)
		if site.VEP != nil {
			def = vepEmpty
		}
		for leaf := range vepLeaves {
			w.rows.Leaf(leafVEP+leaf).Level(0, def)
		}
		return
	}
	for i := range site.VEP {
		w.writeVEP(&site.VEP[i], uint8(min(i, 1)))
	}
}

// writeVEP appends one entry, member by member in the order of the schema.
func (w *Writer) writeVEP(v *VEP, rep uint8) {
	s := vepShredder{rows: w.rows, leaf: leafVEP, rep: rep}
	s.text(v.Allele)
	s.list(v.Consequence)
	s.text(v.Impact)
	s.text(v.Symbol)
	s.text(v.Gene)
	s.text(v.FeatureType)
	s.text(v.Feature)
	s.text(v.Biotype)
	s.pair(v.Exon)
	s.pair(v.Intron)
	s.text(v.HGVSc)
	s.text(v.HGVSp)
	s.text(v.CDNAPosition)
	s.text(v.CDSPosition)
	s.text(v.ProteinPosition)
	s.pair(v.AminoAcids)
	s.pair(v.Codons)
	s.list(v.ExistingVariation)
	s.text(v.Distance)
	s.text(v.Strand)
	s.list(v.Flags)
	s.text(v.SymbolSource)
	s.text(v.HGNCID)
	s.extras(v.Extras)
}

// vepShredder walks the leaves of one entry.
type vepShredder struct {
	rows *column.Writer
	leaf int
	rep  uint8
}

func (s *vepShredder) text(value []byte) {
	if value == nil {
		s.rows.Leaf(s.leaf).Level(s.rep, vepEntry)
	} else {
		s.rows.TextAt(s.rows.Leaf(s.leaf), s.rep, vepPresent, value)
	}
	s.leaf++
}

func (s *vepShredder) list(values [][]byte) {
	s.rows.List(s.leaf, values, s.rep, vepPresent)
	s.leaf++
}

func (s *vepShredder) pair(p Pair) {
	for _, part := range [...][]byte{p.First, p.Second} {
		l := s.rows.Leaf(s.leaf)
		switch {
		case p.First == nil && p.Second == nil:
			l.Level(s.rep, vepEntry)
		case part == nil:
			l.Level(s.rep, vepPresent)
		default:
			s.rows.TextAt(l, s.rep, vepPresent+1, part)
		}
		s.leaf++
	}
}

func (s *vepShredder) extras(pairs []column.KV) {
	if pairs == nil {
		s.rows.Leaf(s.leaf).Level(s.rep, vepEntry)
		s.rows.Leaf(s.leaf+1).Level(s.rep, vepEntry)
	} else {
		s.rows.Entries(s.leaf, pairs, s.rep, vepPresent)
	}
	s.leaf += 2
}

// appendVEP lays annotations out as the table has them. extras is appended to and returned so that its memory is used
// again.
func appendVEP(dst []VEP, extras []column.KV, entries []vcf.VEPEntry) ([]VEP, []column.KV) {
	if dst == nil {
		dst = make([]VEP, 0, 16) // an empty list is not NULL
	}
	for i := range entries {
		e := &entries[i]
		v := VEP{
			Allele: e.Allele, Consequence: e.Consequence, Impact: e.Impact, Symbol: e.Symbol, Gene: e.Gene,
			FeatureType: e.FeatureType, Feature: e.Feature, Biotype: e.Biotype,
			Exon: Pair(e.Exon), Intron: Pair(e.Intron), HGVSc: e.HGVSc, HGVSp: e.HGVSp,
			CDNAPosition: e.CDNAPosition, CDSPosition: e.CDSPosition, ProteinPosition: e.ProteinPosition,
			AminoAcids: Pair(e.AminoAcids), Codons: Pair(e.Codons), ExistingVariation: e.ExistingVariation,
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
