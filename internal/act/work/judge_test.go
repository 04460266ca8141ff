package work

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// newJudge is a service that only judges, and its data folder.
func newJudge(t *testing.T) (s *Service, dir string) {
	t.Helper()
	dir = t.TempDir()
	folder, err := warehouse.NewFolder(dir, "/named")
	if err != nil {
		t.Fatal(err)
	}
	db, err := meta.Open(t.Context(), filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return New(Config{DB: db, Files: folder, Log: slog.New(slog.DiscardHandler), Waits: new(slot.Waits)}), dir
}

// TestJudged: each error either fails the work with a reason or makes it wait for a cause; neither tells a place of the
// machine.
func TestJudged(t *testing.T) {
	s, dir := newJudge(t)
	file := filepath.Join(dir, "tables", "x", "metadata", "m.json")
	at := func(op, path string, cause error) error {
		return fmt.Errorf("write snapshot: %w", errors.Join(&fs.PathError{Op: op, Path: path, Err: cause},
			errors.New("another")))
	}
	_, outside := s.Files.Path("/elsewhere/tables/x")
	for _, c := range []struct {
		name          string
		err           error
		failed, waits string // one of them
	}{
		{"missing", at("open", file, fs.ErrNotExist), "tables/x/metadata/m.json: file does not exist", ""},
		{"no folder", at("open", file, syscall.ENOTDIR), "tables/x/metadata/m.json: not a directory", ""},
		{"missing elsewhere", at("open", "/etc/x", syscall.ENOENT), "no such file or directory", ""},
		{"outside", outside, "the table is outside of the data folder and is not touched; the server's log has its place",
			""},
		{"damaged", fmt.Errorf("read table metadata /named/tables/x/m.json: unexpected end"),
			"read table metadata tables/x/m.json: unexpected end", ""},
		{"of another place", errors.New("cannot do it at /home/user"), "an internal error; the server's log has it", ""},
		{"long", errors.New(strings.Repeat("é\n", 400)), strings.Repeat("é ", 166) + "é…", ""},
		{"full", at("write", file, syscall.ENOSPC), "", "the disk is full (write tables/x/metadata/m.json)"},
		{"full elsewhere", at("write", "/tmp/x", syscall.EDQUOT), "", "the disk quota is used up"},
		{"read-only", at("mkdir", file, syscall.EROFS), "", "the disk is read-only (mkdir tables/x/metadata/m.json)"},
		{"without a path", os.NewSyscallError("accept", syscall.EMFILE), "", "too many files are open"},
		{"no answer", at("fsync", file, syscall.ETIMEDOUT), "",
			"the file server does not answer (fsync tables/x/metadata/m.json)"},
		{"unmounted", at("open", file, syscall.ENOTCONN), "",
			"the file system is not connected (open tables/x/metadata/m.json)"},
		{"pulled out", at("open", file, syscall.ENXIO), "", "the disk is away (open tables/x/metadata/m.json)"},
		{"replaced, and back", fmt.Errorf("write snapshot: %w", warehouse.ErrReplaced), "", warehouse.ErrReplaced.Error()},
		{"unreachable, and back", fmt.Errorf("%w: %w", warehouse.ErrUnreachable, syscall.ELOOP), "",
			warehouse.ErrUnreachable.Error()},
		{"stopped", context.DeadlineExceeded, "", "the work was stopped"},
	} {
		var failed, waits string
		job := task{queued: 7, kind: "kind", subject: "id", fail: func(_ context.Context, reason string) error {
			failed = reason
			return nil
		}}
		err := s.judged(t.Context(), job, func(context.Context) error { return c.err })
		if message, ok := s.Waits.Waiting("id"); ok {
			_, waits, _ = strings.Cut(message, "Z: ")
		}
		if diff := cmp.Diff([]string{c.failed, c.waits}, []string{failed, waits}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if again := errors.As(err, new(*river.JobSnoozeError)); again != (c.waits != "") || !again && err != nil {
			t.Errorf("%s: the queue was told %v", c.name, err)
		}
		if err := s.judged(t.Context(), job, func(context.Context) error { return nil }); err != nil {
			t.Errorf("%s: after all: %v", c.name, err)
		}
		if message, ok := s.Waits.Waiting("id"); ok {
			t.Errorf("%s: done and %s", c.name, message)
		}
	}
}

// TestJudgedPanic: what panics fails, without what it said.
func TestJudgedPanic(t *testing.T) {
	s, _ := newJudge(t)
	var failed string
	err := s.judged(t.Context(), task{subject: "id", fail: func(_ context.Context, reason string) error {
		failed = reason
		return nil
	}}, func(context.Context) error { panic("secret") })
	if want := "an internal error; the server's log has it"; err != nil || failed != want {
		t.Errorf("%v, %q", err, failed)
	}
}

// TestJudgedWithoutAnEnd: what cannot fail waits for ever, and so does what can and whose failure cannot be noted.
func TestJudgedWithoutAnEnd(t *testing.T) {
	s, dir := newJudge(t)
	gone := &fs.PathError{Op: "open", Path: filepath.Join(dir, "tables", "x"), Err: syscall.ENOTDIR}
	for subject, fail := range map[string]func(context.Context, string) error{
		"without": nil, "broken": func(context.Context, string) error { return gone },
	} {
		err := s.judged(t.Context(), task{subject: subject, fail: fail}, func(context.Context) error { return gone })
		message, _ := s.Waits.Waiting(subject)
		if !errors.As(err, new(*river.JobSnoozeError)) || !strings.HasSuffix(message, ": tables/x: not a directory") {
			t.Errorf("%s: %v, %q", subject, err, message)
		}
	}
}

// TestJudgedStateIsAway: as long as not even the queue's note can be written, the worker tries by itself, until it is
// stopped.
func TestJudgedStateIsAway(t *testing.T) {
	s, _ := newJudge(t)
	s.DB.Close()
	ctx, stop := context.WithCancel(t.Context())
	tries := 0
	err := s.judged(ctx, task{subject: "id"}, func(context.Context) error {
		if tries++; tries == 2 {
			stop()
		}
		return syscall.ENOSPC
	})
	if tries != 2 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%d tries: %v", tries, err)
	}
}
