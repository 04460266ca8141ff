package lake

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
func (w *VariantWriter) writeAnnotations(site *Site) {
	if !site.Annotated {
		return // see leaf.pad
	}
	leaves := w.leaves[leafVEP : leafVEP+vepLeaves]
	for i := range leaves {
		leaves[i].pad(len(w.sites))
		leaves[i].entries++
	}
	if len(site.VEP) == 0 {
		def := uint8(vepNull)
		if site.VEP != nil {
			def = vepEmpty
		}
		for i := range leaves {
			leaves[i].level(0, def)
		}
		return
	}
	for i := range site.VEP {
		w.writeVEP(&site.VEP[i], uint8(min(i, 1)))
	}
}

// writeVEP appends one entry, member by member in the order of the schema.
func (w *VariantWriter) writeVEP(v *VEP, rep uint8) {
	s := vepShredder{w: w, leaf: leafVEP, rep: rep}
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
	w    *VariantWriter
	leaf int
	rep  uint8
}

func (s *vepShredder) text(value []byte) {
	if value == nil {
		s.w.leaves[s.leaf].level(s.rep, vepEntry)
	} else {
		s.w.leaves[s.leaf].level(s.rep, vepPresent)
		s.w.leaves[s.leaf].text(&s.w.arena, value)
	}
	s.leaf++
}

func (s *vepShredder) list(values [][]byte) {
	s.w.list(s.leaf, values, s.rep, vepPresent)
	s.leaf++
}

func (s *vepShredder) pair(p Pair) {
	for _, part := range [...][]byte{p.First, p.Second} {
		l := &s.w.leaves[s.leaf]
		switch {
		case p.First == nil && p.Second == nil:
			l.level(s.rep, vepEntry)
		case part == nil:
			l.level(s.rep, vepPresent)
		default:
			l.level(s.rep, vepPresent+1)
			l.text(&s.w.arena, part)
		}
		s.leaf++
	}
}

func (s *vepShredder) extras(pairs []KV) {
	if pairs == nil {
		s.w.leaves[s.leaf].level(s.rep, vepEntry)
		s.w.leaves[s.leaf+1].level(s.rep, vepEntry)
	} else {
		s.w.entries(s.leaf, pairs, s.rep, vepPresent)
	}
	s.leaf += 2
}
