package native

import (
	"math"
	"strings"
)

// splitFunctions take strings apart.
var splitFunctions = []Function{
	{Name: "trino_split", Params: []string{"VARCHAR", "VARCHAR", "BIGINT"}, Result: "VARCHAR[]", Call: split},
	{Name: "trino_split_part", Params: []string{"VARCHAR", "VARCHAR", "BIGINT"}, Result: "VARCHAR", Call: splitPart},
	{Name: "trino_split_to_map", Params: []string{"VARCHAR", "VARCHAR", "VARCHAR"}, Result: "MAP(VARCHAR, VARCHAR)",
		Call: splitToMap},
	{Name: "trino_split_to_multimap", Params: []string{"VARCHAR", "VARCHAR", "VARCHAR"},
		Result: "MAP(VARCHAR, VARCHAR[])", Call: splitToMultimap},
}

// split takes a string apart at a delimiter, into so many parts at most.
func split(args []any) (any, error) {
	s, delimiter, limit := args[0].(string), args[1].(string), args[2].(int64)
	switch {
	case limit <= 0:
		return nil, invalid("Limit must be positive")
	case limit > math.MaxInt32:
		return nil, invalid("Limit is too large")
	case delimiter == "":
		return nil, invalid("The delimiter may not be the empty string")
	}
	parts := strings.SplitN(s, delimiter, int(limit))
	list := make([]any, len(parts))
	for i, p := range parts {
		list[i] = p
	}
	return list, nil
}

// splitPart is one of a string's parts, from 1, or NULL; without a delimiter it is a character.
func splitPart(args []any) (any, error) {
	s, delimiter, index := args[0].(string), args[1].(string), args[2].(int64)
	switch {
	case index <= 0:
		return nil, invalid("Index must be greater than zero")
	case delimiter == "":
		first := offset(s, saturated(index-1))
		if first < 0 || first == len(s) {
			return nil, nil
		}
		return s[first : first+offset(s[first:], 1)], nil
	}
	for ; index > 1; index-- {
		at := strings.Index(s, delimiter)
		if at < 0 {
			return nil, nil
		}
		s = s[at+len(delimiter):]
	}
	part, _, _ := strings.Cut(s, delimiter)
	return part, nil
}

// splitEntries calls add for each key and value.
func splitEntries(args []any, quote string, add func(key, value string) error) error {
	s, entries, pairs := args[0].(string), args[1].(string), args[2].(string)
	switch {
	case entries == "":
		return invalid("entryDelimiter is empty")
	case pairs == "":
		return invalid("keyValueDelimiter is empty")
	case entries == pairs:
		return invalid("entryDelimiter and keyValueDelimiter must not be the same")
	}
	for s != "" {
		var entry string
		entry, s, _ = strings.Cut(s, entries)
		key, value, ok := strings.Cut(entry, pairs)
		if !ok || strings.Contains(value, pairs) {
			return invalid("Key-value delimiter must appear exactly once in each entry. Bad input: %s%s%[1]s", quote, entry)
		}
		if err := add(key, value); err != nil {
			return err
		}
	}
	return nil
}

func splitToMap(args []any) (any, error) {
	entries := [][2]any{}
	seen := map[string]bool{}
	err := splitEntries(args, "'", func(key, value string) error {
		if seen[key] {
			return invalid("Duplicate keys (%s) are not allowed", key)
		}
		seen[key] = true
		entries = append(entries, [2]any{key, value})
		return nil
	})
	return entries, err
}

func splitToMultimap(args []any) (any, error) {
	entries := [][2]any{}
	places := map[string]int{}
	err := splitEntries(args, "", func(key, value string) error {
		at, has := places[key]
		if !has {
			at = len(entries)
			places[key] = at
			entries = append(entries, [2]any{key, []any{}})
		}
		entries[at][1] = append(entries[at][1].([]any), value)
		return nil
	})
	return entries, err
}
