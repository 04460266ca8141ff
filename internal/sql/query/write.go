package query

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// WriteJSON writes the rows, as they come, as one JSON array of objects, one
// object a line, members in the order of the columns. A column name that occurs
// again gets the suffix _1, _2 and so on. Values are as in appendJSON: integers
// of any size exact, NaN and infinities strings. When the rows end early the
// array is left open, so that what was written cannot pass for a whole result.
func WriteJSON(w io.Writer, rows *Rows) error {
	defer rows.Close()
	out := bufio.NewWriterSize(w, 64<<10)
	names := make([][]byte, len(rows.columns))
	for i, name := range distinct(rows.columns) {
		names[i] = append(appendString(nil, name), ':')
	}
	var line []byte
	sep := "[\n"
	for rows.Next() {
		line = append(line[:0], sep...)
		line = append(line, '{')
		for i, v := range rows.values {
			if i > 0 {
				line = append(line, ',')
			}
			line = append(line, names[i]...)
			line = appendJSON(line, v, rows.types[i])
		}
		line = append(line, '}')
		if _, err := out.Write(line); err != nil {
			return fmt.Errorf("write result: %w", err)
		}
		sep = ",\n"
	}
	if err := rows.Err(); err != nil {
		_ = out.Flush()
		return err
	}
	end := "\n]\n"
	if sep == "[\n" {
		end = "[]\n"
	}
	if _, err := out.WriteString(end); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

func distinct(columns []Column) []string {
	names := make([]string, len(columns))
	seen := map[string]bool{}
	for _, c := range columns {
		seen[c.Name] = true
	}
	first := map[string]bool{}
	for i, c := range columns {
		name := c.Name
		for n := 1; first[c.Name] && seen[name]; n++ {
			name = c.Name + "_" + strconv.Itoa(n)
		}
		first[c.Name], seen[name] = true, true
		names[i] = name
	}
	return names
}

// WriteCSV writes the rows, as they come, as CSV (RFC 4180 but for line ends: LF, as Unix tools expect)
// with a header. NULL is an empty field, an empty string is "". Lists, maps and
// structs are JSON text.
func WriteCSV(w io.Writer, rows *Rows) error {
	defer rows.Close()
	out := bufio.NewWriterSize(w, 64<<10)
	var line []byte
	for i, c := range rows.columns {
		if i > 0 {
			line = append(line, ',')
		}
		line = appendField(line, c.Name)
	}
	for {
		if _, err := out.Write(append(line, "\n"...)); err != nil {
			return fmt.Errorf("write result: %w", err)
		}
		if !rows.Next() {
			break
		}
		line = line[:0]
		for i, v := range rows.values {
			if i > 0 {
				line = append(line, ',')
			}
			if v != nil {
				line = appendField(line, string(appendText(nil, v, rows.types[i])))
			}
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return rows.Err()
}

func appendField(dst []byte, s string) []byte {
	if s != "" && !strings.ContainsAny(s, "\",\r\n") && s[0] != ' ' && s[len(s)-1] != ' ' {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	dst = append(dst, strings.ReplaceAll(s, `"`, `""`)...)
	return append(dst, '"')
}

const (
	maxCell   = 60   // runes of a cell; longer ones end in an ellipsis
	tableRows = 1000 // rows by which the widths of columns are chosen
)

// WriteTable writes the rows as a table for people: columns aligned by their
// first 1000 rows, numbers to the right, long cells cut, control characters
// replaced, NULL as NULL (the string as "NULL"), and the number of rows at the end.
func WriteTable(w io.Writer, rows *Rows) error {
	defer rows.Close()
	out := bufio.NewWriterSize(w, 64<<10)
	head := make([]string, len(rows.columns))
	width := make([]int, len(rows.columns))
	for i, c := range rows.columns {
		head[i] = cell(c.Name)
		width[i] = max(1, utf8.RuneCountInString(head[i]))
	}
	var first [][]string
	more := false
	for len(first) < tableRows {
		if more = rows.Next(); !more {
			break
		}
		line := tableLine(rows)
		for i, s := range line {
			width[i] = max(width[i], utf8.RuneCountInString(s))
		}
		first = append(first, line)
	}
	right := make([]bool, len(head))
	rule := make([]string, len(head))
	for i, t := range rows.types {
		right[i] = t.ID != idBoolean && t.ID < idTimestamp || t.ID == idHugeInt || t.ID == idUHugeInt || t.ID == idDecimal
		rule[i] = strings.Repeat("─", width[i])
	}
	n := len(first)
	writeLine(out, head, width, make([]bool, len(head)))
	writeLine(out, rule, width, right)
	for _, line := range first {
		writeLine(out, line, width, right)
	}
	for more && rows.Next() {
		writeLine(out, tableLine(rows), width, right)
		n++
	}
	if err := rows.Err(); err != nil {
		_ = out.Flush()
		return err
	}
	if n == 1 {
		fmt.Fprintln(out, "(1 row)")
	} else {
		fmt.Fprintf(out, "(%d rows)\n", n)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

func tableLine(rows *Rows) []string {
	line := make([]string, len(rows.values))
	for i, v := range rows.values {
		switch {
		case v == nil:
			line[i] = "NULL"
		case v == "NULL":
			line[i] = `"NULL"`
		default:
			line[i] = cell(string(appendText(nil, v, rows.types[i])))
		}
	}
	return line
}

// cell makes text fit one line of a terminal. Control characters would let data drive the terminal.
func cell(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > maxCell {
			return string([]rune(b.String())[:maxCell-1]) + "…"
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError {
			r = '�'
		}
		b.WriteRune(r)
	}
	return b.String()
}

func writeLine(out *bufio.Writer, line []string, width []int, right []bool) {
	var b strings.Builder
	for i, s := range line {
		if i > 0 {
			b.WriteString("  ")
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
	_, _ = out.WriteString(b.String()) // bufio keeps the error for Flush
}
