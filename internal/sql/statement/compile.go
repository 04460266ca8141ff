package statement

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/sql/query"
	"github.com/varlake/varlake/internal/sql/trino"
	"github.com/varlake/varlake/internal/state/access"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/wire/omics"
)

// The names of the catalog and the schema that a statement's tables are in unless it says another: as in Athena.
const (
	catalogName   = "awsdatacatalog"
	defaultSchema = "default"
)

// compile plans a statement in Trino's dialect.
func (s *Service) compile(ctx context.Context, sql, account string, all []meta.Table) (*plan, error) {
	tables := &catalog{ctx: ctx, service: s, account: account, all: all, opened: map[*trino.Table]*opened{}}
	session := trino.Session{Catalog: catalogName, Schema: defaultSchema, User: omics.CallerFrom(ctx).Account,
		Now: time.Now()}
	compiled, err := trino.Compile(trino.WithoutEnd(sql), session, tables)
	if err != nil {
		return nil, err
	}
	p := &plan{columns: compiled.Columns, explain: compiled.Explain, change: compiled.Change}
	for _, o := range tables.opened { // those of which only details are told as well
		p.used = append(p.used, o.table)
	}
	var pinned []query.Table
	for _, use := range compiled.Uses {
		if use.Counted {
			p.reads = append(p.reads, tables.opened[use.Table].counted())
			continue
		}
		t, reading, err := tables.opened[use.Table].as(use, s.Files)
		if err != nil {
			return nil, err
		}
		pinned, p.reads = append(pinned, t), append(p.reads, reading)
	}
	p.pin = func(context.Context) ([]query.Table, error) { return pinned, nil }
	if compiled.SQL != "" {
		p.statement = s.Engine.Begin(ctx, account, compiled.SQL, query.Compiled)
	}
	return p, nil
}

// A catalog has the tables that a caller can query, for the compiler. It opens those that a statement names, when the
// caller may read them.
type catalog struct {
	ctx     context.Context
	service *Service
	account string
	all     []meta.Table
	opened  map[*trino.Table]*opened
}

// An opened table is one as of a snapshot.
type opened struct {
	table    meta.Table
	when     trino.Version
	snapshot *lake.Snapshot
}

// Schemas lists those of the stores, and the one that has all tables.
func (c *catalog) Schemas() ([]string, error) {
	names := []string{defaultSchema}
	for i := range c.all {
		names = append(names, c.all[i].Namespace)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Tables lists the tables of a schema.
func (c *catalog) Tables(schema string) ([]string, error) {
	var names []string
	for i := range c.all {
		if schema == defaultSchema || c.all[i].Namespace == schema {
			names = append(names, c.all[i].Name)
		}
	}
	views, err := c.Views(schema)
	return append(names, views...), err
}

// Views lists the views of a schema: all are in the default one. A store's name hides one that a view had before.
func (c *catalog) Views(schema string) ([]string, error) {
	if schema != defaultSchema {
		return nil, nil
	}
	names, err := c.service.DB.ViewNames(c.ctx, c.account)
	if err != nil {
		return nil, fmt.Errorf("list views: %w", err)
	}
	return slices.DeleteFunc(names, func(name string) bool {
		return slices.ContainsFunc(c.all, func(t meta.Table) bool { return t.ShareID == "" && t.Name == name })
	}), nil
}

// Prepared gives the text of a prepared statement.
func (c *catalog) Prepared(name string) (text string, found bool, err error) {
	if err := access.MayPrepared(c.ctx, "athena:GetPreparedStatement", Workgroup); err != nil {
		return "", false, err
	}
	p, err := c.service.DB.Prepared(c.ctx, c.account, Workgroup, name)
	if errors.Is(err, meta.ErrNotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read prepared statement: %w", err)
	}
	return p.Text, true, nil
}

// Table opens a table; in the default schema the first of its name: the caller's own, then a view of the caller's, then
// a shared one.
func (c *catalog) Table(schema, name string, when trino.Version) (*trino.Table, error) {
	looked := schema != defaultSchema
	for i := range c.all {
		t := c.all[i]
		if !strings.EqualFold(t.Name, name) || schema != defaultSchema && t.Namespace != schema {
			continue
		}
		if t.ShareID != "" && !looked {
			looked = true
			if view, err := c.view(name); view != nil || err != nil {
				return view, err
			}
		}
		for found, o := range c.opened {
			if o.table.Namespace == t.Namespace && o.table.Name == t.Name && o.when == when {
				return found, nil
			}
		}
		return c.open(t, when)
	}
	if looked {
		return nil, nil
	}
	return c.view(name)
}

// view gives a view of the caller's, or nil when there is none of that name.
func (c *catalog) view(name string) (*trino.Table, error) {
	v, found, err := c.service.DB.View(c.ctx, c.account, name)
	if err != nil {
		return nil, fmt.Errorf("read view: %w", err)
	}
	if !found {
		return nil, nil
	}
	if err := access.MayTable(c.ctx, "glue:GetTable", c.account, defaultSchema, name); err != nil {
		return nil, err
	}
	t := &trino.Table{Schema: defaultSchema, Name: name, View: &trino.View{Text: v.Text, Comment: v.Comment}}
	for _, column := range v.Columns {
		of, err := trino.ParseType(column.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s of view %s: %w", column.Name, name, err)
		}
		t.Columns = append(t.Columns, trino.Column{Name: column.Name, Type: of})
	}
	return t, nil
}

func (c *catalog) open(t meta.Table, when trino.Version) (*trino.Table, error) {
	if err := access.Allowed(c.ctx, t); err != nil {
		return nil, err
	}
	snapshot, err := c.service.Manifests.OpenOwn(c.ctx, c.service.Files, t.Name, t.Location, t.MetadataLocation,
		lake.AsOf(when))
	if errors.Is(err, lake.ErrNoVersion) {
		return nil, fmt.Errorf("%w: %w", trino.ErrNoVersion, err)
	}
	if err != nil {
		return nil, err
	}
	found := &trino.Table{Schema: t.Namespace, Name: t.Name, Rows: new(int64)}
	for _, file := range snapshot.Files() {
		*found.Rows += file.Rows
	}
	for _, column := range snapshot.Columns() {
		of, err := trino.FromDuck(column.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s of table %s: %w", column.Name, t.Name, err)
		}
		found.Columns = append(found.Columns, trino.Column{Name: column.Name, Type: of})
	}
	c.opened[found] = &opened{t, when, snapshot}
	return found, nil
}

// A tableRead is what a statement reads of a table.
type tableRead struct {
	name         string
	files, of    int   // how many are read, of how many
	bytes, total int64 // of these
	rows         int64 // in the files that are read
	counted      bool  // from what the manifests say: none is read
}

// counted tells of a use of the table that asks for the number of its rows alone.
func (o *opened) counted() tableRead {
	reading := tableRead{name: o.table.Namespace + "." + o.table.Name, counted: true}
	for _, file := range o.snapshot.Files() {
		reading.of, reading.total, reading.rows = reading.of+1, reading.total+file.Bytes, reading.rows+file.Rows
	}
	return reading
}

// as is the table for the engine, as far as a use of it goes: under its name, without the files that have nothing in
// the use's bounds.
func (o *opened) as(use *trino.TableUse, files Files) (t query.Table, reading tableRead, err error) {
	t.Name, reading.name = use.Alias, use.Table.Schema+"."+use.Table.Name
	for _, column := range o.snapshot.Columns() {
		t.Columns = append(t.Columns, query.Column{Name: column.Name, Type: column.Type})
	}
	for _, file := range o.snapshot.Files() {
		reading.of, reading.total = reading.of+1, reading.total+file.Bytes
	}
	for _, file := range o.snapshot.FilesWithin(boundsFor(use.Bounds)) {
		path, err := files.Local(file.Path)
		if err != nil {
			return t, reading, fmt.Errorf("open table %s: %w", o.table.Name, err)
		}
		t.Files = append(t.Files, path)
		reading.files, reading.bytes, reading.rows = reading.files+1, reading.bytes+file.Bytes, reading.rows+file.Rows
	}
	return t, reading, nil
}

func boundsFor(bounds []trino.Bound) []lake.Bound {
	out := make([]lake.Bound, len(bounds))
	for i, b := range bounds {
		out[i] = lake.Bound{Column: b.Column, Low: b.Low, High: b.High}
		for _, list := range b.AnyOf {
			out[i].AnyOf = append(out[i].AnyOf, boundsFor(list))
		}
	}
	return out
}
