package trino

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// relationOf analyses a relation of FROM. left has the fields of what UNNEST and LATERAL are joined with, which they
// see.
func (a *analyser) relationOf(r Relation, s *scope, left []*field) *result {
	if a.depth++; a.depth > MaxDepth {
		a.fail(TooComplex, r.Pos(), "The statement is nested more than %d deep", MaxDepth)
	}
	defer func() { a.depth-- }()
	switch r := r.(type) {
	case *TableRef:
		return a.table(r, s)
	case *Derived:
		outer := s
		if r.Lateral {
			outer = &scope{fields: left, parent: s}
		}
		return a.derived(a.query(r.Query, outer), r.Lateral)
	case *Unnest:
		return a.unnest(r, &scope{parent: &scope{fields: left, parent: s}})
	case *Aliased:
		return a.aliased(r, s, left)
	case *Join:
		return a.join(r, s)
	case *Sample:
		return a.sample(r, s)
	case *TableFunction:
		return a.tableFunction(r, s, left)
	}
	panic("no such relation")
}

// derived writes a query as a relation.
func (a *analyser) derived(q *result, lateral bool) *result {
	name := a.relation()
	sql := "(" + q.sql + ") AS " + name + columnsOf(len(q.fields))
	if lateral {
		sql = "LATERAL " + sql
	}
	return &result{sql, a.from(name, q.fields)}
}

// table finds a relation by name: a query of WITH, or a table of the catalog.
func (a *analyser) table(r *TableRef, s *scope) *result {
	if len(r.Name) == 1 {
		if named := s.named(r.Name[0].Text); named != nil {
			alias := a.relation()
			fields := a.from(alias, named.fields)
			for _, f := range fields {
				f.relation = []string{r.Name[0].Text}
			}
			return &result{named.name + " AS " + alias, fields}
		}
	}
	schema, name := a.place(r.Pos(), r.Name)
	when, wrong := a.version(r)
	if schema == informationSchema {
		return a.information(r, name)
	}
	if base, kind, is := detailsOf(name); is {
		a.isNoView(r.Pos(), schema, base, name)
		return a.details(r, a.lookup(r.Pos(), schema, base, Version{}), kind)
	}
	t := a.lookup(r.Pos(), schema, name, when)
	if t.View != nil {
		return a.view(r, t)
	}
	if wrong != nil {
		panic(wrong)
	}
	use := &TableUse{Table: t, Alias: fmt.Sprintf("u%d", len(a.uses)+1)}
	a.uses = append(a.uses, use)
	alias := a.relation()
	fields := make([]*field, len(t.Columns))
	for i, c := range t.Columns {
		fields[i] = &field{name: c.Name, relation: r.Name.parts(), t: c.Type, sql: alias + "." + quoted(c.Name),
			origin: a.origin(t), table: use, column: c.Name}
	}
	return &result{use.Alias + " AS " + alias, fields}
}

// origin is what a table's columns are of.
func (a *analyser) origin(t *Table) []string { return []string{a.session.Catalog, t.Schema, t.Name} }

// isNoView refuses the table about a table for a view, which has none.
func (a *analyser) isNoView(at int, schema, base, name string) {
	if slices.Contains(a.viewsOf(schema), base) {
		a.fail("TABLE_NOT_FOUND", at, "Table '%s.%s.%s' does not exist", a.session.Catalog, schema, quoted(name))
	}
}

// viewsOf lists the views of a schema of the catalog.
func (a *analyser) viewsOf(schema string) []string {
	all, err := a.catalog.Views(schema)
	if err != nil {
		panic(catalogError{err})
	}
	slices.Sort(all)
	return all
}

// place gives the schema and name, in lower case, of the table that a name means.
func (a *analyser) place(at int, q QName) (schema, name string) {
	parts := q.parts()
	if len(parts) > 3 {
		a.fail(SyntaxError, -1, "Too many dots in table name: %s", strings.Join(parts, "."))
	}
	schema, name = a.session.Schema, parts[len(parts)-1]
	if len(parts) > 1 {
		schema = parts[len(parts)-2]
	}
	if len(parts) > 2 {
		a.ownCatalog(at, parts[0])
	}
	return schema, name
}

// ownCatalog refuses any catalog but the session's.
func (a *analyser) ownCatalog(at int, name string) {
	if !strings.EqualFold(name, a.session.Catalog) {
		a.fail("CATALOG_NOT_FOUND", at, "Catalog '%s' not found", name)
	}
}

// lookup finds a table in the catalog.
func (a *analyser) lookup(at int, schema, name string, when Version) *Table {
	t, err := a.catalog.Table(schema, name, when)
	switch {
	case errors.Is(err, ErrNoVersion) && when.ID != 0:
		a.fail("INVALID_ARGUMENTS", at, "Iceberg snapshot ID does not exists: %d", when.ID)
	case errors.Is(err, ErrNoVersion):
		a.fail("INVALID_ARGUMENTS", at, "No version history table %s.%s at or before %s", schema, nameAsWritten(name),
			when.Time.UTC().Format("2006-01-02T15:04:05.999Z"))
	case err != nil:
		panic(catalogError{err})
	}
	if t != nil {
		return t
	}
	a.hasSchema(at, schema)
	if !isPlainName(name) {
		name = quoted(name)
	}
	a.fail("TABLE_NOT_FOUND", at, "Table '%s.%s.%s' does not exist", a.session.Catalog, schema, name)
	return nil
}

// hasSchema refuses a schema that is not there.
func (a *analyser) hasSchema(at int, name string) {
	if !slices.Contains(a.schemas(), name) {
		a.fail("SCHEMA_NOT_FOUND", at, "Schema '%s' does not exist", name)
	}
}

// schemas lists the schemas, information_schema among them.
func (a *analyser) schemas() []string {
	all, err := a.catalog.Schemas()
	if err != nil {
		panic(catalogError{err})
	}
	all = append(all[:len(all):len(all)], informationSchema)
	slices.Sort(all)
	return all
}

// tables lists the tables of a schema of the catalog.
func (a *analyser) tables(schema string) []string {
	all, err := a.catalog.Tables(schema)
	if err != nil {
		panic(catalogError{err})
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (a *analyser) aliased(r *Aliased, s *scope, left []*field) *result {
	inner := a.relationOf(r.Relation, s, left)
	if r.Columns != nil && len(r.Columns) != len(inner.fields) {
		a.fail("MISMATCHED_COLUMN_ALIASES", r.Pos(), "Column alias list has %d entries but '%s' has %d columns available",
			len(r.Columns), r.Alias.Text, len(inner.fields))
	}
	fields := make([]*field, len(inner.fields))
	for i, f := range inner.fields {
		renamed := *f
		renamed.relation = []string{r.Alias.Text}
		if r.Columns != nil {
			renamed.name = r.Columns[i].Text
		}
		fields[i] = &renamed
	}
	return &result{inner.sql, fields}
}

// unnest writes UNNEST as a lateral query whose columns are e0, e1 and so on.
func (a *analyser) unnest(u *Unnest, s *scope) *result {
	name := a.relation()
	var items, lengths []string
	var fields []*field
	for _, x := range u.Exprs {
		n := a.expr(x, s)
		a.scalarOnly(n, "UNNEST")
		sql := a.sql(n)
		column := func(list string) string {
			c := fmt.Sprintf("e%d", len(items))
			items = append(items, "unnest("+list+") AS "+c)
			return name + "." + c
		}
		switch {
		case n.t.Kind == Map:
			lengths = append(lengths, "CAST(cardinality("+sql+") AS BIGINT)")
			fields = append(fields, &field{t: n.t.Of[0], sql: column("map_keys(" + sql + ")")},
				&field{t: n.t.Of[1], sql: column("map_values(" + sql + ")")})
		case n.t.Kind == Array && n.t.Of[0].Kind == Row:
			lengths = append(lengths, "len("+sql+")")
			row := &field{t: n.t.Of[0], sql: column(sql)}
			for i, of := range row.t.Of {
				fields = append(fields, &field{name: row.t.Names[i], t: of, sql: extractAt(row.sql, i)})
			}
		case n.t.Kind == Array:
			lengths = append(lengths, "len("+sql+")")
			fields = append(fields, &field{t: n.t.Of[0], sql: column(sql)})
		default:
			a.fail("INVALID_FUNCTION_ARGUMENT", -1, "Cannot unnest type: %s", n.t)
		}
	}
	if u.Ordinality {
		longest := "coalesce(" + lengths[0] + ", 0)"
		for _, l := range lengths[1:] {
			longest = "greatest(" + longest + ", coalesce(" + l + ", 0))"
		}
		items = append(items, "unnest(range(1, 1 + "+longest+")) AS n")
		fields = append(fields, &field{t: tBigint, sql: name + ".n"})
	}
	return &result{"LATERAL (SELECT " + strings.Join(items, ", ") + ") AS " + name, fields}
}

// sample writes TABLESAMPLE. Both methods take each row or part with the same probability.
func (a *analyser) sample(r *Sample, s *scope) *result {
	inner := a.relationOf(r.Relation, s, nil)
	n := a.expr(r.Percentage, &scope{})
	percentage, is := numberOf(n)
	switch {
	case !is:
		a.fail(TypeMismatch, r.Percentage.Pos(), "Sample percentage should be a number")
	case percentage < 0 || percentage > 100:
		a.fail("NUMERIC_VALUE_OUT_OF_RANGE", r.Percentage.Pos(), "Sample percentage must be between 0 and 100 inclusive")
	}
	name := a.relation()
	items := make([]string, len(inner.fields))
	fields := make([]*field, len(inner.fields))
	for i, f := range inner.fields {
		items[i] = f.sql + " AS " + columnName(i)
		sampled := *f
		sampled.sql, sampled.table = name+"."+columnName(i), nil
		fields[i] = &sampled
	}
	sql := fmt.Sprintf("(SELECT %s FROM %s TABLESAMPLE %s (%g PERCENT)) AS %s", strings.Join(items, ", "), inner.sql,
		strings.ToLower(r.Method), percentage, name)
	return &result{sql, fields}
}
