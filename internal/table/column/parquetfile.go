package column

import (
	"bufio"
	"encoding/binary"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
)

// parquetFile writes row groups to a Parquet file: the pages are chunkWriter's, the metadata around them Arrow's.
type parquetFile struct {
	schema     *Schema
	sink       sink
	properties *parquet.WriterProperties
	metadata   *metadata.FileMetaDataBuilder
	blooms     metadata.FileBloomFilterBuilder
	chunks     *chunkWriter
	pages      file.PageWriter
	groups     int16
	footer     *metadata.FileMetaData // once finished
}

// sink counts what is written.
type sink struct {
	buffer  *bufio.Writer
	written int64
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.buffer.Write(p)
	s.written += int64(n)
	return n, err
}

// Tell is the offset of the next byte.
func (s *sink) Tell() int64 { return s.written }

const parquetMagic = "PAR1"

// bloomFalse is how often a bloom filter may say yes to what is not there.
const bloomFalse = 0.01

func newParquetFile(w io.Writer, s *Schema) (*parquetFile, error) {
	chunks, err := newChunkWriter()
	if err != nil {
		return nil, err
	}
	f := &parquetFile{schema: s, sink: sink{buffer: bufio.NewWriterSize(w, 1<<18)}, properties: s.properties(),
		chunks: chunks}
	f.metadata = metadata.NewFileMetadataBuilder(s.parquet, f.properties, nil)
	f.blooms.Schema = s.parquet
	_, err = f.sink.Write([]byte(parquetMagic))
	return f, err
}

// properties tell the metadata of encodings and compression.
func (s *Schema) properties() *parquet.WriterProperties {
	properties := []parquet.WriterProperty{
		parquet.WithCompression(compress.Codecs.Zstd), parquet.WithCompressionLevel(1),
		parquet.WithCreatedBy("varlake"), parquet.WithVersion(parquet.V2_LATEST),
		parquet.WithDataPageVersion(parquet.DataPageV1),
	}
	for _, i := range s.delta {
		properties = append(properties, parquet.WithEncodingPath(s.parquet.Column(i).ColumnPath(),
			parquet.Encodings.DeltaBinaryPacked))
	}
	return parquet.NewWriterProperties(properties...)
}

// writeRowGroup writes the rows, at least one, of g.
func (f *parquetFile) writeRowGroup(g *rowGroup) (err error) {
	group := f.metadata.AppendRowGroup()
	group.SetNumRows(g.rows)
	for i := range g.leaves {
		column := group.NextColumnChunk()
		if f.pages == nil {
			f.pages, err = file.NewPageWriter(&f.sink, compress.Codecs.Zstd, 1, column, f.groups, int16(i),
				memory.DefaultAllocator, false, nil, nil)
		} else {
			err = f.pages.Reset(&f.sink, compress.Codecs.Zstd, 1, column, f.groups, int16(i), nil, nil)
		}
		if err != nil {
			return err
		}
		if statistics, ok := f.schema.statistics(i, g); ok {
			column.SetStats(statistics)
		}
		if err := f.chunks.write(f.pages, f.schema, i, g); err != nil {
			return err
		}
	}
	f.blooms.AppendRowGroup(group, f.schema.bloomFilter(g))
	err = group.Finish(0, f.groups)
	f.groups++
	return err
}

// statistics are the bounds of a leaf that has some.
func (s *Schema) statistics(i int, g *rowGroup) (statistics metadata.EncodedStatistics, ok bool) {
	for _, leaf := range s.bounded {
		ok = ok || leaf == i
	}
	if !ok {
		return statistics, false
	}
	var b bound
	b.add(&g.leaves[i], s.part(i), g)
	statistics.HasNullCount, statistics.NullCount, statistics.Signed = true, b.nulls, true
	if b.any {
		statistics.HasMin, statistics.HasMax = true, true
		switch s.parquet.Column(i).PhysicalType() {
		case parquet.Types.ByteArray:
			statistics.Min, statistics.Max, statistics.Signed = b.low, b.high, false
		case parquet.Types.Int32:
			statistics.Min, statistics.Max = binary.LittleEndian.AppendUint32(nil, uint32(b.min)),
				binary.LittleEndian.AppendUint32(nil, uint32(b.max))
		case parquet.Types.Int64:
			statistics.Min, statistics.Max = binary.LittleEndian.AppendUint64(nil, uint64(b.min)),
				binary.LittleEndian.AppendUint64(nil, uint64(b.max))
		}
		statistics.ApplyStatSizeLimits(maxStatistic)
	}
	return statistics, true
}

// maxStatistic is how many bytes a bound of a row group may have: longer ones are left out.
const maxStatistic = 256

// bloomFilter is of the leaf that has one.
func (s *Schema) bloomFilter(g *rowGroup) map[string]metadata.BloomFilterBuilder {
	if s.bloom < 0 {
		return nil
	}
	l := &g.leaves[s.bloom]
	if len(l.def) == 0 {
		return nil
	}
	texts := slices.Collect(g.texts(l, s.part(s.bloom)))
	filter := metadata.NewBloomFilterFromNDVAndFPP(uint32(max(len(texts), 16)), bloomFalse, 1<<20, memory.DefaultAllocator)
	for _, text := range texts {
		filter.InsertHash(metadata.GetHash(filter.Hasher(), text))
	}
	return map[string]metadata.BloomFilterBuilder{s.parquet.Column(s.bloom).Path(): filter}
}

// finish writes the footer.
func (f *parquetFile) finish() (err error) {
	if err := f.blooms.WriteTo(&f.sink); err != nil {
		return err
	}
	if f.footer, err = f.metadata.Finish(); err != nil {
		return err
	}
	n, err := f.footer.WriteTo(&f.sink, nil)
	if err != nil {
		return err
	}
	if _, err := f.sink.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(n)), parquetMagic...)); err != nil {
		return err
	}
	return f.sink.buffer.Flush()
}
