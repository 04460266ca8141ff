package statement

import (
	"context"
	"fmt"
	"time"

	"github.com/varlake/varlake/internal/sql/query"
	"github.com/varlake/varlake/internal/sql/trino"
	"github.com/varlake/varlake/internal/wire/own"
)

// explain answers EXPLAIN: the columns of the result, and of each table how much is read. With ANALYZE the statement is
// run, and its rows are counted.
func (s *Service) explain(ctx context.Context, p *plan, account string, in *own.QueryIn, w own.Answer) error {
	var lines []string
	for _, c := range p.columns {
		lines = append(lines, fmt.Sprintf("column %s %s", c.Name, trino.Displayed(c.Type)))
	}
	for _, r := range p.reads {
		lines = append(lines, r.told())
	}
	if p.explain == trino.ExplainAnalyze {
		rows, took, err := s.count(ctx, p)
		if err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("answered %d rows in %s", rows, took.Round(time.Millisecond)))
	}
	told := trino.Lines("Query Plan", lines)
	answer := &plan{statement: s.Engine.Begin(ctx, account, told.SQL, query.Compiled), columns: told.Columns,
		pin: func(context.Context) ([]query.Table, error) { return nil, nil }}
	defer answer.statement.Close()
	return s.run(ctx, answer, in, func() {}, w)
}

// told says what is read of a table.
func (r *tableRead) told() string {
	if r.counted {
		return fmt.Sprintf("table %s: %d files, of which none is read, 0 of %d bytes: %d rows as the manifests say", r.name,
			r.of, r.total, r.rows)
	}
	return fmt.Sprintf("table %s: %d files, of which %d are pruned and %d read, %d of %d bytes, %d rows in them", r.name,
		r.of, r.of-r.files, r.files, r.bytes, r.total, r.rows)
}

// count runs a statement to its end.
func (s *Service) count(ctx context.Context, p *plan) (n int64, took time.Duration, err error) {
	began := time.Now()
	pinned, err := p.pin(ctx)
	if err != nil {
		return 0, 0, err
	}
	rows, err := p.statement.Run(pinned)
	if err != nil {
		return 0, 0, refusal(err)
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, time.Since(began), refusal(rows.Err())
}
