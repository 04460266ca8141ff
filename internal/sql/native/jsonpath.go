package native

import (
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A jsonStep leads to a member of an object, or to an element of an array if it is a number; index is -1 if not.
type jsonStep struct {
	name  string
	index int
}

// jsonPaths keeps paths that were read: a statement has few.
var jsonPaths kept[[]jsonStep]

// kept has a few values by the texts they were made from.
type kept[T any] struct {
	mu     sync.Mutex
	values map[string]T
}

// of gives the value that make makes of a text, or made of it before. Errors are not kept.
func (k *kept[T]) of(text string, make func(string) (T, error)) (T, error) {
	k.mu.Lock()
	v, has := k.values[text]
	k.mu.Unlock()
	if has {
		return v, nil
	}
	v, err := make(text)
	if err != nil {
		return v, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.values == nil || len(k.values) >= 64 {
		k.values = map[string]T{}
	}
	k.values[text] = v
	return v, nil
}

func jsonPathSteps(path string) ([]jsonStep, error) { return jsonPaths.of(path, parseJSONPath) }

// parseJSONPath reads a path of json_extract: $, .name, [name], [0] and ["name"].
func parseJSONPath(path string) ([]jsonStep, error) {
	bad := Fail("INVALID_FUNCTION_ARGUMENT", "Invalid JSON path: '%s'", path)
	if !strings.HasPrefix(path, "$") {
		return nil, bad
	}
	var steps []jsonStep
	for rest := path[1:]; rest != ""; {
		var name string
		switch {
		case rest[0] == '.':
			name, rest = pathName(rest[1:], ":")
			if name == "" {
				return nil, bad
			}
		case strings.HasPrefix(rest, `["`):
			var ok bool
			if name, rest, ok = quotedName(rest[2:]); !ok {
				return nil, bad
			}
		case rest[0] == '[':
			name, rest = pathName(rest[1:], "")
			if name == "" || !strings.HasPrefix(rest, "]") {
				return nil, bad
			}
			rest = rest[1:]
		default:
			return nil, bad
		}
		steps = append(steps, jsonStep{name, arrayIndex(name)})
	}
	return steps, nil
}

func arrayIndex(name string) int {
	n, err := strconv.ParseInt(name, 10, 32)
	if err != nil || n < 0 {
		return -1
	}
	return int(n)
}

// pathName takes a name without quotes from the front: letters, digits, _ and what is in also.
func pathName(s, also string) (name, rest string) {
	at := 0
	for at < len(s) {
		c, n := utf8.DecodeRuneInString(s[at:])
		if c > 0xffff || c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune(also, c) {
			break
		}
		at += n
	}
	return s[:at], s[at:]
}

// quotedName takes a name to its quote and bracket; \" and \\ stand for what follows the backslash.
func quotedName(s string) (name, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			return b.String(), strings.TrimPrefix(s[i+1:], "]"), strings.HasPrefix(s[i+1:], "]")
		case '\\':
			if i++; i == len(s) || s[i] != '"' && s[i] != '\\' {
				return "", "", false
			}
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}
