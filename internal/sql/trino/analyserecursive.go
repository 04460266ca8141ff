package trino

import (
	"fmt"
	"reflect"
	"strings"
)

// maxRecursion is how often the second part of WITH RECURSIVE may give rows, as Trino's session has it.
const maxRecursion = 10

// A recursion is a query of WITH RECURSIVE that reads itself: an anchor, UNION, and a step that reads what the last one
// gave.
type recursion struct {
	union *SetOperation
	step  Body
}

// recursionOf gives the recursion that a query of WITH RECURSIVE is, or nil when it does not read itself.
func (a *analyser) recursionOf(n NamedQuery) *recursion {
	if n.Columns == nil {
		a.fail("MISSING_COLUMN_ALIASES", n.Pos(), "missing column aliases in recursive WITH query")
	}
	eachPart(reflect.ValueOf(n.Query), func(part any) {
		if w, is := part.(*With); is && w.Recursive {
			a.fail("NESTED_RECURSIVE", w.Pos(), "nested recursive WITH query")
		}
	})
	name := n.Name.Text
	union, is := n.Query.Body.(*SetOperation)
	if !is || union.Op != "UNION" {
		if at := references(n.Query, name); at != nil {
			a.badRecursion(at[0], "not allowed in this context")
		}
		return nil
	}
	if at := references(union.Left, name); at != nil {
		a.fail("INVALID_RECURSIVE_REFERENCE", at[0], "WITH table name is referenced in the base relation of recursion")
	}
	at := references(union.Right, name)
	if len(at) == 0 {
		return nil
	}
	if len(at) > 1 {
		a.fail("INVALID_RECURSIVE_REFERENCE", at[1], "multiple recursive references in the step relation of recursion")
	}
	step, is := specification(union.Right)
	if !is || step.From == nil || references(step.From, name) == nil {
		a.badRecursion(at[0], "outside of FROM clause of the step relation of recursion")
	}
	a.immediate(n.Query)
	a.outerSources(step.From, name, at[0])
	return &recursion{union, union.Right}
}

func (a *analyser) badRecursion(at int, where string) {
	a.fail("INVALID_RECURSIVE_REFERENCE", at, "recursive reference %s", where)
}

// immediate refuses clauses that would hold of the recursion as a whole.
func (a *analyser) immediate(q *Query) {
	switch {
	case q.With != nil:
		a.fail(NotSupported, q.With.Pos(), "immediate WITH clause in recursive query")
	case q.OrderBy != nil:
		a.fail(NotSupported, q.orderAt.Pos(), "immediate ORDER BY clause in recursive query")
	case q.Offset != nil:
		a.fail(NotSupported, q.offsetAt.Pos(), "immediate OFFSET clause in recursive query")
	case q.limitAt > 0:
		a.fail("INVALID_LIMIT_CLAUSE", q.limitAt.Pos(), "immediate FETCH FIRST / LIMIT clause in recursive query")
	}
}

// outerSources refuses a reference from the side of an outer join that gives NULLs, and from operations that take rows
// away.
func (a *analyser) outerSources(from Relation, name string, at int) {
	eachPart(reflect.ValueOf(from), func(part any) {
		switch x := part.(type) {
		case *Join:
			switch {
			case (x.Kind == "LEFT" || x.Kind == "FULL") && references(x.Right, name) != nil:
				a.badRecursion(at, "in right source of "+x.Kind+" join")
			case (x.Kind == "RIGHT" || x.Kind == "FULL") && references(x.Left, name) != nil:
				a.badRecursion(at, "in left source of "+x.Kind+" join")
			}
		case *SetOperation:
			how := map[bool]string{true: " ALL", false: " DISTINCT"}[x.All]
			switch {
			case x.Op != "UNION" && x.All && references(x.Left, name) != nil:
				a.badRecursion(at, "in left relation of "+x.Op+how)
			case (x.Op == "EXCEPT" || x.Op == "INTERSECT" && x.All) && references(x.Right, name) != nil:
				a.badRecursion(at, "in right relation of "+x.Op+how)
			}
		}
	})
}

// recursive writes a recursion as Trino plans it: as many steps as there may be, one after the other. Rows of a step
// too many are an error.
func (a *analyser) recursive(n NamedQuery, r *recursion, names map[string]*namedQuery, outer *scope) string {
	anchor := a.queryBody(r.union.Left, outer.within(names))
	fields := a.renamed(anchor.fields, n)
	last := &namedQuery{name: a.relation(), fields: fields}
	within := map[string]*namedQuery{}
	for name, named := range names {
		within[name] = named
	}
	within[strings.ToLower(n.Name.Text)] = last
	next := a.queryBody(r.step, outer.within(within))
	if len(next.fields) != len(fields) {
		a.fail(TypeMismatch, r.step.Pos(), "base and step relations of recursion have different number of fields: %d, %d",
			len(fields), len(next.fields))
	}
	for i, f := range fields {
		if !coerces(next.fields[i].t, f.t) {
			a.fail(TypeMismatch, r.step.Pos(), "recursion step relation output type (%s) is not coercible to recursion base "+
				"relation output type (%s) at column %d", next.fields[i].t, f.t, i+1)
		}
	}
	step, columns := a.cast(next, fields), columnsOf(len(fields))
	if len(step) > maxWritten/(maxRecursion+2) {
		a.fail(TooComplex, n.Pos(), "The statement is too complex: its translation is too long")
	}
	parts := []string{last.name + columns + " AS MATERIALIZED (" + anchor.sql + ")"}
	reads, all := last.name, []string{"SELECT * FROM " + last.name}
	for range maxRecursion + 1 {
		name := a.relation()
		parts = append(parts, name+columns+" AS MATERIALIZED ("+readingFrom(step, last.name, reads)+")")
		reads, all = name, append(all, "SELECT * FROM "+name)
	}
	message := fmt.Sprintf("'Recursion depth limit exceeded (%d). Use ''max_recursion_depth'' session property to modify "+
		"the limit.'", maxRecursion)
	all[len(all)-1] += " WHERE CASE WHEN (SELECT count(*) FROM " + reads + ") > 0 THEN " +
		strings.ReplaceAll(raise(NotSupported, message), "$T", "BOOLEAN") + " ELSE true END"
	whole := &namedQuery{name: a.relation(), fields: fields}
	names[strings.ToLower(n.Name.Text)] = whole
	sql := strings.Join(all, " UNION ALL ")
	if !r.union.All {
		name := a.relation()
		out := &selecting{}
		for _, f := range a.from(name, fields) {
			out.outputs = append(out.outputs, output{node: columnNode(0, f, true)})
		}
		sql = "SELECT DISTINCT " + a.distinctOn(out) + "* FROM (" + sql + ") AS " + name + columns
	}
	return strings.Join(append(parts, whole.name+columns+" AS ("+sql+")"), ", ")
}

// readingFrom is the SQL of a step that reads another relation. What is in quotes is no name of one.
func readingFrom(step, name, other string) string {
	var b strings.Builder
	for quote := byte(0); ; {
		at := strings.IndexAny(step, "'\"")
		if at < 0 {
			at = len(step)
		}
		part := step[:at]
		if quote == 0 {
			part = strings.ReplaceAll(part, " "+name+" AS ", " "+other+" AS ")
		}
		if b.WriteString(part); at == len(step) {
			return b.String()
		}
		switch step[at] {
		case quote:
			quote = 0
		default:
			if quote == 0 {
				quote = step[at]
			}
		}
		b.WriteByte(step[at])
		step = step[at+1:]
	}
}

// specification gives the SELECT that is in parentheses, with clauses of their own perhaps.
func specification(b Body) (*Select, bool) {
	for {
		switch q := b.(type) {
		case *Query:
			b = q.Body
		case *Select:
			return q, true
		default:
			return nil, false
		}
	}
}

// references gives the places at which something reads a relation of this name.
func references(in any, name string) (at []int) {
	eachPart(reflect.ValueOf(in), func(part any) {
		switch r := part.(type) {
		case *TableRef:
			if len(r.Name) == 1 && strings.EqualFold(r.Name[0].Text, name) {
				at = append(at, r.Pos())
			}
		case *TableQuery:
			if len(r.Name) == 1 && strings.EqualFold(r.Name[0].Text, name) {
				at = append(at, r.Pos())
			}
		}
	})
	return at
}

// eachPart calls visit for all that a part of a syntax tree points at, itself first.
func eachPart(v reflect.Value, visit func(part any)) {
	switch v.Kind() {
	case reflect.Interface:
		eachPart(v.Elem(), visit)
	case reflect.Pointer:
		if !v.IsNil() {
			visit(v.Interface())
			eachPart(v.Elem(), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				eachPart(v.Field(i), visit)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachPart(v.Index(i), visit)
		}
	}
}
