package column

import "testing"

// Buffered is about how many bytes the row group under construction takes in memory.
func (w *RowWriter) Buffered() int { return w.buffered(w.schema) }

// Kept is about how many bytes the leaves take in memory when they are empty.
func (w *RowWriter) Kept() (kept int) {
	for i := range w.leaves {
		kept += w.leaves[i].kept()
	}
	return kept
}

// Flush ends the row group under construction.
func (w *RowWriter) Flush() error { return w.flush() }

// SetOptions bounds the row groups of the merge's files.
func (m *Merge) SetOptions(options Options) { m.options = options }

// Heads merges runs one after the other into a row group that stays under construction, and tells how many heads and
// rows it has after each.
func (m *Merge) Heads(runs []Run) (heads, rows []int, err error) {
	for place, run := range runs {
		c := &mergeCursor{merge: m, place: place, run: run}
		for more, err := c.advance(); more || err != nil; more, err = c.advance() {
			if err == nil {
				err = m.add(c)
			}
			if err != nil {
				return nil, nil, err
			}
		}
		heads, rows = append(heads, len(m.w.heads)), append(rows, m.w.rows)
	}
	m.w.Abort()
	return heads, rows, nil
}

// PageBody is where the body of a page is in its file.
type PageBody struct{ First, End int64 }

// PageBodies finds the pages of a sound file.
func PageBodies(t *testing.T, source Source) (bodies []PageBody) {
	t.Helper()
	p, err := openCheck(source, &Expected{CountBy: "sample"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.reader.Close()
	for at := int64(len(parquetMagic)); at < p.body; {
		header, size, err := p.pageHeader(t.Context(), at, p.body)
		if err != nil || header.compressed <= 0 { // a bloom filter
			break
		}
		bodies = append(bodies, PageBody{at + size, at + size + int64(header.compressed)})
		at += size + int64(header.compressed)
	}
	return bodies
}
