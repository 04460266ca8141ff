package meta

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOlder keeps what was found last of each table, until it is forgotten.
func TestOlder(t *testing.T) {
	var older Older // the zero value is ready
	older.Forget("a")
	if of := older.Of("a"); of != "" || len(older.Tables()) > 0 {
		t.Errorf("nothing was found: %q, %v", of, older.Tables())
	}
	older.Note("a", "maybe")
	older.Note("b", "surely")
	older.Note("a", "surely too")
	tables := older.Tables()
	slices.Sort(tables)
	if diff := cmp.Diff([]string{"a", "b"}, tables); diff != "" || older.Of("a") != "surely too" ||
		older.Of("b") != "surely" {
		t.Errorf("a: %q, b: %q, tables: %s", older.Of("a"), older.Of("b"), diff)
	}
	older.Forget("a")
	if diff := cmp.Diff([]string{"b"}, older.Tables()); diff != "" || older.Of("a") != "" {
		t.Errorf("a was not forgotten: %s", diff)
	}
}

// TestSetOlder: what was found of a table stays in the state until an empty finding forgets it.
func TestSetOlder(t *testing.T) {
	f := newFixture(t)
	store, other := f.store(t, "cohort"), f.store(t, "other")
	for _, finding := range []string{"a newer file", ""} {
		if err := f.SetOlder(f.ctx, store.ID, finding); err != nil {
			t.Fatal(err)
		}
		state := must(f.TableState(f.ctx, "", ""))(t)
		found := map[string]string{}
		for _, table := range state.Tables {
			found[table.ID] = table.Older
		}
		if diff := cmp.Diff(map[string]string{store.ID: finding, other.ID: ""}, found); diff != "" {
			t.Errorf("tables (-want +got):\n%s", diff)
		}
	}
}
