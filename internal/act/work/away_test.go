package work

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// storm moves the data folder away and back until it is told to stop; then it is back.
func (w *world) storm() (stop func()) {
	done, stopped := make(chan struct{}), make(chan error)
	go func() {
		for {
			if err := errors.Join(os.Rename(w.dir, w.dir+".away"), os.Rename(w.dir+".away", w.dir)); err != nil {
				stopped <- err
				return
			}
			time.Sleep(rand.N(100 * time.Microsecond)) // some steps shall be done
			select {
			case <-done:
				stopped <- nil
				return
			default:
			}
		}
	}()
	return func() {
		close(done)
		w.must(<-stopped)
	}
}

// TestFolderAwayMidway: an import or a reference that meets the data folder away waits for it, whether it is back when
// the attempt ends or not; none fails, and no row is lost or doubled.
func TestFolderAwayMidway(t *testing.T) {
	const jobs, tries = 10, 40
	w := newWorld(t)
	w.on(filepath.Join(t.TempDir(), "varlake.db")) // or a statement of this test finds no state
	sources := t.TempDir()
	write := func(name, text string) meta.Source {
		path := filepath.Join(sources, name)
		w.must(os.WriteFile(path, []byte(text), 0o600))
		return meta.Source{URI: "s3://varlake-local" + path, Path: path}
	}
	w.store()
	vcf := write("one.vcf", "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchr1\t1\t.\tA\tC\t.\t.\t.\n")
	fasta := write("another.fa", ">chr1\nACGT\n")
	var works []func() error // each one attempt
	var failed []string
	attempt := func(do func(context.Context) error) {
		job := task{fail: func(_ context.Context, reason string) error {
			failed = append(failed, reason)
			return nil
		}}
		works = append(works, func() error { return w.judged(t.Context(), job, do) })
	}
	var imports, references []string
	for range jobs {
		job, err := w.DB.StartImportJob(t.Context(), meta.NewImportJob{ID: meta.NewJobID(), Account: meta.AdminAccount,
			Kind: meta.Variants, StoreName: "cohort", RoleARN: role, Normalize: true, Max: 9 * jobs,
			Sources: []meta.Source{vcf}})
		w.must(err)
		imports = append(imports, job.ID)
		attempt(func(ctx context.Context) error {
			if err := w.importItem(ctx, job.ID, 0); err != nil {
				return err
			}
			return w.finishImport(ctx, job.ID)
		})
	}
	stored, err := w.DB.EveryReference(t.Context(), "", "")
	w.must(err)
	refs := stored[0].StoreID
	for i := range jobs {
		job, err := w.DB.StartReferenceImportJob(t.Context(), meta.NewReferenceJob{ID: meta.NewNumericID(),
			Account: meta.AdminAccount, StoreID: refs, RoleARN: role, Max: 9 * jobs,
			Sources: []meta.ReferenceJobSource{{From: fasta, Name: "another" + string(rune('a'+i)),
				ReferenceID: meta.NewNumericID()}}})
		w.must(err)
		references = append(references, job.ID)
		attempt(func(ctx context.Context) error { return w.importReference(ctx, job.ID, 0) })
	}
	stop := w.storm()
	waited, left := 0, works
	for range tries {
		var again []func() error
		for _, work := range left {
			err := work()
			if errors.As(err, new(*river.JobSnoozeError)) {
				again = append(again, work)
				waited++
			} else if err != nil {
				t.Error(err)
			}
		}
		left = again
	}
	stop()
	for _, work := range left {
		w.must(work())
	}
	t.Logf("%d times work waited; %d of %d was left at the end", waited, len(left), len(works))
	if len(failed) > 0 {
		t.Errorf("failed: %q", failed)
	}
	for _, id := range imports {
		w.is(id, omics.JobCompleted, "1 of 1 items imported.")
	}
	for _, id := range references {
		job, _, err := w.DB.ReferenceJob(t.Context(), meta.AdminAccount, refs, id)
		w.must(err)
		if job.Status != omics.ReferenceJobCompleted {
			t.Errorf("reference job is %s: %q", job.Status, job.StatusMessage)
		}
	}
	w.rows(jobs)
}
