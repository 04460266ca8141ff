// Package fasta reads single ranges of bases out of FASTA files through their samtools index (.fai), and makes such
// indexes.
//
// Ranges are 0-based and half-open; lengths are in bases, offsets in bytes. Bases come as the file has them: lower case
// and IUPAC codes are kept. A file compressed with bgzip is read through bgzf.ReaderAt, with its .gzi index beside the
// .fai. Everything that reads bases takes the interface Reference: a File, a Memory, or what a caller writes.
package fasta

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// maxIndexLine bounds a line of an index: a name and four numbers.
const maxIndexLine = 64 << 10

// ErrIndexMismatch says that a FASTA file is not the one its index was made of.
var ErrIndexMismatch = errors.New("the FASTA file does not fit its index")

// A Contig is one sequence of a FASTA file.
type Contig struct {
	Name   string
	Length int64 // in bases

	offset    int64 // of the first base, in bytes
	lineBases int64 // bases on each line but the last
	lineWidth int64 // bytes on such a line with its line end
}

// bytesAt gives the byte offset of the 0-based base p.
func (c *Contig) bytesAt(p int64) int64 {
	return c.offset + p/c.lineBases*c.lineWidth + p%c.lineBases
}

// A File is a Reference over the text of a FASTA file with a samtools index (.fai). Of a file compressed with bgzip the
// text is that of a bgzf.ReaderAt. It holds the index in memory and nothing of the sequences. It is safe for concurrent
// use when its ReaderAt is.
type File struct {
	r       io.ReaderAt
	contigs []Contig
	byName  map[string]int
}

// Open reads the index fai of the FASTA text r of size bytes, uncompressed. Every contig of the index must lie
// within the file; the error names the index's line (1-based).
func Open(r io.ReaderAt, size int64, fai io.Reader) (*File, error) {
	f := &File{r: r, byName: make(map[string]int)}
	lines := bufio.NewScanner(fai)
	lines.Buffer(make([]byte, 0, 4096), maxIndexLine)
	for line := 1; lines.Scan(); line++ {
		c, err := parseContig(lines.Text(), size)
		if err != nil {
			return nil, fmt.Errorf("read FASTA index: line %d: %w", line, err)
		}
		if _, ok := f.byName[c.Name]; ok {
			return nil, fmt.Errorf("read FASTA index: line %d: contig %.100q is there twice", line, c.Name)
		}
		if len(f.contigs) == maxContigs {
			return nil, fmt.Errorf("read FASTA index: line %d: %w", line, errContigs)
		}
		f.byName[c.Name] = len(f.contigs)
		f.contigs = append(f.contigs, c)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read FASTA index: %w", err)
	}
	return f, nil
}

// parseContig reads one index line: name, length, offset, bases and bytes per line.
func parseContig(line string, size int64) (Contig, error) {
	fields := strings.Split(line, "\t")
	if len(fields) != 5 {
		return Contig{}, fmt.Errorf("%d columns, not 5", len(fields))
	}
	c := Contig{Name: fields[0]}
	if c.Name == "" {
		return Contig{}, errors.New("the contig has no name")
	}
	for i, dst := range []*int64{&c.Length, &c.offset, &c.lineBases, &c.lineWidth} {
		v, err := strconv.ParseInt(fields[i+1], 10, 64)
		if err != nil || v < 0 {
			return Contig{}, fmt.Errorf("column %d is not a number", i+2)
		}
		*dst = v
	}
	if c.Length == 0 {
		return c, nil
	}
	// The bounds keep bytesAt from overflowing: lines are whole, and the file is no longer than an int64.
	end := int64(math.MaxInt64)
	if c.lineBases > 0 && c.lineWidth > c.lineBases && c.lineWidth <= c.lineBases+2 &&
		c.Length <= size && c.offset <= size {
		end = c.offset + (c.Length-1)/c.lineBases*(c.lineWidth-c.lineBases) + c.Length
	}
	if end > size {
		return Contig{}, fmt.Errorf("contig %.100q is not within the file: %w", c.Name, ErrIndexMismatch)
	}
	return c, nil
}

// Contigs returns the contigs in the order of the index. The caller must not change the slice.
func (f *File) Contigs() []Contig { return f.contigs }

// Length implements Reference.
func (f *File) Length(contig string) (int64, bool) {
	i, ok := f.byName[contig]
	if !ok {
		return 0, false
	}
	return f.contigs[i].Length, true
}

// Fetch implements Reference. It reads the range at once, line ends and all, into dst's memory.
func (f *File) Fetch(dst []byte, contig string, start, end int64) ([]byte, error) {
	i, ok := f.byName[contig]
	if !ok {
		return dst, unknownContig(f, contig)
	}
	c := &f.contigs[i]
	if start < 0 || end < start || end > c.Length {
		return dst, &RangeError{Contig: contig, Start: start, End: end, Length: c.Length}
	}
	if start == end {
		return dst, nil
	}
	from, to := c.bytesAt(start), c.bytesAt(end-1)+1
	all := grow(dst, int(to-from))
	raw := all[len(dst):]
	if n, err := f.r.ReadAt(raw, from); n < len(raw) {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return dst, fmt.Errorf("read FASTA contig %.100q: %w", contig, err)
	}
	seq := c.strip(raw, start)
	if int64(len(seq)) != end-start || bytes.IndexByte(seq, '\n') >= 0 || bytes.IndexByte(seq, '>') >= 0 {
		return dst, fmt.Errorf("read FASTA contig %.100q: %w", contig, ErrIndexMismatch)
	}
	return all[:len(dst)+len(seq)], nil
}

// grow extends dst by n bytes of any content.
func grow(dst []byte, n int) []byte {
	if need := len(dst) + n; need <= cap(dst) {
		return dst[:need]
	}
	return append(dst, make([]byte, n)...)
}

// strip closes the gaps that line ends leave in raw, the bytes from the 0-based base start on, in place.
func (c *Contig) strip(raw []byte, start int64) []byte {
	gap := int(c.lineWidth - c.lineBases)
	n := int(min(c.lineBases-start%c.lineBases, int64(len(raw))))
	for at := n + gap; at < len(raw); {
		m := min(int(c.lineBases), len(raw)-at)
		copy(raw[n:], raw[at:at+m])
		n += m
		at += m + gap
	}
	return raw[:n]
}
