package annot

import (
	"strings"
	"testing"
)

func TestSearchHeader(t *testing.T) {
	terms := []Column{{"gene_id", String}, {"symbol", String}, {"hpo", String}}
	sites := []Column{{"chrom", String}, {"pos", Int}, {"raw", Double}}
	one := []Column{{"symbol", String}}
	const either = "may be the header or a row, as the comment in line 1 may be the header too"
	for name, c := range map[string]struct {
		schema []Column
		lines  string
		want   string // the first row, or what the error says
	}{
		"commented header of other names": {terms, "#Format: x\n#entrez\tgene\tterm\n1\tA1BG\tHP:1", `3: "1" "A1BG" "HP:1"`},
		"on the first line":               {terms, "#entrez\tgene\tterm\n1\tA1BG\tHP:1", `2: "1" "A1BG" "HP:1"`},
		"on the first line, with a BOM":   {terms, "\xEF\xBB\xBF#entrez\tgene\tterm\n1\tA1BG\tHP:1", `2: "1" "A1BG" "HP:1"`},
		"blank lines after it":            {terms, "#entrez\tgene\tterm\r\n\r\n1\tA1BG\tHP:1", `3: "1" "A1BG" "HP:1"`},
		"CADD":                            {sites, "## CADD v1.6\n#Chrom\tPos\tRawScore\n1\t10\t0.5", `3: "1" 10 0.5`},
		"a missing mark in its first row": {sites, "#Chrom\tPos\tRawScore\n1\t.\t.",
			"Line 2, column Pos: \".\" is not an integer"},
		"a row of few columns": {terms, "#entrez\tgene\tterm\n1\tA1BG", "has 2 columns, 3 are expected"},
		"names of the schema misplaced": {terms, "#hpo\tgene\tterm\n1\tA1BG\tHP:1",
			"is column 1 of the header and column 3 of the schema"},
		"a name of the schema twice": {terms, "#symbol\tsymbol\thpo\n1\tA1BG\tHP:1",
			"names the schema's column symbol twice"},
		"every name, further columns": {terms, "# HPO\tsymbol\tGene ID\tx\n# y\nHP:1\tA1BG\t1\tz",
			`3: "1" "A1BG" "HP:1" x="z"`},
		"every name, below a comment": {terms, "# made\tby\tx\ngene_id\tsymbol\thpo\n1\tA1BG\tHP:1",
			`3: "1" "A1BG" "HP:1"`},
		"every name, more, below one": {terms, "# made\tby\tx\nhpo\tsymbol\tgene_id\tk\nHP:1\tA1BG\t1\tz",
			`3: "1" "A1BG" "HP:1" k="z"`},
		"no comment of as many columns":   {terms, "# prose\nentrez\tgene\tterm\n1\tA1BG\tHP:1", `3: "1" "A1BG" "HP:1"`},
		"a quote not closed in a comment": {terms, "#a\t\"b\tc\nentrez\tgene\tterm\n1\tA1BG\tHP:1", `3: "1" "A1BG" "HP:1"`},
		"words above numbers":             {sites, "# made\tby\tx\nchr\tposition\tscore\n1\t10\t0.5", `3: "1" 10 0.5`},
		"a row commented out":             {sites, "#1\t9\t.\nchr\tposition\tscore\n1\t10\t0.5", `3: "1" 10 0.5`},
		"a name of the schema below":      {terms, "# made\tby\tx\nentrez\tsymbol\tterm\n1\tA1BG\tHP:1", either},
		"another comment between":         {terms, "#entrez\tgene\tterm\n#\n1\tA1BG\tHP:1", either},
		"one column":                      {one, "# prose or name\nA1BG", either},
		"one column, named":               {one, "# prose\nSymbol\nA1BG", `3: "A1BG"`},
		"more columns than the schema's":  {one, "# prose\nA1BG\tx", "has 2 columns, and not the schema's symbol"},
	} {
		t.Run(name, func(t *testing.T) {
			o := DefaultReadOptions()
			o.Comment = "#"
			tsv, err := NewTSV(&Layout{Schema: c.schema}, o)
			if err != nil {
				t.Fatal(err)
			}
			if got := firstRow(tsv, c.lines); !strings.Contains(got, c.want) {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// firstRow shows the first row below the header, or the error.
func firstRow(tsv *TSV, lines string) string {
	search, found := tsv.SearchHeader(), false
	for i, line := range strings.Split(lines, "\n") {
		row, err := found, error(nil)
		if !found {
			found, row, err = search.Offer([]byte(line), int64(i+1))
		}
		if err != nil {
			return err.Error()
		}
		if !row {
			continue
		}
		r, err := tsv.Row([]byte(line), int64(i+1))
		if err != nil {
			return err.Error()
		}
		if r != nil {
			return string(rune('1'+i)) + ": " + showRow(tsv, r)
		}
	}
	return "no row"
}
