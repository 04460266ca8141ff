package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/wire/own"
)

// An account with as many queries as it may have is told so before its tables are opened.
func TestTooManyQueriesOpenNoTable(t *testing.T) {
	s, c := startTestServer(t, filepath.Join(t.TempDir(), "data"))
	if code := run(t.Context(), []string{"annotation", "create", "genes", "--format", "gff", "--data", s.paths.dir},
		io.Discard, io.Discard); code != exitOK {
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
	if err != nil || response.StatusCode != http.StatusTooManyRequests ||
		!strings.Contains(string(text), "as many queries as it may have") {
		t.Errorf("status %d, %s, %v", response.StatusCode, text, err)
	}
}
