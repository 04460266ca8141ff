package tabix

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/varlake/varlake/bgzf"
)

// A Builder makes the index of a file while it is written, or read. It is for one goroutine. Memory grows with the
// stretches of 2^14 bases of the contigs that records begin or end in.
type Builder struct {
	format  Format
	csi     bool
	contigs []building
	known   map[string]int
	start   int64              // of the record before
	end     int64              // the greatest
	to      bgzf.VirtualOffset // of the record before
}

// building indexes the records of one contig.
type building struct {
	name    string
	bins    map[uint32][]Chunk
	windows []window
	span    Chunk // of all records
	records uint64
}

const (
	minShift = 14 // log2 of a stretch, and of the smallest bins
	// Bins are those of a CSI of this depth, which reaches to 2^32. Those of a TBI, one level less, are the same but for
	// their numbers.
	indexDepth = 6
	tbiDepth   = 5
	tbiEnd     = 1 << (minShift + 3*tbiDepth)
	maxEnd     = 1 << (minShift + 3*indexDepth)
)

// ErrUnsorted says that records cannot be indexed in their order.
var ErrUnsorted = errors.New("records are not sorted by contig and position")

// NewBuilder returns a Builder for lines of a format. The index will be a CSI if csi is true, or if a record reaches
// beyond 2^29, else a TBI. The CSI, of depth 6, reaches to 2^32.
func NewBuilder(format Format, csi bool) (*Builder, error) {
	if err := format.check(); err != nil {
		return nil, fmt.Errorf("build index: %w", err)
	}
	return &Builder{format: format, csi: csi, known: map[string]int{}}, nil
}

// AddLine is Add of a line, with or without its line end, whose interval is found by the format. Comments are passed
// over; lines of Format.Skip are the caller's to leave out.
func (x *Builder) AddLine(line []byte, from, to bgzf.VirtualOffset) error {
	if len(line) == 0 || line[0] == x.format.Comment {
		return nil
	}
	contig, start, end, err := x.format.Interval(line)
	if err != nil {
		return fmt.Errorf("build index: %w", err)
	}
	return x.Add(contig, start, end, from, to)
}

// Add takes a record that covers start to end of a contig (0-based, half-open; an empty interval counts as one base,
// and a negative start, the telomere, as 0) and that was written from one offset to the other. Records come in the
// order of the file: those of a contig together and by start, else the error is ErrUnsorted. A position beyond 2^32,
// and an end before its start, are errors, too; nothing is added then.
func (x *Builder) Add(contig []byte, start, end int64, from, to bgzf.VirtualOffset) error {
	switch {
	case end < start:
		return fmt.Errorf("index record from %d to %d: the end is before the start", start, end)
	case to < from:
		return fmt.Errorf("index record from offset %v to %v: the end is before the start", from, to)
	case from < x.to:
		return fmt.Errorf("index record from offset %v: the record before ends at %v", from, x.to)
	}
	start = max(start, 0) // the telomere
	end = max(end, start+1)
	if end > maxEnd {
		return fmt.Errorf("index position %d: beyond %d", end, int64(maxEnd))
	}
	if n := len(x.contigs); n == 0 || x.contigs[n-1].name != string(contig) {
		if _, ok := x.known[string(contig)]; ok {
			return ErrUnsorted
		}
		x.known[string(contig)] = n
		x.contigs = append(x.contigs, building{name: string(contig), bins: map[uint32][]Chunk{}, span: Chunk{from, to}})
		x.start = 0
	}
	if start < x.start {
		return ErrUnsorted
	}
	x.start, x.end, x.to = start, max(x.end, end), to
	x.contigs[len(x.contigs)-1].add(start, end, from, to)
	return nil
}

func (c *building) add(start, end int64, from, to bgzf.VirtualOffset) {
	c.records++
	c.span.To = to
	bin := binOf(start, end)
	chunks := c.bins[bin]
	// What is in the block where the bin's last chunk ends is read with it anyhow.
	if n := len(chunks); n > 0 && chunks[n-1].To.Block() >= from.Block() {
		chunks[n-1].To = to
	} else {
		c.bins[bin] = append(chunks, Chunk{from, to})
	}
	last := (end-1)>>minShift + 1
	switch n := len(c.windows); {
	case n > 0 && last <= c.windows[n-1].end:
	case n > 0 && c.windows[n-1].from == from:
		c.windows[n-1].end = last
	default:
		c.windows = append(c.windows, window{last, from})
	}
}

// binOf is the smallest bin that holds start to end.
func binOf(start, end int64) uint32 {
	for level := indexDepth; level > 0; level-- {
		shift := minShift + 3*(indexDepth-level)
		if start>>shift == (end-1)>>shift {
			return firstBin(level) + uint32(start>>shift)
		}
	}
	return 0
}

// levelOf is the level of a bin and its place there.
func levelOf(bin uint32) (level int, place uint32) {
	for level = indexDepth; firstBin(level) > bin; level-- {
	}
	return level, bin - firstBin(level)
}

// Index returns the index of the records added. The Builder is not to be used any more.
func (x *Builder) Index() *Index {
	index := &Index{format: x.format, csi: x.csi || x.end > tbiEnd, minShift: minShift, depth: tbiDepth, byName: x.known,
		unplaced: new(uint64)}
	if index.csi {
		index.depth = indexDepth
	}
	index.contigs = make([]contig, len(x.contigs))
	for i := range x.contigs {
		index.contigs[i] = x.contigs[i].contig(index)
	}
	return index
}

// contig is what the index keeps of a contig.
func (c *building) contig(index *Index) contig {
	made := contig{name: c.name, windows: c.windows, summary: &summary{span: c.span, records: c.records}}
	for _, number := range slices.Sorted(maps.Keys(c.bins)) {
		level, place := levelOf(number)
		b := bin{number: firstBin(level-(indexDepth-index.depth)) + place, chunks: c.bins[number]}
		if index.csi {
			b.first = made.reaches(int64(place) << (3 * (indexDepth - level)))
		}
		made.bins = append(made.bins, b)
	}
	if index.csi {
		made.windows = nil
	}
	return made
}
