package native

import (
	"cmp"
	"fmt"
	"strings"
)

// A pathRun evaluates a path on a value.
type pathRun struct {
	lax       bool
	root      any
	variables map[string]any
	// objects counts those that keyvalue has been asked of.
	objects int64
	// steps bounds the work: each item that a part gives counts.
	steps int
}

// maxPathSteps is how many items the parts of a path may give for one value.
const maxPathSteps = 5_000_000

// place is what @ and last mean in a part of a path; last is -1 where it means nothing.
type place struct {
	current any
	last    int
}

// structural is an error of strict mode, or nothing in lax mode.
func (r *pathRun) structural(format string, args ...any) error {
	if r.lax {
		return nil
	}
	return pathError("structural error: " + fmt.Sprintf(format, args...))
}

func itemType(item any) string {
	switch item.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case []jsonMember:
		return "object"
	}
	return "number"
}

// unwrapped gives the elements in place of arrays, in lax mode.
func (r *pathRun) unwrapped(items []any) []any {
	if !r.lax {
		return items
	}
	var out []any
	for _, item := range items {
		if list, is := item.([]any); is {
			out = append(out, list...)
		} else {
			out = append(out, item)
		}
	}
	return out
}

// eval gives the items of a part.
func (r *pathRun) eval(n *pathNode, at place) ([]any, error) {
	items, err := r.evalPart(n, at)
	if r.steps += len(items) + 1; r.steps > maxPathSteps {
		return nil, Fail("EXCEEDED_FUNCTION_MEMORY_LIMIT", "A JSON path gives too many items")
	}
	return items, err
}

func (r *pathRun) evalPart(n *pathNode, at place) ([]any, error) {
	switch n.op {
	case "$":
		return []any{r.root}, nil
	case "@":
		return []any{at.current}, nil
	case "last":
		if at.last < 0 {
			return nil, pathError("accessing the last array index with no enclosing array")
		}
		return []any{integerOf(int64(at.last))}, nil
	case "literal":
		return []any{n.value}, nil
	case "variable":
		v, has := r.variables[n.name]
		if !has {
			return nil, Fail("INVALID_PATH", "no value passed for parameter %s", n.name)
		}
		return []any{v}, nil
	case "+", "-", "*", "/", "%":
		if len(n.args) == 2 {
			return r.arithmetic(n, at)
		}
	}
	base, err := r.eval(n.args[0], at)
	if err != nil {
		return nil, err
	}
	switch n.op {
	case "subscripts":
		return r.subscripts(n, base, at)
	case "elements":
		return r.elements(base)
	case "size()":
		return r.sizes(base)
	case "type()":
		return each(base, func(item any) (any, error) { return itemType(item), nil })
	case "descendants":
		var out []any
		for _, item := range base {
			out = descend(out, item, n.name)
		}
		return out, nil
	}
	base = r.unwrapped(base)
	switch n.op {
	case "member", "members":
		return r.members(n, base)
	case "filter":
		return r.filter(n.args[1], base, at)
	case "signed+", "signed-":
		return each(base, func(item any) (any, error) { return r.signed(n.op, item) })
	case "keyvalue()":
		return r.keyValues(base)
	}
	return each(base, func(item any) (any, error) { return r.method(n.op, item) })
}

func each(items []any, f func(any) (any, error)) ([]any, error) {
	out := make([]any, len(items))
	for i, item := range items {
		var err error
		if out[i], err = f(item); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func wrongType(expected string, item any) error {
	return pathError(fmt.Sprintf("invalid item type. Expected: %s, actual: %s", expected, strings.ToUpper(itemType(item))))
}

// descend collects members of a name at any depth, those of an object before those within it.
func descend(out []any, item any, name string) []any {
	switch item := item.(type) {
	case []any:
		for _, e := range item {
			out = descend(out, e, name)
		}
	case []jsonMember:
		for _, m := range item {
			if m.name == name {
				out = append(out, m.value)
			}
		}
		for _, m := range item {
			out = descend(out, m.value, name)
		}
	}
	return out
}

// members gives the members of a name of objects, or all.
func (r *pathRun) members(n *pathNode, base []any) ([]any, error) {
	var out []any
	for _, item := range base {
		object, is := item.([]jsonMember)
		if !is {
			if !r.lax {
				return nil, wrongType("OBJECT", item)
			}
			continue
		}
		before := len(out)
		for _, m := range object {
			if n.op == "members" || m.name == n.name {
				out = append(out, m.value)
			}
		}
		if n.op == "member" && len(out) == before {
			if err := r.structural("missing member '%s' in JSON object", n.name); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (r *pathRun) elements(base []any) ([]any, error) {
	for _, item := range base {
		if _, is := item.([]any); !is && !r.lax {
			return nil, wrongType("ARRAY", item)
		}
	}
	var out []any
	for _, item := range base {
		if list, is := item.([]any); is {
			out = append(out, list...)
		} else {
			out = append(out, item)
		}
	}
	return out, nil
}

func (r *pathRun) sizes(base []any) ([]any, error) {
	return each(base, func(item any) (any, error) {
		list, is := item.([]any)
		switch {
		case is:
			return integerOf(int64(len(list))), nil
		case r.lax:
			return integerOf(1), nil
		}
		return nil, wrongType("ARRAY", item)
	})
}

// subscripts gives the elements at places from 0; what is no array is one of itself in lax mode.
func (r *pathRun) subscripts(n *pathNode, base []any, at place) ([]any, error) {
	var out []any
	for _, item := range base {
		list, is := item.([]any)
		if !is {
			if !r.lax {
				return nil, wrongType("ARRAY", item)
			}
			list = []any{item}
		}
		for _, s := range n.args[1:] {
			bounds := make([]int64, len(s.args))
			for i, b := range s.args {
				var err error
				if bounds[i], err = r.index(b, place{at.current, len(list) - 1}); err != nil {
					return nil, err
				}
			}
			from, to := bounds[0], bounds[len(bounds)-1]
			if from < 0 || to >= int64(len(list)) || from > to {
				if err := r.structural("invalid array subscript for array of size %d", len(list)); err != nil {
					return nil, err
				}
			}
			for i := max(from, 0); i <= min(to, int64(len(list)-1)); i++ {
				out = append(out, list[i])
			}
		}
	}
	return out, nil
}

// index is a subscript, the integral part of one number.
func (r *pathRun) index(n *pathNode, at place) (int64, error) {
	items, err := r.eval(n, at)
	if err != nil {
		return 0, err
	}
	if len(items) != 1 {
		return 0, pathError("array subscript must be a singleton numeric value")
	}
	v, ok, err := numeric(items[0])
	if err != nil || !ok {
		return 0, cmp.Or(err, pathError("array subscript must be a singleton numeric value"))
	}
	f := toFloat(v)
	if f != f || f < -1e15 || f > 1e15 {
		return 0, pathError("array subscript is out of range")
	}
	return int64(f), nil
}

func (r *pathRun) arithmetic(n *pathNode, at place) ([]any, error) {
	var operands [2]any
	for i := range operands {
		items, err := r.eval(n.args[i], at)
		if err != nil {
			return nil, err
		}
		if items = r.unwrapped(items); len(items) != 1 {
			return nil, pathError("arithmetic binary expression requires singleton operands")
		}
		v, ok, err := numeric(items[0])
		if err != nil || !ok {
			return nil, cmp.Or(err, wrongType("NUMBER", items[0]))
		}
		operands[i] = v
	}
	v, err := calculate(n.op, operands[0], operands[1])
	return []any{v}, err
}

func (r *pathRun) signed(op string, item any) (any, error) {
	v, ok, err := numeric(item)
	if err != nil || !ok {
		return nil, cmp.Or(err, wrongType("NUMBER", item))
	}
	switch {
	case op == "signed+":
		return v, nil
	default:
		if f, is := v.(float64); is {
			return -f, nil
		}
		if i, is := v.(pathInteger); is {
			return calculateIntegers("-", pathInteger{0, i.wide}, i)
		}
		return calculate("-", pathInteger{}, v)
	}
}

// method is double, ceiling, floor or abs of an item.
func (r *pathRun) method(name string, item any) (any, error) {
	if text, is := item.(string); is && name == "double()" {
		return doubleOfText(text)
	}
	v, ok, err := numeric(item)
	if err != nil || !ok {
		return nil, cmp.Or(err, wrongType("NUMBER", item))
	}
	if name == "double()" {
		return toFloat(v), nil
	}
	return round(name, v)
}

// keyValues gives an object of name, value and id for each member.
func (r *pathRun) keyValues(base []any) ([]any, error) {
	var out []any
	for _, item := range base {
		object, is := item.([]jsonMember)
		if !is {
			return nil, wrongType("OBJECT", item)
		}
		for _, m := range object {
			out = append(out, []jsonMember{{"name", m.name}, {"value", m.value}, {"id", integerOf(r.objects)}})
		}
		r.objects++
	}
	return out, nil
}
