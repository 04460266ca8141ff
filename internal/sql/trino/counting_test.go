package trino

import (
	"strings"
	"testing"
	"time"
)

// countedTable is oneTable whose table has a known number of rows.
type countedTable struct{ oneTable }

func (c countedTable) Table(schema, name string, when Version) (*Table, error) {
	found, err := c.oneTable.Table(schema, name, when)
	if found == nil || err != nil {
		return found, err
	}
	known, rows := *found, int64(4321)
	known.Rows = &rows
	return &known, nil
}

// TestCountKnown: count(*) alone is answered by what is known of a table; whatever else may matter has it read.
func TestCountKnown(t *testing.T) {
	for sql, counted := range map[string]bool{
		"SELECT count(*) FROM cohort":                                                        true,
		"SELECT COUNT(*) AS n, \"count\"(*) FROM default.cohort c":                           true,
		"SELECT count(*) FROM cohort AS c (a, b, c, d, e, f, g, h, i)":                       true,
		"SELECT (SELECT count(*) FROM cohort) + 1":                                           true,
		"WITH w AS (SELECT count(*) AS n FROM cohort) SELECT n FROM w":                       true,
		"SELECT count(*) FROM cohort UNION ALL SELECT 1":                                     true,
		"SELECT count(*) FROM cohort WHERE start = 5":                                        false,
		"SELECT count(*) FROM cohort WHERE true":                                             false,
		"SELECT count(*) FROM cohort GROUP BY sampleid":                                      false,
		"SELECT count(*) FROM cohort GROUP BY ()":                                            false,
		"SELECT count(*) FROM cohort HAVING count(*) > 5":                                    false,
		"SELECT DISTINCT count(*) FROM cohort":                                               false,
		"SELECT count(*) FROM cohort ORDER BY 1":                                             false,
		"SELECT count(*) FROM cohort LIMIT 0":                                                false,
		"SELECT count(*) FROM cohort OFFSET 1":                                               false,
		"SELECT count(*) FROM cohort FETCH FIRST ROW ONLY":                                   false,
		"SELECT count(*) FILTER (WHERE phased) FROM cohort":                                  false,
		"SELECT count(*) OVER () FROM cohort":                                                false,
		"SELECT count(*) + 1 FROM cohort":                                                    false,
		"SELECT count(*), max(start) FROM cohort":                                            false,
		"SELECT count(*), 1 FROM cohort":                                                     false,
		"SELECT count(start) FROM cohort":                                                    false,
		"SELECT count() FROM cohort":                                                         false,
		"SELECT count(*) FROM cohort TABLESAMPLE BERNOULLI (50)":                             false,
		"SELECT count(*) FROM cohort, cohort d":                                              false,
		"SELECT count(*) FROM cohort CROSS JOIN UNNEST(calls)":                               false,
		"SELECT count(*) FROM (SELECT * FROM cohort LIMIT 5)":                                false,
		"SELECT count(*) FROM (SELECT * FROM cohort)":                                        false,
		"WITH w AS (SELECT * FROM cohort LIMIT 5) SELECT count(*) FROM w":                    false,
		"WITH u1 AS (SELECT * FROM cohort LIMIT 5) SELECT count(*) FROM u1":                  false,
		"SELECT (SELECT count(*) FROM cohort b WHERE a.start = 5) FROM (VALUES 1) a (start)": false,
	} {
		c, err := Compile(sql, Session{Catalog: "c", Schema: "default", Now: time.Unix(0, 0)}, countedTable{})
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		known := strings.Contains(c.SQL, "4321")
		for _, use := range c.Uses {
			if use.Counted != counted || strings.Contains(c.SQL, use.Alias+" AS ") == counted {
				t.Errorf("%s: counted %v, want %v: %s", sql, use.Counted, counted, c.SQL)
			}
		}
		if known != counted || len(c.Uses) == 0 {
			t.Errorf("%s: known %v, want %v: %s", sql, known, counted, c.SQL)
		}
	}
	c, err := Compile("SELECT count(*) FROM cohort", Session{Catalog: "c", Schema: "default"}, countedTable{})
	if err != nil || len(c.Columns) != 1 || c.Columns[0].Name != "_col0" || c.Columns[0].Type.String() != "bigint" {
		t.Errorf("columns %v, error %v", c, err)
	}
}
