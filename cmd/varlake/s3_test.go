package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/source/blob/blobtest"
	"github.com/varlake/varlake/internal/source/sample"
	"github.com/varlake/varlake/internal/wire/omics"
)

// TestImportFromS3 imports a reference and a VCF from a real S3-compatible server.
func TestImportFromS3(t *testing.T) {
	s3 := blobtest.StartS3(t)
	bucket := s3.NewBucket(t)
	files, err := sample.Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{files.Reference, files.Cohort} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s3.Put(t, bucket, "in/"+filepath.Base(path), content)
	}
	s3.Put(t, bucket, "in/torn.vcf.gz", []byte("\x1f\x8b\x08\x04torn"))

	config := defaultConfig(filepath.Join(t.TempDir(), "data"))
	config.Listen, config.UseS3, config.S3 = "127.0.0.1:0", true, s3.Config()
	server, err := startServer(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	c, err := newClient(server)
	if err != nil {
		t.Fatal(err)
	}
	prefix := "s3://" + bucket + "/in/"
	reference := referenceImportOptions{source: "reference.fa", name: "ref", role: c.role("")}
	if err := importReference(t.Context(), c, reference, prefix+filepath.Base(files.Reference), io.Discard,
		io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := runStoreCreate(t.Context(), c, "demo", "ref", "", false, io.Discard); err != nil {
		t.Fatal(err)
	}
	in := &omics.StartVariantImportJobIn{DestinationName: "demo", RoleArn: c.role(""), RunLeftNormalization: true}
	for _, name := range []string{filepath.Base(files.Cohort), "torn.vcf.gz", "nosuch.vcf.gz"} {
		in.Items = append(in.Items, omics.VariantImportItemSource{Source: prefix + name})
	}
	started, _, err := call[omics.StartVariantImportJobOut](t.Context(), c, "StartVariantImportJob", in)
	if err != nil {
		t.Fatal(err)
	}
	job, _, err := awaitJob(t.Context(), c, variantJobs, started.JobID, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if job.Status != omics.JobCompletedWithFailures {
		t.Errorf("job ended %s", job.Status)
	}
	for i, want := range []struct {
		status omics.JobStatus
		words  string
	}{
		{omics.JobCompleted, "rows"},
		{omics.JobFailed, "Malformed Input. Please check content of input file."},
		{omics.JobFailed, prefix + "nosuch.vcf.gz: not found"},
	} {
		if item := job.Items[i]; item.JobStatus != want.status || !strings.Contains(item.StatusMessage, want.words) {
			t.Errorf("item %d: %s %q, want %s with %q", i, item.JobStatus, item.StatusMessage, want.status, want.words)
		}
	}
}
