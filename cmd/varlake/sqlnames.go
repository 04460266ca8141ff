package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/sql/trino"
	"github.com/varlake/varlake/internal/wire/own"
)

const (
	namesKept = time.Minute     // for so long what the server was asked about names is taken to be so
	namesWait = 3 * time.Second // for so long a completion is waited for
)

// sqlNames are the names that a person may want completed. What the server was asked for once is kept for a while.
type sqlNames struct {
	data    string
	ctx     context.Context // of the completion
	asked   time.Time
	tables  []string
	columns map[string][]string // by the table's path
}

// A nameRow is a row of SHOW TABLES or of DESCRIBE.
type nameRow struct{ Table, Column string }

// Functions implements shell.Names.
func (n *sqlNames) Functions() []string { return trino.FunctionNames() }

// Keywords implements shell.Names.
func (n *sqlNames) Keywords() []string { return trino.Keywords() }

// begin asks for the tables, and so whether there is somebody to ask.
func (n *sqlNames) begin(ctx context.Context) error {
	rows, err := n.ask(ctx, "SHOW TABLES")
	if err != nil {
		return err
	}
	n.columns, n.asked = map[string][]string{}, time.Now()
	n.tables = n.tables[:0]
	for _, row := range rows {
		n.tables = append(n.tables, row.Table)
	}
	return nil
}

// renew asks again for what was asked long ago. What cannot be asked stays as it was.
func (n *sqlNames) renew() {
	if time.Since(n.asked) < namesKept {
		return
	}
	ctx, cancel := context.WithTimeout(n.ctx, namesWait)
	defer cancel()
	if err := n.begin(ctx); err != nil {
		n.asked = time.Now()
	}
}

// Tables implements shell.Names.
func (n *sqlNames) Tables() []string {
	n.renew()
	return n.tables
}

// Columns implements shell.Names.
func (n *sqlNames) Columns(path ...string) []string {
	n.renew()
	parts := make([]string, len(path))
	for i, part := range path {
		parts[i] = `"` + strings.ReplaceAll(part, `"`, `""`) + `"`
	}
	table := strings.Join(parts, ".")
	if known, ok := n.columns[table]; ok {
		return known
	}
	ctx, cancel := context.WithTimeout(n.ctx, namesWait)
	defer cancel()
	var columns []string
	if rows, err := n.ask(ctx, "DESCRIBE "+table); err == nil {
		for _, row := range rows {
			columns = append(columns, row.Column)
		}
	}
	n.columns[table] = columns // also that there is none
	return columns
}

func (n *sqlNames) ask(ctx context.Context, text string) (rows []nameRow, err error) {
	var out bytes.Buffer
	opts := queryOptions{QueryIn: own.QueryIn{SQL: text, Format: own.JSON, Dialect: own.Trino}}
	err = withConnection(ctx, n.data, connectOptions{reads: true}, func(c *connection) error {
		return ask(ctx, c.client, opts, &out)
	})
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(out.Bytes(), &rows); err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	return rows, nil
}
