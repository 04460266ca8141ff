package meta

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Page asks for up to Limit rows older than the row whose Seq is Before; Before 0 starts at the newest.
type Page struct {
	Before int64
	Limit  int
}

// list builds the WHERE of a keyset-paged list.
type list struct {
	page  Page
	where []string
	args  []any
}

func newList(p Page) *list {
	q := &list{page: p}
	if p.Before > 0 {
		q.and("seq < ?", p.Before)
	}
	return q
}

func (q *list) and(condition string, arg any) *list {
	q.where, q.args = append(q.where, condition), append(q.args, arg)
	return q
}

func (q *list) in(column string, values []string) {
	q.where = append(q.where, column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")")
	for _, v := range values {
		q.args = append(q.args, v)
	}
}

// created keeps rows between the bounds given, bounds included.
func (q *list) created(after, before *time.Time) {
	if after != nil {
		q.and("created >= ?", after.UnixMicro())
	}
	if before != nil {
		q.and("created <= ?", before.UnixMicro())
	}
}

func listRows[T any](ctx context.Context, r querier, q *list, table, columns string, scan func(scanner) (T, error)) ([]T, error) {
	query := fmt.Sprintf(`SELECT %s FROM %s WHERE %s ORDER BY seq DESC LIMIT ?`, columns, table, strings.Join(q.where, " AND "))
	return collect(ctx, r, scan, query, append(q.args, q.page.Limit)...)
}
