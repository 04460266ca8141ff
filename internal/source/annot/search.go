package annot

import (
	"bytes"
	"fmt"
)

// HeaderSearch finds the header among a file's first lines. It is for one goroutine.
type HeaderSearch struct {
	t        *TSV
	above    []byte // the last comment that could be the header by its number of columns; nil: none
	line     int64  // of above
	directly bool   // no other comment came after it

	lacking *Error // says of the last comment with some of the schema's names, but not all, which it lacks; nil: none
	columns int    // of lacking
}

// SearchHeader begins the search of a file's header for t, which has read options with Header.
func (t *TSV) SearchHeader() *HeaderSearch { return &HeaderSearch{t: t} }

// Offer looks at the next line of the file, from the first one on; line is its 1-based number. With found the search is
// over, and t has its header, as by setHeader; row tells that the line offered is not part of it but the first row.
//
// The header is the first line that names every column of the schema, a comment or not. Else it is the first one that
// is neither blank nor a comment; but where the comment before it has as many columns as the schema, as "#entrez\tgene"
// in a file with '#' for comments, that is the header, unless the line cannot be a row. When the line can be either,
// the error says how to have it as the one or the other.
func (h *HeaderSearch) Offer(text []byte, line int64) (found, row bool, err error) {
	t := h.t
	clean := t.clean(text, line)
	if blank(clean) {
		return false, false, nil
	}
	comment := t.isComment(clean)
	if h.above == nil && !comment {
		return true, false, h.set(text, line)
	}
	schema := t.plan.columns[:t.plan.schema]
	fits := false
	if t.split(t.decode(clean), maxColumns) == "" {
		m, missing := t.byName()
		switch {
		case m != nil && len(missing) == 0:
			return true, false, t.setHeader(text, line)
		case m != nil && comment && len(missing) < len(schema) && len(t.fields) > 1:
			h.lacking, h.columns = t.lacks(clean, line, missing), len(t.fields)
		}
		fits = len(t.fields) == len(schema)
	}
	if comment {
		if h.directly = false; fits && t.likeness(schema) != likeRow { // else a row that was commented out
			h.above, h.line, h.directly = bytes.Clone(text), line, true
		}
		return false, false, nil
	}
	certain := h.directly && len(schema) > 1 // every comment of prose has one column
	likeness := likeEither
	if fits {
		likeness = t.likeness(schema)
	}
	switch {
	case fits && likeness == likeHeader, !fits && !certain:
		return true, false, h.set(text, line)
	case likeness == likeEither && (!certain || fits && t.namesOne(schema)):
		return false, false, h.ambiguous(clean, line)
	}
	return true, true, t.setHeader(h.above, h.line)
}

// set has a line for the header. When it cannot be, and a comment before it of as many columns has some of the schema's
// names, the line is the first row and the comment the header, and the error says what that lacks.
func (h *HeaderSearch) set(text []byte, line int64) error {
	err := h.t.setHeader(text, line)
	if err != nil && h.lacking != nil && h.columns == len(h.t.fields) {
		return h.lacking
	}
	return err
}

// What a line with the schema's number of columns may be.
const (
	likeEither = iota
	likeRow    // it has a number where the schema has one
	likeHeader // it has only words there
)

// likeness tells what the line in t.fields may be.
func (t *TSV) likeness(schema []Column) (is int) {
	for i, f := range t.fields {
		if c := schema[i]; c.Type == String || c.Type == Boolean {
			continue
		}
		switch text := trimBlanks(f.text); {
		case isNumber(text):
			return likeRow
		case len(text) > 0 && !t.isNull(f.text) && !isMark(f.text):
			is = likeHeader
		}
	}
	return is
}

// isNumber tells numbers from names: NaN and Infinity may be either.
func isNumber(text []byte) bool {
	_, how := parseFloat(text, 64)
	return how == good && text[0] <= '9'
}

// namesOne tells whether the line in t.fields has a name of the schema in its place.
func (t *TSV) namesOne(schema []Column) bool {
	for i, f := range t.fields {
		if columnName(f.text) == schema[i].Name {
			return true
		}
	}
	return false
}

func (h *HeaderSearch) ambiguous(text []byte, line int64) error {
	schema := h.t.plan.columns[:h.t.plan.schema]
	names := make([]string, len(schema))
	for i := range schema {
		names[i] = schema[i].Name
	}
	return fail(line, "", text,
		fmt.Sprintf("may be the header or a row, as the comment in line %d may be the header too; "+
			"when it is a row, set readOptions.header to false, or --no-header; when it is the header, name its columns as the schema: %s", h.line, listNames(names)))
}
