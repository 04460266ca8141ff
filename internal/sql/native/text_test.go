package native

import (
	"math"
	"testing"
)

func TestText(t *testing.T) {
	checkCalls(t, []callCase{
		{"trino_chr", args(int64(0xd800)), failure("INVALID_FUNCTION_ARGUMENT: Not a valid Unicode code point: 55296")},
		{"trino_chr", args(int64(1 << 40)),
			failure("INVALID_FUNCTION_ARGUMENT: Not a valid Unicode code point: 1099511627776")},
		{"trino_codepoint", args("😀"), int32(0x1f600)},
		{"trino_codepoint", args(""), failure("INVALID_FUNCTION_ARGUMENT: Input string must be a single character string")},
		{"trino_upper", args("straße ǆ ŉ"), "STRAßE Ǆ ŉ"},
		{"trino_lower", args("İΣ"), "iσ"},
		{"trino_reverse", args("e\u0301x"), "x\u0301e"},
		{"trino_lpad", args("éa", int64(1), "x"), "é"},
		{"trino_lpad", args("", int64(0), "x"), ""},
		{"trino_lpad", args("a", int64(5), "é1"), "é1é1a"},
		{"trino_rpad", args("a", int64(4), "é1"), "aé1é"},
		{"trino_rpad", args("a", int64(math.MaxInt32), "xy"),
			failure("EXCEEDED_FUNCTION_MEMORY_LIMIT: A text would be longer than 67108864 bytes")},
		{"trino_rpad", args("a", int64(-1), "xy"),
			failure("INVALID_FUNCTION_ARGUMENT: Target length must be in the range [0..2147483647]")},
		{"trino_replace", args("", "", "x"), "x"},
		{"trino_replace", args("éa", "", "-"), "-é-a-"},
		{"trino_translate", args("aab", "aa", "xy"), "xxb"},
		{"trino_translate", args("abc", "abc", "é"), "é"},
		{"trino_substr", args("a😀bc", int64(-3), int64(2)), "😀b"},
		{"trino_substr", args("abc", int64(-4), int64(2)), ""},
		{"trino_substr", args("abc", int64(math.MaxInt64), int64(2)), ""},
		{"trino_substr", args("abc", int64(math.MinInt64), int64(2)), ""},
		{"trino_substr", args("abc", int64(2), int64(math.MaxInt64)), "bc"},
		{"trino_strpos", args("aaaa", "aa", int64(3)), int64(3)},
		{"trino_strpos", args("aaaa", "aa", int64(4)), int64(0)},
		{"trino_strpos", args("éaéa", "a", int64(-1)), int64(4)},
		{"trino_strpos", args("aaaa", "aa", int64(-2)), int64(2)},
		{"trino_strpos", args("aaaa", "aa", int64(-4)), int64(0)},
		{"trino_normalize", args("ﬁ", "NFKC"), "fi"},
		{"trino_normalize", args("e\u0301", "NFC"), "é"},
		{"trino_like_pattern", args("a!!!%", "!"), "a!!!%"},
		{"trino_like_pattern", args("a", ""), failure("INVALID_FUNCTION_ARGUMENT: Escape string must be a single character")},
		{"trino_concat_ws", args("-", []any{nil, "a", "", nil, "b"}), "a--b"},
	})
}

func TestDistances(t *testing.T) {
	checkCalls(t, []callCase{
		{"trino_hamming_distance", args("é😀", "e😀"), int64(1)},
		{"trino_levenshtein_distance", args("", ""), int64(0)},
		{"trino_levenshtein_distance", args("flaw", "lawn"), int64(2)},
		{"trino_levenshtein_distance", args("saturday", "sunday"), int64(3)},
		{"trino_luhn_check", args("0"), true},
		{"trino_luhn_check", args("4012888888881881"), true},
		{"trino_luhn_check", args("٣"), failure("INVALID_FUNCTION_ARGUMENT: Input contains non-digit character")},
		{"trino_soundex", args("Ashcraft"), "A261"},
		{"trino_soundex", args("Pfister"), "P236"},
		{"trino_soundex", args("a-b c"), "A120"},
		{"trino_format_number", args(int64(0)), "0"},
		{"trino_format_number", args(int64(999)), "999"},
		{"trino_format_number", args(int64(1000)), "1K"},
		{"trino_format_number", args(int64(12345)), "12.3K"},
		{"trino_format_number", args(int64(-123456)), "-123.46K"},
		{"trino_format_number", args(int64(math.MinInt64)), "-9223.37Q"},
	})
}

func TestSplit(t *testing.T) {
	checkCalls(t, []callCase{
		{"trino_split", args("a,b,c,", ",", int64(3)), []any{"a", "b", "c,"}},
		{"trino_split", args("", ",", int64(3)), []any{""}},
		{"trino_split", args("a", "", int64(3)), failure("INVALID_FUNCTION_ARGUMENT: The delimiter may not be the empty string")},
		{"trino_split_part", args("é1", "", int64(2)), "1"},
		{"trino_split_part", args("é1", "", int64(3)), nil},
		{"trino_split_part", args("a,b,", ",", int64(3)), ""},
		{"trino_split_part", args("a,b,", ",", int64(math.MaxInt64)), nil},
		{"trino_split_to_map", args("a=1,", ",", "="), [][2]any{{"a", "1"}}},
		{"trino_split_to_map", args("a=1,,", ",", "="), failure("INVALID_FUNCTION_ARGUMENT: Key-value delimiter must appear exactly " +
			"once in each entry. Bad input: ''")},
		{"trino_split_to_map", args("a=1=2", ",", "="), failure("INVALID_FUNCTION_ARGUMENT: Key-value delimiter must appear exactly " +
			"once in each entry. Bad input: 'a=1=2'")},
		{"trino_split_to_multimap", args("a=1,b=,a=2", ",", "="), [][2]any{{"a", []any{"1", "2"}}, {"b", []any{""}}}},
	})
}

func TestURL(t *testing.T) {
	const url = "https://me:pw@Example.com:8080/a%20b;c/?q=1%202&e&r=a%3Db+c#top"
	checkCalls(t, []callCase{
		{"trino_url_extract", args(url, "protocol"), "https"},
		{"trino_url_extract", args(url, "host"), "Example.com"},
		{"trino_url_extract", args(url, "path"), "/a b;c/"},
		{"trino_url_extract", args(url, "query"), "q=1 2&e&r=a=b+c"},
		{"trino_url_extract", args(url, "fragment"), "top"},
		{"trino_url_extract_port", args(url), int64(8080)},
		{"trino_url_extract_port", args("http://a.b/"), nil},
		{"trino_url_extract_parameter", args(url, "r"), "a=b c"},
		{"trino_url_extract_parameter", args(url, "e"), ""},
		{"trino_url_extract_parameter", args(url, "x"), nil},
		{"trino_url_extract", args("http://[::1]:80/", "host"), "[::1]"},
		{"trino_url_extract", args("http://10.0.0.1/", "host"), "10.0.0.1"},
		{"trino_url_extract", args("http://a_b/c", "host"), ""},
		{"trino_url_extract", args("http://1a/", "host"), "1a"},
		{"trino_url_extract", args("http://#f", "fragment"), "f"},
		{"trino_url_extract", args("http://", "fragment"), nil},
		{"trino_url_extract_port", args(""), nil},
		{"trino_url_extract", args("http://a.1/", "host"), ""},
		{"trino_url_extract", args("http://a:99999999999/", "host"), ""},
		{"trino_url_extract", args("http://a b/", "host"), nil},
		{"trino_url_extract", args("http://a/%zz", "host"), nil},
		{"trino_url_extract", args("1http://a/", "host"), nil},
		{"trino_url_extract", args("http:", "path"), nil},
		{"trino_url_extract", args("", "path"), ""},
		{"trino_url_encode", args("é ~*"), "%C3%A9+%7E*"},
		{"trino_url_decode", args("a%C3%A9+%ff"), "aé \ufffd"},
		{"trino_url_decode", args("a%4"), failure("INVALID_FUNCTION_ARGUMENT: URLDecoder: Incomplete trailing escape (%) pattern")},
	})
}
