// Package query runs one untrusted SELECT statement over pinned Parquet files,
// with DuckDB.
//
// A statement can read the tables it is given and nothing else, and can write
// nothing at all. Several layers see to that, each enough for most attacks:
//
//  1. The gate (gate.go): DuckDB's own parser makes the syntax tree, and a walk
//     over it allows listed node kinds, functions and table names only. The text
//     that runs is the text that was checked, but for the names of WITH, which are
//     written anew so that both mean the same by them, and DuckDB must agree that
//     it is one SELECT.
//  2. DuckDB's locks: external access off but for the pinned files, no
//     extension is loaded, configuration locked. These alone would not do:
//     DuckDB's allowed_paths permits writing those files as well as reading them.
//  3. A process of its own for each query: this program started anew (see
//     worker.go), with an empty environment and none of the server's memory, keys
//     or open files. Killing it ends a query at once and frees all it held; a
//     crash or an exhausted memory limit ends that query only.
//  4. The kernel, on Linux (sandbox_linux.go): in that process, seccomp refuses
//     opening any file for writing, changing any file or folder, sockets and new
//     programs, and Landlock refuses reading any file but the pinned ones, so that
//     even a statement that fooled the gate could not harm the data. Where the
//     kernel has no Landlock (before 5.13) reading is held by layers 1 and 2; on
//     other systems layers 1 to 3 are all there are.
package query

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"sync"
	"time"
)

// Column is a column of a table or of a result. Type is DuckDB's text of the
// type, such as BIGINT, VARCHAR[] or MAP(VARCHAR, VARCHAR).
type Column struct {
	Name string
	Type string
}

// Table is a table a statement may read: the rows of Files, projected to
// Columns by name. Files are absolute paths of Parquet files that must stay as
// they are while the query runs; without files the table is empty. Names and
// files are trusted: they come from the catalog, not from the user.
//
// A statement names a table with its schema, with no schema or with any that is not
// the form of a store's; in the last two cases the first table of that name is meant.
type Table struct {
	Schema  string // namespace in the catalog, such as variant_123456789012_b533f097bade; may be empty
	Name    string
	Columns []Column
	Files   []string
	Denied  bool // the statement may not read it: its name is taken, and a statement that means it fails as Denied
}

// qualified is the table's name with its schema, in lower case.
func (t *Table) qualified() string { return fold(t.Schema + "." + t.Name) }

// storeSchema is the form of the schemas of stores.
var storeSchema = regexp.MustCompile(`\A(?:variant|annotation)_[0-9]{12}_[0-9a-f]{12}\z`)

// views names the view that stands for each table: the table's name, but for a table after one of the same name the qualified one.
func views(tables []Table) []string {
	names, seen := make([]string, len(tables)), map[string]bool{}
	for i := range tables {
		names[i] = tables[i].Name
		if lower := fold(names[i]); seen[lower] {
			names[i] = tables[i].qualified()
		} else {
			seen[lower] = true
		}
	}
	return names
}

// Options bounds every query of an Engine. The zero value of a field means the default stated beside it.
type Options struct {
	MemoryLimit   int64         // bytes of DuckDB's buffers per query, 1 GiB; the process as a whole may take a quarter and 256 MiB more
	Threads       int           // threads per query; the number of CPUs
	Timeout       time.Duration // from the call of Query until the result is whole, read or not; 5 minutes
	TempDir       string        // folder, not shared with anything else, below which sorts and joins larger than memory spill, on Linux with Landlock; empty: they fail
	TempLimit     int64         // bytes spilled per query; 10 GiB
	MaxConcurrent int           // queries at work at the same time, further ones wait; 4. See NewTurns for an account's part
	MaxOpen       int           // queries of an account that wait, work or are read: see Open; 0: no limit
	Results       *Spill        // holds what was not read yet; one of its own, in TempDir
	MaxRows       int64         // rows of a result, beyond which it ends with a Resource error; 0: no limit
	MaxBytes      int64         // bytes of a result as sent by the worker, likewise; 0: no limit
	OnDemand      bool          // no worker waits for the first query: it starts its own
}

func (o Options) withDefaults() Options {
	if o.MemoryLimit <= 0 {
		o.MemoryLimit = 1 << 30
	}
	if o.Threads <= 0 {
		o.Threads = runtime.NumCPU()
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Minute
	}
	if o.TempLimit <= 0 {
		o.TempLimit = 10 << 30
	}
	if o.MaxConcurrent <= 0 {
		o.MaxConcurrent = 4
	}
	if o.Results == nil {
		o.Results = NewSpill(o.TempDir, SpillLimits{})
	}
	return o
}

// Engine runs queries. It is safe for concurrent use.
type Engine struct {
	opt   Options
	turns *Turns
	ctx   context.Context // ends with Close
	close context.CancelFunc

	mu    sync.Mutex
	spare *worker // started ahead, waiting for a request
	busy  sync.WaitGroup
}

// New makes an engine. Unless OnDemand, it starts a first worker, to learn now whether it can.
func New(opt Options) (*Engine, error) {
	e := &Engine{opt: opt.withDefaults()}
	e.turns = NewTurns(e.opt.MaxConcurrent, e.opt.MaxOpen)
	e.ctx, e.close = context.WithCancel(context.Background())
	if opt.OnDemand {
		return e, nil
	}
	w, err := startWorker(e.opt.TempDir)
	if err != nil {
		return nil, err
	}
	e.spare = w
	return e, nil
}

// Close ends every query still running and frees what the engine holds. Queries after it fail as Canceled.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.close()
	e.mu.Unlock()
	e.busy.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.spare != nil {
		e.spare.stop()
		e.spare = nil
	}
	return nil
}

// firstPart is how many bytes of a result are there before it is begun to be read, unless it is whole before: so most that fail do so before.
const firstPart = 8 << 20

// Query runs one SELECT statement over the tables. It returns when the result is
// whole or has grown to some megabytes, or the statement has failed. The context
// governs the rows as well: when it ends, so does the query, at once. Errors are always *Error.
func (e *Engine) Query(ctx context.Context, tables []Table, sql string) (*Rows, error) {
	return e.QueryAs(ctx, "", tables, sql)
}

// Open counts one more query of an account, to be called before anything is done for it. The error is a Busy one when the account has
// as many as it may. closed is called when the result was read.
func (e *Engine) Open(account string) (closed func(), err error) {
	if closed, err = e.turns.Open(account); err != nil {
		return nil, &Error{Kind: Busy, Message: "the account has as many queries as it may have at a time", Err: err}
	}
	return closed, nil
}

// QueryAs is Query for an account, which has its share of the engine and no more. See Open.
func (e *Engine) QueryAs(ctx context.Context, account string, tables []Table, sql string) (*Rows, error) {
	work, cancel := context.WithTimeout(ctx, e.opt.Timeout)
	unlink := context.AfterFunc(e.ctx, cancel)
	end := func() { unlink(); cancel() }
	r, err := e.query(ctx, work, account, tables, sql)
	if err != nil {
		final := endError(work, err)
		end()
		return nil, final
	}
	r.end = end
	if err := r.result.Ready(firstPart); err != nil {
		r.fail(err)
		return nil, r.err
	}
	return r, nil
}

func (e *Engine) query(ctx, work context.Context, account string, tables []Table, sql string) (*Rows, error) {
	if err := checkText(sql); err != nil {
		return nil, err
	}
	if err := checkTables(tables); err != nil {
		return nil, err
	}
	done, err := e.turns.Take(work, account)
	if err != nil {
		return nil, err
	}
	w, err := e.hire(work, request{SQL: sql, Tables: tables, MemoryLimit: e.opt.MemoryLimit, Threads: e.opt.Threads, SpillLimit: e.opt.TempLimit})
	if err != nil {
		done()
		return nil, err
	}
	r := &Rows{ctx: ctx, w: w, maxRows: e.opt.MaxRows, maxBytes: e.opt.MaxBytes, worked: make(chan struct{})}
	r.release = sync.OnceFunc(func() {
		w.stop()
		done()
		close(r.worked)
		go func() {
			defer e.busy.Done()
			e.prepareSpare()
		}()
	})
	// Whatever the caller does with the rows, the end of the context ends the worker.
	context.AfterFunc(work, r.release)
	if err := r.readHeader(); err != nil {
		r.release()
		return nil, err
	}
	r.result = e.opt.Results.NewResult(ctx, work, account, e.turns)
	r.in = bufio.NewReaderSize(r.result, 64<<10)
	context.AfterFunc(ctx, r.result.Close) // likewise what was not read
	go r.pump(work)
	return r, nil
}

// hire gives a worker that has taken the request, and counts it as busy. The
// spare worker may have died while it waited, hence a second attempt.
func (e *Engine) hire(ctx context.Context, req request) (*worker, error) {
	for attempt := 1; ; attempt++ {
		e.mu.Lock()
		if err := e.ctx.Err(); err != nil {
			e.mu.Unlock()
			return nil, err
		}
		w := e.spare
		e.spare = nil
		e.busy.Add(1)
		e.mu.Unlock()
		var err error
		if w == nil {
			w, err = startWorker(e.opt.TempDir)
		}
		if err == nil {
			unlink := context.AfterFunc(ctx, w.stop)
			req.SpillDir = w.spillDir
			err = w.send(req)
			unlink()
			if err == nil {
				return w, nil
			}
			err = w.died(err)
		}
		e.busy.Done()
		if attempt == 2 || ctx.Err() != nil {
			return nil, err
		}
	}
}

// prepareSpare starts a worker for the next query, so that its start-up is not waited for.
// A failure is left for the next query to meet.
func (e *Engine) prepareSpare() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.spare == nil && e.ctx.Err() == nil {
		e.spare, _ = startWorker(e.opt.TempDir)
	}
}

func checkTables(tables []Table) error {
	seen := map[string]bool{}
	for _, t := range tables {
		name := t.qualified()
		if seen[name] || t.Name == "" || len(t.Columns) == 0 && !t.Denied {
			return fmt.Errorf("table %q is given twice or has no name or columns", t.Name)
		}
		seen[name] = true
	}
	return nil
}

// endError makes err the user's error; when the context has ended, that is the reason.
func endError(ctx context.Context, err error) *Error {
	switch {
	case errors.Is(err, ErrUnread):
		return &Error{Kind: Resource, Message: err.Error()}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &Error{Kind: Timeout, Message: "the query took longer than it may", Err: err}
	case ctx.Err() != nil || errors.Is(err, context.Canceled): // the latter: the engine is closed
		return &Error{Kind: Canceled, Message: "the query was cancelled", Err: err}
	}
	return asError(err)
}
