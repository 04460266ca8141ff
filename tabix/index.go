package tabix

import (
	"slices"

	"github.com/varlake/varlake/bgzf"
)

// An Index is a TBI or CSI index in memory. It is immutable and may be shared by goroutines.
type Index struct {
	format   Format
	csi      bool
	minShift int // log2 of the bases of the smallest bins
	depth    int // of the levels below bin 0
	contigs  []contig
	byName   map[string]int
	unplaced *uint64 // records without a place, where the index says
}

// contig is the index of one contig.
type contig struct {
	name    string   // empty in an index without names, as of BCF and BAM
	bins    []bin    // by number
	windows []window // the linear index of a TBI
	summary *summary // nil: the index has none
}

// bin is the records that fit into no smaller bin.
type bin struct {
	number uint32
	first  bgzf.VirtualOffset // CSI: where the first record begins that reaches into the bin or what comes after it
	chunks []Chunk
}

// A Chunk is a stretch of the file, half-open.
type Chunk struct{ From, To bgzf.VirtualOffset }

// window is where the first record that reaches into any of a run of 2^14 bases begins. The run begins where that
// before ends.
type window struct {
	end  int64 // exclusive, in 2^14 bases
	from bgzf.VirtualOffset
}

// summary is what a bin that holds no place says of a contig.
type summary struct {
	span              Chunk
	records, unmapped uint64
}

// firstBin is the number of a level's first bin.
func firstBin(level int) uint32 { return uint32((uint64(1)<<(3*level) - 1) / 7) }

// summaryBin is the number of the bin that holds no place: one more than would be the last of all.
func summaryBin(depth int) uint32 { return firstBin(depth+1) + 1 }

// Format tells how the lines of the file are read. An index without names, as of BCF and BAM, has none: the zero
// Format.
func (x *Index) Format() Format { return x.format }

// CSI tells whether the index is a CSI, else it is a TBI.
func (x *Index) CSI() bool { return x.csi }

// Extension is the end of the index's name beside the file's: ".tbi" or ".csi".
func (x *Index) Extension() string {
	if x.csi {
		return ".csi"
	}
	return ".tbi"
}

// Contigs returns the names of the contigs that have records, in the order of the file. An index without names, as of
// BCF and BAM, gives empty ones.
func (x *Index) Contigs() []string {
	names := make([]string, len(x.contigs))
	for i := range x.contigs {
		names[i] = x.contigs[i].name
	}
	return names
}

// Records returns how many records a contig has; ok is false when the index does not tell. Of a contig that is not in
// the index it is 0, true.
func (x *Index) Records(contig string) (n uint64, ok bool) {
	i, known := x.byName[contig]
	if !known {
		return 0, true
	}
	s := x.contigs[i].summary
	if s == nil {
		return 0, false
	}
	return s.records + s.unmapped, true
}

// Chunks returns the stretches of the file that hold the records of a contig which overlap start to end (0-based,
// half-open), and others beside them: in the order of the file, apart from each other by a block at least. There are
// none of a contig that the index lacks, and of an empty or negative range.
func (x *Index) Chunks(contig string, start, end int64) []Chunk {
	i, ok := x.byName[contig]
	if !ok {
		return nil
	}
	return x.ChunksAt(i, start, end)
}

// ChunksAt is Chunks by the contig's 0-based place in Contigs, for an index without names.
func (x *Index) ChunksAt(contig int, start, end int64) []Chunk {
	end = min(end, int64(1)<<(x.minShift+3*x.depth))
	if contig < 0 || contig >= len(x.contigs) || start < 0 || start >= end {
		return nil
	}
	c := &x.contigs[contig]
	from := c.from(x, start)
	var chunks []Chunk
	for level := range x.depth + 1 {
		shift := x.minShift + 3*(x.depth-level)
		first := firstBin(level)
		lowest, highest := first+uint32(start>>shift), first+uint32((end-1)>>shift)
		for at := c.at(lowest); at < len(c.bins) && c.bins[at].number <= highest; at++ {
			for _, chunk := range c.bins[at].chunks {
				if chunk.To > from {
					chunks = append(chunks, Chunk{max(chunk.From, from), chunk.To})
				}
			}
		}
	}
	return merge(chunks)
}

// at is the place of the first bin whose number is not smaller.
func (c *contig) at(number uint32) int {
	i, _ := slices.BinarySearchFunc(c.bins, number, func(b bin, number uint32) int {
		if b.number < number {
			return -1
		}
		return 1
	})
	return i
}

// has returns a bin, nil if no record is in it.
func (c *contig) has(number uint32) *bin {
	if i := c.at(number); i < len(c.bins) && c.bins[i].number == number {
		return &c.bins[i]
	}
	return nil
}

// from is an offset that no record before reaches to start.
func (c *contig) from(x *Index, start int64) bgzf.VirtualOffset {
	if !x.csi {
		return c.reaches(start >> x.minShift)
	}
	// The bin of start tells, else the nearest before it at its level or around it.
	number := firstBin(x.depth) + uint32(start>>x.minShift)
	for level := x.depth; ; {
		if b := c.has(number); b != nil {
			return b.first
		}
		switch first := firstBin(level); {
		case level == 0:
			return 0
		case (number-first)%8 > 0:
			number--
		default:
			level--
			number = firstBin(level) + (number-first)/8
		}
	}
}

// reaches is where the first record begins that reaches into a stretch of the linear index or one after it.
func (c *contig) reaches(stretch int64) bgzf.VirtualOffset {
	i, _ := slices.BinarySearchFunc(c.windows, stretch, func(run window, at int64) int {
		if run.end <= at {
			return -1
		}
		return 1
	})
	switch {
	case i < len(c.windows):
		return c.windows[i].from
	case i > 0:
		return c.windows[i-1].from
	}
	return 0
}

// merge puts chunks into the order of the file and joins those that meet, overlap or share a block.
func merge(chunks []Chunk) []Chunk {
	slices.SortFunc(chunks, func(a, b Chunk) int {
		if a.From < b.From {
			return -1
		}
		if a.From > b.From {
			return 1
		}
		return 0
	})
	merged := chunks[:0]
	for _, c := range chunks {
		if n := len(merged); n > 0 && merged[n-1].To.Block() >= c.From.Block() {
			merged[n-1].To = max(merged[n-1].To, c.To)
		} else {
			merged = append(merged, c)
		}
	}
	return merged
}
