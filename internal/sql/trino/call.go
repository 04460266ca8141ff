package trino

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// function is a call of a scalar function by its name.
func (a *analyser) function(at int, name string, nodes []*node) *node {
	args := make([]argument, len(nodes))
	for i, n := range nodes {
		args[i].node = n
	}
	b := a.choose(at, name, args)
	return a.callOf(at, b, nodes)
}

// callOf is a call of a chosen function, whose lambdas have been analysed.
func (a *analyser) callOf(at int, b *bound, nodes []*node) *node {
	n := &node{form: b.form, at: at, name: b.name, text: b.duck}
	if strings.Contains(n.text, "$NOW") {
		n.text = strings.ReplaceAll(n.text, "$NOW", a.session.Now.UTC().Format(time.DateTime))
	}
	for i, arg := range nodes {
		if b.params[i] != nil {
			arg = a.coerce(arg, b.params[i])
		}
		n.args = append(n.args, arg)
	}
	if b.write != nil {
		n.text = b.write(n.args)
	}
	if b.entry.result != nil {
		types := make([]*Type, len(n.args))
		for i, arg := range n.args {
			types[i] = arg.t
		}
		n.t = b.entry.result(types)
	} else {
		n.t = b.resolve(b.signature.result)
	}
	if b.first != "" {
		n.args = []*node{made(at, n.t, b.first, n.args...)}
	}
	if b.build != nil {
		b.build(a, n)
	}
	return n
}

// over gives a lambda's body with texts for its parameters, to stand in the lambda of a template. The texts are leaves,
// and name no variables but those of a.fresh.
func (n *node) over(texts ...string) *node {
	for i, v := range n.variables {
		name := v.text
		n.args[0].walk(func(n *node) bool { // it may stand there as a copy of another type
			if n.form == variable && n.text == name {
				n.text = texts[i]
			}
			return true
		})
	}
	return within(n.args[0])
}

// fresh gives a new name for a variable of a lambda in a template.
func (a *analyser) fresh() string {
	a.lets++
	return "y" + strconv.Itoa(a.lets)
}

// builtin refuses a function of any schema but system.builtin, which has all there are.
func (a *analyser) builtin(x *Call) {
	if len(x.Name) == 1 {
		return
	}
	parts := make([]string, len(x.Name))
	for i, n := range x.Name {
		parts[i] = strings.ToLower(n.Text)
	}
	if name := strings.Join(parts, "."); len(parts) != 3 || parts[0] != "system" || parts[1] != "builtin" {
		a.fail("FUNCTION_NOT_FOUND", x.Pos(), "Function '%s' not registered", name)
	}
}

// call analyses a call as it is written.
func (a *analyser) call(x *Call, s *scope) *node {
	name := strings.ToLower(x.Name[len(x.Name)-1].Text)
	at := x.Pos()
	a.builtin(x)
	if special := specialForms[name]; special != nil && x.Over == nil && !x.Star {
		return special(a, x, s)
	}
	if x.Star {
		if name != "count" {
			a.fail("FUNCTION_NOT_FOUND", at, "Function '%s' does not take *", name)
		}
		x = &Call{pos: x.pos, Name: x.Name, Filter: x.Filter, Over: x.Over}
	}
	args := make([]argument, len(x.Args))
	for i, arg := range x.Args {
		if l, is := arg.(*Lambda); is {
			args[i].lambda = l
		} else {
			args[i].node = a.expr(arg, s)
		}
	}
	if x.ListAgg != nil {
		a.listAggOf(x, args)
	}
	b := a.choose(at, name, args)
	n := a.callOf(at, b, a.withLambdas(b, args, s))
	if x.ListAgg != nil {
		a.listAgg(x, n)
	}
	switch {
	case x.Over != nil:
		return b.after(a.windowed(x, n, s))
	case b.form == window:
		a.fail("MISSING_OVER", at, "Window function %s must have an OVER clause", name)
	case b.form == plain:
		a.plainOnly(x, name)
		return n
	}
	return b.after(a.aggregated(x, n, s))
}

// maxSolving is how often Trino lets lambdas widen the types of their own parameters.
const maxSolving = 4

// withLambdas gives the arguments with their lambdas analysed. What a lambda gives may widen a type that its parameters
// or those of another have, as the state of reduce: they are analysed again until nothing changes.
func (a *analyser) withLambdas(b *bound, args []argument, s *scope) []*node {
	nodes := make([]*node, len(args))
	for turn := 0; ; turn++ {
		before := maps.Clone(b.types)
		for i := range args {
			nodes[i] = args[i].node
			if args[i].lambda != nil {
				nodes[i] = a.lambda(b, i, args[i].lambda, s)
			}
		}
		widened := false
		for variable, t := range before {
			widened = widened || !t.Equal(b.types[variable])
		}
		if !widened {
			break
		}
		if turn == maxSolving {
			a.fail("GENERIC_INTERNAL_ERROR", -1, "SignatureBinder.iterativeSolve does not converge after %d iterations. %s",
				maxSolving, b.entry.signature)
		}
	}
	for i := range args {
		if b.params[i] != nil {
			b.params[i] = b.resolve(b.param(i))
		}
	}
	return nodes
}

// plainOnly refuses what only aggregates take.
func (a *analyser) plainOnly(x *Call, name string) {
	switch {
	case x.Distinct:
		a.fail("FUNCTION_NOT_AGGREGATE", x.Pos(), "DISTINCT is not supported for non-aggregation functions")
	case x.OrderBy != nil:
		a.fail("FUNCTION_NOT_AGGREGATE", x.Pos(), "ORDER BY is not supported for non-aggregation functions")
	case x.Filter != nil:
		a.fail("FUNCTION_NOT_AGGREGATE", x.Pos(), "Filter is only valid for aggregation functions")
	}
}

// lambda analyses the lambda that is argument i, once the types of its parameters are known.
func (a *analyser) lambda(b *bound, i int, l *Lambda, s *scope) *node {
	p := b.param(i)
	of := p.Parameters[:len(p.Parameters)-1]
	if len(of) != len(l.Parameters) {
		a.fail("INVALID_PARAMETER_USAGE", l.Pos(), "Expected a lambda that takes %d argument(s) but got %d", len(of),
			len(l.Parameters))
	}
	n := &node{form: lambda, at: l.Pos()}
	names := make([]string, len(of))
	types := make([]*Type, len(of), len(of)+1)
	for j, inner := range of {
		if types[j] = b.resolve(inner.Type); types[j] == nil {
			a.fail(NotSupported, l.Pos(), "The type of %s is not known", l.Parameters[j].Text)
		}
		a.lets++
		names[j] = "x" + strconv.Itoa(a.lets)
		n.variables = append(n.variables, &node{form: variable, t: types[j], text: names[j]})
	}
	body := a.expr(l.Body, s.inLambda(l.Parameters, n.variables))
	a.scalarOnly(body, "Lambda expression")
	if body.has(subquery) {
		a.fail(NotSupported, l.Body.Pos(), "Lambda expression cannot contain subqueries")
	}
	result := p.Parameters[len(of)].Type
	var to *Type
	if b.match(result, body.t, true) {
		to = b.resolve(result)
	}
	if to == nil || !coerces(body.t, to) || body.t.Kind == Unknown && !isVariable(result) {
		a.unexpected(b.at, b.name, b.given)
	}
	n.args = []*node{a.coerce(body, to)}
	n.text = "lambda " + strings.Join(names, ", ") + ": $1"
	n.t = &Type{Kind: Function, Of: append(types, to)}
	return n
}

// aggregated completes a call of an aggregate function.
func (a *analyser) aggregated(x *Call, n *node, s *scope) *node {
	for _, arg := range n.args {
		if arg.has(aggregate) {
			a.fail("NESTED_AGGREGATION", n.at, "Cannot nest aggregations inside aggregation '%s'", n.name)
		}
		if arg.has(window) {
			a.fail("NESTED_WINDOW", n.at, "Cannot nest window functions or row pattern measures inside aggregation '%s'",
				n.name)
		}
	}
	if n.t.Kind == Function {
		a.fail(TypeMismatch, n.at, "An aggregate cannot give a function")
	}
	inside := ""
	if x.Distinct {
		inside = "DISTINCT "
		for _, arg := range n.args {
			if !comparable(arg.t) {
				a.fail(TypeMismatch, n.at, "DISTINCT can only be applied to comparable types (actual: %s)", arg.t)
			}
		}
	}
	if x.Distinct && slices.ContainsFunc(n.args, func(arg *node) bool { return arg.t.zoned() }) &&
		strings.Contains(n.text, "list(#D ") {
		a.fail(NotSupported, n.at, "DISTINCT values with time zone are not supported in %s", n.name)
	}
	n.text = strings.ReplaceAll(n.text, "#D ", inside)
	order := ""
	if x.OrderBy != nil {
		order = " " + a.orderIn(x.OrderBy, n, s, false)
	}
	n.text = strings.ReplaceAll(n.text, " #O", order)
	filter := ""
	if x.Filter != nil {
		condition := a.condition(x.Filter, s)
		a.scalarOnly(condition, "FILTER")
		n.args = append(n.args, condition)
		filter = fmt.Sprintf(" FILTER (WHERE $%d)", len(n.args))
	}
	n.text = strings.ReplaceAll(n.text, " #F", filter)
	return n
}

// after writes an aggregate's then around it.
func (b *bound) after(n *node) *node {
	then := b.then
	if n.after != "" {
		then = n.after
	}
	if then == "" {
		return n
	}
	return made(n.at, n.t, then, append([]*node{n}, n.afterArgs...)...)
}

// orderIn writes an ORDER BY whose expressions become arguments of n. A frame that counts from them, RANGE, has them as
// they are.
func (a *analyser) orderIn(items []SortItem, n *node, s *scope, counted bool) string {
	parts := make([]string, len(items))
	for i, item := range items {
		by := a.expr(item.X, s)
		if !orderable(by.t) {
			a.fail(TypeMismatch, n.at, "ORDER BY can only be applied to orderable types (actual: %s)", by.t)
		}
		how := sorting(item)
		if counted {
			by = a.sortKey(by)
		} else {
			by = a.sortedBy(by, how)
		}
		n.args = append(n.args, by)
		parts[i] = fmt.Sprintf("$%d%s", len(n.args), how)
	}
	return "ORDER BY " + strings.Join(parts, ", ")
}

// specialForms are written like functions, but take their arguments unevaluated or of any common type.
var specialForms map[string]func(*analyser, *Call, *scope) *node

func init() {
	specialForms = map[string]func(*analyser, *Call, *scope) *node{
		"if": ifForm, "coalesce": coalesceForm, "nullif": nullifForm, "try": tryForm, "typeof": typeofForm,
		"format": formatForm,
	}
}

func (a *analyser) wrongNumber(x *Call) {
	a.fail(SyntaxError, x.Pos(), "Invalid number of arguments for '%s' function", strings.ToLower(x.Name[0].Text))
}

func ifForm(a *analyser, x *Call, s *scope) *node {
	if len(x.Args) != 2 && len(x.Args) != 3 {
		a.wrongNumber(x)
	}
	c := &Case{pos: x.pos, Whens: []When{{x.pos, x.Args[0], x.Args[1]}}}
	if len(x.Args) == 3 {
		c.Else = x.Args[2]
	}
	return a.caseOf(c, s)
}

func coalesceForm(a *analyser, x *Call, s *scope) *node {
	if len(x.Args) < 2 {
		a.wrongNumber(x)
	}
	nodes := a.exprs(x.Args, s)
	t := a.commonOf(x.Pos(), "All COALESCE operands must be the same type", nodes)
	for i, n := range nodes {
		nodes[i] = a.coerce(n, t)
	}
	return made(x.Pos(), t, "coalesce($*)", nodes...)
}

func nullifForm(a *analyser, x *Call, s *scope) *node {
	if len(x.Args) != 2 {
		a.wrongNumber(x)
	}
	first, second := a.expr(x.Args[0], s), a.expr(x.Args[1], s)
	if common(first.t, second.t) == nil {
		a.fail(TypeMismatch, x.Pos(), "Types are not comparable with NULLIF: %s vs %s", first.t, second.t)
	}
	if first.leaf() {
		return made(x.Pos(), first.t, "CASE WHEN $2 THEN NULL ELSE $1 END", first, a.equal(x.Pos(), first, second))
	}
	both := a.fresh()
	left := &node{form: variable, t: first.t, at: first.at, text: "struct_extract(" + both + ", 'a')"}
	right := &node{form: variable, t: second.t, at: second.at, text: "struct_extract(" + both + ", 'b')"}
	return made(x.Pos(), first.t, "list_extract(list_transform([struct_pack(a := $1, b := $2)], lambda "+both+
		": CASE WHEN $3 THEN NULL ELSE "+left.text+" END), 1)", first, second, within(a.equal(x.Pos(), left, right)))
}

func tryForm(a *analyser, x *Call, s *scope) *node {
	if len(x.Args) != 1 {
		a.wrongNumber(x)
	}
	n := a.expr(x.Args[0], s)
	return made(x.Pos(), n.t, "TRY($1)", n)
}

func typeofForm(a *analyser, x *Call, s *scope) *node {
	if len(x.Args) != 1 {
		a.fail("FUNCTION_NOT_FOUND", x.Pos(), "Unexpected parameters for function typeof. Expected: typeof(t) T")
	}
	n := a.expr(x.Args[0], s)
	name := n.t.String()
	if n.leaf() {
		return plainText(x.Pos(), name)
	}
	// the value is computed all the same, and may fail
	name = templated(quotedText(name))
	return made(x.Pos(), tVarchar, "CASE WHEN $1 IS NULL THEN "+name+" ELSE "+name+" END", n)
}
