package annot

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Value is one value of a row. Which field holds it depends on the column's type:
// Text of STRING, Int of INT and LONG, Float of FLOAT (rounded to 32 bits) and
// DOUBLE, Bool of BOOLEAN.
type Value struct {
	Null  bool
	Bool  bool
	Text  []byte
	Int   int64
	Float float64
}

// Row is one row of a TSV store.
type Row struct {
	Values      []Value // in the order of Layout.Columns, coordinates as the table has them
	Information []KV    // the header's other columns

	// What the annotation type knows of the place; the zero values otherwise.
	Chrom      []byte
	Start, End int64  // 0-based half-open
	Ref, Alt   []byte // Alt as in the file, which may be several alleles separated by commas

	read allele // as in the file
}

type allele struct {
	start, end int64
	ref        []byte
}

// plan is what a TSV derives from its layout. It never changes.
type plan struct {
	columns []Column // of the table
	schema  int      // how many of them are the schema's
	coordinates
	at     [roles]int // index of the schema's column by role; -1 when the type has none
	placed []bool     // by the schema's column: it has a role
}

// TSV parses the rows of a TSV, CSV or BED file. It serves one goroutine; others
// get clones. Files are read as Spark reads CSV in mode FAILFAST with the store's
// schema, but for what setHeader and Row say.
type TSV struct {
	plan    *plan
	format  *format
	mapping *mapping
	bed     bool
	row     Row
	fields  []field
	buf     []byte // values that held escapes
	decoded []byte // a line of another encoding
}

// NewTSV returns a parser. Its error is that of Layout.Check or ReadOptions.Check.
func NewTSV(l *Layout, o ReadOptions) (*TSV, error) {
	if err := l.Check(); err != nil {
		return nil, err
	}
	f, err := o.parse()
	if err != nil {
		return nil, err
	}
	p := &plan{columns: l.Columns(), schema: len(l.Schema), coordinates: *l.coordinates()}
	if p.at, err = l.resolve(); err != nil {
		return nil, err
	}
	p.placed = make([]bool, p.schema)
	for _, role := range p.roles {
		p.placed[p.at[role]] = true
	}
	t := &TSV{plan: p, format: f}
	if !f.header {
		names := make([]string, p.schema)
		for i := range names {
			names[i] = p.columns[i].Name
		}
		t.mapping = byPosition(names)
		t.bed = p.zeroBased()
	}
	return t, nil
}

// zeroBased tells layouts whose START is 0-based, as BED's is.
func (p *plan) zeroBased() bool { return p.at[start] >= 0 && !p.oneBase }

// Clone returns a parser with the same header and buffers of its own.
func (t *TSV) Clone() *TSV {
	return &TSV{plan: t.plan, format: t.format, mapping: t.mapping, bed: t.bed}
}

// isComment tells comments from rows.
func (t *TSV) isComment(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	if text[0] == t.format.comment && t.format.comment != 0 {
		return true
	}
	return t.bed && (text[0] == '#' && t.format.comment == 0 || isTrackLine(text))
}

// isTrackLine tells the lines that UCSC puts before BED's. They hold a space where
// a BED line has a chromosome's name, which cannot.
func isTrackLine(text []byte) bool {
	return bytes.HasPrefix(text, []byte("track ")) || bytes.HasPrefix(text, []byte("browser "))
}

// Row parses a line; line is its 1-based number. row is nil for blank lines and
// comments, and is valid until the next call.
//
// A file without header whose annotation type has a 0-based START is taken for BED:
// lines that begin with '#' are comments (BED v1, 1.4.2), unless the options name
// another character for these, and lines that begin with "track " or "browser ",
// which belong to UCSC's track files (BED v1, 4), are passed over.
//
// A row has as many values as the file has columns. A value that is empty or one of NullValues, and not
// quoted, is NULL, but those of NullValues stay in the columns that FormatToHeader names, where '.' may be an allele; a
// quoted one is the empty STRING, and NULL in columns of other types. Blanks around a number or BOOLEAN mean nothing.
// The columns that FormatToHeader names must not be NULL or empty. 1-based POS and START are at least 1, a 0-based
// START at least 0, and END is not before START as written, so that a 1-based interval has at least one base.
//
// A value begins with its quote to be quoted. In quotes, a quote is written doubled
// (RFC 4180) or after the escape character, and the escape character after itself.
// Blanks after a quoted value mean nothing; other text there, and a quote not closed
// in its line, are faults, where Spark takes the quotes for data.
func (t *TSV) Row(text []byte, line int64) (row *Row, err error) {
	text = t.clean(text, line)
	if len(text) == 0 || text[0] <= ' ' && blank(text) || t.isComment(text) {
		return nil, nil
	}
	m := t.mapping
	if m == nil {
		return nil, fail(line, "", text, "stands where the header was not read")
	}
	fault := t.lineFault(text)
	text = t.decode(text)
	reason := t.split(text, len(m.to))
	switch {
	case fault != "":
		return nil, t.faulty(text, fault, line)
	case reason == tooMany, reason == "" && len(t.fields) < len(m.to):
		return nil, t.columnCount(text, reason, line)
	case reason != "":
		at := len(t.fields) - 1
		return nil, t.hintQuotes(fail(line, m.names[at], t.fields[at].text, reason), text)
	}
	if err := t.values(len(text) > maxValueBytes, line); err != nil {
		return nil, err
	}
	if err := t.place(line); err != nil {
		return nil, err
	}
	return &t.row, nil
}

func (t *TSV) columnCount(text []byte, reason string, line int64) error {
	want := len(t.mapping.to)
	if reason == "" {
		reason = fmt.Sprintf("has %d columns, %d are expected", len(t.fields), want)
	} else {
		reason = fmt.Sprintf("has more than the %d columns expected", want)
	}
	e := t.hintLine(fail(line, "", text, reason), text)
	if e.Hint == "" && t.format.header && t.split(text, want+1) == "" && len(t.fields) == want+1 &&
		len(t.fields[want].text) > 0 { // else a separator too many ends it
		e.Hint = rowNames
	}
	return e
}

// rowNames is the hint for a row of one value more than the header has names.
const rowNames = "; when its first value is the row's name, as R writes it, name that column in the header, " +
	"or write the table with row.names=FALSE or col.names=NA"

// faulty finds the value whose characters cannot be, when the row has its columns.
func (t *TSV) faulty(text []byte, fault string, line int64) error {
	if len(t.fields) < len(t.mapping.to) || fault == crcrlf {
		return fail(line, "", text, fault)
	}
	for i, f := range t.fields {
		if reason := t.textFault(f.text); reason != "" {
			return fail(line, t.mapping.names[i], f.text, reason)
		}
	}
	return fail(line, "", text, fault)
}

// values converts t.fields. long tells that one may be too long.
func (t *TSV) values(long bool, line int64) error {
	m, columns := t.mapping, t.plan.columns
	r := &t.row
	if cap(r.Values) < len(columns) {
		r.Values = make([]Value, len(columns))
	}
	if cap(r.Information) < len(m.keys) {
		r.Information = make([]KV, len(m.keys))
	}
	r.Values, r.Information = r.Values[:len(columns)], r.Information[:len(m.keys)]
	for i := range t.fields {
		f := &t.fields[i]
		if long && len(f.text) > maxValueBytes {
			return fail(line, m.names[i], f.text, tooLong)
		}
		to := m.to[i]
		if to < 0 {
			r.Information[^to] = KV{Key: m.keys[^to], Value: f.text, Null: !f.quoted && (len(f.text) == 0 || t.isNull(f.text))}
			continue
		}
		typ, placed := columns[to].Type, t.plan.placed[to]
		if !placed && (typ != String || !f.quoted) && t.isNull(f.text) {
			r.Values[to] = Value{Null: true}
			continue
		}
		if reason := f.convert(typ, &r.Values[to]); reason != "" {
			e := fail(line, m.names[i], f.text, reason)
			switch {
			case !placed && isMark(f.text):
				mark := string(trimBlanks(f.text))
				return e.mend(nullHint(append(slices.Clone(t.format.nulls), mark), false), "nullValue", mark)
			case !t.format.header && (columnName(f.text) == columns[to].Name ||
				line == 1 && t.likeness(columns[:t.plan.schema]) == likeHeader):
				return e.mend("; when this line is the header, leave readOptions.header, or --no-header, out", "header", "true")
			}
			return e
		}
	}
	return nil
}

// isNull tells whether the options say of a text that it means a missing value.
func (t *TSV) isNull(text []byte) bool {
	for _, mark := range t.format.nulls {
		if string(text) == mark || string(trimBlanks(text)) == mark {
			return true
		}
	}
	return false
}

// marks are what tables have for missing values.
var marks = []string{".", "-", "NA", "N/A", "na", "n/a", "#N/A", "NULL", "null", "None", "none", "?", "*", `\N`}

func isMark(text []byte) bool { return slices.Contains(marks, string(trimBlanks(text))) }

// maxNullValue is how many characters a value of annotationFields may have.
const maxNullValue = 21

// nullHint tells how to have marks read as missing values, of which several are new.
func nullHint(marks []string, several bool) string {
	all := strings.Join(marks, ",")
	if len(all) > maxNullValue {
		return fmt.Sprintf("; if these mark missing values: %q, they are more than a job can name, in %d characters: write empty values for some", all, maxNullValue)
	}
	what := "it marks a missing value, name it"
	if several {
		what = "these mark missing values, name them"
	}
	return fmt.Sprintf(`; if %s: annotationFields {"nullValue": %q}, or --null-value %q`, what, all, all)
}

// convert reads a value of a type.
func (f *field) convert(typ Type, v *Value) (reason string) {
	text := f.text
	*v = Value{}
	if len(text) == 0 {
		v.Null = !f.quoted || typ != String
		v.Text = text
		return ""
	}
	if typ == String {
		v.Text = text
		return ""
	}
	if c := text[0]; c <= ' ' || text[len(text)-1] <= ' ' {
		text = trimBlanks(text)
	}
	how := good
	switch typ {
	case Int, Long:
		v.Int, how = parseInt(text)
		if typ == Int && how == good && int64(int32(v.Int)) != v.Int {
			how = outOfRange
		}
	case Float:
		v.Float, how = parseFloat(text, 32)
	case Double:
		v.Float, how = parseFloat(text, 64)
	case Boolean:
		if v.Bool = isWord(text, "true"); !v.Bool && !isWord(text, "false") {
			return "is neither true nor false, as type BOOLEAN needs"
		}
	}
	switch {
	case how == good:
		return ""
	case how == outOfRange:
		return "is out of the range of type " + typ.String()
	case typ == Int || typ == Long:
		return "is not an integer of type " + typ.String()
	}
	return "is not a number of type " + typ.String()
}

// Fail makes an Error of the value of the row parsed last that a key of FormatToHeader
// names, for what is found wrong with it beyond its own text. The layout must have the key.
func (t *TSV) Fail(key string, line int64, reason string) error {
	return t.failAt(slices.Index(roleNames[:], key), line, reason)
}

// failAt makes an Error of the value in a role.
func (t *TSV) failAt(role int, line int64, reason string) error {
	i := t.mapping.from[t.plan.at[role]]
	return fail(line, t.mapping.names[i], t.fields[i].text, reason)
}

// place checks the coordinates and converts them to those of the table.
func (t *TSV) place(line int64) error {
	p, r := t.plan, &t.row
	r.Chrom, r.Ref, r.Alt, r.Start, r.End, r.read = nil, nil, nil, 0, 0, allele{}
	for _, role := range p.roles {
		v := &r.Values[p.at[role]]
		if v.Null {
			return t.failAt(role, line, "the value is NULL, which "+roleNames[role]+" must not be")
		}
		switch role {
		case chr:
			r.Chrom = v.Text
		case pos, start:
			r.Start = v.Int
		case end:
			r.End = v.Int
		case ref:
			r.Ref = v.Text
		case alt:
			r.Alt = v.Text
		}
		if (role == chr || role == ref || role == alt) && len(v.Text) == 0 {
			return t.failAt(role, line, "the value is empty, which "+roleNames[role]+" must not be")
		}
	}
	if len(p.roles) == 0 {
		return nil
	}
	first := start
	if p.at[pos] >= 0 {
		first = pos
	}
	switch {
	case p.oneBase && r.Start < 1:
		return t.failAt(first, line, "is smaller than 1, the first position")
	case r.Start < 0:
		return t.failAt(first, line, "is smaller than 0, the first position")
	case first == start && r.End < r.Start:
		return t.failAt(end, line, "is smaller than "+roleNames[start]+", "+strconv.FormatInt(r.Start, 10))
	}
	if p.oneBase {
		r.Start--
	}
	if p.addsEnd {
		length := int64(1)
		if r.Ref != nil {
			length = int64(utf8.RuneCount(r.Ref))
		}
		if r.Start > math.MaxInt32-length {
			return t.failAt(first, line, "makes an end beyond 2147483647, the largest INT")
		}
		r.End = r.Start + length
	}
	r.read = allele{r.Start, r.End, r.Ref}
	t.write(r)
	return nil
}

// write copies a row's place into its values.
func (t *TSV) write(r *Row) {
	p := t.plan
	for _, role := range p.roles {
		v := &r.Values[p.at[role]]
		switch role {
		case pos, start:
			v.Int = r.Start
		case end:
			v.Int = r.End
		case ref:
			v.Text = r.Ref
		case alt:
			v.Text = r.Alt
		}
	}
	if p.addsEnd {
		r.Values[p.schema] = Value{Int: r.End}
	}
}

// SetAllele gives a row that t parsed another place and alleles, as left-normalising
// it does, or one of several alternate alleles. start is 0-based. End becomes
// start + len(ref), unless start and ref are those of the file, whose end stays: it
// may be that of a symbolic allele. The row's values refer to ref and alt. The layout
// must have alleles; so that end fits its column it must not lie beyond the file's by more
// than normalising can move it, one base.
func (t *TSV) SetAllele(r *Row, start int64, ref, alt []byte) {
	r.Start, r.Ref, r.Alt = start, ref, alt
	if start == r.read.start && bytes.Equal(ref, r.read.ref) {
		r.End = r.read.end
	} else {
		r.End = start + int64(len(ref))
	}
	t.write(r)
}
