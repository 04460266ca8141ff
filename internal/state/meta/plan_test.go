package meta

import (
	"slices"
	"strings"
	"testing"
)

// plan is how SQLite reads import_items and reference_sources for a statement: each way once, sorted.
func (f *fixture) plan(t *testing.T, statement string, args ...any) []string {
	t.Helper()
	steps := must(collect(f.ctx, f.writer, func(row scanner) (step string, err error) {
		var id, parent, unused int
		err = row.Scan(&id, &parent, &unused, &step)
		return step, err
	}, `EXPLAIN QUERY PLAN `+statement, args...))(t)
	steps = slices.DeleteFunc(steps, func(step string) bool {
		return !strings.Contains(step, "import_items") && !strings.Contains(step, "reference_sources")
	})
	slices.Sort(steps)
	return slices.Compact(steps)
}

// TestPlans: what is asked at each start and stop, and for each file of a job, does not look at all the files that
// there ever were, or at those of the job that are final.
func TestPlans(t *testing.T) {
	f := newFixture(t)
	const open = "SEARCH import_items USING INDEX import_items_open (job=?)"
	within := must(f.Within(f.ctx, ImportWork, "s3://local/"))(t)
	for name, c := range map[string]struct {
		statement string
		args      []any
		want      string
	}{
		"items that crashed":     {underWay(`running = 0`)[0], nil, "SEARCH import_items USING PRIMARY KEY (job=?)"},
		"sources that crashed":   {underWay(`running = 0`)[1], nil, "SEARCH reference_sources USING PRIMARY KEY (job=?)"},
		"is any left":            {`SELECT EXISTS (SELECT 1` + openItems + ` AND job = ?)`, []any{"j"}, open},
		"the next":               {ImportWork.next(false), []any{"a", "[]"}, open},
		"the next of the oldest": {ImportWork.next(true), []any{"a", "[]"}, open},
		"the next within":        {within.next(false), []any{"a", "[]"}, open},
	} {
		if got := f.plan(t, c.statement, c.args...); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
