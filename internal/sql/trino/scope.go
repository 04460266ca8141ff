package trino

import "strings"

// A field is a column that an expression may name.
type field struct {
	// name is the column's, as Trino shows it; empty when it has none.
	name string
	// relation is the name before the point: the alias, or the table's with as much of its schema and catalog as FROM
	// has; nil without.
	relation []string
	t        *Type
	// sql is the column in DuckDB's words.
	sql string
	// origin is the catalog, schema and name of the table that it is a column of, by whatever names; nil otherwise.
	origin []string
	// aliased tells that AS gave it its name.
	aliased bool
	// table and column are set when it is a table's own, for pruning.
	table  *TableUse
	column string
	// seen gets the place of the first reference, where it is set.
	seen *int
}

// A scope is what names mean in a part of a statement. parent is that of the query around it.
type scope struct {
	fields []*field
	parent *scope
	// variables are the parameters of lambdas, inner ones last; names in lower case.
	variables []namedVariable
	// with has the queries of WITH by their names in lower case; nil where the scope around has them.
	with map[string]*namedQuery
	// outputs are those of the select list, which ORDER BY sees before the fields.
	outputs []output
	// windows are those of the WINDOW clause, by their names in lower case.
	windows map[string]*Window
	// closed tells that what is analysed here may name nothing of queries around: conditions of outer joins.
	closed bool
}

type namedVariable struct {
	name string
	node *node
}

// matches tells whether a field is meant by a name whose last part is its column's.
func (f *field) matches(parts []string) bool {
	last := len(parts) - 1
	if f.name == "" || !strings.EqualFold(f.name, parts[last]) {
		return false
	}
	if last == 0 {
		return true
	}
	return hasSuffix(f.relation, parts[:last])
}

// hasSuffix tells whether the last parts of a relation's name are these, in any case.
func hasSuffix(relation, parts []string) bool {
	if len(parts) > len(relation) {
		return false
	}
	for i, part := range parts {
		if !strings.EqualFold(relation[len(relation)-len(parts)+i], part) {
			return false
		}
	}
	return true
}

// columnNode is a column as an expression; own tells whether it is of the innermost query.
func columnNode(at int, f *field, own bool) *node {
	if f.seen != nil && *f.seen < 0 {
		*f.seen = at
	}
	return &node{form: column, t: f.t, at: at, text: f.sql, field: f, outer: !own}
}

// named gives the query of WITH of this name, or nil.
func (s *scope) named(name string) *namedQuery {
	for ; s != nil; s = s.parent {
		if s.with != nil {
			return s.with[strings.ToLower(name)]
		}
	}
	return nil
}

// allNamed gives a copy of all queries of WITH that are visible.
func (s *scope) allNamed() map[string]*namedQuery {
	names := map[string]*namedQuery{}
	for ; s != nil; s = s.parent {
		if s.with != nil {
			for name, n := range s.with {
				names[name] = n
			}
			break
		}
	}
	return names
}

// within is the scope of a query of WITH, which sees these others.
func (s *scope) within(names map[string]*namedQuery) *scope {
	return &scope{parent: s.parent, fields: s.fields, variables: s.variables, with: names, closed: s.closed}
}

// window gives the window of the WINDOW clause of this name, or nil.
func (s *scope) window(name string) *Window { return s.windows[strings.ToLower(name)] }

// find gives the fields of the innermost query that a name means, and whether that is the query itself. Fields of a
// query around may be barred.
func (s *scope) find(parts []string) (found []*field, own, barred bool) {
	own = true
	for ; s != nil; s, own = s.parent, false {
		barred = barred || s.closed
		for _, f := range s.fields {
			if f.matches(parts) {
				found = append(found, f)
			}
		}
		if found != nil {
			return found, own, barred && !own
		}
	}
	return nil, true, false
}

// variable gives the innermost lambda's parameter of this name, or nil.
func (s *scope) variable(name string) *node {
	for ; s != nil; s = s.parent {
		for i := len(s.variables) - 1; i >= 0; i-- {
			if strings.EqualFold(s.variables[i].name, name) {
				return s.variables[i].node
			}
		}
	}
	return nil
}

// inLambda is the scope with a lambda's parameters.
func (s *scope) inLambda(names []Name, nodes []*node) *scope {
	inner := *s
	inner.variables = append([]namedVariable(nil), s.variables...)
	for i, n := range names {
		inner.variables = append(inner.variables, namedVariable{n.Text, nodes[i]})
	}
	return &inner
}
