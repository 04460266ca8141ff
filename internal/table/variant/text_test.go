package variant

import (
	"math"
	"strconv"
	"testing"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/vcf"
)

// FuzzFloat holds the text of a number to being the same number.
func FuzzFloat(f *testing.F) {
	for _, v := range []float64{0, math.Copysign(0, -1), 1, 100, 0.1, 1e-7, 9.9e-8, 1e15, 1e22, math.MaxFloat64,
		math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), -2.5, 1 << 53, math.MaxInt64} {
		f.Add(math.Float64bits(v))
	}
	f.Fuzz(func(t *testing.T, bits uint64) {
		want := math.Float64frombits(bits)
		text := AppendFloat(nil, want)
		got, ok := vcf.ParseFloat(text)
		if !ok || math.Float64bits(got) != bits && !math.IsNaN(want) {
			t.Errorf("%v is written %s, which is %v", want, text, got)
		}
		if standard, err := strconv.ParseFloat(string(text), 64); err != nil || standard != want && !math.IsNaN(want) {
			t.Errorf("%v is written %s, which is %v, %v", want, text, standard, err)
		}
	})
}

func TestAppendText(t *testing.T) {
	list := &Target{List: true}
	numbers := &Target{List: true, Numeric: true}
	for _, c := range []struct {
		target *Target
		value  string
		want   string
	}{
		{&Target{}, "[a, b]", "[a, b]"}, {list, "[a, b]", "a,b"}, {list, "[a,  b, , c]", "a, b,,c"}, {list, "[null]", "null"},
		{numbers, "[null, 1, null]", ".,1,."},
		{list, "[]", ""}, {list, "plain", "plain"}, {list, "", "."}, {numbers, "[[1]]", "[1]"},
	} {
		if got := string(appendText(nil, &column.KV{Value: []byte(c.value)}, c.target)); got != c.want {
			t.Errorf("%q: %q, want %q", c.value, got, c.want)
		}
	}
	if got := string(appendText(nil, &column.KV{Null: true}, list)); got != "." {
		t.Errorf("NULL: %q", got)
	}
}

// Tables of before 2026-12 have GQ in information where its Number is not 1; now several values come with the column's
// own text.
func TestAppendOne(t *testing.T) {
	gq := Target{Column: GQ, Name: []byte("gq"), List: true, Numeric: true}
	old := []column.KV{{Key: []byte("ad"), Value: []byte("[1]")}, {Key: []byte("gq"), Value: []byte("[null, 99]")}}
	for _, c := range []struct {
		call   Call
		target Target
		want   string
	}{
		{Call{GQ: column.Int{V: 99, Valid: true}}, gq, "99"},
		{Call{}, gq, "."},
		{Call{Information: old}, gq, ".,99"},
		{Call{Information: old}, Target{Column: GQ}, "."},
		{Call{Information: old, Text: []byte("98,97")}, gq, "98,97"},
	} {
		if got := string(AppendCall(nil, &c.call, []Target{c.target})); got != c.want {
			t.Errorf("%+v: %q, want %q", c.call, got, c.want)
		}
	}
}
