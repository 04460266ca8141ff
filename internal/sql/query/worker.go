package query

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// workerName is what the program is started as (argv[0]) to be a worker.
const workerName = "varlake-query-worker"

// isWorker tells that this program was started anew to be a worker.
var isWorker = len(os.Args) > 0 && os.Args[0] == workerName

func init() {
	if isWorker {
		runtime.LockOSThread() // confine binds this thread and those DuckDB starts from it
	}
}

// Worker does a worker's work, and ends the program then, in one that was started to be a worker: every program that
// makes an Engine, tests included, calls it before anything else. An init is too early: Go holds up every thread of
// DuckDB's that calls one of our functions until all packages are initialised.
func Worker() {
	if !isWorker {
		return
	}
	out := bufio.NewWriterSize(os.Stdout, 64<<10)
	err := work(os.Stdin, out)
	if err != nil {
		err = sendError(out, err)
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

type (
	// request is what a worker is asked to do.
	request struct {
		SQL    string
		Tables []Table
		// only the tables that the statement reads are asked for, as a frame of their indexes; others may follow
		Naming      bool
		Macros      bool // the statement is in DuckDB's dialect with our macros
		MemoryLimit int64
		Threads     int
		SpillDir    string
		SpillLimit  int64
	}
	// header comes before the rows.
	header struct {
		Names  []string
		Types  []*typ
		Layers string
	}
	failure struct {
		Kind    Kind
		Message string
		Detail  string
	}
)

func sendError(w *bufio.Writer, err error) error {
	e := asError(err)
	detail := ""
	if e.Err != nil {
		detail = e.Err.Error()
	}
	return sendJSON(w, frameError, failure{Kind: e.Kind, Message: clip(e.Message), Detail: clip(detail)})
}

func sendJSON(w *bufio.Writer, kind byte, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	if err := writeFrame(w, kind, b); err != nil {
		return err
	}
	return w.Flush()
}

// work serves one request: everything up to hello can be done ahead of it.
func work(in io.Reader, out *bufio.Writer) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	s, err := openSession(map[string]string{
		"threads":                      "1", // more once the sandbox is up, for they inherit it
		"autoinstall_known_extensions": "false",
		"autoload_known_extensions":    "false",
		"allow_community_extensions":   "false",
		"temp_directory":               "",
	})
	if err != nil {
		return err
	}
	if err := s.addFunctions(); err != nil {
		return err
	}
	// A first statement meets code and data that is not in memory yet: let it be this one.
	if _, _, err := s.check("SELECT 1", nil); err != nil {
		return err
	}
	if err := errors.Join(writeFrame(out, frameHello, nil), out.Flush()); err != nil {
		return err
	}
	requests := bufio.NewReader(in)
	req, err := readRequest(requests)
	if err != nil {
		return err
	}
	next := make(chan *request)
	// The server holds the other end of stdin: when it is gone, so is the worker, whatever DuckDB is doing.
	go func() {
		for {
			req, err := readRequest(requests)
			if err != nil {
				os.Exit(1)
			}
			next <- req
		}
	}()
	if err := plainPaths(req); err != nil {
		return err
	}
	layers, spill, err := confine(req)
	if err != nil {
		return err
	}
	if !spill {
		req.SpillDir = ""
	}
	if req.Macros {
		if err := s.addMacros(); err != nil {
			return err
		}
	}
	if err := s.lock(req); err != nil {
		return err
	}
	if req.Naming {
		return s.nameEach(req, next, out)
	}
	return hideFiles(s.answer(req, layers, out), req)
}

// goesOn tells that a worker may be asked again which tables a statement reads: it was the statement that was at fault.
func goesOn(err error) bool { return asError(err).Kind != Internal }

// nameEach sends the tables of one statement after the other. They come from one account, and no file can be opened.
func (s *session) nameEach(req *request, next <-chan *request, out *bufio.Writer) error {
	for {
		err := s.name(req, out)
		if err != nil && goesOn(err) {
			err = sendError(out, err)
		}
		if err != nil {
			return err
		}
		if req = <-next; !req.Naming {
			return errWire
		}
	}
}

// hideFiles makes an error that names a data file one of ours: the statement is
// not at fault, and where files lie is not for its user to know.
func hideFiles(err error, req *request) error {
	var duck errDuck
	if !errors.As(err, &duck) {
		return err
	}
	for _, t := range req.Tables {
		for _, f := range t.Files {
			if strings.Contains(string(duck), f) {
				return &Error{Kind: Internal, Message: "a data file could not be read", Err: err}
			}
		}
	}
	return err
}

func readRequest(in *bufio.Reader) (*request, error) {
	kind, payload, err := readFrame(in, nil, 256<<20)
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	req := &request{}
	if kind != frameRequest {
		return nil, errWire
	}
	if err := json.Unmarshal(payload, req); err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	return req, nil
}

// plainPaths replaces paths that DuckDB would take for patterns by names of files opened here.
func plainPaths(req *request) error {
	for _, t := range req.Tables {
		for i, path := range t.Files {
			if !filepath.IsAbs(path) || strings.ContainsRune(path, 0) {
				return fmt.Errorf("data file %q has no absolute path", path)
			}
			if !strings.ContainsAny(path, "*?[") {
				continue
			}
			f, err := os.Open(path)
			if err != nil {
				return fmt.Errorf("open data file: %w", err)
			}
			t.Files[i] = "/proc/self/fd/" + strconv.Itoa(int(f.Fd()))
			opened = append(opened, f)
		}
	}
	return nil
}

// opened keeps files of plainPaths from being closed as garbage.
var opened []*os.File

// addFunctions registers what statements of both dialects need. DuckDB would compute what stands twice in a statement
// before the rest of it, also out of TRY and coalesce, so that what these keep from failing, or from being computed,
// fails.
func (s *session) addFunctions() error {
	return errors.Join(s.addCardinality(), s.addPatternCheck(), s.addNatives(), s.exec("SET TimeZone = 'UTC';"+
		"SET catalog_error_max_schemas = 0; SET parquet_metadata_cache = true;"+
		"SET disabled_optimizers = 'common_subexpressions'; SET enable_external_file_cache = false;")) // the process ends with the query
}

// addMacros makes DuckDB's dialect what dialect.go says.
func (s *session) addMacros() error {
	var b strings.Builder
	for _, m := range macros {
		b.WriteString("CREATE MACRO " + m + ";")
	}
	b.WriteString("SET integer_division = true;")
	s.own = true
	return s.exec(b.String())
}

// lock closes DuckDB itself: nothing but the pinned files may be opened and no setting changes any more.
func (s *session) lock(req *request) error {
	var paths []string
	for _, t := range req.Tables {
		for _, f := range t.Files {
			paths = append(paths, quoteLiteral(f))
		}
	}
	memory := strconv.FormatInt(req.MemoryLimit, 10) + "B"
	settings := []string{
		"memory_limit = " + quoteLiteral(memory),
		"threads = " + strconv.Itoa(req.Threads),
	}
	if req.SpillDir != "" {
		settings = append(settings, "temp_directory = "+quoteLiteral(req.SpillDir),
			"max_temp_directory_size = "+quoteLiteral(strconv.FormatInt(req.SpillLimit, 10)+"B"))
	}
	settings = append(settings,
		"allowed_paths = ["+strings.Join(paths, ", ")+"]",
		"enable_external_access = false",
		"lock_configuration = true")
	for _, set := range settings {
		if err := s.exec("SET " + set); err != nil {
			return fmt.Errorf("configure DuckDB: %w", err)
		}
	}
	return nil
}

// answer checks the statement, runs it and sends what it gives.
func (s *session) answer(req *request, layers string, out *bufio.Writer) error {
	sql, used, err := s.check(req.SQL, req.Tables)
	if err != nil {
		return err
	}
	for i, view := range views(req.Tables) {
		if t := req.Tables[i]; slices.Contains(used, view) {
			if err := s.exec(viewOf(view, t)); err != nil {
				return &Error{Kind: Internal, Message: "table " + quoteIdent(t.Name) + " could not be opened", Err: err}
			}
		}
	}
	stmt, err := s.prepare(sql)
	if err != nil {
		return err
	}
	defer duckdb.DestroyPrepare(&stmt)
	if kind := duckdb.PreparedStatementType(stmt); kind != duckdb.StatementTypeSelect {
		return denied("only SELECT statements are allowed")
	}
	st, err := s.run(stmt)
	if err != nil {
		return err
	}
	defer st.close()
	if err := sendJSON(out, frameColumns, header{Names: st.names, Types: st.types, Layers: layers}); err != nil {
		return err
	}
	return sendRows(st, out)
}

// name sends which of the tables the statement reads.
func (s *session) name(req *request, out *bufio.Writer) error {
	ok, err := s.checkOnce(req.SQL, req.Tables, true)
	if err != nil {
		return err
	}
	names, indexes := views(req.Tables), []int{}
	for _, view := range ok.used {
		indexes = append(indexes, slices.Index(names, view))
	}
	return sendJSON(out, frameTables, indexes)
}

// check passes the text through the gate and gives the text to run: the very
// text that was checked, or, where names had to be rewritten, the text of the
// rewritten tree, which passes the gate once more.
func (s *session) check(sql string, tables []Table) (text string, used []string, err error) {
	ok, err := s.checkOnce(sql, tables, false)
	if err != nil {
		return "", nil, err
	}
	if !ok.changed {
		return sql, ok.used, nil
	}
	text, err = s.text("SELECT json_deserialize_sql(?::JSON)", ok.tree)
	if err != nil {
		return "", nil, fmt.Errorf("write statement: %w", err)
	}
	again, err := s.checkOnce(text, tables, false)
	if err != nil {
		return "", nil, err
	}
	if again.changed {
		return "", nil, errors.New("rewriting the statement does not settle")
	}
	return text, again.used, nil
}

func (s *session) checkOnce(sql string, tables []Table, naming bool) (*checked, error) {
	if err := checkText(sql); err != nil {
		return nil, err
	}

	answer, err := s.text("SELECT CAST(json_serialize_sql(?::VARCHAR, skip_null := false, skip_empty := false) AS VARCHAR)", sql)
	if err != nil {
		return nil, err
	}
	return checkTree(sql, answer, tables, naming, s.own)
}

// viewOf is the statement that makes a table of its files.
func viewOf(name string, t Table) string {
	cols := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		from := quoteIdent(c.Name)
		if len(t.Files) == 0 {
			from = "NULL"
		}
		cols[i] = "CAST(" + from + " AS " + c.Type + ") AS " + quoteIdent(c.Name)
	}
	view := "CREATE VIEW main." + quoteIdent(name) + " AS SELECT " + strings.Join(cols, ", ")
	if len(t.Files) == 0 {
		return view + " WHERE false"
	}
	files := make([]string, len(t.Files))
	for i, f := range t.Files {
		files[i] = quoteLiteral(f)
	}
	return view + " FROM read_parquet([" + strings.Join(files, ", ") + "], hive_partitioning = false)"
}

func sendRows(st *stream, out *bufio.Writer) error {
	var buf []byte
	flush := func() error {
		if len(buf) == 0 {
			return nil
		}
		err := writeFrame(out, frameRows, buf)
		buf = buf[:0]
		return errors.Join(err, out.Flush())
	}
	for {
		c, err := st.next()
		if err != nil {
			return err
		}
		if c == nil {
			break
		}
		for row := range c.rows {
			start := len(buf)
			for i := range c.cols {
				buf = appendValue(buf, &c.cols[i], row)
			}
			if len(buf)-start > maxRow {
				return &Error{Kind: Resource, Message: fmt.Sprintf("a row of the result is larger than %d MiB", maxRow>>20)}
			}
			if len(buf) >= flushBytes {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		c.close()
		if err := flush(); err != nil { // rows of a slow query appear as they are found
			return err
		}
	}
	return writeFrame(out, frameDone, nil)
}
