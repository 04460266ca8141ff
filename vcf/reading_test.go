package vcf

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of docs/reading.json")

// readingDoc is docs/reading.json: how VCF files are read, with examples. The tables of docs/vcf.md and
// docs/design/hts-specs.md are made from it.
type readingDoc struct {
	Base struct {
		Version string
		Header  []string
		Record  columns
	}
	Cases []readingCase
	Never []readingCase

	Specification struct {
		Always []struct {
			Files      []string
			Fault, Why string
		}
		DefaultRefuses []string `json:"default_refuses"`
		Never          []string
	}
}

// readingCase is one way to break a rule. Of the example one part is set: the odd record, line, meta line or order of
// contigs.
type readingCase struct {
	Rule, Grade, What, Who, Becomes, Reason, Version string
	Latin1, First                                    bool
	Spaced                                           string // what has spaces for tabs: "#CHROM" or "file"
	Example                                          *struct {
		Meta, Line *string
		Record     columns
		Contigs    []string
	}
}

func loadReading(t testing.TB) *readingDoc {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "reading.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc readingDoc
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for i := range doc.Cases {
		doc.Cases[i].Reason = ours.Replace(doc.Cases[i].Reason)
	}
	for i := range doc.Never {
		doc.Never[i].Reason = ours.Replace(doc.Never[i].Reason)
	}
	return &doc
}

// ours says in this package's words what the document has in those of statusMessage.
var ours = strings.NewReplacer("unparsable vcf record with allele", ErrAllele.Error(),
	"there aren't enough columns for line", ErrColumns.Error(),
	"Key found in field INFO but isn't defined in the VCFHeader.", ErrUndeclared.Error())

// file makes a file of the case: a good record, an odd one, and both again. at is the line that is odd first.
func (d *readingDoc) file(c *readingCase) (text string, at int64) {
	version := d.Base.Version
	if c.Version != "" {
		version = c.Version
	}
	lines := append([]string{"##fileformat=VCFv" + version}, d.Base.Header...)
	if c.Example.Meta != nil {
		lines, at = append(lines, *c.Example.Meta), int64(len(lines)+1)
	}
	if c.First {
		lines, at = append([]string{*c.Example.Meta}, lines[:len(lines)-1]...), 1
	}
	lines = append(lines, chromLine+"\tFORMAT\tS1")
	if c.Spaced != "" {
		lines[len(lines)-1] = strings.ReplaceAll(lines[len(lines)-1], "\t", " ")
	}
	if c.Spaced != "" && c.Example.Record == nil {
		at = int64(len(lines))
	}
	for n := range 4 {
		odd := n%2 == 1
		record := d.record(n, nil)
		switch {
		case c.Example.Contigs != nil:
			record = d.record(n, columns{"CHROM": c.Example.Contigs[n]})
			odd = n == 2
		case odd && c.Example.Line != nil:
			record = *c.Example.Line
		case odd:
			record = d.record(n, c.Example.Record)
		}
		if lines = append(lines, record); odd && at == 0 {
			at = int64(len(lines))
		}
	}
	text = strings.Join(lines, "\n") + "\n"
	if c.Spaced == "file" {
		text = strings.ReplaceAll(text, "\t", " ")
	}
	if version < "4.2" { // which has no Number=R
		text = strings.Replace(text, "Number=R", "Number=.", 1)
	}
	if c.Latin1 {
		text = strings.ReplaceAll(text, "é", "\xe9")
	}
	return text, at
}

func (d *readingDoc) record(n int, odd columns) string {
	names := append(slices.Clone(fixedColumns[:]), "FORMAT", "S1")
	names[0] = "CHROM"
	var values []string
	for _, name := range names {
		value, ok := odd[name]
		if !ok {
			value = d.Base.Record[name]
		}
		if name == "POS" {
			value = fmt.Sprint(1000 + n)
		}
		values = append(values, value)
	}
	return strings.Join(values, "\t")
}

// Each case is read, counted and refused as its grade says.
func TestReading(t *testing.T) {
	doc := loadReading(t)
	for i := range doc.Cases {
		c := &doc.Cases[i]
		t.Run(c.Rule+" "+c.What, func(t *testing.T) {
			rule, err := ParseRules(c.Rule)
			if err != nil {
				t.Fatal(err)
			}
			if c.Example == nil { // of normalisation: internal/act/ingest
				return
			}
			text, at := doc.file(c)
			for _, setting := range []struct {
				name    string
				relaxed Rules
				reads   bool
			}{
				{"strict", 0, c.Grade == "custom"},
				{"default", Customary, c.Grade != "breach"},
				{"relaxed", rule, true},
				{"all but it", AllRules &^ rule, c.Grade == "custom"},
			} {
				_, notes, err := readRelaxed([]byte(text), setting.relaxed, nil)
				var fault *ParseError
				switch {
				case !setting.reads && (!errors.As(err, &fault) || fault.Rule.String() != c.Rule || fault.Line != at ||
					!strings.Contains(fault.reason(), c.reason())):
					t.Errorf("%s: %v, rule %v", setting.name, err, fault)
				case !setting.reads:
				case err != nil:
					t.Errorf("%s: %v", setting.name, err)
				case !strings.HasPrefix(notes.String(), c.Rule+" ") ||
					!strings.Contains(notes.String(), fmt.Sprintf("(first at line %d: %s", at, c.Reason)) ||
					strings.Count(notes.String(), "first at") != 1:
					t.Errorf("%s: line %d: %s", setting.name, at, &notes)
				}
			}
		})
	}
	for i := range doc.Never {
		c := &doc.Never[i]
		text, at := doc.file(c)
		_, _, err := readRelaxed([]byte(text), AllRules, nil)
		var fault *ParseError
		if !errors.As(err, &fault) || fault.Rule != 0 || fault.Line != at || !strings.Contains(err.Error(), c.Reason) {
			t.Errorf("%s: %v", c.What, err)
		}
	}
}

// reason is what an error says of the column, which stands elsewhere in it.
func (c *readingCase) reason() string {
	if _, after, ok := strings.Cut(c.Reason, ": "); ok && !strings.HasPrefix(c.Rule, "header") {
		return after
	}
	return c.Reason
}

// Every rule has a case in each grade in which the code knows it.
func TestReadingNamesEveryRule(t *testing.T) {
	named := map[string]bool{}
	for _, c := range loadReading(t).Cases {
		named[c.Rule] = true
	}
	for rule := Rule(1); rule < numRules; rule++ {
		if !named[rule.String()] {
			t.Errorf("docs/reading.json has no case of %s", rule)
		}
	}
}

// docs/vcf.md and docs/design/hts-specs.md have the tables that docs/reading.json gives.
func TestReadingTables(t *testing.T) {
	doc := loadReading(t)
	for name, tables := range map[string]map[string]string{
		"vcf.md":              {"let pass": doc.letPass(), "relax": doc.relax(), "never": doc.never()},
		"design/hts-specs.md": {"specification": doc.specification()},
	} {
		path := filepath.Join("..", "docs", filepath.FromSlash(name))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got := string(text)
		for table, rows := range tables {
			begin, end := "<!-- "+table+": made from reading.json -->\n", "<!-- end of "+table+" -->"
			before, rest, ok := strings.Cut(got, begin)
			_, after, ok2 := strings.Cut(rest, end)
			if !ok || !ok2 {
				t.Fatalf("docs/%s has no %q", name, table)
			}
			got = before + begin + "\n" + rows + "\n" + end + after
		}
		if got == string(text) {
			continue
		}
		if !*update {
			t.Fatalf("docs/%s is not what docs/reading.json gives: go test ./vcf -run TestReading -update", name)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func (d *readingDoc) letPass() string {
	rows := []string{"| in the file | who writes it | what becomes of it | counted as | with `--strict` |",
		"|---|---|---|---|---|"}
	for i := range d.Cases {
		if c := &d.Cases[i]; c.Grade != "breach" {
			strict := map[string]string{"habit": "refused", "custom": "read"}[c.Grade]
			rows = append(rows, fmt.Sprintf("| %s | %s | %s | `%s` | %s |", c.What, c.Who, c.Becomes, c.Rule, strict))
		}
	}
	return strings.Join(rows, "\n") + "\n"
}

func (d *readingDoc) relax() string {
	rows := []string{"| rule | broken by | for example | what becomes of it |", "|---|---|---|---|"}
	for i := range d.Cases {
		if c := &d.Cases[i]; c.Grade == "breach" {
			rows = append(rows, fmt.Sprintf("| `%s` | %s | %s | %s |", c.Rule, c.What, c.Who, c.Becomes))
		}
	}
	return strings.Join(rows, "\n") + "\n"
}

func (d *readingDoc) never() string {
	var rows []string
	for i := range d.Never {
		rows = append(rows, "- "+d.Never[i].What)
	}
	return strings.Join(rows, "\n") + "\n"
}

func (d *readingDoc) specification() string {
	rows := []string{"With `--strict` these read, and no others:", "", "| file | its fault | why it is accepted |",
		"|---|---|---|"}
	for _, g := range d.Specification.Always {
		rows = append(rows, fmt.Sprintf("| %s | %s | %s |", listed(g.Files), g.Fault, g.Why))
	}
	rows = append(rows, "", "By default these do not, and all others do, with what is wrong counted:", "",
		listed(d.Specification.DefaultRefuses), "",
		"and neither do these, which no setting lets in:", "", listed(d.Specification.Never))
	return strings.Join(rows, "\n") + "\n"
}

var numbered = regexp.MustCompile(`^(.*)_(\d+)$`)

// listed names files as docs do: those of one kind together.
func listed(files []string) string {
	var parts []string
	before := ""
	for _, file := range files {
		kind, number := file, ""
		if m := numbered.FindStringSubmatch(file); m != nil {
			kind, number = m[1], m[2]
		}
		if kind == before && number != "" {
			parts[len(parts)-1] += ", `_" + number + "`"
			continue
		}
		before = kind
		version, name, _ := strings.Cut(file, "/")
		parts = append(parts, version+" `failed_"+name+"`")
	}
	return strings.Join(parts, "; ")
}
