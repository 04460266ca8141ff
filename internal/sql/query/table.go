package query

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxCell   = 60   // runes of a cell where nothing is said of the width; longer ones end in an ellipsis
	minCell   = 8    // runes to which a column is narrowed to fit a terminal
	tableRows = 1000 // rows by which the widths of columns are chosen
)

// TableOptions are how a table for people is laid out.
type TableOptions struct {
	Width    int   // of the terminal, in characters, which lines are fitted to; 0: not known
	Rows     int64 // that are shown at most; 0: all
	Vertical bool  // a line for each value, with the column's name
}

// WriteTable writes the rows as a table for people: columns aligned by their first 1000 rows, numbers to the right,
// long cells cut, control characters replaced, NULL as NULL (the string as "NULL"), and the number of rows at the end.
// A result of one column of text is not cut, and keeps its lines.
func WriteTable(w io.Writer, rows *Rows, opt TableOptions) error {
	defer rows.Close()
	t := &table{out: bufio.NewWriterSize(w, 64<<10), rows: rows, opt: opt}
	switch {
	case opt.Vertical:
		t.vertical()
	case len(rows.columns) == 1 && rows.types[0].ID == idVarchar:
		t.text()
	default:
		t.aligned()
	}
	if err := rows.Err(); err != nil {
		_ = t.out.Flush()
		return err
	}
	t.end()
	if err := t.out.Flush(); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// A table is one that is being written. What it writes fails at Flush, if at all.
type table struct {
	out  *bufio.Writer
	rows *Rows
	opt  TableOptions
	n    int64 // rows that were written
	more bool  // and there are others
}

// next moves to the next row that is shown.
func (t *table) next() bool {
	if t.opt.Rows > 0 && t.n == t.opt.Rows {
		t.more = t.rows.Next()
		return false
	}
	if !t.rows.Next() {
		return false
	}
	t.n++
	return true
}

func (t *table) end() {
	switch {
	case t.more:
		fmt.Fprintf(t.out, "(the first %d rows; --rows 0 shows all, \\rows 0 in the shell)\n", t.n)
	case t.n == 1:
		fmt.Fprintln(t.out, "(1 row)")
	default:
		fmt.Fprintf(t.out, "(%d rows)\n", t.n)
	}
}

// text writes a result of one column as it is, but for control characters.
func (t *table) text() {
	fmt.Fprintln(t.out, printable(t.rows.columns[0].Name))
	fmt.Fprintln(t.out, strings.Repeat("─", max(1, utf8.RuneCountInString(t.rows.columns[0].Name))))
	for t.next() {
		for line := range strings.SplitSeq(t.value(0), "\n") {
			fmt.Fprintln(t.out, printable(line))
		}
	}
}

func (t *table) vertical() {
	width := 0
	for _, c := range t.rows.columns {
		width = max(width, utf8.RuneCountInString(printable(c.Name)))
	}
	for t.next() {
		fmt.Fprintf(t.out, "─── row %d\n", t.n)
		for i, c := range t.rows.columns {
			name := printable(c.Name)
			fmt.Fprintf(t.out, "%s%s  %s\n", name, strings.Repeat(" ", width-utf8.RuneCountInString(name)),
				printable(t.value(i)))
		}
	}
}

func (t *table) aligned() {
	head := make([]string, len(t.rows.columns))
	width := make([]int, len(head))
	for i, c := range t.rows.columns {
		head[i] = cut(printable(c.Name), maxCell)
		width[i] = max(1, utf8.RuneCountInString(head[i]))
	}
	var first [][]string
	for len(first) < tableRows && t.next() {
		line := t.line()
		for i, s := range line {
			width[i] = max(width[i], utf8.RuneCountInString(s))
		}
		first = append(first, line)
	}
	right, rule := make([]bool, len(head)), make([]string, len(head))
	for i, of := range t.rows.types {
		right[i] = of.ID != idBoolean && of.ID < idTimestamp || of.ID == idHugeInt || of.ID == idUHugeInt ||
			of.ID == idDecimal
	}
	t.fit(width, right)
	for i := range rule {
		rule[i] = strings.Repeat("─", width[i])
	}
	t.write(head, width, make([]bool, len(head)))
	t.write(rule, width, right)
	for _, line := range first {
		t.write(line, width, right)
	}
	for len(first) == tableRows && t.next() {
		t.write(t.line(), width, right)
	}
}

// fit narrows columns so that a line has at most the terminal's width: the widest first, none below minCell. Numbers
// are never cut, since what is left of one is another.
func (t *table) fit(width []int, number []bool) {
	if t.opt.Width == 0 {
		return
	}
	total := 2 * (len(width) - 1)
	for _, w := range width {
		total += w
	}
	for total > t.opt.Width {
		widest := -1
		for i, w := range width {
			if !number[i] && w > minCell && (widest < 0 || w > width[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		width[widest]--
		total--
	}
}

// value is a cell's whole text.
func (t *table) value(i int) string {
	switch v := t.rows.values[i]; v {
	case nil:
		return "NULL"
	case "NULL":
		return `"NULL"`
	default:
		return string(appendText(nil, v, t.rows.types[i]))
	}
}

func (t *table) line() []string {
	line := make([]string, len(t.rows.values))
	for i := range line {
		line[i] = cut(printable(t.value(i)), maxCell)
	}
	return line
}

// printable replaces control characters, which would let data drive the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError {
			return '�'
		}
		return r
	}, s)
}

// cut gives at most so many characters of a text; of a longer one the last is an ellipsis.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

func (t *table) write(line []string, width []int, right []bool) {
	var b strings.Builder
	for i, s := range line {
		if i > 0 {
			b.WriteString("  ")
		}
		if t.opt.Width > 0 && !right[i] {
			s = cut(s, width[i])
		}
		pad := strings.Repeat(" ", max(0, width[i]-utf8.RuneCountInString(s)))
		if right[i] {
			s = pad + s
		} else if i < len(line)-1 {
			s += pad
		}
		b.WriteString(s)
	}
	b.WriteByte('\n')
	_, _ = t.out.WriteString(b.String()) // bufio keeps the error for Flush
}
