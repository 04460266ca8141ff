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
	seq   string
	where []string
	args  []any
}

func newList(p Page) *list { return newListOf("seq", p) }

// newListOf is newList where seq has a table in front.
func newListOf(seq string, p Page) *list {
	q := &list{page: p, seq: seq, where: []string{"TRUE"}}
	if p.Before > 0 {
		q.and(seq+" < ?", p.Before)
	}
	return q
}

func (q *list) and(condition string, arg any) *list {
	q.where, q.args = append(q.where, condition), append(q.args, arg)
	return q
}

// in keeps rows with one of the values; no values do not narrow.
func in[T ~string](q *list, column string, values []T) {
	if len(values) == 0 {
		return
	}
	q.where = append(q.where, column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")")
	for _, v := range values {
		q.args = append(q.args, string(v))
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

func listRows[T any](ctx context.Context, r querier, q *list, table, columns string,
	scan func(scanner) (T, error)) ([]T, error) {
	query := fmt.Sprintf(`SELECT %s FROM %s WHERE %s ORDER BY %s DESC LIMIT ?`, columns, table,
		strings.Join(q.where, " AND "), q.seq)
	return collect(ctx, r, scan, query, append(q.args, q.page.Limit)...)
}
