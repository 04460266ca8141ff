package trino

import "strings"

// An Expr is an expression of a statement as it was written. Pos is the byte offset of what Trino's messages point at:
// the first token, or the operator of a binary expression.
type Expr interface{ Pos() int }

// pos is the byte offset of a node.
type pos int

func (p pos) Pos() int { return int(p) }

// A Name is an identifier: as it was written, and whether in quotes. Trino compares all names without regard to case.
type Name struct {
	pos
	Text   string
	Quoted bool
}

// A QName is a name of one or more parts.
type QName []Name

// Pos is where the first part begins.
func (q QName) Pos() int { return q[0].Pos() }

// parts are the name's, in lower case.
func (q QName) parts() []string {
	parts := make([]string, len(q))
	for i, n := range q {
		parts[i] = strings.ToLower(n.Text)
	}
	return parts
}

// Literals. A number's text has its sign, no underscores.
type (
	Null    struct{ pos }
	Boolean struct {
		pos
		Value bool
	}
	Integer struct {
		pos
		Value int64
	}
	Decimal struct {
		pos
		Text string
	}
	Double struct {
		pos
		Value float64
	}
	String struct {
		pos
		Value string
	}
	Binary struct {
		pos
		Value []byte
	}
	// TypedLiteral is a type's name before a string, as DATE '2020-01-01'.
	TypedLiteral struct {
		pos
		Type  string
		Value string
	}
	// IntervalLiteral is INTERVAL '1' DAY; To is empty unless it says DAY TO SECOND.
	IntervalLiteral struct {
		pos
		Negative bool
		Value    string
		From, To string
	}
	// Parameter is a question mark; Index counts from 0.
	Parameter struct {
		pos
		Index int
	}
)

// References, and what is taken out of values.
type (
	Reference struct {
		pos
		Name Name
	}
	Dereference struct {
		pos
		Base  Expr
		Field Name
	}
	Subscript struct {
		pos
		Base, Index Expr
	}
)

// Operators.
type (
	// Unary is a sign.
	Unary struct {
		pos
		Op string
		X  Expr
	}
	// Arithmetic is one of + - * / % and ||; it stands where its operator does.
	Arithmetic struct {
		pos
		Op          string
		Left, Right Expr
	}
	// Logical is AND or OR of two or more terms.
	Logical struct {
		pos
		Op    string
		Terms []Expr
	}
	Not struct {
		pos
		X Expr
	}
	// Comparison is one of = <> < <= > >=, and "IS DISTINCT FROM".
	Comparison struct {
		pos
		Op          string
		Left, Right Expr
	}
	// Quantified compares with ALL, ANY or SOME rows of a query.
	Quantified struct {
		pos
		Op, Quantifier string
		Left           Expr
		Query          *Query
	}
	Between struct {
		pos
		X, Low, High Expr
	}
	InList struct {
		pos
		X    Expr
		List []Expr
	}
	InQuery struct {
		pos
		X     Expr
		Query *Query
	}
	// Like has a nil Escape when there is none.
	Like struct {
		pos
		X, Pattern, Escape Expr
	}
	IsNull struct {
		pos
		X Expr
	}
	// AtTimeZone has a string or an interval as its zone.
	AtTimeZone struct {
		pos
		X, Zone Expr
	}
)

// Calls and forms of their own.
type (
	// Call is a call of a function.
	Call struct {
		pos
		Name     QName
		Distinct bool
		// Star is that of count(*).
		Star    bool
		Args    []Expr
		OrderBy []SortItem
		// Filter is nil without FILTER.
		Filter Expr
		// Nulls is IGNORE, RESPECT or empty.
		Nulls string
		// Over is nil unless it is a window function.
		Over *Window
		// ListAgg is what LISTAGG alone has.
		ListAgg *ListAgg
	}
	// ListAgg says what becomes of a LISTAGG that is too long.
	ListAgg struct {
		Truncate bool
		Filler   *string
		Count    bool
	}
	Lambda struct {
		pos
		Parameters []Name
		Body       Expr
	}
	Subquery struct {
		pos
		Query *Query
	}
	Exists struct {
		pos
		Query *Query
	}
	// Case has a nil Operand in its searched form and a nil Else without ELSE.
	Case struct {
		pos
		Operand Expr
		Whens   []When
		Else    Expr
	}
	When struct {
		pos
		Condition, Result Expr
	}
	Cast struct {
		pos
		X    Expr
		Type *TypeName
		Try  bool
	}
	ArrayOf struct {
		pos
		Elements []Expr
	}
	RowOf struct {
		pos
		Fields []Expr
	}
	// Current is CURRENT_DATE and its siblings; Precision is -1 where none is given.
	Current struct {
		pos
		Word      string
		Precision int
	}
	// Trim has an empty Side for BOTH and a nil Characters for blanks.
	Trim struct {
		pos
		Side          string
		X, Characters Expr
	}
	Extract struct {
		pos
		Field string
		X     Expr
	}
	Normalize struct {
		pos
		X    Expr
		Form string
	}
	// Grouping is grouping(a, b): bits of which columns are not grouped by.
	Grouping struct {
		pos
		Columns []QName
	}
)

// A Window is what stands after OVER or in the WINDOW clause.
type Window struct {
	pos
	// Name is that of an OVER name without parentheses, or of the window that this one begins with; empty without.
	Name      Name
	Bare      bool
	Partition []Expr
	OrderBy   []SortItem
	Frame     *Frame
}

// A Frame is a window's ROWS, RANGE or GROUPS clause.
type Frame struct {
	pos
	Unit string
	// Last is nil without BETWEEN.
	First FrameBound
	Last  *FrameBound
}

// A FrameBound is an end of a frame: UNBOUNDED PRECEDING, PRECEDING, CURRENT ROW, FOLLOWING or UNBOUNDED FOLLOWING,
// with a value for the two that have none of these words.
type FrameBound struct {
	pos
	Kind  string
	Value Expr
}

// A TypeName is a type as it was written, its name in lower case.
type TypeName struct {
	pos
	Base string
	// Parameters are numbers, types, or both; of a row its fields.
	Parameters []TypeParameter
	// Zone is WITH TIME ZONE; From and To are an interval's.
	Zone     bool
	From, To string
}

// A TypeParameter is a number, or a type, which may have a name in a row.
type TypeParameter struct {
	Number int64
	Type   *TypeName
	Field  Name
}
