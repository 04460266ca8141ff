package trino

import (
	"fmt"
	"slices"
)

// informationSchema is the schema whose tables describe the others.
const informationSchema = "information_schema"

// informationTables are its tables with their columns.
var informationTables = map[string][]string{
	"schemata": {"catalog_name", "schema_name"},
	"tables":   {"table_catalog", "table_schema", "table_name", "table_type"},
	"columns": {"table_catalog", "table_schema", "table_name", "column_name", "ordinal_position", "column_default",
		"is_nullable", "data_type"},
	"views": {"table_catalog", "table_schema", "table_name", "view_definition"},
}

func (a *analyser) noInformation(at int, name string) {
	a.fail("TABLE_NOT_FOUND", at, "Table '%s.%s.%s' does not exist", a.session.Catalog, informationSchema, name)
}

// information is a table of information_schema as a relation.
func (a *analyser) information(r *TableRef, name string) *result {
	columns := informationTables[name]
	if columns == nil {
		a.noInformation(r.Pos(), name)
	}
	a.noVersions(r)
	types := make([]*Type, len(columns))
	for i, c := range a.columnsOf(r.Pos(), informationSchema, name) {
		types[i] = c.Type
	}
	q := a.knownRows(columns, types, a.informationRows(name))
	for _, f := range q.fields {
		f.relation = r.Name.parts()
	}
	return a.derived(q, false)
}

func (a *analyser) informationRows(name string) (rows [][]*node) {
	text := func(values ...string) (row []*node) {
		for _, v := range values {
			row = append(row, plainText(0, v))
		}
		return row
	}
	for _, schema := range a.schemas() {
		if name == "schemata" {
			rows = append(rows, text(a.session.Catalog, schema))
			continue
		}
		views := a.viewsOf(schema)
		if name == "views" {
			for _, view := range views {
				if t := a.readable(schema, view); t != nil && t.View != nil {
					rows = append(rows, text(a.session.Catalog, schema, view, t.View.Text))
				}
			}
			continue
		}
		for _, table := range a.tablesOrInformation(schema) {
			if name == "tables" {
				kind := "BASE TABLE"
				if slices.Contains(views, table) {
					kind = "VIEW"
				}
				rows = append(rows, text(a.session.Catalog, schema, table, kind))
				continue
			}
			for i, c := range a.readableColumns(schema, table) {
				row := text(a.session.Catalog, schema, table, c.Name)
				row = append(row, constant(0, tBigint, fmt.Sprintf("CAST(%d AS BIGINT)", i+1), int64(i+1)),
					constant(0, tVarchar, "CAST(NULL AS VARCHAR)", nil))
				rows = append(rows, append(row, text("YES", Displayed(c.Type))...))
			}
		}
	}
	return rows
}

func (a *analyser) tablesOrInformation(schema string) []string {
	if schema != informationSchema {
		return a.tables(schema)
	}
	return []string{"columns", "schemata", "tables", "views"}
}

func (a *analyser) readableColumns(schema, table string) []Column {
	if schema == informationSchema {
		return a.columnsOf(0, schema, table)
	}
	if t := a.readable(schema, table); t != nil {
		return t.Columns
	}
	return nil
}

// readable gives a table, or nil when it cannot be opened: a list of all is no place to say why.
func (a *analyser) readable(schema, table string) *Table {
	t, err := a.catalog.Table(schema, table, Version{})
	if err != nil {
		return nil
	}
	return t
}
