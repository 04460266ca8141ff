package work

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

const role = "arn:aws:iam::123456789012:role/r"

// turnsWorld is a state of two accounts, each with a reference store and an ACTIVE variant store, and what its jobs are
// called in tests.
type turnsWorld struct {
	*testing.T
	db     *meta.DB
	turns  *turns
	stores map[string]string // account → reference store
	names  map[string]string // job → name
	queued int64             // jobs of the queue so far
}

const first, second = meta.AdminAccount, "210987654321"

func newTurnsWorld(t *testing.T) *turnsWorld {
	t.Helper()
	db, err := meta.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w := &turnsWorld{T: t, db: db, turns: newTurns(db, meta.ImportWork, false), stores: map[string]string{},
		names: map[string]string{}}
	for _, account := range []string{first, second} {
		_, err := db.CreateAccessKey(t.Context(), meta.NewAccessKey(account, "test", ""))
		w.must(err)
		storeID := meta.NewNumericID()
		store, err := db.CreateReferenceStore(t.Context(), meta.NewReferenceStore{
			ID: storeID, Account: account, Name: "refs", ARN: omics.ReferenceStoreARN("us-east-1", account, storeID),
		})
		w.must(err)
		w.stores[account] = store.ID
		job := w.reference(account, "reference", 1)
		claim, err := db.ClaimReferenceSource(t.Context(), job, 0)
		w.must(err)
		arn := omics.ReferenceARN("us-east-1", account, store.ID, claim.Source.ReferenceID)
		_, err = db.FinishReferenceSource(t.Context(), job, 0, claim.Source.Attempt,
			meta.StoredReference{ARN: arn, MD5: "d41d"})
		w.must(err)
		id := meta.NewStoreID()
		_, err = db.CreateStore(t.Context(), meta.NewStore{
			ID: id, Account: account, Kind: meta.Variants, Name: "cohort", ARN: omics.VariantStoreARN("us-east-1", account,
				"cohort"), Max: 10,
			ReferenceARN: arn, Format: omics.FormatVCF, Table: meta.NewTable{ID: id, Location: "/data/tables/" + id},
		})
		w.must(err)
		_, err = db.ActivateTable(t.Context(), id, "m0")
		w.must(err)
	}
	return w
}

func (w *turnsWorld) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// start starts an import job of so many files. Its queue jobs are the worker's turns.
func (w *turnsWorld) start(account, name string, files int) string {
	w.Helper()
	job, err := w.db.StartImportJob(w.Context(), meta.NewImportJob{ID: meta.NewJobID(),
		Account: account, Kind: meta.Variants, StoreName: "cohort", RoleARN: role, Max: 9,
		Sources: slices.Repeat([]meta.Source{{URI: "s3://b/k"}}, files),
	})
	w.must(err)
	w.names[job.ID] = name
	return job.ID
}

// reference starts a reference import job of so many sources.
func (w *turnsWorld) reference(account, name string, sources int) string {
	w.Helper()
	list := make([]meta.ReferenceJobSource, sources)
	for i := range list {
		list[i] = meta.ReferenceJobSource{From: meta.Source{URI: "s3://b/ref.fa"}, Name: fmt.Sprint(name, i),
			ReferenceID: meta.NewNumericID()}
	}
	job, err := w.db.StartReferenceImportJob(w.Context(), meta.NewReferenceJob{ID: meta.NewNumericID(),
		Account: account, StoreID: w.stores[account], RoleARN: role, Sources: list, Max: 50})
	w.must(err)
	w.names[job.ID] = name
	return job.ID
}

// begin lets a worker take a turn: a name such as "a/0", of job and file, or "" when there is none.
func (w *turnsWorld) begin() (queued int64, name string) {
	w.Helper()
	w.queued++
	part, ok, err := w.turns.take(w.Context(), w.queued)
	w.must(err)
	if !ok {
		return w.queued, ""
	}
	return w.queued, fmt.Sprintf("%s/%d", w.names[part.JobID], part.Part)
}

// end lets a worker's turn end with its file imported.
func (w *turnsWorld) end(queued int64) {
	w.Helper()
	w.must(w.turns.do(w.Context(), queued, func(ctx context.Context, jobID string, item int) error {
		claim, err := w.db.ClaimItem(ctx, jobID, item)
		if err != nil || claim == nil {
			return errors.Join(err, errors.New("nothing to claim"))
		}
		ok, err := w.db.FinishItem(ctx, jobID, item, claim.Item.Attempt, meta.ItemResult{Status: omics.JobCompleted})
		if err == nil && !ok {
			err = errors.New("the attempt was superseded")
		}
		return err
	}))
}

// one takes a turn and ends it.
func (w *turnsWorld) one() string {
	w.Helper()
	queued, name := w.begin()
	if name != "" {
		w.end(queued)
	}
	return name
}

// TestTurnsOfAccounts: an account's one file does not wait behind another's many.
func TestTurnsOfAccounts(t *testing.T) {
	w := newTurnsWorld(t)
	w.start(first, "many", 20)
	one, _ := w.begin()
	two, _ := w.begin()
	w.start(second, "one", 1)
	w.end(one)
	if _, name := w.begin(); name != "one/0" {
		t.Errorf("the next turn is %s, want that of the account which has none", name)
	}
	w.end(two)
	if _, name := w.begin(); name != "many/2" {
		t.Errorf("and then %s", name)
	}

	// With one worker each has every second turn.
	w = newTurnsWorld(t)
	w.start(first, "a", 3)
	w.start(second, "b", 3)
	var order []string
	for range 7 {
		order = append(order, w.one())
	}
	if diff := cmp.Diff([]string{"a/0", "b/0", "a/1", "b/1", "a/2", "b/2", ""}, order); diff != "" {
		t.Errorf("turns (-want +got):\n%s", diff)
	}
}

// TestTurnsOfJobs: of an account's jobs the one with the least left comes first, and the oldest is not forgotten.
func TestTurnsOfJobs(t *testing.T) {
	w := newTurnsWorld(t)
	w.start(first, "large", 20)
	w.one()
	w.start(first, "small", 2)
	w.start(first, "middle", 5)
	var order []string
	for range 8 {
		order = append(order, w.one())
	}
	want := []string{"small/0", "small/1", "large/1", "middle/0", "middle/1", "middle/2", "large/2", "middle/3"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("turns (-want +got):\n%s", diff)
	}
}

// TestTurnsReadEveryFileOnce: with jobs of every size, cancels, and turns that are tried again, as many turns as files
// are enough.
func TestTurnsReadEveryFileOnce(t *testing.T) {
	w := newTurnsWorld(t)
	sizes := map[string]int{"a": 7, "b": 1, "c": 3, "d": 9}
	read := map[string]int{}
	gone := ""
	for _, name := range []string{"a", "b", "c", "d"} {
		id := w.start(map[string]string{"a": first, "b": second, "c": second, "d": first}[name], name, sizes[name])
		if name == "d" {
			gone = id
		}
	}
	var running []int64
	failed, failedName := w.begin()
	fails := func(context.Context, string, int) error { return errors.ErrUnsupported }
	if err := w.turns.do(w.Context(), failed, fails); !errors.Is(err, errors.ErrUnsupported) {
		t.Fatal(err)
	}
	w.must(w.db.CancelImportJob(t.Context(), first, meta.Variants, gone))
	for range 19 { // every turn but the one that failed
		if queued, name := w.begin(); name != "" {
			read[name]++
			running = append(running, queued)
		}
	}
	if read[failedName] != 0 {
		t.Errorf("%s, which waits to be tried again, was taken by another turn", failedName)
	}
	for _, queued := range running {
		w.end(queued)
	}
	if part, ok, err := w.turns.take(t.Context(), failed); !ok || err != nil ||
		fmt.Sprintf("%s/%d", w.names[part.JobID], part.Part) != failedName {
		t.Errorf("tried again: %v, %v, %v, want %s", part, ok, err, failedName)
	}
	w.end(failed)
	read[failedName]++
	want := map[string]int{}
	for name, size := range sizes {
		for i := range size {
			if name != "d" {
				want[fmt.Sprintf("%s/%d", name, i)] = 1
			}
		}
	}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if len(w.turns.taken) != 0 {
		t.Errorf("%d turns are not given back", len(w.turns.taken))
	}
}

// TestTurnsAfterACrash: files that a dead process was reading are taken again.
func TestTurnsAfterACrash(t *testing.T) {
	w := newTurnsWorld(t)
	w.start(first, "a", 2)
	for range 2 {
		queued, name := w.begin()
		part := w.turns.taken[queued]
		claim, err := w.db.ClaimItem(t.Context(), part.JobID, part.Part.Part)
		w.must(err)
		if claim == nil {
			t.Fatalf("%s was not claimed", name)
		}
	}
	w.turns = newTurns(w.db, meta.ImportWork, false)
	if got := []string{w.one(), w.one(), w.one()}; got[0] != "a/0" || got[1] != "a/1" || got[2] != "" {
		t.Errorf("turns are %q", got)
	}
}

// TestTurnsOfReferences: sources of references take turns likewise.
func TestTurnsOfReferences(t *testing.T) {
	w := newTurnsWorld(t)
	w.turns = newTurns(w.db, meta.ReferenceWork, false)
	w.reference(first, "a", 3)
	w.reference(second, "b", 1)
	var order []string
	for range 5 {
		_, name := w.begin()
		order = append(order, name)
	}
	if diff := cmp.Diff([]string{"a/0", "b/0", "a/1", "a/2", ""}, order); diff != "" {
		t.Errorf("turns (-want +got):\n%s", diff)
	}
}

// A turn made for one job may go to a file of another. When that is cancelled, the turns made for it are the first
// one's.
func TestTurnsOutlastACancelledJob(t *testing.T) {
	w := newTurnsWorld(t)
	w.start(first, "a", 1)
	b := w.start(second, "b", 1)
	count := func() (turns int) {
		w.must(w.db.Writer().QueryRowContext(t.Context(),
			`SELECT count(*) FROM river_job WHERE kind = ? AND state = 'available'`, meta.ImportItemArgs{}.Kind()).Scan(&turns))
		return turns
	}
	if got := count(); got != 2 {
		t.Fatalf("%d turns for 2 files", got)
	}
	w.must(w.db.CancelImportJob(t.Context(), second, meta.Variants, b))
	if got := count(); got < 2 { // one of them may be under way with b's file
		t.Errorf("%d turns are left after one of two jobs was cancelled", got)
	}
}
