package tabix

import (
	"cmp"
	"encoding/binary"
	"io"

	"github.com/varlake/varlake/bgzf"
)

// Write writes the index as the file it is kept in, which is compressed: a TBI or a CSI, see CSI.
func (x *Index) Write(w io.Writer) error {
	z, err := bgzf.NewWriter(w, -1)
	if err != nil {
		return err
	}
	return cmp.Or(x.encode(z), z.Close())
}

// encode writes the index without compressing it.
func (x *Index) encode(w io.Writer) error {
	out := encoder{z: w, csi: x.csi}
	out.head(x)
	for i := range x.contigs {
		out.contig(&x.contigs[i], summaryBin(x.depth))
	}
	if x.unplaced != nil {
		out.long(*x.unplaced)
	}
	out.flush()
	return out.err
}

// encoder encodes an index.
type encoder struct {
	z   io.Writer
	csi bool
	buf []byte
	err error
}

// pieceBytes are written together.
const pieceBytes = 64 << 10

func (w *encoder) int(v int) { w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(v)) }

func (w *encoder) long(v uint64) {
	w.buf = binary.LittleEndian.AppendUint64(w.buf, v)
	if len(w.buf) >= pieceBytes {
		w.flush()
	}
}

func (w *encoder) flush() {
	if w.err == nil {
		_, w.err = w.z.Write(w.buf)
	}
	w.buf = w.buf[:0]
}

// head writes what comes before the contigs: how to read the lines of the file, and the contigs' names.
func (w *encoder) head(x *Index) {
	names := 0
	for i := range x.contigs {
		names += len(x.contigs[i].name) + 1
	}
	named := x.format != Format{}
	if x.csi {
		w.buf = append(w.buf, "CSI\x01"...)
		w.int(x.minShift)
		w.int(x.depth)
		aux := 0
		if named {
			aux = formatBytes + names
		}
		w.int(aux)
	} else {
		w.buf = append(w.buf, "TBI\x01"...)
		w.int(len(x.contigs))
	}
	if named {
		f := x.format
		kind := int(f.Lines)
		if f.ZeroBased {
			kind |= zeroBased
		}
		for _, v := range [...]int{kind, f.Contig, f.Begin, f.End, int(f.Comment), f.Skip, names} {
			w.int(v)
		}
		for i := range x.contigs {
			w.buf = append(append(w.buf, x.contigs[i].name...), 0)
		}
	}
	if x.csi {
		w.int(len(x.contigs))
	}
}

func (w *encoder) contig(c *contig, summarised uint32) {
	n := len(c.bins)
	if c.summary != nil {
		n++
	}
	w.int(n)
	for i := range c.bins {
		w.bin(&c.bins[i])
	}
	if s := c.summary; s != nil {
		counts := Chunk{bgzf.VirtualOffset(s.records), bgzf.VirtualOffset(s.unmapped)}
		w.bin(&bin{number: summarised, chunks: []Chunk{s.span, counts}})
	}
	if w.csi {
		return
	}
	stretches := int64(0)
	if n := len(c.windows); n > 0 {
		stretches = c.windows[n-1].end
	}
	w.int(int(stretches))
	at := int64(0)
	for _, run := range c.windows {
		for ; at < run.end; at++ {
			w.long(uint64(run.from))
		}
	}
}

func (w *encoder) bin(b *bin) {
	w.int(int(b.number))
	if w.csi {
		w.long(uint64(b.first))
	}
	w.int(len(b.chunks))
	for _, c := range b.chunks {
		w.long(uint64(c.From))
		w.long(uint64(c.To))
	}
}
