package work

import (
	"bufio"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// importReference works on one source of a reference import job. An error means: try again.
func (s *Service) importReference(ctx context.Context, jobID string, source int) error {
	claim, err := s.DB.ClaimReferenceSource(ctx, jobID, source)
	if err != nil {
		return fmt.Errorf("claim reference source: %w", err)
	}
	if claim == nil {
		return nil
	}
	dir, err := s.Folder.ReferenceDir(claim.Job.StoreID, claim.Source.ReferenceID)
	if err != nil {
		return fmt.Errorf("find reference: %w", err) // a link leads out of the data folder
	}
	stored, ok := storedBefore(claim, dir)
	if !ok {
		stored, err = s.storeReference(ctx, claim, dir)
		if replaced := s.Folder.Verify(); replaced != nil { // then what the import met, or wrote, says nothing of the reference
			err = errors.Join(err, &stateError{replaced})
		}
		if err != nil || ctx.Err() != nil {
			return s.referenceNotStored(ctx, claim, dir, err)
		}
		crashPoint(crashReferenceMidfile)
		s.describeStored(ctx, claim, stored)
	}
	stored.ARN = s.referenceARN(claim.Job.Account, claim.Job.StoreID, claim.Source.ReferenceID)
	ok, err = s.DB.FinishReferenceSource(ctx, jobID, source, claim.Source.Attempt, stored)
	if err == nil && !ok {
		err = s.Folder.RemoveTree(dir)
	}
	s.Log.Info("reference imported", "operation", "StartReferenceImportJob", "job", jobID, "source", source, "reference", claim.Source.ReferenceID, "bytes", stored.SourceBytes)
	return err
}

// referenceNotStored ends an attempt that was stopped or met an error: without files, and FAILED when the error is of the source.
func (s *Service) referenceNotStored(ctx context.Context, claim *meta.ReferenceClaim, dir string, err error) error {
	if ctx.Err() != nil {
		return errors.Join(s.Folder.RemoveTree(dir), ctx.Err())
	}
	if errors.As(err, new(*stateError)) {
		return errors.Join(err, s.Folder.RemoveTree(dir))
	}
	s.Log.Info("reference import failed", "operation", "StartReferenceImportJob", "job", claim.Job.ID, "source", claim.Source.Source, "error", err)
	if err := s.Folder.RemoveTree(dir); err != nil {
		return fmt.Errorf("remove files of the failed reference: %w", err)
	}
	_, err = s.DB.FailReferenceSource(ctx, claim.Job.ID, claim.Source.Source, claim.Source.Attempt, referenceFailure(err, claim.Source.From.Name()))
	return err
}

// storedBefore finds what an earlier attempt at the source stored to the end, in a process that was killed before it could say so or under a newer state
// than this, whose stores may need it: the card, which is written last, is of the same job.
func storedBefore(claim *meta.ReferenceClaim, dir string) (stored meta.StoredReference, ok bool) {
	c, err := readReferenceCard(dir, claim.Job.StoreID, claim.Source.ReferenceID)
	if err != nil || c.Job != claim.Job.ID {
		return stored, false
	}
	stored = meta.StoredReference{
		MD5: c.MD5, SourceBytes: fileSize(filepath.Join(dir, meta.ReferenceFASTA)), IndexBytes: fileSize(filepath.Join(dir, meta.ReferenceIndex)),
	}
	return stored, stored.SourceBytes > 0 && stored.IndexBytes > 0
}

// describeStored has a reference that is about to be there say what it is, in case that the state is lost. It is as good without.
func (s *Service) describeStored(ctx context.Context, claim *meta.ReferenceClaim, stored meta.StoredReference) {
	store, err := s.DB.ReferenceStoreByID(ctx, claim.Job.StoreID)
	if err == nil {
		reference := meta.Reference{
			ID: claim.Source.ReferenceID, StoreID: store.ID, Account: store.Account, ARN: s.referenceARN(store.Account, store.ID, claim.Source.ReferenceID),
			Name: claim.Source.Name, MD5: stored.MD5, JobID: claim.Job.ID, Created: time.Now().UTC(),
		}
		if claim.Source.Description != nil {
			reference.Description = *claim.Source.Description
		}
		err = s.describeReference(&store, &reference)
	}
	if err != nil && ctx.Err() == nil {
		s.Log.Warn("a reference does not say what it is", "reference", claim.Source.ReferenceID, "error", err)
	}
}

func (s *Service) referenceARN(account, storeID, id string) string {
	return omics.ReferenceARN(s.Region, account, storeID, id)
}

// storeReference writes the source's FASTA, uncompressed, and its index into dir.
func (s *Service) storeReference(ctx context.Context, claim *meta.ReferenceClaim, dir string) (stored meta.StoredReference, err error) {
	if claim.Source.Crashes >= maxAttempts {
		return stored, errGaveUp
	}
	if err := s.Folder.RemoveTree(dir); err != nil {
		return stored, &storageError{err}
	}
	if err := s.Folder.MakeDirs(dir); err != nil {
		return stored, &storageError{err}
	}
	object, err := s.openSource(ctx, reads{claim.Job.Account, claim.Job.RoleARN, claim.Job.ID}, claim.Source.From, func(tag string) (bool, error) {
		return s.DB.PinReferenceSource(ctx, claim.Job.ID, claim.Source.Source, claim.Source.Attempt, tag)
	})
	if err != nil {
		return stored, err
	}
	defer object.Close()
	source := object.Reader(ctx, 0)
	defer source.Close()
	text := bgzf.Open(source, s.Workers)
	defer text.Close()

	bases, err := s.Folder.OpenNew(filepath.Join(dir, meta.ReferenceFASTA), os.O_TRUNC)
	if err != nil {
		return stored, &storageError{err}
	}
	defer bases.Close()
	index, err := s.Folder.OpenNew(filepath.Join(dir, meta.ReferenceIndex), os.O_TRUNC)
	if err != nil {
		return stored, &storageError{err}
	}
	defer index.Close()

	head := bufio.NewReaderSize(text, headBytes)
	first, _ := head.Peek(foreignBytes) // an error comes again where the lines are read
	if err := refuseForeign(foreign, first, formatFASTA); err != nil {
		return stored, err
	}
	digest := md5.New() // the model's md5 member, no security in it
	meter := &meteredReader{reader: head, limit: s.MaxReferenceBytes, progress: func() error {
		return s.referenceProgress(ctx, claim, text, object.Size())
	}}
	copied := io.TeeReader(meter, io.MultiWriter(&storageWriter{bases}, digest))
	stats, err := fasta.Index(copied, &storageWriter{index})
	if err != nil {
		return stored, stopCause(ctx, err)
	}
	for _, file := range []*os.File{bases, index} {
		if err := file.Sync(); err != nil {
			return stored, &storageError{err}
		}
	}
	info, err := index.Stat()
	if err != nil {
		return stored, &storageError{err}
	}
	return meta.StoredReference{
		MD5:         hex.EncodeToString(digest.Sum(nil)),
		SourceBytes: stats.Bytes,
		IndexBytes:  info.Size(),
	}, nil
}

func (s *Service) referenceProgress(ctx context.Context, claim *meta.ReferenceClaim, text *bgzf.Reader, total int64) error {
	message := fmt.Sprintf("Importing: %d of %d bytes", min(text.Offset(), total), total)
	alive, err := s.DB.SetReferenceProgress(ctx, claim.Job.ID, claim.Source.Source, claim.Source.Attempt, message)
	if err != nil {
		return &stateError{fmt.Errorf("write progress: %w", err)}
	}
	if !alive {
		return errSuperseded
	}
	return nil
}

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
		return n, userErrorf("the reference has more than %d bytes", m.limit)
	}
	return n, err
}

// storageWriter marks its errors as ours.
type storageWriter struct{ io.Writer }

func (w *storageWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil {
		err = &storageError{err}
	}
	return n, err
}

func referenceFailure(err error, source string) string {
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
