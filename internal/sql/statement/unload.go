package statement

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/google/uuid"

	"github.com/varlake/varlake/internal/sql/columnar"
	"github.com/varlake/varlake/internal/sql/query"
	"github.com/varlake/varlake/internal/sql/trino"
	"github.com/varlake/varlake/internal/state/access"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// DefaultMaxUnload is how many bytes one UNLOAD may write unless it is said otherwise.
const DefaultMaxUnload = 100 << 30

// unload writes the rows of a statement to files, all of which are there at its end or none, and answers how many rows
// there were. read is called when the tables' files were read.
func (s *Service) unload(ctx context.Context, p *plan, in *own.QueryIn, account string, read func(),
	w own.Answer) error {
	change := p.change.(trino.WriteFiles)
	outlet, err := s.outlet(ctx, change.To)
	if err != nil {
		return err
	}
	defer outlet.Close() //nolint:errcheck // what is left there is removed at the next start
	rows, err := p.begin(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	n, err := s.writeFile(outlet, p, rows, change)
	read()
	switch {
	case err != nil:
		return refusal(p.said(err))
	case context.Cause(ctx) != nil: // the right to read ended with the last row
		return context.Cause(ctx)
	}
	if err := outlet.Commit(); err != nil {
		return unwritten(err, change.To)
	}
	told := trino.Counted(n)
	answer := &plan{statement: s.Engine.Begin(ctx, account, told.SQL, query.Compiled), columns: told.Columns,
		pin: func(context.Context) ([]query.Table, error) { return nil, nil }}
	defer answer.statement.Close()
	return s.run(ctx, answer, in, func() {}, w)
}

// outlet begins to write to a place, if policies let the caller put objects there.
func (s *Service) outlet(ctx context.Context, to string) (*warehouse.Outlet, error) {
	bucket, key, found := strings.Cut(strings.TrimPrefix(to, "s3://"), "/")
	if !strings.HasPrefix(to, "s3://") || !found || bucket == "" {
		return nil, omics.Validation("INVALID_ARGUMENTS: UNLOAD writes to a place s3://BUCKET/PREFIX/, not to '%s'", to)
	}
	object := omics.ARN{Partition: "aws", Service: "s3", Resource: bucket + "/" + strings.TrimSuffix(key, "/") + "/*"}
	if err := access.May(ctx, "s3:PutObject", object); err != nil {
		return nil, err
	}
	outlet, err := s.Outlets.Begin(bucket, key, uuid.NewString())
	return outlet, unwritten(err, to)
}

// unwritten words why nothing can be written to a place.
func unwritten(err error, to string) error {
	switch {
	case errors.Is(err, warehouse.ErrNoOutlet):
		return omics.Validation("INVALID_ARGUMENTS: No results may be written to '%s': its bucket is not one of "+
			"--unload-bucket", to)
	case errors.Is(err, warehouse.ErrBadKey):
		return omics.Validation("INVALID_ARGUMENTS: '%s' is no place for files: its prefix names a folder", to)
	case errors.Is(err, warehouse.ErrPlaceTaken):
		return omics.Validation("HIVE_PATH_ALREADY_EXISTS: Target directory '%s' already exists: it is not empty", to)
	}
	return err
}

// writeFile writes the one file of a result. It is on disk when it returns.
func (s *Service) writeFile(outlet *warehouse.Outlet, p *plan, rows *query.Rows,
	change trino.WriteFiles) (n int64, err error) {
	name := uuid.NewString() + "." + strings.ToLower(change.Format)
	packed := change.Format != "PARQUET" && change.Compression != "NONE"
	if packed {
		name += ".gz"
	}
	file, err := outlet.Create(name)
	if err != nil {
		return 0, err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	buffered := bufio.NewWriterSize(&bounded{file, s.MaxUnload}, 1<<20)
	if n, err = p.writeRows(buffered, rows, change, packed); err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return 0, err
	}
	return n, file.Sync()
}

func (p *plan) writeRows(w io.Writer, rows *query.Rows, change trino.WriteFiles, packed bool) (n int64, err error) {
	if change.Format == "PARQUET" {
		columns, err := columnar.Trino(p.columns, valueOf)
		if err != nil {
			return 0, err
		}
		codec := columnar.Codec(change.Compression)
		if codec == "" {
			codec = "GZIP" // as Athena's
		}
		return columnar.WriteParquetAs(w, rows, columns, codec)
	}
	shape(rows, p.columns)
	to := w
	var packer *gzip.Writer
	if packed {
		packer = gzip.NewWriter(w)
		to = packer
	}
	if change.Format == "CSV" {
		err = query.WriteCSV(to, rows)
	} else {
		err = query.WriteNDJSON(to, rows)
	}
	if err == nil && packed {
		err = packer.Close()
	}
	return rows.Count(), err
}

// bounded refuses bytes beyond some.
type bounded struct {
	to   *os.File
	left int64
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, &query.Error{Kind: query.Resource,
			Message: "the result takes more bytes than an UNLOAD may write: see --max-unload-bytes"}
	}
	return b.to.Write(p)
}
