package query

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestMemoryBombs(t *testing.T) {
	e := newEngine(t, Options{MemoryLimit: 128 << 20, Timeout: time.Minute})
	for _, sql := range []string{
		"SELECT list(x) FROM range(100000000) t(x)",                                            // aggregate
		"SELECT x FROM range(100000000) t(x) ORDER BY hash(x) LIMIT 1 OFFSET 50000000",         // sort
		"SELECT count(DISTINCT x::VARCHAR || repeat('a', 50)) FROM range(100000000) t(x)",      // hash table
		"SELECT count(*) FROM range(50000000) a(x) JOIN range(50000000) b(x) ON a.x + 1 = b.x", // join
		// one string, outside DuckDB's buffers
		"SELECT length(repeat('x', 4000000000))",
		"SELECT len(range(1000000000))", // one list, likewise
		// a chunk of strings, likewise
		"SELECT repeat('x', 1000000) FROM range(100000)",
		"WITH RECURSIVE t(s) AS (SELECT 'xxxxxxxxxx' UNION ALL SELECT s || s FROM t) SELECT max(length(s)) FROM t",
		"SELECT replace(replace(replace(r, 'x', r), 'x', r), 'x', r) FROM (SELECT repeat('x', 1000) AS r)",
	} {
		_, err := run(t, e, nil, sql)
		if err == nil || kindOf(t, err) != Resource {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if out, err := run(t, e, nil, "SELECT 1 AS one"); err != nil || out != `[{"one":1}]` {
		t.Errorf("afterwards: %s, %v", out, err)
	}
}

func TestDeadline(t *testing.T) {
	const timeout = 500 * time.Millisecond
	e := newEngine(t, Options{Timeout: timeout})
	for _, sql := range []string{
		"SELECT count(*) FROM range(10000000) a, range(10000000) b",
		"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
		"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t) SELECT 1 FROM t WHERE n = 2",
		"SELECT levenshtein(repeat('a', 3000000), repeat('b', 3000000))", // one call that never looks up
		// rows without end: the deadline covers reading them
		"SELECT * FROM range(100000000000)",
	} {
		// by itself none of them ends in a test's time
		if _, err := run(t, e, nil, sql); err == nil || kindOf(t, err) != Timeout {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestCancel(t *testing.T) {
	e := newEngine(t, Options{MaxConcurrent: 1})
	busy := "SELECT count(*) FROM range(10000000) a, range(10000000) b"

	t.Run("while it computes", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(200*time.Millisecond, cancel)
		_, err := e.Query(ctx, nil, busy)
		checkPrompt(t, ctx, err)
	})
	t.Run("while its rows are read", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		rows, err := e.Query(ctx, nil, "SELECT * FROM range(100000000000)")
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; rows.Next(); n++ {
			if n == 10000 {
				cancel()
			}
		}
		checkPrompt(t, ctx, rows.Err())
	})
	t.Run("while it waits for its turn", func(t *testing.T) {
		for e.turns.Free() == 0 { // the place of the statement before, whose worker is ending
			time.Sleep(time.Millisecond)
		}
		first, end := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := e.Query(first, nil, busy)
			ended <- err
		}()
		for e.turns.Free() > 0 {
			time.Sleep(time.Millisecond)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := e.Query(ctx, nil, "SELECT 1"); err == nil || kindOf(t, err) != Timeout {
			t.Errorf("second query of one: %v", err)
		}
		end()
		checkPrompt(t, first, <-ended)
		if out, err := run(t, e, nil, "SELECT 1 AS one"); err != nil || out != `[{"one":1}]` {
			t.Errorf("after the first was ended: %s, %v", out, err)
		}
	})
	t.Run("before it starts", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := e.Query(ctx, nil, "SELECT 1")
		checkPrompt(t, ctx, err)
	})
	t.Run("rows nobody reads or closes", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if _, err := e.Query(ctx, nil, "SELECT * FROM range(100000000000)"); err != nil {
			t.Fatal(err)
		}
		cancel()
		if out, err := run(t, e, nil, "SELECT 1 AS one"); err != nil || out != `[{"one":1}]` {
			t.Errorf("its turn was not given up: %s, %v", out, err)
		}
	})
	t.Run("by closing the engine", func(t *testing.T) {
		rows, err := e.Query(t.Context(), nil, "SELECT * FROM range(100000000000)")
		if err != nil {
			t.Fatal(err)
		}
		worker := rows.w.cmd
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			continue
		}
		if err := rows.Err(); err == nil || kindOf(t, err) != Canceled {
			t.Errorf("rows of a closed engine: %v", err)
		}
		if worker.ProcessState == nil {
			t.Error("the worker outlives the engine")
		}
		if _, err := e.Query(t.Context(), nil, "SELECT 1"); err == nil || kindOf(t, err) != Canceled {
			t.Errorf("query on a closed engine: %v", err)
		}
	})
}

// checkPrompt checks that err came of the context's end.
func checkPrompt(t *testing.T, ctx context.Context, err error) {
	t.Helper()
	if err == nil || kindOf(t, err) != Canceled || !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("cancelled query: %v", err)
	}
}

func TestWorkerDies(t *testing.T) {
	e := newEngine(t, Options{})
	rows, err := e.Query(t.Context(), nil, "SELECT * FROM range(100000000000)")
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.w.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		continue
	}
	if err := rows.Err(); err == nil || kindOf(t, err) != Internal || errors.Unwrap(err) == nil {
		t.Errorf("rows of a killed worker: %v", err)
	}
	// The spare worker may die as well; the next query starts another.
	e.busy.Wait()
	e.mu.Lock()
	spares := e.spares
	e.mu.Unlock()
	if len(spares) == 0 {
		t.Fatal("no spare worker")
	}
	spares[0].stop() // the next to be taken
	if out, err := run(t, e, nil, "SELECT 1 AS one"); err != nil || out != `[{"one":1}]` {
		t.Errorf("after the spare worker died: %s, %v", out, err)
	}
}

func TestOnDemand(t *testing.T) {
	e := newEngine(t, Options{OnDemand: true})
	if len(e.spares) > 0 {
		t.Error("a worker waits")
	}
	if out, err := run(t, e, nil, "SELECT 1 AS one"); err != nil || out != `[{"one":1}]` {
		t.Errorf("%s, %v", out, err)
	}
}

func TestConcurrentQueries(t *testing.T) {
	tables := writeStore(t, t.TempDir())
	e := newEngine(t, Options{MaxConcurrent: 3, Threads: 1})
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			sql := fmt.Sprintf("SELECT count(*) + %d AS n FROM variants", i)
			if out, err := run(t, e, tables, sql); err != nil || out != fmt.Sprintf(`[{"n":%d}]`, i+6) {
				t.Errorf("%s: %s, %v", sql, out, err)
			}
		})
	}
	wg.Wait()
}

func TestResultLimits(t *testing.T) {
	e := newEngine(t, Options{MaxRows: 1000, MaxBytes: 1 << 20})
	for sql, want := range map[string]string{
		"SELECT * FROM range(1000)":                          "",
		"SELECT * FROM range(1001)":                          "the result has more than 1000 rows",
		"SELECT repeat('x', 2000) FROM range(1000)":          "the result is larger than 1048576 bytes",
		"SELECT repeat('x', 20000000)":                       "a row of the result is larger than 16 MiB",
		"SELECT list(x) FROM range(3000000) t(x)":            "the result is larger than 1048576 bytes",
		"SELECT repeat('x', 10000000), repeat('x', 8000000)": "a row of the result is larger than 16 MiB",
	} {
		_, err := run(t, e, nil, sql)
		if want == "" && err != nil || want != "" && (err == nil || err.Error() != want || kindOf(t, err) != Resource) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestSpill(t *testing.T) {
	const sorting = "SELECT x, repeat('x', 100) AS s FROM range(2000000) t(x) ORDER BY hash(x) LIMIT 1 OFFSET 1999999"
	opt := Options{MemoryLimit: 64 << 20, Threads: 1}
	if _, err := run(t, newEngine(t, opt), nil, sorting); err == nil || kindOf(t, err) != Resource {
		t.Fatalf("without a folder to spill to: %v", err)
	}
	opt.TempDir = t.TempDir()
	tables := writeStore(t, t.TempDir())
	e := newEngine(t, opt)
	rows, err := e.Query(t.Context(), tables, sorting)
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	if !strings.Contains(rows.layers, "landlock") {
		t.Skipf("no Landlock here (%s): spilling is off", rows.layers)
	}
	for rows.Next() {
		continue
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	opt.TempLimit = 10 << 20
	if _, err := run(t, newEngine(t, opt), nil, sorting); err == nil || kindOf(t, err) != Resource {
		t.Errorf("beyond the limit of spilled bytes: %v", err)
	}
	e.Close()
	left, err := filepath.Glob(filepath.Join(opt.TempDir, "*", "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("spilled files are left: %v, %v", left, err)
	}
	if _, err := os.Stat(tables[0].Files[0]); err != nil {
		t.Error(err)
	}
}
