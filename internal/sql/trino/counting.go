package trino

import (
	"strconv"
	"strings"
)

// countKnown answers count(*) of one table, and nothing else, by the number of rows that the table is known to have:
// no file of it is read. It may only be asked of a SELECT that was analysed but for its groups; from is its FROM.
func (a *analyser) countKnown(sel *Select, q *Query, from *result, out *selecting) {
	use := a.countedUse(sel, q, from)
	if use == nil {
		return
	}
	use.Counted = true
	n := *use.Table.Rows
	for i, o := range out.outputs {
		out.outputs[i].node = constant(o.node.at, tBigint, "CAST("+strconv.FormatInt(n, 10)+" AS BIGINT)", n)
	}
	out.rest = ""
}

// countedUse is the use of the table whose rows are all that a SELECT counts, or nil.
func (a *analyser) countedUse(sel *Select, q *Query, from *result) *TableUse {
	if sel.Distinct || sel.Where != nil || sel.GroupBy != nil || sel.Having != nil || sel.Windows != nil ||
		q.OrderBy != nil || q.Offset != nil || q.Limit != nil {
		return nil
	}
	for _, item := range sel.Items {
		if !isCount(item.X) {
			return nil
		}
	}
	relation := sel.From
	if aliased, is := relation.(*Aliased); is {
		relation = aliased.Relation
	}
	if _, is := relation.(*TableRef); !is || len(a.uses) == 0 {
		return nil
	}
	use := a.uses[len(a.uses)-1]
	if use.Table.Rows == nil || !strings.HasPrefix(from.sql, use.Alias+" AS ") { // not a view or a query of WITH
		return nil
	}
	return use
}

// isCount tells whether an expression is count(*) of all rows.
func isCount(x Expr) bool {
	c, is := x.(*Call)
	return is && c.Star && strings.EqualFold(c.Name[len(c.Name)-1].Text, "count") && !c.Distinct && c.Filter == nil &&
		c.OrderBy == nil && c.Nulls == "" && c.Over == nil
}
