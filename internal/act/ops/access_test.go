package ops

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/varlake/varlake/internal/state/access"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// tables are what a caller can query.
func (f *fixture) tables(t *testing.T, ctx context.Context) []meta.Table {
	t.Helper()
	tables, err := f.access.Tables(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

func (f *fixture) read(t *testing.T, ctx context.Context, tables ...meta.Table) *access.Reading {
	t.Helper()
	r, err := f.access.Read(ctx, tables)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// revoked wants a reading that has been ended, by the time that this is called.
func revoked(t *testing.T, what string, r *access.Reading) {
	t.Helper()
	endedBy(t, what, access.ErrRevoked, r)
}

func endedBy(t *testing.T, what string, cause error, r *access.Reading) {
	t.Helper()
	if r.Err() == nil || !errors.Is(context.Cause(r), cause) {
		t.Errorf("%s: the reading's end is %v, cause %v", what, r.Err(), context.Cause(r))
	}
}

func goesOn(t *testing.T, what string, r *access.Reading) {
	t.Helper()
	if r.Err() != nil {
		t.Errorf("%s: the reading ended, cause %v", what, context.Cause(r))
	}
}

// TestRevokedShareEndsReadings: before they begin and while they are.
func TestRevokedShareEndsReadings(t *testing.T) {
	f := newFixture(t)
	f.limits.SharesPerStore = 9
	owner, subscriber, third := f.stranger(), f.ctx, omics.WithCaller(context.Background(),
		omics.Caller{Account: "333333333333"})
	theirs, kept := f.annotations(t, owner, "theirs", omics.FormatVCF), f.annotations(t, owner, "kept", omics.FormatVCF)
	f.annotations(t, subscriber, "mine", omics.FormatVCF)
	id := f.share(t, owner, theirs.StoreArn, subscriber)
	f.share(t, owner, kept.StoreArn, subscriber)
	f.share(t, owner, theirs.StoreArn, third)
	all := f.tables(t, subscriber) // mine, kept, theirs
	if len(all) != 3 || all[2].ShareID != id {
		t.Fatalf("tables %+v", all)
	}
	every, one, elsewhere, mine := f.read(t, subscriber, all...), f.read(t, subscriber, all[2]), f.read(t, subscriber,
		all[1]), f.read(t, subscriber, all[0])
	nothing := f.read(t, subscriber)
	ofOwner, ofThird := f.read(t, owner, f.tables(t, owner)...), f.read(t, third, f.tables(t, third)...)

	call(t, f.DeleteShare, owner, &omics.DeleteShareIn{ShareID: id})
	revoked(t, "of all tables", every)
	revoked(t, "of the shared table", one)
	for what, r := range map[string]*access.Reading{"of another shared table": elsewhere, "of a table of one's own": mine,
		"of nothing": nothing, "of the owner": ofOwner, "of another subscriber": ofThird} {
		goesOn(t, what, r)
	}
	if r, err := f.access.Read(subscriber, all); !errors.Is(err, access.ErrRevoked) || r != nil {
		t.Errorf("a reading that begins after: %v", err)
	}
	if _, err := f.access.Read(owner, all); !errors.Is(err, access.ErrRevoked) { // what is the owner's, but not as a share
		t.Errorf("a reading of what another caller was given: %v", err)
	}
	// Shared anew, it is another right: what was found under the old share stays revoked.
	if err := f.db.EndShare(f.ctx, id); err != nil {
		t.Fatal(err)
	}
	f.share(t, owner, theirs.StoreArn, subscriber)
	if _, err := f.access.Read(subscriber, all); !errors.Is(err, access.ErrRevoked) {
		t.Errorf("a reading of tables from before: %v", err)
	}
	f.read(t, subscriber, f.tables(t, subscriber)...)
}

func TestDeletionEndsReadings(t *testing.T) {
	f := newFixture(t)
	owner, subscriber := f.ctx, f.stranger()
	variants := f.store(t, "cohort")
	annotations := f.annotations(t, owner, "clinvar", omics.FormatVCF)
	f.version(t, owner, "clinvar", "v_2")
	f.share(t, owner, variants.StoreArn, subscriber)
	f.share(t, owner, annotations.StoreArn, subscriber)
	all := f.tables(t, owner) // clinvar, clinvar__v_2, cohort
	shared := f.tables(t, subscriber)
	if len(all) != 3 || len(shared) != 3 || all[1].Name != "clinvar__v_2" {
		t.Fatalf("tables %+v and %+v", all, shared)
	}
	readings := func(i int) []*access.Reading {
		return []*access.Reading{f.read(t, owner, all[i]), f.read(t, subscriber, shared[i])}
	}
	first, second, cohort := readings(0), readings(1), readings(2)
	check := func(what string, ended, going [][]*access.Reading) {
		t.Helper()
		for _, rs := range ended {
			for _, r := range rs {
				endedBy(t, what, access.ErrDeleted, r)
			}
		}
		for _, rs := range going {
			for _, r := range rs {
				goesOn(t, what, r)
			}
		}
	}
	call(t, f.DeleteAnnotationStoreVersions, owner, &omics.DeleteAnnotationStoreVersionsIn{Name: "clinvar",
		Versions: []string{"v_2"}})
	check("version deleted", [][]*access.Reading{second}, [][]*access.Reading{first, cohort})
	call(t, f.DeleteAnnotationStore, owner, &omics.DeleteAnnotationStoreIn{Name: "clinvar"})
	check("annotation store deleted", [][]*access.Reading{first}, [][]*access.Reading{cohort})
	call(t, f.DeleteVariantStore, owner, &omics.DeleteVariantStoreIn{Name: "cohort"})
	check("variant store deleted", [][]*access.Reading{cohort}, nil)
}

// TestRefusedDeletionEndsNothing of what is read.
func TestRefusedDeletionEndsNothing(t *testing.T) {
	f := newFixture(t)
	f.annotations(t, f.ctx, "clinvar", omics.FormatVCF)
	r := f.read(t, f.ctx, f.tables(t, f.ctx)...)
	call(t, f.StartAnnotationImportJob, f.ctx, startAnnotationIn("clinvar"))
	refused(t, "DeleteAnnotationStore", f.DeleteAnnotationStore, f.ctx, &omics.DeleteAnnotationStoreIn{Name: "clinvar"},
		omics.CodeConflict)
	if out := call(t, f.DeleteAnnotationStoreVersions, f.ctx, &omics.DeleteAnnotationStoreVersionsIn{Name: "clinvar",
		Versions: []string{"clinvar"}}); len(out.Errors) != 1 {
		t.Errorf("errors %+v", out.Errors)
	}
	goesOn(t, "refused", r)
}

func TestReadingEndsByItself(t *testing.T) {
	f := newFixture(t)
	f.annotations(t, f.ctx, "clinvar", omics.FormatVCF)
	tables := f.tables(t, f.ctx)
	closed := f.read(t, f.ctx, tables...)
	closed.Close()
	if !errors.Is(context.Cause(closed), context.Canceled) || errors.Is(context.Cause(closed), access.ErrDeleted) {
		t.Errorf("cause of a closed reading's end: %v", context.Cause(closed))
	}
	gone := errors.New("gone")
	parent, cancel := context.WithCancelCause(f.ctx)
	client := f.read(t, parent, tables...)
	cancel(gone)
	call(t, f.DeleteAnnotationStore, f.ctx, &omics.DeleteAnnotationStoreIn{Name: "clinvar"})
	// the first cause stays
	for what, r := range map[string]*access.Reading{"closed": closed, "whose client went": client} {
		if errors.Is(context.Cause(r), access.ErrDeleted) {
			t.Errorf("a reading %s was ended by the deletion", what)
		}
	}
	client.Close()
	client.Close() // harmless
	if n := f.access.Len(); n != 0 {
		t.Errorf("%d readings are still known", n)
	}
}

// TestUnreadableStateAllowsNothing: when rights cannot be looked up, there are none.
func TestUnreadableStateAllowsNothing(t *testing.T) {
	f := newFixture(t)
	f.annotations(t, f.ctx, "clinvar", omics.FormatVCF)
	tables := f.tables(t, f.ctx)
	r := f.read(t, f.ctx, tables...)
	if err := f.db.Close(); err != nil {
		t.Fatal(err)
	}
	f.access.Changed()
	revoked(t, "after a change that cannot be looked at", r)
	if _, err := f.access.Read(f.ctx, tables); err == nil || errors.Is(err, access.ErrRevoked) {
		t.Errorf("a new reading: %v, want the reason", err)
	}
	r.Close()
	if n := f.access.Len(); n != 0 {
		t.Errorf("%d readings are still known", n)
	}
}

// TestNoReadingOutlivesAShare: however a query's beginning and the end of its share fall together, when both calls have
// returned the query was refused or has been ended.
func TestNoReadingOutlivesAShare(t *testing.T) {
	f := newFixture(t)
	owner, subscriber := f.stranger(), f.ctx
	store := f.annotations(t, owner, "theirs", omics.FormatVCF)
	for range 30 {
		id := f.share(t, owner, store.StoreArn, subscriber)
		tables := f.tables(t, subscriber)
		var wg sync.WaitGroup
		var r *access.Reading
		var read, remove error
		wg.Go(func() { r, read = f.access.Read(subscriber, tables) })
		wg.Go(func() { _, remove = f.DeleteShare(owner, &omics.DeleteShareIn{ShareID: id}) })
		wg.Wait()
		switch {
		case remove != nil:
			t.Fatal(remove)
		case errors.Is(read, access.ErrRevoked): // never began
		case read != nil:
			t.Fatal(read)
		default:
			revoked(t, "begun with the share's end", r)
			r.Close()
		}
		if err := f.db.EndShare(f.ctx, id); err != nil {
			t.Fatal(err)
		}
	}
}
