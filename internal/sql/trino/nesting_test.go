package trino

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// noTables is a catalog that nobody asks.
type noTables struct{ Catalog }

// TestNesting holds what is written to a size that grows with the statement's, not with the power of its depth.
func TestNesting(t *testing.T) {
	for _, c := range []struct{ form, innermost, refused string }{
		{"array_sort(@, (a, b) -> a - b)", "ARRAY[1]", ""},
		{"reduce(ARRAY[@], 0, (s, x) -> s + x, s -> s)", "1", ""},
		{"transform(ARRAY[1], x -> @)", "1", ""},
		{"reduce(ARRAY[1], 0, (s, x) -> @, s -> s)", "1", ""},
		{"reduce(ARRAY[1], 0, (s, x) -> @, s -> s)", "bigint '1'", TooComplex},
		{"map_concat(@, map(ARRAY[1], ARRAY[1]))", "map(ARRAY[1], ARRAY[1])", ""},
		{"map_from_entries(ARRAY[ROW(1, @)])[1]", "1", ""},
		{"nullif(@, 2)", "1", ""},
		{"CASE @ WHEN 1 THEN 1 WHEN 2 THEN 3 END", "1", ""},
		{"CASE @ WHEN 1 THEN (SELECT 1) WHEN 2 THEN 3 END", "1", TooComplex},
		{"least(@, 1)", "1", ""},
		{"round(@, 1)", "1e0", ""},
		{"ARRAY[@][1]", "1", ""},
		{"element_at(sequence(@, 5), 1)", "1", ""},
	} {
		sql := c.innermost
		for range 25 {
			sql = strings.Replace(c.form, "@", sql, 1)
		}
		got, err := Compile("SELECT "+sql, Session{Catalog: "c", Schema: "s", Now: time.Unix(0, 0)}, noTables{})
		if e := (*Error)(nil); c.refused != "" {
			if !errors.As(err, &e) || e.Name != c.refused {
				t.Errorf("%s within itself: %v, want %s", c.form, err, c.refused)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s within itself: %v", c.form, err)
		} else if len(got.SQL) > 100*len(sql) {
			t.Errorf("%s within itself: %d bytes have become %d", c.form, len(sql), len(got.SQL))
		}
	}
}

// Stars over joins of a query with itself double its columns.
func TestDoublingStars(t *testing.T) {
	var sql strings.Builder
	sql.WriteString("WITH a0 AS (SELECT 1 AS c)")
	for i := range 40 {
		fmt.Fprintf(&sql, ", a%d AS (SELECT * FROM a%d x, a%[2]d y)", i+1, i)
	}
	_, err := Compile(sql.String()+" SELECT count(*) FROM a40", Session{Catalog: "c", Schema: "s"}, nil)
	var named *Error
	if !errors.As(err, &named) || named.Name != TooComplex {
		t.Errorf("%v, want %s", err, TooComplex)
	}
}
