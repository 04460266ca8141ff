package query

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
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
	for i, name := range Distinct(rows.columns) {
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

// Distinct gives columns names of which none is there twice: one that occurs again gets the suffix _1, _2 and so on.
func Distinct(columns []Column) []string {
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

// WriteNDJSON writes each row, as it comes, as a JSON object on a line of its own, otherwise as WriteJSON does. When
// the rows end early nothing in what was written says so.
func WriteNDJSON(w io.Writer, rows *Rows) error {
	defer rows.Close()
	out := bufio.NewWriterSize(w, 64<<10)
	names := make([][]byte, len(rows.columns))
	for i, name := range Distinct(rows.columns) {
		names[i] = append(appendString(nil, name), ':')
	}
	var line []byte
	for rows.Next() {
		line = append(line[:0], '{')
		for i, v := range rows.values {
			if i > 0 {
				line = append(line, ',')
			}
			line = appendJSON(append(line, names[i]...), v, rows.types[i])
		}
		if _, err := out.Write(append(line, "}\n"...)); err != nil {
			return fmt.Errorf("write result: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return rows.Err()
}

var tsvEscapes = strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

// WriteTSV writes the rows, as they come, with tabs between their fields and a header. Tabs, line ends and backslashes
// within are \t, \n, \r and \\; NULL is an empty field, as an empty string is.
func WriteTSV(w io.Writer, rows *Rows) error {
	defer rows.Close()
	out := bufio.NewWriterSize(w, 64<<10)
	line := make([]string, len(rows.columns))
	for i, c := range rows.columns {
		line[i] = tsvEscapes.Replace(c.Name)
	}
	for {
		if _, err := out.WriteString(strings.Join(line, "\t") + "\n"); err != nil {
			return fmt.Errorf("write result: %w", err)
		}
		if !rows.Next() {
			break
		}
		for i, v := range rows.values {
			line[i] = ""
			if v != nil {
				line[i] = tsvEscapes.Replace(string(appendText(nil, v, rows.types[i])))
			}
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return rows.Err()
}
