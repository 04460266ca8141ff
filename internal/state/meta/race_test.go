package meta

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/varlake/varlake/internal/wire/omics"
)

// together runs each function in its own goroutine and waits for all.
func together(fs ...func()) {
	var wg sync.WaitGroup
	for _, f := range fs {
		wg.Go(f)
	}
	wg.Wait()
}

func TestOneOfCancelAndCommitWins(t *testing.T) {
	f := newFixture(t)
	s := f.store(t, "cohort")
	pointer := "m0"
	for i := range 40 {
		j := f.start(t, "cohort", "s3://b/0.vcf")
		f.finish(t, j.ID, 0, omics.JobCompleted)
		var cancel, commitErr error
		var commit CommitResult
		next := fmt.Sprint("m", i+1)
		together(
			func() { cancel = f.CancelImportJob(f.ctx, AdminAccount, Variants, j.ID) },
			func() {
				commit, commitErr = f.CommitImport(f.ctx, j.ID, pointer, next, omics.JobCompleted, "")
			},
		)
		if commitErr != nil {
			t.Fatal(commitErr)
		}
		loc, _ := f.pointer(t, s)
		status := f.status(t, j.ID)
		switch {
		case cancel == nil && commit == NotRunning && loc == pointer && status == omics.JobCancelled:
		case cancel == ErrFinal && commit == Committed && loc == next && status == omics.JobCompleted:
			pointer = next
		default:
			t.Fatalf("cancel %v, commit %v, pointer %s, job %s", cancel, commit, loc, status)
		}
	}
}

func TestOneOfTwoCommitsMovesThePointer(t *testing.T) {
	f := newFixture(t)
	s := f.store(t, "cohort")
	a, b := f.start(t, "cohort", "s3://b/0"), f.start(t, "cohort", "s3://b/0")
	f.finish(t, a.ID, 0, omics.JobCompleted)
	f.finish(t, b.ID, 0, omics.JobCompleted)
	results := make([]CommitResult, 2)
	errs := make([]error, 2)
	together(
		func() { results[0], errs[0] = f.CommitImport(f.ctx, a.ID, "m0", "ma", omics.JobCompleted, "") },
		func() { results[1], errs[1] = f.CommitImport(f.ctx, b.ID, "m0", "mb", omics.JobCompleted, "") },
	)
	if errs[0] != nil || errs[1] != nil {
		t.Fatal(errs)
	}
	if !(results[0] == Committed && results[1] == PointerMoved || results[0] == PointerMoved && results[1] == Committed) {
		t.Fatal(results)
	}
	loser, next := a, "ma2"
	if results[0] == Committed {
		loser, next = b, "mb2"
	}
	current, _ := f.pointer(t, s)
	if r := must(f.CommitImport(f.ctx, loser.ID, current, next, omics.JobCompleted, ""))(t); r != Committed {
		t.Errorf("second try: %v", r)
	}
}

func TestEachAttemptNumberIsGivenOnce(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	j := f.start(t, "cohort", "s3://b/0.vcf")
	attempts := make([]int, 16)
	var fs []func()
	for i := range attempts {
		fs = append(fs, func() {
			if c, err := f.ClaimItem(f.ctx, j.ID, 0); err == nil && c != nil {
				attempts[i] = c.Item.Attempt
			}
		})
	}
	together(fs...)
	var finished atomic.Int32
	seen := map[int]bool{}
	fs = fs[:0]
	for _, attempt := range attempts {
		if attempt == 0 || seen[attempt] {
			t.Fatalf("attempts %v", attempts)
		}
		seen[attempt] = true
		fs = append(fs, func() {
			if ok, err := f.FinishItem(f.ctx, j.ID, 0, attempt, ItemResult{Status: omics.JobCompleted}); err == nil && ok {
				finished.Add(1)
			}
		})
	}
	together(fs...)
	if n := finished.Load(); n != 1 {
		t.Errorf("%d attempts finished the item", n)
	}
	if n := f.queued(t, "finish_import"); n != 1 {
		t.Errorf("%d commits enqueued", n)
	}
}

func TestLastOfManyItemsEnqueuesOneCommit(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	j := f.start(t, "cohort", make([]string, 16)...)
	var fs []func()
	for i := range 16 {
		c := must(f.ClaimItem(f.ctx, j.ID, i))(t)
		fs = append(fs, func() {
			if _, err := f.FinishItem(f.ctx, j.ID, i, c.Item.Attempt, ItemResult{Status: omics.JobCompleted}); err != nil {
				t.Error(err)
			}
		})
	}
	together(fs...)
	if n := f.queued(t, "finish_import"); n != 1 {
		t.Errorf("%d commits enqueued", n)
	}
}

func TestQuotaHoldsUnderConcurrentStarts(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	var started atomic.Int32
	var fs []func()
	for range 20 {
		fs = append(fs, func() {
			if _, err := f.StartImportJob(f.ctx, NewImportJob{ID: NewJobID(), Account: AdminAccount, Kind: Variants,
				StoreName: "cohort", Sources: objects("s3://b/0"), Max: 5}); err == nil {
				started.Add(1)
			}
		})
	}
	together(fs...)
	if n := started.Load(); n != 5 {
		t.Errorf("%d jobs started, want 5", n)
	}
}

// BenchmarkImportJobUnderWrites is GetVariantImportJob's read of a job of 1,000 items while progress is written
// without pause.
func BenchmarkImportJobUnderWrites(b *testing.B) {
	f := newFixture(b)
	f.store(b, "cohort")
	j := f.start(b, "cohort", make([]string, 1000)...)
	c := must(f.ClaimItem(f.ctx, j.ID, 0))(b)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var writes int
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if _, err := f.SetItemProgress(f.ctx, j.ID, 0, c.Item.Attempt, fmt.Sprint(writes)); err != nil {
					b.Error(err)
					return
				}
				writes++
			}
		}
	})
	b.ReportAllocs()
	for b.Loop() {
		if _, items, err := f.ImportJob(f.ctx, AdminAccount, Variants, j.ID); err != nil || len(items) != 1000 {
			b.Fatal(len(items), err)
		}
	}
	close(stop)
	wg.Wait()
	b.ReportMetric(float64(writes)/b.Elapsed().Seconds(), "writes/s")
}

// BenchmarkSetItemProgress is one durable write.
func BenchmarkSetItemProgress(b *testing.B) {
	f := newFixture(b)
	f.store(b, "cohort")
	j := f.start(b, "cohort", "s3://b/0")
	c := must(f.ClaimItem(f.ctx, j.ID, 0))(b)
	for b.Loop() {
		if alive, err := f.SetItemProgress(f.ctx, j.ID, 0, c.Item.Attempt, "half"); !alive || err != nil {
			b.Fatal(alive, err)
		}
	}
}
