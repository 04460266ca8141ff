package work

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/riverqueue/river"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// task is what a job of the queue asks for, as far as its failure is concerned.
type task struct {
	queued  int64  // id of the queue's job
	kind    string // of the queue's job
	subject string // id of the import job, store, version or share that waits for it; empty: none is known
	// fail ends the subject FAILED with a reason. nil: there is nothing that could fail, as when something is deleted, and
	// it is tried for ever.
	fail func(ctx context.Context, reason string) error
	// release notes that the attempt under way ended and only waits to be made again, so that a kill meanwhile is not
	// taken for its doing. nil: there is none.
	release func(ctx context.Context) error
}

// judged does a task. What cannot get better ends it FAILED; what may get better is noted, and the queue or, as long as
// not even that can be written down, this worker tries again until it has.
func (s *Service) judged(ctx context.Context, t task, do func(context.Context) error) error {
	for {
		err := whole(ctx, do)
		var snooze *river.JobSnoozeError
		switch {
		case err == nil:
			s.Waits.End(t.queued)
			return nil
		case ctx.Err() != nil, errors.As(err, &snooze):
			return err
		}
		cause, passing := s.passing(err)
		if !passing && t.fail != nil {
			reason := warehouse.Reason(s.Files, err)
			s.Log.Error("work failed for good", "kind", t.kind, "id", t.subject, "error", err)
			if err = t.fail(ctx, reason); err == nil {
				s.Waits.End(t.queued)
				return nil
			}
			cause, passing = s.passing(err)
		}
		if !passing {
			cause = warehouse.Reason(s.Files, err)
		}
		pause := s.Waits.Note(t.queued, t.kind, t.subject, cause)
		s.Log.Error("work failed, to be tried again", "kind", t.kind, "id", t.subject, "in", pause, "error", err)
		err = s.DB.Touch(ctx)
		if err == nil && t.release != nil {
			err = t.release(ctx)
		}
		if err == nil {
			return river.JobSnooze(pause)
		}
		// The queue could not note that it is to be tried again, and would forget it. Nobody else can work now, either.
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// whole makes an error of a panic: what panics does so again.
func whole(ctx context.Context, do func(context.Context) error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic: %v\n%s", fault, debug.Stack())
		}
	}()
	return do(ctx)
}

// passingCauses are the errors of the operating system that may pass, without anything changing in the data folder but
// its owner's making room.
var passingCauses = map[syscall.Errno]string{
	syscall.ENOSPC: "the disk is full",
	syscall.EDQUOT: "the disk quota is used up",
	syscall.EIO:    "the disk fails",
	syscall.EMFILE: "too many files are open",
	syscall.ENFILE: "too many files are open on this machine",
	syscall.ENOMEM: "memory is short",
	syscall.EROFS:  "the disk is read-only",
	syscall.EACCES: "permission is denied",
	syscall.EPERM:  "permission is denied",
	syscall.EBUSY:  "a file is busy",
	syscall.EINTR:  "the system interrupted it",
	syscall.EAGAIN: "the system is busy",

	// Of disks that are reached over a network or through a process, and of those that are pulled out.
	syscall.ESTALE:       "the file server has lost a file's place",
	syscall.ETIMEDOUT:    "the file server does not answer",
	syscall.EHOSTDOWN:    "the file server is away",
	syscall.EHOSTUNREACH: "the file server is away",
	syscall.ENETDOWN:     "the file server is away",
	syscall.ENETUNREACH:  "the file server is away",
	syscall.ENOTCONN:     "the file system is not connected",
	syscall.ECONNABORTED: "the file system was disconnected",
	syscall.ECONNRESET:   "the file system was disconnected",
	syscall.ECONNREFUSED: "the file server refuses",
	syscall.ENODEV:       "the disk is away",
	syscall.ENXIO:        "the disk is away",
}

// passing tells what an error waits for, when its cause may pass.
func (s *Service) passing(err error) (cause string, ok bool) {
	if cause, ok := meta.Passing(err); ok {
		return cause, true
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return "the work was stopped", true
	}
	for _, away := range []error{warehouse.ErrReplaced, warehouse.ErrUnreachable} { // now, or when the work met it
		if errors.Is(s.Files.Verify(), away) || errors.Is(err, away) {
			return away.Error(), true
		}
	}
	var number syscall.Errno
	if !errors.As(err, &number) || passingCauses[number] == "" {
		return "", false
	}
	cause = passingCauses[number]
	var path *fs.PathError
	if errors.As(err, &path) {
		if name, ok := warehouse.Within(s.Files, path.Path); ok {
			cause += " (" + path.Op + " " + name + ")"
		}
	}
	return cause, true
}
