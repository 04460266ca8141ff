package columnar

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/varlake/varlake/internal/sql/query"
)

// Batches of a stream are small, so that what is there is sent; row groups are as large as memory allows each of the
// statements that are read at a time.
var (
	streamed = bounds{rows: 16 << 10, bytes: 2 << 20}
	grouped  = bounds{rows: 120 << 10, bytes: 16 << 20}
)

// WriteArrow writes rows as a stream of Arrow's (IPC). It is a Write.
func WriteArrow(w io.Writer, rows *query.Rows, columns []Column) (n int64, err error) {
	defer rows.Close()
	schema := schemaOf(columns)
	held := &Held{To: w}
	s := &stream{ipc.NewWriter(held, ipc.WithSchema(schema)), held}
	return copyRows(s, schema, columns, rows, streamed)
}

type stream struct {
	out  *ipc.Writer
	held *Held
}

func (s *stream) write(batch arrow.RecordBatch) error {
	if err := s.out.Write(batch); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

func (s *stream) close() error {
	err := s.out.Close()
	if err == nil {
		err = s.held.Release()
	}
	if err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// Held is a writer that keeps the last bytes of what is written back until it is whole. A stream of Arrow's that ends
// between two messages is one to its readers; without its last bytes it ends within one.
type Held struct {
	To   io.Writer
	last []byte
}

// heldBytes is less than any message has, and as many as the mark of a stream's end.
const heldBytes = 8

func (h *Held) Write(p []byte) (int, error) {
	if len(p) >= heldBytes {
		if _, err := h.To.Write(h.last); err != nil {
			return 0, err
		}
		cut := len(p) - heldBytes
		h.last = append(h.last[:0], p[cut:]...)
		if _, err := h.To.Write(p[:cut]); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	h.last = append(h.last, p...)
	if over := len(h.last) - heldBytes; over > 0 {
		if _, err := h.To.Write(h.last[:over]); err != nil {
			return 0, err
		}
		h.last = append(h.last[:0], h.last[over:]...)
	}
	return len(p), nil
}

// Release writes what was kept back.
func (h *Held) Release() error {
	_, err := h.To.Write(h.last)
	h.last = nil
	return err
}

// Codec is how the pages of a Parquet file are compressed.
type Codec string

// Codecs, by the names that Athena has for them.
var codecs = map[Codec]compress.Compression{
	"": compress.Codecs.Zstd, "ZSTD": compress.Codecs.Zstd, "SNAPPY": compress.Codecs.Snappy,
	"GZIP": compress.Codecs.Gzip, "LZ4": compress.Codecs.Lz4Raw, "NONE": compress.Codecs.Uncompressed,
}

// WriteParquet writes rows as a Parquet file. It is a Write.
func WriteParquet(w io.Writer, rows *query.Rows, columns []Column) (n int64, err error) {
	return WriteParquetAs(w, rows, columns, "")
}

// WriteParquetAs writes rows as a Parquet file that is compressed in a way.
func WriteParquetAs(w io.Writer, rows *query.Rows, columns []Column, codec Codec) (n int64, err error) {
	defer rows.Close()
	pages, ok := codecs[codec]
	if !ok {
		return 0, &query.Error{Kind: query.Syntax, Message: fmt.Sprintf("Parquet is not compressed by %q", string(codec))}
	}
	schema := schemaOf(columns)
	out, err := pqarrow.NewFileWriter(schema, struct{ io.Writer }{w}, parquet.NewWriterProperties(
		parquet.WithCompression(pages), parquet.WithCreatedBy("varlake")), pqarrow.DefaultWriterProps())
	if err != nil {
		return 0, fmt.Errorf("begin a Parquet file: %w", err)
	}
	return copyRows(&parquetFile{out}, schema, columns, rows, grouped)
}

type parquetFile struct{ out *pqarrow.FileWriter }

func (f *parquetFile) write(batch arrow.RecordBatch) error {
	if err := f.out.Write(batch); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

func (f *parquetFile) close() error {
	if err := f.out.Close(); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}
