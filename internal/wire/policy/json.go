package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxDepth bounds nesting; a policy has seven levels.
const maxDepth = 10

// kind is the kind of a JSON value.
type kind string

const (
	isString kind = "a string"
	isNumber kind = "a number"
	isBool   kind = "a boolean"
	isNull   kind = "null"
	isList   kind = "a list"
	isObject kind = "an object"
)

// value is a JSON value. Unlike encoding/json's own targets it keeps every
// member's name as it is written, and refuses a name that is there twice.
type value struct {
	kind    kind
	text    string // of a string, a number or a boolean
	items   []value
	members []member
}

type member struct {
	name  string
	value value
}

// member gives an object's member of that name.
func (v value) member(name string) (value, bool) {
	for _, m := range v.members {
		if m.name == name {
			return m.value, true
		}
	}
	return value{}, false
}

// decode reads one JSON value and nothing after it.
func decode(text []byte) (value, error) {
	if !utf8.Valid(text) {
		return value{}, errors.New("not UTF-8")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return value{}, fmt.Errorf("line %d: %w", line(text, syntax.Offset), err)
		}
		return value{}, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := decodeValue(d, maxDepth)
	if err != nil {
		return value{}, fmt.Errorf("line %d: %w", line(text, d.InputOffset()), err)
	}
	return v, nil
}

func line(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(offset, int64(len(text)))], []byte("\n"))
}

func decodeValue(d *json.Decoder, depth int) (value, error) {
	token, err := d.Token()
	if err != nil {
		return value{}, err
	}
	switch t := token.(type) {
	case string:
		return value{kind: isString, text: t}, nil
	case json.Number:
		return value{kind: isNumber, text: t.String()}, nil
	case bool:
		return value{kind: isBool, text: fmt.Sprint(t)}, nil
	case json.Delim:
		if depth == 0 {
			return value{}, errors.New("nested too deeply")
		}
		if t == '{' {
			return decodeObject(d, depth-1)
		}
		return decodeList(d, depth-1)
	}
	return value{kind: isNull}, nil
}

func decodeList(d *json.Decoder, depth int) (value, error) {
	v := value{kind: isList}
	for d.More() {
		item, err := decodeValue(d, depth)
		if err != nil {
			return v, err
		}
		v.items = append(v.items, item)
	}
	_, err := d.Token() // the bracket
	return v, err
}

func decodeObject(d *json.Decoder, depth int) (value, error) {
	v := value{kind: isObject}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return v, err
		}
		name, ok := token.(string)
		if !ok {
			return v, fmt.Errorf("%v is not a name", token)
		}
		if seen[name] {
			return v, fmt.Errorf("%.100q is there twice", name)
		}
		seen[name] = true
		item, err := decodeValue(d, depth)
		if err != nil {
			return v, err
		}
		v.members = append(v.members, member{name, item})
	}
	_, err := d.Token() // the brace
	return v, err
}
