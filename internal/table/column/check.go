package column

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/arrow-go/v18/parquet/schema"
	"github.com/apache/thrift/lib/go/thrift"
)

// Expected is what a data file should be, as a manifest and the table's schema have it.
type Expected struct {
	Leaves       map[int]ExpectedLeaf // by field id
	Rows         int64
	Lower, Upper map[int][]byte // field id → bound, as in DataFile
	CountBy      string         // path of a column of texts by which rows are counted
}

// ExpectedLeaf is a leaf's type, and what messages call it.
type ExpectedLeaf struct {
	Type FlatType
	Name string
}

// Check holds a data file to itself and to what is expected: its footer and the headers of its pages or, if deep, all
// values. It may have more columns. It counts the rows by what they have in want.CountBy. On a damaged file it may
// panic: see Guard. The source stays open.
func Check(ctx context.Context, source Source, want *Expected, deep bool) (rows map[string]int64, err error) {
	c, err := openCheck(source, want)
	if err != nil {
		return nil, err
	}
	defer c.reader.Close()
	return c.check(ctx, deep)
}

// parquetCheck is a Check under way.
type parquetCheck struct {
	from   io.ReaderAt
	body   int64 // bytes before the footer
	reader *file.Reader
	want   *Expected
	counts int // the column by which rows are counted
}

const parquetTail = 8 // bytes: the footer's size and the magic

func openCheck(source Source, want *Expected) (*parquetCheck, error) {
	reader, err := newReader(source)
	if err != nil {
		return nil, fmt.Errorf("has no readable footer: %w", err)
	}
	var magic [len(parquetMagic)]byte
	if _, err := source.ReadAt(magic[:], 0); err != nil || string(magic[:]) != parquetMagic {
		return nil, errors.Join(errors.New("does not begin as Parquet does"), err)
	}
	p := &parquetCheck{from: source, body: source.Size() - parquetTail - int64(reader.MetaData().Size()),
		reader: reader, want: want}
	stored := reader.MetaData().Schema
	columns := map[int]*schema.Column{} // by field id
	for i := range stored.NumColumns() {
		columns[int(stored.Column(i).SchemaNode().FieldID())] = stored.Column(i)
	}
	for _, id := range slices.Sorted(maps.Keys(want.Leaves)) {
		if column := columns[id]; column == nil || column.PhysicalType() != want.Leaves[id].Type.physical() {
			return nil, fmt.Errorf("does not have the table's column of field id %d as %s", id, want.Leaves[id].Name)
		}
	}
	if p.counts = stored.ColumnIndexByName(want.CountBy); p.counts < 0 {
		return nil, fmt.Errorf("has no column %s", want.CountBy)
	}
	return p, nil
}

// check looks at every row group.
func (p *parquetCheck) check(ctx context.Context, deep bool) (map[string]int64, error) {
	footer := p.reader.MetaData()
	rows, total := map[string]int64{}, int64(0)
	for group := range p.reader.NumRowGroups() {
		n := footer.RowGroup(group).NumRows()
		if n < 0 {
			return nil, fmt.Errorf("has a row group %d of %d rows", group, n)
		}
		total += n
		for column := range footer.Schema.NumColumns() {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := p.chunk(ctx, group, column); err != nil {
				return nil, fmt.Errorf("row group %d, column %s: %w", group, footer.Schema.Column(column).Path(), err)
			}
		}
		if err := p.countRows(group, deep, rows); err != nil {
			return nil, fmt.Errorf("row group %d, column %s: %w", group, p.want.CountBy, err)
		}
		if deep {
			if err := p.decodeGroup(ctx, group); err != nil {
				return nil, err
			}
		}
	}
	if total != p.want.Rows || total != p.reader.NumRows() {
		return nil, fmt.Errorf("has %d rows in its row groups and %d in its footer, its manifest says %d", total,
			p.reader.NumRows(), p.want.Rows)
	}
	return rows, nil
}

// chunk walks the headers of a column chunk's pages.
func (p *parquetCheck) chunk(ctx context.Context, group, column int) error {
	chunk, err := p.reader.MetaData().RowGroup(group).ColumnChunk(column)
	if err != nil {
		return err
	}
	at := chunk.DataPageOffset()
	if chunk.HasDictionaryPage() {
		at = min(at, chunk.DictionaryPageOffset())
	}
	size := chunk.TotalCompressedSize()
	if at < int64(len(parquetMagic)) || size < 0 || size > p.body-at {
		return fmt.Errorf("its %d bytes from %d on are not within the file", size, at)
	}
	values := int64(0)
	for end := at + size; at < end; {
		header, n, err := p.pageHeader(ctx, at, end)
		if err != nil {
			return fmt.Errorf("page header at byte %d: %w", at, err)
		}
		if header.compressed < 0 || header.uncompressed < 0 || header.values < 0 || int64(header.compressed) > end-at-n {
			return fmt.Errorf("page at byte %d is not within its column", at)
		}
		if header.kind != pageDictionary {
			values += int64(header.values)
		}
		at += n + int64(header.compressed)
	}
	if values != chunk.NumValues() {
		return fmt.Errorf("its pages have %d values, the footer says %d", values, chunk.NumValues())
	}
	return nil
}

// pageHeader is what a walk needs to know of a page.
type pageHeader struct{ kind, uncompressed, compressed, values int32 }

const pageDictionary = 2 // of Parquet's PageType

// pageHeader reads the header at an offset, which must end before end, and its size.
func (p *parquetCheck) pageHeader(ctx context.Context, at, end int64) (h pageHeader, size int64, err error) {
	for _, window := range []int64{1 << 8, 1 << 20} { // statistics make some long
		raw := make([]byte, min(window, end-at))
		if _, err := p.from.ReadAt(raw, at); err != nil {
			return h, 0, err
		}
		buffer := &thrift.TMemoryBuffer{Buffer: bytes.NewBuffer(raw)}
		if h, err = readPageHeader(ctx, thrift.NewTCompactProtocolConf(buffer, nil)); err == nil {
			return h, int64(len(raw) - buffer.Len()), nil
		}
	}
	return h, 0, err
}

func readPageHeader(ctx context.Context, from thrift.TProtocol) (h pageHeader, err error) {
	h.kind, h.uncompressed, h.compressed, h.values = -1, -1, -1, -1
	err = eachField(ctx, from, func(id int16, t thrift.TType) (into *int32, nested bool) {
		switch id {
		case 1:
			return &h.kind, false
		case 2:
			return &h.uncompressed, false
		case 3:
			return &h.compressed, false
		case 5, 7, 8: // of a data page, a dictionary, a data page of version 2
			return &h.values, true
		}
		return nil, false
	})
	return h, err
}

// eachField reads a struct. Of each field want says where its number goes, or, nested, the first number of the struct
// that it is; others are skipped.
func eachField(ctx context.Context, from thrift.TProtocol, want func(id int16, t thrift.TType) (into *int32,
	nested bool)) error {
	if _, err := from.ReadStructBegin(ctx); err != nil {
		return err
	}
	for {
		_, t, id, err := from.ReadFieldBegin(ctx)
		if err != nil {
			return err
		}
		if t == thrift.STOP {
			return from.ReadStructEnd(ctx)
		}
		switch into, nested := want(id, t); {
		case nested && t == thrift.STRUCT:
			err = eachField(ctx, from, func(id int16, _ thrift.TType) (*int32, bool) {
				if id == 1 {
					return into, false
				}
				return nil, false
			})
		case into != nil && !nested && t == thrift.I32:
			*into, err = from.ReadI32(ctx)
		default:
			err = from.Skip(ctx, t)
		}
		if err != nil {
			return err
		}
	}
}

// countRows adds a row group's rows to those of their texts. Unless asked to look closely it believes a dictionary of
// one text.
func (p *parquetCheck) countRows(group int, closely bool, rows map[string]int64) error {
	n := p.reader.MetaData().RowGroup(group).NumRows()
	if !closely {
		found, err := texts(p.reader, group, p.want.CountBy)
		if err != nil {
			return err
		}
		if len(found) == 1 {
			rows[found[0]] += n
			return nil
		}
	}
	chunk, err := p.reader.RowGroup(group).Column(p.counts)
	if err != nil {
		return err
	}
	values, ok := chunk.(*file.ByteArrayColumnChunkReader)
	if !ok {
		return errors.New("it is no text")
	}
	counted, err := decode(values, func(text parquet.ByteArray) error {
		rows[string(text)]++
		return nil
	})
	if err == nil && counted.values != n {
		err = fmt.Errorf("%d of %d rows have none", n-counted.values, n)
	}
	return err
}

// decodeGroup decodes all columns of a row group.
func (p *parquetCheck) decodeGroup(ctx context.Context, group int) error {
	footer := p.reader.MetaData()
	for column := range footer.Schema.NumColumns() {
		if err := ctx.Err(); err != nil {
			return err
		}
		chunk, err := footer.RowGroup(group).ColumnChunk(column)
		if err == nil {
			err = p.decodeChunk(chunk, group, column, footer.RowGroup(group).NumRows())
		}
		if err != nil {
			return fmt.Errorf("row group %d, column %s: %w", group, footer.Schema.Column(column).Path(), err)
		}
	}
	return nil
}

func (p *parquetCheck) decodeChunk(chunk *metadata.ColumnChunkMetaData, group, column int, rows int64) error {
	id := int(p.reader.MetaData().Schema.Column(column).SchemaNode().FieldID())
	low, high := p.want.Lower[id], p.want.Upper[id]
	reader, err := p.reader.RowGroup(group).Column(column)
	if err != nil {
		return err
	}
	var n counts
	switch reader := reader.(type) {
	case *file.ByteArrayColumnChunkReader:
		n, err = decode(reader, func(v parquet.ByteArray) error {
			if low != nil && bytes.Compare(v, low) < 0 || high != nil && bytes.Compare(v, high) > 0 {
				return errOutOfBounds
			}
			return nil
		})
	case *file.Int64ColumnChunkReader:
		least, most, known := longBounds(low, high)
		n, err = decode(reader, func(v int64) error {
			if known && (v < least || v > most) {
				return errOutOfBounds
			}
			return nil
		})
	case *file.Int32ColumnChunkReader:
		least, most, known := longBounds(low, high)
		n, err = decode(reader, func(v int32) error {
			if known && (int64(v) < least || int64(v) > most) {
				return errOutOfBounds
			}
			return nil
		})
	case *file.BooleanColumnChunkReader:
		n, err = decode(reader, func(bool) error { return nil })
	case *file.Float32ColumnChunkReader:
		n, err = decode(reader, func(float32) error { return nil })
	case *file.Float64ColumnChunkReader:
		n, err = decode(reader, func(float64) error { return nil })
	default:
		return fmt.Errorf("its type %s is none of a table's", chunk.Type())
	}
	if err != nil {
		return err
	}
	if n.entries != chunk.NumValues() || n.rows != rows {
		return fmt.Errorf("it decodes to %d values of %d rows, the footer says %d of %d", n.entries, n.rows,
			chunk.NumValues(), rows)
	}
	return nil
}

var errOutOfBounds = errors.New("a value is beyond the bounds in the manifest")

// longBounds decodes the bounds of an int or long.
func longBounds(low, high []byte) (least, most int64, known bool) {
	switch {
	case len(low) == 4 && len(high) == 4:
		return int64(int32(binary.LittleEndian.Uint32(low))), int64(int32(binary.LittleEndian.Uint32(high))), true
	case len(low) == 8 && len(high) == 8:
		return int64(binary.LittleEndian.Uint64(low)), int64(binary.LittleEndian.Uint64(high)), true
	}
	return 0, 0, false
}

// counts is what a column chunk decodes to: entries are values and NULLs.
type counts struct{ rows, entries, values int64 }

// chunkReader is one of Arrow's readers of column chunks.
type chunkReader[T any] interface {
	HasNext() bool
	ReadBatch(batch int64, values []T, definitions, repetitions []int16) (entries int64, read int, err error)
	Err() error
	Descriptor() *schema.Column
}

// decode reads a column chunk and hands out its values.
func decode[T any](reader chunkReader[T], each func(T) error) (n counts, err error) {
	const batch = 1 << 12
	values, definitions, repetitions := make([]T, batch), make([]int16, batch), make([]int16, batch)
	repeats := reader.Descriptor().MaxRepetitionLevel() > 0
	for reader.HasNext() {
		entries, read, err := reader.ReadBatch(batch, values, definitions, repetitions)
		if err != nil {
			return n, err
		}
		if entries == 0 {
			return n, errors.New("its pages end early")
		}
		for _, level := range repetitions[:entries] {
			if level == 0 || !repeats {
				n.rows++
			}
		}
		for _, value := range values[:read] {
			if err := each(value); err != nil {
				return n, err
			}
		}
		n.entries, n.values = n.entries+entries, n.values+int64(read)
	}
	return n, reader.Err()
}
