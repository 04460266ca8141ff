package column

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
)

// Stored is a Parquet file as it stands, whatever its columns are: what its row groups tell of themselves without a
// look at their rows. Columns are given by their paths, see Schema.Path. It is for one goroutine. On a damaged file its
// methods may panic: see Guard.
type Stored struct {
	source Source
	reader *file.Reader
}

// OpenStored reads the footer. It closes source when it fails; else Stored.Close does.
func OpenStored(source Source) (*Stored, error) {
	reader, err := newReader(source)
	if err != nil {
		return nil, errors.Join(err, source.Close())
	}
	return &Stored{source, reader}, nil
}

// Close closes the file.
func (s *Stored) Close() error { return errors.Join(s.reader.Close(), s.source.Close()) }

// RowGroups is how many row groups there are.
func (s *Stored) RowGroups() int { return s.reader.NumRowGroups() }

// Bytes is the size of a row group's pages, uncompressed.
func (s *Stored) Bytes(group int) int {
	return int(s.reader.MetaData().RowGroup(group).TotalByteSize())
}

// LongBounds gives the least and the greatest value that a column of longs may have in a row group; ok is false when
// they are not known.
func (s *Stored) LongBounds(group int, path string) (low, high int64, ok bool, err error) {
	column := s.reader.MetaData().Schema.ColumnIndexByName(path)
	if column < 0 {
		return 0, 0, false, nil
	}
	chunk, err := s.reader.MetaData().RowGroup(group).ColumnChunk(column)
	if err != nil {
		return 0, 0, false, err
	}
	statistics, err := chunk.Statistics()
	if err != nil {
		return 0, 0, false, err
	}
	if longs, is := statistics.(*metadata.Int64Statistics); is && longs.HasMinMax() {
		return longs.Min(), longs.Max(), true, nil
	}
	return 0, 0, false, nil
}

// Texts lists the texts that a column may have in a row group, none when the file does not have it.
func (s *Stored) Texts(group int, path string) ([]string, error) { return texts(s.reader, group, path) }

// texts lists those of the column's dictionary where it has one for all pages.
func texts(reader *file.Reader, group int, path string) ([]string, error) {
	column := reader.MetaData().Schema.ColumnIndexByName(path)
	if column < 0 {
		return nil, nil
	}
	chunk, err := reader.MetaData().RowGroup(group).ColumnChunk(column)
	if err != nil {
		return nil, err
	}
	if !chunk.HasDictionaryPage() || !allDictionary(chunk) {
		return scanTexts(reader, group, column)
	}
	pages, err := reader.RowGroup(group).GetColumnPageReader(column)
	if err != nil {
		return nil, err
	}
	defer pages.Close()
	page, err := pages.GetDictionaryPage()
	if err != nil {
		return nil, err
	}
	if page == nil {
		return scanTexts(reader, group, column)
	}
	defer page.Release()
	var out []string
	for body := page.Data(); len(body) > 0; {
		if len(body) < 4 || int64(binary.LittleEndian.Uint32(body)) > int64(len(body)-4) {
			return nil, fmt.Errorf("column %d: its dictionary is cut short", column)
		}
		size := binary.LittleEndian.Uint32(body)
		out = append(out, string(body[4:4+size]))
		body = body[4+size:]
	}
	return out, nil
}

// allDictionary tells whether no page of a chunk has values outside its dictionary.
func allDictionary(chunk *metadata.ColumnChunkMetaData) bool {
	stats := chunk.EncodingStats()
	for _, s := range stats {
		if s.PageType != file.PageTypeDictionaryPage && s.Encoding != parquet.Encodings.RLEDict &&
			s.Encoding != parquet.Encodings.PlainDict {
			return false
		}
	}
	return len(stats) > 0
}

// scanTexts lists the texts of a column that has no dictionary for all of them.
func scanTexts(reader *file.Reader, group, column int) ([]string, error) {
	chunk, err := reader.RowGroup(group).Column(column)
	if err != nil {
		return nil, err
	}
	values, ok := chunk.(*file.ByteArrayColumnChunkReader)
	if !ok {
		return nil, fmt.Errorf("column %d is no text", column)
	}
	descriptor := reader.MetaData().Schema.Column(column)
	const batch = 1 << 14
	found, buf := map[string]bool{}, make([]parquet.ByteArray, batch)
	levels, repeats := make([]int16, batch), make([]int16, batch)
	if descriptor.MaxRepetitionLevel() == 0 {
		repeats = nil
	}
	var out []string
	for values.HasNext() {
		_, read, err := values.ReadBatch(batch, buf, levels, repeats)
		if err != nil {
			return nil, err
		}
		for _, text := range buf[:read] {
			if !found[string(text)] {
				found[string(text)] = true
				out = append(out, string(text))
			}
		}
	}
	return out, values.Err()
}
