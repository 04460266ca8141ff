package meta

import (
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

const third = "111111111111"

func (f *fixture) shareStatus(t testing.TB, id string) omics.ShareStatus {
	t.Helper()
	s, err := one(f.reader.QueryRowContext(f.ctx, `SELECT `+shareColumns+` FROM shares WHERE id = ?`, id), scanShare)
	if errors.Is(err, ErrNotFound) {
		return "none"
	}
	return must(s, err)(t).Status
}

func TestShareFromOfferToEnd(t *testing.T) {
	f := newFixture(t)
	f.Now = func() time.Time { return fixedNow }
	store := f.store(t, "cohort")
	s := must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: AdminAccount, Subscriber: other, ARN: store.ARN,
		Name: "to-you", Max: 1}))(t)
	want := Share{Seq: s.Seq, ID: s.ID, Owner: AdminAccount, Subscriber: other, Kind: omics.ShareVariantStore,
		StoreID: store.ID, ARN: store.ARN, Name: "to-you",
		Status: omics.SharePending, Created: fixedNow, Updated: fixedNow}
	if diff := cmp.Diff(want, s); diff != "" || !regexp.MustCompile(`^[0-9a-f]{32}-[0-9a-f]{32}$`).MatchString(s.ID) {
		t.Errorf("offered with id %s: %s", s.ID, diff)
	}
	for _, account := range []string{AdminAccount, other} {
		if got := must(f.Share(f.ctx, account, s.ID))(t); !cmp.Equal(got, s) {
			t.Errorf("account %s sees %+v", account, got)
		}
	}
	if _, err := f.Share(f.ctx, third, s.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("a stranger's look: %v", err)
	}
	if err := f.ActivateShare(f.ctx, s.ID); err != nil || f.shareStatus(t, s.ID) != omics.SharePending {
		t.Errorf("activation of what is not accepted: %v, %s", err, f.shareStatus(t, s.ID))
	}
	if err := f.EndShare(f.ctx, s.ID); err != nil || f.shareStatus(t, s.ID) != omics.SharePending {
		t.Errorf("end of what is not being deleted: %v, %s", err, f.shareStatus(t, s.ID))
	}
	for _, account := range []string{AdminAccount, third} {
		if _, err := f.AcceptShare(f.ctx, account, s.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("accepted by %s: %v", account, err)
		}
	}
	if got := must(f.AcceptShare(f.ctx, other, s.ID))(t); got.Status != omics.ShareActivating ||
		f.queued(t, "activate_share") != 1 {
		t.Errorf("accepted as %s, %d queue jobs", got.Status, f.queued(t, "activate_share"))
	}
	if _, err := f.AcceptShare(f.ctx, other, s.ID); !errors.Is(err, ErrFinal) || f.queued(t, "activate_share") != 1 {
		t.Errorf("accepted twice: %v, %d queue jobs", err, f.queued(t, "activate_share"))
	}
	if tables := must(f.Tables(f.ctx, other))(t); len(tables) != 0 {
		t.Errorf("a share that is not ACTIVE gives %+v", tables)
	}
	for range 2 { // the second time is harmless
		if err := f.ActivateShare(f.ctx, s.ID); err != nil || f.shareStatus(t, s.ID) != omics.ShareActive {
			t.Errorf("activated %v, %s", err, f.shareStatus(t, s.ID))
		}
	}
	if tables := must(f.Tables(f.ctx, other))(t); len(tables) != 1 || tables[0].ShareID != s.ID {
		t.Errorf("an ACTIVE share gives %+v", tables)
	}
	if _, err := f.BeginDeleteShare(f.ctx, third, s.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted by a stranger: %v", err)
	}
	for _, account := range []string{other, AdminAccount} { // either side may; the second time is harmless
		if got := must(f.BeginDeleteShare(f.ctx, account, s.ID))(t); got.Status != omics.ShareDeleting ||
			f.queued(t, "delete_share") != 1 {
			t.Errorf("deleted by %s as %s, %d queue jobs", account, got.Status, f.queued(t, "delete_share"))
		}
	}
	if tables := must(f.Tables(f.ctx, other))(t); len(tables) != 0 {
		t.Errorf("a share that is being deleted gives %+v", tables)
	}
	if err := f.ActivateShare(f.ctx, s.ID); err != nil || f.shareStatus(t, s.ID) != omics.ShareDeleting {
		t.Errorf("activation of what is being deleted: %v, %s", err, f.shareStatus(t, s.ID))
	}
	for range 2 {
		if err := f.EndShare(f.ctx, s.ID); err != nil || f.shareStatus(t, s.ID) != omics.ShareDeleted {
			t.Errorf("ended %v, %s", err, f.shareStatus(t, s.ID))
		}
	}
	if _, err := f.BeginDeleteShare(f.ctx, AdminAccount, s.ID); !errors.Is(err, ErrFinal) {
		t.Errorf("delete of a DELETED share: %v", err)
	}
	if _, err := f.AcceptShare(f.ctx, other, s.ID); !errors.Is(err, ErrFinal) {
		t.Errorf("accept of a DELETED share: %v", err)
	}
	// A share that ended counts no more.
	must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: AdminAccount, Subscriber: other, ARN: store.ARN,
		Max: 1}))(t)
}

func TestCreateShareGuards(t *testing.T) {
	f := newFixture(t)
	f.account(t, other)
	store, annotations := f.store(t, "cohort"), f.annotations(t, AdminAccount, "clinvar")
	create := func(owner, subscriber, arn string, max int) error {
		s, err := f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: owner, Subscriber: subscriber, ARN: arn, Max: max})
		if err == nil && s.Kind == "" {
			t.Errorf("share %+v", s)
		}
		return err
	}
	making := must(f.CreateStore(f.ctx, f.newStore("making")))(t)
	deleting := f.annotations(t, AdminAccount, "deleting")
	if err := f.BeginDeleteStore(f.ctx, AdminAccount, Annotations, "deleting", false); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		owner, arn string
		want       error
	}{
		"no store":            {AdminAccount, store.ARN + "x", ErrNotFound},
		"another account's":   {other, store.ARN, ErrNotFound},
		"a version":           {AdminAccount, f.getVersion(t, AdminAccount, "clinvar", "clinvar").ARN, ErrNotFound},
		"a reference":         {AdminAccount, f.reference.ARN, ErrNotFound},
		"store in the making": {AdminAccount, making.ARN, ErrNotActive},
		"store being deleted": {AdminAccount, deleting.ARN, ErrNotFound},
	} {
		if err := create(c.owner, third, c.arn, 9); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for _, arn := range []string{store.ARN, annotations.ARN} {
		if err := create(AdminAccount, other, arn, 2); err != nil {
			t.Fatal(err)
		}
		if err := create(AdminAccount, other, arn, 2); !errors.Is(err, ErrExists) {
			t.Errorf("shared twice: %v", err)
		}
		if err := create(AdminAccount, third, arn, 1); !errors.Is(err, ErrQuota) {
			t.Errorf("past the limit: %v", err)
		}
		if err := create(AdminAccount, third, arn, 2); err != nil { // nobody has a key of the account yet
			t.Error(err)
		}
	}
}

// TestOneLiveShare holds the table itself to it, whatever a caller forgets.
func TestOneLiveShare(t *testing.T) {
	f := newFixture(t)
	store := f.store(t, "cohort")
	s := must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: AdminAccount, Subscriber: other, ARN: store.ARN,
		Max: 9}))(t)
	double := func(status string) error {
		_, err := f.writer.ExecContext(f.ctx, `INSERT INTO shares (id, owner, subscriber, kind, store, arn, name, status, created, updated)
			SELECT ?, owner, subscriber, kind, store, arn, name, ?, created, updated FROM shares WHERE id = ?`, NewShareID(), status, s.ID)
		return err
	}
	for _, status := range []string{"PENDING", "ACTIVATING", "ACTIVE", "DELETING"} {
		if err := double(status); err == nil {
			t.Errorf("a second share %s beside one PENDING", status)
		}
	}
	for _, status := range []string{"DELETED", "FAILED", "DELETED"} {
		if err := double(status); err != nil {
			t.Errorf("a record of one %s: %v", status, err)
		}
	}
}

// TestShareOfAStoreThatIsGone: what makes an activation fail, should the store go without ending its shares.
func TestShareOfAStoreThatIsGone(t *testing.T) {
	f := newFixture(t)
	store := f.store(t, "cohort")
	s := must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: AdminAccount, Subscriber: other, ARN: store.ARN,
		Max: 1}))(t)
	must(f.AcceptShare(f.ctx, other, s.ID))(t)
	if _, err := f.writer.Exec(`UPDATE stores SET status = 'UPDATING'`); err != nil {
		t.Fatal(err)
	}
	if err := f.ActivateShare(f.ctx, s.ID); err != nil {
		t.Fatal(err)
	}
	if got := must(f.Share(f.ctx, other, s.ID))(t); got.Status != omics.ShareFailed ||
		got.StatusMessage != "The shared store is not ACTIVE." {
		t.Errorf("activated as %+v", got)
	}
	if got := must(f.BeginDeleteShare(f.ctx, other, s.ID))(t); got.Status != omics.ShareDeleting {
		t.Errorf("delete of a FAILED share: %+v", got)
	}
}

func TestDeletedStoreEndsItsShares(t *testing.T) {
	f := newFixture(t)
	f.account(t, other)
	store, annotations, kept := f.store(t, "cohort"), f.annotations(t, AdminAccount, "clinvar"), f.store(t, "kept")
	states := map[omics.ShareStatus]string{}
	for i, status := range []omics.ShareStatus{omics.SharePending, omics.ShareActivating, omics.ShareActive,
		omics.ShareDeleting} {
		subscriber := []string{other, third, "222222222222", "333333333333"}[i]
		s := must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: AdminAccount, Subscriber: subscriber, ARN: store.ARN,
			Max: 9}))(t)
		states[status] = s.ID
		if _, err := f.writer.Exec(`UPDATE shares SET status = ? WHERE id = ?`, string(status), s.ID); err != nil {
			t.Fatal(err)
		}
	}
	ofAnnotations, ofKept := f.share(t, annotations.ARN, AdminAccount, other), f.share(t, kept.ARN, AdminAccount, other)
	if err := errors.Join(f.BeginDeleteStore(f.ctx, AdminAccount, Variants, "cohort", false),
		f.BeginDeleteStore(f.ctx, AdminAccount, Annotations, "clinvar", false)); err != nil {
		t.Fatal(err)
	}
	for was, id := range states {
		if got := must(f.Share(f.ctx, AdminAccount, id))(t); got.Status != omics.ShareDeleted ||
			got.StatusMessage != "The store was deleted." {
			t.Errorf("a share that was %s: %+v", was, got)
		}
	}
	if got := f.shareStatus(t, ofAnnotations.ID); got != omics.ShareDeleted {
		t.Errorf("the share of the annotation store is %s", got)
	}
	if got := f.shareStatus(t, ofKept.ID); got != omics.ShareActive {
		t.Errorf("the share of another store is %s", got)
	}
	// What the queue still holds finds its guards closed.
	if err := errors.Join(f.ActivateShare(f.ctx, states[omics.ShareActivating]),
		f.EndShare(f.ctx, states[omics.ShareDeleting])); err != nil {
		t.Fatal(err)
	}
	if got := f.shareStatus(t, states[omics.ShareActivating]); got != omics.ShareDeleted {
		t.Errorf("a late activation made it %s", got)
	}
}

func TestEndedSharesAreForgottenAfterADay(t *testing.T) {
	f := newFixture(t)
	at := fixedNow
	f.Now = func() time.Time { return at }
	store := f.store(t, "cohort")
	end := func(subscriber string) string {
		s := f.share(t, store.ARN, AdminAccount, subscriber)
		must(f.BeginDeleteShare(f.ctx, AdminAccount, s.ID))(t)
		if err := f.EndShare(f.ctx, s.ID); err != nil {
			t.Fatal(err)
		}
		return s.ID
	}
	live, first := f.share(t, store.ARN, AdminAccount, third), end(other)
	at = at.Add(shareLife)
	second := end(other)
	if got := f.shareStatus(t, first); got != omics.ShareDeleted {
		t.Errorf("after a day the share is %s", got)
	}
	at = at.Add(time.Microsecond)
	end(other)
	if got := f.shareStatus(t, first); got != "none" {
		t.Errorf("after more than a day the share is %s", got)
	}
	if _, err := f.BeginDeleteShare(f.ctx, AdminAccount, first); !errors.Is(err, ErrNotFound) {
		t.Errorf("delete of a forgotten share: %v", err)
	}
	if got := f.shareStatus(t, second); got != omics.ShareDeleted {
		t.Errorf("a share that ended lately is %s", got)
	}
	if got := f.shareStatus(t, live.ID); got != omics.ShareActive {
		t.Errorf("a live share is %s", got)
	}
}

func TestListShares(t *testing.T) {
	f := newFixture(t)
	f.account(t, other)
	store, annotations, theirs := f.store(t, "cohort"), f.annotations(t, AdminAccount, "clinvar"), f.annotations(t,
		other, "theirs")
	a := f.share(t, store.ARN, AdminAccount, other)
	b := must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: AdminAccount, Subscriber: third, ARN: annotations.ARN,
		Max: 9}))(t)
	c := must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: other, Subscriber: AdminAccount, ARN: theirs.ARN,
		Max: 9}))(t)
	list := func(account string, mine bool, filter ShareFilter, p Page) (ids []string) {
		for _, s := range must(f.Shares(f.ctx, account, mine, filter, p))(t) {
			ids = append(ids, s.ID)
		}
		return ids
	}
	all := Page{Limit: 9}
	for _, c := range []struct{ got, want []string }{
		{list(AdminAccount, true, ShareFilter{}, all), []string{b.ID, a.ID}},
		{list(AdminAccount, true, ShareFilter{}, Page{Limit: 1}), []string{b.ID}},
		{list(AdminAccount, true, ShareFilter{}, Page{Limit: 1, Before: b.Seq}), []string{a.ID}},
		{list(AdminAccount, false, ShareFilter{}, all), []string{c.ID}},
		{list(other, false, ShareFilter{}, all), []string{a.ID}},
		{list(third, true, ShareFilter{}, all), nil},
		{list(AdminAccount, true, ShareFilter{ARNs: []string{store.ARN, theirs.ARN}}, all), []string{a.ID}},
		{list(AdminAccount, true, ShareFilter{Statuses: []omics.ShareStatus{omics.ShareActive, omics.ShareFailed}}, all),
			[]string{a.ID}},
		{list(AdminAccount, true, ShareFilter{Kinds: []omics.ShareResourceType{omics.ShareAnnotationStore}}, all),
			[]string{b.ID}},
		{list(AdminAccount, true, ShareFilter{Kinds: []omics.ShareResourceType{omics.ShareWorkflow}}, all), nil},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Error(diff)
		}
	}
}
