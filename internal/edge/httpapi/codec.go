package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/varlake/varlake/internal/wire/omics"
)

// location is where a member of an In travels.
type location int

const (
	inBody location = iota
	inURI
	inQuery
	inHeader
)

type inMember struct {
	index int
	name  string
	in    location
}

// membersOf reads the tags of an In.
func membersOf(t reflect.Type) []inMember {
	var list []inMember
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		m := inMember{index: i}
		switch {
		case tag.Get("uri") != "":
			m.name, m.in = tag.Get("uri"), inURI
		case tag.Get("query") != "":
			m.name, m.in = tag.Get("query"), inQuery
		case tag.Get("header") != "":
			m.name, m.in = tag.Get("header"), inHeader
		default:
			m.name, m.in = bodyName(tag), inBody
		}
		list = append(list, m)
	}
	return list
}

func bodyName(tag reflect.StructTag) string {
	name, _, _ := strings.Cut(tag.Get("json"), ",")
	return name
}

// decode fills an In from the request.
func decode(in reflect.Value, members []inMember, r request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return omics.Validation("The query string could not be decoded.")
	}
	var body map[string]json.RawMessage
	for _, m := range members {
		v := in.Field(m.index)
		switch m.in {
		case inURI:
			v.SetString(r.labels[m.name])
		case inQuery:
			err = setText(m.name, v, query[m.name])
		case inHeader:
			err = setText(m.name, v, r.Header[m.name])
		case inBody:
			if body == nil {
				if body, err = readObject(r.body); err != nil {
					return err
				}
			}
			err = setJSON(m.name, v, body[m.name])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readObject splits a JSON body into its members; no body is an empty object.
func readObject(body []byte) (map[string]json.RawMessage, error) {
	object := map[string]json.RawMessage{}
	switch {
	case len(body) == 0:
		return object, nil
	case !utf8.Valid(body):
		return nil, omics.Validation("The request body is not valid UTF-8.")
	case !json.Valid(body):
		return nil, omics.Validation("The request body is not valid JSON.")
	}
	if err := json.Unmarshal(body, &object); err != nil || object == nil {
		return nil, omics.Validation("The request body is not a JSON object.")
	}
	return object, nil
}

// setText fills a member from the values of a query parameter or header.
func setText(path string, v reflect.Value, values []string) error {
	if len(values) == 0 {
		return nil
	}
	for _, s := range values {
		if !utf8.ValidString(s) {
			return invalidMember(path, "Member must be UTF-8")
		}
	}
	if v.Kind() == reflect.Slice {
		v.Set(reflect.ValueOf(values))
		return nil
	}
	if len(values) > 1 {
		return invalidMember(path, "Member must not be repeated")
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Bool:
		if values[0] != "true" && values[0] != "false" {
			return invalidMember(path, "Member must be true or false")
		}
		v.SetBool(values[0] == "true")
	case reflect.Int:
		n, err := strconv.ParseInt(values[0], 10, 32)
		if err != nil {
			return invalidMember(path, "Member must be a 32-bit integer")
		}
		v.SetInt(n)
	default:
		v.SetString(values[0])
	}
	return nil
}

// setJSON fills a member from JSON. Unlike encoding/json it matches names
// exactly, as every AWS service does, and takes no null inside a list or map.
// Members that the contract does not have are ignored.
func setJSON(path string, v reflect.Value, data json.RawMessage) error {
	if len(data) == 0 || isNull(data) {
		return nil
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if u, ok := v.Addr().Interface().(json.Unmarshaler); ok {
		if err := u.UnmarshalJSON(data); err != nil {
			return invalidMember(path, "Member must be an ISO-8601 date-time")
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		return setStruct(path, v, data)
	case reflect.Slice:
		return setList(path, v, data)
	case reflect.Map:
		return setMap(path, v, data)
	}
	if err := json.Unmarshal(data, v.Addr().Interface()); err != nil {
		return invalidMember(path, "Member must be a "+v.Kind().String())
	}
	return nil
}

func setStruct(path string, v reflect.Value, data json.RawMessage) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return invalidMember(path, "Member must be a structure")
	}
	for i := range v.NumField() {
		name := bodyName(v.Type().Field(i).Tag)
		if err := setJSON(path+"."+name, v.Field(i), object[name]); err != nil {
			return err
		}
	}
	return nil
}

func setList(path string, v reflect.Value, data json.RawMessage) error {
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		return invalidMember(path, "Member must be a list")
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	for i, member := range list {
		at := fmt.Sprintf("%s.%d.member", path, i+1)
		if isNull(member) {
			return nullMember(at)
		}
		if err := setJSON(at, v.Index(i), member); err != nil {
			return err
		}
	}
	return nil
}

func setMap(path string, v reflect.Value, data json.RawMessage) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return invalidMember(path, "Member must be a map")
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(object)))
	for key, member := range object {
		if isNull(member) {
			return nullMember(path)
		}
		value := reflect.New(v.Type().Elem()).Elem()
		if err := setJSON(path, value, member); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), value)
	}
	return nil
}

func isNull(data json.RawMessage) bool { return bytes.Equal(data, []byte("null")) }

func nullMember(path string) error {
	return omics.Validation("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", path)
}

func invalidMember(path, constraint string) error {
	return omics.Validation("1 validation error detected: Value at '%s' failed to satisfy constraint: %s",
		path, constraint)
}
