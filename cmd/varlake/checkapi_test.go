package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/sql/query"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// An account has one check at work, so that another's goes beside it, and few that wait.
func TestChecksTakeTurns(t *testing.T) {
	h := &checkHandler{turns: query.NewTurns(maxChecks, maxOpenChecks)}
	a := omics.WithCaller(t.Context(), omics.Caller{Account: "210987654321"})
	done, err := h.turn(a)
	if err != nil {
		t.Fatal(err)
	}
	other, err := h.turn(omics.WithCaller(t.Context(), omics.Caller{Account: meta.AdminAccount}))
	if err != nil {
		t.Fatal(err)
	}
	other()
	impatient, cancel := context.WithCancel(a)
	cancel()
	if _, err := h.turn(impatient); !errors.Is(err, context.Canceled) {
		t.Errorf("a second of one account: %v", err)
	}
	for range maxOpenChecks - 1 { // that wait, say
		if _, err := h.turns.Open("210987654321"); err != nil {
			t.Fatal(err)
		}
	}
	var refused *omics.Error
	if _, err := h.turn(a); !errors.As(err, &refused) || refused.Code != omics.CodeThrottling {
		t.Errorf("one more than an account may have: %v", err)
	}
	done()
}

// An export that waits for its turn is told so after some time.
func TestExportsDoNotWaitForEver(t *testing.T) {
	h := &exportHandler{turns: query.NewTurns(1, 0), wait: time.Millisecond}
	done, err := h.turns.Take(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	var refused *omics.Error
	if err := h.take(t.Context(), "b", own.ExportIn{}, nil); !errors.As(err, &refused) || refused.Code != omics.CodeRequestTimeout {
		t.Errorf("got %v", err)
	}
}

// An account with as many queries as it may have is told so before its tables are opened.
func TestTooManyQueriesOpenNoTable(t *testing.T) {
	s, c := startTestServer(t, filepath.Join(t.TempDir(), "data"))
	if code := run(t.Context(), []string{"annotation", "create", "genes", "--format", "gff", "--data", s.paths.dir}, io.Discard, io.Discard); code != exitOK {
		t.Fatal("no store")
	}
	metadata, err := filepath.Glob(filepath.Join(s.paths.dir, "tables", "*", "metadata"))
	if err != nil || len(metadata) != 1 {
		t.Fatalf("%q, %v", metadata, err)
	}
	if err := os.Rename(metadata[0], metadata[0]+".away"); err != nil {
		t.Fatal(err)
	}
	for range maxOpenQueries {
		closed, err := s.engine.Open(c.account)
		if err != nil {
			t.Fatal(err)
		}
		defer closed()
	}
	response, err := c.sendOnce(t.Context(), http.MethodPost, own.Query.Path, []byte(`{"sql": "SELECT * FROM genes"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusTooManyRequests || !strings.Contains(string(text), "as many queries as it may have") {
		t.Errorf("status %d, %s, %v", response.StatusCode, text, err)
	}
}
