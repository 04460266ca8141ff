package native

import (
	"strings"
	"testing"
)

func unsupported(what string) failure {
	return failure("NOT_SUPPORTED: Regular expressions with " + what + " are not supported")
}

func TestRegexpSyntax(t *testing.T) {
	like := func(text, pattern string, want any) callCase {
		return callCase{"trino_regexp_like", args(text, pattern), want}
	}
	checkCalls(t, []callCase{
		like("foobar", "foo(?=bar)", unsupported("lookahead or lookbehind")),
		like("foobar", "(?<!x)foo", unsupported("lookahead or lookbehind")),
		like("aa", `(a)\1`, unsupported("backreferences")),
		like("aa", `(?<x>a)\k<x>`, unsupported("backreferences")),
		like("aa", `a++a`, unsupported("possessive quantifiers")),
		like("aa", `(?>a)a`, unsupported("atomic groups")),
		like("aa", `a{2000}`, unsupported("more than 1000 repetitions")),
		like("aa", `(a{500}){500}`, unsupported("so many repetitions")),
		like("aa", `(a|)*`, unsupported("a repeated choice that can match nothing")),
		like("aa", strings.Repeat("(", 300)+strings.Repeat(")", 300), unsupported("nesting of more than 250")),
		like("aa", `\p{Nope}`, failure("INVALID_FUNCTION_ARGUMENT: invalid character property name {Nope}")),
		like("aa", `a)`, failure("INVALID_FUNCTION_ARGUMENT: unmatched close parenthesis")),
		like("aa", `*a`, failure("INVALID_FUNCTION_ARGUMENT: target of repeat operator is not specified")),
		like("aa", `a\`, failure("INVALID_FUNCTION_ARGUMENT: end pattern at escape")),
		like("aa", `[z-a]`, failure("INVALID_FUNCTION_ARGUMENT: empty range in char class")),
		like("٣", `\d`, false), // these are ASCII's, those of POSIX Unicode's
		like("é٣", `\w`, false),
		like("é", `^[^\w]$`, true),
		like("\u2003", `\s`, false),
		like("\v", `^[\s]$`, true),
		like("٣", `^[[:digit:]]$`, true),
		like("é_٣", `^[[:word:]]+$`, true),
		like("\u2003\v", `^[[:space:]]+$`, true),
		like("aéb", `a\bé`, false), // é is a letter
		like("é b", `é\b b`, true),
		like("abc\n", `c$`, true), // before a line feed at the end
		like("abc\n\n", `c$`, false),
		like("abc\n", `c\z`, false),
		like("a\n", `(?m)\n^`, false), // no line begins there
		like("a\nb", `(?m)^b$`, true),
		like("a\nb", `a.b`, false),
		like("a\nb", `(?s)a.b`, true),
		like("b", `^(?:a(?i)x|B)$`, false), // a(?i:x|B)
		like("aB", `^a(?i)x|b$`, true),
		like("K", `(?i)^[k]$`, true), // the sign of kelvin
		like("B", `(?i)^[^b]$`, false),
		like("ß", `(?i)ss`, unsupported("(?i) on a text with characters such as ß")),
		like("a{,2}", `^a{,2}$`, true),
		like("b", `^[a-z&&[^b]]$`, false),
		like("c", `^[a-z&&[^b]]$`, true),
		like("]", `^[]a]$`, true),
		like("-", `^[a-]$`, true),
		like("x", `(?x) ^ x # comment`, true),
		like("a.b", `^\Qa.b\E$`, true),
		like("\x07\x1b\x0b", `^\a\e\v$`, true),
		like("A\tA", `^\x41\u0009\101`, unsupported("backreferences")),
		like("A\tA", `^\x41\u0009\0101$`, false),
		like("😀", `^\x{1F600}$`, true),
		like("Ω", `^\p{Greek}$`, true),
		like("a", `^\p{^L}$`, false),
		like("_", `^[[:alnum:]]$`, false),
		like("_", `^[[:punct:]]$`, true),
	})
}

func TestRegexp(t *testing.T) {
	checkCalls(t, []callCase{
		{"trino_regexp_count", args("aaa", "a*"), int64(2)},
		{"trino_regexp_count", args("é-é", `\b`), int64(4)},
		{"trino_regexp_extract_all", args("abab", "(a)(x)?", int64(2)), []any{nil, nil}},
		{"trino_regexp_extract_all", args("aab", "^a", int64(0)), []any{"a"}},
		{"trino_regexp_extract", args("aa", "(a*)*", int64(1)), unsupported("a repeated group that can match nothing")},
		{"trino_regexp_extract", args("aa", "(a*)*", int64(0)), "aa"},
		{"trino_regexp_split", args("a,b,", ","), []any{"a", "b", ""}},
		{"trino_regexp_split", args("aab", "a*"), []any{"", "", "b", ""}},
		{"trino_regexp_position", args("aéaé", "é", int32(3), int32(1)), int32(4)},
		{"trino_regexp_position", args("aéaé", "é", int32(5), int32(1)), int32(-1)},
		{"trino_regexp_position", args("aéaé", "^a", int32(2), int32(1)), int32(-1)},
		{"trino_regexp_position", args("aéaé", "é", int32(1), int32(0)),
			failure("INVALID_FUNCTION_ARGUMENT: occurrence cannot be smaller than 1")},
		{"trino_regexp_replace", args("abc", "(b)", "$1$01$11"), "abbb1c"},
		{"trino_regexp_replace", args("abc", "b", `\\\t$0`), `a\tbc`},
		{"trino_regexp_replace", args("abc", "(x)?b", "<$1>"), "a<>c"},
		{"trino_regexp_replace", args("abc", "b", "$1"),
			failure("INVALID_FUNCTION_ARGUMENT: Illegal replacement sequence: unknown group 1")},
		{"trino_regexp_replace", args("abc", "b", "${x}"),
			failure("INVALID_FUNCTION_ARGUMENT: Illegal replacement sequence: unknown group { x }")},
		{"trino_regexp_replace", args("abc", "b", "$"),
			failure("INVALID_FUNCTION_ARGUMENT: Illegal replacement sequence: $")},
		{"trino_regexp_replace", args("abc", "x", "$"), "abc"},
		{"trino_regexp_groups", args("ab", "(a)|(b)"), []any{[]any{"a", nil}, []any{nil, "b"}}},
		{"trino_interleave", args([]any{"a", "b", ""}, []any{nil, "x"}), "abx"},
	})
}

func TestRegexpOfLongText(t *testing.T) {
	text := strings.Repeat("ab é", 5000)
	checkCalls(t, []callCase{
		{"trino_regexp_count", args(text, `\b[[:alpha:]]`), int64(5001)},
		{"trino_regexp_count", args(text, `\b\w`), int64(1)},
		{"trino_regexp_count", args(text, `(a|ab)(c|bcd)*(d*)\b`), int64(5000)},
	})
}
