package norm

import (
	"fmt"

	"github.com/varlake/varlake/fasta"
)

// Window sizes in bases. A window grows while records follow one another along a contig, so that a sorted
// file costs one pass over the reference, and falls back to the smallest when they jump, so that an
// unsorted file or a sparse one does not read a quarter of a megabyte per record.
const (
	minWindow = 4 << 10
	maxWindow = 256 << 10
)

// A window is a cached stretch of one contig: the bases [start, start+len(seq)), 0-based, as stored.
type window struct {
	start int64
	seq   []byte
	size  int // bases of the last load
	least int // bounds of size
	most  int
}

func (w *window) end() int64 { return w.start + int64(len(w.seq)) }

func (w *window) has(p int64) bool { return p >= w.start && p < w.end() }

func (w *window) drop() { w.start, w.seq = 0, w.seq[:0] }

// grow chooses the size of a load for position p: doubled if p lies beside the window, else the smallest.
func (w *window) grow(p int64) {
	near := len(w.seq) > 0 && p >= w.start-int64(w.size) && p < w.end()+int64(w.size)
	if near {
		w.size = min(2*w.size, w.most)
	} else {
		w.size = w.least
	}
}

// load fills the window with [start, start+size), clipped to the contig.
func (w *window) load(ref fasta.Reference, contig string, length, start int64) error {
	start = max(start, 0)
	end := min(start+int64(w.size), length)
	seq, err := ref.Fetch(w.seq[:0], contig, start, end)
	if err == nil && int64(len(seq)) != end-start {
		err = fmt.Errorf("got %d bases of %d", len(seq), end-start)
	}
	if err != nil {
		w.drop()
		return fmt.Errorf("read reference %.100s:%d-%d: %w", contig, start+1, end, err)
	}
	w.start, w.seq = start, seq
	return nil
}

// ahead returns the cached bases from p (0-based, within the contig) to the end of a window: at least one.
// A miss loads the forward window so that it begins a little before p, for short shifts to the left.
func (n *Normalizer) ahead(p int64) ([]byte, error) {
	w := &n.fwd
	if !w.has(p) {
		w.grow(p)
		if err := w.load(n.ref, n.contig, n.length, p-int64(w.size/8)); err != nil {
			return nil, err
		}
	}
	return w.seq[p-w.start:], nil
}

// behind returns a window that has p (0-based, within the contig), for reading to the left. A miss loads the
// second window, so that a long shift does not throw away the bases of the records still to come.
func (n *Normalizer) behind(p int64) (*window, error) {
	if n.fwd.has(p) {
		return &n.fwd, nil
	}
	w := &n.back
	if w.has(p) {
		return w, nil
	}
	w.grow(p)
	return w, w.load(n.ref, n.contig, n.length, p+1-int64(w.size))
}

// between returns cached bases from p (0-based) on, at least one and none from end on, out of either window.
func (n *Normalizer) between(p, end int64) ([]byte, error) {
	w := &n.fwd
	if !w.has(p) {
		w = &n.back
	}
	if !w.has(p) {
		w.grow(p)
		if err := w.load(n.ref, n.contig, n.length, p); err != nil {
			return nil, err
		}
	}
	return w.seq[p-w.start : min(end, w.end())-w.start], nil
}
