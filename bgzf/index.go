package bgzf

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Index is the index of a bgzipped VCF file, built while the file is written: tabix's (TBI) while all positions are below 2^29, else
// CSI. It is for one goroutine. Memory grows with the 16 KiB stretches of the contigs that records begin or end in.
type Index struct {
	contigs []contigIndex
	known   map[string]bool
	start   int64 // of the record before
	end     int64 // the greatest
}

// contigIndex indexes the records of one contig.
type contigIndex struct {
	name    string
	bins    map[uint32][]chunk
	windows []window
	span    chunk // of all records
	records uint64
}

// chunk is a stretch of the file.
type chunk struct{ from, to VirtualOffset }

// window is where the first record that reaches into any of a run of stretches begins. The run begins where that before ends.
type window struct {
	end  int64 // exclusive, in stretches
	from VirtualOffset
}

const (
	minShift = 14 // log2 of a stretch, and of the smallest bins
	// Bins are those of a CSI of this depth, which reaches to 2^32. Those of a TBI, one level less, are the same but for their numbers.
	indexDepth = 6
	tbiDepth   = 5
	tbiEnd     = 1 << (minShift + 3*tbiDepth)
	maxEnd     = 1 << (minShift + 3*indexDepth)
)

// ErrUnsorted says that records cannot be indexed in their order.
var ErrUnsorted = errors.New("records are not sorted by contig and position")

// Add takes a record that covers start to end of a contig (0-based, half-open) and that was written from one offset to the other.
// Records come in the order of the file: those of a contig together and by start.
func (x *Index) Add(contig []byte, start, end int64, from, to VirtualOffset) error {
	start = max(start, 0) // the telomere
	end = max(end, start+1)
	if end > maxEnd {
		return fmt.Errorf("index position %d: beyond %d", end, int64(maxEnd))
	}
	if n := len(x.contigs); n == 0 || x.contigs[n-1].name != string(contig) {
		if x.known[string(contig)] {
			return ErrUnsorted
		}
		if x.known == nil {
			x.known = map[string]bool{}
		}
		x.known[string(contig)] = true
		x.contigs = append(x.contigs, contigIndex{name: string(contig), bins: map[uint32][]chunk{}, span: chunk{from, to}})
		x.start = 0
	}
	if start < x.start {
		return ErrUnsorted
	}
	x.start, x.end = start, max(x.end, end)
	x.contigs[len(x.contigs)-1].add(start, end, from, to)
	return nil
}

func (c *contigIndex) add(start, end int64, from, to VirtualOffset) {
	c.records++
	c.span.to = to
	bin := binOf(start, end)
	chunks := c.bins[bin]
	// What is in the block where the bin's last chunk ends is read with it anyhow.
	if n := len(chunks); n > 0 && chunks[n-1].to.Block() >= from.Block() {
		chunks[n-1].to = to
	} else {
		c.bins[bin] = append(chunks, chunk{from, to})
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

// firstBin is the number of a level's first bin.
func firstBin(level int) uint32 { return (1<<(3*level) - 1) / 7 }

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

// Extension is the end of the index's name beside the file's: ".tbi" or ".csi".
func (x *Index) Extension() string {
	if x.end > tbiEnd {
		return ".csi"
	}
	return ".tbi"
}

// Write writes the index, compressed.
func (x *Index) Write(w io.Writer) error {
	z, err := NewWriter(w, -1)
	if err != nil {
		return err
	}
	out := indexWriter{z: z, csi: x.end > tbiEnd, depth: tbiDepth}
	if out.csi {
		out.depth = indexDepth
	}
	out.head(x.contigs)
	for i := range x.contigs {
		out.contig(&x.contigs[i])
	}
	out.long(0) // records without a place
	out.flush()
	return cmp.Or(out.err, z.Close())
}

// indexWriter encodes an index.
type indexWriter struct {
	z     *Writer
	csi   bool
	depth int
	buf   []byte
	err   error
}

func (w *indexWriter) int(v int) { w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(v)) }

func (w *indexWriter) long(v uint64) {
	w.buf = binary.LittleEndian.AppendUint64(w.buf, v)
	if len(w.buf) >= blockText {
		w.flush()
	}
}

func (w *indexWriter) flush() {
	if w.err == nil {
		_, w.err = w.z.Write(w.buf)
	}
	w.buf = w.buf[:0]
}

// head writes what comes before the contigs: how to read the lines of a VCF file, and the contigs' names.
func (w *indexWriter) head(contigs []contigIndex) {
	names := 0
	for i := range contigs {
		names += len(contigs[i].name) + 1
	}
	const fields = 7 * 4
	if w.csi {
		w.buf = append(w.buf, "CSI\x01"...)
		w.int(minShift)
		w.int(w.depth)
		w.int(fields + names)
	} else {
		w.buf = append(w.buf, "TBI\x01"...)
		w.int(len(contigs))
	}
	for _, v := range [...]int{2, 1, 2, 0, '#', 0, names} { // VCF; columns of contig, start and end; comments; lines to skip
		w.int(v)
	}
	for i := range contigs {
		w.buf = append(append(w.buf, contigs[i].name...), 0)
	}
	if w.csi {
		w.int(len(contigs))
	}
}

func (w *indexWriter) contig(c *contigIndex) {
	w.int(len(c.bins) + 1)
	for _, bin := range slices.Sorted(maps.Keys(c.bins)) {
		level, place := levelOf(bin)
		w.bin(firstBin(level-(indexDepth-w.depth))+place, c.first(int64(place)<<(3*(indexDepth-level))), c.bins[bin])
	}
	// A bin that holds no place has the span and the number of the contig's records.
	w.bin(firstBin(w.depth+1)+1, 0, []chunk{c.span, {VirtualOffset(c.records), 0}})
	if w.csi {
		return
	}
	w.int(int(c.windows[len(c.windows)-1].end))
	at := int64(0)
	for _, run := range c.windows {
		for ; at < run.end; at++ {
			w.long(uint64(run.from))
		}
	}
}

func (w *indexWriter) bin(number uint32, first VirtualOffset, chunks []chunk) {
	w.int(int(number))
	if w.csi {
		w.long(uint64(first))
	}
	w.int(len(chunks))
	for _, c := range chunks {
		w.long(uint64(c.from))
		w.long(uint64(c.to))
	}
}

// first is where the first record begins that reaches into a stretch or one after it.
func (c *contigIndex) first(stretch int64) VirtualOffset {
	i, _ := slices.BinarySearchFunc(c.windows, stretch, func(run window, at int64) int {
		if run.end <= at {
			return -1
		}
		return 1
	})
	return c.windows[i].from
}
