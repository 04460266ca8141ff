package own

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
)

func TestPatience(t *testing.T) {
	for seconds, want := range map[float64]time.Duration{0: 0, 1e-9: time.Second, 1: time.Second,
		2.5: 2500 * time.Millisecond, 3600: time.Hour} {
		if got := PatienceOf(seconds); got != want {
			t.Errorf("%g s: %v; want %v", seconds, got, want)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		in   interface{ Validate() error }
		want string // of the message; empty: it is a request
	}{
		{&QueryIn{Format: "xml"}, `format is table, csv, tsv, json, ndjson, parquet or arrow, not "xml"`},
		{&QueryIn{Dialect: "mysql"}, `dialect is trino or duckdb, not "mysql"`},
		{&QueryIn{Dialect: DuckDB}, ""},
		{&QueryIn{Width: -1}, "width is a number of characters from 0 to 10000"},
		{&QueryIn{Rows: -1}, "rows is not negative"},
		{&QueryIn{Format: CSV}, ""},
		{&ExportIn{Store: "cohort"}, ""},
		{&ExportIn{}, "1 validation error detected: Value null at 'store' failed to satisfy constraint: Member must not be null"},
		{&UpkeepIn{Patience: 3600}, ""},
		{&UpkeepIn{Patience: 3601}, "patience is 0 to 3600 seconds."},
		{&CheckIn{Patience: -1}, "patience is 0 to 3600 seconds."},
		{&CheckIn{Remove: true}, "remove is for orphans."},
		{&CheckIn{Orphans: true, AcceptOlder: true}, "acceptOlder is for the removal of orphans."},
		{&CheckIn{Orphans: true, Deep: true}, "deep is not for orphans."},
		{&CheckIn{Orphans: true, Remove: true, AcceptOlder: true}, ""},
		{&BrokenIn{}, ""},
	} {
		err := c.in.Validate()
		if refused, ok := err.(*omics.Error); (err == nil) != (c.want == "") || ok && (refused.Code != omics.CodeValidation ||
			refused.Message != c.want) {
			t.Errorf("%+v: %v, want %q", c.in, err, c.want)
		}
	}
	for accept, want := range map[string]Format{"*/*": JSON, "text/html, text/CSV; q=0.5, application/json": CSV,
		"application/vnd.apache.arrow.stream": Arrow, "application/vnd.apache.parquet": Parquet, "text/plain": Table} {
		in := &QueryIn{Accept: accept}
		if err := in.Validate(); err != nil || in.Format != want {
			t.Errorf("Accept: %s: %q, %v", accept, in.Format, err)
		}
	}
	in := &QueryIn{Format: TSV, Accept: "text/csv"}
	if err := in.Validate(); err != nil || in.Format != TSV {
		t.Errorf("a format and Accept: %q, %v", in.Format, err)
	}
	in = &QueryIn{}
	if err := in.Validate(); err != nil || in.Format != JSON || in.Dialect != Trino {
		t.Errorf("without a format and a dialect: %q, %q, %v", in.Format, in.Dialect, err)
	}
}

// A check is answered with one thing, as such.
func TestCheckOut(t *testing.T) {
	for want, out := range map[string]CheckOut{
		`{"tables":1,`:        {Findings: &Findings{Tables: 1}},
		`{"orphans":[],`:      {Orphans: &Orphans{Orphans: []Orphan{}}},
		`{"waitsFor":"x","si`: {Wait: &Wait{WaitsFor: "x"}},
	} {
		if got, err := json.Marshal(&out); err != nil || !strings.HasPrefix(string(got), want) {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
	if got, err := json.Marshal(&CheckOut{}); err == nil {
		t.Errorf("nothing is %s", got)
	}
}
