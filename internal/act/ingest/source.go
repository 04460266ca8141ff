package ingest

import (
	"context"
	"fmt"

	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/state/meta"
)

var (
	// errChanged ends an item whose source is not what the job began with: its rows would not be those that were asked for.
	errChanged = userErrorf("The source has changed since the job was started; nothing of it was imported.")
	// errLost ends an item of a command that named its file to itself alone.
	errLost = userErrorf("The source cannot be found again: a command without a server had given the file this name for itself, and did not end. " +
		"Nothing of it was imported; please import the file again.")
)

// reads is a job by what decides what it may read.
type reads struct{ account, role, id string }

// openSource opens what a job reads and makes sure that it is what the job was started for. What that was is noted durably, by pin, when this
// is the first to learn it; false of pin says that the attempt is to end.
func (s *Service) openSource(ctx context.Context, job reads, source meta.Source, pin func(tag string) (alive bool, err error)) (blob.Object, error) {
	if source.Pin == meta.LostPin {
		return nil, errLost
	}
	object, err := s.openObject(ctx, job, source)
	if err != nil {
		return nil, err
	}
	if err := checkPin(source.Pin, object.ETag(), pin); err != nil {
		object.Close()
		return nil, err
	}
	return object, nil
}

func (s *Service) openObject(ctx context.Context, job reads, source meta.Source) (blob.Object, error) {
	if source.Path != "" {
		return s.Blob.OpenFile(ctx, source.Path)
	}
	if err := s.Blob.Owned(job.account, meta.AdminAccount, source.URI); err != nil {
		return nil, err
	}
	return s.Blob.For(job.role, job.id).Open(ctx, source.URI)
}

func checkPin(pinned, found string, pin func(tag string) (alive bool, err error)) error {
	switch pinned {
	case found:
		return nil
	case "":
		alive, err := pin(found)
		if err != nil {
			return &stateError{fmt.Errorf("note the source's identity: %w", err)}
		}
		if !alive {
			return errSuperseded
		}
		return nil
	}
	return errChanged
}

// stateError is a failure to write the state, or to find the data folder, which says nothing of the file.
type stateError struct{ error }

func (e *stateError) Unwrap() error { return e.error }
