package trino

import (
	"slices"
	"strconv"
	"strings"
)

// form says what a node is, where it matters to those who read the tree.
type form uint8

const (
	plain     form = iota // a template over its arguments
	literal               // text is the whole of it
	column                // text is the whole of it
	variable              // a lambda's parameter
	lambda                // template's argument is its body
	aggregate             // a call of an aggregate function
	window                // a call with OVER
	grouping              // GROUPING(...)
	subquery              // text is the whole of it
)

// A node is an expression with its type: the typed tree. It is immutable once made.
type node struct {
	form form
	t    *Type
	// at is the byte offset that messages point at.
	at int
	// text is the DuckDB SQL, in which $1, $2 stand for the arguments, $* for all of them with commas between, $| with the
	// operator || between, $T for the node's type in DuckDB, and $$ for $; $P and $P1 for the precision of the node's type
	// and an argument's, $N1 for what the names of native functions have for timestamps of more than 6 digits, $U1 for the
	// instant of a timestamp, with zone or without, to the microsecond;
	// $v1 for a variable of a lambda in the template.
	text string
	args []*node
	// field is that of a column; outer tells that it is of a query around.
	field *field
	outer bool
	// value is a literal's: nil, bool, int64, float64, string; for pruning, and for functions that need constants.
	value any
	// op is the operator of a comparison, AND and OR; for pruning.
	op string
	// name is a function's, or a lambda's parameters with commas between.
	name string
	// variables are those that a lambda declares.
	variables []*node
	// after is what is made of an aggregate's value, $1, with afterArgs as $2 and so on.
	after     string
	afterArgs []*node
	// outside are the names in a subquery that mean columns of queries around.
	outside []reference
}

// A reference is a column of a query around, as a subquery names it.
type reference struct {
	column *node
	x      Expr
}

// constant makes a literal.
func constant(at int, t *Type, sql string, value any) *node {
	return &node{form: literal, t: t, at: at, text: sql, value: value}
}

// made makes a plain node from a template.
func made(at int, t *Type, template string, args ...*node) *node {
	return &node{t: t, at: at, text: template, args: args}
}

// leaf tells whether a node may be written more than once at no cost.
func (n *node) leaf() bool {
	return n.form == literal || n.form == column || n.form == variable || n.form == subquery && n.t == tUnknown // FROM
}

// emitter writes nodes. It names the variables that stand for arguments which a template has more than once.
type emitter struct {
	lets int
	// around is what columns are bound by while a lambda is written that may not name them; nil elsewhere.
	around *binding
	// inQuery tells that what is written stands in a query of its own, to which all columns are of one around.
	inQuery bool
}

// sql is a node in DuckDB's SQL.
func (e *emitter) sql(n *node) string {
	switch n.form {
	case column:
		if e.around != nil {
			return e.around.bind(n.text)
		}
		return n.text
	case literal, variable, subquery:
		return n.text
	}
	return e.fill(n)
}

// fill puts the arguments into a template. An argument that stands there more than once, and is no leaf, is bound to a
// variable, so that it is computed once and the text does not grow with each level of nesting.
func (e *emitter) fill(n *node) string {
	bound := e.bind(n)
	var b strings.Builder
	rest := n.text
	names := map[string]string{}
	for {
		at := strings.IndexByte(rest, '$')
		if at < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:at])
		rest = rest[at+1:]
		switch rest[:min(1, len(rest))] {
		case "*":
			b.WriteString(strings.Join(bound.written, ", "))
			rest = rest[1:]
			continue
		case "|":
			b.WriteString(strings.Join(bound.written, " || "))
			rest = rest[1:]
			continue
		case "T":
			b.WriteString(n.t.duck())
			rest = rest[1:]
			continue
		case "U":
			i := rest[1] - '1'
			b.WriteString(instantSQL(n.args[i].t, bound.written[i]))
			rest = rest[2:]
			continue
		case "P", "N":
			rest = writePrecision(&b, n, rest)
			continue
		case "$":
			b.WriteByte('$')
			rest = rest[1:]
			continue
		}
		if strings.HasPrefix(rest, "v") {
			digits := digitsIn(rest[1:])
			variable := rest[:1+digits]
			if names[variable] == "" {
				e.lets++
				names[variable] = "y" + strconv.Itoa(e.lets)
			}
			b.WriteString(names[variable])
			rest = rest[1+digits:]
			continue
		}
		digits := digitsIn(rest)
		i, _ := strconv.Atoi(rest[:digits])
		b.WriteString(bound.written[i-1])
		rest = rest[digits:]
	}
	if b.Len() > maxWritten {
		panic(&Error{Name: TooComplex, Message: "The statement is too complex: its translation is too long"})
	}
	return bound.wrap(b.String())
}

// maxWritten is the most bytes of SQL that an expression may become. What stands in several places of DuckDB's text, as
// the operand of CASE, would grow with each level of nesting.
const maxWritten = 4 << 20

// digitsIn counts the digits that a text begins with.
func digitsIn(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// writePrecision writes what $P, $P1 or $N1 stand for, and gives the rest after it.
func writePrecision(b *strings.Builder, n *node, rest string) string {
	letter, t := rest[0], n.t
	if rest = rest[1:]; rest != "" && isDigit(rest[0]) {
		t, rest = n.args[rest[0]-'1'].t, rest[1:]
	}
	if letter == 'P' {
		b.WriteString(strconv.Itoa(t.Precision))
	} else {
		b.WriteString(nanos(t.Precision))
	}
	return rest
}

// A binding has what is written for each argument of a node, and the values that are computed before.
type binding struct {
	written  []string
	variable string
	values   []string
}

func (e *emitter) bind(n *node) *binding {
	if !e.inQuery && strings.Contains(n.text, "(SELECT ") {
		e.inQuery = true
		defer func() { e.inQuery = false }()
	}
	twice, may := false, n.form != aggregate && n.form != window && n.form != lambda
	for i, arg := range n.args {
		twice = twice || !arg.leaf() && arg.form != lambda && (uses(n.text, i+1) > 1 || inLambda(n.text, i+1))
	}
	b, around := &binding{written: make([]string, len(n.args))}, e.around
	captures := may && around == nil && e.captures(n, twice)
	for i, arg := range n.args {
		if captures && (arg.form == lambda || arg.form == column) {
			b.name(e)
			e.around = b
		}
		b.written[i] = e.sql(arg)
		e.around = around
		// all are bound, since an aggregate among the others may not stand in a lambda
		if may && (twice || captures) && !arg.leaf() && arg.form != lambda {
			b.name(e)
			b.written[i] = b.bind(b.written[i])
		}
	}
	return b
}

// captures tells whether there is a lambda, and a column of a query around in it or beside it: DuckDB takes the whole
// for the other query's then, and does not find the columns of its own in the lambda.
func (e *emitter) captures(n *node, twice bool) (found bool) {
	lambdas := twice || strings.Contains(n.text, "lambda ")
	for _, arg := range n.args {
		lambdas = lambdas || arg.form == lambda
	}
	if !lambdas {
		return false
	}
	n.walk(func(n *node) bool {
		found = found || n.form == column && (n.outer || e.inQuery)
		return !found
	})
	return found
}

// name gives the binding its variable.
func (b *binding) name(e *emitter) {
	if b.variable == "" {
		e.lets++
		b.variable = "l" + strconv.Itoa(e.lets)
	}
}

// bind gives what stands for a value in what the binding is written around.
func (b *binding) bind(sql string) string {
	i := slices.Index(b.values, sql)
	if i < 0 {
		i = len(b.values)
		b.values = append(b.values, sql)
	}
	return "struct_extract(" + b.variable + ", 'v" + strconv.Itoa(i) + "')"
}

// uses counts how often a template has $i, of which $* is one.
func uses(template string, i int) int { return strings.Count(template, "$*") + mentioned(template, i) }

func mentioned(template string, i int) int {
	return counted(template, "$"+strconv.Itoa(i)) + counted(template, "$U"+strconv.Itoa(i))
}

func counted(template, mark string) (n int) {
	for rest := template; ; n++ {
		at := strings.Index(rest, mark)
		if at < 0 {
			return n
		}
		rest = rest[at+len(mark):]
		if rest != "" && isDigit(rest[0]) { // $1 of $12
			n--
		}
	}
}

// inLambda tells whether a template has $i after a lambda has begun, where neither subqueries nor aggregates may stand.
func inLambda(template string, i int) bool {
	_, within, is := strings.Cut(template, "lambda ")
	return is && uses(within, i) > 0
}

// wrap writes the computation of the bound values around text: a list of one struct, each element of which is given to
// a lambda, is DuckDB's way to name a value within an expression.
func (b *binding) wrap(text string) string {
	if b.variable == "" {
		return text
	}
	values := make([]string, len(b.values))
	for i, v := range b.values {
		values[i] = "v" + strconv.Itoa(i) + " := " + v
	}
	return "list_extract(list_transform([struct_pack(" + strings.Join(values, ", ") + ")], lambda " + b.variable +
		": " + text + "), 1)"
}

// walk calls visit for a node and all below it, from the top; what visit refuses is not gone into.
func (n *node) walk(visit func(*node) bool) {
	if !visit(n) {
		return
	}
	for _, arg := range n.args {
		arg.walk(visit)
	}
}

// has tells whether a node or one below it is of one of these forms.
func (n *node) has(forms ...form) (found bool) {
	n.walk(func(n *node) bool {
		found = found || slices.Contains(forms, n.form)
		return !found
	})
	return found
}
