package trino

import (
	"fmt"
	"testing"
	"time"
)

// past is a catalog of a table with a table about it, which keeps the version that was asked for.
type past struct {
	oneTable
	asked Version
}

func (p *past) Table(schema, name string, when Version) (*Table, error) {
	p.asked = when
	return p.oneTable.Table(schema, name, when)
}

func (p *past) Details(_ *Table, kind string) ([]Column, [][]any, error) {
	if kind != "history" {
		return nil, nil, nil
	}
	return []Column{{"snapshot_id", tBigint}}, [][]any{{int64(7)}}, nil
}

// TestVersion: a time is one that is known without a row, and none to come; the words are Trino's.
func TestVersion(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for when, want := range map[string]string{
		"VERSION AS OF 7348021413908333667": "7348021413908333667",
		"TIMESTAMP AS OF current_timestamp": "INVALID_ARGUMENTS: line 1:22: Pointer value " +
			"'2026-01-02 03:04:05 UTC' is not in the past",
		"TIMESTAMP AS OF now()": "INVALID_ARGUMENTS: line 1:22: Pointer value " +
			"'2026-01-02 03:04:05 UTC' is not in the past",
		"TIMESTAMP AS OF now() - INTERVAL '1' DAY":                 "2026-01-01T03:04:05Z",
		"TIMESTAMP AS OF (now() - INTERVAL '1:30' HOUR TO MINUTE)": "2026-01-02T01:34:05Z",
		"TIMESTAMP AS OF DATE '2026-01-01'":                        "2026-01-01T00:00:00Z",
		"TIMESTAMP AS OF TIMESTAMP '2026-01-01 02:00 +02:00'":      "2026-01-01T02:00:00+02:00",
		"TIMESTAMP AS OF TIMESTAMP '2100-01-01 00:00:00 UTC'": "INVALID_ARGUMENTS: line 1:22: Pointer value " +
			"'2100-01-01 00:00:00 UTC' is not in the past",
		"TIMESTAMP AS OF now() - INTERVAL '-1' DAY": "NOT_SUPPORTED: line 1:48: The time of a table is a literal here: " +
			"TIMESTAMP '2026-01-31 12:00:00 UTC', or current_timestamp less an interval",
		"VERSION AS OF 'main'":                  "0001-01-01T00:00:00Z",
		"VERSION AS OF 'other'":                 "INVALID_ARGUMENTS: Cannot find snapshot with reference name: other",
		"VERSION AS OF 5":                       "NOT_SUPPORTED: Unsupported type for table version: integer",
		"VERSION AS OF CAST(NULL AS integer)":   "INVALID_ARGUMENTS: line 1:22: Pointer value cannot be NULL",
		"TIMESTAMP AS OF (SELECT current_date)": "EXPRESSION_NOT_CONSTANT: line 1:42: Constant expression cannot contain a subquery",
	} {
		catalog := &past{}
		_, err := Compile("SELECT 1 FROM cohort FOR "+when, Session{Catalog: "c", Schema: "default", Now: now}, catalog)
		got := catalog.asked.Time.Format(time.RFC3339)
		if catalog.asked.ID != 0 {
			got = fmt.Sprint(catalog.asked.ID)
		}
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s; want %s", when, got, want)
		}
	}
}

// TestDetailsDescribed: a table about a table is described as others are.
func TestDetailsDescribed(t *testing.T) {
	session := Session{Catalog: "c", Schema: "default"}
	if _, err := Compile(`DESCRIBE "cohort$history"`, session, &past{}); err != nil {
		t.Error(err)
	}
	for sql, want := range map[string]string{
		`SELECT 1 FROM "cohort$history" FOR VERSION AS OF 5`: "NOT_SUPPORTED: This connector does not support versioned tables",
		`SELECT 1 FROM "cohort$refs"`:                        `NOT_SUPPORTED: line 1:15: The table "cohort$refs" is not supported`,
		`SELECT "default"."cohort$history".snapshot_id FROM "cohort$history"`: "COLUMN_NOT_FOUND: line 1:8: Column " +
			"'default.cohort$history.snapshot_id' cannot be resolved",
	} {
		if _, err := Compile(sql, session, &past{}); fmt.Sprint(err) != want {
			t.Errorf("%s: %v; want %s", sql, err, want)
		}
	}
	_, err := Compile(`SHOW COLUMNS FROM "cohort$nosuch"`, session, &past{})
	if want := `TABLE_NOT_FOUND: line 1:1: Table 'c.default."cohort$nosuch"' does not exist`; fmt.Sprint(err) != want {
		t.Errorf("%v; want %s", err, want)
	}
}
