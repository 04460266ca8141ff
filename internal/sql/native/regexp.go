package native

import (
	"strings"
	"unicode/utf8"
)

// regexpFunctions match regular expressions in Java's syntax.
var regexpFunctions = []Function{
	{Name: "trino_regexp_like", Params: []string{"VARCHAR", "VARCHAR"}, Result: "BOOLEAN", Call: regexpLike},
	{Name: "trino_regexp_count", Params: []string{"VARCHAR", "VARCHAR"}, Result: "BIGINT", Call: regexpCount},
	{Name: "trino_regexp_extract", Params: []string{"VARCHAR", "VARCHAR", "BIGINT"}, Result: "VARCHAR",
		Call: regexpExtract},
	{Name: "trino_regexp_extract_all", Params: []string{"VARCHAR", "VARCHAR", "BIGINT"}, Result: "VARCHAR[]",
		Call: regexpExtractAll},
	{Name: "trino_regexp_position", Params: []string{"VARCHAR", "VARCHAR", "INTEGER", "INTEGER"}, Result: "INTEGER",
		Call: regexpPosition},
	{Name: "trino_regexp_replace", Params: []string{"VARCHAR", "VARCHAR", "VARCHAR"}, Result: "VARCHAR",
		Call: regexpReplace},
	{Name: "trino_regexp_split", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR[]", Call: regexpSplit},
	{Name: "trino_regexp_groups", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR[][]", Call: regexpGroups},
	{Name: "trino_interleave", Params: []string{"VARCHAR[]", "VARCHAR[]"}, Result: "VARCHAR", Call: interleave},
}

// matching prepares to match a text by a pattern, the first two of args.
func matching(args []any) (*matcher, error) {
	p, err := compiled(args[1].(string))
	if err != nil {
		return nil, err
	}
	return p.in(args[0].(string))
}

// groups is how many a pattern has.
func (p *pattern) groups() int { return p.goal.NumSubexp() }

// checkGroup tells whether a group may be asked for.
func (p *pattern) checkGroup(group int64) error {
	switch {
	case group < 0:
		return invalid("Group cannot be negative")
	case group > int64(p.groups()):
		return invalid("Pattern has %d groups. Cannot access group %d", p.groups(), group)
	case group > 0:
		return p.checkLoose()
	}
	return nil
}

func (p *pattern) checkLoose() error {
	if p.loose {
		return unsupportedRegexp("a repeated group that can match nothing")
	}
	return nil
}

// group is what a group matched, or NULL.
func (m *matcher) group(places []int, group int) any {
	if places[2*group] < 0 {
		return nil
	}
	return m.text[places[2*group]:places[2*group+1]]
}

func regexpLike(args []any) (any, error) {
	m, err := matching(args)
	if err != nil {
		return nil, err
	}
	if m.plain {
		return m.goal.MatchString(m.text), nil
	}
	places, err := m.find()
	return places != nil, err
}

func regexpCount(args []any) (any, error) {
	m, err := matching(args)
	if err != nil {
		return nil, err
	}
	n := int64(0)
	err = m.all(func([]int) error { n++; return nil })
	return n, err
}

func regexpExtract(args []any) (any, error) {
	m, err := matching(args)
	if err != nil {
		return nil, err
	}
	group := args[2].(int64)
	if err := m.checkGroup(group); err != nil {
		return nil, err
	}
	places, err := m.find()
	if err != nil || places == nil {
		return nil, err
	}
	return m.group(places, int(group)), nil
}

func regexpExtractAll(args []any) (any, error) {
	m, err := matching(args)
	if err != nil {
		return nil, err
	}
	group := args[2].(int64)
	if err := m.checkGroup(group); err != nil {
		return nil, err
	}
	list := []any{}
	err = m.all(func(places []int) error {
		list = append(list, m.group(places, int(group)))
		return nil
	})
	return list, err
}

// regexpPosition is where a match begins, counted from 1, or -1; the search begins at a place, and gives one of the
// matches.
func regexpPosition(args []any) (any, error) {
	start, occurrence := args[2].(int32), args[3].(int32)
	switch {
	case start < 1:
		return nil, invalid("start position cannot be smaller than 1")
	case occurrence < 1:
		return nil, invalid("occurrence cannot be smaller than 1")
	}
	m, err := matching(args)
	if err != nil {
		return nil, err
	}
	if m.next = offset(m.text, int(start)-1); m.next < 0 || m.next == len(m.text) {
		return int32(-1), nil
	}
	for ; ; occurrence-- {
		places, err := m.find()
		if err != nil {
			return nil, err
		}
		if places == nil {
			return int32(-1), nil
		}
		if occurrence == 1 {
			return int32(utf8.RuneCountInString(m.text[:places[0]]) + 1), nil
		}
	}
}

// between calls visit with what stands before each match, and gives what stands after the last.
func (m *matcher) between(visit func(before string, places []int) error) (string, error) {
	end := 0
	err := m.all(func(places []int) error {
		before := m.text[end:places[0]]
		end = places[1]
		return visit(before, places)
	})
	return m.text[end:], err
}

func regexpSplit(args []any) (any, error) {
	m, err := matching(args)
	if err != nil {
		return nil, err
	}
	list := []any{}
	rest, err := m.between(func(before string, _ []int) error {
		list = append(list, before)
		return nil
	})
	return append(list, rest), err
}

func regexpReplace(args []any) (any, error) {
	m, err := matching(args)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	rest, err := m.between(func(before string, places []int) error {
		b.WriteString(before)
		if err := m.replacement(&b, args[2].(string), places); err != nil {
			return err
		}
		if b.Len() > maxResult {
			return tooLong()
		}
		return nil
	})
	b.WriteString(rest)
	return b.String(), err
}

// replacement writes a replacement, in which $1 and ${name} stand for groups, and a backslash keeps the next character.
func (m *matcher) replacement(b *strings.Builder, text string, places []int) error {
	illegal := invalid("Illegal replacement sequence: %s", text)
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if i++; i == len(text) {
				return illegal
			}
			b.WriteByte(text[i])
		case '$':
			group, length, err := m.groupNamed(text[i+1:], illegal)
			if err != nil {
				return err
			}
			i += length
			if err := m.checkGroup(int64(group)); err != nil {
				return err
			}
			if s, is := m.group(places, group).(string); is {
				b.WriteString(s)
			}
		default:
			b.WriteByte(text[i])
		}
	}
	return nil
}

// groupNamed reads what follows a $: the name of a group in braces, or as many digits as make the number of one.
func (m *matcher) groupNamed(s string, illegal error) (group, length int, err error) {
	if s == "" {
		return 0, 0, illegal
	}
	if s[0] == '{' {
		name, _, closed := strings.Cut(s[1:], "}")
		length = len(name) + 1
		if closed {
			length++
		}
		if group = m.goal.SubexpIndex(name); group < 0 {
			return 0, 0, invalid("Illegal replacement sequence: unknown group { %s }", name)
		}
		return group, length, nil
	}
	if s[0] < '0' || s[0] > '9' {
		return 0, 0, illegal
	}
	if group = int(s[0] - '0'); group > m.groups() {
		return 0, 0, invalid("Illegal replacement sequence: unknown group %d", group)
	}
	for length = 1; length < len(s) && '0' <= s[length] && s[length] <= '9'; length++ {
		longer := group*10 + int(s[length]-'0')
		if longer > m.groups() {
			break
		}
		group = longer
	}
	return group, length, nil
}

// regexpGroups gives the groups of each match, for lambdas.
func regexpGroups(args []any) (any, error) {
	m, err := matching(args)
	if err != nil {
		return nil, err
	}
	if err := m.checkLoose(); err != nil {
		return nil, err
	}
	list := []any{}
	err = m.all(func(places []int) error {
		groups := make([]any, m.groups())
		for i := range groups {
			groups[i] = m.group(places, i+1)
		}
		list = append(list, groups)
		return nil
	})
	return list, err
}

// interleave joins the parts of a split text with what replaces the matches between them; NULL is nothing.
func interleave(args []any) (any, error) {
	var b strings.Builder
	replacements := args[1].([]any)
	for i, part := range args[0].([]any) {
		b.WriteString(part.(string))
		if i < len(replacements) && replacements[i] != nil {
			b.WriteString(replacements[i].(string))
		}
		if b.Len() > maxResult {
			return nil, tooLong()
		}
	}
	return b.String(), nil
}
