package vcf

import (
	"errors"
	"testing"
)

// TestIgnoredColumns: QUAL and FILTER that are ignored are missing, whatever they hold, and each by itself.
func TestIgnoredColumns(t *testing.T) {
	r := NewRecord(testHeader(t, "4.2"))
	for _, c := range []struct {
		name         string
		qual, filter bool // ignored
		columns      columns
		wantQual     bool
		wantFilters  int
		fault        Fault // of a bad column that is not ignored
	}{
		{"nothing ignored", false, false, columns{"QUAL": "12.5", "FILTER": "q10;s50"}, true, 2, 0},
		{"QUAL ignored", true, false, columns{"QUAL": "12.5", "FILTER": "q10;s50"}, false, 2, 0},
		{"FILTER ignored", false, true, columns{"QUAL": "12.5", "FILTER": "q10;s50"}, true, 0, 0},
		{"both ignored", true, true, columns{"QUAL": "12.5", "FILTER": "q10;s50"}, false, 0, 0},
		{"text in QUAL", true, false, columns{"QUAL": "high", "FILTER": "PASS"}, false, 1, 0},
		{"empty QUAL", true, false, columns{"QUAL": ""}, false, 1, 0},
		{"negative QUAL", true, false, columns{"QUAL": "-1"}, false, 1, 0},
		{"FILTER 0 beside another", false, true, columns{"FILTER": "q10;0"}, true, 0, 0},
		{"empty FILTER", false, true, columns{"FILTER": ""}, true, 0, 0},
		{"FILTER 0", true, true, columns{"QUAL": "x", "FILTER": "0"}, false, 0, 0},
		{"missing both, not ignored", false, false, columns{"QUAL": ".", "FILTER": "."}, false, 0, 0},
		{"text in QUAL, FILTER ignored", false, true, columns{"QUAL": "high"}, false, 0, ErrQual},
		{"FILTER 0, QUAL ignored", true, false, columns{"FILTER": "q10;0"}, false, 0, ErrFilter},
		{"another column", true, true, columns{"POS": "x"}, false, 0, ErrPos},
	} {
		r.IgnoreQual, r.IgnoreFilter = c.qual, c.filter
		err := r.Parse(line(c.columns), 7)
		if c.fault != 0 {
			if !errors.Is(err, c.fault) {
				t.Errorf("%s: %v, want %v", c.name, err, c.fault)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if _, ok := r.Qual(); ok != c.wantQual {
			t.Errorf("%s: QUAL is there: %v", c.name, ok)
		}
		if got := r.AppendFilters(nil); len(got) != c.wantFilters {
			t.Errorf("%s: filters %q", c.name, got)
		}
	}
}

// TestIgnoringEnds: one record is used with and without, and remembers nothing of what it passed over.
func TestIgnoringEnds(t *testing.T) {
	r := NewRecord(testHeader(t, "4.2"))
	bad := line(columns{"QUAL": "high", "FILTER": "q10;q10"})
	for _, ignore := range []bool{true, false, true, false} {
		r.IgnoreQual, r.IgnoreFilter = ignore, ignore
		if err := r.Parse(bad, 1); (err == nil) != ignore {
			t.Errorf("ignored %v: %v", ignore, err)
		}
	}
	r.IgnoreQual, r.IgnoreFilter = false, false
	if err := r.Parse(line(columns{"QUAL": "3", "FILTER": "q10"}), 2); err != nil {
		t.Fatal(err)
	}
	if q, ok := r.Qual(); q != 3 || !ok || len(r.AppendFilters(nil)) != 1 {
		t.Errorf("QUAL %v %v, FILTER %s", q, ok, r.Filter())
	}
}
