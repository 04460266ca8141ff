package tabix

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/varlake/varlake/bgzf"
)

// ErrIndex says that an index is malformed, or not of the file it is used with.
var ErrIndex = errors.New("index is invalid")

const (
	formatBytes = 7 * 4   // of a Format and the length of the names
	zeroBased   = 1 << 16 // with Lines, in the file
	maxContigs  = 4 << 20
	// maxIndexBytes bounds the text of an index: that of a human genome takes some 10 MB. Memory is at most ten times as
	// much.
	maxIndexBytes = 256 << 20
	maxDepth      = 10 // numbers of bins are 32 bits
	maxBits       = 62 // of positions
)

// ReadIndex reads a TBI or CSI file, compressed as it is kept, to its end. Errors are the source's, a *bgzf.Error, or
// wrap ErrIndex. Memory grows with what is read, whatever the file says of its counts, and is bounded.
func ReadIndex(r io.Reader) (*Index, error) { return readIndex(r, maxIndexBytes) }

// readIndex is ReadIndex of at most most bytes of text.
func readIndex(r io.Reader, most int64) (*Index, error) {
	z := bgzf.NewReader(r, 1)
	defer z.Close()
	limited := &io.LimitedReader{R: z, N: most}
	x, err := decode(limited)
	switch {
	case err == nil:
		return x, nil
	case limited.N <= 0:
		return nil, fmt.Errorf("read index: %w: it has more than %d bytes", ErrIndex, most)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("read index: %w: it ends early", ErrIndex)
	}
	return nil, fmt.Errorf("read index: %w", err)
}

// decode reads an index that is not compressed to its end.
func decode(r io.Reader) (*Index, error) {
	d := decoder{in: bufio.NewReader(r)}
	x := d.index()
	if d.err == nil {
		d.end(x)
	}
	return x, d.err
}

// decoder decodes an index. After an error all is zero.
type decoder struct {
	in  *bufio.Reader
	err error
	buf [8]byte
}

func (d *decoder) bytes(n int) []byte {
	clear(d.buf[:])
	if d.err == nil {
		_, d.err = io.ReadFull(d.in, d.buf[:n])
	}
	return d.buf[:n]
}

func (d *decoder) int() int     { return int(int32(binary.LittleEndian.Uint32(d.bytes(4)))) }
func (d *decoder) long() uint64 { return binary.LittleEndian.Uint64(d.bytes(8)) }

// count is a number of things, at most most.
func (d *decoder) count(most int, what string) int {
	n := d.int()
	if d.err == nil && (n < 0 || n > most) {
		d.fail("it has %d %s", n, what)
	}
	if d.err != nil {
		return 0
	}
	return n
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: "+format, append([]any{ErrIndex}, args...)...)
	}
}

// anyCount is for what the bytes that are there bound.
const anyCount = 1<<31 - 1

func (d *decoder) index() *Index {
	x := &Index{minShift: minShift, depth: tbiDepth}
	contigs := 0
	switch magic := string(d.bytes(4)); magic {
	case "TBI\x01":
		contigs = d.count(maxContigs, "contigs")
		d.format(x)
	case "CSI\x01":
		x.csi = true
		x.minShift, x.depth = d.int(), d.int()
		if d.err == nil && (x.minShift < 1 || x.depth < 0 || x.depth > maxDepth || x.minShift+3*x.depth > maxBits) {
			d.fail("its bins are of %d levels, the smallest of 2^%d", x.depth, x.minShift)
		}
		if aux := d.count(anyCount, "bytes of its own"); aux > 0 {
			d.aux(x, int64(aux))
		}
		contigs = d.count(maxContigs, "contigs")
	default:
		d.fail("it begins with %q, not TBI or CSI", magic)
	}
	if d.err == nil && x.byName != nil && contigs > len(x.contigs) {
		d.fail("it has %d contigs and %d names", contigs, len(x.contigs))
	}
	for i := 0; i < contigs && d.err == nil; i++ {
		if i == len(x.contigs) {
			x.contigs = append(x.contigs, contig{})
		}
		d.contig(x, &x.contigs[i])
	}
	return x
}

// aux reads what a CSI holds of the format that it is for, size bytes: nothing is known of other than tabix's.
func (d *decoder) aux(x *Index, size int64) {
	if size < formatBytes {
		d.fail("its head has %d bytes", size)
		return
	}
	whole := d.in
	part := &io.LimitedReader{R: whole, N: size}
	d.in = bufio.NewReaderSize(part, 4096)
	d.format(x)
	if d.err == nil {
		if _, d.err = io.Copy(io.Discard, d.in); d.err == nil && part.N > 0 {
			d.err = io.ErrUnexpectedEOF
		}
	}
	d.in = whole
}

// format reads the Format and the contigs' names.
func (d *decoder) format(x *Index) {
	kind := d.int()
	f := Format{Lines: Lines(kind & 0xff), ZeroBased: kind&zeroBased != 0, Contig: d.int(), Begin: d.int(), End: d.int(),
		Comment: byte(d.int()), Skip: d.int()}
	size := d.count(anyCount, "bytes of names")
	if d.err != nil {
		return
	}
	if f.Lines != Columns {
		f.ZeroBased, f.End = false, 0
	}
	if kind&^(zeroBased|3) != 0 {
		d.fail("lines of kind %d are not known", kind)
	} else if err := f.check(); err != nil {
		d.fail("%v", err)
	}
	var names bytes.Buffer
	if d.err == nil {
		_, d.err = io.CopyN(&names, d.in, int64(size))
	}
	x.format, x.byName = f, map[string]int{}
	for text := names.Bytes(); len(text) > 0 && d.err == nil; {
		name, rest, ended := bytes.Cut(text, []byte{0})
		_, twice := x.byName[string(name)]
		switch {
		case !ended:
			d.fail("the names end within one")
		case twice:
			d.fail("contig %.100q is there twice", name)
		case len(x.contigs) == maxContigs:
			d.fail("there are more than %d names", maxContigs)
		}
		x.byName[string(name)] = len(x.contigs)
		x.contigs = append(x.contigs, contig{name: string(name)})
		text = rest
	}
}

func (d *decoder) contig(x *Index, c *contig) {
	bins := d.count(anyCount, "bins")
	for i := 0; i < bins && d.err == nil; i++ {
		d.bin(x, c)
	}
	slices.SortStableFunc(c.bins, func(a, b bin) int { return cmp.Compare(a.number, b.number) })
	if x.csi {
		return
	}
	stretches := d.count(anyCount, "stretches")
	for i := 0; i < stretches && d.err == nil; i++ {
		from := bgzf.VirtualOffset(d.long())
		if n := len(c.windows); n > 0 && c.windows[n-1].from == from {
			c.windows[n-1].end++
		} else {
			c.windows = append(c.windows, window{int64(i) + 1, from})
		}
	}
}

func (d *decoder) bin(x *Index, c *contig) {
	b := bin{number: uint32(d.int())}
	if x.csi {
		b.first = bgzf.VirtualOffset(d.long())
	}
	chunks := d.count(anyCount, "chunks")
	summarises := b.number == summaryBin(x.depth)
	switch {
	case d.err != nil:
		return
	case !summarises && b.number >= firstBin(x.depth+1):
		d.fail("there is no bin %d", b.number)
	case summarises && (chunks != 2 || c.summary != nil):
		d.fail("the summary of contig %.100q has %d chunks, not 2, or is there twice", c.name, chunks)
	}
	for i := 0; i < chunks && d.err == nil; i++ {
		chunk := Chunk{bgzf.VirtualOffset(d.long()), bgzf.VirtualOffset(d.long())}
		if !summarises && chunk.From > chunk.To {
			d.fail("a chunk of bin %d begins at %v and ends at %v", b.number, chunk.From, chunk.To)
		}
		b.chunks = append(b.chunks, chunk)
	}
	switch {
	case d.err != nil:
	case summarises:
		c.summary = &summary{b.chunks[0], uint64(b.chunks[1].From), uint64(b.chunks[1].To)}
	default:
		c.bins = append(c.bins, b)
	}
}

// end reads what may follow the contigs, the number of records without a place, and that nothing else does.
func (d *decoder) end(x *Index) {
	if _, err := d.in.Peek(1); errors.Is(err, io.EOF) {
		return
	}
	unplaced := d.long()
	x.unplaced = &unplaced
	if d.err != nil {
		return
	}
	if _, err := d.in.Peek(1); err == nil {
		d.fail("it goes on after its end")
	} else if !errors.Is(err, io.EOF) {
		d.err = err
	}
}
