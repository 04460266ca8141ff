package native

import (
	"math/big"
	"strings"
)

// sizeFunctions read sizes of data.
var sizeFunctions = []Function{
	{Name: "trino_parse_data_size", Params: []string{"VARCHAR"}, Result: "VARCHAR", Call: parseDataSize},
}

// parseDataSize is the number of bytes, rounded down, of a size such as 2.3MB; each unit is 1024 of the one before.
func parseDataSize(args []any) (any, error) {
	text := args[0].(string)
	unit := strings.TrimLeft(text, "0123456789.")
	number := text[:len(text)-len(unit)]
	value, ok := new(big.Rat).SetString(number)
	power := -1
	for i, u := range []string{"B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"} {
		if u == unit {
			power = i
		}
	}
	if !ok || power < 0 || len(number) > 64 {
		return nil, invalid("Invalid data size: '%s'", text)
	}
	value.Mul(value, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(10*power))))
	bytes := new(big.Int).Quo(value.Num(), value.Denom()).String()
	if len(bytes) > 38 {
		return nil, Fail("NUMERIC_VALUE_OUT_OF_RANGE", "Value out of range: '%s' ('%sB')", text, bytes)
	}
	return bytes, nil
}
