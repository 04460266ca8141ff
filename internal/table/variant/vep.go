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

var vepFields = vcf.VEPFields()

// writeVEP appends one entry, member by member in the order of the schema.
func (w *Writer) writeVEP(entry *vcf.VEPEntry, rep uint8) {
	s := vepShredder{rows: w.rows, leaf: leafVEP, rep: rep}
	for i := range vepFields {
		switch field := &vepFields[i]; {
		case field.Text != nil:
			s.text(*field.Text(entry))
		case field.Pair != nil:
			s.pair(*field.Pair(entry))
		case field.List != nil:
			s.list(*field.List(entry))
		}
	}
	w.extras = s.extras(w.extras[:0], entry.Extras)
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

func (s *vepShredder) pair(p vcf.Pair) {
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

// extras appends the last member. They go through the memory of entries, which comes back.
func (s *vepShredder) extras(entries []column.KV, extras []vcf.KV) []column.KV {
	if extras == nil {
		s.rows.Leaf(s.leaf).Level(s.rep, vepEntry)
		s.rows.Leaf(s.leaf+1).Level(s.rep, vepEntry)
		return entries
	}
	for _, extra := range extras {
		entries = append(entries, column.KV{Key: extra.Key, Value: extra.Value, Null: extra.Value == nil})
	}
	s.rows.Entries(s.leaf, entries, s.rep, vepPresent)
	return entries
}
