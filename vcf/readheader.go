package vcf

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// HeaderOptions bounds ReadHeader. Zero fields mean the defaults.
type HeaderOptions struct {
	MaxBytes int // of the header in all; default 64 MiB
	MaxLine  int // of one line; default 16 MiB
	MaxLines int // default 1,048,576
	MaxAttrs int // key=value of all structured lines; default 4 times that

	Relaxed Rules // of which RuleHeader concerns headers; default none: the letter of the specification
}

const (
	defaultHeaderBytes = 64 << 20
	defaultHeaderLine  = 16 << 20
	// A short line takes twelve times its text in memory, a short attribute ten times.
	defaultHeaderLines = 1 << 20
	defaultHeaderAttrs = 4 << 20
	// minors is how many minor versions of VCF 4 we read: 4.0 to 4.5.
	minors = 6
)

// gzipMagic is what files of gzip and bgzip begin with (RFC 1952, 2.3.1).
var gzipMagic = []byte("\x1f\x8b")

var byteOrderMark = []byte("\xef\xbb\xbf")

// fixedColumns are the columns that every #CHROM line starts with.
var fixedColumns = [...]string{"#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"}

// ReadHeader reads through the #CHROM line and leaves r at the first record. A
// fault of the header is a *ParseError; any other error is r's own.
func ReadHeader(r *bufio.Reader, opt HeaderOptions) (*Header, error) {
	if opt.MaxBytes <= 0 {
		opt.MaxBytes = defaultHeaderBytes
	}
	if opt.MaxLine <= 0 {
		opt.MaxLine = defaultHeaderLine
	}
	if opt.MaxLines <= 0 {
		opt.MaxLines = defaultHeaderLines
	}
	if opt.MaxAttrs <= 0 {
		opt.MaxAttrs = defaultHeaderAttrs
	}
	p := headerParser{h: &Header{}, opt: opt, defined: map[string]bool{}}
	for {
		start := len(p.h.Text)
		if err := p.readLine(r); err != nil {
			return nil, err
		}
		if len(p.h.Text) == start {
			return nil, p.atEOF()
		}
		if err := p.decode(start); err != nil {
			return nil, err
		}
		done, err := p.line(trimEOL(p.h.Text[start:]))
		if err == nil && done {
			err = p.late
		}
		if err != nil {
			return nil, err
		}
		if done {
			p.h.index()
			return p.h, nil
		}
	}
}

// ParseHeader parses header text that ends with the #CHROM line, as the field's readers do (Customary). Text after it
// is ignored.
func ParseHeader(text []byte) (*Header, error) {
	return ReadHeader(bufio.NewReader(bytes.NewReader(text)), HeaderOptions{MaxBytes: len(text) + 1,
		MaxLine: len(text) + 1, Relaxed: Customary})
}

// headerParser holds the state of ReadHeader.
type headerParser struct {
	h       *Header
	opt     HeaderOptions
	attrs   int             // of all meta lines
	noted   int64           // the line that a note was last taken of
	defined map[string]bool // IDs, as in "INFO DP"
	// trailing tells that the line ended with white space.
	trailing bool
	late     error // that the first line is not ##fileformat, until one is found
}

// readLine appends the next line, with its ending, to the header's text;
// nothing at the end of the input.
func (p *headerParser) readLine(r *bufio.Reader) error {
	h, opt := p.h, p.opt
	start := len(h.Text)
	for {
		part, err := r.ReadSlice('\n')
		if len(part) > 0 && len(h.Text) == start {
			h.Lines++
			if h.Lines == 1 && bytes.HasPrefix(part, gzipMagic) {
				return p.fail(ErrHeader, "the input is compressed, with gzip or bgzip: it is read through package bgzf")
			}
			// Do not swallow a file that has no header, nor buffer a line of binary data.
			if h.Lines > 1 && part[0] != '#' {
				return p.notHeader(part)
			}
		}
		h.Text = append(h.Text, part...)
		if len(h.Text) > opt.MaxBytes || len(h.Text)-start > opt.MaxLine {
			if err := p.lineEnds(trimEOL(h.Text[start:])); err != nil {
				return err
			}
			return p.fail(ErrHeaderTooLarge, fmt.Sprintf("a header may hold %d bytes and a line of it %d", opt.MaxBytes,
				opt.MaxLine))
		}
		switch {
		case err == nil, errors.Is(err, io.EOF):
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("read VCF header: %w", err)
		}
	}
}

func (p *headerParser) fail(fault Fault, detail string) *ParseError {
	if detail == "" {
		return &ParseError{Line: p.h.Lines, Err: fault}
	}
	return &ParseError{Line: p.h.Lines, Err: &detailed{fault, shortenTo(detail, maxDetail)}}
}

// decode makes UTF-8 of the line that begins at start of the header's text, if it is not: older tools write Latin-1.
func (p *headerParser) decode(start int) error {
	line := p.h.Text[start:]
	if p.h.Lines == 1 || utf8.Valid(line) || bytes.IndexByte(line, 0) >= 0 {
		return nil
	}
	if err := p.lapse(ErrHeader, "the line is not UTF-8, and read as Latin-1"); err != nil {
		return err
	}
	var decoded []byte
	for _, c := range line {
		decoded = utf8.AppendRune(decoded, rune(c))
	}
	p.h.Text = append(p.h.Text[:start], decoded...)
	return nil
}

// notHeader is the error for a line that is neither ## nor #CHROM.
func (p *headerParser) notHeader(line []byte) error {
	if p.late != nil {
		return p.late
	}
	return p.fail(ErrNoChromLine, "found "+quote(trimEOL(line)))
}

func (p *headerParser) atEOF() error {
	if len(bytes.TrimSpace(p.h.Text)) == 0 {
		return p.fail(ErrNoHeader, "the file is empty")
	}
	if p.late != nil {
		return p.late
	}
	return p.fail(ErrNoChromLine, "the file ends before it")
}

// trimEOL removes one LF or CRLF.
func trimEOL(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r"))
}

// line takes one header line; done is true for the #CHROM line.
func (p *headerParser) line(line []byte) (done bool, err error) {
	if bytes.IndexByte(line, 0) >= 0 || !utf8.Valid(line) {
		return false, p.fail(ErrHeader, "the line is not valid UTF-8 text")
	}
	if p.h.Lines == 1 {
		return false, p.firstLine(line)
	}
	switch {
	case p.late != nil && bytes.HasPrefix(line, []byte("##fileformat=")):
		p.late = nil
		return false, p.version(line)
	case bytes.HasPrefix(line, []byte("##")):
		return false, p.metaLine(string(line[2:]))
	case bytes.HasPrefix(line, []byte("#")):
		return true, p.chromLine(string(line))
	}
	return false, p.notHeader(line)
}

// lineEnds refuses a first line that shows line ends which no VCF has; nil when it shows none.
func (p *headerParser) lineEnds(line []byte) error {
	switch {
	case p.h.Lines != 1:
	case bytes.HasSuffix(line, []byte("\r")):
		return p.fail(ErrHeader, `lines end with CR CR LF, not LF or CR LF: convert the file with tr -d '\r'`)
	case bytes.Contains(line, []byte("\r#")):
		return p.fail(ErrHeader, `lines end with CR alone, not LF or CR LF: convert the file with tr '\r' '\n'`)
	}
	return nil
}

// firstLine takes the ##fileformat line. Another meta line may stand before it, which is found out at the end of the
// header.
func (p *headerParser) firstLine(line []byte) error {
	if text, ok := bytes.CutPrefix(line, byteOrderMark); ok {
		if err := p.lapse(ErrHeader, "the file begins with a byte order mark"); err != nil {
			return err
		}
		line = text
	}
	if err := p.lineEnds(line); err != nil {
		return err
	}
	err := p.version(line)
	fault, ok := err.(*ParseError)
	if !ok || fault.Rule == 0 {
		return err
	}
	if err := p.forgive(fault); err != nil {
		return err
	}
	p.late = &ParseError{Line: fault.Line, Err: fault.Err}
	return p.metaLine(string(line[2:]))
}

// version parses the ##fileformat line.
func (p *headerParser) version(line []byte) error {
	value, ok := strings.CutPrefix(string(line), "##fileformat=")
	value = strings.TrimRight(value, " \t")
	switch {
	case !ok && len(bytes.TrimSpace(line)) == 0:
		return p.fail(ErrNoHeader, "the first line is empty")
	case !ok && !bytes.HasPrefix(line, []byte("#")):
		return p.fail(ErrNoHeader, "the first line is "+quote(line))
	case !ok:
		err := p.fail(ErrNoVersion, "the first line must be ##fileformat, not "+quote(line))
		if bytes.HasPrefix(line, []byte("##")) {
			err.Rule = RuleHeader + habit
		}
		return err
	case value == "":
		return p.fail(ErrNoVersion, "##fileformat is empty")
	}
	minor, ok := strings.CutPrefix(value, "VCFv4.")
	if !ok || len(minor) != 1 || minor[0] < '0' || minor[0] >= '0'+minors {
		return p.fail(ErrVersion, "VCFv4.0 to VCFv4.5 are read, not "+quote(value))
	}
	p.h.Version = Version{4, int(minor[0] - '0')}
	p.h.Meta = append(p.h.Meta, Meta{Line: p.h.Lines, Key: "fileformat", Value: value})
	return nil
}

// chromLine parses the #CHROM line. Its columns are separated by tabs, though
// real files also hold spaces between the fixed ones; a line without
// any tab makes spaces the separator of the records that hold no tab either.
func (p *headerParser) chromLine(line string) error {
	h := p.h
	columns, lapse := p.chromColumns(strings.TrimRight(line, "\r"))
	if lapse != "" {
		if err := p.lapse(ErrHeader, lapse); err != nil {
			return err
		}
	}
	if columns[0] != "#CHROM" {
		return p.fail(ErrNoChromLine, "found "+quote(line))
	}
	for i, want := range fixedColumns {
		if i >= len(columns) {
			return p.fail(ErrHeaderColumns, want+" is missing")
		}
		if columns[i] != want {
			return p.fail(columnFault(columns[i]), fmt.Sprintf("column %d is %s instead of %s", i+1, quote(columns[i]), want))
		}
	}
	columns = columns[len(fixedColumns):]
	h.columns = len(fixedColumns)
	if len(columns) == 0 {
		return nil
	}
	if columns[0] != "FORMAT" {
		return p.fail(columnFault(columns[0]), fmt.Sprintf("column 9 is %s instead of FORMAT", quote(columns[0])))
	}
	if len(columns) == 1 {
		return p.fail(ErrHeaderNull, "there is a FORMAT column but no sample name")
	}
	return p.samples(columns[1:])
}

// chromColumns splits the #CHROM line, and tells what is odd of how it is separated. Blanks that a sample's name ends
// with are of the name.
func (p *headerParser) chromColumns(line string) (columns []string, lapse string) {
	if trimmed := strings.TrimRight(line, "\t"); trimmed != line {
		line, lapse = trimmed, "tabs follow the last column"
	}
	columns = strings.Split(line, "\t")
	last := &columns[len(columns)-1]
	switch trimmed := strings.TrimRight(*last, " "); {
	case len(columns) == 1:
		if p.h.spaced = strings.Contains(line, " "); p.h.spaced {
			columns, p.h.padded = words(line), strings.Contains(strings.Trim(line, " "), "  ")
			lapse = "columns are separated by spaces"
		}
	case len(columns) < len(fixedColumns) || strings.Contains(columns[0], " "):
		if columns = mixedColumns(line); strings.Contains(line, " ") {
			lapse = "columns are separated by spaces"
		}
	case len(columns) <= len(fixedColumns)+1 && trimmed != *last:
		*last, lapse = trimmed, "spaces follow the last column"
	}
	return columns, lapse
}

// mixedColumns splits a #CHROM line that has both tabs and spaces between its fixed columns. Spaces within a sample's
// name are of it where tabs separate the names.
func mixedColumns(line string) []string {
	const separators = " \t"
	var columns []string
	names, byTabs := strings.TrimRight(line, separators), false
	for len(columns) <= len(fixedColumns) {
		at := strings.IndexAny(names, separators)
		if at < 0 {
			return append(columns, names)
		}
		columns = append(columns, names[:at])
		after := strings.TrimLeft(names[at:], separators)
		byTabs = strings.Contains(names[at:len(names)-len(after)], "\t")
		names = after
	}
	if !byTabs && !strings.Contains(names, "\t") {
		return append(columns, words(names)...)
	}
	for name := range strings.SplitSeq(names, "\t") {
		columns = append(columns, strings.Trim(name, " "))
	}
	return columns
}

// words splits a line at runs of spaces.
func words(line string) []string {
	return strings.FieldsFunc(line, func(r rune) bool { return r == ' ' })
}

// columnFault tells a misplaced column from an unknown one.
func columnFault(name string) Fault {
	for _, known := range fixedColumns {
		if name == known {
			return ErrHeaderColumnOrder
		}
	}
	return ErrHeaderColumn
}

func (p *headerParser) samples(names []string) error {
	seen := make(map[string]bool, len(names))
	for i, name := range names {
		if name == "" {
			return p.fail(ErrHeaderNull, fmt.Sprintf("the name of sample %d is empty", i+1))
		}
		if seen[name] {
			return p.fail(ErrDuplicateSample, "sample "+quote(name)+" occurs twice")
		}
		seen[name] = true
	}
	p.h.Samples = names
	p.h.columns = len(fixedColumns) + 1 + len(names)
	return nil
}
