package query

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	Worker()
	os.Exit(m.Run())
}

// TestNativesOnEveryThread: a function of package native answers on DuckDB's own threads, which the parts of a UNION
// are spread over, as on the worker's first.
func TestNativesOnEveryThread(t *testing.T) {
	e := newEngine(t, Options{Threads: 4})
	const part = "SELECT count(*) AS n FROM range(5000) t(x) WHERE trino_regexp_like(CAST(x AS VARCHAR), '^1')"
	for range 5 {
		s := e.Begin(t.Context(), "a", "SELECT sum(n)::BIGINT AS n FROM ("+part+" UNION ALL "+part+" UNION ALL "+part+
			" UNION ALL "+part+")", Compiled)
		rows, err := s.Run(nil)
		if err != nil {
			t.Fatal(err)
		}
		if !rows.Next() || rows.Values()[0] != int64(4*1111) {
			t.Errorf("%v, %v", rows.Values(), rows.Err())
		}
		rows.Close()
		s.Close()
	}
}
