package ingest

import (
	"context"

	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/state/meta"
)

var (
	// errChanged ends an item whose source is not what the job began with: its rows would not be those that were asked
	// for.
	errChanged = UserErrorf("The source has changed since the job was started; nothing of it was imported.")
	// errLost ends an item of a command that named its file to itself alone.
	errLost = UserErrorf("The source cannot be found again: a command without a server had given the file this name for itself, and did not end. " +
		"Nothing of it was imported; please import the file again.")
)

// reads is a job by what decides what it may read.
type reads struct{ account, role, id string }

// openSource opens what a job reads and makes sure that it is what the job was started for. What that was is noted
// durably, by pin, when this is the first to learn it; pin's error ends the attempt.
func (r *Reader) openSource(ctx context.Context, job reads, source meta.Source,
	pin func(tag string) error) (blob.Object, error) {
	if source.Pin == meta.LostPin {
		return nil, errLost
	}
	object, err := r.openObject(ctx, job, source)
	if err != nil {
		return nil, err
	}
	if err := checkPin(source.Pin, object.ETag(), pin); err != nil {
		object.Close()
		return nil, err
	}
	return object, nil
}

func (r *Reader) openObject(ctx context.Context, job reads, source meta.Source) (blob.Object, error) {
	if source.Path != "" {
		return r.Blob.OpenFile(ctx, source.Path)
	}
	if err := r.Blob.Owned(job.account, meta.AdminAccount, source.URI); err != nil {
		return nil, err
	}
	return r.Blob.For(job.role, job.id).Open(ctx, source.URI)
}

func checkPin(pinned, found string, pin func(tag string) error) error {
	switch pinned {
	case found:
		return nil
	case "":
		return pin(found)
	}
	return errChanged
}
