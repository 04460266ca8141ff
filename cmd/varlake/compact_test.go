package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/wire/own"
)

// TestCompactSaysWhatItWaitsFor: a search for orphans has the tables as long as somebody reads; compact says so, and
// goes on after it.
func TestCompactSaysWhatItWaitsFor(t *testing.T) {
	s, c := slowServer(t)
	var words bytes.Buffer
	if code := run(t.Context(), []string{"annotation", "create", "genes", "--format", "gff", "--data", s.paths.dir},
		io.Discard, &words); code != exitOK {
		t.Fatal(&words)
	}
	left := filepath.Join(s.paths.dir, "tables", "left", "data")
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(left, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	end := s.upkeep.Readers.Begin()
	defer end()
	searched := make(chan error, 1)
	go func() {
		_, err := askCheck(t.Context(), c, own.CheckIn{Orphans: true, Remove: true}, io.Discard)
		searched <- err
	}()
	for { // until the search has begun
		var told bytes.Buffer
		response, err := c.post(t.Context(), own.Check.Path, own.CheckIn{Orphans: true, Patience: 0.001})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := told.ReadFrom(response.Body); err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if strings.Contains(told.String(), "waitsFor") {
			break
		}
	}
	stderr, tell := io.Pipe()
	compacted := make(chan error, 1)
	var stdout bytes.Buffer
	go func() { compacted <- runCompact(t.Context(), c, compactOptions{}, &stdout, tell) }()
	line, err := bufio.NewReader(stderr).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "waiting for another search for orphans, which began at ") {
		t.Errorf("%q, %v", line, err)
	}
	end()
	if err := <-searched; err != nil {
		t.Error(err)
	}
	if err := <-compacted; err != nil || !strings.Contains(stdout.String(), "\ngenes ") {
		t.Errorf("%q, %v", &stdout, err)
	}
}
