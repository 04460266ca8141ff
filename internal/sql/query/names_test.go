package query

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// canaries are tables of one row, which holds what is said here. The gate is told of all but the last, of the closed
// ones without columns; DuckDB has views of all, so that a name which the two take differently brings out a row that it
// must not.
var canaries = []struct {
	Table
	says   string
	closed bool
}{
	{Table{Schema: mine, Name: "books"}, "own", false},
	{Table{Schema: theirs, Name: "books"}, "shared", false},
	{Table{Schema: mine, Name: "silk"}, "CLOSED", true},
	{Table{Schema: theirs, Name: "desk"}, "shared-desk", false},
	{Table{Schema: ofNone, Name: "kiosk"}, "ANOTHER", false},
}

// openCanaries opens DuckDB in this process with a view for each table, and gives those that the gate knows.
func openCanaries(t testing.TB) (*session, []Table) {
	t.Helper()
	s := openDialect(t)
	dir := t.TempDir()
	var tables []Table
	for i, c := range canaries {
		c.Columns = []Column{{"x", "VARCHAR"}}
		c.Files = []string{filepath.Join(dir, fmt.Sprintf("%d.parquet", i))}
		if err := s.exec("COPY (SELECT " + quoteLiteral(c.says) + " AS x) TO " + quoteLiteral(c.Files[0])); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, c.Table)
	}
	for i, view := range views(tables) {
		if err := s.exec(viewOf(view, tables[i])); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range canaries {
		if c.closed {
			tables[i].Columns, tables[i].Files = nil, nil
		}
	}
	return s, tables[:len(tables)-1]
}

// says runs a statement that passed the gate and gives its first column's texts, each once, sorted.
func says(s *session, text string) (string, error) {
	stmt, err := s.prepare(text)
	if err != nil {
		return "", err
	}
	defer duckdb.DestroyPrepare(&stmt)
	st, err := s.run(stmt)
	if err != nil {
		return "", err
	}
	defer st.close()
	found := said{}
	for {
		chunk, err := st.next()
		if err != nil || chunk == nil {
			return found.String(), err
		}
		for row := range chunk.rows {
			found[string(chunk.cols[0].bytes(row))] = true
		}
		chunk.close()
	}
}

// said is a set of what canaries say.
type said map[string]bool

func (s said) String() string { return strings.Join(slices.Sorted(maps.Keys(s)), " ") }

func union(a, b said) said {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// named is a WITH query in scope, for the generator: its name as DuckDB folds it.
type named struct {
	name string
	from string // the name of nested that it was spelt from
	rows said
}

// nester makes statements of WITH queries, recursion, subqueries, unions and joins nested at random, over a few names
// spelt in many ways, and knows by SQL's own rules of scope what each must give. It is the gate's judge, so it shares
// no code with it.
type nester struct {
	*rand.Rand
	refused bool // the statement names a table that it may not read
}

// spell writes a name: in any case, quoted or not, and now and then with a letter that only Unicode takes for one of
// it.
func (n *nester) spell(name string) (sql, folded string) {
	letters := []rune(name)
	quoted := n.IntN(3) == 0
	for i, c := range letters {
		switch {
		case c == 'k' && n.IntN(16) == 0:
			letters[i] = '\u212a' // KELVIN SIGN
		case c == 's' && n.IntN(40) == 0:
			letters[i] = '\u017f' // LATIN SMALL LETTER LONG S
		case n.IntN(4) == 0:
			letters[i] = c - 'a' + 'A'
		}
	}
	sql = string(letters)
	folded = strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c - 'A' + 'a'
		}
		return c
	}, sql)
	if quoted {
		sql = `"` + sql + `"`
	}
	return sql, folded
}

var nested = []string{"books", "silk", "desk", "kiosk", "kin"}

// reference is a table or a WITH query.
func (n *nester) reference(scope []named) (string, said) {
	pick := nested[n.IntN(len(nested))]
	if n.IntN(4) > 0 { // mostly one that may be read
		pick = []string{"books", "desk"}[n.IntN(2)]
		if len(scope) > 0 && n.IntN(3) > 0 {
			pick = scope[n.IntN(len(scope))].from
		}
	}
	sql, name := n.spell(pick)
	schema := ""
	switch n.IntN(16) {
	case 0:
		schema = mine
	case 1:
		schema = theirs
	case 2:
		schema = "main"
	case 3:
		schema = "any_db"
	}
	if schema == "" {
		for _, w := range slices.Backward(scope) {
			if w.name == name {
				return sql, w.rows
			}
		}
	} else {
		sql = schema + "." + sql
	}
	for _, c := range canaries[:len(canaries)-1] {
		if c.Name == name && (schema == c.Schema || schema != mine && schema != theirs) {
			n.refused = n.refused || c.closed
			return sql, said{c.says: true}
		}
	}
	n.refused = true
	return sql, said{}
}

// query makes a query of one column x. It has a row at least.
func (n *nester) query(depth int, scope []named) (string, said) {
	shape := n.IntN(9)
	switch {
	case depth == 0:
		sql, rows := n.reference(scope)
		return "SELECT x FROM " + sql, rows
	case shape > 5:
		return n.with(depth-1, scope)
	}
	a, rows := n.query(depth-1, scope)
	switch shape {
	case 0:
		b, more := n.query(n.IntN(depth), scope)
		return "(" + a + ") UNION ALL (" + b + ")", union(rows, more)
	case 1:
		b, _ := n.query(n.IntN(depth), scope)
		return "SELECT l.x FROM (" + a + ") l JOIN (" + b + ") r ON true", rows
	case 2:
		b, more := n.query(n.IntN(depth), scope)
		return "SELECT r.x FROM (" + a + ") l, LATERAL (" + b + ") r", more
	case 3:
		b, _ := n.query(n.IntN(depth), scope)
		return "SELECT x FROM (" + a + ") s WHERE EXISTS (" + b + ")", rows
	case 4:
		return "SELECT (SELECT max(x) FROM (" + a + ") s) AS x",
			said{slices.Max(append(slices.Collect(maps.Keys(rows)), "")): true}
	default:
		return "SELECT x FROM (" + a + ") AS s(x)", rows
	}
}

// with makes a query with one or two WITH queries, recursive ones among them.
func (n *nester) with(depth int, scope []named) (string, said) {
	recursive := n.IntN(2) == 0
	var parts []string
	inner := slices.Clone(scope)
	for range 1 + n.IntN(2) {
		from := nested[n.IntN(len(nested))]
		sql, name := n.spell(from)
		if slices.ContainsFunc(inner[len(scope):], func(w named) bool { return w.name == name }) {
			continue // DuckDB refuses a second one of a name
		}
		body, rows := n.query(depth, inner)
		if recursive && n.IntN(3) > 0 { // the first part does not see the name that it makes, the second does
			own := append(slices.Clone(inner), named{name, from, rows})
			b, more := n.reference(own)
			body = "(" + body + ") UNION SELECT r.x FROM " + sql + " AS l, " + b + " AS r"
			rows = union(rows, more)
		}
		parts = append(parts, sql+[]string{"", "", "(x)"}[n.IntN(3)]+" AS "+[]string{"", "MATERIALIZED ",
			"NOT MATERIALIZED "}[n.IntN(3)]+"("+body+")")
		inner = append(inner, named{name, from, rows})
	}
	body, rows := n.query(depth, inner)
	if strings.HasPrefix(body, "WITH") {
		body = "SELECT x FROM (" + body + ") AS b"
	}
	keyword := "WITH "
	if recursive {
		keyword = "WITH RECURSIVE "
	}
	return keyword + strings.Join(parts, ", ") + " " + body, rows
}

// TestNamesAsDuckDB: whatever the nesting, a statement that passes the gate reads what SQL's rules say, and one that
// names what it may not read does not pass.
func TestNamesAsDuckDB(t *testing.T) {
	s, tables := openCanaries(t)
	ran, refused := 0, 0
	for seed := range uint64(1500) {
		n := &nester{Rand: rand.New(rand.NewPCG(seed, 9))}
		sql, want := n.query(1+n.IntN(3), nil)
		text, _, err := s.check(sql, tables)
		if n.refused {
			refused++
			if err == nil {
				t.Errorf("seed %d passed:\n%s\nas %s", seed, sql, text)
			}
			continue
		}
		if err != nil {
			t.Errorf("seed %d did not pass: %v\n%s", seed, err, sql)
			continue
		}
		got, err := says(s, text)
		if err != nil { // DuckDB has rules of its own about recursion
			continue
		}
		ran++
		if got != want.String() {
			t.Errorf("seed %d gave %q, want %q:\n%s\nas %s", seed, got, want, sql, text)
		}
	}
	if ran < 300 || refused < 300 {
		t.Errorf("only %d ran, %d were refused", ran, refused)
	}
}

// TestNamesThatWereTakenDifferently are the two by which gate and DuckDB disagreed, and their kin.
func TestNamesThatWereTakenDifferently(t *testing.T) {
	s, tables := openCanaries(t)
	for sql, want := range map[string]string{
		"WITH RECURSIVE silk AS (SELECT x FROM silk UNION ALL SELECT x FROM silk WHERE false) SELECT x FROM silk":     "",
		"WITH RECURSIVE kiosk AS (SELECT x FROM kiosk UNION ALL SELECT x FROM kiosk WHERE false) SELECT x FROM kiosk": "",

		"WITH sil\u212a AS (SELECT 'mine' AS x) SELECT x FROM silk":                                  "",
		"WITH silk AS (SELECT 'mine' AS x) SELECT x FROM sil\u212a":                                  "",
		"WITH silk AS (SELECT 'mine' AS x) SELECT silk.x FROM silk":                                  "mine",
		"WITH sil\u212a AS (SELECT 'mine' AS x) SELECT x FROM sil\u212a":                             "mine",
		"WITH \"a/b.parquet\" AS (SELECT 'mine' AS x) SELECT \"a/b.parquet\".x FROM \"a/b.parquet\"": "mine",
		"WITH books AS (SELECT x || '+' AS x FROM books) SELECT books.x FROM Books":                  "own+",

		"WITH RECURSIVE books AS (SELECT x FROM books UNION ALL SELECT books.x || '+' FROM books WHERE x = 'own') SELECT x FROM books":                    "own own+",
		"WITH books AS (SELECT 'outer' AS x) SELECT x FROM (WITH RECURSIVE books AS (SELECT x FROM books UNION SELECT x FROM books) SELECT x FROM books)": "outer",
		"WITH books AS (SELECT 'outer' AS x) SELECT x FROM main.books":                                                                                    "own",
	} {
		text, _, err := s.check(sql, tables)
		if want == "" {
			if err == nil {
				t.Errorf("%s: passed as %s", sql, text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if got, err := says(s, text); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", sql, got, err, want)
		}
	}
}

// TestClosedTable: a table that is there but closed takes its bare name, and elsewhere in the text is nothing. That a
// statement reads it is told who asks for the names of its tables.
func TestClosedTable(t *testing.T) {
	s, tables := openCanaries(t)
	tables[0], tables[1] = tables[1], tables[0]
	tables[0].Columns, tables[0].Files = nil, nil // the first of its name
	for sql, want := range map[string]string{
		"SELECT x FROM books":                                                           theirs + ".books",
		"SELECT x FROM " + theirs + ".books":                                            theirs + ".books",
		"SELECT x FROM " + mine + ".books":                                              mine + ".books",
		"SELECT x FROM any_db.SILK":                                                     mine + ".silk",
		"SELECT x FROM desk -- silk, books":                                             theirs + ".desk",
		"SELECT 'books', x AS silk FROM desk":                                           theirs + ".desk",
		"SELECT l.x FROM desk l, Desk r":                                                theirs + ".desk",
		"WITH silk AS (SELECT 1 AS x) SELECT x FROM silk":                               "",
		"SELECT x FROM desk WHERE x IN (SELECT silk.x FROM silk)":                       theirs + ".desk " + mine + ".silk",
		"WITH w AS (SELECT 1 AS y), v AS (FROM silk) SELECT * FROM w":                   mine + ".silk",
		"SELECT x FROM " + mine + ".books UNION ALL SELECT x FROM " + theirs + ".books": mine + ".books " + theirs + ".books",
	} {
		named, err := s.checkOnce(sql, tables, true)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		closed := strings.Contains(want, ".silk") || strings.Contains(want, theirs+".books")
		var got []string
		for _, view := range named.used {
			got = append(got, tables[slices.Index(views(tables), view)].qualified())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s reads %q, want %q", sql, got, want)
		}
		if _, err := gateOnly(t, s, sql, tables); closed && (err == nil || err.Kind != Denied) || !closed && err != nil {
			t.Errorf("%s: %v, with a closed table %v", sql, err, closed)
		}
	}
}

// TestTables: the engine tells which tables a statement reads before any of them is opened, and then runs it over those
// alone.
func TestTables(t *testing.T) {
	tables := writeStore(t, t.TempDir())
	all := append([]Table{{Schema: theirs, Name: "others"}}, tables...)
	e := newEngine(t, Options{MaxConcurrent: 1, MaxOpen: 1})
	for sql, want := range map[string][]int{
		"SELECT count(*) AS n FROM variants -- others":                                     {1},
		"SELECT count(*) AS n FROM variants WHERE EXISTS (SELECT 1 FROM others, variants)": {0, 1},
		"SELECT 1 AS n": {},
		"WITH others AS (SELECT 1 AS n) FROM others": {},
	} {
		st := e.Begin(t.Context(), "a", sql, DuckDB)
		got, err := st.Tables(all)
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s reads %d, %v; want %d", sql, got, err, want)
		}
		rows, err := st.Run(all)
		if refused := len(want) == 2; refused != (err != nil) || refused && kindOf(t, err) != Denied {
			t.Errorf("%s: %v", sql, err)
		}
		if err == nil {
			for rows.Next() {
				continue
			}
			if err := rows.Err(); err != nil {
				t.Error(err)
			}
		}
	}
	for sql, want := range map[string]Kind{"SELEC": Syntax, "SELECT * FROM nope": NotFound,
		"SELECT read_text('/etc/passwd')": Denied, "SELECT 1; SELECT 2": Denied} {
		st := e.Begin(t.Context(), "a", sql, DuckDB)
		if used, err := st.Tables(all); err == nil || kindOf(t, err) != want {
			t.Errorf("%s: %d, %v; want %s", sql, used, err, want)
		}
	}
	// None of them keeps its place, which is free when its worker is gone.
	for end := time.Now().Add(2 * time.Minute); e.turns.Free() != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d places are free", e.turns.Free())
		}
	}
}

// TestTablesNeedNoPlace: while no place is free the tables of a statement are named all the same, so that it can be
// told that it may not read one any more; only Run waits.
func TestTablesNeedNoPlace(t *testing.T) {
	tables := writeStore(t, t.TempDir())
	e := newEngine(t, Options{MaxConcurrent: 1})
	free, err := e.turns.Take(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	st := e.Begin(ctx, "a", "SELECT count(*) AS n FROM variants", DuckDB)
	if got, err := st.Tables(tables); err != nil || len(got) != 1 {
		t.Fatalf("reads %d, %v", got, err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := st.Run(tables)
		ended <- err
	}()
	for waiting := 0; waiting == 0; _, waiting = e.Statements() {
		runtime.Gosched()
	}
	cancel()
	if err := <-ended; err == nil || kindOf(t, err) != Canceled {
		t.Errorf("the end of the wait: %v", err)
	}
	free()
	if working, waiting := e.Statements(); working != 0 || waiting != 0 {
		t.Errorf("%d statements work and %d wait", working, waiting)
	}
}

// TestNamersStayApart: the worker that names an account's tables does so for its next statement, good or bad, and for
// nobody else's. One that died is replaced.
func TestNamersStayApart(t *testing.T) {
	e := newEngine(t, Options{MaxConcurrent: 2})
	namer := func(account, sql string, want Kind) int {
		t.Helper()
		st := e.Begin(t.Context(), account, sql, DuckDB)
		defer st.Close()
		if _, err := st.Tables(nil); (err != nil) != (want != "") || err != nil && kindOf(t, err) != want {
			t.Fatalf("%s of %s: %v", sql, account, err)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		if len(e.namers) > 2 {
			t.Fatalf("%d workers are kept", len(e.namers))
		}
		return e.namers[account].cmd.Process.Pid
	}
	first := namer("a", "SELECT 1", "")
	if again := namer("a", "SELEC", Syntax); again != first {
		t.Errorf("worker %d named the next statement, not %d", again, first)
	}
	if again := namer("a", "SELECT 2", ""); again != first {
		t.Errorf("after a wrong statement worker %d named the next one, not %d", again, first)
	}
	if other := namer("b", "SELECT 1", ""); other == first {
		t.Error("a worker read statements of two accounts")
	}
	if third := namer("c", "SELECT 1", ""); third == first {
		t.Error("a worker read statements of two accounts")
	}
	e.mu.Lock()
	last := e.namers["c"]
	e.mu.Unlock()
	if err := last.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if next := namer("c", "SELECT 1", ""); next == last.cmd.Process.Pid {
		t.Error("a worker that was killed answered")
	}
}
