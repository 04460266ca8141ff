package shell

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names are what a text may name.
type Names interface {
	Tables() []string
	Columns(table ...string) []string // of a table by its name, or its schema's and its name
	Functions() []string
	Keywords() []string // in upper case
}

// tableWords are those before the name of a table, and clauseWords those after which names of columns stand.
var (
	tableWords  = []string{"FROM", "JOIN", "TABLE", "DESCRIBE", "DESC", "INTO"}
	clauseWords = []string{"SELECT", "WHERE", "ON", "BY", "HAVING", "USING", "WHEN", "THEN", "ELSE", "AND", "OR", "LIMIT",
		"SET", "VALUES", "WITH", "WINDOW", "FILTER"}
)

// Complete tells what may stand in the place of the word that the cursor is behind. The statement is what is before the
// cursor and behind it; from is where the word begins.
func Complete(before, after string, names Names, r Rules) (from int, words []string) {
	pieces := r.significant(before)
	from = len(before)
	prefix := ""
	if n := len(pieces) - 1; n >= 0 && pieces[n].to == len(before) {
		switch last := pieces[n]; {
		case last.open && last.sort != quoted:
			return from, nil
		case last.sort == word, last.open:
			from, prefix, pieces = last.from, last.in(before), pieces[:n]
		}
	} else if open := r.unended(before); open {
		return from, nil
	}
	c := completion{names: names, prefix: strings.TrimPrefix(prefix, `"`), quoted: strings.HasPrefix(prefix, `"`)}
	owner, pieces := path(before, pieces)
	tables := r.tablesIn(before[:from] + " " + r.first(after))
	switch {
	case len(owner) > 0:
		c.of(owner, tables)
	case inTables(before, pieces):
		c.add(names.Tables(), "")
	default:
		c.anywhere(tables)
	}
	return from, c.fitted()
}

// significant are the pieces of the statement that a text ends in, but its blanks.
func (r Rules) significant(text string) (pieces []piece) {
	for at := 0; at < len(text); {
		p := r.nextPiece(text, at)
		switch {
		case p.sort == symbol && text[at] == ';':
			pieces = pieces[:0]
		case p.sort != blank:
			pieces = append(pieces, p)
		}
		at = p.to
	}
	return pieces
}

// first is a text up to its first semicolon.
func (r Rules) first(text string) string {
	for at := 0; at < len(text); {
		p := r.nextPiece(text, at)
		if p.sort == symbol && text[at] == ';' {
			return text[:at]
		}
		at = p.to
	}
	return text
}

// unended tells whether a text ends within a comment.
func (r Rules) unended(text string) bool {
	for at := 0; at < len(text); {
		p := r.nextPiece(text, at)
		if p.to == len(text) && p.sort == blank && (p.open || strings.HasPrefix(p.in(text), "--") &&
			!strings.HasSuffix(text, "\n")) {
			return true
		}
		at = p.to
	}
	return false
}

// path is the names before a point at the end of the pieces, the last one nearest to it, and the pieces before them.
func path(text string, pieces []piece) (owner []string, rest []piece) {
	for n := len(pieces); n >= 2 && pieces[n-1].in(text) == "." && (pieces[n-2].sort == word ||
		pieces[n-2].sort == quoted); n = len(pieces) {
		owner = append([]string{nameOf(pieces[n-2].in(text))}, owner...)
		pieces = pieces[:n-2]
	}
	return owner, pieces
}

// nameOf is a name without its quotes, in lower case, as names are compared.
func nameOf(text string) string {
	if name, ok := strings.CutPrefix(text, `"`); ok {
		text = strings.ReplaceAll(strings.TrimSuffix(name, `"`), `""`, `"`)
	}
	return strings.ToLower(text)
}

// inTables tells whether a table is named next: behind one of the words for that, or a comma in their list.
func inTables(text string, pieces []piece) bool {
	depth := 0
	for n := len(pieces) - 1; n >= 0; n-- {
		switch upper := strings.ToUpper(pieces[n].in(text)); {
		case upper == ")":
			depth++
		case upper == "(":
			if depth--; depth < 0 {
				return false
			}
		case depth > 0 || pieces[n].sort != word:
		case slices.Contains(tableWords, upper):
			return n == len(pieces)-1 || pieces[len(pieces)-1].in(text) == ","
		case slices.Contains(clauseWords, upper):
			return false
		}
	}
	return false
}

// A used table is one that a statement reads.
type used struct {
	path  []string
	alias string
}

// tablesIn finds the tables in the statement that a text ends in.
func (r Rules) tablesIn(text string) (tables []used) {
	pieces := r.significant(text)
	for at := 0; at < len(pieces); at++ {
		if upper := strings.ToUpper(pieces[at].in(text)); pieces[at].sort != word || upper != "FROM" && upper != "JOIN" {
			continue
		}
		for {
			table, next := tableAt(text, pieces, at+1)
			if len(table.path) == 0 {
				break
			}
			tables = append(tables, table)
			if at = next - 1; next >= len(pieces) || pieces[next].in(text) != "," {
				break
			}
			at = next
		}
	}
	return tables
}

// notAliases are words that may follow a table's name.
var notAliases = []string{"WHERE", "JOIN", "LEFT", "RIGHT", "INNER", "FULL", "CROSS", "ON", "USING", "GROUP", "ORDER",
	"HAVING", "LIMIT", "OFFSET", "FETCH", "UNION", "INTERSECT", "EXCEPT", "WINDOW", "TABLESAMPLE", "FOR", "NATURAL",
	"SELECT", "FROM", "WITH", "AS"}

// tableAt reads a table's name and its alias, and gives the index of what follows.
func tableAt(text string, pieces []piece, at int) (table used, next int) {
	named := func() bool {
		return at < len(pieces) && (pieces[at].sort == quoted && !pieces[at].open ||
			pieces[at].sort == word && !slices.Contains(notAliases, strings.ToUpper(pieces[at].in(text))))
	}
	for named() {
		table.path = append(table.path, nameOf(pieces[at].in(text)))
		if at++; at >= len(pieces) || pieces[at].in(text) != "." {
			break
		}
		at++
	}
	if len(table.path) == 0 {
		return table, at
	}
	if at < len(pieces) && strings.EqualFold(pieces[at].in(text), "AS") {
		at++
	}
	table.alias = table.path[len(table.path)-1]
	if named() {
		table.alias = nameOf(pieces[at].in(text))
		at++
	}
	return table, at
}

// A completion gathers what fits.
type completion struct {
	names  Names
	prefix string // that is written already
	quoted bool   // as a name in quotes
	found  []string
}

// of adds what is in an owner: the columns of a table that the statement has, by its alias, or of any table.
func (c *completion) of(owner []string, tables []used) {
	for _, t := range tables {
		if len(owner) == 1 && t.alias == owner[0] {
			c.add(c.names.Columns(t.path...), "")
			return
		}
	}
	c.add(c.names.Columns(owner...), "")
}

// anywhere adds what an expression may have.
func (c *completion) anywhere(tables []used) {
	for _, t := range tables {
		c.add(c.names.Columns(t.path...), "")
	}
	if c.quoted || c.prefix == "" && len(c.found) > 0 {
		return
	}
	for _, t := range tables {
		if t.alias != t.path[len(t.path)-1] {
			c.add([]string{t.alias}, "")
		}
	}
	if c.prefix != "" {
		c.add(c.names.Functions(), "(")
		c.add(c.names.Tables(), "")
	}
	upper := c.prefix == strings.ToUpper(c.prefix)
	for _, keyword := range c.names.Keywords() {
		if !upper {
			keyword = strings.ToLower(keyword)
		}
		if hasPrefix(keyword, c.prefix) {
			c.found = append(c.found, keyword)
		}
	}
}

func hasPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// add adds the names that fit, which are written as SQL has them.
func (c *completion) add(names []string, suffix string) {
	for _, name := range names {
		if !hasPrefix(name, c.prefix) || strings.ContainsFunc(name, unwritable) || !utf8.ValidString(name) {
			continue
		}
		if c.quoted || suffix == "" && !plain(name, c.names.Keywords()) {
			name = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
		c.found = append(c.found, name+suffix)
	}
}

// unwritable are characters that no line is completed with: a name comes from data.
func unwritable(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

// plain tells whether a name stands without quotes.
func plain(name string, keywords []string) bool {
	for i := range len(name) {
		if c := name[i]; c != '_' && !('a' <= c && c <= 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != "" && !slices.Contains(keywords, strings.ToUpper(name))
}

// fitted is what was found, in order, each once. What a line editor completes several words to is what they begin with
// alike: all begin with what was written, as it was written.
func (c *completion) fitted() []string {
	slices.Sort(c.found)
	found := slices.Compact(c.found)
	if len(found) < 2 || c.quoted {
		return found
	}
	var alike []string
	for _, name := range found {
		if hasPrefix(name, c.prefix) {
			alike = append(alike, c.prefix+name[len(c.prefix):])
		}
	}
	slices.Sort(alike)
	return slices.Compact(alike)
}
