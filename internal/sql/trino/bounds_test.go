package trino

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// A rowAsked is a row as conditions see it; an absent value is NULL.
type rowAsked struct {
	contig, sample *string
	start          *int64
}

// An asked condition is SQL, and what it is of a row: true, false or NULL (nil).
type asked struct {
	sql string
	of  func(r rowAsked) *bool
}

var (
	contigs = []string{"chr1", "chr10", "chr2", "chrX", ""}
	yes, no = true, false
)

func truth(is bool) *bool {
	if is {
		return &yes
	}
	return &no
}

// compared is a random comparison of a column, which is NULL where the column is.
func compared(r *rand.Rand) asked {
	if r.IntN(2) == 0 {
		n, m := r.Int64N(40)-20, r.Int64N(40)-20
		with := func(sql string, test func(v int64) bool) asked {
			return asked{sql, func(row rowAsked) *bool {
				if row.start == nil {
					return nil
				}
				return truth(test(*row.start))
			}}
		}
		return []asked{
			with(fmt.Sprintf("start = %d", n), func(v int64) bool { return v == n }),
			with(fmt.Sprintf("%d < start", n), func(v int64) bool { return n < v }),
			with(fmt.Sprintf("start <= %d", n), func(v int64) bool { return v <= n }),
			with(fmt.Sprintf("start <> %d", n), func(v int64) bool { return v != n }),
			with(fmt.Sprintf("start BETWEEN %d AND %d", n, m), func(v int64) bool { return n <= v && v <= m }),
			with(fmt.Sprintf("start NOT BETWEEN %d AND %d", n, m), func(v int64) bool { return v < n || m < v }),
			with(fmt.Sprintf("start IN (%d, %d, 7)", n, m), func(v int64) bool { return v == n || v == m || v == 7 }),
			with(fmt.Sprintf("start + 1 > %d", n), func(v int64) bool { return v+1 > n }),
			with(fmt.Sprintf("start >= %d.5", max(n, 0)), func(v int64) bool { return v > max(n, 0) }),
		}[r.IntN(9)]
	}
	a, b := contigs[r.IntN(len(contigs))], contigs[r.IntN(len(contigs))]
	name, of := "contigname", func(row rowAsked) *string { return row.contig }
	if r.IntN(3) == 0 {
		name, of = "sampleid", func(row rowAsked) *string { return row.sample }
	}
	with := func(sql string, test func(v string) bool) asked {
		return asked{strings.ReplaceAll(sql, "@", name), func(row rowAsked) *bool {
			if v := of(row); v != nil {
				return truth(test(*v))
			}
			return nil
		}}
	}
	return []asked{
		with("@ = '"+a+"'", func(v string) bool { return v == a }),
		with("@ > '"+a+"'", func(v string) bool { return v > a }),
		with("'"+a+"' >= @", func(v string) bool { return v <= a }),
		with("@ LIKE '"+a+"%'", func(v string) bool { return strings.HasPrefix(v, a) }),
		with("@ NOT LIKE '"+a+"%'", func(v string) bool { return !strings.HasPrefix(v, a) }),
		with("@ LIKE '_hr1'", func(v string) bool { return len(v) == 4 && v[1:] == "hr1" }),
		with("@ IN ('"+a+"', '"+b+"')", func(v string) bool { return v == a || v == b }),
		with("@ NOT IN ('"+a+"', '"+b+"')", func(v string) bool { return v != a && v != b }),
		with("lower(@) = '"+a+"'", func(v string) bool { return strings.ToLower(v) == a }),
		with("CAST(@ AS varchar(3)) = '"+a+"'", func(v string) bool { return v[:min(3, len(v))] == a }),
	}[r.IntN(10)]
}

// conditionOf is a random condition of three-valued logic.
func conditionOf(r *rand.Rand, depth int) asked {
	if depth == 0 || r.IntN(4) == 0 {
		return compared(r)
	}
	a, b := conditionOf(r, depth-1), conditionOf(r, depth-1)
	either := func(stop bool) func(rowAsked) *bool {
		return func(row rowAsked) *bool {
			x, y := a.of(row), b.of(row)
			switch {
			case x != nil && *x == stop || y != nil && *y == stop:
				return truth(stop)
			case x == nil || y == nil:
				return nil
			}
			return truth(!stop)
		}
	}
	switch r.IntN(5) {
	case 0:
		return asked{"NOT (" + a.sql + ")", func(row rowAsked) *bool {
			if x := a.of(row); x != nil {
				return truth(!*x)
			}
			return nil
		}}
	case 1, 2:
		return asked{"(" + a.sql + " OR " + b.sql + ")", either(true)}
	}
	return asked{"(" + a.sql + " AND " + b.sql + ")", either(false)}
}

// rowWithin tells whether a row is within bounds, as a file of that row alone would be.
func rowWithin(row rowAsked, bounds []Bound) bool {
	return !slices.ContainsFunc(bounds, func(b Bound) bool {
		if b.AnyOf != nil {
			return !slices.ContainsFunc(b.AnyOf, func(list []Bound) bool { return rowWithin(row, list) })
		}
		if b.Column == "start" {
			return row.start == nil || b.Low != nil && *row.start < b.Low.(int64) ||
				b.High != nil && *row.start > b.High.(int64)
		}
		v := map[string]*string{"contigname": row.contig, "sampleid": row.sample}[b.Column]
		return v == nil || b.Low != nil && *v < b.Low.(string) || b.High != nil && *v > b.High.(string)
	})
}

func boundsIn(t *testing.T, sql string) [][]Bound {
	t.Helper()
	c, err := Compile(sql, Session{Catalog: "c", Schema: "default", Now: time.Unix(0, 0)}, oneTable{})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var all [][]Bound
	for _, use := range c.Uses {
		all = append(all, use.Bounds)
	}
	return all
}

// TestBoundsOfConditions: a row for which a condition is true is within the condition's bounds, and enough rows are
// not.
func TestBoundsOfConditions(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 4))
	out := 0
	for range 4000 {
		asked := conditionOf(r, r.IntN(4))
		bounds := boundsIn(t, "SELECT 1 FROM cohort WHERE "+asked.sql)[0]
		for range 30 {
			var row rowAsked
			if r.IntN(8) > 0 {
				row.contig = &contigs[r.IntN(len(contigs))]
			}
			if r.IntN(8) > 0 {
				row.sample = &contigs[r.IntN(len(contigs))]
			}
			if n := r.Int64N(40) - 20; r.IntN(8) > 0 {
				row.start = &n
			}
			is, inside := asked.of(row), rowWithin(row, bounds)
			if is != nil && *is && !inside {
				t.Fatalf("%s is true of a row that is not within %v", asked.sql, bounds)
			}
			if !inside {
				out++
			}
		}
	}
	if out < 30_000 {
		t.Errorf("%d of 120,000 rows are left out, which is too few", out)
	}
}

// TestBoundsOfUses: bounds are noted of the use of a table whose rows do not matter without them, and of no other.
func TestBoundsOfUses(t *testing.T) {
	five := "[{start 5 5 []}]"
	for _, c := range []struct {
		sql  string
		want []string
	}{
		{"SELECT 1 FROM cohort a JOIN cohort b ON a.start = 5", []string{five, "[]"}},
		{"SELECT 1 FROM cohort a, cohort b WHERE b.start = 5", []string{"[]", five}},
		{"SELECT 1 FROM cohort a LEFT JOIN cohort b ON a.start = 5", []string{"[]", "[]"}},
		{"SELECT 1 FROM cohort a LEFT JOIN cohort b ON b.start = 5", []string{"[]", five}},
		{"SELECT 1 FROM cohort a RIGHT JOIN cohort b ON b.start = 5", []string{"[]", "[]"}},
		{"SELECT 1 FROM cohort a RIGHT JOIN cohort b ON a.start = 5", []string{five, "[]"}},
		{"SELECT 1 FROM cohort a FULL JOIN cohort b ON a.start = 5 AND b.start = 5", []string{"[]", "[]"}},
		{"SELECT 1 FROM cohort a LEFT JOIN cohort b ON true WHERE b.start = 5", []string{"[]", five}},
		{"SELECT 1 FROM cohort a WHERE NOT EXISTS (SELECT 1 FROM cohort b WHERE a.start = 5)", []string{"[]", "[]"}},
		{"SELECT (SELECT count(*) FROM cohort b WHERE a.start = 5) FROM cohort a", []string{"[]", "[]"}},
		{"SELECT 1 FROM cohort a WHERE EXISTS (SELECT 1 FROM cohort b JOIN cohort c ON a.start = 5)",
			[]string{"[]", "[]", "[]"}},
		{"SELECT 1 FROM cohort a WHERE EXISTS (SELECT 1 FROM cohort b WHERE b.start = 5)", []string{"[]", five}},
		{"SELECT 1 FROM (SELECT * FROM cohort LIMIT 5) WHERE start = 5", []string{"[]"}},
		{"WITH w AS (SELECT * FROM cohort) SELECT 1 FROM w WHERE start = 5 UNION ALL SELECT 1 FROM w", []string{"[]"}},
		{"SELECT 1 FROM cohort WHERE start = 5 UNION ALL SELECT 1 FROM cohort", []string{five, "[]"}},
		{"SELECT 1 FROM cohort TABLESAMPLE BERNOULLI (50) WHERE start = 5", []string{"[]"}},
		{"SELECT count(*) FILTER (WHERE start = 5) FROM cohort", []string{"[]"}},
		{"SELECT count(*) FROM cohort HAVING arbitrary(start) = 5", []string{"[]"}},
		{"SELECT 1 FROM cohort a, cohort b WHERE a.start = 5 AND b.start = 5 OR a.start = 5", []string{
			"[{ <nil> <nil> [[{start 5 5 []}] [{start 5 5 []}]]}]", "[]"}},
	} {
		var got []string
		for _, bounds := range boundsIn(t, c.sql) {
			if got = append(got, fmt.Sprint(bounds)); bounds == nil {
				got[len(got)-1] = "[]"
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.sql, got, c.want)
		}
	}
}
