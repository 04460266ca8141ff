package annot

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// KV is an entry of a row's information map.
type KV struct {
	Key, Value []byte
	Null       bool // the value is NULL
}

// Feature is one feature line of GFF3. Nil slices and lists of length 0 are NULL.
type Feature struct {
	SeqID, Source, Type []byte
	Start, End          int64 // 0-based half-open
	Score               float64
	HasScore            bool
	Strand              []byte // "+", "-" or "?"
	Phase               int32  // 0, 1 or 2
	HasPhase            bool

	ID, Name                   []byte
	Alias                      []byte // values joined with commas
	Parent                     [][]byte
	Target, Gap, DerivesFrom   []byte
	Note, Dbxref, OntologyTerm [][]byte
	IsCircular, HasIsCircular  bool
	Information                []KV // all other tags in lower case, several values joined with commas
}

// The names of the nine columns (GFF3 1.26, "Description of the Format").
var gffColumns = [9]string{"seqid", "source", "type", "start", "end", "score", "strand", "phase", "attributes"}

// GFF parses a GFF3 file (The Sequence Ontology's specification, version 1.26),
// line by line from the first. It serves one goroutine.
//
// It reads what the specification allows, and beyond it what Ensembl, GENCODE and
// NCBI write and htsjdk reads: a file without ##gff-version; a CDS without phase
// and a phase on other features; an empty attributes column for "."; spaces around
// tags and values, and semicolons that end nothing; a '%' that escapes nothing, and
// escapes of other characters than those that need one; tags given twice. It refuses
// another number of columns than nine, which htsjdk does too, and an attribute
// without '=', which htsjdk drops: mostly it is the rest of a text with a bare semicolon.
type GFF struct {
	attributes
	f      Feature
	line   int64
	done   bool
	seqRaw []byte // SEQID of the line before, with its escapes
	seqID  []byte // and without
}

// NewGFF returns a parser at the start of a file.
func NewGFF() *GFF {
	g := &GFF{}
	g.attributes.init()
	return g
}

// Done tells whether the features have ended: after ##FASTA, or a line that begins
// with '>', which implies it (GFF3 1.26, "Other Syntax"). What follows is sequence.
func (g *GFF) Done() bool { return g.done }

// Line parses a line; line is its 1-based number. f is nil for comments, blank
// lines and directives, and for all lines when Done. It is valid until the next call.
//
// Of the directives (GFF3 1.26, "Other Syntax") ##gff-version must say 3 and ##FASTA
// ends the features. The others are passed over: ##sequence-region too, since
// features of a circular landmark may end beyond it. So END has no upper bound but
// must not be before START, which is at least 1.
func (g *GFF) Line(text []byte, line int64) (f *Feature, err error) {
	if g.done {
		return nil, nil
	}
	if line == 1 {
		text = bytes.TrimPrefix(text, bom)
	}
	text = trimCR(text)
	if len(text) == 0 {
		return nil, nil
	}
	g.line = line
	switch c := text[0]; {
	case c == '#':
		return nil, g.directive(text)
	case c == '>':
		g.done = true
		return nil, nil
	case c <= ' ' && blank(text):
		return nil, nil
	}
	if err := g.feature(text); err != nil {
		return nil, err
	}
	return &g.f, nil
}

var (
	gffVersion = []byte("##gff-version")
	fasta      = []byte("##FASTA")
)

// directive reads a line that begins with '#'.
func (g *GFF) directive(text []byte) error {
	if len(text) < len(fasta) || text[1] != '#' {
		return nil
	}
	if bytes.EqualFold(trimBlanks(text), fasta) {
		g.done = true
		return nil
	}
	rest, ok := bytes.CutPrefix(text, gffVersion)
	if !ok || len(rest) > 0 && rest[0] != ' ' && rest[0] != '\t' {
		return nil
	}
	version := trimBlanks(rest)
	if len(version) > 0 && version[0] == '3' && (len(version) == 1 || version[1] == '.' || version[1] == ' ' ||
		version[1] == '\t') {
		return nil
	}
	return fail(g.line, "", text, "is not ##gff-version 3; of the GFF versions, 3 is supported")
}

func (g *GFF) fail(column int, value []byte, reason string) error {
	return fail(g.line, gffColumns[column], value, reason)
}

// feature parses a feature line (GFF3 1.26, "Description of the Format").
func (g *GFF) feature(text []byte) error {
	var columns [9][]byte
	rest := text
	for i := range 8 {
		n := bytes.IndexByte(rest, '\t')
		if n < 0 {
			return g.columnCount(text)
		}
		columns[i] = rest[:n:n]
		rest = rest[n+1:]
	}
	columns[8] = rest
	for i, c := range columns[:8] {
		if len(c) == 0 {
			return g.fail(i, nil, `the column is empty; a missing value is written "."`)
		}
	}
	f := &g.f
	*f = Feature{
		Parent: f.Parent[:0], Note: f.Note[:0], Dbxref: f.Dbxref[:0], OntologyTerm: f.OntologyTerm[:0],
		Information: f.Information[:0],
	}
	g.attributes.reset(f, g.line)
	g.escapes = true
	if err := g.seqid(columns[0]); err != nil {
		return err
	}
	var err error
	if f.Source, err = g.text(1, columns[1]); err != nil {
		return err
	}
	if f.Type, err = g.text(2, columns[2]); err != nil {
		return err
	}
	if err := g.position(columns[3], columns[4]); err != nil {
		return err
	}
	if err := g.scoreStrandPhase(columns[5], columns[6], columns[7]); err != nil {
		return err
	}
	if !plain(rest) {
		if bytes.IndexByte(rest, '\t') >= 0 {
			return g.columnCount(text)
		}
		for part := range bytes.SplitSeq(rest, []byte{';'}) {
			if reason := gffTextFault(part); reason != "" {
				return g.fail(8, part, reason)
			}
		}
	}
	return g.attributes.parse(rest)
}

func (g *GFF) columnCount(text []byte) error {
	n := bytes.Count(text, []byte{'\t'}) + 1
	return fail(g.line, "", text, "has "+strconv.Itoa(n)+" columns separated by tabs, GFF3 has 9")
}

// seqid reads column 1, which names the landmark and cannot be missing.
func (g *GFF) seqid(text []byte) error {
	f := &g.f
	if bytes.Equal(text, g.seqRaw) {
		f.SeqID = g.seqID
		return nil
	}
	if isDot(text) {
		return g.fail(0, text, "names no sequence")
	}
	if bytes.IndexByte(text, ' ') >= 0 {
		return g.fail(0, text, "holds a space, which GFF3 writes %20 here")
	}
	decoded, err := g.text(0, text)
	if err != nil {
		return err
	}
	g.seqRaw = append(g.seqRaw[:0], text...)
	g.seqID = append(g.seqID[:0], decoded...)
	f.SeqID = g.seqID
	return nil
}

// text reads a column of text; nil for ".".
func (g *GFF) text(column int, text []byte) ([]byte, error) {
	if isDot(text) {
		return nil, nil
	}
	if reason := gffTextFault(text); reason != "" {
		return nil, g.fail(column, text, reason)
	}
	decoded, ok := g.decode(text)
	if !ok {
		return nil, g.fail(column, text, notUTF8)
	}
	return decoded, nil
}

const notUTF8 = "is not valid UTF-8"

// gffTextFault tells what is wrong with text before its escapes are decoded.
func gffTextFault(text []byte) string {
	if plain(text) {
		return ""
	}
	for _, c := range text {
		if c < ' ' {
			return "holds a control character, which GFF3 writes as a percent escape"
		}
	}
	if !utf8.Valid(text) {
		return notUTF8 + "; a file in Latin-1 is converted with iconv -f ISO-8859-1 -t UTF-8"
	}
	return ""
}

// position reads columns 4 and 5, 1-based inclusive in the file.
func (g *GFF) position(start, end []byte) error {
	f := &g.f
	for i, text := range [2][]byte{start, end} {
		v, how := parseInt(text)
		switch {
		case how == notNumber:
			return g.fail(3+i, text, "is not an integer")
		case how == outOfRange:
			return g.fail(3+i, text, "is out of the range of 64-bit integers")
		case v < 1:
			return g.fail(3+i, text, "is smaller than 1, the first position")
		}
		f.Start, f.End = f.End, v
	}
	if f.Start > f.End {
		return g.fail(4, end, "is smaller than start, "+strconv.FormatInt(f.Start, 10))
	}
	f.Start--
	return nil
}

// scoreStrandPhase reads columns 6 to 8.
func (g *GFF) scoreStrandPhase(score, strand, phase []byte) error {
	f := &g.f
	if !isDot(score) {
		v, how := parseFloat(score, 64)
		switch how {
		case notNumber:
			return g.fail(5, score, "is not a number")
		case outOfRange:
			return g.fail(5, score, "is out of the range of 64-bit numbers")
		}
		f.Score, f.HasScore = v, true
	}
	if len(strand) != 1 {
		return g.fail(6, strand, "is not a strand: +, -, ? or .")
	}
	switch strand[0] {
	case '+', '-', '?':
		f.Strand = strand
	case '.':
	default:
		return g.fail(6, strand, "is not a strand: +, -, ? or .")
	}
	if isDot(phase) {
		return nil
	}
	if len(phase) != 1 || phase[0] < '0' || phase[0] > '2' {
		return g.fail(7, phase, "is not a phase: 0, 1, 2 or .")
	}
	f.Phase, f.HasPhase = int32(phase[0]-'0'), true
	return nil
}

func isDot(text []byte) bool { return len(text) == 1 && text[0] == '.' }
