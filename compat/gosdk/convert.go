package main

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/omics/types"
)

// unionMembers are the types of the unions' members, which the SDK has for
// them in place of fields: TMemberName holds the member name of the union T.
var unionMembers = []reflect.Type{
	reflect.TypeFor[*types.FormatOptionsMemberTsvOptions](),
	reflect.TypeFor[*types.FormatOptionsMemberVcfOptions](),
	reflect.TypeFor[*types.ReferenceItemMemberReferenceArn](),
	reflect.TypeFor[*types.StoreOptionsMemberTsvStoreOptions](),
	reflect.TypeFor[*types.VersionOptionsMemberTsvVersionOptions](),
}

var timeType = reflect.TypeFor[time.Time]()

// fill sets v to data, which came from JSON under the API's own names.
func fill(v reflect.Value, data any, where string) error {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return fill(v.Elem(), data, where)
	case reflect.Interface:
		return fillUnion(v, data, where)
	case reflect.Slice:
		list, ok := data.([]any)
		if !ok {
			return fmt.Errorf("%s: %v is no list", where, data)
		}
		v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
		for i, one := range list {
			if err := fill(v.Index(i), one, fmt.Sprintf("%s[%d]", where, i)); err != nil {
				return err
			}
		}
		return nil
	case reflect.Map:
		return fillMap(v, data, where)
	case reflect.Struct:
		if v.Type() != timeType {
			return fillStruct(v, data, where)
		}
	}
	b, err := json.Marshal(data)
	if err == nil {
		err = json.Unmarshal(b, v.Addr().Interface())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	return nil
}

func fillStruct(v reflect.Value, data any, where string) error {
	object, ok := data.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: %v is no structure", where, data)
	}
	for name, one := range object {
		field := v.FieldByName(strings.ToUpper(name[:1]) + name[1:])
		if !field.IsValid() {
			return fmt.Errorf("%s has no member %s", where, name)
		}
		if err := fill(field, one, where+"."+name); err != nil {
			return err
		}
	}
	return nil
}

func fillMap(v reflect.Value, data any, where string) error {
	object, ok := data.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: %v is no map", where, data)
	}
	v.Set(reflect.MakeMap(v.Type()))
	for name, one := range object {
		member := reflect.New(v.Type().Elem()).Elem()
		if err := fill(member, one, where+"."+name); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), member)
	}
	return nil
}

func fillUnion(v reflect.Value, data any, where string) error {
	object, ok := data.(map[string]any)
	if !ok || len(object) != 1 {
		return fmt.Errorf("%s: %v has not one member", where, data)
	}
	for name, one := range object {
		for _, t := range unionMembers {
			if t.Implements(v.Type()) && strings.HasSuffix(t.Elem().Name(), "Member"+strings.ToUpper(name[:1])+name[1:]) {
				member := reflect.New(t.Elem())
				v.Set(member)
				return fill(member.Elem().FieldByName("Value"), one, where+"."+name)
			}
		}
		return fmt.Errorf("%s: no union member %s", where, name)
	}
	return nil
}

// show turns an answer into what JSON would hold, under the API's own names.
// What the SDK leaves nil was absent.
func show(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Pointer:
		return show(v.Elem())
	case reflect.Interface:
		return showInterface(v)
	case reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			one, err := show(v.Index(i))
			if err != nil {
				return nil, err
			}
			list = append(list, one)
		}
		return list, nil
	case reflect.Map:
		object := map[string]any{}
		for _, key := range v.MapKeys() {
			one, err := show(v.MapIndex(key))
			if err != nil {
				return nil, err
			}
			object[key.String()] = one
		}
		return object, nil
	case reflect.Struct:
		if v.Type() == timeType {
			return v.Interface().(time.Time).UTC().Format(time.RFC3339Nano), nil
		}
		return showStruct(v)
	}
	return v.Interface(), nil
}

func showStruct(v reflect.Value) (any, error) {
	object := map[string]any{}
	for i := range v.NumField() {
		field, name := v.Field(i), v.Type().Field(i).Name
		switch field.Kind() {
		case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
			if field.IsNil() {
				continue
			}
		case reflect.String: // an enum; no value of one is empty
			if field.Len() == 0 {
				continue
			}
		}
		if !v.Type().Field(i).IsExported() || name == "ResultMetadata" {
			continue
		}
		one, err := show(field)
		if err != nil {
			return nil, err
		}
		object[strings.ToLower(name[:1])+name[1:]] = one
	}
	return object, nil
}

func showInterface(v reflect.Value) (any, error) {
	if stream, ok := v.Interface().(io.ReadCloser); ok {
		defer func() { _ = stream.Close() }() // it was read to its end, or is of no use
		b, err := io.ReadAll(stream)
		if err != nil || !utf8.Valid(b) {
			return nil, fmt.Errorf("read payload of %d bytes: %w", len(b), err)
		}
		return string(b), nil
	}
	for _, t := range unionMembers {
		if v.Elem().Type() == t {
			name := t.Elem().Name()[strings.Index(t.Elem().Name(), "Member")+len("Member"):]
			one, err := show(v.Elem().Elem().FieldByName("Value"))
			return map[string]any{strings.ToLower(name[:1]) + name[1:]: one}, err
		}
	}
	return nil, fmt.Errorf("%s: %v is of no known type", v.Type(), v.Elem().Type())
}
