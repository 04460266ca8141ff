package trino

import (
	"fmt"
	"slices"
	"strings"
)

// A View is a table that stands for a query, which is read anew wherever the view is used. The rights to what it reads
// are those of who asks.
type View struct {
	// Text is the query's, in which names mean what they mean in a session.
	Text string
	// Comment is nil without.
	Comment *string
}

// What views may take of a statement: how deep one may stand in another, how many uses of any there may be, and how
// many bytes their texts may have together, each as often as it is used.
const (
	maxViewDepth = 16
	maxViewUses  = 256
	maxViewBytes = 4 * MaxBytes
)

// An expansion is a view whose text is being analysed.
type expansion struct{ schema, name string }

// createView analyses CREATE VIEW: its query as if it were run now, whose columns are the view's from then on.
func (a *analyser) createView(v *CreateView) *result {
	schema, name := a.newName(v.Pos(), v.Name, "view")
	existing, err := a.catalog.Table(schema, name, Version{})
	if err != nil {
		panic(catalogError{err})
	}
	whole := a.qualified(schema, name)
	switch {
	case existing != nil && existing.View == nil:
		a.fail("TABLE_ALREADY_EXISTS", v.Pos(), "Table already exists: '%s'", whole)
	case existing != nil && !v.Replace:
		a.fail("TABLE_ALREADY_EXISTS", v.Pos(), "View already exists: '%s'", whole)
	case len(a.parameters) > 0:
		a.fail(NotSupported, v.Pos(), "A view cannot have parameters")
	case v.Definer:
		a.fail(NotSupported, v.Pos(), "A view is run with the rights of who asks: SECURITY DEFINER is not supported")
	}
	a.views = append(a.views, expansion{schema, name})
	columns := a.columnsToKeep(v.Pos(), a.query(v.Query, &scope{}))
	return a.changed(MakeView{Schema: schema, Name: name, View: View{v.Text, v.Comment}, Columns: columns,
		Replaces: existing != nil})
}

// columnsToKeep are the columns of a result that is to be a table or a view, which have names and types.
func (a *analyser) columnsToKeep(at int, r *result) []Column {
	if len(r.fields) > maxKeptColumns {
		a.fail(TooComplex, at, "There are more than %d columns", maxKeptColumns)
	}
	columns := make([]Column, len(r.fields))
	known := map[string]bool{}
	for i, f := range r.fields {
		name := strings.ToLower(f.name)
		switch {
		case name == "":
			a.fail("MISSING_COLUMN_NAME", at, "Column name not specified at position %d", i+1)
		case known[name]:
			a.fail("DUPLICATE_COLUMN_NAME", at, "Column name '%s' specified more than once", name)
		case f.t.has(Unknown):
			a.fail("COLUMN_TYPE_UNKNOWN", at, "Column type is unknown: %s", name)
		}
		known[name], columns[i] = true, Column{name, f.t}
	}
	return columns
}

// maxKeptColumns is how many columns a view or a table that a statement makes may have.
const maxKeptColumns = 2000

// has tells whether a type is of a kind, or has one in it.
func (t *Type) has(k Kind) bool {
	return t.Kind == k || slices.ContainsFunc(t.Of, func(of *Type) bool { return of.has(k) })
}

// view is a view as a relation.
func (a *analyser) view(r *TableRef, t *Table) *result {
	whole := a.qualified(t.Schema, t.Name)
	here := expansion{t.Schema, t.Name}
	a.viewUses, a.viewBytes = a.viewUses+1, a.viewBytes+len(t.View.Text)
	switch {
	case r.Period != "":
		a.fail(NotSupported, r.Pos(), "A view has no versions: %s", whole)
	case slices.Contains(a.views, here):
		a.fail("VIEW_IS_RECURSIVE", r.Pos(), "Statement would create a recursive view")
	case len(a.views) >= maxViewDepth:
		a.fail(TooComplex, r.Pos(), "Views stand more than %d deep in each other", maxViewDepth)
	case a.viewUses > maxViewUses || a.viewBytes > maxViewBytes:
		a.fail(TooComplex, r.Pos(), "The statement uses too many views")
	}
	q := a.viewQuery(r, here, t.View.Text)
	if wrong := stale(t.Columns, q.fields); wrong != "" {
		a.fail("VIEW_IS_STALE", r.Pos(), "View '%s' is stale or in invalid state: %s", whole, wrong)
	}
	out := a.derived(q, false)
	for i, f := range out.fields {
		column := t.Columns[i]
		f.name, f.relation, f.origin = column.Name, r.Name.parts(), a.origin(t)
		if !f.t.Equal(column.Type) {
			f.sql, f.t = a.sql(a.coerce(columnNode(0, f, true), column.Type)), column.Type
		}
	}
	return out
}

// viewQuery analyses a view's query. An error in it is one of the place where the view is named.
func (a *analyser) viewQuery(r *TableRef, v expansion, text string) *result {
	outside := *a
	back := func() {
		a.text, a.parameters, a.taken, a.views = outside.text, outside.parameters, outside.taken, outside.views
	}
	defer func() {
		p := recover()
		e, is := p.(*Error)
		back()
		switch {
		case is && e.Name == TooComplex:
			a.fail(TooComplex, r.Pos(), "%s", e.Message)
		case is:
			a.fail("INVALID_VIEW", r.Pos(), "Failed analyzing stored view '%s': %s", a.qualified(v.schema, v.name),
				strings.TrimPrefix(e.Error(), e.Name+": "))
		}
		if p != nil {
			panic(p)
		}
	}()
	s, _, err := parseCounting(text)
	if err != nil {
		panic(err)
	}
	q, is := s.(*Query)
	if !is {
		panic(&Error{Name: "INVALID_VIEW", Message: "it is no query"})
	}
	a.text, a.parameters, a.taken = text, nil, nil
	a.views = append(slices.Clip(a.views), v)
	return a.query(q, &scope{})
}

// stale says why the columns of a view's query are not those that the view was made with any more, in Trino's words, or
// is empty.
func stale(columns []Column, fields []*field) string {
	if len(columns) != len(fields) {
		return fmt.Sprintf("stored view column count (%d) does not match column count derived from the view query analysis "+
			"(%d)", len(columns), len(fields))
	}
	for i, c := range columns {
		f := fields[i]
		projected := fmt.Sprintf("column [%s] of type %s projected from query view at position %d", strings.ToLower(f.name),
			f.t, i)
		stored := fmt.Sprintf("column [%s] of type %s stored in view definition", c.Name, c.Type)
		switch {
		case f.name == "":
			return fmt.Sprintf("a column of type %s projected from query view at position %d has no name", f.t, i)
		case !strings.EqualFold(f.name, c.Name):
			return projected + " has a different name from " + stored
		case !coerces(f.t, c.Type):
			return projected + " cannot be coerced to " + stored
		}
	}
	return ""
}

// showCreateView is SHOW CREATE VIEW: the text as it was written.
func (a *analyser) showCreateView(s *Show) *result {
	schema, name := a.place(s.Pos(), s.In)
	t, err := a.catalog.Table(schema, name, Version{})
	whole := a.qualified(schema, name)
	switch {
	case err != nil:
		panic(catalogError{err})
	case t == nil:
		a.fail("TABLE_NOT_FOUND", s.Pos(), "View '%s' does not exist", whole)
	case t.View == nil:
		a.fail(NotSupported, s.Pos(), "Relation '%s' is a table, not a view", whole)
	}
	text := fmt.Sprintf("CREATE VIEW %s.%s.%s ", a.session.Catalog, nameAsWritten(schema), nameAsWritten(name))
	if t.View.Comment != nil {
		text += "COMMENT " + quotedText(*t.View.Comment) + " "
	}
	return a.listing("Create View", []string{text + "SECURITY INVOKER AS\n" + t.View.Text}, tVarchar)
}
