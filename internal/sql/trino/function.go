package trino

import (
	"slices"
	"strings"
	"sync"
)

// An entry is a line of the table of functions: a function of Trino with one of its signatures.
type entry struct {
	// signature is as Trino's SHOW FUNCTIONS has it, with the name: abs(bigint) -> bigint. A capital letter stands for any
	// type; the first ones in [] say more of them: [E:comparable] contains(array(E), E) -> boolean.
	signature string
	// duck is what is written for a call, with $1, $2 and $* for the arguments.
	duck string
	// write gives what duck is where it depends on the arguments, which have the parameters' types.
	write func(args []*node) string
	// result gives the result's type where the signature cannot say it.
	result func(args []*Type) *Type
	// first is written before duck, which then has it as $1.
	first string
	// build completes a call whose template depends on the types of its arguments.
	build func(a *analyser, n *node)
	// then is written around an aggregate's value, $1, once DISTINCT, FILTER, ORDER BY and OVER are part of that.
	then string
}

// A signature is an entry, parsed.
type signature struct {
	entry
	name string
	form form
	// need tells of each variable what it has to be: comparable or orderable.
	need     map[string]string
	params   []*TypeName
	variadic bool
	result   *TypeName
}

// functions has the signatures of all functions by their names.
var functions = sync.OnceValue(func() map[string][]*signature {
	all := map[string][]*signature{}
	add := func(entries []entry, f form) {
		for _, e := range entries {
			s := parseSignature(e)
			s.form = f
			all[s.name] = append(all[s.name], s)
		}
	}
	for _, family := range scalars {
		add(family, plain)
	}
	add(aggregates, aggregate)
	add(windowFunctions, window)
	return all
})

// parseSignature reads an entry's signature.
func parseSignature(e entry) *signature {
	s := &signature{entry: e, need: map[string]string{}}
	text := e.signature
	if strings.HasPrefix(text, "[") {
		needs, rest, _ := strings.Cut(text[1:], "] ")
		for _, n := range strings.Fields(needs) {
			variable, what, _ := strings.Cut(n, ":")
			s.need[strings.ToLower(variable)] = what
		}
		text = rest
	}
	head, result, _ := strings.Cut(text, " -> ")
	name, params, _ := strings.Cut(head, "(")
	s.name = name
	params = strings.TrimSuffix(params, ")")
	if s.variadic = strings.HasSuffix(params, "..."); s.variadic {
		params = strings.TrimSuffix(params, "...")
	}
	var err error
	if params != "" {
		wrapped, e := parse("row("+params+")", (*parser).typeName)
		if e != nil {
			panic("signature of " + text + ": " + e.Error())
		}
		for _, p := range wrapped.Parameters {
			s.params = append(s.params, p.Type)
		}
	}
	if s.result, err = parse(result, (*parser).typeName); err != nil {
		panic("signature of " + text + ": " + err.Error())
	}
	return s
}

// A bound signature is one whose variables have been found for the types of some arguments.
type bound struct {
	*signature
	types   map[string]*Type
	numbers map[string]int
	// params are the types that the arguments have to take; nil for a lambda until it is analysed.
	params []*Type
	// at and given are the call that it is bound for.
	at    int
	given []argument
}

// argument is what is known of an argument before a signature is chosen.
type argument struct {
	node *node
	// lambda is set instead of node for a lambda, whose types come from the signature.
	lambda *Lambda
}

// param is the type of the parameter for argument i.
func (s *signature) param(i int) *TypeName { return s.params[min(i, len(s.params)-1)] }

// takes tells whether a signature may have so many arguments.
func (s *signature) takes(n int) bool {
	return n == len(s.params) || s.variadic && n >= len(s.params)-1
}

// bind finds the variables of a signature for some arguments; nil when they do not fit.
func (s *signature) bind(args []argument, coercing bool) *bound {
	if !s.takes(len(args)) {
		return nil
	}
	b := &bound{signature: s, types: map[string]*Type{}, numbers: map[string]int{}}
	for i, arg := range args {
		if (arg.lambda != nil) != (s.param(i).Base == "function") {
			return nil
		}
		if arg.lambda == nil && !b.match(s.param(i), arg.node.t, coercing) {
			return nil
		}
	}
	for variable, need := range s.need {
		if t := b.types[variable]; t != nil && (need == "comparable" && !comparable(t) || need == "orderable" &&
			!orderable(t)) {
			return nil
		}
	}
	for i, arg := range args {
		var t *Type
		if arg.lambda == nil {
			if t = b.resolve(s.param(i)); t == nil || coercing && !coerces(arg.node.t, t) {
				return nil
			}
		}
		b.params = append(b.params, t)
	}
	return b
}

// isVariable tells whether a type's name in a signature stands for any type.
func isVariable(p *TypeName) bool { return len(p.Base) == 1 && p.Parameters == nil }

// match finds variables so that a parameter takes a type.
func (b *bound) match(p *TypeName, t *Type, coercing bool) bool {
	if isVariable(p) {
		known := b.types[p.Base]
		if known == nil {
			b.types[p.Base] = t
			return true
		}
		if !coercing {
			return known.Equal(t)
		}
		b.types[p.Base] = common(known, t)
		return b.types[p.Base] != nil
	}
	if t.Kind == Unknown {
		if coercing {
			b.unknown(p)
		}
		return coercing
	}
	switch p.Base {
	case "varchar", "char":
		if len(p.Parameters) != 1 || p.Parameters[0].Type == nil {
			break
		}
		if kindNames[t.Kind] != p.Base && !(coercing && p.Base == "char" && t.Kind == Varchar) {
			return false
		}
		variable := p.Parameters[0].Type.Base
		b.numbers[variable] = max(b.numbers[variable], t.Precision)
		return true
	case "decimal":
		return b.matchDecimal(p, t, coercing)
	case "time", "timestamp":
		if len(p.Parameters) == 1 && p.Parameters[0].Type != nil {
			return b.matchTime(p, t, coercing)
		}
	case "array", "map", "row":
		if kindNames[t.Kind] != p.Base || len(t.Of) != len(p.Parameters) {
			return false
		}
		for i, inner := range p.Parameters {
			if !b.match(inner.Type, t.Of[i], coercing) {
				return false
			}
		}
		return true
	}
	want, message := resolveType(p)
	if message != "" {
		return false
	}
	if !coercing {
		return want.Equal(t)
	}
	return coerces(t, want)
}

// unknown notes that NULL stands for a parameter: its variables have no type, unless another argument tells, and a
// decimal is the narrowest.
func (b *bound) unknown(p *TypeName) {
	if isVariable(p) && b.types[p.Base] == nil {
		b.types[p.Base] = tUnknown
	}
	if p.Base == "decimal" && len(p.Parameters) == 2 && p.Parameters[0].Type != nil {
		precision, scale := p.Parameters[0].Type.Base, p.Parameters[1].Type.Base
		if _, known := b.numbers[precision]; !known {
			b.numbers[precision], b.numbers[scale] = 1, 0
		}
	}
	if p.Base == "array" || p.Base == "map" || p.Base == "row" {
		for _, inner := range p.Parameters {
			b.unknown(inner.Type)
		}
	}
}

// matchTime is for times whose precision is a variable: it is the largest of the arguments', or 3 for what has none.
func (b *bound) matchTime(p *TypeName, t *Type, coercing bool) bool {
	plain := *p
	plain.Parameters = nil
	want, message := resolveType(&plain)
	if message != "" || t.Kind != want.Kind && !(coercing && coerces(t, timeOf(want.Kind, max(3, t.Precision)))) {
		return false
	}
	if t.Kind != Date {
		variable := p.Parameters[0].Type.Base
		b.numbers[variable] = max(b.numbers[variable], t.Precision)
	}
	return true
}

func (b *bound) matchDecimal(p *TypeName, t *Type, coercing bool) bool {
	if len(p.Parameters) != 2 || p.Parameters[0].Type == nil {
		want, message := resolveType(p)
		return message == "" && (want.Equal(t) || coercing && coerces(t, want))
	}
	if t.IsInteger() && coercing {
		t = decimalOf(decimalDigits[t.Kind], 0)
	}
	if t.Kind != DecimalKind {
		return false
	}
	precision, scale := p.Parameters[0].Type.Base, p.Parameters[1].Type.Base
	if _, known := b.numbers[precision]; known {
		c := commonNumber(decimalOf(b.numbers[precision], b.numbers[scale]), t)
		b.numbers[precision], b.numbers[scale] = c.Precision, c.Scale
		return true
	}
	b.numbers[precision], b.numbers[scale] = t.Precision, t.Scale
	return true
}

// resolve gives the type that a signature's type has come to be.
func (b *bound) resolve(p *TypeName) *Type {
	if isVariable(p) {
		return b.types[p.Base]
	}
	filled := *p
	if p.Parameters != nil {
		filled.Parameters = make([]TypeParameter, len(p.Parameters))
	}
	var of []*Type
	for i, inner := range p.Parameters {
		filled.Parameters[i] = inner
		if inner.Type == nil {
			continue
		}
		if n, known := b.numbers[inner.Type.Base]; known {
			if p.Base == "varchar" && n >= Unbounded {
				return tVarchar
			}
			filled.Parameters[i] = TypeParameter{Number: int64(n)}
			continue
		}
		if p.Base == "timestamp" || p.Base == "time" { // a variable without a value
			filled.Parameters[i] = TypeParameter{Number: 3}
			continue
		}
		if p.Base == "varchar" || p.Base == "char" {
			filled.Parameters[i] = TypeParameter{Number: 0}
			continue
		}
		t := b.resolve(inner.Type)
		if t == nil {
			return nil
		}
		of = append(of, t)
	}
	switch p.Base {
	case "array":
		return arrayOf(of[0])
	case "map":
		return mapOf(of[0], of[1])
	case "row":
		names := make([]string, len(of))
		for i := range names {
			names[i] = p.Parameters[i].Field.Text
		}
		return rowOf(names, of...)
	case "function":
		return &Type{Kind: Function, Of: of}
	}
	t, message := resolveType(&filled)
	if message != "" {
		return nil
	}
	return t
}

// choose finds the signature of a function for some arguments, as Trino does: one that fits as it is, else the most
// specific of those that arguments can be coerced to.
func (a *analyser) choose(at int, name string, args []argument) *bound {
	all := functions()[strings.ToLower(name)]
	if all == nil && isRefused(strings.ToLower(name)) {
		a.fail(NotSupported, at, "Function '%s' of Trino is not supported", name)
	}
	if all == nil {
		a.fail("FUNCTION_NOT_FOUND", at, "Function '%s' not registered", name)
	}
	for _, coercing := range []bool{false, true} {
		var fit []*bound
		for _, s := range all {
			if b := s.bind(args, coercing); b != nil {
				b.at, b.given = at, args
				fit = append(fit, b)
			}
		}
		best := mostSpecific(withoutChar(fit, args))
		if len(best) > 1 && coercing && someNull(args) {
			if only := castingNulls(withoutChar(fit, args), args); len(only) > 0 {
				best = only
			}
			if sameResult(best) {
				return best[0]
			}
		}
		switch {
		case len(best) == 1, len(best) > 1 && !coercing:
			return best[0]
		case len(best) > 1:
			a.ambiguous(at)
		}
	}
	a.unexpected(at, name, args)
	return nil
}

// unexpected says that a function takes no such arguments.
func (a *analyser) unexpected(at int, name string, args []argument) {
	a.fail("FUNCTION_NOT_FOUND", at, "Unexpected parameters (%s) for function %s. Expected: %s", argumentTypes(args), name,
		signaturesOf(functions()[strings.ToLower(name)]))
}

// someNull tells whether an argument is a NULL of no type.
func someNull(args []argument) bool {
	return slices.ContainsFunc(args, func(arg argument) bool { return arg.node != nil && arg.node.t.Kind == Unknown })
}

// castingNulls keeps the signatures that have other arguments as they are.
func castingNulls(fit []*bound, args []argument) []*bound {
	return slices.DeleteFunc(slices.Clone(fit), func(b *bound) bool {
		for i, arg := range args {
			if arg.node == nil || arg.node.t.Kind != Unknown && !b.params[i].Equal(arg.node.t) {
				return true
			}
		}
		return false
	})
}

// sameResult tells whether all signatures give the same type.
func sameResult(fit []*bound) bool {
	for _, b := range fit[1:] {
		first, other := fit[0].resolve(fit[0].signature.result), b.resolve(b.signature.result)
		if first == nil || other == nil || !first.Equal(other) {
			return false
		}
	}
	return true
}

// mostSpecific leaves out the signatures whose parameters another's coerce to.
func mostSpecific(fit []*bound) []*bound {
	return slices.DeleteFunc(slices.Clone(fit), func(b *bound) bool {
		return slices.ContainsFunc(fit, func(other *bound) bool {
			return other != b && other.narrower(b) && !b.narrower(other)
		})
	})
}

// withoutChar leaves out the signatures with char when no argument is one and others fit as well. Char and varchar
// coerce to each other, and varchar wins.
func withoutChar(fit []*bound, args []argument) []*bound {
	isChar := func(t *Type) bool { return t != nil && t.Kind == Char }
	if slices.ContainsFunc(args, func(arg argument) bool { return arg.node != nil && isChar(arg.node.t) }) {
		return fit
	}
	kept := slices.DeleteFunc(slices.Clone(fit), func(b *bound) bool { return slices.ContainsFunc(b.params, isChar) })
	if len(kept) == 0 {
		return fit
	}
	return kept
}

// narrower tells whether b is more special than another: its parameters can be the arguments of that.
func (b *bound) narrower(other *bound) bool {
	args := make([]argument, len(b.params))
	for i, t := range b.params {
		args[i] = b.given[i]
		if t != nil {
			args[i] = argument{node: &node{t: t}}
		}
	}
	return other.signature.bind(args, true) != nil
}

func argumentTypes(args []argument) string {
	names := make([]string, len(args))
	for i, arg := range args {
		names[i] = "<function>"
		if arg.node != nil {
			names[i] = arg.node.t.String()
		}
	}
	return strings.Join(names, ", ")
}

func signaturesOf(all []*signature) string {
	var texts []string
	for _, s := range all {
		text, _, _ := strings.Cut(s.entry.signature, " -> ")
		if strings.HasPrefix(text, "[") {
			_, text, _ = strings.Cut(text, "] ")
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), ", ")
}
