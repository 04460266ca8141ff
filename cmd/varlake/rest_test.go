package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Without a server nobody works on a job once its command has ended: that is said, and not how far it was. A server's
// job is told as it is.
func TestJobOfNobody(t *testing.T) {
	const id, progress = "11111111-2222-4333-8444-555555555555",
		"Importing: 5 of 9 bytes, 7 records, 1 records/s, about 46 s left"
	const waits, serve = "varlake job wait " + id + " or a server (varlake serve) goes on with it",
		"varlake serve with the bucket of s3://b/k goes on with it"
	for _, test := range []struct {
		own             bool
		source, message string
		items           []string
	}{
		{false, "s3://varlake-local/x/k", "running", []string{"/x/k       IN_PROGRESS: " + progress}},
		{true, "s3://varlake-local/x/k", "nobody works on it now; " + waits, []string{"/x/k       IN_PROGRESS: waits"}},
		{true, "s3://b/k", "nobody works on it now; " + serve, []string{"s3://b/k   IN_PROGRESS: waits"}},
	} {
		c := &connection{client: answeredBy(func(*http.Request) (int, string) {
			return http.StatusOK, `{"id": "` + id + `", "destinationName": "demo", "status": "IN_PROGRESS", "statusMessage": "running", "items": [
				{"source": "` + test.source + `", "jobStatus": "IN_PROGRESS", "statusMessage": "` + progress + `"},
				{"source": "s3://b/done", "jobStatus": "COMPLETED", "statusMessage": "Imported 1 records."}], "creationTime": "2024-01-02T03:04:05.000000Z"}`
		})}
		if test.own {
			c.own = &server{}
		}
		var stdout bytes.Buffer
		if err := runJobGet(t.Context(), c, id, false, &stdout); err != nil {
			t.Fatal(err)
		}
		want := append([]string{"message    " + test.message, "created    2024-01-02T03:04:05Z"},
			append(test.items, "s3://b/done  COMPLETED: Imported 1 records.", "")...)
		got := strings.Split(stdout.String(), "\n")[4:]
		for _, lines := range [][]string{want, got} { // however wide the first column is
			for i := range lines {
				lines[i] = strings.Join(strings.Fields(lines[i]), " ")
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("own %v, %s (-want +got):\n%s", test.own, test.source, diff)
		}
	}
}

// An import without a server that is interrupted says what goes on with its job.
func TestInterruptedImport(t *testing.T) {
	const id = "11111111-2222-4333-8444-555555555555"
	file := filepath.Join(t.TempDir(), "a.vcf")
	if err := os.WriteFile(file, []byte("##fileformat=VCFv4.2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for own, want := range map[*server]string{
		nil: "the job goes on; to end it: varlake job cancel " + id + "\n",
		{}: "the job waits: varlake job wait " + id +
			" or a server (varlake serve) goes on with it; to end it: varlake job cancel " + id + "\n",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		c := &connection{Buckets: map[string]string{uploadsBucket: t.TempDir()}, own: own}
		c.client = leaving(t, nil, func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				fmt.Fprintf(w, `{"jobId": %q}`, id)
				return true
			}
			cancel()
			<-r.Context().Done()
			return true
		})
		opts := importOptions{kind: variantJobs, store: "demo", sources: []string{file}}
		opts.request = opts.variantRequest
		sources, err := findSources(opts.sources)
		if err != nil {
			t.Fatal(err)
		}
		var stderr strings.Builder
		if err := importSources(ctx, c, opts, sources, io.Discard, &stderr); err == nil || stderr.String() != want {
			t.Errorf("got %q, %v\nwant %q", stderr.String(), err, want)
		}
	}
}
