package query

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/sql/trino"
	"github.com/varlake/varlake/internal/sql/trino/generate"
)

// generatedSession has the tables that generated statements read, of a few rows.
func generatedSession(t *testing.T) (*session, goldenTables) {
	s, err := openSession(map[string]string{"threads": "1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	if err := s.addFunctions(); err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{
		"vvv": "('chr20', 100::BIGINT, 1.5::DOUBLE, 3, true, 'S1', [0, 1], ['A', NULL]), " +
			"('chr21', 200, NULL, NULL, NULL, 'S2', NULL, []), ('chr20', NULL, 0, 10, false, NULL, [NULL], ['G'])",
		"genes": "('chr20', 50, 'GENEA', 1.5::DOUBLE, true), ('chr20', 240, 'GENEB', NULL, NULL), (NULL, 2, 'a', -1, false)",
	}
	tables := goldenTables{}
	for name, columns := range generate.Tables {
		names := make([]string, len(columns))
		for i, c := range columns {
			names[i] = quoteIdent(c[0])
		}
		tables[name] = goldenTable{Columns: columns}
		view := fmt.Sprintf("CREATE VIEW b_%s AS SELECT * FROM (VALUES %s) AS v(%s)", name, rows[name],
			strings.Join(names, ", "))
		if err := s.exec(view); err != nil {
			t.Fatal(err)
		}
	}
	return s, tables
}

// TestGenerated: whatever query the grammar gives, the compiler answers SQL that the gate accepts and DuckDB runs, or
// an error of Trino's.
func TestGenerated(t *testing.T) {
	s, tables := generatedSession(t)
	session := trino.Session{Catalog: "awsdatacatalog", Schema: "default", User: "u", Now: time.Unix(1_800_000_000, 0)}
	const n = 100
	compiled := 0
	for seed := range uint64(n) {
		sql := generate.Statement(seed)
		c, err := trino.Compile(sql, session, tables)
		var refused *trino.Error
		switch {
		case errors.As(err, &refused) && refused.Name != trino.TooComplex:
			continue
		case err != nil:
			t.Errorf("seed %d: %s\n%v", seed, sql, err)
			continue
		case len(c.SQL) > 60*len(sql):
			t.Errorf("seed %d: %s\n%d bytes have become %d", seed, sql, len(sql), len(c.SQL))
		}
		compiled++
		_, err = s.goldenRows(c)
		if duck := errDuck(""); errors.As(err, &duck) && trino.RuntimeError(string(duck)).Name != "GENERIC_INTERNAL_ERROR" {
			continue
		}
		if err != nil {
			t.Errorf("seed %d: %s\n%s\n%v", seed, sql, clipped(c.SQL), err)
		}
	}
	if compiled*100 < n*80 {
		t.Errorf("%d of %d queries compile: less than 80 in 100", compiled, n)
	}
}
