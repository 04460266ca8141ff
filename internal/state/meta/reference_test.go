package meta

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

func TestReferenceStoreGuards(t *testing.T) {
	f := newFixture(t)
	id := f.reference.StoreID
	if _, err := f.CreateReferenceStore(f.ctx, NewReferenceStore{ID: "2345678901", Account: AdminAccount, Name: "second",
		ARN: storeARN("2345678901")}); !errors.Is(err, ErrQuota) {
		t.Errorf("second store: %v", err)
	}
	f.account(t, other)
	if _, err := f.CreateReferenceStore(f.ctx, NewReferenceStore{ID: id, Account: other, Name: "theirs",
		ARN: "arn:theirs"}); !errors.Is(err, ErrIDTaken) {
		t.Errorf("a store with the id of another: %v", err)
	}
	if err := f.DeleteReferenceStore(f.ctx, "210987654321", id); !errors.Is(err, ErrNotFound) {
		t.Errorf("delete by another account: %v", err)
	}
	if err := f.DeleteReferenceStore(f.ctx, AdminAccount, id); !errors.Is(err, ErrInUse) {
		t.Errorf("delete of a store with a reference: %v", err)
	}
	f.dropReference(t, f.reference)
	job := f.startReferences(t, id, nil, "late")
	if err := f.DeleteReferenceStore(f.ctx, AdminAccount, id); !errors.Is(err, ErrInUse) {
		t.Errorf("delete of a store with a running job: %v", err)
	}
	c := must(f.ClaimReferenceSource(f.ctx, job.ID, 0))(t)
	must(f.FailReferenceSource(f.ctx, job.ID, 0, c.Source.Attempt, "no such file"))(t)
	if err := f.DeleteReferenceStore(f.ctx, AdminAccount, id); err != nil {
		t.Errorf("delete of an empty store: %v", err)
	}
	if _, err := f.ReferenceStore(f.ctx, AdminAccount, id); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted store: %v", err)
	}
}

func (f *fixture) dropReference(t *testing.T, r Reference) {
	t.Helper()
	if err := f.BeginDeleteReference(f.ctx, AdminAccount, r.StoreID, r.ID); err != nil {
		t.Fatal(err)
	}
	if ok := must(f.DropReference(f.ctx, r.ID))(t); !ok {
		t.Fatal("reference was not dropped")
	}
}

func (f *fixture) startReferences(t *testing.T, storeID string, token *ClientToken, names ...string) ReferenceJob {
	t.Helper()
	n := NewReferenceJob{ID: NewNumericID(), Account: AdminAccount, StoreID: storeID,
		RoleARN: "arn:aws:iam::123456789012:role/r", Max: 50, Token: token}
	for _, name := range names {
		n.Sources = append(n.Sources, ReferenceJobSource{From: Source{URI: "s3://bucket/" + name}, Name: name,
			ReferenceID: NewNumericID()})
	}
	return must(f.StartReferenceImportJob(f.ctx, n))(t)
}

func TestDeleteReferenceGuards(t *testing.T) {
	f := newFixture(t)
	r := f.reference
	s := f.store(t, "cohort")
	if err := f.BeginDeleteReference(f.ctx, AdminAccount, r.StoreID, r.ID); !errors.Is(err, ErrInUse) {
		t.Errorf("delete of a reference in use: %v", err)
	}
	if ok := must(f.DropReference(f.ctx, r.ID))(t); ok {
		t.Error("an ACTIVE reference was dropped")
	}
	if err := f.BeginDeleteStore(f.ctx, AdminAccount, Variants, "cohort", false); err != nil {
		t.Fatal(err)
	}
	must(f.dropVariants(s.ID))(t)
	if err := f.BeginDeleteReference(f.ctx, AdminAccount, r.StoreID, r.ID); err != nil {
		t.Fatal(err)
	}
	if left := must(f.DeletingReferences(f.ctx))(t); len(left) != 1 || left[0].ID != r.ID {
		t.Errorf("begun deletions: %+v", left)
	}
	if _, err := f.CreateStore(f.ctx, f.newStore("late")); !errors.Is(err, ErrNotFound) {
		t.Errorf("store over a reference being deleted: %v", err)
	}
	f.dropReference(t, r)
	if err := f.BeginDeleteReference(f.ctx, AdminAccount, r.StoreID, r.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("delete of a deleted reference: %v", err)
	}
}

func TestReferenceJobStatus(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct {
		fail []bool // per source
		want omics.ReferenceImportJobStatus
	}{
		{[]bool{false, false}, omics.ReferenceJobCompleted},
		{[]bool{true, false}, omics.ReferenceJobCompletedWithFailures},
		{[]bool{true, true}, omics.ReferenceJobFailed},
	} {
		job := f.startReferences(t, f.reference.StoreID, nil, "one", "two")
		for i, fail := range c.fail {
			first := must(f.ClaimReferenceSource(f.ctx, job.ID, i))(t).Source.Attempt
			claim := must(f.ClaimReferenceSource(f.ctx, job.ID, i))(t)
			if alive := must(f.SetReferenceProgress(f.ctx, job.ID, i, first, "x"))(t); alive {
				t.Error("a superseded attempt is alive")
			}
			if alive := must(f.SetReferenceProgress(f.ctx, job.ID, i, claim.Source.Attempt, "x"))(t); !alive {
				t.Error("the newest attempt is not alive")
			}
			end := func(attempt int) bool {
				if fail {
					return must(f.FailReferenceSource(f.ctx, job.ID, i, attempt, "bad base"))(t)
				}
				stored := StoredReference{ARN: referenceARN(job.StoreID, claim.Source.ReferenceID), MD5: "ab", SourceBytes: 1,
					IndexBytes: 1}
				return must(f.FinishReferenceSource(f.ctx, job.ID, i, attempt, stored))(t)
			}
			if end(first) {
				t.Error("a superseded attempt ended the source")
			}
			if j, _, err := f.ReferenceJob(f.ctx, AdminAccount, f.reference.StoreID, job.ID); err != nil ||
				j.Status != omics.ReferenceJobInProgress {
				t.Errorf("job is %s with an open source, %v", j.Status, err)
			}
			if !end(claim.Source.Attempt) {
				t.Error("the newest attempt did not end the source")
			}
			if end(claim.Source.Attempt) {
				t.Error("a final source ended again")
			}
			if c := must(f.ClaimReferenceSource(f.ctx, job.ID, i))(t); c != nil {
				t.Error("a final source was claimed")
			}
		}
		j, sources, err := f.ReferenceJob(f.ctx, AdminAccount, f.reference.StoreID, job.ID)
		if err != nil || j.Status != c.want || j.Completed == nil {
			t.Errorf("%v: job ended as %+v, %v", c.fail, j, err)
		}
		for i, s := range sources {
			_, err := f.Reference(f.ctx, AdminAccount, f.reference.StoreID, s.ReferenceID)
			if exists := err == nil; exists == c.fail[i] {
				t.Errorf("source %d failed %v, its reference exists %v", i, c.fail[i], exists)
			}
		}
	}
}

func TestReferenceQuotaCountsWhatIsBeingImported(t *testing.T) {
	f := newFixture(t) // one reference
	n := NewReferenceJob{ID: NewNumericID(), Account: AdminAccount, StoreID: f.reference.StoreID,
		Sources: []ReferenceJobSource{{From: Source{URI: "s3://b/r"}, Name: "abc", ReferenceID: NewNumericID()}}, Max: 2}
	must(f.StartReferenceImportJob(f.ctx, n))(t)
	if _, err := f.StartReferenceImportJob(f.ctx, n); !errors.Is(err, ErrQuota) {
		t.Errorf("past the limit: %v", err)
	}
	n.StoreID = "9999999999"
	if _, err := f.StartReferenceImportJob(f.ctx, n); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such store: %v", err)
	}
}

// The ids of a job and its references are the caller's; one that is taken is refused, also by what is still imported.
func TestReferenceIDsAreFree(t *testing.T) {
	f := newFixture(t)
	job := f.startReferences(t, f.reference.StoreID, nil, "one")
	_, sources, err := f.ReferenceJob(f.ctx, AdminAccount, f.reference.StoreID, job.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, ids := range [][]string{
		{job.ID, NewNumericID()}, {NewNumericID(), f.reference.ID}, {NewNumericID(), sources[0].ReferenceID},
		{NewNumericID(), "2345678901", "2345678901"}, {"3456789012", "3456789013", "3456789014"},
	} {
		n := NewReferenceJob{ID: ids[0], Account: AdminAccount, StoreID: f.reference.StoreID, Max: 50}
		for _, id := range ids[1:] {
			n.Sources = append(n.Sources, ReferenceJobSource{From: Source{URI: "s3://b/r"}, Name: "abc", ReferenceID: id})
		}
		made, err := f.StartReferenceImportJob(f.ctx, n)
		if free := ids[0] == "3456789012"; free != (err == nil) || !free && !errors.Is(err, ErrIDTaken) {
			t.Errorf("%v: %v", ids, err)
		}
		if err != nil {
			continue
		}
		_, sources, err := f.ReferenceJob(f.ctx, AdminAccount, f.reference.StoreID, made.ID)
		if err != nil || made.ID != ids[0] || sources[0].ReferenceID != ids[1] || sources[1].ReferenceID != ids[2] {
			t.Errorf("%v became %s, %+v, %v", ids, made.ID, sources, err)
		}
	}
}

func TestClientTokens(t *testing.T) {
	f := newFixture(t)
	at := fixedNow
	f.Now = func() time.Time { return at }
	token := func(request string) *ClientToken { return &ClientToken{Token: "t1", Request: []byte(request)} }
	first := f.startReferences(t, f.reference.StoreID, token("r1"), "one")
	if again := f.startReferences(t, f.reference.StoreID, token("r1"), "one"); again.ID != first.ID {
		t.Errorf("the same request made %s, then %s", first.ID, again.ID)
	}
	if _, err := f.StartReferenceImportJob(f.ctx, NewReferenceJob{Account: AdminAccount, StoreID: f.reference.StoreID,
		Max: 50, Token: token("r2")}); !errors.Is(err, ErrTokenMismatch) {
		t.Errorf("the token with another request: %v", err)
	}
	// A token of another operation is another token.
	if _, err := f.CreateReferenceStore(f.ctx, NewReferenceStore{ID: "2345678901", Account: AdminAccount, Name: "x",
		ARN: storeARN("2345678901"), Token: token("r1")}); !errors.Is(err, ErrQuota) {
		t.Errorf("the token with another operation: %v", err)
	}
	at = at.Add(25 * time.Hour)
	f.startReferences(t, f.reference.StoreID, &ClientToken{Token: "t2", Request: []byte("r")}, "two") // drops old tokens
	if later := f.startReferences(t, f.reference.StoreID, token("r1"), "one"); later.ID == first.ID {
		t.Error("a token is still good after a day")
	}
}

func TestReferenceLists(t *testing.T) {
	f := newFixture(t)
	at := fixedNow
	f.Now = func() time.Time { return at }
	var added []Reference
	for i := range 3 {
		at = fixedNow.Add(time.Duration(i) * time.Second)
		added = append(added, f.addReference(t, f.reference.StoreID, fmt.Sprintf("ref%d", i)))
	}
	// The API shows milliseconds: a shown time must find its row.
	shown := added[1].Created.Truncate(time.Millisecond)
	for _, c := range []struct {
		filter ReferenceFilter
		want   []string
	}{
		{ReferenceFilter{Name: "ref1"}, []string{"ref1"}},
		{ReferenceFilter{MD5: "none"}, nil},
		{ReferenceFilter{Created: CreatedFilter{After: &shown, Before: &shown}}, []string{"ref1"}},
		{ReferenceFilter{Created: CreatedFilter{Before: &shown}}, []string{"ref1", "ref0"}},
	} {
		var got []string
		for _, r := range must(f.References(f.ctx, AdminAccount, f.reference.StoreID, c.filter, Page{Limit: 9}))(t) {
			got = append(got, r.Name)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%+v: %s", c.filter, diff)
		}
	}
	if got := must(f.ReferenceStores(f.ctx, AdminAccount, "refs", CreatedFilter{}, Page{Limit: 9}))(t); len(got) != 1 {
		t.Errorf("stores %+v", got)
	}
	if got := must(f.ReferenceStores(f.ctx, AdminAccount, "other", CreatedFilter{}, Page{Limit: 9}))(t); len(got) != 0 {
		t.Errorf("stores %+v", got)
	}
	if got := must(f.ReferenceJobs(f.ctx, f.reference.StoreID, omics.ReferenceJobFailed, CreatedFilter{},
		Page{Limit: 9}))(t); len(got) != 0 {
		t.Errorf("failed jobs %+v", got)
	}
	if got := must(f.ReferenceJobs(f.ctx, f.reference.StoreID, "", CreatedFilter{After: &shown},
		Page{Limit: 9}))(t); len(got) < 2 {
		t.Errorf("jobs %+v", got)
	}
}

func TestTags(t *testing.T) {
	f := newFixture(t)
	arn := f.reference.ARN
	if diff := cmp.Diff(map[string]string{"build": "38"}, must(f.Tags(f.ctx, AdminAccount, arn))(t)); diff != "" {
		t.Errorf("tags given to the import: %s", diff)
	}
	many := map[string]string{}
	for i := range MaxTags - 1 {
		many[fmt.Sprint("k", i)] = "v"
	}
	if err := f.SetTags(f.ctx, AdminAccount, arn, many); err != nil {
		t.Errorf("tags up to the limit: %v", err)
	}
	if err := f.SetTags(f.ctx, AdminAccount, arn, map[string]string{"k0": "changed"}); err != nil {
		t.Errorf("new value at the limit: %v", err)
	}
	if err := f.SetTags(f.ctx, AdminAccount, arn, map[string]string{"one too many": ""}); !errors.Is(err, ErrQuota) {
		t.Errorf("past the limit: %v", err)
	}
	if got := must(f.Tags(f.ctx, AdminAccount, arn))(t); len(got) != MaxTags || got["k0"] != "changed" {
		t.Errorf("%d tags, k0=%q", len(got), got["k0"])
	}
	if err := f.RemoveTags(f.ctx, AdminAccount, arn, []string{"k1", "unknown"}); err != nil {
		t.Error(err)
	}
	if got := must(f.Tags(f.ctx, AdminAccount, arn))(t); len(got) != MaxTags-1 {
		t.Errorf("%d tags after a removal", len(got))
	}
	for _, account := range []string{AdminAccount, "210987654321"} {
		unknown := arn
		if account == AdminAccount {
			unknown += "0"
		}
		if _, err := f.Tags(f.ctx, account, unknown); !errors.Is(err, ErrNotFound) {
			t.Errorf("tags of %s for %s: %v", unknown, account, err)
		}
		if err := f.RemoveTags(f.ctx, account, unknown, nil); !errors.Is(err, ErrNotFound) {
			t.Errorf("removal from %s for %s: %v", unknown, account, err)
		}
	}
}
