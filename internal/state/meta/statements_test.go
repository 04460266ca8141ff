package meta

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Prepared statements and views are an account's own, within a bound, and there after a restart.
func TestStatements(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "state.db")
	db := must(Open(ctx, path))(t)
	within := Bound{Rows: 2, Bytes: 20}
	for _, c := range []struct {
		account, name, text string
		want                error
	}{
		{AdminAccount, "p", "SELECT 1", nil}, {AdminAccount, "P", "SELECT 2", nil}, {other, "p", "SELECT 3", nil},
		{AdminAccount, "p", "SELECT 10", nil}, // in place of the first
		{AdminAccount, "third", "x", ErrQuota}, {AdminAccount, "p", "SELECT 1000000", ErrQuota},
	} {
		p := Prepared{Account: c.account, Workgroup: "primary", Name: c.name, Text: c.text}
		if err := db.PutPrepared(ctx, p, within); !errors.Is(err, c.want) {
			t.Errorf("prepare %s of %s: %v, want %v", c.name, c.account, err, c.want)
		}
	}
	comment := "of two"
	view := View{Account: AdminAccount, Name: "v", Text: "SELECT 1 a", Comment: &comment,
		Columns: []ViewColumn{{"a", "integer"}}}
	for _, c := range []struct {
		replace bool
		name    string
		want    error
	}{{false, "v", nil}, {false, "v", ErrExists}, {true, "v", nil}, {true, "w", nil}, {false, "x", ErrQuota}} {
		view.Name = c.name
		if err := db.PutView(ctx, view, c.replace, within); !errors.Is(err, c.want) {
			t.Errorf("view %s: %v, want %v", c.name, err, c.want)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = must(Open(ctx, path))(t)
	defer db.Close()
	var texts []string
	for _, p := range must(db.PreparedStatements(ctx, AdminAccount, "primary", "", 9))(t) {
		texts = append(texts, p.Name+": "+p.Text)
	}
	if diff := cmp.Diff([]string{"P: SELECT 2", "p: SELECT 10"}, texts); diff != "" {
		t.Error(diff)
	}
	got, found, err := db.View(ctx, AdminAccount, "v")
	view.Name = "v"
	if diff := cmp.Diff(view, got, cmpopts.IgnoreFields(View{}, "Created", "Updated")); !found || err != nil ||
		diff != "" {
		t.Error(found, err, diff)
	}
	if names := must(db.ViewNames(ctx, AdminAccount))(t); !cmp.Equal(names, []string{"v", "w"}) {
		t.Error(names)
	}
	if _, found, err := db.View(ctx, other, "v"); found || err != nil {
		t.Errorf("the view of another account: %v, %v", found, err)
	}
	for range 2 { // the second time there is none
		err = errors.Join(db.DeleteView(ctx, AdminAccount, "v"), db.DeletePrepared(ctx, AdminAccount, "primary", "p"))
	}
	if !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}
