package annot

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ReadOptions says how a TSV file is written: tsvOptions.readOptions in the API,
// which are options of Spark's CSV source. Options that a request leaves out keep the
// values of DefaultReadOptions; AWS falls back to Spark's own as soon as one is given.
type ReadOptions struct {
	Sep      string // one or more characters; \t, \r, \b, \f, \\, \" and \' in two characters are escapes, as in Spark
	Encoding string // UTF-8, US-ASCII or ISO-8859-1
	Comment  string // one character that begins lines to be passed over, or none
	Quote    string // one character around values that hold separators, or none
	Escape   string // one character that escapes a quote, and itself, within quotes, or none
	Header   bool   // the first line names the columns
	LineSep  string // see Terminator

	// NullValues are texts that mean a missing value beside the empty one: nullValue of Spark, which the API's readOptions
	// lack.
	NullValues []string `json:"-"`

	QuoteAll, EscapeQuotes bool // are about writing in Spark, and change nothing
}

// DefaultReadOptions returns the options that hold when a request has none.
func DefaultReadOptions() ReadOptions {
	return ReadOptions{Sep: "\t", Encoding: "UTF-8", Quote: `"`, Escape: `\`, Header: true}
}

// Check tells what is wrong with options, in words for the API's user.
func (o *ReadOptions) Check() error {
	_, err := o.parse()
	return err
}

// encoding is a character encoding.
type encoding uint8

const (
	utf8Text encoding = iota
	asciiText
	latin1Text
)

// encodings are the names that Java knows, without '-' and '_'.
var encodings = map[string]encoding{
	"": utf8Text, "UTF8": utf8Text, "UNICODE11UTF8": utf8Text,
	"USASCII": asciiText, "ASCII": asciiText, "ISO646US": asciiText,
	"ISO88591": latin1Text, "LATIN1": latin1Text, "L1": latin1Text, "ISO8859": latin1Text,
}

// format is ReadOptions taken apart.
type format struct {
	sep                             []byte
	encoding                        encoding
	comment, quote, escape, lineSep byte // 0 is none
	header                          bool
	nulls                           []string
}

func (o *ReadOptions) parse() (*format, error) {
	f := &format{header: o.Header, nulls: o.NullValues}
	var err error
	if f.sep, err = unescape(o.Sep); err != nil {
		return nil, fmt.Errorf("readOptions.sep %w", err)
	}
	if f.encoding, err = parseEncoding(o.Encoding); err != nil {
		return nil, fmt.Errorf("readOptions.encoding %w", err)
	}
	if f.lineSep, err = parseLineSep(o.LineSep); err != nil {
		return nil, fmt.Errorf("readOptions.lineSep %w", err)
	}
	for _, c := range []struct {
		option, text string
		to           *byte
	}{{"comment", o.Comment, &f.comment}, {"quote", o.Quote, &f.quote}, {"escape", o.Escape, &f.escape}} {
		if len(c.text) > 1 || c.text >= "\x80" {
			return nil, fmt.Errorf("readOptions.%s must be one ASCII character, not %s", c.option, quote(c.text))
		}
		if c.text != "" {
			*c.to = c.text[0]
		}
	}
	switch first := f.sep[0]; {
	case bytes.IndexByte(f.sep, f.lineSep) >= 0, bytes.ContainsAny(f.sep, "\n\r") && f.lineSep == '\n':
		return nil, errors.New("readOptions.sep must not hold the line separator")
	case f.quote != 0 && bytes.IndexByte(f.sep, f.quote) >= 0:
		return nil, errors.New("readOptions.sep and readOptions.quote must differ")
	case f.comment != 0 && (f.comment == first || f.comment == f.quote):
		return nil, errors.New("readOptions.comment must differ from sep and quote")
	case f.lineSep == f.quote, f.lineSep == f.escape, f.lineSep == f.comment:
		return nil, errors.New("readOptions.lineSep must differ from quote, escape and comment")
	}
	return f, nil
}

// unescape reads a separator as Spark does (CSVExprUtils.toDelimiterStr).
func unescape(text string) ([]byte, error) {
	if text == "" {
		return nil, errors.New("must not be empty")
	}
	if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
		return nil, fmt.Errorf("%s is not text", quote(text))
	}
	var out []byte
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out = append(out, text[i])
			continue
		}
		if i++; i == len(text) {
			return nil, errors.New(`must not end with a single backslash; a backslash is written \\`)
		}
		n := strings.IndexByte(`trbf\"'`, text[i])
		if n < 0 {
			return nil, fmt.Errorf(`%s has an unknown escape; known are \t \r \b \f \\ \" \'`, quote(text))
		}
		out = append(out, "\t\r\b\f\\\"'"[n])
	}
	return out, nil
}

func parseEncoding(name string) (encoding, error) {
	e, ok := encodings[strings.NewReplacer("-", "", "_", "").Replace(strings.ToUpper(strings.TrimSpace(name)))]
	if !ok {
		return 0, fmt.Errorf("%s is not supported; UTF-8, US-ASCII and ISO-8859-1 are. Convert the file to UTF-8",
			quote(name))
	}
	return e, nil
}

func parseLineSep(text string) (byte, error) {
	switch text {
	case "", "\n", "\r\n", `\n`, `\r\n`:
		return '\n', nil
	case `\r`:
		return '\r', nil
	}
	if len(text) != 1 || text[0] == 0 || text[0] >= utf8.RuneSelf {
		return 0, fmt.Errorf(`%s is not supported; it must be \n, \r\n, \r or another single ASCII character`, quote(text))
	}
	return text[0], nil
}

// Terminator returns the byte that ends each line: '\n' unless LineSep is another
// single character. With '\n' a line may also end with CRLF, whose carriage return
// Row and setHeader cut off. Call it only if Check finds nothing.
//
// A quoted value cannot hold the terminator, as in Spark, whose multiLine option is
// off and not among the API's. So a file may be cut at any terminator, for instance
// to read its chunks in parallel.
func (o *ReadOptions) Terminator() byte {
	b, err := parseLineSep(o.LineSep)
	if err != nil {
		return '\n'
	}
	return b
}

// cutLine cuts the first line off data; ok is false when no terminator is there, and
// line is all of data then.
func cutLine(data []byte, terminator byte) (line, rest []byte, ok bool) {
	if i := bytes.IndexByte(data, terminator); i >= 0 {
		return data[:i:i], data[i+1:], true
	}
	return data, nil, false
}
