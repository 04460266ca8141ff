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
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/varlake/varlake/internal/state/slot"
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
// A table without columns is closed: its name is taken, and a statement that means it is refused.
//
// A statement names a table with its schema, with no schema or with any that is not
// the form of a store's; in the last two cases the first table of that name is meant.
type Table struct {
	Schema  string // namespace in the catalog, such as variant_123456789012_b533f097bade; may be empty
	Name    string
	Columns []Column
	Files   []string
}

func (t *Table) closed() bool { return len(t.Columns) == 0 }

// qualified is the table's name with its schema, in lower case.
func (t *Table) qualified() string { return fold(t.Schema + "." + t.Name) }

// storeSchema is the form of the schemas of stores.
var storeSchema = regexp.MustCompile(`\A(?:variant|annotation)_[0-9]{12}_[0-9a-f]{12}\z`)

// views names the view that stands for each table: the table's name, but for a table after one of the same name the
// qualified one.
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
	// bytes of DuckDB's buffers per query, 1 GiB; the process as a whole may take a quarter and 256 MiB more
	MemoryLimit int64
	Threads     int           // threads per query; the number of CPUs
	Timeout     time.Duration // from Begin until the result is whole, read or not; 5 minutes
	// folder, not shared with anything else, below which sorts and joins larger than memory spill, on Linux with Landlock;
	// empty: they fail
	TempDir   string
	TempLimit int64 // bytes spilled per query; 10 GiB
	// queries at work at the same time, further ones wait; 4. See slot.NewTurns for an account's part
	MaxConcurrent int
	MaxOpen       int         // queries of an account that wait, work or are read: see Open; 0: no limit
	Results       *slot.Spill // holds what was not read yet; one of its own, in TempDir
	MaxRows       int64       // rows of a result, beyond which it ends with a Resource error; 0: no limit
	MaxBytes      int64       // bytes of a result as sent by the worker, likewise; 0: no limit
	OnDemand      bool        // no worker waits for the first query: it starts its own
	// workers started ahead, some 10 MiB each; 4. There are more than one only after queries that found none ready
	Spares int
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
	if o.Spares <= 0 {
		o.Spares = 4
	}
	if o.Results == nil {
		o.Results = slot.NewSpill(o.TempDir, slot.Limits{})
	}
	return o
}

// Engine runs queries. It is safe for concurrent use.
type Engine struct {
	opt    Options
	turns  *slot.Turns     // for places to work
	naming *slot.Turns     // for naming tables, which is short
	ctx    context.Context // ends with Close
	close  context.CancelFunc

	mu     sync.Mutex
	spares []*worker          // started ahead, waiting for requests, the oldest first
	wanted int                // how many of them there shall be
	fills  bool               // prepareSpares is at work
	namers map[string]*worker // by account, which have named the tables of its statements and wait for the next one
	busy   sync.WaitGroup
}

// New makes an engine. Unless OnDemand, it starts a first worker, to learn now whether it can.
func New(opt Options) (*Engine, error) {
	e := &Engine{opt: opt.withDefaults(), namers: map[string]*worker{}}
	e.turns = slot.NewTurns(e.opt.MaxConcurrent, e.opt.MaxOpen)
	e.naming = slot.NewTurns(e.opt.MaxConcurrent, 0)
	e.ctx, e.close = context.WithCancel(context.Background())
	if opt.OnDemand {
		return e, nil
	}
	w, err := startWorker(e.opt.TempDir)
	if err != nil {
		return nil, err
	}
	e.spares, e.wanted = []*worker{w}, 1
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
	for _, w := range e.spares {
		w.stop()
	}
	for _, w := range e.namers {
		w.stop()
	}
	e.spares, e.namers = nil, nil
	return nil
}

// firstPart is how many bytes of a result are there before it is begun to be read, unless it is whole before: so most
// that fail do so before.
const firstPart = 8 << 20

// Open counts one more query of an account, to be called before anything is done for it. The error is a Busy one when
// the account has as many as it may. closed is called when the result was read.
func (e *Engine) Open(account string) (closed func(), err error) {
	if closed, err = e.turns.Open(account); err != nil {
		return nil, &Error{Kind: Busy, Message: "the account has as many queries as it may have at a time", Err: err}
	}
	return closed, nil
}

// Statement is one statement of an account on its way through the engine. Its time and its place among others' count
// from Begin on, over all that is done for it. It is for one goroutine.
type Statement struct {
	e       *Engine
	ctx     context.Context // the caller's
	work    context.Context // ends when the statement has taken too long
	end     func()          // of work
	account string
	sql     string
	dialect Dialect
	done    func() // gives its place up; nil: it has none yet
}

// Statements tells how many statements have a place to work, and how many wait for one: their tables are named.
func (e *Engine) Statements() (working, waiting int) { return e.turns.Held() }

// Dialect tells what functions mean in a statement.
type Dialect uint8

const (
	// DuckDB is DuckDB's own dialect, with some functions of Trino's (dialect.go).
	DuckDB Dialect = iota
	// Compiled is what package trino writes: all functions are DuckDB's own, or of package native.
	Compiled
)

// Begin begins a statement of an account. Close it, or Run it and close its rows.
func (e *Engine) Begin(ctx context.Context, account, sql string, dialect Dialect) *Statement {
	s := &Statement{e: e, ctx: ctx, account: account, sql: sql, dialect: dialect}
	var cancel context.CancelFunc
	s.work, cancel = context.WithTimeout(ctx, e.opt.Timeout)
	unlink := context.AfterFunc(e.ctx, cancel)
	s.end = func() { unlink(); cancel() }
	return s
}

// Close ends the statement, and its rows.
func (s *Statement) Close() {
	if s.done != nil {
		s.done()
	}
	s.end()
}

// fail closes the statement that err ended, and makes err the user's error.
func (s *Statement) fail(err error) error {
	final := endError(s.work, err)
	s.Close()
	return final
}

// Tables tells which of the tables the statement reads, by their indexes, each once: what its syntax tree names outside
// of WITH. Their columns and files are not looked at. It does not wait for a place to work, so that the right to the
// tables can be watched while Run does. Errors are *Error: of a statement that could not run whatever the tables hold.
func (s *Statement) Tables(of []Table) ([]int, error) {
	used, err := s.tables(of)
	if err != nil {
		return nil, s.fail(err)
	}
	return used, nil
}

func (s *Statement) tables(of []Table) ([]int, error) {
	if err := s.check(of); err != nil {
		return nil, err
	}
	names := make([]Table, len(of))
	for i := range of {
		names[i] = Table{Schema: of[i].Schema, Name: of[i].Name}
	}
	used, waited, err := s.name(names)
	if waited && err != nil && !goesOn(err) && s.work.Err() == nil { // it may have died while it waited
		used, _, err = s.name(names)
	}
	return used, err
}

// name asks a worker which of the tables the statement reads. waited tells that the worker had done so before, for an
// earlier statement.
func (s *Statement) name(tables []Table) (used []int, waited bool, err error) {
	done, err := s.e.naming.Take(s.work, s.account)
	if err != nil {
		return nil, false, err
	}
	defer done()
	w, free, err := s.hire(request{Tables: tables, Naming: true, MemoryLimit: min(s.e.opt.MemoryLimit, namingMemory),
		Threads: 1}, func() {})
	if err != nil {
		return nil, false, err
	}
	again := false
	defer func() { free(again) }()
	s.e.busy.Go(s.e.prepareSpares) // one of which is to run it: it starts meanwhile
	waited = w.named > 0
	kind, payload, err := readFrame(w.out, nil, maxFrame)
	switch {
	case err != nil:
		return nil, waited, w.died(err)
	case kind == frameError:
		err := workerError(payload)
		again = goesOn(err)
		return nil, waited, err
	case kind != frameTables || json.Unmarshal(payload, &used) != nil:
		return nil, waited, errWire
	}
	for i, index := range used { // it parsed untrusted text: nothing it says is believed
		if index < 0 || index >= len(tables) || slices.Contains(used[:i], index) {
			return nil, waited, errWire
		}
	}
	again = true
	return used, waited, nil
}

// Run runs the statement over the tables, among which must be those that it reads. It returns when the result is whole
// or has grown to some megabytes, or the statement has failed. The context of Begin governs the rows as well: when it
// ends, so does the statement, at once. Errors are always *Error. It closes the statement when it fails, and when the
// rows are closed.
func (s *Statement) Run(tables []Table) (*Rows, error) {
	r, err := s.run(tables)
	if err != nil {
		return nil, s.fail(err)
	}
	r.end = s.Close
	if err := r.result.Ready(firstPart); err != nil {
		r.fail(err)
		return nil, r.err
	}
	return r, nil
}

func (s *Statement) run(tables []Table) (*Rows, error) {
	e := s.e
	if err := s.check(tables); err != nil {
		return nil, err
	}
	var err error
	if s.done, err = e.turns.Take(s.work, s.account); err != nil {
		return nil, err
	}
	r := &Rows{ctx: s.ctx, maxRows: e.opt.MaxRows, maxBytes: e.opt.MaxBytes, worked: make(chan struct{})}
	done := s.done
	w, free, err := s.hire(request{Tables: tables, Macros: s.dialect == DuckDB, MemoryLimit: e.opt.MemoryLimit,
		Threads: e.opt.Threads, SpillLimit: e.opt.TempLimit}, func() {
		done()
		close(r.worked)
	})
	if err != nil {
		return nil, err
	}
	s.done = nil // its place is the worker's from here on
	r.w, r.release = w, func() { free(false) }
	// Whatever the caller does with the rows, the end of the context ends the worker.
	context.AfterFunc(s.work, r.release)
	if err := r.readHeader(); err != nil {
		r.release()
		return nil, err
	}
	r.result = e.opt.Results.NewResult(s.ctx, s.work, s.account, e.turns)
	r.in = bufio.NewReaderSize(r.result, 64<<10)
	context.AfterFunc(s.ctx, r.result.Close) // likewise what was not read
	go r.pump(s.work)
	return r, nil
}

// check refuses what needs no worker to be refused.
func (s *Statement) check(tables []Table) error {
	if err := checkText(s.sql); err != nil {
		return err
	}
	return checkTables(tables)
}

// hire gives a worker that has taken the request about the statement. free ends the worker, or keeps it to name the
// tables of the account's next statement; the end of the statement's time ends it as well. It does not wait for that
// process to end, for no answer need wait for it; gone is called after it has, or was kept.
func (s *Statement) hire(req request, gone func()) (w *worker, free func(again bool), err error) {
	req.SQL = s.sql
	if w, err = s.e.hire(s.work, s.account, req); err != nil {
		return nil, nil, err
	}
	var once sync.Once
	free = func(again bool) {
		once.Do(func() {
			again = again && s.e.keep(s.account, w)
			go func() {
				defer s.e.busy.Done()
				if !again {
					w.stop()
				}
				gone()
				s.e.prepareSpares()
			}()
		})
	}
	context.AfterFunc(s.work, func() { free(false) })
	return w, free, nil
}

// namingMemory bounds what DuckDB takes to name the tables of a statement, in bytes.
const namingMemory = 128 << 20

// maxNamed is how many statements' tables one worker names: what DuckDB's parser may leak is bounded by it.
const maxNamed = 1000

// keep keeps a worker for the next statement of its account. It has read statements of that account, and none of
// another's may reach it. The worker of some other account makes room for it.
func (e *Engine) keep(account string, w *worker) bool {
	w.named++
	e.mu.Lock()
	defer e.mu.Unlock()
	if w.named >= maxNamed || e.namers[account] != nil || e.ctx.Err() != nil || e.opt.OnDemand {
		return false
	}
	for other, idle := range e.namers {
		if len(e.namers) < e.opt.MaxConcurrent {
			break
		}
		delete(e.namers, other)
		go idle.stop()
	}
	e.namers[account] = w
	return true
}

// hire gives a worker that has taken the request of an account, and counts it as busy. A
// worker that waited may have died meanwhile, hence a second attempt, with a new one.
func (e *Engine) hire(ctx context.Context, account string, req request) (*worker, error) {
	for attempt := 1; ; attempt++ {
		e.mu.Lock()
		if err := e.ctx.Err(); err != nil {
			e.mu.Unlock()
			return nil, err
		}
		var w *worker
		if req.Naming {
			w = e.namers[account]
			delete(e.namers, account)
		}
		if w == nil && attempt == 1 {
			w = e.spare()
		}
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

// spare takes the spare that has waited longest, or nil. When that is not ready there have been too few.
func (e *Engine) spare() (w *worker) {
	if len(e.spares) > 0 {
		w, e.spares = e.spares[0], e.spares[1:]
	}
	if w == nil || !w.greeted.Load() {
		e.wanted = min(e.wanted+1, e.opt.Spares)
	}
	return w
}

// prepareSpares starts workers until as many wait as are wanted, so that their start-up is not waited for: one after
// the other, for they take the processor from statements. A failure is left for the next query to meet.
func (e *Engine) prepareSpares() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fills {
		return
	}
	e.fills = true
	defer func() { e.fills = false }()
	for len(e.spares) < max(e.wanted, 1) && e.ctx.Err() == nil {
		w, err := startWorker(e.opt.TempDir)
		if err != nil {
			return
		}
		e.spares = append(e.spares, w)
		e.mu.Unlock()
		err = w.greet()
		e.mu.Lock()
		if err != nil {
			e.spares = slices.DeleteFunc(e.spares, func(other *worker) bool { return other == w })
			go w.stop()
			return
		}
	}
}

func checkTables(tables []Table) error {
	seen := map[string]bool{}
	for _, t := range tables {
		name := t.qualified()
		if seen[name] || t.Name == "" {
			return fmt.Errorf("table %q is given twice or has no name", t.Name)
		}
		seen[name] = true
	}
	return nil
}

// endError makes err the user's error; when the context has ended, that is the reason.
func endError(ctx context.Context, err error) *Error {
	switch {
	case errors.Is(err, slot.ErrUnread):
		return &Error{Kind: Resource, Message: err.Error()}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &Error{Kind: Timeout, Message: "the query took longer than it may", Err: err}
	case ctx.Err() != nil || errors.Is(err, context.Canceled): // the latter: the engine is closed
		return &Error{Kind: Canceled, Message: "the query was cancelled", Err: err}
	}
	return asError(err)
}
