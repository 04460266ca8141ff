package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/edge/httpapi"
	"github.com/varlake/varlake/internal/source/sample"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// startTestServer serves a data folder until the test ends.
func startTestServer(t *testing.T, data string) (*server, *client) {
	t.Helper()
	config := defaultConfig(data)
	config.Listen = "127.0.0.1:0"
	s, err := startServer(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	c, err := newClient(s)
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

// newClient is signed in to a server as its folder's profile.
func newClient(s *server) (*client, error) {
	c := &client{}
	return c, c.signIn(s.paths, s.Endpoint)
}

func TestOneServerPerFolder(t *testing.T) {
	s, _ := startTestServer(t, filepath.Join(t.TempDir(), "data"))
	config := defaultConfig(s.paths.dir)
	config.Listen = "127.0.0.1:0"
	if _, err := startServer(t.Context(), config); !errors.Is(err, errDataInUse) {
		t.Errorf("a second server: %v, want %v", err, errDataInUse)
	}
}

// The folder itself is locked: a lock file that was removed or replaced lets no second server in.
func TestOneServerPerFolderWithoutItsLockFile(t *testing.T) {
	s, _ := startTestServer(t, filepath.Join(t.TempDir(), "data"))
	config := defaultConfig(s.paths.dir)
	config.Listen = "127.0.0.1:0"
	for _, change := range []func(string) error{os.Remove,
		func(path string) error { return writeFile(path, nil, 0o600) }} {
		if err := change(s.paths.lock()); err != nil {
			t.Fatal(err)
		}
		second, err := startServer(t.Context(), config)
		if !errors.Is(err, errDataInUse) {
			t.Errorf("a second server: %v, want %v", err, errDataInUse)
		}
		if err == nil {
			_ = second.Stop(context.Background())
		}
	}
}

// A client that does not read its answer does not make the end of the server an error.
func TestStopWithUnreadAnswer(t *testing.T) {
	config := defaultConfig(filepath.Join(t.TempDir(), "data"))
	config.Listen, config.Drain = "127.0.0.1:0", 100*time.Millisecond
	log := newLinesOf("answer ")
	config.Log = slog.New(slog.NewJSONHandler(log, nil))
	s, err := startServer(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newClient(s)
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.post(t.Context(), own.Query.Path, own.QueryIn{SQL: "SELECT repeat('x', 1000) FROM range(1000000)",
		Format: own.CSV, Dialect: own.DuckDB})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := s.Stop(context.Background()); err != nil {
		t.Errorf("stop: %v", err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err == nil {
		t.Error("the answer that was broken off ends as a whole one")
	}
	if line := log.next(t); line["msg"] != "answer broken off" || line["level"] != "INFO" ||
		line["reason"] != httpapi.ErrStopped.Error() || line["error"] == nil {
		t.Errorf("the log says %v", line)
	}
}

// A client that leaves is no error of the server's.
func TestClientLeaves(t *testing.T) {
	config := defaultConfig(filepath.Join(t.TempDir(), "data"))
	config.Listen = "127.0.0.1:0"
	log := newLinesOf("answer ")
	config.Log = slog.New(slog.NewJSONHandler(log, nil))
	s, err := startServer(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop(context.Background())
	c, err := newClient(s)
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.post(t.Context(), own.Query.Path, own.QueryIn{SQL: "SELECT repeat('x', 1000) FROM range(1000000)",
		Format: own.CSV, Dialect: own.DuckDB})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if line := log.next(t); line["msg"] != "answer broken off" || line["level"] != "INFO" ||
		line["reason"] != "the client went away" || line["error"] == nil {
		t.Errorf("the log says %v", line)
	}
}

// linesOf takes a JSON log and keeps the lines whose message begins with a text.
type linesOf struct {
	begin string
	lines chan map[string]any
}

func newLinesOf(begin string) *linesOf { return &linesOf{begin, make(chan map[string]any, 100)} }

func (l *linesOf) Write(p []byte) (int, error) {
	var line map[string]any
	if err := json.Unmarshal(p, &line); err != nil {
		return 0, err
	}
	if message, _ := line["msg"].(string); strings.HasPrefix(message, l.begin) {
		l.lines <- line
	}
	return len(p), nil
}

// next waits for a line.
func (l *linesOf) next(t *testing.T) map[string]any {
	t.Helper()
	select {
	case line := <-l.lines:
		return line
	case <-time.After(time.Minute):
		t.Fatal("the log has no such line")
		return nil
	}
}

// A lost credentials file is replaced by one with the same key, and an existing one stays.
func TestCredentialsFile(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	list := func(c *client) {
		t.Helper()
		if _, _, err := call[omics.ListVariantStoresOut](t.Context(), c, "ListVariantStores",
			&omics.ListVariantStoresIn{}); err != nil {
			t.Error(err)
		}
	}
	var keys []string
	for i := range 3 {
		t.Run("start", func(t *testing.T) {
			s, c := startTestServer(t, data)
			list(c)
			keys = append(keys, c.keyID)
			if info, err := os.Stat(s.paths.credentials()); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("credentials file: %v %v", info.Mode(), err)
			}
			if i == 1 {
				if err := os.Remove(s.paths.credentials()); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	if keys[0] != keys[1] || keys[1] != keys[2] {
		t.Errorf("keys %v, want one", keys)
	}
}

// Uploads of commands that died are removed at the start, those of unfinished jobs are not.
func TestRemoveUploads(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	paths := dataPaths{data}
	files, err := sample.Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Run("first", func(t *testing.T) {
		_, c := startTestServer(t, data)
		reference := referenceImportOptions{source: "reference.fa", name: "reference"}
		remove, uri := upload(t, c, paths, files.Reference)
		defer remove()
		// Of 128 bits: another account that names it in a job of its own would have to guess them.
		if !regexp.MustCompile(`^s3://varlake-uploads/cli-123456789012-[A-Z2-7]{26}/0/`).MatchString(uri) {
			t.Errorf("an upload may be guessed: %s", uri)
		}
		if err := importReference(t.Context(), c, reference, uri, io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
		if err := runStoreCreate(t.Context(), c, "demo", "reference", "", false, io.Discard); err != nil {
			t.Fatal(err)
		}
	})
	// Without workers, as after a kill: one job waits for its upload, another upload is nobody's.
	db, err := meta.Open(t.Context(), paths.state())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cli-wanted", "cli-stale"} {
		if err := os.MkdirAll(filepath.Join(paths.uploads(), name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	job, err := db.StartImportJob(t.Context(), meta.NewImportJob{ID: meta.NewJobID(),
		Account: meta.AdminAccount, Kind: meta.Variants, StoreName: "demo", RoleARN: "arn:aws:iam::123456789012:role/r",
		Max:     5,
		Sources: []meta.Source{{URI: "s3://" + uploadsBucket + "/cli-wanted/x.vcf"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := removeUploads(t.Context(), db, paths.uploads()); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(paths.uploads())
	if err != nil || len(entries) != 1 || entries[0].Name() != "cli-wanted" {
		t.Errorf("uploads left for job %s: %v, %v", job.ID, entries, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func upload(t *testing.T, c *client, paths dataPaths, path string) (remove func(), uri string) {
	t.Helper()
	sources, err := findSources([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	info, err := readRuntimeInfo(paths.runtime())
	if err != nil {
		t.Fatal(err)
	}
	remove, err = sources.publish(&connection{client: c, Buckets: info.Buckets})
	if err != nil {
		t.Fatal(err)
	}
	return remove, sources.uris[0]
}
