package ingest

import (
	"bufio"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// Reference writes a claimed source's FASTA, uncompressed, and its index into dir. pin is as for Open; progress is told
// now and then how many of the source's bytes were read, and its error ends the attempt. ReferenceFailure has the words
// of an error, but for those of ctx, pin and progress.
func (r *Reader) Reference(ctx context.Context, claim *meta.ReferenceClaim, dir string, pin func(tag string) error,
	progress func(done, total int64) error,
) (stored meta.StoredReference, err error) {
	if err := r.Files.RemoveTree(dir); err != nil {
		return stored, &storageError{err}
	}
	object, err := r.openSource(ctx, reads{claim.Job.Account, claim.Job.RoleARN, claim.Job.ID}, claim.Source.From, pin)
	if err != nil {
		return stored, err
	}
	defer object.Close()
	source := object.Reader(ctx, 0)
	defer source.Close()
	text := bgzf.Open(source, r.Workers)
	defer text.Close()

	bases, err := r.Files.Create(filepath.Join(dir, meta.ReferenceFASTA))
	if err != nil {
		return stored, &storageError{err}
	}
	open := []warehouse.Writer{bases}
	defer func() {
		for _, file := range open {
			file.Abort()
		}
	}()
	index, err := r.Files.Create(filepath.Join(dir, meta.ReferenceIndex))
	if err != nil {
		return stored, &storageError{err}
	}
	open = append(open, index)

	head := bufio.NewReaderSize(text, headBytes)
	first, _ := head.Peek(foreignBytes) // an error comes again where the lines are read
	if err := refuseForeign(foreign, first, formatFASTA); err != nil {
		return stored, err
	}
	digest := md5.New() // the model's md5 member, no security in it
	meter := &meteredReader{reader: head, limit: r.MaxReferenceBytes, progress: func() error {
		return progress(min(text.Offset(), object.Size()), object.Size())
	}}
	copied := io.TeeReader(meter, io.MultiWriter(&storageWriter{Writer: bases}, digest))
	lines := &storageWriter{Writer: index}
	stats, err := fasta.Index(copied, lines)
	if err != nil {
		return stored, stopCause(ctx, err)
	}
	for len(open) > 0 {
		file := open[0]
		open = open[1:] // what a failed commit leaves is removed with its folder
		if err := file.Commit(); err != nil {
			return stored, &storageError{err}
		}
	}
	return meta.StoredReference{
		MD5:         hex.EncodeToString(digest.Sum(nil)),
		SourceBytes: stats.Bytes,
		IndexBytes:  lines.bytes,
	}, nil
}

// progressEvery is how often the progress of a reference is told.
const progressEvery = time.Second

// meteredReader bounds what is read and tells of it now and then.
type meteredReader struct {
	reader   io.Reader
	read     int64
	limit    int64 // bytes
	told     time.Time
	progress func() error
}

func (m *meteredReader) Read(p []byte) (int, error) {
	if now := time.Now(); now.Sub(m.told) > progressEvery {
		m.told = now
		if err := m.progress(); err != nil {
			return 0, err
		}
	}
	n, err := m.reader.Read(p)
	if m.read += int64(n); m.read > m.limit {
		return n, UserErrorf("the reference has more than %d bytes", m.limit)
	}
	return n, err
}

// storageWriter marks its errors as ours, and counts.
type storageWriter struct {
	io.Writer
	bytes int64
}

func (w *storageWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.bytes += int64(n)
	if err != nil {
		err = &storageError{err}
	}
	return n, err
}

// ReferenceFailure is the statusMessage of a source that Reference ended with an error.
func ReferenceFailure(err error, source string) string {
	var (
		malformed *fasta.Error
		user      *userError
		object    *blob.Error
		inflated  *bgzf.Error
		storage   *storageError
	)
	switch {
	case errors.As(err, &object):
		return object.Error()
	case errors.As(err, &inflated): // without what was done when it came up
		return fmt.Sprintf("%v [%s]", inflated, source)
	case errors.As(err, &user):
		return fmt.Sprintf("%v [%s]", user, source)
	case errors.As(err, &malformed):
		return fmt.Sprintf("%v [%s]", malformed, source)
	case errors.As(err, &storage):
		return fmt.Sprintf("The reference could not be stored: %s. [%s]", storageCause(storage), source)
	}
	return fmt.Sprintf("An internal error ended the import; the server's log has it under the job's id. [%s]", source)
}
