package vcf

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// metaLine takes one meta line, without its leading ##. One that cannot be read is passed over if that is relaxed: its
// key then is as if not declared.
func (p *headerParser) metaLine(line string) error {
	text := strings.TrimRight(line, " \t\r")
	p.trailing = len(text) < len(line)
	err := p.meta(text)
	if fault, ok := err.(*ParseError); ok && fault.Rule == 0 && !errors.Is(err, ErrHeaderTooLarge) {
		fault.Rule = RuleHeader
		return p.forgive(fault)
	}
	return err
}

// forgive takes a fault of the line at hand, which is counted once.
func (p *headerParser) forgive(fault *ParseError) error {
	switch {
	case !p.opt.Relaxed.Has(fault.Rule):
		return fault
	case p.noted == p.h.Lines:
		p.h.notes.graded |= 1 << fault.Rule
	default:
		p.noted = p.h.Lines
		p.h.notes.add(fault)
	}
	return nil
}

// lapse is for what the field's readers read though the specification has it otherwise.
func (p *headerParser) lapse(fault Fault, detail string) error {
	return p.graded(habit, fault, detail)
}

// graded is for what is read, as a habit or as a custom.
func (p *headerParser) graded(grade Rule, fault Fault, detail string) error {
	err := p.fail(fault, detail)
	err.Rule = RuleHeader + grade
	return p.forgive(err)
}

// meta takes one meta line.
func (p *headerParser) meta(text string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok || key == "" || key[0] == '#' || strings.ContainsAny(key, " \t<>\"") {
		return p.lapse(ErrHeader, quote("##"+text)+" is not ##key=value")
	}
	if value == "" {
		return p.lapse(ErrHeader, "the value of ##"+key+" is empty")
	}
	if len(p.h.Meta) == p.opt.MaxLines {
		return p.fail(ErrHeaderTooLarge, fmt.Sprintf("a header may hold %d lines", p.opt.MaxLines))
	}
	m := Meta{Line: p.h.Lines, Key: key, Value: value}
	if strings.HasPrefix(value, "<") {
		if err := p.structure(&m); err != nil {
			return err
		}
		if err := p.unique(&m); err != nil {
			return err
		}
	} else if defines(key) {
		return p.fail(ErrHeader, key+" is not of the form <key=value,...>")
	} else if p.strict(key) {
		return p.lapse(ErrHeader, key+" is not of the form <key=value,...>")
	}
	p.h.Meta = append(p.h.Meta, m)
	switch key {
	case "fileformat":
		return p.repeatedVersion(value)
	case "INFO", "FORMAT":
		return p.field(&m)
	case "FILTER":
		return p.filter(&m)
	case "ALT":
		return p.alt(&m)
	case "contig":
		return p.contig(&m)
	case "META", "SAMPLE", "PEDIGREE":
		return p.sampleMeta(&m)
	case "assembly", "pedigreeDB":
		return p.url(&m)
	}
	return nil
}

// structure parses the attributes of a structured line. What is not well formed is read as far as it can be if the line
// is of those that must be.
func (p *headerParser) structure(m *Meta) error {
	attrs, blanks, malformed := parseAttrs(m.Value)
	if malformed != nil {
		switch {
		case !p.strict(m.Key):
			return nil
		case errors.Is(malformed, errTooManyAttrs):
			return p.fail(ErrHeader, m.Key+": "+malformed.Error())
		}
		if err := p.lapse(ErrHeader, m.Key+": "+malformed.Error()); err != nil {
			return err
		}
		var unclear string
		if attrs, unclear = looseAttrs(m.Value); unclear != "" {
			return p.fail(ErrHeader, fmt.Sprintf("%s: %s occurs twice", m.Key, unclear))
		}
	}
	if p.attrs += len(attrs); p.attrs > p.opt.MaxAttrs {
		return p.fail(ErrHeaderTooLarge, fmt.Sprintf("a header may hold %d attributes", p.opt.MaxAttrs))
	}
	m.Attrs = attrs
	if (blanks || p.trailing) && p.strict(m.Key) {
		return p.lapse(ErrHeader, m.Key+" has blanks around its keys or values")
	}
	return nil
}

// unique checks that no other line of the kind has the ID, since 4.3 (1.4). Those of INFO and FORMAT are seen to in
// field.
func (p *headerParser) unique(m *Meta) error {
	id, ok := m.Attr("ID")
	if !ok || m.Key == "INFO" || m.Key == "FORMAT" || !p.strict(m.Key) || p.h.Version.before(3) {
		return nil
	}
	name := m.Key + " " + id
	if p.defined[name] {
		return p.lapse(ErrHeader, shorten(name)+" is defined twice")
	}
	p.defined[name] = true
	return nil
}

// repeatedVersion takes a ##fileformat line that is not the first one.
func (p *headerParser) repeatedVersion(value string) error {
	first := p.h.Version.String()
	if strings.TrimRight(value, " \t") != first {
		return p.fail(ErrHeader, "##fileformat occurs twice")
	}
	return p.lapse(ErrHeader, "##fileformat occurs twice")
}

// defines tells the keys whose lines define what records hold.
func defines(key string) bool {
	switch key {
	case "INFO", "FORMAT", "FILTER", "ALT", "contig":
		return true
	}
	return false
}

// strict tells the keys whose values must be well-formed structures. Before 4.2
// SAMPLE and PEDIGREE had no fixed form.
func (p *headerParser) strict(key string) bool {
	switch key {
	case "SAMPLE", "PEDIGREE":
		return !p.h.Version.before(2)
	case "META":
		return !p.h.Version.before(3)
	}
	return defines(key)
}

// maxAttrs bounds the attributes of a meta line.
const maxAttrs = 200

var errTooManyAttrs = fmt.Errorf("there are more than %d attributes", maxAttrs)

// parseAttrs parses <key=value,key="value",...>. White space around keys and values is
// ignored; blanks tells that there is some.
func parseAttrs(text string) (attrs []Attr, blanks bool, err error) {
	if !strings.HasSuffix(text, ">") {
		return nil, false, errors.New("there is no closing >")
	}
	trim := func(s string) string {
		trimmed := strings.TrimSpace(s)
		blanks = blanks || len(trimmed) < len(s)
		return trimmed
	}
	text = trim(text[1 : len(text)-1])
	attrs = make([]Attr, 0, min(strings.Count(text, "="), 8))
	for text != "" {
		key, rest, ok := strings.Cut(text, "=")
		key = trim(key)
		if !ok || key == "" || strings.ContainsAny(key, ",\"<> ") {
			return nil, false, fmt.Errorf("%s is not key=value", quote(text))
		}
		a := Attr{Key: key}
		switch {
		case strings.HasPrefix(rest, `"`):
			a.Quoted = true
			a.Value, rest, err = cutQuoted(rest)
		case strings.HasPrefix(rest, "["):
			a.Value, rest, err = cutBracketed(rest)
		default:
			a.Value, rest = cutPlain(rest)
			a.Value = trim(a.Value)
		}
		if err != nil {
			return nil, false, fmt.Errorf("%s %w", key, err)
		}
		for i := range attrs {
			if attrs[i].Key == key {
				return nil, false, fmt.Errorf("%s occurs twice", key)
			}
		}
		if attrs = append(attrs, a); len(attrs) > maxAttrs {
			return nil, false, errTooManyAttrs
		}
		rest = trim(rest)
		if rest == "" {
			break
		}
		if rest[0] != ',' {
			return nil, false, fmt.Errorf("%s is followed by %s; a quote inside a value is written \\\"", key, quote(rest))
		}
		text = trim(rest[1:])
	}
	if len(attrs) == 0 {
		return nil, false, errors.New("<> is empty")
	}
	return attrs, blanks, nil
}

// cutQuoted takes a quoted value off the front of text and removes its
// escapes \" and \\.
func cutQuoted(text string) (value, rest string, err error) {
	escaped := false
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			value = text[1:i]
			if escaped {
				value = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(value)
			}
			return value, text[i+1:], nil
		}
	}
	return "", "", errors.New("has no closing quote")
}

// cutBracketed takes a [list] off the front of text.
func cutBracketed(text string) (value, rest string, err error) {
	i := strings.IndexByte(text, ']')
	if i < 0 {
		return "", "", errors.New("has no closing ]")
	}
	return text[:i+1], text[i+1:], nil
}

func cutPlain(text string) (value, rest string) {
	if i := strings.IndexByte(text, ','); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}

// looseAttrs parses what parseAttrs does not: <key=value,...> in which a value may hold <lists>, and commas and quotes
// as long as no key follows. Of attributes with one key the first counts; unclear is a key that a definition cannot
// have twice and does.
func looseAttrs(text string) (attrs []Attr, unclear string) {
	text = strings.TrimSuffix(strings.TrimSpace(text[1:]), ">")
	for text != "" && len(attrs) < maxAttrs {
		key, rest, ok := strings.Cut(text, "=")
		if !ok {
			break
		}
		end := looseEnd(rest)
		value := strings.TrimSpace(rest[:end])
		text = strings.TrimPrefix(rest[end:], ",")
		a := Attr{Key: strings.TrimSpace(key), Value: value}
		if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
			a.Value, a.Quoted = value[1:len(value)-1], true
		}
		if first := slices.IndexFunc(attrs, func(b Attr) bool { return b.Key == a.Key }); first < 0 {
			attrs = append(attrs, a)
		} else if slices.Contains(fieldOrder[:3], a.Key) && attrs[first].Value != a.Value {
			return nil, a.Key
		}
	}
	return attrs, ""
}

// looseEnd is where the value at the start of text ends: at a comma outside of quotes and of <lists> that a key and '='
// follow, or at the end.
func looseEnd(text string) int {
	quoted, depth := false, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			depth++
		case c == '>':
			depth--
		case c == ',' && depth <= 0 && beginsWithKey(text[i+1:]):
			return i
		}
	}
	return len(text)
}

// beginsWithKey tells whether text begins with a name and '='.
func beginsWithKey(text string) bool {
	text = strings.TrimLeft(text, " ")
	for i := range len(text) {
		switch c := text[i]; {
		case c == '=':
			return i > 0
		case c != '_' && c != '-' && c != '.' && c-'0' > 9 && (c|0x20 < 'a' || c|0x20 > 'z'):
			return false
		}
	}
	return false
}
