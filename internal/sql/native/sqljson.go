package native

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// sqlJSONFunctions are the JSON functions of the SQL standard. A value of SQL is passed as a letter and text: i for
// integers, m decimals, d doubles, f reals, b booleans, s strings, j JSON text; NULL for NULL. The options are words.
var sqlJSONFunctions = []Function{
	{Name: "trino_sql_json_exists", Params: []string{"VARCHAR", "VARCHAR", "VARCHAR[]", "VARCHAR"}, Result: "BOOLEAN",
		Call: sqlJSONExists},
	{Name: "trino_sql_json_query", Params: []string{"VARCHAR", "VARCHAR", "VARCHAR[]", "VARCHAR"}, Result: "VARCHAR",
		Call: sqlJSONQuery},
	{Name: "trino_sql_json_value", Params: []string{"VARCHAR", "VARCHAR", "VARCHAR[]", "VARCHAR"}, Result: "VARCHAR[]",
		Call: sqlJSONValue},
	{Name: "trino_sql_json_object", Params: []string{"VARCHAR[]", "VARCHAR"}, Result: "VARCHAR", Call: sqlJSONObject},
	{Name: "trino_sql_json_array", Params: []string{"VARCHAR[]", "VARCHAR"}, Result: "VARCHAR", Call: sqlJSONArray},
}

// doubleOfText is a text as SQL casts it to a double.
func doubleOfText(text string) (any, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil && !math.IsInf(f, 0) {
		return nil, pathError("Cannot cast '" + text + "' to DOUBLE")
	}
	return f, nil
}

// inputJSON reads JSON from a text, the last member of each name. What follows the value is not looked at.
func inputJSON(text string) (any, error) {
	r := newJSONReader(text)
	t, err := r.next()
	if err == nil && t == jsonEnd {
		err = errJSON
	}
	if err != nil {
		return nil, err
	}
	v, err := r.valueOf()
	return unique(v), err
}

// sqlItem is a value of SQL as an item of JSON.
func sqlItem(letter string, text any) (any, error) {
	s, is := text.(string)
	if !is {
		return nil, nil
	}
	switch letter {
	case "i":
		n, err := strconv.ParseInt(s, 10, 64)
		return integerOf(n), err
	case "m":
		_, fraction, _ := strings.Cut(s, ".")
		n, _ := new(big.Int).SetString(strings.Replace(s, ".", "", 1), 10)
		return pathDecimal{n, len(fraction)}, nil
	case "d":
		return strconv.ParseFloat(s, 64)
	case "f":
		f, err := strconv.ParseFloat(s, 32)
		return float32(f), err
	case "b":
		return s == "true", nil
	case "j":
		v, err := inputJSON(s)
		if err == errJSON {
			err = inputError()
		}
		return v, err
	}
	return s, nil
}

func inputError() error { return Fail("JSON_INPUT_CONVERSION_ERROR", "conversion to JSON failed: ") }

// path evaluates the path of args[1] on args[0], with the values that args[2] names.
func sqlJSONPath(args []any) ([]any, error) {
	path, err := sqlPaths.of(args[1].(string), parseSQLPath)
	if err != nil {
		return nil, err
	}
	root, err := inputJSON(args[0].(string))
	if err == errJSON {
		err = inputError()
	}
	if err != nil {
		return nil, err
	}
	r := &pathRun{lax: path.lax, root: root, variables: map[string]any{}}
	passed := args[2].([]any)
	for i := 0; i+2 < len(passed); i += 3 {
		v, err := sqlItem(passed[i+1].(string), passed[i+2])
		if err != nil {
			return nil, err
		}
		if f, is := v.(float32); is {
			v = float64(f)
		}
		r.variables[passed[i].(string)] = v
	}
	return r.eval(path.root, place{root, -1})
}

// answerable tells whether an error is one that ON ERROR answers.
func answerable(err error) bool {
	e, is := err.(*Error)
	return is && slices.Contains([]string{"JSON_INPUT_CONVERSION_ERROR", "PATH_EVALUATION_ERROR"}, e.Name)
}

func sqlJSONExists(args []any) (any, error) {
	items, err := sqlJSONPath(args)
	if err == nil {
		return len(items) > 0, nil
	}
	if !answerable(err) {
		return nil, err
	}
	switch args[3].(string) {
	case "ERROR":
		return nil, err
	case "TRUE":
		return true, nil
	case "UNKNOWN":
		return nil, nil
	}
	return false, nil
}

// instead is what is answered in place of a result: options has the words for an empty result and for an error.
func instead(word string, err error) (any, error) {
	switch word {
	case "ERROR":
		return nil, err
	case "EMPTY ARRAY":
		return "[]", nil
	case "EMPTY OBJECT":
		return "{}", nil
	}
	return nil, nil
}

// sqlJSONQuery has four options: wrapper, quotes, on empty, on error.
func sqlJSONQuery(args []any) (any, error) {
	options := strings.Split(args[3].(string), ",")
	items, err := sqlJSONPath(args)
	if err != nil {
		if !answerable(err) {
			return nil, err
		}
		return instead(options[3], err)
	}
	if len(items) == 0 {
		return instead(options[2], Fail("JSON_QUERY_RESULT_ERROR", "cannot extract JSON: JSON path found no items"))
	}
	item := items[0]
	switch _, isArray := item.([]any); {
	case options[0] == "UNCONDITIONAL":
		item = items
	case options[0] == "CONDITIONAL":
		_, isObject := item.([]jsonMember)
		if len(items) > 1 || !isArray && !isObject {
			item = items
		}
	case len(items) > 1:
		return instead(options[3], Fail("JSON_QUERY_RESULT_ERROR", "cannot extract JSON: JSON path found multiple items"))
	}
	if text, is := item.(string); is && options[1] == "OMIT" {
		return text, nil
	}
	return string(appendItem(nil, item)), nil
}

// sqlJSONValue gives a letter and a text, or E for an empty result, or X for an error, where there is a default; its
// options are what to do on empty and on error.
func sqlJSONValue(args []any) (any, error) {
	options := strings.Split(args[3].(string), ",")
	otherwise := func(word, letter string, err error) (any, error) {
		switch word {
		case "ERROR":
			return nil, err
		case "DEFAULT":
			return []any{letter, nil}, nil
		}
		return nil, nil
	}
	fail := func(why string) error {
		return Fail("JSON_VALUE_RESULT_ERROR", "cannot extract SQL scalar from JSON: %s", why)
	}
	items, err := sqlJSONPath(args)
	switch {
	case err != nil && !answerable(err):
		return nil, err
	case err != nil:
		return otherwise(options[1], "X", err)
	case len(items) == 0:
		return otherwise(options[0], "E", fail("JSON path found no items"))
	case len(items) > 1:
		return otherwise(options[1], "X", fail("JSON path found multiple items"))
	}
	switch item := items[0].(type) {
	case nil:
		return nil, nil
	case string:
		return []any{"s", item}, nil
	case bool:
		return []any{"b", strconv.FormatBool(item)}, nil
	case []any, []jsonMember:
		return otherwise(options[1], "X", fail("JSON path found an item that cannot be converted to an SQL value"))
	}
	n, _, err := numeric(items[0])
	if err != nil {
		return otherwise(options[1], "X", err)
	}
	letter, text := numberText(n)
	return []any{letter, text}, nil
}

// appendItem writes an item of a path, which may have numbers of SQL within.
func appendItem(b []byte, item any) []byte {
	switch item := item.(type) {
	case float32:
		if text := JavaFloat(item); text[len(text)-1] <= '9' {
			return append(b, text...)
		}
		return AppendJSONString(b, JavaFloat(item))
	case pathInteger, pathDecimal, float64:
		return appendPathNumber(b, item)
	case []any:
		b = append(b, '[')
		for i, e := range item {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendItem(b, e)
		}
		return append(b, ']')
	case []jsonMember:
		b = append(b, '{')
		for i, m := range item {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(AppendJSONString(b, m.name), ':')
			b = appendItem(b, m.value)
		}
		return append(b, '}')
	}
	return appendJSON(b, item)
}

// sqlJSONObject makes an object of names, letters and texts; its options are ABSENT and UNIQUE.
func sqlJSONObject(args []any) (any, error) {
	parts := args[0].([]any)
	options := args[1].(string)
	members := []jsonMember{}
	seen := map[string]bool{}
	for i := 0; i+2 < len(parts); i += 3 {
		name, is := parts[i].(string)
		if !is {
			return nil, invalid("null value passed for JSON object key to JSON_OBJECT function")
		}
		v, err := sqlItem(parts[i+1].(string), parts[i+2])
		if err != nil {
			return nil, err
		}
		if parts[i+2] == nil && strings.Contains(options, "ABSENT") {
			continue
		}
		if seen[name] && strings.Contains(options, "UNIQUE") {
			return nil, invalid("duplicate key passed to JSON_OBJECT function")
		} else if seen[name] {
			return nil, Fail("NOT_SUPPORTED", "cannot construct a JSON object with duplicate key")
		}
		seen[name] = true
		members = append(members, jsonMember{name, v})
	}
	hashOrder(members)
	return string(appendItem(nil, members)), nil
}

// hashOrder puts members in the order that a HashMap of Java has them in, which json_object gives them in.
func hashOrder(members []jsonMember) {
	buckets := 16
	for 4*len(members) > 3*buckets {
		buckets *= 2
	}
	bucket := func(name string) int {
		var hash uint32
		for _, unit := range utf16.Encode([]rune(name)) {
			hash = 31*hash + uint32(unit)
		}
		return int(hash^hash>>16) & (buckets - 1)
	}
	slices.SortStableFunc(members, func(a, b jsonMember) int { return bucket(a.name) - bucket(b.name) })
}

// sqlJSONArray makes an array of letters and texts; its option is ABSENT.
func sqlJSONArray(args []any) (any, error) {
	parts := args[0].([]any)
	list := []any{}
	for i := 0; i+1 < len(parts); i += 2 {
		if parts[i+1] == nil && args[1].(string) == "ABSENT" {
			continue
		}
		v, err := sqlItem(parts[i].(string), parts[i+1])
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return string(appendItem(nil, list)), nil
}
