package trino

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// version is what FOR VERSION AS OF or FOR TIMESTAMP AS OF asks for. wrong is what is said of it once the table is
// found.
func (a *analyser) version(r *TableRef) (v Version, wrong *Error) {
	if r.Period == "" {
		return Version{}, nil
	}
	if q, is := r.AsOf.(*Subquery); is {
		a.fail("EXPRESSION_NOT_CONSTANT", q.Pos(), "Constant expression cannot contain a subquery")
	}
	n := a.expr(r.AsOf, &scope{})
	if r.Period == "VERSION" {
		return a.snapshot(r, n)
	}
	if !slices.Contains([]Kind{Unknown, Date, Timestamp, TimestampZoned}, n.t.Kind) {
		a.fail(TypeMismatch, r.periodAt, "Type %s invalid. Temporal pointers must be of type Timestamp, "+
			"Timestamp with Time Zone, or Date.", n.t)
	}
	a.pointsSomewhere(r)
	at, ok := a.moment(r.AsOf)
	if !ok {
		a.fail(NotSupported, r.AsOf.Pos(), "The time of a table is a literal here: TIMESTAMP '2026-01-31 12:00:00 UTC', "+
			"or current_timestamp less an interval")
	}
	if !at.Before(a.session.Now) {
		a.fail("INVALID_ARGUMENTS", r.periodAt, "Pointer value '%s' is not in the past",
			at.Format("2006-01-02 15:04:05.999999 MST"))
	}
	return Version{Time: at}, nil
}

// mainBranch is the only reference that a table has: to what it is now.
const mainBranch = "main"

// snapshot is the version of an id or the name of a reference.
func (a *analyser) snapshot(r *TableRef, n *node) (v Version, wrong *Error) {
	a.pointsSomewhere(r)
	switch value := n.value.(type) {
	case int64:
		if n.t.Kind == Bigint && value != 0 {
			return Version{ID: value}, nil
		}
		if n.t.Kind == Bigint {
			return v, &Error{Name: "INVALID_ARGUMENTS", Message: "Iceberg snapshot ID does not exists: 0"}
		}
	case string:
		if n.t.Kind == Varchar && value == mainBranch {
			return Version{}, nil
		}
		if n.t.Kind == Varchar {
			return v, &Error{Name: "INVALID_ARGUMENTS", Message: "Cannot find snapshot with reference name: " + value}
		}
	}
	if n.t.Kind == Bigint || n.t.Kind == Varchar {
		a.fail(NotSupported, r.AsOf.Pos(), "The version of a table is a literal here: BIGINT '1', or 'main'")
	}
	return v, &Error{Name: NotSupported, Message: fmt.Sprintf("Unsupported type for table version: %s", n.t)}
}

// pointsSomewhere refuses NULL, of any type, for a version.
func (a *analyser) pointsSomewhere(r *TableRef) {
	x := r.AsOf
	for c, is := x.(*Cast); is; c, is = x.(*Cast) {
		x = c.X
	}
	if _, is := x.(*Null); is {
		a.fail("INVALID_ARGUMENTS", r.periodAt, "Pointer value cannot be NULL")
	}
}

// noVersions refuses a version of what has none.
func (a *analyser) noVersions(r *TableRef) {
	if r.Period != "" {
		panic(&Error{Name: NotSupported, Message: "This connector does not support versioned tables"})
	}
}

// moment is the time that an expression stands for, if it is one that is known before any row.
func (a *analyser) moment(x Expr) (at time.Time, ok bool) {
	switch x := x.(type) {
	case *Current:
		return a.session.Now, x.Word == "CURRENT_TIMESTAMP" || x.Word == "LOCALTIMESTAMP"
	case *Call:
		return a.session.Now, len(x.Name) == 1 && strings.EqualFold(x.Name[0].Text, "now") && len(x.Args) == 0 &&
			x.Filter == nil && x.Over == nil
	case *TypedLiteral:
		return timeOfText(x)
	case *Arithmetic:
		interval, is := x.Right.(*IntervalLiteral)
		at, ok := a.moment(x.Left)
		if !ok || !is || x.Op != "-" {
			return time.Time{}, false
		}
		length, of := a.intervalOf(interval)
		if of.Kind != DaySecond || length < 0 || length > math.MaxInt64/int64(time.Millisecond) {
			return time.Time{}, false
		}
		return at.Add(-time.Duration(length) * time.Millisecond), true
	}
	return time.Time{}, false
}

// timeOfText is the time that a literal of a date or a timestamp, with or without a zone, stands for.
func timeOfText(x *TypedLiteral) (time.Time, bool) {
	if !strings.EqualFold(x.Type, "timestamp") && !strings.EqualFold(x.Type, "date") {
		return time.Time{}, false
	}
	parts := strings.Fields(x.Value)
	zone := time.UTC
	if len(parts) == 3 {
		shifted := InZone(time.Unix(0, 0), parts[2])
		if zone = shifted.Location(); parts[2] != "UTC" && zone == time.UTC {
			return time.Time{}, false
		}
		parts = parts[:2]
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if at, err := time.ParseInLocation(layout, strings.Join(parts, " "), zone); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// detailsOf splits the name of a table about a table: "vvv$snapshots".
func detailsOf(name string) (base, kind string, is bool) {
	at := strings.LastIndexByte(name, '$')
	if at <= 0 {
		return "", "", false
	}
	return name[:at], name[at+1:], true
}

// missingDetails are the tables about a table that Trino has and a catalog need not know.
var missingDetails = []string{"all_entries", "all_manifests", "entries", "metadata_log_entries", "properties", "refs"}

// details is what Iceberg knows of a table as a relation.
func (a *analyser) details(r *TableRef, t *Table, kind string) *result {
	columns, values := a.detailRows(r.Pos(), t, kind)
	a.noVersions(r)
	names, types := make([]string, len(columns)), make([]*Type, len(columns))
	for i, c := range columns {
		names[i], types[i] = c.Name, c.Type
	}
	rows := make([][]*node, len(values))
	for i, row := range values {
		for c, v := range row {
			rows[i] = append(rows[i], constant(0, types[c], "CAST("+written(v, types[c])+" AS "+types[c].duck()+")", nil))
		}
	}
	q := a.knownRows(names, types, rows)
	for _, f := range q.fields {
		f.relation = r.Name.parts()
	}
	return a.derived(q, false)
}

func (a *analyser) detailRows(at int, t *Table, kind string) ([]Column, [][]any) {
	columns, values, err := a.catalog.Details(t, kind)
	if err != nil {
		panic(catalogError{err})
	}
	if columns == nil && slices.Contains(missingDetails, kind) {
		a.fail(NotSupported, at, "The table %s is not supported", quoted(t.Name+"$"+kind))
	}
	if columns == nil {
		a.fail("TABLE_NOT_FOUND", at, "Table '%s.%s.%s' does not exist", a.session.Catalog, t.Schema,
			quoted(t.Name+"$"+kind))
	}
	return columns, values
}

// written is a value of a catalog's as DuckDB's literal.
func written(v any, t *Type) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		return quotedText(v)
	case time.Time:
		at := "TIMESTAMP '" + v.UTC().Format("2006-01-02 15:04:05.000000") + "'"
		if t.Kind == TimestampZoned {
			return zonedText(at, "UTC")
		}
		return at
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = written(e, t.Of[0])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case [][2]any:
		keys, values := make([]string, len(v)), make([]string, len(v))
		for i, pair := range v {
			keys[i], values[i] = written(pair[0], t.Of[0]), written(pair[1], t.Of[1])
		}
		return "map([" + strings.Join(keys, ", ") + "], [" + strings.Join(values, ", ") + "])"
	}
	return fmt.Sprint(v)
}
