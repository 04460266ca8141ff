package trino

import (
	"fmt"
	"strings"
)

func toBoolean(from *Type, v string) string {
	switch {
	case from.IsNumeric():
		return "(" + v + " <> 0)"
	case from.Kind == Varchar:
		return "trino_text_boolean(" + v + ")"
	}
	return ""
}

// integerLimits are the numbers between which doubles round to an integer type, both excluded.
var integerLimits = map[Kind][2]string{
	Tinyint: {"-128.5", "127.5"}, Smallint: {"-32768.5", "32767.5"}, IntegerKind: {"-2147483648.5", "2147483647.5"},
	Bigint: {"-9.223372036854776e18", "9.223372036854775807e18"},
}

func toInteger(from, to *Type, v string) string {
	plain := castAs(v, to)
	name := kindNames[to.Kind]
	switch {
	case from.Kind == BooleanKind, from.IsInteger() && from.Kind <= to.Kind:
		return plain
	case from.IsInteger():
		return orRaise(v, to, "NUMERIC_VALUE_OUT_OF_RANGE", "Out of range for "+name+": ", v, "")
	case from.Kind == Real || from.Kind == DoubleKind:
		limits := integerLimits[to.Kind]
		return fmt.Sprintf("CASE WHEN %s > CAST('%s' AS DOUBLE) AND %[1]s < CAST('%[3]s' AS DOUBLE) "+
			"THEN CAST(round(%[1]s) AS %[4]s) "+
			"ELSE CAST(trino_float_integer(CAST(%[1]s AS DOUBLE), '%[5]s', %[6]t) AS %[4]s) END",
			v, limits[0], limits[1], to.duck(), name, from.Kind == Real)
	case from.Kind == DecimalKind && from.Precision <= 18 && to.Kind == Bigint:
		return plain
	case from.Kind == DecimalKind:
		shown := decimalText(from, v)
		if from.Precision <= 18 {
			shown = fmt.Sprintf("CAST(CAST(%s AS DECIMAL(19, 0)) AS VARCHAR)", v)
		}
		return orRaise(v, to, invalidCast, "Cannot cast '", shown, "' to "+strings.ToUpper(name))
	case from.Kind == Varchar:
		return castAs("trino_text_integer("+v+", '"+name+"')", to)
	}
	return ""
}

// invalidCast is the name of the error that most casts fail with.
const invalidCast = "INVALID_CAST_ARGUMENT"

func toFloat(from, to *Type, v string) string {
	plain := castAs(v, to)
	native, exact := "double", 15
	if to.Kind == Real {
		native, exact = "real", 7
	}
	switch {
	case from.Kind == BooleanKind, from.IsInteger(), from.Kind == Real:
		return plain
	case from.Kind == DoubleKind: // beyond what a real holds are infinities
		return "coalesce(TRY_CAST(" + v + " AS FLOAT), CASE WHEN " + v + " > 0 THEN CAST('Infinity' AS FLOAT) WHEN " + v +
			" < 0 THEN CAST('-Infinity' AS FLOAT) END)"
	case from.Kind == DecimalKind && from.Precision <= exact:
		return plain
	case from.Kind == DecimalKind:
		return fmt.Sprintf("trino_decimal_%s(CAST(%s AS VARCHAR), %d, %d)", native, v, from.Precision, from.Scale)
	case from.Kind == Varchar:
		return "trino_text_" + native + "(" + v + ")"
	}
	return ""
}

func toDecimal(from, to *Type, v string) string {
	plain := castAs(v, to)
	whole := to.Precision - to.Scale
	named := fmt.Sprintf("DECIMAL(%d, %d)", to.Precision, to.Scale)
	switch {
	case from.Kind == BooleanKind:
		return castAs("CAST("+v+" AS INTEGER)", to)
	case from.IsInteger() && decimalDigits[from.Kind] <= whole:
		return plain
	case from.IsInteger():
		return orRaise(v, to, invalidCast, "Cannot cast "+strings.ToUpper(kindNames[from.Kind])+" '", v, "' to "+named)
	case from.Kind == DecimalKind:
		rounds := 0
		if from.Scale > to.Scale { // 9.95 becomes 10.0
			rounds = 1
		}
		if from.Precision-from.Scale+rounds <= whole {
			return plain
		}
		before := fmt.Sprintf("Cannot cast DECIMAL(%d, %d) '", from.Precision, from.Scale)
		return orRaise(v, to, invalidCast, before, decimalText(from, v), "' to "+named)
	case from.Kind == Real || from.Kind == DoubleKind:
		return castAs(fmt.Sprintf("trino_float_decimal(CAST(%s AS DOUBLE), %t, %d, %d)", v, from.Kind == Real, to.Precision,
			to.Scale), to)
	case from.Kind == Varchar:
		return castAs(fmt.Sprintf("trino_text_decimal(%s, %d, %d)", v, to.Precision, to.Scale), to)
	}
	return ""
}
