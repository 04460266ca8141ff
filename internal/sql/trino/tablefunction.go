package trino

import (
	"fmt"
	"strings"
)

// tableFunction analyses TABLE(f(...)).
func (a *analyser) tableFunction(r *TableFunction, s *scope, left []*field) *result {
	name := r.Name[len(r.Name)-1]
	switch strings.ToLower(name.Text) {
	case "sequence":
		return a.sequenceTable(r, s)
	case "exclude_columns":
		return a.excludeColumns(r, s, left)
	}
	a.fail("FUNCTION_NOT_FOUND", r.Name.Pos(), "Table function '%s' not registered", strings.ToLower(name.Text))
	return nil
}

// arguments gives the arguments of a table function by the names that its parameters have, in upper case.
func (a *analyser) arguments(r *TableFunction, names ...string) map[string]*TableArgument {
	if len(r.Args) > len(names) {
		a.fail("INVALID_ARGUMENTS", r.Name.Pos(), "Too many arguments. Expected at most %d arguments, got %d arguments", len(names),
			len(r.Args))
	}
	given := map[string]*TableArgument{}
	for i := range r.Args {
		arg := &r.Args[i]
		name := names[i]
		if arg.Name != nil {
			name = strings.ToUpper(arg.Name.Text)
		} else if i > 0 && r.Args[0].Name != nil {
			a.fail("INVALID_ARGUMENTS", r.Name.Pos(), "All arguments must be passed by name or all must be passed positionally")
		}
		switch known := false; {
		case given[name] != nil:
			a.fail("INVALID_ARGUMENTS", r.Name.Pos(), "Duplicate argument name: %s", name)
		default:
			for _, n := range names {
				known = known || n == name
			}
			if !known {
				a.fail("INVALID_ARGUMENTS", r.Name.Pos(), "Unexpected argument name: %s", name)
			}
		}
		given[name] = arg
	}
	return given
}

// sequenceTable is TABLE(sequence(start, stop, step)), a column of numbers.
func (a *analyser) sequenceTable(r *TableFunction, s *scope) *result {
	given := a.arguments(r, "START", "STOP", "STEP")
	number := func(name string, otherwise int64) int64 {
		arg := given[name]
		if arg == nil {
			return otherwise
		}
		if arg.X == nil {
			a.fail("INVALID_FUNCTION_ARGUMENT", r.Name.Pos(), "Invalid argument %s. Expected expression", name)
		}
		n := a.expr(arg.X, &scope{})
		value, is := n.value.(int64)
		if !is || !n.t.IsInteger() {
			a.fail("EXPRESSION_NOT_CONSTANT", arg.X.Pos(), "Constant expression of type bigint expected for argument %s", name)
		}
		return value
	}
	if given["STOP"] == nil {
		a.fail("MISSING_ARGUMENT", r.Name.Pos(), "Missing argument: STOP")
	}
	start, stop, step := number("START", 0), number("STOP", 0), number("STEP", 1)
	switch {
	case start < stop && step <= 0:
		a.fail("INVALID_FUNCTION_ARGUMENT", -1, "Step must be positive for sequence [%d, %d]", start, stop)
	case start > stop && step >= 0:
		a.fail("INVALID_FUNCTION_ARGUMENT", -1, "Step must be negative for sequence [%d, %d]", start, stop)
	case start == stop:
		step = 1
	}
	name := a.relation()
	return &result{fmt.Sprintf("generate_series(CAST(%d AS BIGINT), CAST(%d AS BIGINT), CAST(%d AS BIGINT)) AS %s(c0)", start,
		stop, step, name), []*field{{name: "sequential_number", t: tBigint, sql: name + ".c0"}}}
}

// excludeColumns is TABLE(exclude_columns(TABLE(t), DESCRIPTOR(a, b))): all columns but some.
func (a *analyser) excludeColumns(r *TableFunction, s *scope, left []*field) *result {
	given := a.arguments(r, "INPUT", "COLUMNS")
	input, columns := given["INPUT"], given["COLUMNS"]
	switch {
	case input == nil:
		a.fail("MISSING_ARGUMENT", r.Name.Pos(), "Missing argument: INPUT")
	case columns == nil:
		a.fail("MISSING_ARGUMENT", r.Name.Pos(), "Missing argument: COLUMNS")
	case input.Relation == nil:
		a.fail("INVALID_FUNCTION_ARGUMENT", r.Name.Pos(), "Invalid argument INPUT. Expected table")
	case columns.Descriptor == nil:
		a.fail("INVALID_FUNCTION_ARGUMENT", r.Name.Pos(), "Invalid argument COLUMNS. Expected descriptor")
	}
	inner := a.relationOf(input.Relation, s, left)
	excluded := map[string]bool{}
	for _, name := range columns.Descriptor {
		excluded[strings.ToLower(name.Text)] = true
	}
	var fields []*field
	found := map[string]bool{}
	for _, f := range inner.fields {
		lower := strings.ToLower(f.name)
		if found[lower] = true; excluded[lower] {
			continue
		}
		kept := *f
		kept.relation = nil
		fields = append(fields, &kept)
	}
	var missing []string
	for _, name := range columns.Descriptor {
		if !found[strings.ToLower(name.Text)] {
			missing = append(missing, strings.ToLower(name.Text))
		}
	}
	if missing != nil {
		a.fail("INVALID_FUNCTION_ARGUMENT", -1, "Excluded columns: [%s] not present in the table",
			strings.Join(missing, ", "))
	}
	if fields == nil {
		a.fail("INVALID_FUNCTION_ARGUMENT", -1, "All columns are excluded")
	}
	return &result{inner.sql, fields}
}
