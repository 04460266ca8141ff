package native

import (
	"math"
	"strconv"
)

// jsonFunctions are Trino's older functions of JSON, whose paths are $.a["b"][0].
var jsonFunctions = []Function{
	{Name: "trino_json_parse", Params: []string{"VARCHAR"}, Result: "VARCHAR", Call: jsonParse},
	{Name: "trino_json_extract", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR", Call: jsonExtract},
	{Name: "trino_json_extract_scalar", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR",
		Call: jsonExtractScalar},
	{Name: "trino_json_size", Params: []string{"VARCHAR", "VARCHAR"}, Result: "BIGINT", Call: jsonSize},
	{Name: "trino_is_json_scalar", Params: []string{"VARCHAR"}, Result: "BOOLEAN", Call: isJSONScalar},
	{Name: "trino_json_array_length", Params: []string{"VARCHAR"}, Result: "BIGINT", Call: jsonArrayLength},
	{Name: "trino_json_array_get", Params: []string{"VARCHAR", "BIGINT"}, Result: "VARCHAR", Call: jsonArrayGet},
	{Name: "trino_json_array_contains", Params: []string{"VARCHAR", "BOOLEAN"}, Result: "BOOLEAN",
		Call: jsonArrayContains(func(r *jsonReader, want any) bool {
			return r.token == jsonTrue && want.(bool) || r.token == jsonFalse && !want.(bool)
		})},
	{Name: "trino_json_array_contains_bigint", Params: []string{"VARCHAR", "BIGINT"}, Result: "BOOLEAN",
		Call: jsonArrayContains(func(r *jsonReader, want any) bool {
			n, err := strconv.ParseInt(r.value, 10, 64)
			return r.token == jsonInteger && err == nil && n == want.(int64)
		})},
	{Name: "trino_json_array_contains_double", Params: []string{"VARCHAR", "DOUBLE"}, Result: "BOOLEAN",
		Call: jsonArrayContainsDouble},
	{Name: "trino_json_array_contains_varchar", Params: []string{"VARCHAR", "VARCHAR"}, Result: "BOOLEAN",
		Call: jsonArrayContains(func(r *jsonReader, want any) bool {
			return r.token == jsonString && r.value == want.(string)
		})},
}

// nullIfMalformed answers NULL where a text turned out to be no JSON.
func nullIfMalformed(v any, err error) (any, error) {
	if err == errJSON {
		return nil, nil
	}
	return v, err
}

func jsonParse(args []any) (any, error) {
	v, err := parseJSON(args[0].(string))
	if err == errJSON {
		return nil, Fail("INVALID_FUNCTION_ARGUMENT", "Cannot convert value to JSON: '%s'", args[0])
	}
	if err != nil {
		return nil, err
	}
	return string(appendJSON(nil, sortJSON(v))), nil
}

// extract goes to the value that a path leads to, and tells whether there is one: its first token is read.
func extract(text, path string) (*jsonReader, bool, error) {
	steps, err := jsonPathSteps(path)
	if err != nil {
		return nil, false, err
	}
	r := newJSONReader(text)
	if t, err := r.next(); err != nil || t == jsonEnd {
		return nil, false, err
	}
	for _, s := range steps {
		found, err := r.step(s)
		if err != nil || !found {
			return nil, false, err
		}
	}
	return r, true, nil
}

// step goes from an object to a member's value, or from an array to an element.
func (r *jsonReader) step(s jsonStep) (bool, error) {
	switch r.token {
	case jsonObject:
		for {
			t, err := r.next()
			if err != nil || t != jsonName {
				return false, err
			}
			name := r.value
			if _, err = r.next(); err != nil {
				return false, err
			}
			if name == s.name {
				return true, nil
			}
			if err := r.skip(); err != nil {
				return false, err
			}
		}
	case jsonArray:
		for i := 0; ; i++ {
			t, err := r.next()
			if err != nil || t == jsonArrayEnd || t == jsonEnd {
				return false, err
			}
			if i == s.index {
				return true, nil
			}
			if err := r.skip(); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

func jsonExtract(args []any) (any, error) {
	r, found, err := extract(args[0].(string), args[1].(string))
	if err != nil || !found {
		return nullIfMalformed(nil, err)
	}
	v, err := r.valueOf()
	if err != nil {
		return nullIfMalformed(nil, err)
	}
	return string(appendJSON(nil, v)), nil
}

func jsonExtractScalar(args []any) (any, error) {
	r, found, err := extract(args[0].(string), args[1].(string))
	if err != nil || !found || r.token == jsonNull || !r.token.scalar() {
		return nullIfMalformed(nil, err)
	}
	return r.scalarText(), nil
}

// scalarText is a scalar as text, strings without quotes.
func (r *jsonReader) scalarText() string {
	switch r.token {
	case jsonTrue:
		return "true"
	case jsonFalse:
		return "false"
	case jsonNull:
		return "null"
	}
	return r.value
}

func jsonSize(args []any) (any, error) {
	r, found, err := extract(args[0].(string), args[1].(string))
	if err != nil || !found {
		return nullIfMalformed(nil, err)
	}
	if r.token.scalar() {
		return int64(0), nil
	}
	n, err := r.count()
	return nullIfMalformed(n, err)
}

// count counts the parts of the array or object that has been opened, to its end.
func (r *jsonReader) count() (int64, error) {
	for n := int64(0); ; {
		t, err := r.next()
		switch {
		case err != nil:
			return 0, err
		case t == jsonArrayEnd || t == jsonObjectEnd:
			return n, nil
		case t == jsonEnd:
			return 0, errJSON
		case t == jsonName:
			continue
		}
		n++
		if err := r.skip(); err != nil {
			return 0, err
		}
	}
}

func isJSONScalar(args []any) (any, error) {
	bad := func(err error) (any, error) {
		if err != nil && err != errJSON {
			return nil, err
		}
		return nil, Fail("INVALID_FUNCTION_ARGUMENT", "Invalid JSON value: %s", args[0])
	}
	r := newJSONReader(args[0].(string))
	t, err := r.next()
	if err != nil || t == jsonEnd {
		return bad(err)
	}
	if err := r.skip(); err != nil {
		return bad(err)
	}
	if r.peek(); r.at < len(r.text) {
		return bad(nil)
	}
	return t.scalar(), nil
}

// inArray opens the array that a text is; nil when it is none.
func inArray(text string) (*jsonReader, error) {
	r := newJSONReader(text)
	t, err := r.next()
	if err != nil || t != jsonArray {
		return nil, err
	}
	return r, nil
}

func jsonArrayLength(args []any) (any, error) {
	r, err := inArray(args[0].(string))
	if err != nil || r == nil {
		return nullIfMalformed(nil, err)
	}
	n, err := r.count()
	return nullIfMalformed(n, err)
}

func jsonArrayContains(same func(r *jsonReader, want any) bool) func(args []any) (any, error) {
	return func(args []any) (any, error) {
		r, err := inArray(args[0].(string))
		if err != nil || r == nil {
			return nullIfMalformed(nil, err)
		}
		for {
			t, err := r.next()
			switch {
			case err != nil || t == jsonEnd:
				return nullIfMalformed(nil, err)
			case t == jsonArrayEnd:
				return false, nil
			case same(r, args[1]):
				return true, nil
			}
			if err := r.skip(); err != nil {
				return nullIfMalformed(nil, err)
			}
		}
	}
}

func jsonArrayContainsDouble(args []any) (any, error) {
	if want := args[1].(float64); math.IsInf(want, 0) || math.IsNaN(want) {
		return false, nil
	}
	return jsonArrayContains(func(r *jsonReader, want any) bool {
		f, err := strconv.ParseFloat(r.value, 64)
		return r.token == jsonFloat && err == nil && f == want.(float64)
	})(args)
}

// jsonArrayGet gives an element as JSON, though strings without quotes; counting is from 0, or from the end below 0.
func jsonArrayGet(args []any) (any, error) {
	text, index := args[0].(string), args[1].(int64)
	if index < 0 {
		n, err := jsonArrayLength(args[:1])
		if err != nil || n == nil {
			return nil, err
		}
		if index += n.(int64); index < 0 {
			return nil, nil
		}
	}
	r, err := inArray(text)
	if err != nil || r == nil {
		return nullIfMalformed(nil, err)
	}
	if index > math.MaxInt32 {
		return nil, nil
	}
	found, err := r.step(jsonStep{index: int(index)})
	if err != nil || !found || r.token == jsonNull {
		return nullIfMalformed(nil, err)
	}
	if r.token.scalar() {
		return r.scalarText(), nil
	}
	v, err := r.valueOf()
	if err != nil {
		return nullIfMalformed(nil, err)
	}
	return string(appendJSON(nil, unique(v))), nil
}

// unique keeps the last member of each name, at the first one's place.
func unique(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = unique(v[i])
		}
	case []jsonMember:
		v = lastOfEach(v)
		for i := range v {
			v[i].value = unique(v[i].value)
		}
		return v
	}
	return v
}
