package trino

import (
	"errors"
	"testing"
	"time"
)

// oneTable is a catalog of one table, with a column of each kind that stores have.
type oneTable struct{}

var cohort = func() *Table {
	t := &Table{Schema: "default", Name: "cohort"}
	for _, c := range [][2]string{{"contigname", "varchar"}, {"start", "bigint"}, {"sampleid", "varchar"},
		{"qual", "double"},
		{"depth", "integer"}, {"phased", "boolean"}, {"calls", "array(integer)"},
		{"attributes", "map(varchar, varchar)"}, {"annotations", "row(vep array(row(gene varchar, rank integer)))"}} {
		of, err := ParseType(c[1])
		if err != nil {
			panic(err)
		}
		t.Columns = append(t.Columns, Column{Name: c[0], Type: of})
	}
	return t
}()

func (oneTable) Schemas() ([]string, error)      { return []string{"default"}, nil }
func (oneTable) Tables(string) ([]string, error) { return []string{"cohort"}, nil }
func (oneTable) Views(string) ([]string, error)  { return nil, nil }
func (oneTable) Prepared(string) (string, bool, error) {
	return "", false, nil
}
func (oneTable) Table(schema, name string, _ Version) (*Table, error) {
	if schema != "default" || name != "cohort" {
		return nil, nil
	}
	return cohort, nil
}
func (oneTable) Details(*Table, string) ([]Column, [][]any, error) { return nil, nil, nil }

// FuzzCompile: whatever the text, there is SQL for DuckDB or an error of Trino's.
func FuzzCompile(f *testing.F) {
	for _, sql := range []string{
		"SELECT * FROM cohort WHERE start BETWEEN 5 AND 7 AND contigname IN ('chr1', 'chr2') ORDER BY 1 LIMIT 3",
		"SELECT contigname, count(*), avg(qual) FILTER (WHERE phased) FROM cohort GROUP BY ROLLUP (1) HAVING count(*) > 1",
		"SELECT transform(calls, x -> x + 1), reduce(calls, 0, (s, x) -> s + x, s -> s), attributes['AF'] FROM cohort",
		"SELECT a.gene, row_number() OVER (PARTITION BY a.gene ORDER BY start) FROM cohort, UNNEST(annotations.vep) a",
		"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT sum(n) FROM t",
		"SELECT CAST(ROW(1, 'x') AS ROW(a decimal(5, 2), b varchar)).b, TRY(1 / 0), INTERVAL '1' DAY + DATE '2020-01-01'",
		"SELECT x FROM (VALUES 1, NULL) t(x) WHERE x NOT IN (SELECT depth FROM cohort c WHERE c.start = x)",
		"SELECT CASE x WHEN 1 THEN 'a' ELSE json_value('{}', 'lax $.a') END FROM (VALUES 1) t(x) EXCEPT SELECT 'b'",
		"SHOW TABLES LIKE '%c%'", "DESCRIBE cohort", "EXPLAIN SELECT 1", "EXECUTE IMMEDIATE 'SELECT ?' USING 1",
		"SELECT * FROM information_schema.columns", "SELECT regexp_replace('a', '(', 'b'), date_format(now(), '%Y')",
	} {
		f.Add(sql)
	}
	session := Session{Catalog: "awsdatacatalog", Schema: "default", User: "u", Now: time.Unix(1_800_000_000, 0)}
	f.Fuzz(func(t *testing.T, sql string) {
		c, err := Compile(sql, session, oneTable{})
		var e *Error
		switch {
		case err != nil && !errors.As(err, &e):
			t.Errorf("%q: %v", sql, err)
		case err == nil && (c.SQL == "" || len(c.Columns) == 0) && c.Change == nil:
			t.Errorf("%q: %+v", sql, c)
		}
	})
}
