package column

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// File is a data file open for reading. It is for one goroutine.
type File struct {
	source  Source
	schema  *Schema
	reader  *file.Reader
	columns []int // of the file, for each leaf of the schema; -1: the file has none, all is NULL
}

// Source is a file to read a data file from.
type Source interface {
	io.ReaderAt
	io.Closer
	Name() string // its path, for messages
	Size() int64  // bytes
}

// newReader reads the footer of a source, which stays its caller's to close.
func newReader(source Source) (*file.Reader, error) {
	return file.NewParquetReader(io.NewSectionReader(source, 0, source.Size()))
}

// Open reads the footer of a Parquet file and finds each leaf of the schema in it by field id: a file of before a
// column was there reads as NULL in it. A file with other columns or types is refused. It closes source when it fails;
// else File.Close does.
func Open(source Source, schema *Schema) (*File, error) {
	var d *File
	if err := Guard(func() (err error) { d, err = newFile(source, schema); return err }); err != nil {
		return nil, errors.Join(fmt.Errorf("open data file %s: %w", source.Name(), err), source.Close())
	}
	return d, nil
}

func newFile(source Source, schema *Schema) (*File, error) {
	reader, err := newReader(source)
	if err != nil {
		return nil, err
	}
	d := &File{source: source, schema: schema, reader: reader, columns: make([]int, schema.parquet.NumColumns())}
	stored := reader.MetaData().Schema
	byID := make(map[int32]int, stored.NumColumns())
	for i := range stored.NumColumns() {
		byID[stored.Column(i).SchemaNode().FieldID()] = i
	}
	found := 0
	for leaf := range d.columns {
		column := schema.parquet.Column(leaf)
		at, ok := byID[column.SchemaNode().FieldID()]
		if !ok {
			d.columns[leaf] = -1
			continue
		}
		have := stored.Column(at)
		if have.PhysicalType() != column.PhysicalType() || have.MaxDefinitionLevel() != column.MaxDefinitionLevel() ||
			have.MaxRepetitionLevel() != column.MaxRepetitionLevel() {
			return nil, fmt.Errorf("its column %s is not as the table has it", have.Path())
		}
		d.columns[leaf] = at
		found++
	}
	if found != stored.NumColumns() {
		return nil, fmt.Errorf("it has %d columns, of which the table knows %d", stored.NumColumns(), found)
	}
	total := int64(0)
	for group := range reader.NumRowGroups() {
		rows := d.rows(group)
		if rows < 0 {
			return nil, fmt.Errorf("its row group %d has %d rows", group, rows)
		}
		total += rows
	}
	if total != reader.NumRows() {
		return nil, fmt.Errorf("it has %d rows in its row groups and %d in its footer", total, reader.NumRows())
	}
	return d, nil
}

// Close closes the file. Its rows must not be read any more.
func (d *File) Close() error { return errors.Join(d.reader.Close(), d.source.Close()) }

// rows is how many rows a row group has.
func (d *File) rows(group int) int64 { return d.reader.MetaData().RowGroup(group).NumRows() }

// newRowGroup gives an empty row group with the leaves of the schema.
func (s *Schema) newRowGroup() rowGroup {
	g := rowGroup{leaves: make([]Leaf, s.parquet.NumColumns())}
	for i := range g.leaves {
		column := s.parquet.Column(i)
		g.leaves[i].repeated, g.leaves[i].max = column.MaxRepetitionLevel() > 0, uint8(column.MaxDefinitionLevel())
		if column.PhysicalType() == parquet.Types.ByteArray {
			g.leaves[i].words = newDictionary()
		}
	}
	for _, i := range s.plain {
		g.leaves[i].words = nil
	}
	return g
}

// Rows reads the rows of a row group, some at a time.
type Rows struct {
	path    string
	columns []*columnReader // for each leaf; nil: all is NULL
	skipped []bool          // leaves that are not read, see Only
	left    int             // rows
}

// Read begins to read a row group, by its number.
func (d *File) Read(group int) (*Rows, error) {
	if group >= d.reader.NumRowGroups() {
		return nil, fmt.Errorf("read %s: it has no row group %d", d.source.Name(), group)
	}
	r := &Rows{path: d.source.Name(), columns: make([]*columnReader, len(d.columns)),
		skipped: make([]bool, len(d.columns)), left: int(d.rows(group))}
	for leaf, column := range d.columns {
		if column < 0 {
			continue
		}
		err := Guard(func() error {
			chunk, err := d.reader.RowGroup(group).Column(column)
			if err == nil {
				r.columns[leaf] = newColumnReader(chunk)
			}
			return err
		})
		if err != nil {
			r.Close()
			return nil, fmt.Errorf("read %s: column %s: %w", d.source.Name(), d.reader.MetaData().Schema.Column(column).Path(),
				err)
		}
	}
	return r, nil
}

// Close ends the reading.
func (r *Rows) Close() {
	for _, c := range r.columns {
		if c != nil {
			_ = c.chunk.(io.Closer).Close() // it gives buffers back
		}
	}
}

// next reads up to so many rows, 0 at the end, into a row group that newRowGroup made and that it empties first. Every
// leaf has an entry for each row, or no levels at all when all of them are NULL. In the leaf of a series too the entry
// is the row's own, and so each row is a head of its own. A leaf's texts are numbers in its dictionary unless they grew
// too many: textAt gives them either way.
func (r *Rows) next(into *rowGroup, rows int) (n int, err error) {
	into.reset()
	n = min(rows, r.left)
	if n == 0 {
		return 0, nil
	}
	for i, c := range r.columns {
		if c == nil {
			continue
		}
		if err := Guard(func() error { return c.take(&into.leaves[i], &into.arena, n) }); err != nil {
			return 0, fmt.Errorf("read %s: column %s: %w", r.path, c.chunk.Descriptor().Path(), err)
		}
	}
	r.left -= n
	into.rows, into.ntails = n, n
	for i := range n {
		into.heads = append(into.heads, head{entry: int32(i), rows: 1, first: i})
		into.tails = append(into.tails, int32(i))
	}
	return n, nil
}

// columnReader reads a column chunk row by row. It holds up to levelBatch levels, and their values, ahead.
type columnReader struct {
	chunk      file.ColumnChunkReader
	max        int16
	def, rep   []int16
	levels, at int // how many there are, and how many were taken
	value      int // taken of the values below

	texts    []parquet.ByteArray
	longs    []int64
	ints     []int32
	doubles  []float64
	floats   []float32
	booleans []bool
}

const levelBatch = 1 << 7

func newColumnReader(chunk file.ColumnChunkReader) *columnReader {
	c := &columnReader{chunk: chunk, max: chunk.Descriptor().MaxDefinitionLevel(), def: make([]int16, levelBatch)}
	if chunk.Descriptor().MaxRepetitionLevel() > 0 {
		c.rep = make([]int16, levelBatch)
	}
	switch chunk.(type) {
	case *file.ByteArrayColumnChunkReader:
		c.texts = make([]parquet.ByteArray, levelBatch)
	case *file.Int64ColumnChunkReader:
		c.longs = make([]int64, levelBatch)
	case *file.Int32ColumnChunkReader:
		c.ints = make([]int32, levelBatch)
	case *file.Float64ColumnChunkReader:
		c.doubles = make([]float64, levelBatch)
	case *file.Float32ColumnChunkReader:
		c.floats = make([]float32, levelBatch)
	case *file.BooleanColumnChunkReader:
		c.booleans = make([]bool, levelBatch)
	}
	return c
}

// fill reads levels ahead; none at the end of the chunk.
func (c *columnReader) fill() (err error) {
	c.levels, c.at, c.value = 0, 0, 0
	if !c.chunk.HasNext() {
		return c.chunk.Err()
	}
	var levels int64
	switch chunk := c.chunk.(type) {
	case *file.ByteArrayColumnChunkReader:
		levels, _, err = chunk.ReadBatch(levelBatch, c.texts, c.def, c.rep)
	case *file.Int64ColumnChunkReader:
		levels, _, err = chunk.ReadBatch(levelBatch, c.longs, c.def, c.rep)
	case *file.Int32ColumnChunkReader:
		levels, _, err = chunk.ReadBatch(levelBatch, c.ints, c.def, c.rep)
	case *file.Float64ColumnChunkReader:
		levels, _, err = chunk.ReadBatch(levelBatch, c.doubles, c.def, c.rep)
	case *file.Float32ColumnChunkReader:
		levels, _, err = chunk.ReadBatch(levelBatch, c.floats, c.def, c.rep)
	case *file.BooleanColumnChunkReader:
		levels, _, err = chunk.ReadBatch(levelBatch, c.booleans, c.def, c.rep)
	default:
		return fmt.Errorf("no table has columns of type %s", c.chunk.Type())
	}
	c.levels = int(levels)
	if err := cmp.Or(err, c.chunk.Err()); err != nil {
		return err
	}
	for _, def := range c.def[:c.levels] {
		if def < 0 || def > c.max {
			return fmt.Errorf("it has a definition level %d above %d", def, c.max)
		}
	}
	return nil
}

// take moves the levels and values of so many rows to the leaf.
func (c *columnReader) take(l *Leaf, a *arena, rows int) error {
	want := l.entries + rows
	for {
		if c.at == c.levels {
			if c.rep == nil && l.entries == want {
				return nil
			}
			if err := c.fill(); err != nil {
				return err
			}
			if c.levels == 0 && l.entries == want {
				return nil
			}
			if c.levels == 0 {
				return fmt.Errorf("it has %d rows less than its row group", want-l.entries)
			}
		}
		end := min(c.levels, c.at+want-l.entries)
		if c.rep != nil {
			for end = c.at; end < c.levels; end++ {
				if c.rep[end] == 0 {
					if l.entries == want {
						break
					}
					l.entries++
				} else if l.entries == 0 {
					return errors.New("it begins inside a row")
				}
				l.rep = append(l.rep, uint8(c.rep[end]))
			}
		} else {
			l.entries += end - c.at
		}
		present := 0
		for _, def := range c.def[c.at:end] {
			l.def = append(l.def, uint8(def))
			if def == c.max {
				present++
			}
		}
		c.at = end
		c.values(l, a, c.value+present)
		if c.at < c.levels {
			return nil
		}
	}
}

// values moves the values up to one to the leaf.
func (c *columnReader) values(l *Leaf, a *arena, to int) {
	from := c.value
	c.value = to
	switch {
	case c.texts != nil && l.words == nil: // Arrow has copied them
		l.texts = append(l.texts, c.texts[from:to]...)
		for _, text := range c.texts[from:to] {
			a.size += len(text)
		}
	case c.texts != nil:
		for _, text := range c.texts[from:to] {
			l.text(a, text)
		}
	case c.longs != nil:
		l.longs = append(l.longs, c.longs[from:to]...)
	case c.ints != nil:
		l.ints = append(l.ints, c.ints[from:to]...)
	case c.doubles != nil:
		l.doubles = append(l.doubles, c.doubles[from:to]...)
	case c.floats != nil:
		l.floats = append(l.floats, c.floats[from:to]...)
	case c.booleans != nil:
		l.booleans = append(l.booleans, c.booleans[from:to]...)
	}
}
