package native

import (
	"math"
	"testing"
)

func TestNumberCasts(t *testing.T) {
	checkCalls(t, []callCase{
		{"trino_text_integer", args(" +5\t", "tinyint"), int64(5)},
		{"trino_text_integer", args("-128", "tinyint"), int64(-128)},
		{"trino_text_integer", args("-٣９", "bigint"), int64(-39)},
		{"trino_text_integer", args("𝟗", "bigint"), failure("INVALID_CAST_ARGUMENT: Cannot cast '𝟗' to BIGINT")},
		{"trino_text_integer", args("128", "tinyint"), failure("INVALID_CAST_ARGUMENT: Cannot cast '128' to TINYINT")},
		{"trino_text_integer", args("1_0", "integer"), failure("INVALID_CAST_ARGUMENT: Cannot cast '1_0' to INT")},
		{"trino_text_integer", args("+-1", "bigint"), failure("INVALID_CAST_ARGUMENT: Cannot cast '+-1' to BIGINT")},
		{"trino_text_boolean", args("tRuE"), true},
		{"trino_text_boolean", args("f"), false},
		{"trino_text_boolean", args("\x11"), failure("INVALID_CAST_ARGUMENT: Cannot cast '\x11' to BOOLEAN")},
		{"trino_text_boolean", args(" true"), failure("INVALID_CAST_ARGUMENT: Cannot cast ' true' to BOOLEAN")},
		{"trino_text_double", args(" 1.5d "), 1.5},
		{"trino_text_double", args("0x1p-2"), 0.25},
		{"trino_text_double", args("-Infinity"), math.Inf(-1)},
		{"trino_text_double", args("1e-400"), 0.0},
		{"trino_text_double", args("infinity"), failure("INVALID_CAST_ARGUMENT: Cannot cast 'infinity' to DOUBLE")},
		{"trino_text_double", args("1e"), failure("INVALID_CAST_ARGUMENT: Cannot cast '1e' to DOUBLE")},
		{"trino_text_real", args("16777217"), float32(16777216)},
		{"trino_text_decimal", args("-1.005", int32(5), int32(2)), "-1.01"},
		{"trino_text_decimal", args("12e-1", int32(5), int32(2)), "1.20"},
		{"trino_text_decimal", args("1e99999999999", int32(5), int32(2)),
			failure("INVALID_CAST_ARGUMENT: Cannot cast VARCHAR '1e99999999999' to DECIMAL(5, 2). Value is not a number.")},
		{"trino_text_decimal", args("0e2000000000", int32(5), int32(2)), "0.00"},
		{"trino_text_decimal", args("999.995", int32(5), int32(2)),
			failure("INVALID_CAST_ARGUMENT: Cannot cast VARCHAR '999.995' to DECIMAL(5, 2). Value too large.")},
		{"trino_text_decimal", args(".", int32(5), int32(2)),
			failure("INVALID_CAST_ARGUMENT: Cannot cast VARCHAR '.' to DECIMAL(5, 2). Value is not a number.")},
		{"trino_double_text", args(100.0), "1.0E2"},
		{"trino_double_text", args(5e-324), "4.9E-324"},
		{"trino_double_text", args(1e-323), "1.0E-323"},
		{"trino_double_text", args(2e23), "1.9999999999999998E23"},
		{"trino_double_text", args(-8.41e21), "-8.409999999999999E21"},
		{"trino_double_text", args(2.2250738585072014e-308), "2.2250738585072014E-308"},
		{"trino_double_text", args(0.1), "1.0E-1"},
		{"trino_double_text", args(9007199254740993.0), "9.007199254740992E15"},
		{"trino_double_text", args(0x1p62), "4.6116860184273879E18"},
		{"trino_real_text", args(float32(1e-45)), "1.4E-45"},
		{"trino_real_text", args(float32(6.5576245e14)), "6.557625E14"},
		{"trino_real_text", args(float32(-9.9999996e-9)), "-1.0E-8"},
		{"trino_real_text", args(float32(0.5)), "5.0E-1"},
		{"trino_real_text", args(float32(16777216)), "1.677722E7"},
		{"trino_java_real", args(float32(0.1)), "0.1"},
		{"trino_float_integer", args(-0.5, "integer", false), int64(-1)},
		{"trino_float_integer", args(127.5, "tinyint", false), failure("NUMERIC_VALUE_OUT_OF_RANGE: Out of range for tinyint: 127.5")},
		{"trino_float_integer", args(math.NaN(), "smallint", true),
			failure("INVALID_CAST_ARGUMENT: Cannot cast real NaN to smallint")},
		{"trino_float_integer", args(0x1p63, "bigint", false),
			failure("INVALID_CAST_ARGUMENT: Unable to cast 9.223372036854776E18 to bigint")},
		{"trino_float_integer", args(math.Inf(-1), "bigint", true), int64(math.MinInt64)},
		{"trino_float_integer", args(math.NaN(), "bigint", true),
			failure("INVALID_CAST_ARGUMENT: Cannot cast real NaN to bigint")},
		{"trino_float_decimal", args(1.005, false, int32(3), int32(2)), "1.01"},
		{"trino_float_decimal", args(float64(float32(0.1)), true, int32(30), int32(20)), "0.10000000000000000000"},
		{"trino_float_decimal", args(1e38, false, int32(38), int32(0)),
			failure("NUMERIC_VALUE_OUT_OF_RANGE: Decimal overflow")},
		{"trino_decimal_double", args("0.3", int32(2), int32(1)), 0.3},
		{"trino_decimal_real", args("12345678.9", int32(9), int32(1)), float32(12345679)},
		{"trino_decimal_divide", args("2", "3", int32(37)), "0.6666666666666666666666666666666666667"},
		{"trino_decimal_divide", args("0", "3.0", int32(37)), failure("NUMERIC_VALUE_OUT_OF_RANGE: Decimal overflow")},
		{"trino_decimal_divide", args("-1", "-.4", int32(0)), "3"},
		{"trino_decimal_divide", args("1", "0.00", int32(2)), failure("DIVISION_BY_ZERO: Division by zero")},
		{"trino_decimal_divide", args("99999999999999999999999999999999999999", ".1", int32(0)),
			failure("NUMERIC_VALUE_OUT_OF_RANGE: Decimal overflow")},
		{"trino_decimal_modulus", args("-5.5", "2"), "-1.5"},
		{"trino_decimal_modulus", args("99999999999999999999999999999999999999", "0.7"), "0.3"},
		{"trino_java_decimal", args("-0.0000001"), "-1E-7"},
		{"trino_java_decimal", args("0.0000012"), "0.0000012"},
		{"trino_java_decimal", args("0.00000000"), "0E-8"},
	})
}

func TestIdentifiers(t *testing.T) {
	checkCalls(t, []callCase{
		{"trino_text_uuid", args("12151FD2-7586-11e9-8f9e-2a86e4085a59"), "12151fd2-7586-11e9-8f9e-2a86e4085a59"},
		{"trino_text_uuid", args("12151fd2758611e98f9e2a86e4085a59"),
			failure("INVALID_CAST_ARGUMENT: Cannot cast value to UUID: 12151fd2758611e98f9e2a86e4085a59")},
		{"trino_bytes_uuid", args([]byte{1}), failure("INVALID_CAST_ARGUMENT: Invalid UUID binary length: 1")},
		{"trino_text_ip", args("::FFFF:10.0.0.1"), "10.0.0.1"},
		{"trino_text_ip", args("fe80::1%eth0"), failure("INVALID_CAST_ARGUMENT: Cannot cast value to IPADDRESS: fe80::1%eth0")},
		{"trino_bytes_ip", args([]byte{10, 0, 0, 1}), "10.0.0.1"},
		{"trino_network_contains", args("10.0.0.0/8", "10.1.2.3"), true},
		{"trino_network_contains", args("10.0.0.0/8", "2001:db8::1"), false},
		{"trino_network_contains", args("10.0.0.0", "10.1.2.3"),
			failure("INVALID_FUNCTION_ARGUMENT: Invalid CIDR: 10.0.0.0")},
		{"trino_bytes_ip", args([]byte("12345")), failure("INVALID_CAST_ARGUMENT: Invalid IP address binary length: 5")},
	})
}

func TestJSONCasts(t *testing.T) {
	array := `{"Kind":"array","Text":"array(integer)","Of":[{"Kind":"integer","Text":"integer"}]}`
	row := `{"Kind":"row","Text":"row(a bigint, b varchar)","Names":["a","b"],"Struct":["f0","f1"],` +
		`"Of":[{"Kind":"bigint","Text":"bigint"},{"Kind":"varchar","Text":"varchar"}]}`
	byNumber := `{"Kind":"map","Text":"map(integer, varchar)","Of":[{"Kind":"integer","Text":"integer"},` +
		`{"Kind":"varchar","Text":"varchar"}]}`
	decimal := `{"Kind":"decimal","Text":"decimal(5,2)","Precision":5,"Scale":2}`
	checkCalls(t, []callCase{
		{"trino_from_json", args(`[1,"2",null,true,2.5]`, array), `["1","2",NULL,"1","3"]`},
		{"trino_from_json", args(`null`, array), nil},
		{"trino_from_json", args(`{}`, array),
			failure("INVALID_CAST_ARGUMENT: Cannot cast to array(integer). Expected a json array, but got {\n{}")},
		{"trino_from_json", args(`[[1]]`, array),
			failure("INVALID_CAST_ARGUMENT: Cannot cast to array(integer). Unexpected token when cast to integer: [\n[[1]]")},
		{"trino_from_json", args(`{"B":"x\"\\","z":1}`, row), `{"f0":NULL,"f1":"x\"\\"}`},
		{"trino_from_json", args(`[1]`, row),
			failure("INVALID_CAST_ARGUMENT: Cannot cast to row(a bigint, b varchar). Unexpected token when cast to varchar: ]\n[1]")},
		{"trino_from_json", args(`{"a":1,"A":2}`, row),
			failure("INVALID_CAST_ARGUMENT: Cannot cast to row(a bigint, b varchar). Duplicate field: a\n" + `{"a":1,"A":2}`)},
		{"trino_from_json", args(`{"1":"x","01":"y"}`, byNumber),
			failure("INVALID_CAST_ARGUMENT: Cannot cast to map(integer, varchar). Duplicate keys are not allowed\n" + `{"1":"x","01":"y"}`)},
		{"trino_from_json", args(`1.005`, decimal), "1.01"},
		{"trino_from_json", args(`true`, decimal), "1.00"},
		{"trino_from_json", args(`1000`, decimal), failure("INVALID_CAST_ARGUMENT: Cannot cast input json to DECIMAL(5,2)")},
		{"trino_from_json", args(`"x"`, decimal), failure(`INVALID_CAST_ARGUMENT: Cannot cast '"x"' to DECIMAL(5,2)`)},
		{"trino_json_quote", args("a\"\n\x01é"), `"a\"\n\u0001é"`},
	})
}
