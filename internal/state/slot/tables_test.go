package slot

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestTablesAtWork: a job or table is busy as long as anybody works on it, and no other is.
func TestTablesAtWork(t *testing.T) {
	tables := NewTables()
	first, second := tables.Work("job", "table"), tables.Work("table")
	if !tables.Busy("job") || !tables.Busy("table") || tables.Busy("other") {
		t.Error("who is at work is not known")
	}
	first()
	if tables.Busy("job") || !tables.Busy("table") {
		t.Error("the second one's work ended with the first one's")
	}
	second()
	if tables.Busy("table") {
		t.Error("the work does not end")
	}
}

// TestTablesAwaitCommits: whoever waits goes on once no commit to that table is under way; work of other kinds and
// commits to other tables are not waited for, and neither is a commit for longer than the context lasts.
func TestTablesAwaitCommits(t *testing.T) {
	tables := NewTables()
	defer tables.Work("table")()
	defer tables.Commit("other")()
	if err := tables.AwaitCommits(t.Context(), "table"); err != nil {
		t.Errorf("without a commit: %v", err)
	}
	done := tables.Commit("table")
	impatient, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("no more patience")
	cancel(cause)
	if err := tables.AwaitCommits(impatient, "table"); !errors.Is(err, cause) {
		t.Errorf("amid a commit: %v", err)
	}
	done()
	synctest.Test(t, func(t *testing.T) {
		done := tables.Commit("table")
		waited := make(chan error, 1)
		go func() { waited <- tables.AwaitCommits(t.Context(), "table") }()
		time.Sleep(time.Minute) // of the bubble's own clock: the other has looked as often as it can in that time
		synctest.Wait()
		select {
		case err := <-waited:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
		done()
		if err := <-waited; err != nil {
			t.Errorf("after the commit: %v", err)
		}
	})
}

// TestTablesEndUpkeep: the upkeep of a table is work on it, whose context ends when the table is to be deleted, and
// when it ends itself; that of other tables goes on.
func TestTablesEndUpkeep(t *testing.T) {
	tables := NewTables()
	ctx, end := tables.Upkeep(t.Context(), "table")
	other, endOther := tables.Upkeep(t.Context(), "other")
	defer endOther()
	if !tables.Busy("table") {
		t.Error("the table is not busy")
	}
	tables.EndUpkeep("table")
	if !errors.Is(ctx.Err(), context.Canceled) || other.Err() != nil {
		t.Errorf("the contexts ended with %v and %v", ctx.Err(), other.Err())
	}
	if !tables.Busy("table") {
		t.Error("the table is free before its upkeep has ended")
	}
	end()
	tables.EndUpkeep("table") // of which there is none any more
	ctx, end = tables.Upkeep(t.Context(), "table")
	if ctx.Err() != nil {
		t.Errorf("the next upkeep begins with %v", ctx.Err())
	}
	end()
	if ctx.Err() == nil || tables.Busy("table") {
		t.Error("the upkeep does not end")
	}
}

// TestTablesChanged: changes that nobody has looked at are one, and none is lost.
func TestTablesChanged(t *testing.T) {
	tables := NewTables()
	changed := func() bool {
		select {
		case <-tables.Changed():
			return true
		default:
			return false
		}
	}
	if changed() {
		t.Error("a table changed before it did")
	}
	tables.Change()
	tables.Change()
	if !changed() || changed() {
		t.Error("two changes are not one")
	}
	tables.Change()
	if !changed() {
		t.Error("a change after the look is lost")
	}
}
