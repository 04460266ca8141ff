package query

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// The gate decides whether a statement may run. DuckDB's own parser turns the
// text into a syntax tree (json_serialize_sql), so that what is checked is what
// DuckDB will run; the walk below allows what it knows and refuses the rest:
//
//   - exactly one statement, and a SELECT (nothing else can be serialised);
//   - a tree made of the node kinds, each with the members, that rules.go lists;
//   - tables: the given ones and the WITH names in scope. A catalog and schema in
//     front of a given table's name, as in "awsdatacatalog"."db"."t", become main,
//     and the name that of its view (see Table);
//   - table functions: unnest, range, generate_series;
//   - functions: those of functions.go, and those of package native in what was compiled.
//
// Parameters, PIVOT, SHOW, DESCRIBE, SUMMARIZE and time travel are not in the rules.
const (
	maxSQL   = 256 << 10 // bytes; the limit of Athena
	maxDepth = 500       // nodes inside one another
	maxNodes = 500_000
	maxNames = 500 // of a column reference, such as a.b.c
)

type (
	object = map[string]any
	gate   struct {
		tables    map[tableName]target // tables that are there, to what stands for them
		naming    bool                 // only the names of tables are wanted: none is closed
		own       bool                 // the text is in DuckDB's own dialect
		used      []string             // the views that the statement reads, each once, in the order of the walk
		scope     []withName           // WITH names that are visible, innermost last
		dropped   [][]string           // qualified names of tables whose qualifier was replaced, lower case
		columns   []object             // column references seen, to drop the same qualifiers
		patterns  []object             // calls with a pattern that is yet to be computed
		recursive withName             // of the recursive query that is walked next
		changed   bool                 // the tree is no longer what the text says
		depth     int
		nodes     int
	}
)

func denied(format string, args ...any) error {
	return &Error{Kind: Denied, Message: fmt.Sprintf(format, args...)}
}

// parsed is what json_serialize_sql answers.
type parsed struct {
	Error    bool   `json:"error"`
	Type     string `json:"error_type"`
	Message  string `json:"error_message"`
	Position string `json:"position"`
	// Statements are the statements of the text, one syntax tree each.
	Statements []object `json:"statements"`
}

// checked is a statement that passed the gate.
type checked struct {
	tree    string   // the tree in the form json_deserialize_sql takes
	changed bool     // whether the tree differs from the text's own
	used    []string // the views it reads, see views
}

// checkText refuses text that cannot be a statement before the parser sees it.
func checkText(sql string) error {
	switch {
	case len(sql) > maxSQL:
		return &Error{Kind: Syntax, Message: fmt.Sprintf("the statement is longer than %d bytes", maxSQL)}
	case strings.ContainsRune(sql, 0):
		return &Error{Kind: Syntax, Message: "the statement holds a NUL character"}
	case strings.ToValidUTF8(sql, "") != sql:
		return &Error{Kind: Syntax, Message: "the statement is not valid UTF-8"}
	}
	return nil
}

// checkTree checks what the parser made of the text sql. With naming it lets tables pass that are closed.
// A text in DuckDB's own dialect calls no native functions: they are written by package trino, which knows what they
// take.
func checkTree(sql, answer string, tables []Table, naming, own bool) (*checked, error) {
	var p parsed
	dec := json.NewDecoder(strings.NewReader(answer))
	dec.UseNumber()
	if err := dec.Decode(&p); err != nil {
		// Infinity, for a literal like 1e999, or nesting beyond the decoder's limit.
		return nil, &Error{Kind: Syntax, Message: "the statement holds a number that is too large, or is nested too deeply",
			Err: err}
	}
	if p.Error {
		return nil, parseError(sql, &p)
	}
	if len(p.Statements) == 0 {
		return nil, &Error{Kind: Syntax, Message: "the statement is empty: a SELECT is needed"}
	}
	if len(p.Statements) != 1 {
		return nil, denied("exactly one statement is allowed, not %d", len(p.Statements))
	}
	g := &gate{tables: map[tableName]target{}, naming: naming, own: own}
	for i, view := range views(tables) {
		to := target{view: view, closed: tables[i].closed()}
		g.tables[tableName{"", fold(view)}] = to
		if schema := fold(tables[i].Schema); schema != "" {
			g.tables[tableName{schema, fold(tables[i].Name)}] = to
		}
	}
	if err := g.statement(p.Statements[0]); err != nil {
		return nil, err
	}
	g.dropColumnQualifiers()
	g.boundPatterns()
	tree, err := json.Marshal(object{"error": false, "statements": p.Statements})
	if err != nil {
		return nil, fmt.Errorf("encode syntax tree: %w", err)
	}
	return &checked{tree: string(tree), changed: g.changed, used: g.used}, nil
}

func parseError(sql string, p *parsed) error {
	if p.Type == "not implemented" {
		return denied("only SELECT statements are allowed")
	}
	msg := p.Message
	if strings.Contains(msg, "unicode_to_utf8") {
		msg = "Unicode escapes (U&) are not supported: write the characters themselves"
	}
	if strings.HasSuffix(strings.ToLower(msg), `at or near "end"`) {
		msg += `; the column is written "end", in quotes, since the word is reserved`
	}
	if line, col, ok := position(sql, p.Position); ok {
		msg = fmt.Sprintf("line %d:%d: %s", line, col, msg)
	}
	return &Error{Kind: Syntax, Message: msg}
}

// position turns the parser's offset, in characters, into line and column, both from 1.
func position(sql, offset string) (line, col int, ok bool) {
	n, err := strconv.Atoi(offset)
	text := []rune(sql)
	if err != nil || n < 0 || n > len(text) {
		return 0, 0, false
	}
	line, col = 1, 1
	for _, r := range text[:n] {
		if col++; r == '\n' {
			line, col = line+1, 1
		}
	}
	return line, col, true
}

// statement checks a {node, named_param_map} pair: the whole, a subquery or a WITH query.
func (g *gate) statement(v any) error {
	s, ok := v.(object)
	if !ok {
		return denied("the statement has a part that is not allowed")
	}
	for k, v := range s {
		switch k {
		case "node":
		case "named_param_map":
			if list, ok := v.([]any); !ok || len(list) > 0 {
				return denied("parameters are not allowed")
			}
		default:
			return denied("the statement has a part that is not allowed: %s", k)
		}
	}
	return g.walk(queryNode, s["node"])
}

// walk checks a node and everything below it.
func (g *gate) walk(f family, v any) error {
	if v == nil {
		return nil
	}
	node, ok := v.(object)
	if !ok {
		return denied("the statement has a part that is not allowed")
	}
	g.nodes++
	g.depth++
	defer func() { g.depth-- }()
	if g.depth > maxDepth {
		return &Error{Kind: Syntax, Message: "the statement is nested too deeply"}
	}
	if g.nodes > maxNodes {
		return &Error{Kind: Syntax, Message: "the statement is too large"}
	}
	kind := text(node, f.key)
	members, ok := f.kinds[kind]
	if !ok {
		return denied("%s is not allowed", describe(kind))
	}
	for k := range node {
		if _, ok := members[k]; !ok && !f.common[k] {
			return denied("%s with %s is not allowed", describe(kind), k)
		}
	}
	visible := len(g.scope)
	defer func() { g.scope = g.scope[:visible] }()
	if err := g.enter(kind, node); err != nil {
		return err
	}
	for _, k := range sortedKeys(node) {
		if err := g.member(members[k], node[k]); err != nil {
			return err
		}
	}
	return nil
}

// member checks one member of a node as its rule says.
func (g *gate) member(r rule, v any) error {
	switch r.form {
	case leaf:
		return inert(v, 0)
	case one:
		return g.walk(*r.family, v)
	case whole:
		return g.statement(v)
	case handled: // by enter
		return nil
	case absent:
		if list, ok := v.([]any); v == nil || v == false || ok && len(list) == 0 {
			return nil
		}
		return denied("%s is not allowed", r.what)
	}
	list, ok := v.([]any) // many: a list, of lists perhaps
	if v != nil && !ok {
		return denied("the statement has a part that is not allowed")
	}
	for _, e := range list {
		var err error
		if _, nested := e.([]any); nested {
			err = g.member(r, e)
		} else {
			err = g.walk(*r.family, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// enter does what a node of this kind needs beyond the rules, before its members are walked.
func (g *gate) enter(kind string, node object) error {
	switch kind {
	case "BASE_TABLE":
		return g.table(node)
	case "TABLE_FUNCTION":
		fn, ok := node["function"].(object)
		if !ok || text(fn, "class") != "FUNCTION" || !tableFunctions[fold(text(fn, "function_name"))] {
			return denied("table function %s is not allowed", quoteIdent(text(fn, "function_name")))
		}
	case "FUNCTION", "WINDOW":
		return g.function(node)
	case "COLUMN_REF":
		if names, _ := node["column_names"].([]any); len(names) > maxNames { // DuckDB resolves them recursively
			return &Error{Kind: Syntax, Message: "the statement is nested too deeply"}
		}
		g.columns = append(g.columns, node)
	case "SELECT_NODE", "SET_OPERATION_NODE":
		return g.with(node["cte_map"])
	case "RECURSIVE_CTE_NODE":
		return g.recursion(node)
	}
	return nil
}

func (g *gate) function(node object) error {
	name, schema, catalog := fold(text(node, "function_name")), text(node, "schema"), text(node, "catalog")
	if schema != "" && schema != "main" || catalog != "" || !functions[name] && (g.own || !isNative(name)) {
		return denied("function %s is not allowed", quoteIdent(text(node, "function_name")))
	}
	switch {
	case shaped[name]:
		return checkShape(name, node["children"])
	case patterned[name]:
		return g.notePattern(node)
	}
	return nil
}

// shaped are the functions whose second argument is the text of a type, which DuckDB reads recursively: deep enough, it
// would take the worker's stack. It is bounded here, and hence must be here.
var shaped = set("from_json from_json_strict json_transform json_transform_strict")

// maxShape is how many brackets the text of a type may open.
const maxShape = 500

func checkShape(name string, arguments any) error {
	list, _ := arguments.([]any)
	if len(list) != 2 {
		return nil // no such function: DuckDB says so
	}
	shape, ok := constantText(list[1])
	switch {
	case !ok:
		return denied("the second argument of %s must be a string", name)
	case strings.Count(shape, "[")+strings.Count(shape, "{")+strings.Count(shape, "(") > maxShape:
		return &Error{Kind: Syntax, Message: "the second argument of " + name + " is nested too deeply"}
	case strings.Contains(strings.ToUpper(shape), "VARIANT"):
		return errVariant
	}
	return nil
}

// errVariant refuses DuckDB's type VARIANT: values are made of JSON recursively, however deep, and nothing that Trino
// knows needs it.
var errVariant = &Error{Kind: Syntax, Message: "the type VARIANT is not supported"}

// inert says whether a member holds plain data only: no node is hidden in it.
func inert(v any, depth int) error {
	if depth > maxTypeDepth {
		return &Error{Kind: Syntax, Message: "the statement is nested too deeply"}
	}
	switch v := v.(type) {
	case object:
		if text(v, "id") == "VARIANT" {
			return errVariant
		}
		for k, e := range v {
			if k == "class" || k == "node" || k == "function_name" || k == "table_name" {
				return denied("the statement has a part that is not allowed: %s", k)
			}
			if err := inert(e, depth+1); err != nil {
				return err
			}
		}
	case []any:
		for _, e := range v {
			if err := inert(e, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func text(node object, key string) string {
	s, _ := node[key].(string)
	return s
}

func describe(kind string) string {
	switch kind {
	case "SHOW_REF":
		return "SHOW, DESCRIBE or SUMMARIZE"
	case "PARAMETER":
		return "a parameter"
	case "":
		return "a part of the statement"
	}
	return strings.ToUpper(strings.ReplaceAll(kind, "_", " "))
}
