package annot

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxColumns bounds the columns of a file, as Spark's maxColumns does.
const maxColumns = 20_480

// mapping says where the values of a file's columns go. It never changes.
type mapping struct {
	names []string // of the file's columns, for messages
	to    []int    // by the file's column: index of Row.Values, or ^index of Row.Information
	from  []int    // by index of Row.Values: the file's column
	keys  [][]byte // of Row.Information
}

// byPosition maps the file's columns to the schema's in order.
func byPosition(names []string) *mapping {
	m := &mapping{names: names}
	for i := range names {
		m.to = append(m.to, i)
	}
	m.from = m.to
	return m
}

// setHeader reads the header line; line is its 1-based number.
//
// When the header names every column of the schema, in whatever order, values are
// taken by name, and those of its other columns become the information map. Names
// are compared in the form of column names: without blanks and '#' around them, in
// lower case, with '_' for whatever is not a letter, digit or underscore of ASCII. Of
// further columns, one without a name is called "_c" and its 0-based number, and
// those of one name get their number at the end of it, as in Spark.
//
// Otherwise, when there are as many columns as in the schema, values are taken by
// position, which is what Spark always does. But a header that has a name of the
// schema in another place, or a number above a numeric column, is refused: the one
// would mix columns up, the other lose a row.
func (t *TSV) setHeader(text []byte, line int64) error {
	text = t.clean(text, line)
	if blank(text) {
		return fail(line, "", nil, "the header line is empty")
	}
	if reason := t.lineFault(text); reason != "" {
		return fail(line, "", text, reason)
	}
	text = t.decode(text)
	switch reason := t.split(text, maxColumns); reason {
	case "":
	case tooMany:
		return fail(line, "", text, "has more than 20480 columns")
	default:
		return t.hintQuotes(fail(line, "", t.fields[len(t.fields)-1].text, reason), text)
	}
	m, missing := t.byName()
	if m == nil {
		return fail(line, "", text, "names the schema's column "+missing[0]+" twice; rename the one that is not meant")
	}
	schema := t.plan.columns[:t.plan.schema]
	if len(missing) > 0 {
		if len(t.fields) != len(schema) {
			return t.hintLine(t.lacks(text, line, missing), text)
		}
		if err := t.checkPositions(line, schema); err != nil {
			return err
		}
		m = byPosition(t.headerNames())
	}
	t.mapping = m
	return nil
}

// lacks says which columns of the schema the header in t.fields lacks.
func (t *TSV) lacks(text []byte, line int64, missing []string) *Error {
	return fail(line, "", text, fmt.Sprintf("has %d columns, and not the schema's %s", len(t.fields), listNames(missing)))
}

// commentMarks are what lines of preambles begin with: those of ontologies and of MATLAB have '!' and '%'.
var commentMarks = []string{"#", "%", "!", "//"}

// hintLine tells, for a line of a preamble, how to have it passed over, and for one of other separators, how to have it
// cut. A header that begins with '#' is found all the same.
func (t *TSV) hintLine(e *Error, text []byte) *Error {
	if t.format.header && t.plan.zeroBased() && isTrackLine(text) {
		return e.mend("; when it is a BED file, set readOptions.header to false, or --no-header", "header", "false")
	}
	for _, mark := range commentMarks {
		if t.format.comment == 0 && bytes.HasPrefix(text, []byte(mark)) {
			return e.mend(fmt.Sprintf(
				"; when lines that begin with %s are comments, set readOptions.comment to %q, or --comment %q", mark,
				mark[:1], mark[:1]),
				"comment", mark[:1])
		}
	}
	if sep := t.otherSep(text); sep != "" {
		return e.mend(fmt.Sprintf("; when its columns are separated by %q, set readOptions.sep to %q, or --sep %q", sep, sep,
			sep), "sep", sep)
	}
	return e
}

// otherSep finds what separates the columns of a line that has but one as it was cut: what names every column of the
// schema or, where nothing does, the only one that makes as many columns; blanks count when no other does. "" when
// nothing does, or several do.
func (t *TSV) otherSep(text []byte) (sep string) {
	schema := t.plan.schema
	if len(t.fields) > 1 || schema == 1 || !utf8.Valid(text) {
		return ""
	}
	several := false
	for _, other := range []string{"\t", ",", ";", "|", " "} {
		if other == string(t.format.sep) { // what follows a quote is one column, whatever separates it
			continue
		}
		cut := t.cutAt(text, other)
		if m, missing := cut.byName(); m != nil && len(missing) == 0 && len(cut.fields) > 1 {
			return other
		}
		if len(cut.fields) == schema && (other != " " || sep == "") {
			several, sep = several || sep != "", other
		}
	}
	if several {
		return ""
	}
	return sep
}

// cutAt cuts a line at another separator, within the quotes that it has then, if any.
func (t *TSV) cutAt(text []byte, sep string) *TSV {
	format := *t.format
	cut := &TSV{plan: t.plan, format: &format}
	format.sep = []byte(sep)
	for _, quote := range []byte{t.format.quote, '"', '\''} {
		format.quote = quote
		if cut.split(text, maxColumns) == "" && slices.ContainsFunc(cut.fields, field.isQuoted) {
			return cut
		}
	}
	if format.quote = t.format.quote; cut.split(text, maxColumns) != "" {
		format.quote = 0
		cut.split(text, maxColumns)
	}
	return cut
}

// hintQuotes tells, for a line that breaks within quotes, what else separates its columns, or how to have quotes as
// data: not where a column before them stood in quotes rightly.
func (t *TSV) hintQuotes(e *Error, text []byte) error {
	if e = t.hintLine(e, text); e.fix != (fix{}) || slices.ContainsFunc(t.fields[:len(t.fields)-1], field.isQuoted) {
		return e
	}
	return e.mend(`; when quotes are data, set readOptions.quote to "\u0000"`, "quote", noQuote)
}

func listNames(names []string) string {
	const listed = 10
	if len(names) > listed {
		return strings.Join(names[:listed], ", ") + " and " + strconv.Itoa(len(names)-listed) + " more"
	}
	return strings.Join(names, ", ")
}

// headerNames returns the header's names as the file has them, but for blanks and
// '#' around them.
func (t *TSV) headerNames() []string {
	names := make([]string, len(t.fields))
	for i, f := range t.fields {
		names[i] = string(bytes.Trim(f.text, " \t#"))
	}
	return names
}

// byName maps the columns of the header in t.fields by name, and returns the names
// of the schema that it lacks. When it has one twice, m is nil and missing names it.
func (t *TSV) byName() (m *mapping, missing []string) {
	schema := t.plan.columns[:t.plan.schema]
	index := make(map[string]int, len(schema))
	for i, c := range schema {
		index[c.Name] = i
	}
	m = &mapping{names: t.headerNames(), to: make([]int, len(t.fields)), from: make([]int, len(schema))}
	for i := range m.from {
		m.from[i] = -1
	}
	keys, uses := make([]string, len(t.fields)), map[string]int{}
	for i, f := range t.fields {
		keys[i] = columnName(f.text)
		uses[keys[i]]++
		if j, ok := index[keys[i]]; ok {
			if m.from[j] >= 0 {
				return nil, []string{schema[j].Name}
			}
			m.from[j] = i
		}
	}
	for j, c := range schema {
		if m.from[j] < 0 {
			missing = append(missing, c.Name)
		}
	}
	taken := make(map[string]bool, len(keys))
	for i, k := range keys {
		j, ok := index[k]
		if ok {
			m.to[i] = j
			continue
		}
		if k == "" {
			k = "_c" + strconv.Itoa(i)
		} else if uses[k] > 1 {
			k += strconv.Itoa(i)
		}
		for taken[k] {
			k += "_"
		}
		taken[k] = true
		m.to[i] = ^len(m.keys)
		m.keys = append(m.keys, []byte(k))
	}
	return m, missing
}

// checkPositions refuses a header whose columns cannot be the schema's by position.
func (t *TSV) checkPositions(line int64, schema []Column) error {
	for i, f := range t.fields {
		name := columnName(f.text)
		j := slices.IndexFunc(schema, func(c Column) bool { return c.Name == name })
		if j >= 0 && j != i {
			return fail(line, "", f.text,
				fmt.Sprintf("is column %d of the header and column %d of the schema; name every column as in the schema, or order them so", i+1, j+1))
		}
		if c := schema[i]; c.Type != String && c.Type != Boolean {
			if isNumber(trimBlanks(f.text)) {
				return fail(line, c.Name, f.text, "stands where the header would have a name").
					mend("; when the file has no header, set readOptions.header to false, or --no-header", "header", "false")
			}
		}
	}
	return nil
}
