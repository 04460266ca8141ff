package lake

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/apache/arrow-go/v18/parquet"
)

// mergeRun is rows in the table's sort order: those of a data file, or of a row group of one that is not sorted as a whole.
type mergeRun struct {
	path        string
	first, last int // row groups
}

// mergeRuns gives the runs of data files, and about how many bytes of memory a merge takes for each.
func mergeRuns(files []DataFile) (runs []mergeRun, costs []int64) {
	for i := range files {
		f := &files[i]
		groups := max(len(f.Splits), 1)
		largest := f.Bytes
		if len(f.Splits) > 0 {
			largest = f.Bytes - f.Splits[groups-1]
			for j := range f.Splits[1:] {
				largest = max(largest, f.Splits[j+1]-f.Splits[j])
			}
		}
		// What Arrow reads ahead and the rows ahead; then a page of each column, which is all of a small row group.
		cost := mergeBatchBytes + 1<<20 + min(4*largest, 8<<20)
		if f.Sorted || groups == 1 {
			runs, costs = append(runs, mergeRun{f.Path, 0, groups - 1}), append(costs, cost)
			continue
		}
		for group := range groups {
			runs, costs = append(runs, mergeRun{f.Path, group, group}), append(costs, cost)
		}
	}
	return runs, costs
}

// mergeCursor stands before a row of a run.
type mergeCursor struct {
	merge  *merge
	place  int // of the run among those that are merged
	run    mergeRun
	file   *dataFile
	reader *rowReader

	rows   rowGroup // some rows ahead
	starts []starts // of each leaf that is not NULL in all of them
	at     int      // the row in them
	ask    int      // how many rows to read ahead next
}

const (
	mergeBatchBytes = 1 << 20 // of rows that a cursor reads ahead
	mergeBatchRows  = 1 << 12
	mergeFirstBatch = 1 << 6
)

// advance moves to the next row; false at the end of the run.
func (c *mergeCursor) advance() (bool, error) {
	if c.at++; c.at < c.rows.rows {
		return true, nil
	}
	for {
		if c.reader == nil {
			if c.run.first > c.run.last {
				return false, c.close()
			}
			if err := c.open(); err != nil {
				return false, err
			}
		}
		n, err := c.reader.next(&c.rows, c.ask)
		if err != nil {
			return false, err
		}
		if n > 0 {
			break
		}
		c.reader.close()
		c.reader = nil
	}
	c.at = 0
	for i := range c.rows.leaves {
		if l := &c.rows.leaves[i]; len(l.def) > 0 {
			c.starts[i] = l.starts()
		}
	}
	// Rows may be of any size: so many are read next as take about the memory they may.
	held := max(c.rows.buffered(c.merge.schema), 1)
	c.ask = max(1, min(mergeBatchRows, 4*c.ask, int(int64(c.ask)*mergeBatchBytes/int64(held))))
	return true, nil
}

func (c *mergeCursor) open() (err error) {
	if c.file == nil {
		if c.file, err = openDataFile(c.run.path, c.merge.schema); err != nil {
			return err
		}
		c.rows, c.starts, c.ask = c.merge.schema.newRowGroup(), make([]starts, len(c.file.columns)), mergeFirstBatch
		for i := range c.rows.leaves {
			c.rows.leaves[i].words = nil // texts are numbered where they go
		}
	}
	c.reader, err = c.file.read(c.run.first)
	c.run.first++
	return err
}

func (c *mergeCursor) close() error {
	if c.reader != nil {
		c.reader.close()
		c.reader = nil
	}
	if c.file == nil {
		return nil
	}
	file := c.file
	c.file, c.rows, c.starts = nil, rowGroup{}, nil
	return file.close()
}

// compareKey compares the rows of two cursors, or of one, by a flat leaf, NULLs first.
func (c *mergeCursor) compareKey(leaf int, other *mergeCursor) int {
	a, b := &c.rows.leaves[leaf], &other.rows.leaves[leaf]
	hasA, hasB := len(a.def) > 0 && a.def[c.at] > 0, len(b.def) > 0 && b.def[other.at] > 0
	switch {
	case !hasA && !hasB:
		return 0
	case !hasA:
		return -1
	case !hasB:
		return 1
	}
	i, j := c.starts[leaf].value(int32(c.at)), other.starts[leaf].value(int32(other.at))
	switch {
	case len(a.longs) > 0:
		return cmp.Compare(a.longs[i], b.longs[j])
	case len(a.ints) > 0:
		return cmp.Compare(a.ints[i], b.ints[j])
	}
	return bytes.Compare(a.texts[i], b.texts[j])
}

// same tells whether a leaf's entry for the row is that of the row before.
func (c *mergeCursor) same(leaf int) bool {
	l := &c.rows.leaves[leaf]
	if len(l.def) == 0 {
		return true
	}
	s, row := &c.starts[leaf], int32(c.at)
	a, b, end := s.level(row-1), s.level(row), s.level(row+1)
	if b-a != end-b || !bytes.Equal(l.def[a:b], l.def[b:end]) || l.repeated && !bytes.Equal(l.rep[a:b], l.rep[b:end]) {
		return false
	}
	a, b, end = s.value(row-1), s.value(row), s.value(row+1)
	switch {
	case len(l.texts) > 0:
		return slices.EqualFunc(l.texts[a:b], l.texts[b:end], func(a, b parquet.ByteArray) bool { return bytes.Equal(a, b) })
	case len(l.longs) > 0:
		return slices.Equal(l.longs[a:b], l.longs[b:end])
	case len(l.ints) > 0:
		return slices.Equal(l.ints[a:b], l.ints[b:end])
	case len(l.booleans) > 0:
		return slices.Equal(l.booleans[a:b], l.booleans[b:end])
	case len(l.doubles) > 0:
		return slices.EqualFunc(l.doubles[a:b], l.doubles[b:end], func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })
	case len(l.floats) > 0:
		return slices.EqualFunc(l.floats[a:b], l.floats[b:end], func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) })
	}
	return true
}

// merge writes the rows of runs in the table's sort order, those of equal keys by job, item and line, and those of one record as they
// stand. It is for one goroutine.
type merge struct {
	schema    *Schema
	dir       string
	fileBytes int64

	rowGroupRows int // 0: the writer's default

	less    []int // the leaves by which rows are sorted
	parts   [3][]int
	cursors []*mergeCursor // a heap
	w       *fileWriter    // of the file under construction; nil: none
	files   []DataFile

	// The row written last, when the next one of its cursor may share what it has.
	last   *mergeCursor
	lastAt int
	call   int32 // its number
}

func newMerge(schema *Schema, dir string, fileBytes int64) *merge {
	m := &merge{schema: schema, dir: dir, fileBytes: fileBytes, less: schema.sortBy}
	if schema.flat == nil {
		m.less = append(slices.Clone(m.less), leafJobID, leafItem, leafLine)
	}
	for i := range schema.parquet.NumColumns() {
		m.parts[schema.part(i)] = append(m.parts[schema.part(i)], i)
	}
	return m
}

func (m *merge) Len() int { return len(m.cursors) }
func (m *merge) Less(i, j int) bool {
	a, b := m.cursors[i], m.cursors[j]
	for _, leaf := range m.less {
		if order := a.compareKey(leaf, b); order != 0 {
			return order < 0
		}
	}
	return a.place < b.place
}
func (m *merge) Swap(i, j int) { m.cursors[i], m.cursors[j] = m.cursors[j], m.cursors[i] }
func (m *merge) Push(c any)    { m.cursors = append(m.cursors, c.(*mergeCursor)) }
func (m *merge) Pop() any {
	last := m.cursors[len(m.cursors)-1]
	m.cursors = m.cursors[:len(m.cursors)-1]
	return last
}

// run merges the runs into files of about fileBytes each, 0 for one however large. After an error those that are done stay.
func (m *merge) run(ctx context.Context, runs []mergeRun) (files []DataFile, err error) {
	defer func() {
		for _, c := range m.cursors {
			_ = c.close() // after an error
		}
		if err != nil && m.w != nil {
			m.w.Abort()
		}
	}()
	for place, run := range runs {
		c := &mergeCursor{merge: m, place: place, run: run}
		more, err := c.advance()
		if err != nil {
			return nil, err
		}
		if more {
			m.cursors = append(m.cursors, c)
		}
	}
	heap.Init(m)
	for n := 0; len(m.cursors) > 0; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c := m.cursors[0]
		if err := m.add(c); err != nil {
			return nil, err
		}
		more, err := c.advance()
		switch {
		case err != nil:
			return nil, err
		case more:
			heap.Fix(m, 0)
		default:
			heap.Pop(m)
		}
	}
	if m.w != nil {
		if err := m.end(); err != nil {
			return nil, err
		}
	}
	return m.files, nil
}

// add writes the row that the cursor stands before.
func (m *merge) add(c *mergeCursor) (err error) {
	if m.w == nil {
		f, err := createFile(filepath.Join(m.dir, fmt.Sprintf("%05d.parquet", len(m.files))))
		if err != nil {
			return err
		}
		w := newFileWriter(f, m.schema, m.rowGroupRows, 0)
		m.w = &w
	}
	w := m.w
	next := m.last == c && m.lastAt+1 == c.at && len(w.sites) > 0
	values := 0
	if !next || !m.sameSite(c) {
		values += m.copy(c, ofSite, len(w.sites))
		m.copySample(c)
		w.sites = append(w.sites, sitePart{entry: int32(len(w.sites)), first: len(w.calls)})
	}
	w.sites[len(w.sites)-1].rows++
	if len(m.parts[ofCall]) > 0 {
		if !next || !m.sameLeaves(c, ofCall) {
			values += m.copy(c, ofCall, w.ncalls)
			m.call = int32(w.ncalls)
			w.ncalls++
		}
		w.calls = append(w.calls, m.call)
	}
	m.last, m.lastAt = c, c.at
	groups := w.groups
	if err := w.added(1, values); err != nil {
		return err
	}
	if w.groups != groups {
		m.last = nil
		if m.fileBytes > 0 && w.Bytes() >= m.fileBytes {
			return m.end()
		}
	}
	return nil
}

func (m *merge) sameLeaves(c *mergeCursor, p part) bool {
	for _, leaf := range m.parts[p] {
		if !c.same(leaf) {
			return false
		}
	}
	return true
}

// sameSite tells whether the row belongs to the site of the row before: all the site's columns are the same, and its sample has the
// number after those that the site's rows have so far.
func (m *merge) sameSite(c *mergeCursor) bool {
	if len(m.parts[ofSample]) == 0 || !m.sameLeaves(c, ofSite) {
		return false
	}
	name, ok := c.sample(c.at)
	_, had := c.sample(c.at - 1)
	if !ok || !had {
		return ok == had
	}
	l := &m.w.leaves[leafSample]
	return l.words.number(name) == l.numbers[len(l.numbers)-1]+m.w.sites[len(m.w.sites)-1].rows
}

// sample is a row's sample id.
func (c *mergeCursor) sample(row int) ([]byte, bool) {
	l := &c.rows.leaves[leafSample]
	if len(l.def) == 0 || l.def[row] == 0 {
		return nil, false
	}
	return l.texts[c.starts[leafSample].value(int32(row))], true
}

// copySample makes the row's sample the first of the site that comes next.
func (m *merge) copySample(c *mergeCursor) {
	if len(m.parts[ofSample]) == 0 {
		return
	}
	if name, ok := c.sample(c.at); ok {
		l := m.w.at(leafSample, len(m.w.sites))
		l.level(0, 1)
		l.numbers = append(l.numbers, l.words.number(name)) // never spelled: the numbers are what tells rows apart
	}
}

// copy makes the row's entries entry n of a part's leaves, but for NULLs, see leaf.pad. It returns about how many values there were.
func (m *merge) copy(c *mergeCursor, p part, n int) (values int) {
	row := int32(c.at)
	for _, i := range m.parts[p] {
		from := &c.rows.leaves[i]
		if len(from.def) == 0 {
			continue
		}
		s := &c.starts[i]
		first, end := s.level(row), s.level(row+1)
		if end-first == 1 && from.def[first] == 0 {
			continue
		}
		l := m.w.at(i, n)
		l.def = append(l.def, from.def[first:end]...)
		if l.repeated {
			l.rep = append(l.rep, from.rep[first:end]...)
		}
		values += int(end - first)
		first, end = s.value(row), s.value(row+1)
		switch {
		case first == end:
		case len(from.texts) > 0:
			for _, text := range from.texts[first:end] {
				l.text(&m.w.arena, text)
			}
		case len(from.longs) > 0:
			l.longs = append(l.longs, from.longs[first:end]...)
		case len(from.ints) > 0:
			l.ints = append(l.ints, from.ints[first:end]...)
		case len(from.doubles) > 0:
			l.doubles = append(l.doubles, from.doubles[first:end]...)
		case len(from.floats) > 0:
			l.floats = append(l.floats, from.floats[first:end]...)
		case len(from.booleans) > 0:
			l.booleans = append(l.booleans, from.booleans[first:end]...)
		}
	}
	return values
}

// end closes the file under construction.
func (m *merge) end() error {
	w := m.w
	m.w, m.last = nil, nil
	file, err := w.Close()
	if err != nil {
		return err
	}
	m.files = append(m.files, file)
	return nil
}
