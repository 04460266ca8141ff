package meta

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// ItemHeader names the header of a VCF file that rows of a table came from.
type ItemHeader struct {
	Job     string
	Item    int
	Hash    []byte // of the lines before #CHROM, see HeaderLines
	Columns []byte // the #CHROM line, as it stands in the file
}

// ItemHeaders lists the headers of a table's imports in the order in which the jobs were requested, and of a job's in
// that of its items. Imports made by servers before there were headers have none.
func (db *DB) ItemHeaders(ctx context.Context, t Table) ([]ItemHeader, error) {
	return collect(ctx, db.reader, func(row scanner) (h ItemHeader, err error) {
		if err := row.Scan(&h.Job, &h.Item, &h.Hash, &h.Columns); err != nil {
			return h, err
		}
		h.Columns, err = unpack(h.Columns)
		return h, err
	}, `SELECT job, item, header, columns FROM item_headers WHERE namespace = ? AND table_name = ? ORDER BY job_seq, item`,
		t.Namespace, t.Name)
}

// HeaderLines is the text of a header before its #CHROM line, line ends as in the file.
func (db *DB) HeaderLines(ctx context.Context, hash []byte) ([]byte, error) {
	var packed []byte
	if err := db.reader.QueryRowContext(ctx, `SELECT text FROM headers WHERE hash = ?`, hash).Scan(&packed); err != nil {
		return nil, fmt.Errorf("read header: %w", err)
	}
	return unpack(packed)
}

// packedHeader is a header ready to be kept: packing takes too long for the only transaction that writes.
type packedHeader struct{ hash, lines, columns []byte }

func packHeader(text []byte) packedHeader {
	end := bytes.LastIndexByte(bytes.TrimRight(text, "\r\n"), '\n') + 1 // of the line before #CHROM
	hash := sha256.Sum256(text[:end])
	return packedHeader{hash[:], pack(text[:end]), pack(text[end:])}
}

// keep writes the header of a completed item.
func (h *packedHeader) keep(ctx context.Context, tx *sql.Tx, jobID string, item int) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO headers (hash, text) VALUES (?, ?) ON CONFLICT DO NOTHING`, h.hash,
		h.lines); err != nil {
		return fmt.Errorf("insert header: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO item_headers (namespace, table_name, job_seq, job, item, header, columns)
		SELECT namespace, table_name, seq, id, ?, ?, ? FROM import_jobs WHERE id = ?`, item, h.hash, h.columns, jobID); err != nil {
		return fmt.Errorf("insert item's header: %w", err)
	}
	return nil
}

// zstdCodec makes one encoder and decoder for all headers: EncodeAll and DecodeAll are safe for concurrent use.
var zstdCodec = sync.OnceValue(func() (c struct {
	*zstd.Encoder
	*zstd.Decoder
}) {
	var err error
	if c.Encoder, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
		panic(err) // the options are constants
	}
	if c.Decoder, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0)); err != nil {
		panic(err)
	}
	return c
})

func pack(text []byte) []byte { return zstdCodec().EncodeAll(text, []byte{}) }

func unpack(packed []byte) ([]byte, error) {
	text, err := zstdCodec().DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack header: %w", err)
	}
	return text, nil
}
