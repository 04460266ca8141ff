package tabletest

import (
	"fmt"
	"math"

	"github.com/varlake/varlake/internal/table/column"
)

// Columns makes a random schema, of every type, with names that ask for quotes.
func (m Maker) Columns(n int) []column.Flat {
	columns := []column.Flat{{Name: "importjobid", Type: column.TypeText}, {Name: "information", Type: column.TypeTextMap},
		{Name: "chrom", Type: column.TypeText}, {Name: "end", Type: column.TypeInt}, {Name: "start", Type: column.TypeLong}}
	for i := range n {
		columns = append(columns, column.Flat{Name: []string{"select_%d", "%d_digits", "_%d"}[m.IntN(3)],
			Type: column.FlatType(m.IntN(int(column.TypeTextMap) + 1))})
		columns[len(columns)-1].Name = fmt.Sprintf(columns[len(columns)-1].Name, i)
	}
	m.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
	return columns
}

// Row makes a random row. Every column has about as many NULLs in nulls.
func (m Maker) Row(columns []column.Flat, nulls int) []column.Value {
	values := make([]column.Value, len(columns))
	for i := range values {
		v := &values[i]
		v.Null = m.IntN(nulls) == 0
		switch columns[i].Type {
		case column.TypeText:
			if v.Text = m.Text(); columns[i].Name == "chrom" {
				v.Text = fmt.Appendf(nil, "chr%d", 1+m.IntN(12))
			}
		case column.TypeInt:
			v.Int = []int64{math.MinInt32, math.MaxInt32, 0, int64(m.Int32()), m.Int64N(100)}[m.IntN(5)]
		case column.TypeLong:
			v.Int = []int64{math.MinInt64, math.MaxInt64, 0, m.Int64(), m.Int64N(100)}[m.IntN(5)]
		case column.TypeFloat, column.TypeDouble:
			v.Float = []float64{0, math.Copysign(0, -1), math.Inf(-1), math.NaN(), 1e-40, m.NormFloat64(),
				float64(m.IntN(100)) / 10}[m.IntN(7)]
		case column.TypeBoolean:
			v.Bool = m.Often()
		case column.TypeTextList:
			v.List = m.Texts()
		case column.TypeTextMap:
			v.Map = m.Pairs()
		}
	}
	return values
}

// WantRow says what row the values must become, floats being as in Bits.
func WantRow(columns []column.Flat, values []column.Value) Row {
	r := make(Row, len(values))
	for i, v := range values {
		switch {
		case v.Null:
		case columns[i].Type == column.TypeText:
			r[i] = string(v.Text)
		case columns[i].Type == column.TypeInt:
			r[i] = int32(v.Int)
		case columns[i].Type == column.TypeLong:
			r[i] = v.Int
		case columns[i].Type == column.TypeFloat:
			r[i] = Bits(float32(v.Float))
		case columns[i].Type == column.TypeDouble:
			r[i] = Bits(v.Float)
		case columns[i].Type == column.TypeBoolean:
			r[i] = v.Bool
		case columns[i].Type == column.TypeTextList:
			r[i] = WantTexts(v.List)
		case v.Map != nil && len(v.Map) == 0:
			r[i] = Entries{}
		default:
			r[i] = WantMap(v.Map)
		}
	}
	return r
}

// Bits is a float that equals itself, spelled as read_table.py of the variant room does.
func Bits(value any) any {
	switch value := value.(type) {
	case float32:
		return Bits(float64(value))
	case float64:
		return map[string]any{"bits": math.Float64bits(value)}
	}
	return value
}
