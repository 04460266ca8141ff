package native

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// A pattern is a regular expression, compiled.
type pattern struct {
	goal *regexp.Regexp
	prog *syntax.Prog
	seen regexpTraits
	// context tells that a match depends on what stands before it.
	context bool
	// loose tells that its groups' places are not those of Java, for a group that can match nothing is repeated.
	loose bool
}

var patterns kept[*pattern]

func compiled(text string) (*pattern, error) { return patterns.of(text, compilePattern) }

func compilePattern(text string) (*pattern, error) {
	parser := &regexpParser{text: text}
	written, err := parser.parse()
	if err != nil {
		return nil, err
	}
	tree, err := syntax.Parse(written, syntax.Perl)
	if err != nil {
		return nil, refusedByGo(err)
	}
	p := &pattern{seen: parser.seen}
	p.context = p.seen.start || p.seen.lineStart || p.seen.word || strings.Contains(written, "(?m:")
	chooses := false
	emptyLoops(tree, func(body *syntax.Regexp) {
		p.loose = p.loose || body.MaxCap() > 0
		chooses = chooses || choosesEmpty(body)
	})
	if chooses {
		return nil, unsupportedRegexp("a repeated choice that can match nothing")
	}
	if p.prog, err = syntax.Compile(tree.Simplify()); err != nil {
		return nil, refusedByGo(err)
	}
	if p.goal, err = regexp.Compile(written); err != nil {
		return nil, refusedByGo(err)
	}
	return p, nil
}

// refusedByGo tells why Go's library does not take a pattern that was read.
func refusedByGo(err error) error {
	var e *syntax.Error
	if errors.As(err, &e) {
		switch e.Code {
		case syntax.ErrInvalidNamedCapture:
			return unsupportedRegexp("two groups of one name, or such a name")
		case syntax.ErrInvalidRepeatSize, syntax.ErrLarge, syntax.ErrNestingDepth:
			return unsupportedRegexp("so many repetitions")
		}
	}
	return unsupportedRegexp("such syntax (" + err.Error() + ")")
}

// matchesEmpty tells whether an expression can match nothing; anchors are taken to.
func matchesEmpty(r *syntax.Regexp) bool {
	switch r.Op {
	case syntax.OpLiteral:
		return len(r.Rune) == 0
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpNoMatch:
		return false
	case syntax.OpCapture, syntax.OpPlus:
		return matchesEmpty(r.Sub[0])
	case syntax.OpRepeat:
		return r.Min == 0 || matchesEmpty(r.Sub[0])
	case syntax.OpConcat:
		for _, s := range r.Sub {
			if !matchesEmpty(s) {
				return false
			}
		}
	case syntax.OpAlternate:
		for _, s := range r.Sub {
			if matchesEmpty(s) {
				return true
			}
		}
		return false
	}
	return true
}

// emptyLoops calls visit for what is repeated although it can match nothing. Java leaves such a loop after it has
// matched nothing; Go's library goes on to other ways to match.
func emptyLoops(r *syntax.Regexp, visit func(body *syntax.Regexp)) {
	if r.Op == syntax.OpStar || r.Op == syntax.OpPlus || r.Op == syntax.OpRepeat {
		if matchesEmpty(r.Sub[0]) {
			visit(r.Sub[0])
		}
	}
	for _, s := range r.Sub {
		emptyLoops(s, visit)
	}
}

// choosesEmpty tells whether an expression may match nothing before it has tried everything else.
func choosesEmpty(r *syntax.Regexp) bool {
	switch r.Op {
	case syntax.OpAlternate:
		return true
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		if r.Flags&syntax.NonGreedy != 0 {
			return true
		}
	}
	return slices.ContainsFunc(r.Sub, choosesEmpty)
}

// multipleFolds are characters that differ in case only from two or three others together, as ß from ss.
const multipleFolds = "ßẞİŉǰΐΰևẖẗẘẙẚﬀﬁﬂﬃﬄﬅﬆﬓﬔﬕﬖﬗ"

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// plain tells whether Go's library matches a text as Java's does.
func (p *pattern) plain(text string) (bool, error) {
	plain := true
	if strings.HasSuffix(text, "\n") && (p.seen.softEnd || p.seen.lineStart) {
		if p.seen.softEnd && p.seen.hardEnd {
			return false, unsupportedRegexp(`both $ and \z on a text that ends in a line feed`)
		}
		plain = false
	}
	if (p.seen.word || p.seen.fold) && !isASCII(text) {
		if p.seen.fold && strings.ContainsAny(text, multipleFolds) {
			return false, unsupportedRegexp("(?i) on a text with characters such as ß")
		}
		plain = plain && !p.seen.word
	}
	return plain, nil
}

// A matcher finds one match of a pattern in a text after the other.
type matcher struct {
	*pattern
	text  string
	plain bool
	next  int
	slow  *machine
}

func (p *pattern) in(text string) (*matcher, error) {
	plain, err := p.plain(text)
	return &matcher{pattern: p, text: text, plain: plain}, err
}

// find gives the places of the next match and its groups, or nil. A match that is empty may stand where the one before
// ended; the search goes on after the next character then.
func (m *matcher) find() ([]int, error) {
	if m.next > len(m.text) {
		return nil, nil
	}
	places, err := m.search()
	if err != nil || places == nil {
		return nil, err
	}
	m.next = places[1]
	if places[0] == places[1] {
		_, n := utf8.DecodeRuneInString(m.text[m.next:])
		m.next += max(n, 1)
	}
	return places, nil
}

func (m *matcher) search() ([]int, error) {
	if m.plain && (m.next == 0 || !m.context) {
		places := m.goal.FindStringSubmatchIndex(m.text[m.next:])
		for i := range places {
			if places[i] >= 0 {
				places[i] += m.next
			}
		}
		return places, nil
	}
	if m.slow == nil {
		m.slow = &machine{pattern: m.pattern, text: m.text}
		if err := m.slow.allocate(); err != nil {
			return nil, err
		}
	}
	return m.slow.search(m.next), nil
}

// all calls visit for each match.
func (m *matcher) all(visit func(places []int) error) error {
	for {
		places, err := m.find()
		if err != nil || places == nil {
			return err
		}
		if err := visit(places); err != nil {
			return err
		}
	}
}
