package annot

import (
	"bytes"
	"unicode/utf8"
)

// field is one value of a row, as text.
type field struct {
	text   []byte // without quotes and escapes
	quoted bool
}

func (f field) isQuoted() bool { return f.quoted }

const (
	tooMany    = "has more columns"
	unclosed   = "begins with a quote that is not closed in its line"
	afterQuote = "begins with a quoted value and goes on after it"
)

// split cuts a row into t.fields, at most limit. On a fault it returns the reason, and
// t.fields ends with the field at fault, unless the reason is tooMany.
//
// An escape character before anything but itself and a quote stands for itself. Spark
// leaves doubled quotes in the value when the escape is another character.
func (t *TSV) split(text []byte, limit int) (reason string) {
	t.fields, t.buf = t.fields[:0], t.buf[:0]
	sep, quote := t.format.sep, t.format.quote
	if quote != 0 && bytes.IndexByte(text, quote) >= 0 {
		return t.splitQuoted(text, limit)
	}
	for {
		var i int
		if len(sep) == 1 {
			i = bytes.IndexByte(text, sep[0])
		} else {
			i = bytes.Index(text, sep)
		}
		if len(t.fields) == limit {
			return tooMany
		}
		if i < 0 {
			t.fields = append(t.fields, field{text: text})
			return ""
		}
		t.fields = append(t.fields, field{text: text[:i:i]})
		text = text[i+len(sep):]
	}
}

func (t *TSV) splitQuoted(text []byte, limit int) (reason string) {
	sep := t.format.sep
	for {
		if len(t.fields) == limit {
			return tooMany
		}
		var f field
		end := bytes.Index(text, sep)
		if len(text) > 0 && text[0] == t.format.quote {
			f.quoted = true
			if f.text, end, reason = t.unquote(text); reason != "" {
				t.fields = append(t.fields, field{text: text})
				return reason
			}
		} else if end < 0 {
			f.text = text
		} else {
			f.text = text[:end:end]
		}
		t.fields = append(t.fields, f)
		if end < 0 {
			return ""
		}
		text = text[end+len(sep):]
	}
}

// unquote reads the quoted value at the beginning of text, and returns where the
// separator after it begins, -1 when the row ends with it.
func (t *TSV) unquote(text []byte) (value []byte, end int, reason string) {
	quote, escape := t.format.quote, t.format.escape
	from, copied := 1, len(t.buf) // the part of the value that is not yet in t.buf begins at from
	for i := 1; i < len(text); i++ {
		c := text[i]
		if c != quote && (c != escape || escape == 0) {
			continue
		}
		if next := i + 1; next < len(text) && (text[next] == quote || c != quote && text[next] == escape) {
			t.buf = append(append(t.buf, text[from:i]...), text[next])
			from, i = next+1, next
			continue
		}
		if c != quote {
			continue
		}
		value = text[from:i:i]
		if len(t.buf) > copied {
			t.buf = append(t.buf, value...)
			value = t.buf[copied:len(t.buf):len(t.buf)]
		}
		end, reason = t.afterQuoted(text, i+1)
		return value, end, reason
	}
	return nil, 0, unclosed
}

// afterQuoted finds the separator behind a quoted value that ended at i.
func (t *TSV) afterQuoted(text []byte, i int) (end int, reason string) {
	for ; i < len(text); i++ {
		if bytes.HasPrefix(text[i:], t.format.sep) {
			return i, ""
		}
		if text[i] != ' ' && text[i] != '\t' {
			return 0, afterQuote
		}
	}
	return -1, ""
}

// clean takes off a line what is not of its row.
func (t *TSV) clean(text []byte, line int64) []byte {
	if line == 1 {
		text = bytes.TrimPrefix(text, bom)
	}
	if t.format.lineSep == '\n' {
		text = trimCR(text)
	}
	return text
}

// decode turns text of the file's encoding into UTF-8.
func (t *TSV) decode(text []byte) []byte {
	if t.format.encoding != latin1Text || isASCII(text) {
		return text
	}
	t.decoded = t.decoded[:0]
	for _, c := range text {
		t.decoded = utf8.AppendRune(t.decoded, rune(c))
	}
	return t.decoded
}

// isASCII tells whether text has no byte beyond 0x7F.
func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// crcrlf is the fault of lines that end so, as CR LF copied as text once more leaves them.
const crcrlf = `ends with CR CR LF, not LF or CR LF: convert the file with tr -d '\r'`

// lineFault is textFault for a line.
func (t *TSV) lineFault(text []byte) string {
	if t.format.lineSep == '\n' && bytes.HasSuffix(text, []byte("\r")) {
		return crcrlf
	}
	return t.textFault(text)
}

// textFault tells what characters of a row, or of a value, cannot be; "" when all is well.
func (t *TSV) textFault(text []byte) string {
	switch {
	case t.format.encoding == asciiText && !isASCII(text):
		return "is not US-ASCII; set readOptions.encoding to the file's"
	case t.format.encoding == utf8Text && !utf8.Valid(text):
		return "is not valid UTF-8; set readOptions.encoding to the file's"
	case bytes.IndexByte(text, 0) >= 0:
		return "holds a NUL character; a file in UTF-16 must be converted to UTF-8"
	case t.format.lineSep == '\r' && bytes.IndexByte(text, '\n') >= 0:
		return "holds a line feed; when lines end with CR LF, leave readOptions.lineSep out"
	case t.format.lineSep == '\n' && bytes.IndexByte(text, '\r') >= 0:
		return `holds a carriage return; when these end lines, set readOptions.lineSep to "\r"`
	}
	return ""
}
