package work

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/varlake/varlake/internal/act/ingest"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

// TestReferenceProgressCannotBeWritten: a state that does not take the progress says nothing of the reference, which is
// tried again.
func TestReferenceProgressCannotBeWritten(t *testing.T) {
	w := newTurnsWorld(t)
	dir := t.TempDir()
	folder, err := warehouse.NewFolder(dir, dir)
	w.must(err)
	fasta := filepath.Join(dir, "ref.fa")
	w.must(os.WriteFile(fasta, []byte(">1\nACGT\n"), 0o600))
	source := meta.ReferenceJobSource{From: meta.Source{URI: "s3://varlake-local" + fasta, Path: fasta}, Name: "mine",
		ReferenceID: meta.NewNumericID()}
	job, err := w.db.StartReferenceImportJob(t.Context(), meta.NewReferenceJob{
		ID: meta.NewNumericID(), Account: first, StoreID: w.stores[first], RoleARN: role,
		Sources: []meta.ReferenceJobSource{source}, Max: 50,
	})
	w.must(err)
	exec := func(text string) {
		t.Helper()
		_, err := w.db.Writer().ExecContext(t.Context(), text)
		w.must(err)
	}
	exec(`CREATE TRIGGER no_progress BEFORE UPDATE OF status_message ON reference_sources WHEN NEW.status_message LIKE '%of % bytes'
		BEGIN SELECT RAISE(ABORT, 'busy'); END`)
	s := New(Config{
		DB: w.db, Files: folder, Log: slog.New(slog.DiscardHandler),
		Reader: &ingest.Reader{Blob: noBuckets(t), Files: folder, Log: slog.New(slog.DiscardHandler), Workers: 1,
			MaxReferenceBytes: 1 << 20},
	})
	if err := s.importReference(t.Context(), job.ID, 0); !errors.As(err, new(*stateError)) {
		t.Errorf("without a state: %v", err)
	}
	status := func() omics.ReferenceImportJobItemStatus {
		t.Helper()
		_, sources, err := w.db.ReferenceJob(t.Context(), first, w.stores[first], job.ID)
		w.must(err)
		return sources[0].Status
	}
	if got := status(); got != omics.ReferenceItemInProgress {
		t.Errorf("the source is %s", got)
	}
	exec(`DROP TRIGGER no_progress`)
	w.must(s.importReference(t.Context(), job.ID, 0))
	if got := status(); got != omics.ReferenceItemFinished {
		t.Errorf("after all the source is %s", got)
	}
}
