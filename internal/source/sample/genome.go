package sample

import (
	"bufio"
	"fmt"
	"io"
	"slices"
)

// random is SplitMix64: tiny, fast, and the same in every release of Go.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number in [0, n), n < 2^32.
func (r *random) below(n int) int { return int(r.next() >> 32 * uint64(n) >> 32) }

// between returns a number in [low, high].
func (r *random) between(low, high int) int { return low + r.below(high-low+1) }

// perMille is true with probability n/1000.
func (r *random) perMille(n int) bool { return r.below(1000) < n }

// contig is one sequence. Coordinates are 0-based and half-open.
type contig struct {
	name    string
	bases   []byte // as in the FASTA: long repeats in lower case, N where unknown
	repeats []repeat
	ploidy  int
}

// repeat is a tandem repeat of whole units; the base after its end does not continue it.
type repeat struct {
	start, end int
	unit       int // length of the unit in bases
}

// plan says what a contig shall be like.
type plan struct {
	name   string
	length int
	ends   int // unknown bases at either end
	ploidy int
}

const (
	isochore    = 20_000 // bases with one GC content
	softMask    = 12     // repeats from this length on are in lower case
	maxRepeat   = 6 * 24 // bases
	unknownGap  = 500    // bases, in the middle of long contigs
	gapFrom     = 200_000
	lineOfFASTA = 60 // bases per line
)

// grow makes a contig: stretches that look random, with the GC content and the scarcity of CG of human
// sequence, and between them homopolymers and short tandem repeats.
func grow(rng *random, p plan) *contig {
	c := &contig{name: p.name, bases: make([]byte, 0, p.length), ploidy: p.ploidy}
	c.appendUnknown(p.ends)
	gcLimit := uint64(0)
	nextIsochore := 0
	for room := p.length - p.ends; len(c.bases) < room; {
		if len(c.bases) >= nextIsochore {
			gcLimit = uint64(rng.between(36, 52)) << 16 / 100
			nextIsochore += isochore
		}
		c.appendPlain(rng, min(rng.between(30, 260), room-len(c.bases)), gcLimit)
		if room-len(c.bases) > maxRepeat {
			c.appendRepeat(rng)
		}
	}
	if p.length > gapFrom {
		middle := p.length / 2
		for i := range unknownGap {
			c.bases[middle+i] = 'N'
		}
		c.repeats = slices.DeleteFunc(c.repeats, func(r repeat) bool { return r.start < middle+unknownGap && r.end > middle })
	}
	c.appendUnknown(p.ends)
	return c
}

func (c *contig) appendUnknown(n int) {
	for range n {
		c.bases = append(c.bases, 'N')
	}
}

// appendPlain appends n bases with no plan. gcLimit is the share of G and C in 1/65536.
func (c *contig) appendPlain(rng *random, n int, gcLimit uint64) {
	previous := byte('N')
	forbidden := byte(0) // would continue the repeat before
	if len(c.repeats) > 0 {
		if r := c.repeats[len(c.repeats)-1]; r.end == len(c.bases) {
			forbidden = upper(c.bases[r.start])
		}
	}
	var bits uint64
	for i := range n {
		if i%4 == 0 {
			bits = rng.next()
		}
		u := bits & 0xffff
		bits >>= 16
		var base byte
		switch {
		case u >= gcLimit:
			base = "AT"[u&1]
		case u&1 == 0:
			base = 'C'
		default:
			base = 'G'
		}
		if base == 'G' && previous == 'C' && u&6 != 0 {
			base = 'A' // CG is four times rarer than chance
		}
		if i == 0 && base == forbidden {
			base = snvOf(base, 1)
		}
		c.bases = append(c.bases, base)
		previous = base
	}
}

// appendRepeat appends a homopolymer or a repeat of units of 2 to 6 bases.
func (c *contig) appendRepeat(rng *random) {
	var unit [6]byte
	length, copies := 1, 0
	switch kind := rng.below(100); {
	case kind < 55:
		unit[0] = "AATTATAATTGC"[rng.below(12)]
		copies = 6 + rng.below(8) + rng.below(10)
	case kind < 75:
		length = 2
		copy(unit[:], []string{"CA", "TG", "TA", "GA", "CT"}[rng.below(5)])
		copies = rng.between(5, 24)
	default:
		length = rng.between(3, 6)
		for i := range length {
			unit[i] = "ACGT"[rng.below(4)]
		}
		if unit[0] == unit[1] && unit[1] == unit[2] { // keep the unit from being a shorter one repeated
			unit[2] = snvOf(unit[2], 1)
		}
		if length == 4 && unit[0] == unit[2] && unit[1] == unit[3] || length == 6 && [3]byte(unit[:3]) == [3]byte(unit[3:]) ||
			length == 6 && [2]byte(unit[:2]) == [2]byte(unit[2:4]) && [2]byte(unit[:2]) == [2]byte(unit[4:]) {
			unit[length-1] = snvOf(unit[length-1], 2)
		}
		copies = rng.between(4, 14)
	}
	start := len(c.bases)
	for range copies {
		c.bases = append(c.bases, unit[:length]...)
	}
	if len(c.bases)-start >= softMask {
		for i := start; i < len(c.bases); i++ {
			c.bases[i] |= 0x20
		}
	}
	c.repeats = append(c.repeats, repeat{start: start, end: len(c.bases), unit: length})
}

// snvOf returns another base: choice 0 the transition, 1 and 2 the transversions.
func snvOf(base byte, choice int) byte {
	switch base {
	case 'A':
		return "GCT"[choice]
	case 'C':
		return "TAG"[choice]
	case 'G':
		return "ACT"[choice]
	default:
		return "CAG"[choice]
	}
}

func upper(base byte) byte { return base &^ 0x20 }

// fasta writes contigs and the index that samtools faidx would write of them.
type fasta struct {
	text   *bufio.Writer
	index  *bufio.Writer
	offset int64 // bytes written to text
}

func newFASTA(text, index io.Writer) *fasta {
	return &fasta{text: bufio.NewWriterSize(text, 1<<20), index: bufio.NewWriter(index)}
}

// write adds a contig. Errors stick in the writers and come out of flush.
func (f *fasta) write(c *contig) {
	n, _ := fmt.Fprintf(f.text, ">%s\n", c.name)
	f.offset += int64(n)
	fmt.Fprintf(f.index, "%s\t%d\t%d\t%d\t%d\n", c.name, len(c.bases), f.offset, lineOfFASTA, lineOfFASTA+1)
	for line := range slices.Chunk(c.bases, lineOfFASTA) {
		_, _ = f.text.Write(line)
		_ = f.text.WriteByte('\n')
		f.offset += int64(len(line)) + 1
	}
}

func (f *fasta) flush() error {
	if err := f.text.Flush(); err != nil {
		return err
	}
	return f.index.Flush()
}
