package policy

import (
	"fmt"
	"strings"
)

// maxSize is how many bytes a policy's text may have.
const maxSize = 20480

const (
	versionNew = "2012-10-17" // has policy variables
	versionOld = "2008-10-17"
)

// Parse reads a policy. It refuses whatever it does not know, so that no
// restriction is ever passed over: the error names the statement, counted from
// zero and with its Sid, and the element.
func Parse(text []byte) (*Document, error) {
	d, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("parse policy: %w", err)
	}
	return d, nil
}

// wrong is an error that names the element.
func wrong(element, format string, args ...any) error {
	return fmt.Errorf("%s: %w", element, fmt.Errorf(format, args...))
}

func parse(text []byte) (*Document, error) {
	if len(text) > maxSize {
		return nil, fmt.Errorf("%d bytes are more than %d", len(text), maxSize)
	}
	root, err := decode(text)
	if err != nil {
		return nil, err
	}
	if root.kind != isObject {
		return nil, fmt.Errorf("%s, not an object", root.kind)
	}
	variables := false
	for _, m := range root.members {
		switch m.name {
		case "Version":
			if m.value.kind != isString || m.value.text != versionNew && m.value.text != versionOld {
				return nil, wrong("Version", "must be %q or %q", versionNew, versionOld)
			}
			variables = m.value.text == versionNew
		case "Id":
			if m.value.kind != isString {
				return nil, wrong("Id", "%s, not a string", m.value.kind)
			}
		case "Statement":
		default:
			return nil, fmt.Errorf("unknown element %.100q", m.name)
		}
	}
	return parseStatements(root, variables)
}

func parseStatements(root value, variables bool) (*Document, error) {
	list, ok := root.member("Statement")
	if !ok {
		return nil, wrong("Statement", "missing")
	}
	statements := []value{list}
	switch list.kind {
	case isObject:
	case isList:
		statements = list.items
	default:
		return nil, wrong("Statement", "%s, not an object or a list", list.kind)
	}
	if len(statements) == 0 {
		return nil, wrong("Statement", "empty")
	}
	d := &Document{services: map[string]bool{}}
	sids := map[string]bool{}
	for i, v := range statements {
		name := fmt.Sprintf("Statement[%d]", i)
		sid, _ := v.member("Sid")
		if sid.text != "" {
			name += fmt.Sprintf(" (Sid %.100q)", sid.text)
			if sids[sid.text] {
				return nil, fmt.Errorf("%s: Sid: another statement has it", name)
			}
			sids[sid.text] = true
		}
		s, err := d.parseStatement(v, variables)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		d.statements = append(d.statements, s)
	}
	return d, nil
}

func (d *Document) parseStatement(v value, variables bool) (s statement, err error) {
	if v.kind != isObject {
		return s, fmt.Errorf("%s, not an object", v.kind)
	}
	effect := false
	for _, m := range v.members {
		switch m.name {
		case "Sid":
			err = checkSid(m.value)
		case "Effect":
			effect = true
			s.allow = m.value.text == "Allow"
			if m.value.kind != isString || !s.allow && m.value.text != "Deny" {
				err = wrong("Effect", `must be "Allow" or "Deny"`)
			}
		case "Action", "NotAction":
			if s.actions != nil {
				return s, wrong(m.name, "a statement has Action or NotAction, not both")
			}
			s.notAction = m.name == "NotAction"
			s.actions, err = d.parseActions(m)
		case "Resource", "NotResource":
			if s.resources != nil {
				return s, wrong(m.name, "a statement has Resource or NotResource, not both")
			}
			s.notResource = m.name == "NotResource"
			s.resources, err = parseResources(m, variables)
		case "Condition":
			s.conditions, err = parseConditions(m.value, variables)
		case "Principal", "NotPrincipal":
			err = wrong(m.name, "a policy of an identity has no principal")
		default:
			err = fmt.Errorf("unknown element %.100q", m.name)
		}
		if err != nil {
			return s, err
		}
	}
	switch {
	case !effect:
		err = wrong("Effect", "missing")
	case s.actions == nil:
		err = wrong("Action or NotAction", "missing")
	case s.resources == nil:
		err = wrong("Resource or NotResource", "missing")
	}
	return s, err
}

func checkSid(v value) error {
	if v.kind != isString {
		return wrong("Sid", "%s, not a string", v.kind)
	}
	if strings.Trim(strings.ToLower(v.text), "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return wrong("Sid", "may hold letters A-Z and a-z and digits only")
	}
	return nil
}

func (d *Document) parseActions(m member) ([]string, error) {
	texts, err := stringList(m)
	if err != nil {
		return nil, err
	}
	patterns := make([]string, len(texts))
	for i, text := range texts {
		pattern, service, err := parseAction(text)
		if err != nil {
			return nil, wrong(m.name, "%w", err)
		}
		patterns[i] = pattern
		if service != "" {
			d.services[service] = true
		}
	}
	return patterns, nil
}

func parseResources(m member, variables bool) ([]template, error) {
	texts, err := stringList(m)
	if err != nil {
		return nil, err
	}
	templates := make([]template, len(texts))
	for i, text := range texts {
		if templates[i], err = parseResource(text, variables); err != nil {
			return nil, wrong(m.name, "%w", err)
		}
	}
	return templates, nil
}

// stringList reads a string or a list of strings.
func stringList(m member) ([]string, error) {
	items := []value{m.value}
	if m.value.kind == isList {
		items = m.value.items
	}
	if len(items) == 0 {
		return nil, wrong(m.name, "empty")
	}
	texts := make([]string, len(items))
	for i, v := range items {
		if v.kind != isString {
			return nil, wrong(m.name, "%s, not a string", v.kind)
		}
		texts[i] = v.text
	}
	return texts, nil
}
