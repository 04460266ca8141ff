package meta

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/varlake/varlake/internal/wire/omics"
)

const rounds = 25 // of each race

func TestAcceptAndDeleteOfAShare(t *testing.T) {
	f := newFixture(t)
	store := f.store(t, "cohort")
	for i := range rounds {
		s := must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: AdminAccount, Subscriber: fmt.Sprintf("%012d", i),
			ARN: store.ARN, Max: 99}))(t)
		var accept, activate, remove error
		together(
			func() {
				if _, accept = f.AcceptShare(f.ctx, s.Subscriber, s.ID); accept == nil {
					activate = f.ActivateShare(f.ctx, s.ID)
				}
			},
			func() { _, remove = f.BeginDeleteShare(f.ctx, AdminAccount, s.ID) },
		)
		// Whoever came first, the owner has the last word.
		if (accept != nil && !errors.Is(accept, ErrFinal)) || activate != nil || remove != nil ||
			f.shareStatus(t, s.ID) != omics.ShareDeleting {
			t.Fatalf("accept %v, activate %v, delete %v, share %s", accept, activate, remove, f.shareStatus(t, s.ID))
		}
	}
	if n := f.queued(t, "delete_share"); n != rounds {
		t.Errorf("%d ends enqueued, want %d", n, rounds)
	}
}

func TestOneOfTwoOffersIsMade(t *testing.T) {
	f := newFixture(t)
	store := f.store(t, "cohort")
	for i := range rounds {
		n := NewShare{ID: NewShareID(), Owner: AdminAccount, Subscriber: fmt.Sprintf("%012d", i), ARN: store.ARN, Max: 99}
		var errs [2]error
		together(func() { _, errs[0] = f.CreateShare(f.ctx, n) }, func() { _, errs[1] = f.CreateShare(f.ctx, n) })
		if !(errs[0] == nil && errs[1] == ErrExists || errs[0] == ErrExists && errs[1] == nil) {
			t.Fatal(errs)
		}
	}
}

func TestDeletedStoreLeavesNoShare(t *testing.T) {
	f := newFixture(t)
	for i := range rounds {
		name := fmt.Sprintf("store_%d", i)
		n := f.newAnnotations(AdminAccount, name)
		n.Max = rounds
		must(f.CreateStore(f.ctx, n))(t)
		f.activate(t, AdminAccount, name, name)
		offered := must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: AdminAccount, Subscriber: other, ARN: n.ARN,
			Max: 9}))(t)
		var accept, activate, offer, remove error
		var late Share
		together(
			func() {
				if _, accept = f.AcceptShare(f.ctx, other, offered.ID); accept == nil {
					activate = f.ActivateShare(f.ctx, offered.ID)
				}
			},
			func() {
				late, offer = f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: AdminAccount, Subscriber: third,
					ARN: n.ARN, Max: 9})
			},
			func() { remove = f.BeginDeleteStore(f.ctx, AdminAccount, Annotations, name, false) },
		)
		if (accept != nil && !errors.Is(accept, ErrFinal)) || activate != nil || remove != nil ||
			f.shareStatus(t, offered.ID) != omics.ShareDeleted {
			t.Fatalf("accept %v, activate %v, delete %v, share %s", accept, activate, remove, f.shareStatus(t, offered.ID))
		}
		if !(offer == nil && f.shareStatus(t, late.ID) == omics.ShareDeleted || errors.Is(offer, ErrNotFound)) {
			t.Fatalf("a late offer: %v, share %s", offer, f.shareStatus(t, late.ID))
		}
	}
	if tables := must(f.Tables(f.ctx, other))(t); len(tables) != 0 {
		t.Errorf("a subscriber can query %+v", tables)
	}
}

func TestOneOfVersionDeleteAndStartWins(t *testing.T) {
	f := newFixture(t)
	s := f.annotations(t, AdminAccount, "clinvar")
	for i := range rounds {
		name := fmt.Sprintf("v_%d", i)
		n := f.newVersion(AdminAccount, "clinvar", name)
		n.Max = 2 * rounds
		must(f.CreateVersion(f.ctx, AdminAccount, "clinvar", n))(t)
		f.activate(t, AdminAccount, "clinvar", name)
		var remove, start error
		var job ImportJob
		together(
			func() { remove = f.BeginDeleteVersion(f.ctx, s.ID, name, false) },
			func() {
				job, start = f.StartImportJob(f.ctx, NewImportJob{ID: NewJobID(), Account: AdminAccount, Kind: Annotations,
					StoreName: "clinvar", VersionName: name, Sources: objects("s3://b/0"), Max: rounds + 1})
			},
		)
		status := f.getVersion(t, AdminAccount, "clinvar", name).Status
		switch {
		case remove == nil && errors.Is(start, ErrNotActive) && status == omics.VersionDeleting:
		case errors.Is(remove, ErrInUse) && start == nil && status == omics.VersionActive &&
			f.annotationStatus(t, job.ID) == omics.JobSubmitted:
		default:
			t.Fatalf("delete %v, start %v, version %s", remove, start, status)
		}
	}
}

func TestOneOfCommitAndVersionDeleteWins(t *testing.T) {
	f := newFixture(t)
	s := f.annotations(t, AdminAccount, "clinvar")
	for i := range rounds {
		name := fmt.Sprintf("v_%d", i)
		n := f.newVersion(AdminAccount, "clinvar", name)
		n.Max = 2 * rounds
		must(f.CreateVersion(f.ctx, AdminAccount, "clinvar", n))(t)
		f.activate(t, AdminAccount, "clinvar", name)
		j := f.startAnnotation(t, "clinvar", name, "s3://b/0")
		f.finish(t, j.ID, 0, omics.JobCompleted)
		var commit CommitResult
		var failed, remove error
		together(
			func() { commit, failed = f.CommitImport(f.ctx, j.ID, "m0", "m1", omics.JobCompleted, "") },
			func() { remove = f.BeginDeleteVersion(f.ctx, s.ID, name, true) },
		)
		v, status := f.getVersion(t, AdminAccount, "clinvar", name), f.annotationStatus(t, j.ID)
		if failed != nil || remove != nil || v.Status != omics.VersionDeleting {
			t.Fatalf("commit %v, delete %v, version %s", failed, remove, v.Status)
		}
		switch {
		case commit == Committed && status == omics.JobCompleted && v.SizeBytes == 100:
		case commit == NotRunning && status == omics.JobCancelled && v.SizeBytes == 0:
		default:
			t.Fatalf("commit %v, job %s, version of %d bytes", commit, status, v.SizeBytes)
		}
	}
	if n := f.count(t, `SELECT count(*) FROM iceberg_tables WHERE table_name <> 'clinvar'`); n != 0 {
		t.Errorf("%d tables of deleted versions are in the catalog", n)
	}
}

func TestOneOfActivationAndDeleteWins(t *testing.T) {
	f := newFixture(t)
	for i := range rounds {
		name := fmt.Sprintf("store_%d", i)
		n := f.newAnnotations(AdminAccount, name)
		n.Max = rounds
		s := must(f.CreateStore(f.ctx, n))(t)
		v := f.getVersion(t, AdminAccount, name, name)
		var activated bool
		var failed, remove error
		together(
			func() { activated, failed = f.ActivateTable(f.ctx, v.ID, "m0") },
			func() { remove = f.BeginDeleteStore(f.ctx, AdminAccount, Annotations, name, false) },
		)
		if got := f.getVersion(t, AdminAccount, name, name).Status; failed != nil || remove != nil ||
			got != omics.VersionDeleting {
			t.Fatalf("activated %v %v, delete %v, version %s", activated, failed, remove, got)
		}
		if n := f.count(t, `SELECT count(*) FROM iceberg_tables WHERE table_namespace = ?`,
			Namespace(Annotations, AdminAccount, s.ID)); n != 0 {
			t.Fatalf("activated %v: the deleted store is in the catalog", activated)
		}
	}
}

func TestVersionQuotaHoldsUnderConcurrentCreates(t *testing.T) {
	f := newFixture(t)
	f.annotations(t, AdminAccount, "clinvar")
	var made, same atomic.Int32
	var fs []func()
	for i := range 20 {
		fs = append(fs, func() {
			n := f.newVersion(AdminAccount, "clinvar", fmt.Sprintf("v_%d", i/2)) // each name twice
			n.Max = 6
			switch _, err := f.CreateVersion(f.ctx, AdminAccount, "clinvar", n); {
			case err == nil:
				made.Add(1)
			case errors.Is(err, ErrExists):
				same.Add(1)
			case !errors.Is(err, ErrQuota):
				t.Error(err)
			}
		})
	}
	together(fs...)
	if made.Load() != 5 || f.queued(t, "create_table") != 6 {
		t.Errorf("%d versions made beside the first, %d refused for their name, %d queue jobs", made.Load(), same.Load(),
			f.queued(t, "create_table"))
	}
}

// TestEachChangeIsTakenOnce: what a sink takes while others write is neither lost nor given twice.
func TestEachChangeIsTakenOnce(t *testing.T) {
	f := newFixture(t)
	f.sinks(t, "s")
	const writers, each = 4, 10
	seen := map[string]int{}
	done := make(chan struct{})
	var left atomic.Int32
	left.Store(writers)
	fs := []func(){func() {
		for over := false; ; {
			select {
			case <-done:
				over = true
			default:
			}
			got, err := f.StatusChanges(f.ctx, "s", 7)
			if err != nil {
				t.Error(err)
				return
			}
			for _, c := range got {
				seen[c.StoreName]++
			}
			if len(got) > 0 {
				if err := f.TakeStatusChanges(f.ctx, "s", got[len(got)-1].Seq); err != nil {
					t.Error(err)
					return
				}
			} else if over {
				return
			}
		}
	}}
	for i := range writers {
		fs = append(fs, func() {
			defer func() {
				if left.Add(-1) == 0 {
					close(done)
				}
			}()
			for j := range each {
				n := f.newAnnotations(AdminAccount, fmt.Sprintf("store_%d_%d", i, j))
				n.Max = writers * each
				if _, err := f.CreateStore(f.ctx, n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	together(fs...)
	for name, n := range seen {
		if n != 1 {
			t.Errorf("%s was given %d times", name, n)
		}
	}
	if len(seen) != writers*each || f.count(t, `SELECT count(*) FROM events`) != 0 {
		t.Errorf("%d changes of %d, %d left", len(seen), writers*each, f.count(t, `SELECT count(*) FROM events`))
	}
}
