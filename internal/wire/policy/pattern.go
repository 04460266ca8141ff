package policy

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Patterns are strings in which these bytes stand for wildcards. Neither occurs
// in UTF-8, so text of a policy or a request is never mistaken for them.
const (
	anyRun = "\xfe" // *
	anyOne = "\xff" // ?
)

// clean makes text of a request valid UTF-8.
func clean(s string) string {
	return strings.ToValidUTF8(s, "\ufffd")
}

// template is a pattern with policy variables.
type template struct {
	pattern string // the whole of it, when parts is nil
	parts   []part
}

// part is text, or a variable when it has a key.
type part struct {
	key        string // in lower case
	text       string // the text, or the variable's default
	hasDefault bool
}

// parseTemplate reads text of a policy: wildcards where wild, policy variables
// where variables.
func parseTemplate(s string, wild, variables bool) (template, error) {
	var parts []part
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			parts = append(parts, part{text: text.String()})
			text.Reset()
		}
	}
	for s != "" {
		switch {
		case variables && strings.HasPrefix(s, "${"):
			p, rest, err := parseVariable(s)
			if err != nil {
				return template{}, err
			}
			if p.key == "" {
				text.WriteString(p.text)
			} else {
				flush()
				parts = append(parts, p)
			}
			s = rest
			continue
		case wild && s[0] == '*':
			text.WriteString(anyRun)
		case wild && s[0] == '?':
			text.WriteString(anyOne)
		default:
			text.WriteByte(s[0])
		}
		s = s[1:]
	}
	if parts == nil {
		return template{pattern: text.String()}, nil
	}
	flush()
	return template{parts: parts}, nil
}

// parseVariable reads the variable that s begins with: ${key},
// ${key, 'default'}, or one of ${*}, ${?} and ${$}, which are text.
func parseVariable(s string) (p part, rest string, err error) {
	malformed := func(why string) (part, string, error) {
		return part{}, "", fmt.Errorf("malformed policy variable at %.60q: %s", s, why)
	}
	inner := s[2:]
	for _, c := range []string{"*", "?", "$"} {
		if rest, ok := strings.CutPrefix(inner, c+"}"); ok {
			return part{text: c}, rest, nil
		}
	}
	end := strings.IndexAny(inner, ",}")
	if end < 0 {
		return malformed("there is no }")
	}
	key := strings.TrimRight(inner[:end], " ")
	if !validKey(key) {
		return malformed("a condition key, such as aws:username, is expected")
	}
	p.key = strings.ToLower(key)
	if p.key == "aws:tagkeys" {
		return malformed("aws:TagKeys has several values")
	}
	if inner[end] == '}' {
		return p, inner[end+1:], nil
	}
	quoted, ok := strings.CutPrefix(strings.TrimLeft(inner[end+1:], " "), "'")
	if !ok {
		return malformed("the default must be in single quotes")
	}
	p.text, rest, ok = strings.Cut(quoted, "'")
	if !ok {
		return malformed("the default's quote is not closed")
	}
	rest, ok = strings.CutPrefix(strings.TrimLeft(rest, " "), "}")
	if !ok {
		return malformed("a } is expected after the default")
	}
	p.hasDefault = true
	return p, rest, nil
}

// validKey says whether a condition key has a prefix and a name, without
// characters that have a meaning in a policy.
func validKey(key string) bool {
	prefix, name, ok := strings.Cut(key, ":")
	return ok && isPrefix(prefix) && name != "" && !strings.ContainsAny(name, "${}*?'\"\t\r\n")
}

// isPrefix says whether s is the name of a service as actions and keys have it.
func isPrefix(s string) bool {
	return s != "" && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// parseAction compiles an action: *, or a service and a name with wildcards.
// The service is empty where the action names none.
func parseAction(s string) (pattern, service string, err error) {
	if s == "*" || s == "*:*" {
		return anyRun, "", nil
	}
	service, name, ok := strings.Cut(s, ":")
	switch {
	case !ok || !isPrefix(service):
		return "", "", fmt.Errorf("%.100q is not * or SERVICE:NAME", s)
	case name == "" || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789_-*?") != "":
		return "", "", fmt.Errorf("%.100q does not name an action of %s", s, service)
	}
	t, err := parseTemplate(strings.ToLower(s), true, false)
	return t.pattern, strings.ToLower(service), err
}

// parseResource compiles a resource: *, or an ARN with wildcards, and with
// variables after its fifth colon.
func parseResource(s string, variables bool) (template, error) {
	t, err := parseTemplate(s, true, variables)
	if err != nil || t.pattern == anyRun {
		return t, err
	}
	if !strings.HasPrefix(s, "arn:") {
		return t, fmt.Errorf("%.100q is not * or an ARN", s)
	}
	text := t.pattern // what stands before the first variable
	if t.parts != nil {
		text = t.parts[0].text
	}
	fields := strings.SplitN(text, ":", 6)
	switch {
	case t.parts != nil && len(fields) < 6:
		return t, fmt.Errorf("%.100q has a policy variable before its fifth colon", s)
	case len(fields) < 6 && !strings.Contains(text+":", anyRun+":"):
		return t, fmt.Errorf("%.100q is not an ARN: it has fewer than six parts", s)
	case fields[1] == "", len(fields) > 2 && fields[2] == "", t.parts == nil && fields[len(fields)-1] == "":
		return t, fmt.Errorf("%.100q is not an ARN: the partition, service or resource is empty", s)
	}
	return t, nil
}

// parseARNPattern compiles a value of an Arn operator.
func parseARNPattern(s string, variables bool) (template, error) {
	t, err := parseTemplate(s, true, variables)
	if err == nil && t.parts == nil && strings.Count(s, ":") < 5 {
		return t, errors.New("not an ARN: it has fewer than six parts (StringLike takes any text)")
	}
	return t, err
}

// matchARN matches the six parts of an ARN one by one.
func matchARN(pattern, arn string) bool {
	patterns, parts := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if len(patterns) != 6 || len(parts) != 6 {
		return false
	}
	for i, p := range patterns {
		if !match(p, parts[i]) {
			return false
		}
	}
	return true
}

// match says whether the whole of s matches a pattern. Each text between two
// wildcards * is looked for once, from where the one before it ended: to find
// the first is enough, so nothing is ever tried again.
func match(pattern, s string) bool {
	head, rest, more := strings.Cut(pattern, anyRun)
	n, ok := prefix(s, head)
	if !ok {
		return false
	}
	s = s[n:]
	if !more {
		return s == ""
	}
	for {
		var text string
		if text, rest, more = strings.Cut(rest, anyRun); !more {
			return suffix(s, text)
		}
		if s, ok = after(s, text); !ok {
			return false
		}
	}
}

// prefix says whether s begins with text, in which ? is any character, and how
// many bytes that is.
func prefix(s, text string) (n int, ok bool) {
	for {
		plain, rest, one := strings.Cut(text, anyOne)
		if !strings.HasPrefix(s[n:], plain) {
			return 0, false
		}
		n += len(plain)
		if !one {
			return n, true
		}
		if n == len(s) {
			return 0, false
		}
		_, size := utf8.DecodeRuneInString(s[n:])
		n += size
		text = rest
	}
}

// suffix says whether s ends with text.
func suffix(s, text string) bool {
	if !strings.Contains(text, anyOne) {
		return strings.HasSuffix(s, text)
	}
	at := len(s)
	for range utf8.RuneCountInString(text) {
		if at == 0 {
			return false
		}
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	n, ok := prefix(s[at:], text)
	return ok && at+n == len(s)
}

// after gives what follows the first text in s.
func after(s, text string) (rest string, ok bool) {
	if !strings.Contains(text, anyOne) {
		_, rest, ok = strings.Cut(s, text)
		return rest, ok
	}
	for {
		if n, ok := prefix(s, text); ok {
			return s[n:], true
		}
		if s == "" {
			return "", false
		}
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
}
