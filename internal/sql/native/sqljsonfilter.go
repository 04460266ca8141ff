package native

import "strings"

// truth is that of a predicate.
type truth int

const (
	isFalse truth = iota
	isTrue
	isUnknown
)

func truthOf(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

// filter keeps the items for which a predicate is true.
func (r *pathRun) filter(predicate *pathNode, base []any, at place) ([]any, error) {
	var out []any
	for _, item := range base {
		t, err := r.test(predicate, place{item, at.last})
		if err != nil {
			return nil, err
		}
		if t == isTrue {
			out = append(out, item)
		}
	}
	return out, nil
}

// test evaluates a predicate. Failures within it make it unknown; what is too much still fails.
func (r *pathRun) test(n *pathNode, at place) (truth, error) {
	switch n.op {
	case "!", "unknown":
		t, err := r.test(n.args[0], at)
		switch {
		case err != nil:
			return isUnknown, err
		case n.op == "unknown":
			return truthOf(t == isUnknown), nil
		case t == isUnknown:
			return t, nil
		}
		return truthOf(t == isFalse), nil
	case "&&", "||":
		return r.connected(n, at)
	}
	sides := make([][]any, len(n.args))
	for i, arg := range n.args {
		items, err := r.eval(arg, at)
		if e, is := err.(*Error); is && e.Name == "PATH_EVALUATION_ERROR" {
			return isUnknown, nil
		}
		if err != nil {
			return isUnknown, err
		}
		sides[i] = items
	}
	if n.op == "exists" {
		return truthOf(len(sides[0]) > 0), nil
	}
	left, right := r.unwrapped(sides[0]), r.unwrapped(sides[1])
	if n.op == "starts" {
		return r.starts(left, sides[1]), nil
	}
	return r.compared(n.op, left, right), nil
}

func (r *pathRun) connected(n *pathNode, at place) (truth, error) {
	decides := truthOf(n.op == "||")
	left, err := r.test(n.args[0], at)
	if err != nil || left == decides {
		return left, err
	}
	right, err := r.test(n.args[1], at)
	if err != nil || right == decides {
		return right, err
	}
	return max(left, right, truthOf(n.op == "&&")), nil
}

// compared compares each item of one side with each of the other: lax mode is content with one pair, strict mode wants
// all pairs to be comparable. Arrays and objects are comparable with null only, and null is only equal or not.
func (r *pathRun) compared(op string, left, right []any) truth {
	leftScalars, leftNull, leftNested := sorted(left)
	rightScalars, rightNull, rightNested := sorted(right)
	leftOther, rightOther := leftNested || len(leftScalars) > 0, rightNested || len(rightScalars) > 0
	if leftNested && rightOther || rightNested && leftOther {
		return isUnknown
	}
	found := op == "==" && leftNull && rightNull ||
		op == "<>" && (leftNull && rightOther || rightNull && leftOther)
	if found && r.lax {
		return isTrue
	}
	for _, a := range leftScalars {
		for _, b := range rightScalars {
			switch comparedItems(op, a, b) {
			case isUnknown:
				return isUnknown
			case isTrue:
				if found = true; r.lax {
					return isTrue
				}
			}
		}
	}
	return truthOf(found)
}

// sorted gives the scalars among items, and whether there are nulls, and arrays or objects.
func sorted(items []any) (scalars []any, null, nested bool) {
	for _, item := range items {
		switch item.(type) {
		case nil:
			null = true
		case []any, []jsonMember:
			nested = true
		default:
			scalars = append(scalars, item)
		}
	}
	return scalars, null, nested
}

// comparedItems compares two scalars.
func comparedItems(op string, a, b any) truth {
	order, ok := 0, false
	switch x := a.(type) {
	case string:
		if y, is := b.(string); is {
			order, ok = strings.Compare(x, y), true
		}
	case bool:
		if y, is := b.(bool); is {
			order, ok = int(truthOf(x)-truthOf(y)), true
		}
	default:
		v, isNumber, err := numeric(a)
		w, is, err2 := numeric(b)
		if !isNumber || !is || err != nil || err2 != nil {
			return isUnknown
		}
		if order, ok = compareNumbers(v, w); !ok { // NaN
			return truthOf(op == "<>")
		}
	}
	if !ok {
		return isUnknown
	}
	switch op {
	case "==":
		return truthOf(order == 0)
	case "<>":
		return truthOf(order != 0)
	case "<":
		return truthOf(order < 0)
	case ">":
		return truthOf(order > 0)
	case "<=":
		return truthOf(order <= 0)
	}
	return truthOf(order >= 0)
}

// starts tells whether a text begins with another.
func (r *pathRun) starts(texts, initial []any) truth {
	if len(initial) != 1 {
		return isUnknown
	}
	prefix, is := initial[0].(string)
	if !is {
		return isUnknown
	}
	result := isFalse
	for _, item := range texts {
		text, is := item.(string)
		switch {
		case !is:
			return isUnknown
		case strings.HasPrefix(text, prefix):
			if r.lax {
				return isTrue
			}
			result = isTrue
		}
	}
	return result
}
