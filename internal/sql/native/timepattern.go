package native

import (
	"strings"
	"unicode/utf8"
)

// A timeItem is a part of a pattern of dates and times: a text, or a field with the digits that are written and read.
type timeItem struct {
	// field is the letter of Joda's patterns, or 0 for a literal text. T is am or pm, N a month's and E a weekday's name.
	field byte
	// text is a literal's; full tells that names are written whole.
	text string
	full bool
	// least digits are written, at most most are read.
	least, most int
	// pivot is the middle of the hundred years that two digits mean; strict that there must be two.
	pivot  int
	strict bool
}

// timePatterns keep what was read, by pattern.
var mysqlPatterns, jodaPatterns kept[[]timeItem]

const invalidArgument = "INVALID_FUNCTION_ARGUMENT"

// mysqlPattern reads a pattern of date_format.
func mysqlPattern(pattern string) ([]timeItem, error) {
	var items []timeItem
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			of, err := mysqlItems(r)
			if err != nil {
				return nil, err
			}
			items, escaped = append(items, of...), false
		case r == '%':
			escaped = true
		default:
			items = append(items, timeItem{text: string(r)})
		}
	}
	if items == nil {
		return nil, Fail(invalidArgument, "Both printing and parsing not supported")
	}
	return items, nil
}

var mysqlFields = map[rune]timeItem{
	'a': {field: 'E'}, 'b': {field: 'N'}, 'c': {field: 'M', least: 1, most: 2}, 'd': {field: 'd', least: 2, most: 2},
	'e': {field: 'd', least: 1, most: 2}, 'f': {field: 'S', least: 6, most: 9}, 'H': {field: 'H', least: 2, most: 2},
	'h': {field: 'h', least: 2, most: 2}, 'I': {field: 'h', least: 2, most: 2}, 'i': {field: 'm', least: 2, most: 2},
	'j': {field: 'D', least: 3, most: 3}, 'k': {field: 'H', least: 1, most: 2}, 'l': {field: 'h', least: 1, most: 2},
	'M': {field: 'N', full: true}, 'm': {field: 'M', least: 2, most: 2}, 'p': {field: 'T'},
	'S': {field: 's', least: 2, most: 2}, 's': {field: 's', least: 2, most: 2}, 'v': {field: 'w', least: 2, most: 2},
	'x': {field: 'x', least: 4, most: 4}, 'W': {field: 'E', full: true}, 'Y': {field: 'y', least: 4, most: 4},
	'y': {field: 'y', least: 2, most: 2, pivot: 2020, strict: true},
}

func mysqlItems(r rune) ([]timeItem, error) {
	if item, is := mysqlFields[r]; is {
		return []timeItem{item}, nil
	}
	colon := timeItem{text: ":"}
	switch {
	case r == 'r':
		return []timeItem{mysqlFields['h'], colon, mysqlFields['i'], colon, mysqlFields['s'], {text: " "},
			mysqlFields['p']}, nil
	case r == 'T':
		return []timeItem{mysqlFields['H'], colon, mysqlFields['i'], colon, mysqlFields['s']}, nil
	case strings.ContainsRune("wUuVXD", r):
		return nil, Fail(invalidArgument, "%%%c not supported in date format string", r)
	}
	return []timeItem{{text: string(r)}}, nil
}

// jodaFields are the letters of numbers in Joda's patterns, with the digits that are read.
var jodaFields = map[byte]int{'w': 2, 'e': 1, 'D': 3, 'd': 2, 'K': 2, 'h': 2, 'H': 2, 'k': 2, 'm': 2, 's': 2}

// jodaPattern reads a pattern of format_datetime.
func jodaPattern(pattern string) ([]timeItem, error) {
	var items []timeItem
	for at := 0; at < len(pattern); {
		c := pattern[at]
		switch {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			n := 1
			for at+n < len(pattern) && pattern[at+n] == c {
				n++
			}
			at += n
			item, err := jodaItem(c, n, isNumericNext(pattern[at:]))
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		case c == '\'':
			text, n := quotedPart(pattern[at:])
			items = append(items, timeItem{text: text})
			at += n
		default:
			_, size := utf8.DecodeRuneInString(pattern[at:])
			items = append(items, timeItem{text: pattern[at : at+size]})
			at += size
		}
	}
	if items == nil {
		return nil, Fail(invalidArgument, "Invalid pattern specification")
	}
	return items, nil
}

// quotedPart reads a text in quotes, two of which stand for one, and gives how long it is in the pattern.
func quotedPart(pattern string) (text string, length int) {
	if strings.HasPrefix(pattern, "''") {
		return "'", 2
	}
	var b strings.Builder
	for at := 1; at < len(pattern); at++ {
		if pattern[at] == '\'' {
			if !strings.HasPrefix(pattern[at:], "''") {
				return b.String(), at + 1
			}
			at++
		}
		b.WriteByte(pattern[at])
	}
	return b.String(), len(pattern)
}

// isNumericNext tells whether a pattern begins with a field of digits.
func isNumericNext(pattern string) bool {
	if pattern == "" {
		return false
	}
	if strings.IndexByte("cCxyYdhHmsSDFwWkKe", pattern[0]) >= 0 {
		return true
	}
	return pattern[0] == 'M' && !strings.HasPrefix(pattern, "MMM")
}

func jodaItem(c byte, n int, numericNext bool) (timeItem, error) {
	switch c {
	case 'x', 'y', 'Y':
		if n == 2 {
			return timeItem{field: c, least: 2, most: 2, pivot: yearOf(nowMicros()) - 30, strict: numericNext}, nil
		}
		most := 9
		if numericNext {
			most = n
		}
		return timeItem{field: c, least: n, most: most}, nil
	case 'C':
		return timeItem{field: c, least: n, most: n}, nil
	case 'G':
		return timeItem{field: c}, nil
	case 'M':
		if n >= 3 {
			return timeItem{field: 'N', full: n >= 4}, nil
		}
		return timeItem{field: 'M', least: n, most: 2}, nil
	case 'E':
		return timeItem{field: 'E', full: n >= 4}, nil
	case 'a':
		return timeItem{field: 'T'}, nil
	case 'S':
		return timeItem{field: 'S', least: n, most: n}, nil
	case 'z', 'Z':
		return timeItem{field: c, least: n}, nil
	}
	if most, is := jodaFields[c]; is {
		return timeItem{field: c, least: n, most: most}, nil
	}
	return timeItem{}, Fail(invalidArgument, "Illegal pattern component: %s", strings.Repeat(string(c), n))
}
