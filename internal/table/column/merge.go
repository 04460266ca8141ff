package column

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Run is rows in the table's sort order: those of a data file, or of a row group of one that is not sorted as a whole.
type Run struct {
	path        string
	first, last int // row groups
}

// Runs gives the runs of data files, and about how many bytes of memory a merge takes for each.
func Runs(files []DataFile) (runs []Run, costs []int64) {
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
		cost := 2*mergeBatchBytes + 1<<19 + min(4*largest, 8<<20)
		if f.Sorted || groups == 1 {
			runs, costs = append(runs, Run{f.Path, 0, groups - 1}), append(costs, cost)
			continue
		}
		for group := range groups {
			runs, costs = append(runs, Run{f.Path, group, group}), append(costs, cost)
		}
	}
	return runs, costs
}

// mergeCursor stands before a row of a run.
type mergeCursor struct {
	merge  *Merge
	place  int // of the run among those that are merged
	run    Run
	file   *File
	reader *Rows

	rows   rowGroup // some rows ahead
	starts []starts // of each leaf that is not NULL in all of them
	at     int      // the row in them
	ask    int      // how many rows to read ahead next
}

const (
	mergeBatchBytes = 1 << 18 // of rows that a cursor reads ahead
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
		c.reader.Close()
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
		source, err := c.merge.Open(c.run.path)
		if err != nil {
			return fmt.Errorf("open data file: %w", err)
		}
		if c.file, err = Open(source, c.merge.schema); err != nil {
			return err
		}
		c.rows, c.starts, c.ask = c.merge.schema.newRowGroup(), make([]starts, len(c.file.columns)), mergeFirstBatch
		for i := range c.rows.leaves {
			c.rows.leaves[i].words = nil // texts are numbered where they go
		}
	}
	c.reader, err = c.file.Read(c.run.first)
	c.run.first++
	return err
}

func (c *mergeCursor) close() error {
	if c.reader != nil {
		c.reader.Close()
		c.reader = nil
	}
	if c.file == nil {
		return nil
	}
	file := c.file
	c.file, c.rows, c.starts = nil, rowGroup{}, nil
	return file.Close()
}

// compareKey compares the rows of two cursors, or of one, by a flat leaf, NULLs first.
func (c *mergeCursor) compareKey(leaf int, other *mergeCursor) int {
	a, b := &c.rows.leaves[leaf], &other.rows.leaves[leaf]
	hasA, hasB := !a.null(&c.starts[leaf], int32(c.at)), !b.null(&other.starts[leaf], int32(other.at))
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

// Merge writes the rows of runs in the table's sort order, those of equal keys by the plan's ties, and those that are
// equal in these too in the order of their runs. It is for one goroutine.
type Merge struct {
	Open      func(path string) (Source, error)
	Create    func(name string) (Sink, error) // of a new file, by its name in the folder that the merge writes to
	FileBytes int64                           // about so many for a file; 0: one, however large

	schema  *Schema
	options Options

	less    []int // the leaves by which rows are sorted
	parts   [3][]int
	cursors []*mergeCursor // a heap
	w       *fileWriter    // of the file under construction; nil: none
	files   []DataFile

	// Where the entries of the row written last begin in the leaves of the row group; -1 where it is NULL.
	lastLevel, lastValue []int32
}

// NewMerge is a merge of data files of the schema, whose files are still to be set.
func NewMerge(schema *Schema) *Merge {
	m := &Merge{schema: schema, less: slices.Concat(schema.sortBy, schema.ties)}
	m.lastLevel, m.lastValue = make([]int32, schema.parquet.NumColumns()), make([]int32, schema.parquet.NumColumns())
	for i := range schema.parquet.NumColumns() {
		m.parts[schema.part(i)] = append(m.parts[schema.part(i)], i)
	}
	return m
}

func (m *Merge) Len() int { return len(m.cursors) }
func (m *Merge) Less(i, j int) bool {
	a, b := m.cursors[i], m.cursors[j]
	for _, leaf := range m.less {
		if order := a.compareKey(leaf, b); order != 0 {
			return order < 0
		}
	}
	return a.place < b.place
}
func (m *Merge) Swap(i, j int) { m.cursors[i], m.cursors[j] = m.cursors[j], m.cursors[i] }
func (m *Merge) Push(c any)    { m.cursors = append(m.cursors, c.(*mergeCursor)) }
func (m *Merge) Pop() any {
	last := m.cursors[len(m.cursors)-1]
	m.cursors = m.cursors[:len(m.cursors)-1]
	return last
}

// Run merges the runs into files. After an error those that are done stay.
func (m *Merge) Run(ctx context.Context, runs []Run) (files []DataFile, err error) {
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
			return nil, errors.Join(err, c.close())
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
func (m *Merge) add(c *mergeCursor) (err error) {
	if m.w == nil {
		sink, err := m.Create(fmt.Sprintf("%05d.parquet", len(m.files)))
		if err != nil {
			return err
		}
		w := newFileWriter(sink, m.schema, m.options)
		m.w = &w
	}
	w := m.w
	values := 0
	if !m.sameHead(c) {
		values += m.copy(c, OfHead, len(w.heads))
		m.copySeries(c)
		w.heads = append(w.heads, head{entry: int32(len(w.heads)), first: len(w.tails)})
	}
	w.heads[len(w.heads)-1].rows++
	if len(m.parts[OfTail]) > 0 {
		if w.ntails == 0 || !m.same(c, OfTail) {
			values += m.copy(c, OfTail, w.ntails)
			w.ntails++
		}
		w.tails = append(w.tails, int32(w.ntails-1))
	}
	groups := w.groups
	if err := w.added(1, values); err != nil {
		return err
	}
	if w.groups != groups && m.FileBytes > 0 && w.Bytes() >= m.FileBytes {
		return m.end()
	}
	return nil
}

// sameHead tells whether the row belongs to the head that was written last: all its columns are the same, and the text
// of the series has the number after those that the head's rows have so far. Only tables with a series have heads of
// several rows.
func (m *Merge) sameHead(c *mergeCursor) bool {
	if m.schema.series < 0 || len(m.w.heads) == 0 || !m.same(c, OfHead) {
		return false
	}
	name, ok := c.text(m.schema.series)
	if !ok || m.lastLevel[m.schema.series] < 0 {
		return !ok && m.lastLevel[m.schema.series] < 0
	}
	l := &m.w.leaves[m.schema.series]
	return l.words.number(name) == l.numbers[len(l.numbers)-1]+m.w.heads[len(m.w.heads)-1].rows
}

// same tells whether a part of the row is what was written of it last in this row group.
func (m *Merge) same(c *mergeCursor, p Part) bool {
	for _, i := range m.parts[p] {
		from, last := &c.rows.leaves[i], m.lastLevel[i]
		s, row := &c.starts[i], int32(c.at)
		if from.null(s, row) {
			if last >= 0 {
				return false
			}
			continue
		}
		first, end := s.level(row), s.level(row+1)
		l := &m.w.leaves[i]
		if last < 0 || !bytes.Equal(from.def[first:end], l.def[last:]) || l.repeated &&
			!bytes.Equal(from.rep[first:end], l.rep[last:]) {
			return false
		}
		first, end = s.value(row), s.value(row+1)
		last = m.lastValue[i]
		switch {
		case first == end:
			continue
		case len(from.texts) > 0:
			for n, text := range from.texts[first:end] {
				if !bytes.Equal(text, l.textAt(int(last)+n)) {
					return false
				}
			}
		case len(from.longs) > 0 && !slices.Equal(from.longs[first:end], l.longs[last:]),
			len(from.ints) > 0 && !slices.Equal(from.ints[first:end], l.ints[last:]),
			len(from.booleans) > 0 && !slices.Equal(from.booleans[first:end], l.booleans[last:]),
			len(from.doubles) > 0 && !slices.EqualFunc(from.doubles[first:end], l.doubles[last:], sameBits):
			return false
		}
	}
	return true
}

// sameBits tells 0 from -0, and a NaN from others.
func sameBits(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

// null tells whether an entry is NULL at the top. s is where entries begin, unless all are NULL.
func (l *Leaf) null(s *starts, entry int32) bool {
	return len(l.def) == 0 || l.def[s.level(entry)] == 0
}

// text is the row's text of a leaf at the top.
func (c *mergeCursor) text(leaf int) ([]byte, bool) {
	l := &c.rows.leaves[leaf]
	if l.null(&c.starts[leaf], int32(c.at)) {
		return nil, false
	}
	return l.texts[c.starts[leaf].value(int32(c.at))], true
}

// copySeries makes the row's text of the series the first of the head that comes next.
func (m *Merge) copySeries(c *mergeCursor) {
	series := m.schema.series
	if series < 0 {
		return
	}
	m.lastLevel[series] = -1
	if name, ok := c.text(series); ok {
		l := m.w.at(series, len(m.w.heads))
		m.lastLevel[series] = int32(len(l.def))
		l.Level(0, 1)
		l.numbers = append(l.numbers, l.words.number(name)) // never spelled: the numbers are what tells rows apart
	}
}

// copy makes the row's entries entry n of a part's leaves, but for NULLs, see leaf.pad. It returns about how many
// values there were.
func (m *Merge) copy(c *mergeCursor, p Part, n int) (values int) {
	row := int32(c.at)
	for _, i := range m.parts[p] {
		from, s := &c.rows.leaves[i], &c.starts[i]
		if m.lastLevel[i] = -1; from.null(s, row) {
			continue
		}
		first, end := s.level(row), s.level(row+1)
		l := m.w.at(i, n)
		m.lastLevel[i], m.lastValue[i] = int32(len(l.def)), int32(l.values())
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
func (m *Merge) end() error {
	w := m.w
	m.w = nil
	file, err := w.Close()
	if err != nil {
		return err
	}
	m.files = append(m.files, file)
	return nil
}
