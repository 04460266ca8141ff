package trino

// A Query is a statement that answers rows, or a part of one.
type Query struct {
	pos
	With *With
	// Body is a *Select, *SetOperation, *Values, *TableQuery or a *Query in parentheses.
	Body    Body
	OrderBy []SortItem
	// Offset and Limit are nil without; a number or a parameter.
	Offset, Limit Expr
	// Fetch tells that the limit is FETCH FIRST, Ties that it is WITH TIES.
	Fetch, Ties bool
	// where the clauses stand; 0 without
	orderAt, offsetAt, limitAt pos
}

// A Body is what a query is without its WITH, ORDER BY and LIMIT.
type Body interface{ Pos() int }

// A With is the WITH clause.
type With struct {
	pos
	Recursive bool
	Queries   []NamedQuery
}

// A NamedQuery is one of a WITH clause.
type NamedQuery struct {
	pos
	Name    Name
	Columns []Name
	Query   *Query
}

// Bodies of queries.
type (
	Select struct {
		pos
		Distinct bool
		Items    []SelectItem
		// From is nil without FROM; a list with commas is cross joins.
		From    Relation
		Where   Expr
		GroupBy *GroupBy
		Having  Expr
		Windows []NamedWindow
	}
	// SetOperation is UNION, INTERSECT or EXCEPT; All keeps duplicates.
	SetOperation struct {
		pos
		Op          string
		All         bool
		Left, Right Body
	}
	Values struct {
		pos
		Rows []Expr
	}
	// TableQuery is TABLE name.
	TableQuery struct {
		pos
		Name QName
	}
)

// A SelectItem is an expression with or without an alias, or all columns of the query (Star, X nil) or of X.
type SelectItem struct {
	pos
	X     Expr
	Alias *Name
	Star  bool
	// Aliases are those of X.* AS (a, b).
	Aliases []Name
}

// A GroupBy is the GROUP BY clause. Auto is GROUP BY AUTO.
type GroupBy struct {
	pos
	Distinct, Auto bool
	Elements       []GroupingElement
}

// A GroupingElement is one set (Kind empty), or ROLLUP, CUBE or GROUPING SETS of several.
type GroupingElement struct {
	pos
	Kind string
	Sets [][]Expr
}

// A NamedWindow is one of the WINDOW clause.
type NamedWindow struct {
	Name   Name
	Window *Window
}

// A SortItem is one of ORDER BY; Nulls is FIRST, LAST or empty.
type SortItem struct {
	pos
	X          Expr
	Descending bool
	Nulls      string
}

// A Relation is what FROM names.
type Relation interface{ Pos() int }

// Relations.
type (
	// TableRef is a table by name, at a time or snapshot when Period is TIMESTAMP or VERSION.
	TableRef struct {
		pos
		Name   QName
		Period string
		AsOf   Expr
		// periodAt is where FOR stands.
		periodAt int
	}
	Derived struct {
		pos
		Query   *Query
		Lateral bool
	}
	Unnest struct {
		pos
		Exprs      []Expr
		Ordinality bool
	}
	// TableFunction is TABLE(f(...)); its arguments are expressions, by name or place.
	TableFunction struct {
		pos
		Name QName
		Args []TableArgument
	}
	// TableArgument is an expression, a table (a relation) or a descriptor (names of columns).
	TableArgument struct {
		Name       *Name
		X          Expr
		Relation   Relation
		Descriptor []Name
	}
	Aliased struct {
		pos
		Relation Relation
		Alias    Name
		Columns  []Name
	}
	// Join is CROSS, INNER, LEFT, RIGHT or FULL; On and Using are empty for CROSS and Natural.
	Join struct {
		pos
		Kind        string
		Natural     bool
		Left, Right Relation
		On          Expr
		Using       []Name
	}
	Sample struct {
		pos
		Relation   Relation
		Method     string
		Percentage Expr
	}
)
