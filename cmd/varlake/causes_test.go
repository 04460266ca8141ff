package main

import (
	"context"
	"database/sql/driver"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"testing"

	"github.com/varlake/varlake/internal/wire/omics"
)

// A command whose own server could not write the state says so in a sentence, not in SQLite's words.
func TestExplainTellsOfTheDisk(t *testing.T) {
	dir := t.TempDir()
	c := &connection{own: &server{paths: dataPaths{dir: dir}}, causes: &causes{ofRequest: map[string]error{}}}
	for id, cause := range map[string]error{
		"1": fmt.Errorf("start variant import job: commit: %w", driver.ErrBadConn),
		"2": fmt.Errorf("other"),
	} {
		slog.New(c.causes).ErrorContext(context.Background(), "failed", "request_id", id, "error", cause)
	}
	for message, want := range map[string]string{
		"An internal error has occurred. Request ID: 1":                              dir + ": the state cannot be reached",
		"An internal error has occurred: the state cannot be reached. Request ID: 1": dir + ": the state cannot be reached",
		"An internal error has occurred. Request ID: 2":                              "other",
	} {
		if got := c.explain(&omics.Error{Code: omics.CodeInternalServer, Message: message}); got.Error() != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
}

// TestStateCauseOfAFullDisk: files that cannot be written are told as the state is.
func TestStateCauseOfAFullDisk(t *testing.T) {
	err := fmt.Errorf("genes: %w", &os.PathError{Op: "write", Path: "/data/tables/x", Err: syscall.ENOSPC})
	if got := stateCause(err); got != "nothing can be written: no space left on device" {
		t.Errorf("told %q", got)
	}
	if got := stateCause(fmt.Errorf("other")); got != "" {
		t.Errorf("told %q of another error", got)
	}
}
