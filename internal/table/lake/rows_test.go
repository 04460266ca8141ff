package lake

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/duckdb/duckdb-go/v2"
)

// row is a row of the table as DuckDB gives it, in the order of its columns.
type row = []any

// entries is a map column's value with its order.
type entries [][2]any

// comparable turns DuckDB's maps, at any depth, into entries.
func comparableRow(value any) any {
	switch value := value.(type) {
	case duckdb.OrderedMap:
		list := entries{}
		for i, key := range value.Keys() {
			list = append(list, [2]any{key, value.Values()[i]})
		}
		return list
	case []any:
		for i := range value {
			value[i] = comparableRow(value[i])
		}
	case map[string]any:
		for key := range value {
			value[key] = comparableRow(value[key])
		}
	}
	return value
}

// wantRows says what rows a site and its calls must become. It is written from the schema's description, not from
// the writer.
func wantRows(jobID string, site *Site, calls []testCall) []row {
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
	attributes := wantMap(site.Attributes)
	if attributes == nil {
		attributes = entries{}
	}
	head := row{
		jobID, string(site.Contig), site.Start, site.End, wantTexts(site.Names), string(site.Ref), wantTexts(site.Alts),
		optional(site.Qual, site.HasQual), wantTexts(site.Filters), false, attributes,
	}
	var rows []row
	for i := range calls {
		c := &calls[i]
		gt := any(nil)
		if c.HasGT {
			gt = wantInts(c.Calls, true)
		}
		information := wantMap(c.Information)
		rows = append(rows, append(append(row{}, head...),
			optional(c.Phased, c.HasGT), gt, wantFloats(c.GL), wantInts(c.PL, c.PL != nil), wantInts(c.AD, c.AD != nil),
			optional(c.GQ.V, c.GQ.Valid), wantInts(c.SPL, c.SPL != nil), optional(c.DP.V, c.DP.Valid), optional(c.PS.V, c.PS.Valid),
			string(c.Sample), information, annotations))
	}
	if len(calls) == 0 {
		rows = append(rows, append(append(append(row{}, head...), make(row, 11)...), annotations))
	}
	return rows
}

func wantVEP(v *VEP) map[string]any {
	return map[string]any{
		"allele": wantText(v.Allele), "consequence": wantTexts(v.Consequence), "impact": wantText(v.Impact),
		"symbol": wantText(v.Symbol), "gene": wantText(v.Gene), "feature_type": wantText(v.FeatureType),
		"feature": wantText(v.Feature), "biotype": wantText(v.Biotype),
		"exon": wantPair(v.Exon, "rank", "total"), "intron": wantPair(v.Intron, "rank", "total"),
		"hgvsc": wantText(v.HGVSc), "hgvsp": wantText(v.HGVSp), "cdna_position": wantText(v.CDNAPosition),
		"cds_position": wantText(v.CDSPosition), "protein_position": wantText(v.ProteinPosition),
		"amino_acids": wantPair(v.AminoAcids, "reference", "variant"), "codons": wantPair(v.Codons, "reference", "variant"),
		"existing_variation": wantTexts(v.ExistingVariation), "distance": wantText(v.Distance), "strand": wantText(v.Strand),
		"flags": wantTexts(v.Flags), "symbol_source": wantText(v.SymbolSource), "hgnc_id": wantText(v.HGNCID),
		"extras": func() any {
			if v.Extras != nil && len(v.Extras) == 0 {
				return entries{}
			}
			return wantMap(v.Extras)
		}(),
	}
}

func optional(value any, valid bool) any {
	if !valid {
		return nil
	}
	return value
}

func wantText(text []byte) any { return optional(string(text), text != nil) }

func wantTexts(texts [][]byte) any {
	if texts == nil {
		return nil
	}
	list := []any{}
	for _, t := range texts {
		list = append(list, string(t))
	}
	return list
}

func wantPair(p Pair, first, second string) any {
	if p.First == nil && p.Second == nil {
		return nil
	}
	return map[string]any{first: wantText(p.First), second: wantText(p.Second)}
}

func wantMap(pairs []KV) any {
	if len(pairs) == 0 {
		return nil
	}
	list := entries{}
	for _, kv := range pairs {
		list = append(list, [2]any{string(kv.Key), optional(string(kv.Value), !kv.Null)})
	}
	return list
}

func wantInts(values []int32, present bool) any {
	if !present {
		return nil
	}
	list := []any{}
	for _, v := range values {
		list = append(list, optional(v, v != MissingInt))
	}
	return list
}

func wantFloats(values []float64) any {
	if values == nil {
		return nil
	}
	list := []any{}
	for _, v := range values {
		list = append(list, optional(v, math.Float64bits(v) != math.Float64bits(MissingFloat())))
	}
	return list
}

// maker makes random rows of every shape.
type maker struct{ *rand.Rand }

func (m maker) often() bool { return m.IntN(4) > 0 }

// text is a short or, rarely, a long text; never nil.
func (m maker) text() []byte {
	switch m.IntN(20) {
	case 0:
		return []byte{}
	case 1:
		return fmt.Appendf(nil, "%0*d", 1+m.IntN(3000), m.Uint32())
	case 2:
		return []byte("é漢\x00😀")
	default:
		return fmt.Appendf(nil, "v%d", m.IntN(50))
	}
}

func (m maker) maybe() []byte {
	if m.IntN(3) == 0 {
		return nil
	}
	return m.text()
}

// texts is nil, empty or up to four texts.
func (m maker) texts() [][]byte {
	n := m.IntN(6) - 1
	if n < 0 {
		return nil
	}
	list := make([][]byte, n)
	for i := range list {
		list[i] = m.text()
	}
	return list
}

func (m maker) pairs() []KV {
	n := m.IntN(6) - 1
	if n < 0 {
		return nil
	}
	list := make([]KV, n)
	for i := range list {
		list[i] = KV{Key: fmt.Appendf(nil, "K%d", i+m.IntN(2)*10), Value: m.text(), Null: m.IntN(4) == 0}
	}
	return list
}

func (m maker) ints() []int32 {
	n := m.IntN(6) - 1
	if n < 0 {
		return nil
	}
	list := make([]int32, n)
	for i := range list {
		list[i] = []int32{-1, 0, 1, MissingInt, math.MaxInt32, m.Int32N(1000)}[m.IntN(6)]
	}
	return list
}

func (m maker) floats() []float64 {
	n := m.IntN(6) - 1
	if n < 0 {
		return nil
	}
	list := make([]float64, n)
	for i := range list {
		list[i] = []float64{0, -1.5, MissingFloat(), math.Inf(1), m.NormFloat64()}[m.IntN(5)]
	}
	return list
}

func (m maker) int() Int { return Int{V: m.Int32N(100) - 50, Valid: m.often()} }

func (m maker) pair() Pair { return Pair{m.maybe(), m.maybe()} }

func (m maker) vep() VEP {
	return VEP{
		m.maybe(), m.texts(), m.maybe(), m.maybe(), m.maybe(), m.maybe(), m.maybe(), m.maybe(), m.pair(), m.pair(), m.maybe(), m.maybe(),
		m.maybe(), m.maybe(), m.maybe(), m.pair(), m.pair(), m.texts(), m.maybe(), m.maybe(), m.texts(), m.maybe(), m.maybe(), m.pairs(),
	}
}

func (m maker) site(annotations bool) Site {
	s := Site{
		Contig: fmt.Appendf(nil, "chr%d", m.IntN(3)), Start: m.Int64N(1 << 33), Names: m.texts(), Ref: m.text(), Alts: m.texts(),
		Qual: m.NormFloat64(), HasQual: m.often(), Filters: m.texts(), Attributes: m.pairs(),
	}
	s.End = s.Start + m.Int64N(100)
	if annotations && m.often() {
		s.Annotated = true
		if m.often() {
			s.VEP = make([]VEP, m.IntN(4))
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
			HasGT: m.often(), Phased: m.often(), Calls: m.ints(), GL: m.floats(),
			PL: m.ints(), AD: m.ints(), SPL: m.ints(), GQ: m.int(), DP: m.int(), PS: m.int(), Information: m.pairs(),
		}}
	}
	return calls
}
