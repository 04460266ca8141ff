package native

import "testing"

func TestFormat(t *testing.T) {
	is := func(format, classes string, want any, values ...any) callCase {
		return callCase{"trino_format", args(format, classes, values), want}
	}
	bad := func(format, why string) failure {
		return failure("INVALID_FUNCTION_ARGUMENT: Invalid format string: " + format + " (" + why + ")")
	}
	checkCalls(t, []callCase{
		is("%s %2$s %<s %s %%%n", "ss", "a b b b %\n", "a", "b"),
		is("%s|%b|%d|%5.1f|%h", "slbdl", "null|false|null|    n|null", nil, nil, nil, nil, nil),
		is("%,(015d|%x|%#o", "lll", "(00001,234,567)|ffffffffffffffff|017", "-1234567", "-1", "15"),
		is("%.1f %.2f %.0f", "ddm", "0.2 1.01 3", "0.15", "1.005", "2.5"), // halves of the shortest digits go up
		is("%e|%G|%g", "ddd", "1.234568e+04|1.00000E-05|0.000100000", "12345.678", "1e-5", "1e-4"),
		is("%s %s", "md", "1E-7 1.0E10", "0.0000001", "1e10"),
		is("%+08.2f|%08.1f", "dd", "+0001.50|     NaN", "1.5", "NaN"),
		is("%S|%.2s|%5s", "sss", "SSÉ|ab|   😀", "ßé", "abc", "😀"),
		is("%tY-%<tm-%<td %<tB %<tj", "D", "2020-03-04 March 064", "2020-03-04"),
		is("%s %s %s", "STD", "2020-03-04T10:00 10:00:00.500 2020-03-04", "2020-03-04 10:00:00", "10:00:00.5", "2020-03-04"),
		is("%s|%tz", "ZZ", "2020-03-04T11:00+01:00[Europe/Paris]|+0530", "2020-03-04 10:00:00 Europe/Paris",
			"2020-03-04 10:00:00 +05:30"),
		is("%d", "d", bad("%d", "IllegalFormatConversion: d != java.lang.Double"), "1.0"),
		is("%s %s", "s", bad("%s %s", "MissingFormatArgument: Format specifier '%s'"), "a"),
		is("%q", "s", bad("%q", "UnknownFormatConversion: Conversion = 'q'"), "a"),
		is("%-d", "l", bad("%-d", "MissingFormatWidth: %-d"), "1"),
		is("%c", "l", bad("%c", "IllegalFormatConversion: c != java.lang.Long"), "65"),
		is("%999999999d", "l", failure("EXCEEDED_FUNCTION_MEMORY_LIMIT: A text would be longer than 67108864 bytes"), "1"),
	})
}
