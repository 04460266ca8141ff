package annot

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// variantLayout is a layout with columns for every role.
func variantLayout(annotationType string) *Layout {
	return &Layout{
		Schema: []Column{{"Chrom", String}, {"pos", Int}, {"stop", Long}, {"ref", String}, {"alt", String},
			{"score", Double}},
		FormatToHeader: map[string]string{
			"CHR": "#CHROM", "POS": "pos", "START": "pos", "END": "stop", "REF": "ref", "ALT": "Alt",
		},
		AnnotationType: annotationType,
	}
}

func TestLayoutColumns(t *testing.T) {
	schema := []Column{{"chrom", String}, {"pos", Int}, {"stop", Long}, {"ref", String}, {"alt", String},
		{"score", Double}}
	for name, alleles := range map[string]bool{
		"": false, "GENERIC": false, "WHATEVER": false, "CHR_POS": false, "CHR_POS_REF_ALT": true,
		"CHR_START_END_ONE_BASE": false, "CHR_START_END_REF_ALT_ONE_BASE": true,
		"CHR_START_END_ZERO_BASE": false, "CHR_START_END_REF_ALT_ZERO_BASE": true,
	} {
		l := variantLayout(name)
		want := schema
		if name == "CHR_POS" || name == "CHR_POS_REF_ALT" {
			want = append(want[:len(want):len(want)], Column{"end", Int})
		}
		if diff := cmp.Diff(want, l.Columns()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if err := l.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if l.HasAlleles() != alleles {
			t.Errorf("%s: alleles %v", name, l.HasAlleles())
		}
	}
}

func TestLayoutCheck(t *testing.T) {
	for _, c := range []struct {
		change func(*Layout)
		want   string
	}{
		{func(l *Layout) { l.Schema = nil }, "schema must have at least one column"},
		{func(l *Layout) { l.Schema[0].Name = "a-b" },
			`schema: "a-b" is not a column name of 1 to 255 letters, digits and underscores`},
		{func(l *Layout) { l.Schema[0].Name = "" },
			`schema: "" is not a column name of 1 to 255 letters, digits and underscores`},
		{func(l *Layout) { l.Schema[0].Type = 9 }, "schema: column chrom has no type"},
		{func(l *Layout) { l.Schema[0].Name = "POS" }, "schema: column pos is there twice"},
		{func(l *Layout) { l.Schema[5].Name = "ImportJobID" },
			"schema: column importjobid clashes with the column of that name that every table gets"},
		{func(l *Layout) { l.Schema[5].Name = "information" },
			"schema: column information clashes with the column of that name that every table gets"},
		{func(l *Layout) { l.Schema[5].Name = "end" },
			"schema: column end clashes with the column of that name that every table of annotationType CHR_POS_REF_ALT gets"},
		{func(l *Layout) { l.FormatToHeader["chr"] = "chrom" },
			`formatToHeader: "chr" is not one of CHR, START, END, REF, ALT, POS`},
		{func(l *Layout) { delete(l.FormatToHeader, "REF") },
			"formatToHeader must name the column of REF: annotationType CHR_POS_REF_ALT requires CHR, POS, REF, ALT"},
		{func(l *Layout) { l.FormatToHeader = nil },
			"formatToHeader must name the column of CHR: annotationType CHR_POS_REF_ALT requires CHR, POS, REF, ALT"},
		{func(l *Layout) { l.FormatToHeader["POS"] = "position" },
			`formatToHeader: POS is "position", which is not a column of the schema`},
		{func(l *Layout) { l.FormatToHeader["CHR"] = "" }, `formatToHeader: CHR is "", which is not a column of the schema`},
		{func(l *Layout) { l.Schema[0].Type = Int }, "formatToHeader: CHR is column chrom of type INT; it must be STRING"},
		{func(l *Layout) { l.Schema[1].Type = Double },
			"formatToHeader: POS is column pos of type DOUBLE; it must be INT or LONG"},
		{func(l *Layout) { l.FormatToHeader["ALT"] = "ref" }, "formatToHeader: REF and ALT are both column ref"},
	} {
		l := variantLayout("CHR_POS_REF_ALT")
		c.change(l)
		if err := l.Check(); err == nil || err.Error() != c.want {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
		if _, err := NewTSV(l, DefaultReadOptions()); err == nil || err.Error() != c.want {
			t.Errorf("NewTSV: %v", err)
		}
	}
	l := &Layout{Schema: []Column{{"end", Int}, {"x", Boolean}}, FormatToHeader: map[string]string{"CHR": ""}}
	if err := l.Check(); err != nil {
		t.Errorf("generic: %v", err)
	}
}

func TestType(t *testing.T) {
	for want, name := range typeNames {
		if got, ok := parseType(name); !ok || got != Type(want) || got.String() != name {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
	}
	if _, ok := parseType("string"); ok {
		t.Error(`"string" is a type`)
	}
	if got := Type(7).String(); got != "Type(7)" {
		t.Error(got)
	}
}
