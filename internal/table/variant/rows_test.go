package variant

import (
	"fmt"
	"math"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/tabletest"
	"github.com/varlake/varlake/vcf"
)

// wantRows says what rows a site and its calls must become. It is written from the schema's description, not from
// the writer.
func wantRows(jobID string, site *Site, calls []testCall) []tabletest.Row {
	annotations := any(nil)
	if site.Annotated {
		vep := any(nil)
		if site.VEP != nil {
			entries := []any{}
			for i := range site.VEP {
				entries = append(entries, wantVEP(&site.VEP[i]))
			}
			vep = entries
		}
		annotations = map[string]any{"vep": vep}
	}
	attributes := tabletest.WantMap(site.Attributes)
	if attributes == nil {
		attributes = tabletest.Entries{}
	}
	head := tabletest.Row{
		jobID, string(site.Contig), site.Start, site.End, tabletest.WantTexts(site.Names), string(site.Ref),
		tabletest.WantTexts(site.Alts),
		optional(site.Qual, site.HasQual), tabletest.WantTexts(site.Filters), false, attributes,
	}
	var rows []tabletest.Row
	for i := range calls {
		c := &calls[i]
		gt := any(nil)
		if c.HasGT {
			gt = wantInts(c.Calls, true)
		}
		information := tabletest.WantMap(c.Information)
		rows = append(rows, append(append(tabletest.Row{}, head...),
			optional(c.Phased, c.HasGT), gt, wantFloats(c.GL), wantInts(c.PL, c.PL != nil), wantInts(c.AD, c.AD != nil),
			optional(c.GQ.V, c.GQ.Valid), wantInts(c.SPL, c.SPL != nil), optional(c.DP.V, c.DP.Valid), optional(c.PS.V,
				c.PS.Valid),
			string(c.Sample), information, annotations))
	}
	if len(calls) == 0 {
		rows = append(rows, append(append(append(tabletest.Row{}, head...), make(tabletest.Row, 11)...), annotations))
	}
	return rows
}

func wantVEP(v *vcf.VEPEntry) map[string]any {
	return map[string]any{
		"allele": wantText(v.Allele), "consequence": tabletest.WantTexts(v.Consequence), "impact": wantText(v.Impact),
		"symbol": wantText(v.Symbol), "gene": wantText(v.Gene), "feature_type": wantText(v.FeatureType),
		"feature": wantText(v.Feature), "biotype": wantText(v.Biotype),
		"exon": wantPair(v.Exon, "rank", "total"), "intron": wantPair(v.Intron, "rank", "total"),
		"hgvsc": wantText(v.HGVSc), "hgvsp": wantText(v.HGVSp), "cdna_position": wantText(v.CDNAPosition),
		"cds_position": wantText(v.CDSPosition), "protein_position": wantText(v.ProteinPosition),
		"amino_acids": wantPair(v.AminoAcids, "reference", "variant"), "codons": wantPair(v.Codons, "reference", "variant"),
		"existing_variation": tabletest.WantTexts(v.ExistingVariation), "distance": wantText(v.Distance),
		"strand": wantText(v.Strand),
		"flags":  tabletest.WantTexts(v.Flags), "symbol_source": wantText(v.SymbolSource), "hgnc_id": wantText(v.HGNCID),
		"extras": wantExtras(v.Extras),
	}
}

func wantExtras(extras []vcf.KV) any {
	if extras == nil {
		return nil
	}
	pairs := make([]column.KV, len(extras))
	for i, extra := range extras {
		pairs[i] = column.KV{Key: extra.Key, Value: extra.Value, Null: extra.Value == nil}
	}
	if len(pairs) == 0 {
		return tabletest.Entries{}
	}
	return tabletest.WantMap(pairs)
}

func optional(value any, valid bool) any {
	if !valid {
		return nil
	}
	return value
}

func wantText(text []byte) any { return optional(string(text), text != nil) }

func wantPair(p vcf.Pair, first, second string) any {
	if p.First == nil && p.Second == nil {
		return nil
	}
	return map[string]any{first: wantText(p.First), second: wantText(p.Second)}
}

func wantInts(values []int32, present bool) any {
	if !present {
		return nil
	}
	list := []any{}
	for _, v := range values {
		list = append(list, optional(v, v != column.MissingInt))
	}
	return list
}

func wantFloats(values []float64) any {
	if values == nil {
		return nil
	}
	list := []any{}
	for _, v := range values {
		list = append(list, optional(v, math.Float64bits(v) != math.Float64bits(column.MissingFloat())))
	}
	return list
}

// maker makes random rows of every shape.
type maker struct{ tabletest.Maker }

func (m maker) pair() vcf.Pair { return vcf.Pair{First: m.Maybe(), Second: m.Maybe()} }

func (m maker) vep() vcf.VEPEntry {
	return vcf.VEPEntry{
		Allele: m.Maybe(), Consequence: m.Texts(), Impact: m.Maybe(), Symbol: m.Maybe(), Gene: m.Maybe(),
		FeatureType: m.Maybe(), Feature: m.Maybe(), Biotype: m.Maybe(), Exon: m.pair(), Intron: m.pair(),
		HGVSc: m.Maybe(), HGVSp: m.Maybe(), CDNAPosition: m.Maybe(), CDSPosition: m.Maybe(), ProteinPosition: m.Maybe(),
		AminoAcids: m.pair(), Codons: m.pair(), ExistingVariation: m.Texts(), Distance: m.Maybe(), Strand: m.Maybe(),
		Flags: m.Texts(), SymbolSource: m.Maybe(), HGNCID: m.Maybe(), Extras: m.extras(),
	}
}

// extras are entries of a map by texts alone: a nil value is NULL.
func (m maker) extras() []vcf.KV {
	pairs := m.Pairs()
	if pairs == nil {
		return nil
	}
	extras := make([]vcf.KV, 0, len(pairs))
	for _, pair := range pairs {
		extra := vcf.KV{Key: pair.Key, Value: pair.Value}
		if pair.Null {
			extra.Value = nil
		}
		extras = append(extras, extra)
	}
	return extras
}

func (m maker) site(annotations bool) Site {
	s := Site{
		Contig: fmt.Appendf(nil, "chr%d", m.IntN(3)), Start: m.Int64N(1 << 33), Names: m.Texts(), Ref: m.Text(),
		Alts: m.Texts(),
		Qual: m.NormFloat64(), HasQual: m.Often(), Filters: m.Texts(), Attributes: m.Pairs(),
	}
	s.End = s.Start + m.Int64N(100)
	if annotations && m.Often() {
		s.Annotated = true
		if m.Often() {
			s.VEP = make([]vcf.VEPEntry, m.IntN(4))
			for i := range s.VEP {
				s.VEP[i] = m.vep()
			}
		}
	}
	return s
}

func (m maker) calls(most int) []testCall {
	calls := make([]testCall, m.IntN(most+1))
	for i := range calls {
		calls[i] = testCall{fmt.Appendf(nil, "S%d", i), Call{
			HasGT: m.Often(), Phased: m.Often(), Calls: m.Ints(), GL: m.Floats(),
			PL: m.Ints(), AD: m.Ints(), SPL: m.Ints(), GQ: m.Int(), DP: m.Int(), PS: m.Int(), Information: m.Pairs(),
		}}
	}
	return calls
}
