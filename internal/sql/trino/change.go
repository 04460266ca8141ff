package trino

import "strings"

// A Change is what a statement does beside answering rows, once its rights were asked for: one of the types below.
type Change interface {
	// Word is what Trino calls it, as CREATE VIEW.
	Word() string
}

// Changes.
type (
	// MakePrepared keeps a statement under a name, or replaces the one that is there.
	MakePrepared struct{ Name, Text string }
	// DropPrepared forgets a prepared statement, which need not be there.
	DropPrepared struct{ Name string }
	// MakeView makes a view, or replaces it.
	MakeView struct {
		Schema, Name string
		View         View
		Columns      []Column
		// Replaces tells that there is one.
		Replaces bool
	}
	// DropView removes a view, which is there.
	DropView struct{ Schema, Name string }
	// Nothing is a change that finds nothing to do, as DROP VIEW IF EXISTS of none.
	Nothing struct{ Of string }
)

// Word implements Change.
func (MakePrepared) Word() string { return "PREPARE" }

// Word implements Change.
func (DropPrepared) Word() string { return "DEALLOCATE" }

// Word implements Change.
func (MakeView) Word() string { return "CREATE VIEW" }

// Word implements Change.
func (DropView) Word() string { return "DROP VIEW" }

// Word implements Change.
func (n Nothing) Word() string { return n.Of }

// MayChange tells whether a text may be a statement that changes something, as far as its first words say.
func MayChange(sql string) bool {
	switch lex(sql[:min(len(sql), MaxBytes)])[0].word {
	case "PREPARE", "EXECUTE", "DEALLOCATE", "CREATE", "DROP", "UNLOAD":
		return true
	}
	return false
}

// changed is the result of a statement that answers no rows.
func (a *analyser) changed(c Change) *result {
	a.change = c
	return &result{}
}

// changing analyses the statements that change something.
func (a *analyser) changing(s Statement) *result {
	switch s := s.(type) {
	case *Prepare:
		return a.prepare(s)
	case *Deallocate:
		return a.changed(DropPrepared{s.Name.Text})
	case *CreateView:
		return a.createView(s)
	case *Drop:
		return a.drop(s)
	case *Unload:
		return a.unload(s)
	}
	a.fail(NotSupported, s.Pos(), "Only statements that answer rows are run here")
	return nil
}

// newName gives the schema and name, in lower case, of what a statement makes, which is in the session's schema.
func (a *analyser) newName(at int, q QName, what string) (schema, name string) {
	schema, name = a.place(at, q)
	all, err := a.catalog.Schemas()
	if err != nil {
		panic(catalogError{err})
	}
	known := false
	for _, s := range all {
		known = known || s == schema
	}
	switch {
	case !known:
		a.fail("NOT_FOUND", -1, "Schema %s not found", schema)
	case schema != a.session.Schema:
		a.fail(NotSupported, at, "A %s can only be made in schema %s", what, a.session.Schema)
	case strings.ContainsAny(name, "$\"\x00") || len(name) > maxName:
		a.fail(NotSupported, at, "The name of a %s has at most %d bytes, and no $ or quote", what, maxName)
	}
	return schema, name
}

// maxName is how long the name of what is made may be, in bytes.
const maxName = 255

// qualified is the whole name of a table or view, as messages have it.
func (a *analyser) qualified(schema, name string) string {
	return a.session.Catalog + "." + schema + "." + name
}

// drop analyses DROP VIEW.
func (a *analyser) drop(d *Drop) *result {
	schema, name := a.place(d.Pos(), d.Name)
	found, err := a.catalog.Table(schema, name, Version{})
	if err != nil {
		panic(catalogError{err})
	}
	whole := a.qualified(schema, name)
	if d.Kind != "VIEW" {
		a.fail(NotSupported, d.Pos(), "DROP TABLE is not supported")
	}
	switch {
	case found != nil && found.View == nil || schema == informationSchema && informationTables[name] != nil:
		a.fail("GENERIC_USER_ERROR", d.Pos(),
			"View '%s' does not exist, but a table with that name exists. Did you mean DROP TABLE %s?", whole, whole)
	case found != nil:
		return a.changed(DropView{schema, name})
	case !d.IfExists:
		a.fail("GENERIC_USER_ERROR", d.Pos(), "View '%s' does not exist", whole)
	}
	return a.changed(Nothing{"DROP VIEW"})
}
