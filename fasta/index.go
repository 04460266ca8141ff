package fasta

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode"
)

const (
	maxContigs = 4 << 20   // of one file; beyond it the names alone would fill the memory
	maxName    = 32 << 10  // bytes of a contig's name; leaves room in an index line
	lineBuffer = 256 << 10 // bytes of a line looked at together; lines may be longer
)

var errContigs = fmt.Errorf("there are more than %d contigs", maxContigs)

// Stats sums up a FASTA file.
type Stats struct {
	Contigs int
	Bases   int64
	Bytes   int64 // the file's size
}

// An Error says where and why a FASTA file is refused.
type Error struct {
	Line int64 // 1-based
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("FASTA line %d: %v", e.Line, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// letters are the characters of a sequence: the IUPAC codes of nucleotides, X for a masked one and - for a
// gap, in either case.
var letters = func() (t [256]bool) {
	for _, c := range []byte("ACGTUNRYKMSWBDHVX") {
		t[c], t[c|0x20] = true, true
	}
	t['-'] = true
	return t
}()

// Index reads an uncompressed FASTA file to its end and writes its index (.fai), byte for byte that of
// `samtools faidx`. Lines end in LF or CRLF, the last in anything.
//
// It refuses what samtools refuses (lines of different lengths within a contig, text before the first
// contig, a file with none) and what samtools drops or lets pass though it cannot be addressed or meant: a
// contig with no name, a name used twice, a contig with no bases, characters that are no nucleotide. Such
// an error is a *Error. Its memory is a fixed buffer and the contigs' names.
func Index(r io.Reader, fai io.Writer) (Stats, error) {
	ix := indexer{names: make(map[string]struct{}), out: bufio.NewWriter(fai), line: 1}
	in := bufio.NewReaderSize(r, lineBuffer)
	magic, err := in.Peek(2)
	if err != nil && err != io.EOF {
		return ix.stats, fmt.Errorf("read FASTA: %w", err)
	}
	if len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		return ix.stats, &Error{Line: 1, Err: errors.New("the file is compressed")}
	}
	for {
		part, err := in.ReadSlice('\n')
		if perr := ix.add(part); perr != nil {
			return ix.stats, &Error{Line: ix.line, Err: perr}
		}
		if err == nil || err == io.EOF {
			if perr := ix.endLine(); perr != nil {
				return ix.stats, &Error{Line: ix.line, Err: perr}
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return ix.stats, fmt.Errorf("read FASTA: %w", err)
		}
	}
	if ix.contig.Name == "" {
		return ix.stats, &Error{Line: 1, Err: errors.New("there is no contig")}
	}
	if err := ix.endContig(); err != nil {
		return ix.stats, &Error{Line: ix.line, Err: err}
	}
	if err := ix.out.Flush(); err != nil {
		return ix.stats, fmt.Errorf("write FASTA index: %w", err)
	}
	return ix.stats, nil
}

// An indexer is the state of Index between two parts of a line.
type indexer struct {
	out   *bufio.Writer
	names map[string]struct{}
	stats Stats

	contig Contig // the one being read; its name is empty before the first
	begun  int64  // its header's line
	closed bool   // a line was shorter than the first: it must be the contig's last

	line   int64 // 1-based number of the line being read
	inLine bool  // some of it was read
	header bool  // it begins with >
	cr     bool  // it has a carriage return so far: nothing but LF may follow
	bases  int64
	width  int64 // bytes of it so far
}

// add reads a part of a line: whole, or as much as fitted the buffer.
func (ix *indexer) add(part []byte) error {
	if len(part) == 0 {
		return nil
	}
	ix.stats.Bytes += int64(len(part))
	ix.width += int64(len(part))
	first := !ix.inLine
	ix.inLine = true
	if first && part[0] == '>' {
		if err := ix.endContig(); err != nil {
			return err
		}
		ix.header = true
		return ix.name(part[1:])
	}
	if ix.header {
		return nil // the rest of a long description
	}
	for _, c := range part {
		switch {
		case c == '\n':
			ix.width--
		case ix.cr:
			return errors.New("a carriage return is not at the end of the line")
		case letters[c]:
			ix.bases++
		case c == '\r':
			ix.cr = true
		default:
			return fmt.Errorf("%q is no nucleotide", c)
		}
	}
	return nil
}

// name begins a contig with the first word of its header line.
func (ix *indexer) name(text []byte) error {
	const space = " \t\v\f\r\n"
	text = bytes.TrimLeft(text, space)
	if i := bytes.IndexAny(text, space); i >= 0 {
		text = text[:i]
	}
	switch {
	case len(text) == 0:
		return errors.New("the contig has no name")
	case len(text) > maxName:
		return errors.New("the contig's name is too long")
	case bytes.ContainsFunc(text, unicode.IsControl):
		return fmt.Errorf("the contig's name %.100q has a control character", text)
	case len(ix.names) == maxContigs:
		return errContigs
	}
	name := string(text)
	if _, ok := ix.names[name]; ok {
		return fmt.Errorf("contig %.100q is there twice", name)
	}
	ix.names[name] = struct{}{}
	ix.contig, ix.begun, ix.closed = Contig{Name: name}, ix.line, false
	return nil
}

// endLine checks the length of a whole line and begins the next.
func (ix *indexer) endLine() error {
	c, bases, width := &ix.contig, ix.bases, ix.width+1 // the last line counts as if it had its end
	switch {
	case !ix.inLine: // nothing after the last line end
	case ix.header:
		c.offset = ix.stats.Bytes
	case bases == 0: // a blank line
		ix.closed = true
	case c.Name == "":
		return errors.New("there is a sequence before the first contig")
	case ix.closed:
		return fmt.Errorf("contig %.100q goes on after a blank, shorter or otherwise ended line", c.Name)
	case c.Length == 0:
		c.Length, c.lineBases, c.lineWidth = bases, bases, width
	case bases > c.lineBases || width > c.lineWidth:
		return fmt.Errorf("the line is longer than the first of contig %.100q: %d bases, not %d", c.Name, bases, c.lineBases)
	default:
		ix.closed = bases < c.lineBases || width < c.lineWidth
		c.Length += bases
	}
	if ix.inLine {
		ix.line++
	}
	ix.inLine, ix.header, ix.cr = false, false, false
	ix.bases, ix.width = 0, 0
	return nil
}

// endContig writes the index line of the contig being read, if any. A failed write shows when out is flushed.
func (ix *indexer) endContig() error {
	c := &ix.contig
	if c.Name == "" {
		return nil
	}
	if c.Length == 0 {
		ix.line = ix.begun
		return fmt.Errorf("contig %.100q has no bases", c.Name)
	}
	ix.stats.Contigs++
	ix.stats.Bases += c.Length
	row := append([]byte(c.Name), '\t')
	for i, v := range []int64{c.Length, c.offset, c.lineBases, c.lineWidth} {
		row = strconv.AppendInt(row, v, 10)
		row = append(row, "\t\t\t\n"[i])
	}
	_, _ = ix.out.Write(row)
	return nil
}
