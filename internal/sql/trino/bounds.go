package trino

import "slices"

// A Bound says that rows whose column is not within Low and High, both inclusive, do not matter. Both are int64 or
// string, the order of which is that of bytes; nil is no bound.
type Bound struct {
	Column    string
	Low, High any
}

// noteBounds notes with each table what a condition asks of its columns: a row for which that is false or NULL is
// nothing to the statement. fields are those that it may be noted of; nil: all.
func noteBounds(n *node, fields []*field) {
	if n.op == "AND" {
		for _, arg := range n.args {
			noteBounds(arg, fields)
		}
		return
	}
	if len(n.args) < 2 || n.op == "" {
		return
	}
	of, value := n.args[0], n.args[1]
	op := n.op
	if of.form == literal && value.form == column {
		of, value = value, of
		op = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}[op]
	}
	if of.form != column || of.field.table == nil || fields != nil && !slices.Contains(fields, of.field) {
		return
	}
	if op == "IN" {
		noteList(of.field, n.args[1:])
		return
	}
	v := boundOf(value)
	if v == nil {
		return
	}
	b := Bound{Column: of.field.column}
	switch op {
	case "=":
		b.Low, b.High = v, v
	case "<", "<=":
		b.High = v
	case ">", ">=":
		b.Low = v
	default:
		return
	}
	of.field.table.Bounds = append(of.field.table.Bounds, b)
}

// noteList notes the least and the greatest of a list.
func noteList(f *field, list []*node) {
	b := Bound{Column: f.column}
	for _, n := range list {
		v := boundOf(n)
		if v == nil {
			return
		}
		if b.Low == nil || before(v, b.Low) {
			b.Low = v
		}
		if b.High == nil || before(b.High, v) {
			b.High = v
		}
	}
	f.table.Bounds = append(f.table.Bounds, b)
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
