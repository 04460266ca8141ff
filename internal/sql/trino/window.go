package trino

import (
	"fmt"
	"slices"
	"strings"
)

// windowed completes a call with OVER.
func (a *analyser) windowed(x *Call, n *node, s *scope) *node {
	if n.form == plain {
		a.fail("FUNCTION_NOT_WINDOW", n.at, "Function %s is not a window function", n.name)
	}
	for _, arg := range n.args {
		if arg.has(window) {
			a.fail("NESTED_WINDOW", n.at, "Cannot nest window functions or row pattern measures inside window function '%s'",
				n.name)
		}
	}
	w := a.inherited(x.Over, s)
	if x.Filter != nil {
		a.fail(NotSupported, 0, "FILTER is not yet supported for window functions")
	}
	if x.Distinct {
		a.fail(NotSupported, n.at, "DISTINCT in window function parameters not yet supported")
	}
	var parts []string
	if len(w.Partition) > 0 {
		keys := make([]string, len(w.Partition))
		for i, p := range w.Partition {
			key := a.expr(p, s)
			if key.has(window) {
				a.fail("NESTED_WINDOW", p.Pos(), "Cannot nest window functions or row pattern measures inside window specification")
			}
			n.args = append(n.args, a.sortKey(key))
			keys[i] = fmt.Sprintf("$%d", len(n.args))
		}
		parts = append(parts, "PARTITION BY "+strings.Join(keys, ", "))
	}
	for _, item := range w.OrderBy {
		if by := a.expr(item.X, s); by.has(window) {
			a.fail("NESTED_WINDOW", item.Pos(), "Cannot nest window functions or row pattern measures inside window specification")
		}
	}
	if len(w.OrderBy) > 0 {
		parts = append(parts, a.orderIn(w.OrderBy, n, s, w.Frame != nil && w.Frame.Unit == "RANGE"))
	} else if slices.Contains([]string{"lag", "lead"}, n.name) {
		a.fail("MISSING_ORDER_BY", x.Over.Pos(), "%s function requires an ORDER BY window clause", n.name)
	}
	ofValues := slices.Contains([]string{"first_value", "last_value", "nth_value", "lag", "lead"}, n.name)
	if x.Nulls != "" && !ofValues {
		a.fail("NULL_TREATMENT_NOT_ALLOWED", n.at, "Cannot specify null treatment clause for %s function", n.name)
	}
	if w.Frame != nil && slices.Contains(unframed, n.name) {
		a.fail("INVALID_WINDOW_FRAME", w.Frame.Pos(), "Cannot specify window frame for %s function", n.name)
	}
	if w.Frame != nil {
		parts = append(parts, a.frame(w, n, s))
	}
	n.text = strings.ReplaceAll(n.text, "#D ", "")
	n.text = strings.ReplaceAll(n.text, " #O", "")
	nulls := ""
	if x.Nulls == "IGNORE" {
		nulls = " IGNORE NULLS"
	}
	n.text = strings.ReplaceAll(n.text, " #N", nulls)
	over := " OVER (" + strings.Join(parts, " ") + ")"
	if strings.Contains(n.text, " #F") {
		n.text = strings.ReplaceAll(n.text, " #F", over)
	} else {
		n.text += over
	}
	n.form = window
	return n
}

// unframed are the window functions that look at the whole partition.
var unframed = []string{"row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead"}

// inherited gives a window with what it takes over from the one that it names.
func (a *analyser) inherited(w *Window, s *scope) *Window {
	if w.Name.Text == "" {
		return w
	}
	base := s.window(w.Name.Text)
	if base == nil {
		a.fail("INVALID_WINDOW_REFERENCE", w.Name.Pos(), "Cannot resolve WINDOW name %s", w.Name.Text)
	}
	base = a.inherited(base, s)
	if w.Bare {
		return base
	}
	switch {
	case w.Partition != nil:
		a.fail("INVALID_PARTITION_BY", w.Partition[0].Pos(), "WINDOW specification with named WINDOW reference cannot specify PARTITION BY")
	case w.OrderBy != nil && base.OrderBy != nil:
		a.fail("INVALID_ORDER_BY", w.OrderBy[0].Pos(), "Cannot specify ORDER BY if referenced named WINDOW specifies ORDER BY")
	case base.Frame != nil:
		a.fail("INVALID_WINDOW_REFERENCE", w.Name.Pos(), "Cannot reference named WINDOW containing frame specification")
	}
	merged := *w
	merged.Partition = base.Partition
	if merged.OrderBy == nil {
		merged.OrderBy = base.OrderBy
	}
	return &merged
}

// frame writes a window's frame.
func (a *analyser) frame(w *Window, n *node, s *scope) string {
	f := w.Frame
	first, last := f.First, FrameBound{Kind: "CURRENT ROW"}
	if f.Last != nil {
		last = *f.Last
	}
	a.frameOrder(f, first, last)
	if f.Unit == "GROUPS" && w.OrderBy == nil {
		a.fail("MISSING_ORDER_BY", f.Pos(), "Window frame of type GROUPS requires ORDER BY")
	}
	from := a.frameBound(w, first, "start", n, s)
	return f.Unit + " BETWEEN " + from + " AND " + a.frameBound(w, last, "end", n, s)
}

// frameOrder refuses frames that end before they start.
func (a *analyser) frameOrder(f *Frame, first, last FrameBound) {
	message := ""
	switch {
	case first.Kind == "UNBOUNDED FOLLOWING":
		message = "Window frame start cannot be UNBOUNDED FOLLOWING"
	case last.Kind == "UNBOUNDED PRECEDING":
		message = "Window frame end cannot be UNBOUNDED PRECEDING"
	case first.Kind == "CURRENT ROW" && last.Kind == "PRECEDING":
		message = "Window frame starting from CURRENT ROW cannot end with PRECEDING"
	case first.Kind == "FOLLOWING" && last.Kind == "PRECEDING":
		message = "Window frame starting from FOLLOWING cannot end with PRECEDING"
	case first.Kind == "FOLLOWING" && last.Kind == "CURRENT ROW":
		message = "Window frame starting from FOLLOWING cannot end with CURRENT ROW"
	default:
		return
	}
	a.fail("INVALID_WINDOW_FRAME", f.Pos(), "%s", message)
}

// frameBound writes an end of a frame. Its value must not be negative or NULL.
func (a *analyser) frameBound(w *Window, b FrameBound, end string, n *node, s *scope) string {
	if b.Value == nil {
		return b.Kind
	}
	value := a.expr(b.Value, s)
	written := "$%d"
	if w.Frame.Unit == "RANGE" {
		value, written = a.rangeOffset(w, b, value, s)
	} else if !value.t.IsInteger() && (value.t.Kind != DecimalKind || value.t.Scale != 0) {
		a.fail(TypeMismatch, b.Value.Pos(), "Window frame %s %s value type must be exact numeric type with scale 0 (actual %s)",
			w.Frame.Unit, end, value.t)
	} else {
		value = made(value.at, tBigint, "CAST($1 AS BIGINT)", value)
	}
	if literal, is := numberOf(value); !is || literal < 0 {
		value = made(value.at, value.t, "CASE WHEN $1 >= 0 THEN $1 ELSE "+raise("INVALID_WINDOW_FRAME",
			"'Window frame offset value must not be negative or null'")+" END", value)
	}
	n.args = append(n.args, value)
	return fmt.Sprintf(written, len(n.args)) + " " + b.Kind
}

// rangeOffset gives how far a frame of RANGE goes as something that is added to the sort key, and how it is written.
func (a *analyser) rangeOffset(w *Window, b FrameBound, value *node, s *scope) (*node, string) {
	switch len(w.OrderBy) {
	case 0:
		a.fail("MISSING_ORDER_BY", w.Frame.Pos(), "Window frame of type RANGE PRECEDING or FOLLOWING requires ORDER BY")
	case 1:
	default:
		a.fail("INVALID_ORDER_BY", w.OrderBy[1].Pos(), "Window frame of type RANGE PRECEDING or FOLLOWING requires single sort "+
			"item in ORDER BY (actual: %d)", len(w.OrderBy))
	}
	by := a.expr(w.OrderBy[0].X, s)
	switch k := by.t.Kind; {
	case by.t.IsNumeric() && value.t.IsNumeric() && coerces(value.t, by.t):
		return a.coerce(value, by.t), "$%d"
	case by.t.IsNumeric() && value.t.IsNumeric() && k == DecimalKind && value.t.IsInteger():
		return value, "$%d"
	case (k == YearMonth || k == DaySecond) && k == value.t.Kind:
		return value, "$%d"
	case (k == Date || k == Timestamp || k == TimestampZoned) && value.t.Kind == DaySecond:
		return value, "to_milliseconds($%d)"
	case (k == Date || k == Timestamp || k == TimestampZoned) && value.t.Kind == YearMonth:
		return value, "to_months(CAST($%d AS INTEGER))"
	case k == Time || k == TimeZoned:
		a.fail(NotSupported, b.Value.Pos(), "RANGE over %s is not supported", by.t)
	case !by.t.IsNumeric() && k != Date && k != Timestamp && k != TimestampZoned && k != YearMonth && k != DaySecond:
		a.fail(TypeMismatch, w.OrderBy[0].Pos(), "Window frame of type RANGE PRECEDING or FOLLOWING requires that sort item "+
			"type be numeric, datetime or interval (actual: %s)", by.t)
	}
	a.fail(TypeMismatch, b.Value.Pos(), "Window frame RANGE value type (%s) not compatible with sort item type (%s)", value.t,
		by.t)
	return nil, ""
}
