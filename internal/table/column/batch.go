package column

import "io"

// Batch is some rows of a row group, for reading their values. Texts and lists of integers that it gives are good until
// it is filled again.
type Batch struct {
	rowGroup
	schema *Schema
	views  []leafView
}

// leafView finds the entries of a leaf.
type leafView struct {
	*Leaf
	starts starts
}

// NewBatch gives a batch without rows.
func (s *Schema) NewBatch() *Batch {
	return &Batch{rowGroup: s.newRowGroup(), schema: s, views: make([]leafView, s.Leaves())}
}

// Len is how many rows there are.
func (b *Batch) Len() int { return b.rows }

// Fill replaces the batch by up to so many rows; it has none at the end of the row group. Leaves that are skipped have
// no values.
func (r *Rows) Fill(b *Batch, rows int) error {
	n, err := r.next(&b.rowGroup, rows)
	if err != nil || n == 0 {
		return err
	}
	for i := range b.leaves {
		if !r.skipped[i] {
			b.leaves[i].pad(n) // a leaf of nothing but NULLs may have no levels
			b.views[i] = leafView{&b.leaves[i], b.leaves[i].starts()}
		}
	}
	return nil
}

// Left is how many rows of the row group are yet to be read.
func (r *Rows) Left() int { return r.left }

// Only skips all leaves but those for which wanted holds.
func (r *Rows) Only(wanted func(leaf int) bool) {
	for leaf, c := range r.columns {
		if wanted(leaf) {
			continue
		}
		r.skipped[leaf] = true
		if c != nil {
			_ = c.chunk.(io.Closer).Close() // it gives buffers back
			r.columns[leaf] = nil
		}
	}
}

// Places gives for each text of a leaf's dictionary its number in order, or -1; nil when the leaf has no dictionary.
func (b *Batch) Places(leaf int, order map[string]int32) []int32 {
	words := b.leaves[leaf].words
	if words == nil {
		return nil
	}
	out := make([]int32, words.len())
	for i := range out {
		place, ok := order[string(words.text(int32(i)))]
		if !ok {
			place = -1
		}
		out[i] = place
	}
	return out
}

// Place is the number in order of a row's text, or -1.
func (b *Batch) Place(leaf int, places []int32, order map[string]int32, row int32) int32 {
	if !b.Has(leaf, row) {
		return -1
	}
	v := &b.views[leaf]
	if places != nil {
		return places[v.numbers[v.starts.value(row)]]
	}
	if place, ok := order[string(v.texts[v.starts.value(row)])]; ok {
		return place
	}
	return -1
}

// Has tells whether a flat leaf has a value in a row.
func (b *Batch) Has(leaf int, row int32) bool { return b.views[leaf].def[row] == 1 }

// Long is a row's long of a flat leaf; ok is false when it is NULL.
func (b *Batch) Long(leaf int, row int32) (value int64, ok bool) {
	if !b.Has(leaf, row) {
		return 0, false
	}
	v := &b.views[leaf]
	return v.longs[v.starts.value(row)], true
}

// Double is likewise.
func (b *Batch) Double(leaf int, row int32) (value float64, ok bool) {
	if !b.Has(leaf, row) {
		return 0, false
	}
	v := &b.views[leaf]
	return v.doubles[v.starts.value(row)], true
}

// Boolean is likewise.
func (b *Batch) Boolean(leaf int, row int32) (value, ok bool) {
	if !b.Has(leaf, row) {
		return false, false
	}
	v := &b.views[leaf]
	return v.booleans[v.starts.value(row)], true
}

// Int is a row's int of a flat leaf.
func (b *Batch) Int(leaf int, row int32) Int {
	if !b.Has(leaf, row) {
		return Int{}
	}
	v := &b.views[leaf]
	return Int{v.ints[v.starts.value(row)], true}
}

// Text is a row's text of a flat leaf, nil when it is NULL.
func (b *Batch) Text(leaf int, row int32) []byte {
	if !b.Has(leaf, row) {
		return nil
	}
	v := &b.views[leaf]
	return v.textAt(int(v.starts.value(row)))
}

// List appends the texts of a list; NULL and an empty list append nothing, a NULL in it an empty text.
func (b *Batch) List(dst [][]byte, leaf int, row int32) [][]byte {
	v := &b.views[leaf]
	value := v.starts.value(row)
	for _, def := range v.def[v.starts.level(row):v.starts.level(row+1)] {
		switch def {
		case 2:
			dst = append(dst, nil)
		case 3:
			dst = append(dst, v.textAt(int(value)))
			value++
		}
	}
	return dst
}

// Entries appends the entries of a map.
func (b *Batch) Entries(dst []KV, leaf int, row int32) []KV {
	keys, values := &b.views[leaf], &b.views[leaf+1]
	key, value := keys.starts.value(row), values.starts.value(row)
	for _, def := range values.def[values.starts.level(row):values.starts.level(row+1)] {
		if def < 2 {
			break
		}
		kv := KV{Key: keys.textAt(int(key)), Null: def == 2}
		key++
		if !kv.Null {
			kv.Value = values.textAt(int(value))
			value++
		}
		dst = append(dst, kv)
	}
	return dst
}

// IntList is a list of integers with MissingInt for NULLs; nil when it is NULL. It may use dst.
func (b *Batch) IntList(dst []int32, leaf int, row int32) (list, rest []int32) {
	v := &b.views[leaf]
	defs, value := v.def[v.starts.level(row):v.starts.level(row+1)], v.starts.value(row)
	if defs[0] == 0 {
		return nil, dst
	}
	if next := v.starts.value(row + 1); int(next-value) == len(defs) {
		return v.ints[value:next:next], dst
	}
	from := len(dst)
	for _, def := range defs {
		switch def {
		case 2:
			dst = append(dst, MissingInt)
		case 3:
			dst = append(dst, v.ints[value])
			value++
		}
	}
	return dst[from:len(dst):len(dst)], dst
}

// DoubleList is IntList for doubles.
func (b *Batch) DoubleList(dst []float64, leaf int, row int32) (list, rest []float64) {
	v := &b.views[leaf]
	value, from := v.starts.value(row), len(dst)
	for _, def := range v.def[v.starts.level(row):v.starts.level(row+1)] {
		switch def {
		case 0:
			return nil, dst
		case 2:
			dst = append(dst, MissingFloat())
		case 3:
			dst = append(dst, v.doubles[value])
			value++
		}
	}
	return dst[from:len(dst):len(dst)], dst
}
