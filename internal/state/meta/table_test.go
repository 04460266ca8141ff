package meta

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// names gives namespaces as kind and account, for the order of tables.
func tableNames(tables []Table) (names []string) {
	for _, t := range tables {
		kind, _, _ := strings.Cut(t.Namespace, "_")
		name := kind + " " + t.Account + " " + t.Name
		if t.ShareID != "" {
			name += " shared"
		}
		names = append(names, name)
	}
	return names
}

func TestTablesOfAnAccount(t *testing.T) {
	f := newFixture(t)
	f.account(t, other)
	const unrelated = "999999999999"
	f.account(t, unrelated)
	mine, cohort := f.annotations(t, AdminAccount, "same"), f.store(t, "same")
	f.version(t, AdminAccount, "same", "v_2")
	theirs, early := f.annotations(t, other, "same"), f.annotations(t, other, "a_first")
	f.version(t, other, "same", "v_3")
	f.annotations(t, unrelated, "same")
	// What is not ACTIVE is not there.
	must(f.CreateStore(f.ctx, f.newStore("making")))(t)
	must(f.CreateVersion(f.ctx, AdminAccount, "same", f.newVersion(AdminAccount, "same", "making")))(t)
	f.version(t, AdminAccount, "same", "deleting")
	if err := f.BeginDeleteVersion(f.ctx, mine.ID, "deleting", false); err != nil {
		t.Fatal(err)
	}
	// An offer gives nothing until it is ACTIVE.
	must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: other, Subscriber: unrelated, ARN: theirs.ARN, Max: 9}))(t)
	accepted := must(f.CreateShare(f.ctx, NewShare{ID: NewShareID(), Owner: other, Subscriber: unrelated, ARN: early.ARN,
		Max: 9}))(t)
	must(f.AcceptShare(f.ctx, unrelated, accepted.ID))(t)

	own := []string{"variant 123456789012 same", "annotation 123456789012 same", "annotation 123456789012 same__v_2"}
	check := func(account string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, tableNames(must(f.Tables(f.ctx, account))(t))); diff != "" {
			t.Errorf("tables of %s: %s", account, diff)
		}
	}
	check(AdminAccount, own...)
	check(other, "annotation 210987654321 a_first", "annotation 210987654321 same", "annotation 210987654321 same__v_3")
	check(unrelated, "annotation 999999999999 same")
	check(third)

	f.share(t, theirs.ARN, other, AdminAccount)
	f.share(t, early.ARN, other, AdminAccount)
	s := f.share(t, cohort.ARN, AdminAccount, third)
	check(AdminAccount, append(own, "annotation 210987654321 a_first shared", "annotation 210987654321 same shared",
		"annotation 210987654321 same__v_3 shared")...)
	check(third, "variant 123456789012 same shared")
	// an owner's own is not "shared"
	check(other, "annotation 210987654321 a_first", "annotation 210987654321 same", "annotation 210987654321 same__v_3")
	want := must(f.TableByID(f.ctx, cohort.ID))(t)
	want.ShareID = s.ID
	if diff := cmp.Diff([]Table{want}, must(f.Tables(f.ctx, third))(t)); diff != "" {
		t.Error(diff)
	}

	every := must(f.EveryTable(f.ctx))(t)
	if len(every) != 7 || strings.Contains(strings.Join(tableNames(every), ","), "shared") {
		t.Errorf("every table: %v", tableNames(every))
	}
}
