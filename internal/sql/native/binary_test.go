package native

import (
	"encoding/hex"
	"math"
	"strings"
	"testing"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestBinary(t *testing.T) {
	checkCalls(t, []callCase{
		{"trino_substr_varbinary", args([]byte("abc"), int64(-2), int64(9)), []byte("bc")},
		{"trino_substr_varbinary", args([]byte("abc"), int64(4), int64(9)), []byte{}},
		{"trino_reverse_varbinary", args([]byte("abc")), []byte("cba")},
		{"trino_lpad_varbinary", args([]byte("abc"), int64(2), []byte("x")), []byte("ab")},
		{"trino_rpad_varbinary", args([]byte("a"), int64(4), []byte("xy")), []byte("axyx")},
		{"trino_lpad_varbinary", args([]byte("a"), int64(4), []byte{}),
			failure("INVALID_FUNCTION_ARGUMENT: Padding bytes must not be empty")},
		{"trino_from_hex", args([]byte("0aF")), failure("INVALID_FUNCTION_ARGUMENT: invalid input length 3")},
		{"trino_from_base64", args([]byte("YQ==")), []byte("a")},
		{"trino_from_base64", args([]byte("YWI")), []byte("ab")},
		{"trino_from_base64", args([]byte("YQ=")),
			failure("INVALID_FUNCTION_ARGUMENT: Input byte array has wrong 4-byte ending unit")},
		{"trino_from_base64", args([]byte("YWJjZ")),
			failure("INVALID_FUNCTION_ARGUMENT: Last unit does not have enough valid bits")},
		{"trino_from_base64", args([]byte("YQ==YQ==")),
			failure("INVALID_FUNCTION_ARGUMENT: Input byte array has incorrect ending byte at 4")},
		{"trino_from_base64url", args([]byte("+_8=")), failure("INVALID_FUNCTION_ARGUMENT: Illegal base64 character 2b")},
		{"trino_from_base32", args([]byte("MFRGGZA")), []byte("abcd")},
		{"trino_from_base32", args([]byte("mf")), failure("INVALID_FUNCTION_ARGUMENT: Unrecognized character: m")},
		{"trino_to_base", args(int64(math.MinInt64), int64(36)), "-1y2p0ij32e8e8"},
		{"trino_from_base", args("FF", int64(16)), int64(255)},
		{"trino_from_base", args("1_0", int64(10)), failure("INVALID_FUNCTION_ARGUMENT: Not a valid base-10 number: 1_0")},
		{"trino_to_ieee754_64", args(math.NaN()), unhex("7ff8000000000000")},
		{"trino_from_utf8", args(unhex("61e282"), "?"), "a?"},
		{"trino_from_utf8", args(unhex("eda08041"), "?"), "?A"},
		{"trino_from_utf8", args(unhex("f0288cbcc0af"), "?"), "?(???"},
		{"trino_from_utf8", args(unhex("61"), "ab"),
			failure("INVALID_FUNCTION_ARGUMENT: Replacement character string must empty or a single character")},
		{"trino_from_utf8_codepoint", args(unhex("ff"), int64(0xd800)),
			failure("INVALID_FUNCTION_ARGUMENT: Invalid replacement character")},
	})
}

func TestHashes(t *testing.T) {
	long := []byte(strings.Repeat("abcdefgh", 40))
	checkCalls(t, []callCase{
		{"trino_spooky_hash_v2_32", args([]byte{}), unhex("6bf50919")},
		{"trino_spooky_hash_v2_64", args([]byte{}), unhex("232706fc6bf50919")},
		{"trino_xxhash64", args([]byte{}), unhex("ef46db3751d8e999")},
		{"trino_xxhash64", args([]byte("abc")), unhex("44bc2cf5ad770999")},
		{"trino_hmac_sha1", args(long, []byte{}), failure("GENERIC_INTERNAL_ERROR: Empty key")},
	})
}

func TestDataSize(t *testing.T) {
	checkCalls(t, []callCase{
		{"trino_parse_data_size", args("2.3MB"), "2411724"},
		{"trino_parse_data_size", args("1YB"), "1208925819614629174706176"},
		{"trino_parse_data_size", args("1 B"), failure("INVALID_FUNCTION_ARGUMENT: Invalid data size: '1 B'")},
		{"trino_parse_data_size", args("1.2.3B"), failure("INVALID_FUNCTION_ARGUMENT: Invalid data size: '1.2.3B'")},
		{"trino_parse_data_size", args("B"), failure("INVALID_FUNCTION_ARGUMENT: Invalid data size: 'B'")},
	})
}
