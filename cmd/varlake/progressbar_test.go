package main

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/varlake/varlake/internal/wire/omics"
)

// What a job waits for is told once for each cause, and its progress, which stands still, is not; a reference import
// job's too.
func TestAwaitTellsWhatAJobWaitsFor(t *testing.T) {
	const (
		full  = "Waiting since 2026-01-02T03:04:05Z: the disk is full (writing the state)"
		fails = "Waiting since 2026-01-02T03:04:05Z: the disk fails"
	)
	messages := []string{full, full, "", full, fails, "1 of 1 items imported."}
	asked := 0
	c := answeredBy(func(*http.Request) (int, string) {
		message, status := messages[asked], "IN_PROGRESS"
		if asked++; asked == len(messages) {
			status = "COMPLETED"
		}
		return http.StatusOK, `{"id": "11111111-2222-4333-8444-555555555555", "status": "` + status + `", "statusMessage": "` + message + `",
			"items": [{"source": "s3://b/k", "jobStatus": "IN_PROGRESS", "statusMessage": "Importing: 0 of 9 bytes, 0 records, 0 records/s"}]}`
	})
	var stderr bytes.Buffer
	if _, _, err := awaitJob(t.Context(), c, variantJobs, "11111111-2222-4333-8444-555555555555", &stderr); err != nil {
		t.Fatal(err)
	}
	if want := full + "\n" + full + "\n" + fails + "\n"; stderr.String() != want {
		t.Errorf("got  %s\nwant %s", stderr.String(), want)
	}

	stderr.Reset()
	asked = 0
	c = answeredBy(func(r *http.Request) (int, string) {
		switch asked++; {
		case r.URL.Path == "/referencestores":
			return http.StatusOK, `{"referenceStores": [{"id": "1234567890"}]}`
		case asked == 2:
			return http.StatusOK, `{"id": "1234567891"}`
		case asked < 5:
			return http.StatusOK, `{"id": "1234567891", "status": "` + string(omics.ReferenceJobInProgress) +
				`", "statusMessage": "` + full + `"}`
		}
		return http.StatusOK, `{"id": "1234567891", "status": "` + string(omics.ReferenceJobCompleted) +
			`", "sources": [{"referenceId": "1"}]}`
	})
	var stdout bytes.Buffer
	if err := importReference(t.Context(), c, referenceImportOptions{source: "genome.fa"}, "s3://bucket/genome.fa",
		&stdout, &stderr); err != nil {
		t.Fatal(err)
	}
	if want := full + "\n"; stderr.String() != want {
		t.Errorf("got  %s\nwant %s", stderr.String(), want)
	}
}
