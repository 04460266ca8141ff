package trino

import (
	"slices"
	"strings"
)

// A Bound says that rows whose column is not within Low and High, both inclusive, do not matter. Both are int64 or
// string, the order of which is that of bytes; nil is no bound. With AnyOf it says instead that rows do not matter for
// which none of the lists has all of its bounds hold.
type Bound struct {
	Column    string
	Low, High any
	AnyOf     [][]Bound
}

// maxAlternatives bounds the alternatives of one condition: each file is compared with all of them.
const maxAlternatives = 64

// noteBounds notes with each table what a condition asks of its columns: a row for which that is false or NULL is
// nothing to the statement. fields are those that it may be noted of; nil: all.
func noteBounds(n *node, fields []*field) {
	for table, bounds := range boundsOf(n, fields) {
		table.Bounds = append(table.Bounds, bounds...)
	}
}

// boundsOf gives what must hold of each table's rows for a condition to be true.
func boundsOf(n *node, fields []*field) map[*TableUse][]Bound {
	all := map[*TableUse][]Bound{}
	switch n.op {
	case "":
	case "AND":
		for _, arg := range n.args {
			for table, bounds := range boundsOf(arg, fields) {
				all[table] = append(all[table], bounds...)
			}
		}
	case "OR":
		return anyBounds(n, fields)
	default:
		if f, bound := comparedBound(n); bound != nil && (fields == nil || slices.Contains(fields, f)) {
			all[f.table] = append(all[f.table], *bound)
		}
	}
	return all
}

// anyBounds gives the bounds of an OR: of the tables of which each of its terms asks something.
func anyBounds(n *node, fields []*field) map[*TableUse][]Bound {
	all := map[*TableUse][]Bound{}
	for i, arg := range n.args {
		term := boundsOf(arg, fields)
		for table, bounds := range term {
			if i == 0 {
				all[table] = []Bound{{}}
			}
			if either := all[table]; either != nil {
				either[0].AnyOf = append(either[0].AnyOf, bounds)
			}
		}
		for table := range all {
			if term[table] == nil {
				delete(all, table)
			}
		}
	}
	for table, either := range all {
		if alternatives(either) > maxAlternatives {
			delete(all, table)
		}
	}
	return all
}

// alternatives counts the bounds within bounds.
func alternatives(bounds []Bound) (n int) {
	for _, b := range bounds {
		n++
		for _, list := range b.AnyOf {
			n += alternatives(list)
		}
	}
	return n
}

// comparedBound gives what a comparison with literals asks of a column of a table, or nil. Columns of the queries
// around are left alone: their rows stay whatever is true in here.
func comparedBound(n *node) (*field, *Bound) {
	if len(n.args) < 2 {
		return nil, nil
	}
	of, value, op := n.args[0], n.args[1], n.op
	if of.form == literal && value.form == column {
		of, value, op = value, of, mirrored[op]
	}
	if of.form != column || of.outer || of.field.table == nil || of.t.Kind != Varchar && !of.t.IsInteger() {
		return nil, nil
	}
	b := &Bound{Column: of.field.column}
	if op == "IN" {
		return of.field, listBound(b, n.args[1:])
	}
	v := boundOf(value)
	_, text := v.(string)
	if v == nil || text != (of.t.Kind == Varchar) {
		return nil, nil
	}
	switch op {
	case "=":
		b.Low, b.High = v, v
	case "<", "<=":
		b.High = v
	case ">", ">=":
		b.Low = v
	case "LIKE":
		prefix := v.(string)
		if end := strings.IndexAny(prefix, "%_"); end >= 0 {
			prefix = prefix[:end]
		}
		b.Low, b.High = prefix, prefix+"\xff" // a byte that no text has
	default:
		return nil, nil
	}
	return of.field, b
}

// listBound is the bound of IN: each of the list, or the least and the greatest of a long one.
func listBound(b *Bound, list []*node) *Bound {
	each := Bound{}
	for _, n := range list {
		v := boundOf(n)
		if v == nil {
			return nil
		}
		if b.Low == nil || before(v, b.Low) {
			b.Low = v
		}
		if b.High == nil || before(b.High, v) {
			b.High = v
		}
		each.AnyOf = append(each.AnyOf, []Bound{{Column: b.Column, Low: v, High: v}})
	}
	if len(list) > 1 && len(list) <= maxAlternatives/2 {
		return &each
	}
	return b
}

// boundOf is the value of a literal that files have bounds for, or nil.
func boundOf(n *node) any {
	if n.form != literal {
		return nil
	}
	switch v := n.value.(type) {
	case int64:
		if n.t.IsInteger() {
			return v
		}
	case string:
		if n.t.Kind == Varchar {
			return v
		}
	}
	return nil
}

// before compares two bounds of a column, which are of one type.
func before(a, b any) bool {
	switch a := a.(type) {
	case int64:
		b, is := b.(int64)
		return is && a < b
	case string:
		b, is := b.(string)
		return is && a < b
	}
	return false
}
