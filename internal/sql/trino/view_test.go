package trino

import (
	"fmt"
	"strings"
	"testing"
)

// kept is a catalog of one table, with views and prepared statements.
type kept struct {
	oneTable
	views, prepared map[string]string
}

func (k kept) Tables(schema string) ([]string, error) {
	names, _ := k.Views(schema)
	return append(names, "cohort"), nil
}

func (k kept) Views(schema string) (names []string, err error) {
	for name := range k.views {
		if schema == "default" {
			names = append(names, name)
		}
	}
	return names, nil
}

// Table gives a view the columns that stand before its text.
func (k kept) Table(schema, name string, when Version) (*Table, error) {
	columns, text, is := strings.Cut(k.views[name], ": ")
	if !is || schema != "default" {
		return k.oneTable.Table(schema, name, when)
	}
	t := &Table{Schema: schema, Name: name, View: &View{Text: text}}
	for column := range strings.SplitSeq(columns, ", ") {
		name, of, _ := strings.Cut(column, " ")
		parsed, err := ParseType(of)
		if err != nil {
			return nil, err
		}
		t.Columns = append(t.Columns, Column{name, parsed})
	}
	return t, nil
}

func (k kept) Prepared(name string) (string, bool, error) {
	text, found := k.prepared[name]
	return text, found, nil
}

var keeping = func() kept {
	k := kept{
		views: map[string]string{
			"zv": "a integer: SELECT 1 AS a", "zr": "a integer: SELECT a FROM zv", "wide": "a bigint: SELECT a FROM zv",
			"narrow": "a integer: SELECT 'abc' AS a", "renamed": "a integer: SELECT 1 AS b",
			"more": "a integer: SELECT 1 AS a, 2 AS b", "gone": "a integer:  SELECT\na FROM nosuch",
			"self": "a integer: SELECT a FROM self", "v0": "a integer: SELECT 1 AS a",
			"rows": "a row(x integer): SELECT CAST(ROW(1) AS ROW(x integer)) AS a",
		},
		prepared: map[string]string{
			"p": "SELECT count(*) AS n, ? AS x FROM cohort WHERE contigname = ? AND start >= ?", "q": "SELECT 1 LIMIT ?",
			"bad": "SELECT nosuch FROM cohort", "view": "CREATE VIEW w AS SELECT 1 AS a WHERE 1 = ?",
			"immediate": "EXECUTE IMMEDIATE 'SELECT 1'", "seven": "SELECT 7 AS n",
		},
	}
	for i := range 20 { // each in the one before, twice
		k.views[fmt.Sprintf("d%d", i+1)] = fmt.Sprintf("a integer: SELECT a FROM d%d", i)
		k.views[fmt.Sprintf("v%d", i+1)] = fmt.Sprintf("a integer: SELECT x.a FROM v%d x, v%d", i, i)
	}
	k.views["d0"] = "a integer: SELECT 1 AS a"
	return k
}()

// Messages are those of Trino 476, whose text of a view has other lines.
func TestKept(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT a FROM zr": "a integer", "SELECT * FROM wide": "a bigint",
		`SELECT "default".zr.a FROM "default".zr`: "a integer",
		"SELECT a.x FROM rows":                    "x integer", "SHOW CREATE VIEW zv": "Create View varchar",
		"SELECT * FROM narrow": "VIEW_IS_STALE: line 1:15: View 'awsdatacatalog.default.narrow' is stale or in invalid state: " +
			"column [a] of type varchar(3) projected from query view at position 0 cannot be coerced to column [a] of type " +
			"integer stored in view definition",
		"SELECT * FROM renamed": "VIEW_IS_STALE: line 1:15: View 'awsdatacatalog.default.renamed' is stale or in invalid " +
			"state: column [b] of type integer projected from query view at position 0 has a different name from column [a] " +
			"of type integer stored in view definition",
		"SELECT 1 FROM more": "VIEW_IS_STALE: line 1:15: View 'awsdatacatalog.default.more' is stale or in invalid state: " +
			"stored view column count (1) does not match column count derived from the view query analysis (2)",
		"SELECT * FROM gone": "INVALID_VIEW: line 1:15: Failed analyzing stored view 'awsdatacatalog.default.gone': line 2:8: " +
			"Table 'awsdatacatalog.default.nosuch' does not exist",
		"SELECT * FROM self": "INVALID_VIEW: line 1:15: Failed analyzing stored view 'awsdatacatalog.default.self': line 1:15: " +
			"Statement would create a recursive view",
		"CREATE OR REPLACE VIEW zr AS SELECT a FROM zr": "VIEW_IS_RECURSIVE: line 1:44: Statement would create a recursive view",
		"CREATE OR REPLACE VIEW zv AS SELECT a FROM zr": "INVALID_VIEW: line 1:44: Failed analyzing stored view " +
			"'awsdatacatalog.default.zr': line 1:15: Statement would create a recursive view",
		"SELECT * FROM zv FOR VERSION AS OF 5": "NOT_SUPPORTED: line 1:15: A view has no versions: awsdatacatalog.default.zv",
		`SELECT * FROM "zv$files"`:             `TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.default."zv$files"' does not exist`,
		"SELECT * FROM d20":                    "EXCEEDED_NODE_LIMIT: line 1:15: Views stand more than 16 deep in each other",
		"SELECT * FROM d15":                    "a integer",
		"SELECT * FROM v12":                    "EXCEEDED_NODE_LIMIT: line 1:15: The statement uses too many views",

		"CREATE VIEW n AS SELECT 1":             "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1",
		"CREATE VIEW n AS SELECT 1 a, 2 a":      "DUPLICATE_COLUMN_NAME: line 1:1: Column name 'a' specified more than once",
		"CREATE VIEW n AS SELECT NULL a":        "COLUMN_TYPE_UNKNOWN: line 1:1: Column type is unknown: a",
		"CREATE VIEW n AS SELECT 1 a WHERE ?":   "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 1 but found 0",
		"CREATE VIEW nosuch.n AS SELECT 1 a":    "NOT_FOUND: Schema nosuch not found",
		"CREATE VIEW zv AS SELECT 1 a":          "TABLE_ALREADY_EXISTS: line 1:1: View already exists: 'awsdatacatalog.default.zv'",
		"CREATE OR REPLACE VIEW zv AS VALUES 1": "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1",
		"CREATE VIEW cohort AS SELECT 1 a":      "TABLE_ALREADY_EXISTS: line 1:1: Table already exists: 'awsdatacatalog.default.cohort'",
		"CREATE VIEW n AS SELECT nosuch":        "COLUMN_NOT_FOUND: line 1:25: Column 'nosuch' cannot be resolved",
		"CREATE VIEW n SECURITY DEFINER AS SELECT 1 a": "NOT_SUPPORTED: line 1:1: A view is run with the rights of who asks: " +
			"SECURITY DEFINER is not supported",
		"CREATE VIEW N SECURITY INVOKER AS\nSELECT 1 A, start FROM cohort ": "CREATE VIEW default.n [a integer, start bigint] " +
			"SELECT 1 A, start FROM cohort",
		"DROP VIEW zv": "DROP VIEW", "DROP VIEW IF EXISTS nosuch": "DROP VIEW",
		"DROP VIEW nosuch": "GENERIC_USER_ERROR: line 1:1: View 'awsdatacatalog.default.nosuch' does not exist",
		"DROP VIEW cohort": "GENERIC_USER_ERROR: line 1:1: View 'awsdatacatalog.default.cohort' does not exist, but a table with " +
			"that name exists. Did you mean DROP TABLE awsdatacatalog.default.cohort?",
		"SHOW CREATE VIEW cohort": "NOT_SUPPORTED: line 1:1: Relation 'awsdatacatalog.default.cohort' is a table, not a view",
		"SHOW CREATE TABLE zv":    "NOT_SUPPORTED: line 1:1: Relation 'awsdatacatalog.default.zv' is a view, not a table",
		"SHOW CREATE VIEW nosuch": "TABLE_NOT_FOUND: line 1:1: View 'awsdatacatalog.default.nosuch' does not exist",

		"EXECUTE p USING 1, 'chr20', 200": "n bigint, x integer", "EXECUTE q USING 1": "_col0 integer",
		"EXECUTE p":                              "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 3 but found 0",
		"EXECUTE p USING 1, 2, 3":                "TYPE_MISMATCH: line 1:59: Cannot apply operator: varchar = integer",
		"EXECUTE P":                              "NOT_FOUND: Prepared statement not found: P",
		"EXECUTE bad":                            "COLUMN_NOT_FOUND: line 1:8: Column 'nosuch' cannot be resolved",
		"EXECUTE view USING 1":                   "NOT_SUPPORTED: line 1:1: A view cannot have parameters",
		"DESCRIBE INPUT nosuch":                  "NOT_FOUND: Prepared statement not found: nosuch",
		"DESCRIBE INPUT p":                       "Position integer, Type varchar(7)",
		"DESCRIBE INPUT seven":                   "Position bigint, Type varchar",
		"PREPARE a FROM SELECT 1 + ? ":           "PREPARE a: SELECT 1 + ?",
		"PREPARE a FROM SELECT x FROM nosuch":    "PREPARE a: SELECT x FROM nosuch",
		"PREPARE a FROM PREPARE b FROM SELECT 1": "NOT_SUPPORTED: Invalid statement type for prepared statement: PREPARE",
		"PREPARE a FROM EXECUTE p":               "NOT_SUPPORTED: Invalid statement type for prepared statement: EXECUTE",
		"PREPARE a FROM DEALLOCATE PREPARE b":    "NOT_SUPPORTED: Invalid statement type for prepared statement: DEALLOCATE",
		"EXECUTE IMMEDIATE 'DROP VIEW zv'":       "DROP VIEW",
	} {
		if got := told(Compile(sql, Session{Catalog: "awsdatacatalog", Schema: "default"}, keeping)); got != want {
			t.Errorf("%s\n\tgot  %s\n\twant %s", sql, got, want)
		}
	}
}

// told is what a compiled statement does and answers, or its error.
func told(c *Compiled, err error) string {
	if err != nil {
		return err.Error()
	}
	var columns []string
	of := c.Columns
	word := ""
	switch change := c.Change.(type) {
	case MakePrepared:
		return change.Word() + " " + change.Name + ": " + change.Text
	case MakeView:
		of, word = change.Columns, change.Word()+" "+change.Schema+"."+change.Name+" ["
	case nil:
	default:
		return change.Word()
	}
	for _, column := range of {
		columns = append(columns, column.Name+" "+column.Type.String())
	}
	text := word + strings.Join(columns, ", ")
	if change, is := c.Change.(MakeView); is {
		text += "] " + change.View.Text
	}
	return text
}
