package trino

import "strings"

func (a *analyser) join(j *Join, s *scope) *result {
	if j.Natural {
		a.fail(NotSupported, j.Pos(), "Natural join not supported")
	}
	left := a.relationOf(j.Left, s, nil)
	right := a.joined(j, s, left.fields)
	fields := append(left.fields[:len(left.fields):len(left.fields)], right.fields...)
	kind := j.Kind + " JOIN "
	if j.Kind == "CROSS" {
		return &result{left.sql + " CROSS JOIN " + parenthesised(j.Right, right.sql), fields}
	}
	if j.Using != nil {
		on, fields := a.using(j, left, right)
		return &result{left.sql + " " + kind + parenthesised(j.Right, right.sql) + " ON " + on, fields}
	}
	var on *node
	var subqueries *hoisted
	if j.Kind == "INNER" {
		on = a.expr(j.On, &scope{fields: fields, parent: s})
	} else {
		on, subqueries = a.outerCondition(j.On, &scope{fields: fields, parent: s, closed: true})
	}
	if on.t.Kind != BooleanKind && on.t.Kind != Unknown {
		a.fail(TypeMismatch, j.On.Pos(), "JOIN ON clause must evaluate to a boolean: actual type %s", on.t)
	}
	on = a.coerce(on, tBoolean)
	a.scalarOnly(on, "JOIN clause")
	switch j.Kind {
	case "INNER":
		noteBounds(on, nil)
	case "LEFT": // rows of the left are kept whatever the condition says
		noteBounds(on, right.fields)
	case "RIGHT":
		noteBounds(on, left.fields)
	}
	return &result{subqueries.beside(left.sql) + " " + kind + parenthesised(j.Right, right.sql) + " ON " + a.sql(on),
		fields}
}

// joined analyses what stands at the right of a join. UNNEST and LATERAL see what is at the left, if the join is none
// that keeps rows of the right.
func (a *analyser) joined(j *Join, s *scope, left []*field) *result {
	of := j.Right
	if aliased, is := of.(*Aliased); is {
		of = aliased.Relation
	}
	_, unnest := of.(*Unnest)
	derived, is := of.(*Derived)
	if !unnest && (!is || !derived.Lateral) {
		return a.relationOf(j.Right, s, nil)
	}
	if j.Kind != "RIGHT" && j.Kind != "FULL" {
		right := a.relationOf(j.Right, s, left)
		if unnest {
			a.onTrue(j, j.Kind+" JOIN involving UNNEST")
		}
		return right
	}
	seen, fields := -1, make([]*field, len(left))
	for i, f := range left {
		watched := *f
		watched.seen = &seen
		fields[i] = &watched
	}
	right := a.relationOf(j.Right, s, fields)
	if seen >= 0 {
		a.fail("INVALID_COLUMN_REFERENCE", seen, "LATERAL reference not allowed in %s JOIN", j.Kind)
	}
	if unnest {
		a.onTrue(j, j.Kind+" JOIN involving UNNEST")
	} else if j.Kind == "FULL" {
		a.onTrue(j, "FULL JOIN involving LATERAL relation")
	}
	right.sql = strings.TrimPrefix(right.sql, "LATERAL ")
	return right
}

// onTrue refuses any condition of a join but ON TRUE.
func (a *analyser) onTrue(j *Join, what string) {
	at := j.Pos()
	if j.Kind == "CROSS" {
		return
	}
	if j.On != nil {
		if b, is := j.On.(*Boolean); is && b.Value {
			return
		}
		at = j.On.Pos()
	}
	a.fail(NotSupported, at, "%s is only supported with condition ON TRUE", what)
}

// parenthesised puts a join that stands at the right of another into parentheses.
func parenthesised(r Relation, sql string) string {
	if _, is := r.(*Join); is {
		return "(" + sql + ")"
	}
	return sql
}

// using gives the condition of USING, and the fields: those of the clause first, which belong to no relation.
func (a *analyser) using(j *Join, left, right *result) (string, []*field) {
	var conditions []string
	var fields []*field
	gone := map[*field]bool{}
	seen := map[string]bool{}
	for _, name := range j.Using {
		if lower := strings.ToLower(name.Text); seen[lower] {
			a.fail("DUPLICATE_COLUMN_NAME", name.Pos(), "Column '%s' appears multiple times in USING clause", name.Text)
		} else {
			seen[lower] = true
		}
		l, r := a.usingField(name, left.fields, "left"), a.usingField(name, right.fields, "right")
		t := common(l.t, r.t)
		if t == nil {
			a.fail(TypeMismatch, name.Pos(), "Cannot apply operator: %s = %s", l.t, r.t)
		}
		ln, rn := a.coerce(columnNode(0, l, true), t), a.coerce(columnNode(0, r, true), t)
		conditions = append(conditions, a.sql(a.compare(name.Pos(), "=", ln, rn)))
		joined := &field{name: name.Text, t: t, sql: a.sql(ln)}
		switch j.Kind {
		case "RIGHT":
			joined.sql = a.sql(rn)
		case "FULL":
			joined.sql = "coalesce(" + a.sql(ln) + ", " + a.sql(rn) + ")"
		}
		fields = append(fields, joined)
		gone[l], gone[r] = true, true
	}
	for _, f := range append(left.fields[:len(left.fields):len(left.fields)], right.fields...) {
		if !gone[f] {
			fields = append(fields, f)
		}
	}
	return strings.Join(conditions, " AND "), fields
}

func (a *analyser) usingField(name Name, fields []*field, side string) *field {
	var found *field
	for _, f := range fields {
		if f.matches([]string{name.Text}) {
			if found != nil {
				a.fail("AMBIGUOUS_NAME", name.Pos(), "Column '%s' is ambiguous", name.Text)
			}
			found = f
		}
	}
	if found == nil {
		a.fail("COLUMN_NOT_FOUND", name.Pos(), "Column '%s' is missing from %s side of join", name.Text, side)
	}
	return found
}
