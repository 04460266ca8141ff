package work

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/varlake/varlake/internal/act/ingest"
	"github.com/varlake/varlake/internal/state/crash"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
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
	dir, err := warehouse.ReferenceDir(s.Files, claim.Job.StoreID, claim.Source.ReferenceID)
	if err != nil {
		return fmt.Errorf("find reference: %w", err) // a link leads out of the data folder
	}
	stored, ok := s.storedBefore(claim, dir)
	if !ok {
		stored, err = s.readReference(ctx, claim, dir)
		err = errors.Join(err, s.Files.Verify())
		if err != nil || ctx.Err() != nil {
			return s.referenceNotStored(ctx, claim, dir, err)
		}
		crash.Point(crash.ReferenceMidfile)
		s.describeStored(ctx, claim, stored)
	}
	stored.ARN = s.referenceARN(claim.Job.Account, claim.Job.StoreID, claim.Source.ReferenceID)
	ok, err = s.DB.FinishReferenceSource(ctx, jobID, source, claim.Source.Attempt, stored)
	if err == nil && !ok {
		err = s.Files.RemoveTree(dir)
	}
	s.Log.Info("reference imported", "operation", "StartReferenceImportJob", "job", jobID, "source", source, "reference",
		claim.Source.ReferenceID, "bytes", stored.SourceBytes)
	return err
}

// referenceNotStored ends an attempt that was stopped or met an error: without files, and FAILED when the error is of
// the source.
func (s *Service) referenceNotStored(ctx context.Context, claim *meta.ReferenceClaim, dir string, err error) error {
	if ctx.Err() != nil {
		return errors.Join(s.Files.RemoveTree(dir), ctx.Err())
	}
	if warehouse.Away(err) || errors.As(err, new(*stateError)) { // what it met, or wrote, says nothing of the reference
		return errors.Join(err, s.Files.RemoveTree(dir))
	}
	s.Log.Info("reference import failed", "operation", "StartReferenceImportJob", "job", claim.Job.ID, "source",
		claim.Source.Source, "error", err)
	if err := s.Files.RemoveTree(dir); err != nil {
		return fmt.Errorf("remove files of the failed reference: %w", err)
	}
	_, err = s.DB.FailReferenceSource(ctx, claim.Job.ID, claim.Source.Source, claim.Source.Attempt,
		ingest.ReferenceFailure(err, claim.Source.From.Name()))
	return err
}

// storedBefore finds what an earlier attempt at the source stored to the end, in a process that was killed before it
// could say so or under a newer state than this, whose stores may need it: the card, which is written last, is of the
// same job.
func (s *Service) storedBefore(claim *meta.ReferenceClaim, dir string) (stored meta.StoredReference, ok bool) {
	raw, err := s.Files.ReadFile(filepath.Join(dir, meta.ReferenceCard))
	if err != nil {
		return stored, false
	}
	c, err := meta.ParseCard(raw, claim.Job.StoreID, claim.Source.ReferenceID)
	if err != nil || c.Job != claim.Job.ID {
		return stored, false
	}
	bases, _ := s.Files.Stat(filepath.Join(dir, meta.ReferenceFASTA))
	index, _ := s.Files.Stat(filepath.Join(dir, meta.ReferenceIndex))
	stored = meta.StoredReference{MD5: c.MD5, SourceBytes: bases.Bytes, IndexBytes: index.Bytes}
	return stored, stored.SourceBytes > 0 && stored.IndexBytes > 0
}

// describeStored has a reference that is about to be there say what it is, in case that the state is lost. It is as
// good without.
func (s *Service) describeStored(ctx context.Context, claim *meta.ReferenceClaim, stored meta.StoredReference) {
	store, err := s.DB.ReferenceStoreByID(ctx, claim.Job.StoreID)
	if err == nil {
		reference := meta.Reference{
			ID: claim.Source.ReferenceID, StoreID: store.ID, Account: store.Account, ARN: s.referenceARN(store.Account, store.ID,
				claim.Source.ReferenceID),
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

// readReference reads the source into the reference's files.
func (s *Service) readReference(ctx context.Context, claim *meta.ReferenceClaim,
	dir string) (stored meta.StoredReference, err error) {
	if claim.Source.Crashes >= maxAttempts {
		return stored, errGaveUp
	}
	pin := func(tag string) error {
		return pinned(s.DB.PinReferenceSource(ctx, claim.Job.ID, claim.Source.Source, claim.Source.Attempt, tag))
	}
	return s.Reader.Reference(ctx, claim, dir, pin, func(done, total int64) error {
		return s.referenceProgress(ctx, claim, done, total)
	})
}

func (s *Service) referenceProgress(ctx context.Context, claim *meta.ReferenceClaim, done, total int64) error {
	message := fmt.Sprintf("Importing: %d of %d bytes", done, total)
	alive, err := s.DB.SetReferenceProgress(ctx, claim.Job.ID, claim.Source.Source, claim.Source.Attempt, message)
	if err != nil {
		return &stateError{fmt.Errorf("write progress: %w", err)}
	}
	if !alive {
		return errSuperseded
	}
	return nil
}
