package columnar

import (
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/varlake/varlake/internal/sql/query"
)

// The forms of values without parts. NULL's own type is held as integers of which none is there, as DuckDB does: lists
// of no type are not known to every reader.
var (
	nothing = form{arrow.PrimitiveTypes.Int32, func(array.Builder, any) (int, error) {
		return 0, errors.New("a value of no type")
	}}
	boolean = form{arrow.FixedWidthTypes.Boolean, func(b array.Builder, v any) (int, error) {
		b.(*array.BooleanBuilder).Append(v.(bool))
		return 1, nil
	}}
	float = form{arrow.PrimitiveTypes.Float32, func(b array.Builder, v any) (int, error) {
		b.(*array.Float32Builder).Append(v.(float32))
		return 4, nil
	}}
	double = form{arrow.PrimitiveTypes.Float64, func(b array.Builder, v any) (int, error) {
		b.(*array.Float64Builder).Append(v.(float64))
		return 8, nil
	}}
	binary = form{arrow.BinaryTypes.Binary, func(b array.Builder, v any) (int, error) {
		b.(*array.BinaryBuilder).Append(v.([]byte))
		return len(v.([]byte)) + 4, nil
	}}
	date = form{arrow.FixedWidthTypes.Date32, func(b array.Builder, v any) (int, error) {
		day, ok := v.(query.Date)
		if !ok {
			return 0, fmt.Errorf("the date %v has no place in this format", v)
		}
		b.(*array.Date32Builder).Append(arrow.Date32(time.Time(day).Unix() / 86400))
		return 4, nil
	}}
	text = textOf(func(v any) string { return v.(string) })
)

// textOf is the form of values that are held as a text.
func textOf(say func(v any) string) form {
	return form{arrow.BinaryTypes.String, func(b array.Builder, v any) (int, error) {
		s := say(v)
		b.(*array.StringBuilder).Append(s)
		return len(s) + 4, nil
	}}
}

// A number's builder.
type numbers[T any] interface{ Append(T) }

// integers is the form of integers of a width, which are int64 or uint64 until then.
func integers[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](of arrow.DataType) form {
	return form{of, func(b array.Builder, v any) (int, error) {
		if signed, ok := v.(int64); ok {
			b.(numbers[T]).Append(T(signed))
		} else {
			b.(numbers[T]).Append(T(v.(uint64)))
		}
		return 8, nil
	}}
}

// decimalOf is the form of decimals, and of integers that no other type has room for.
func decimalOf(precision, scale int) form {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(precision)), nil)
	return form{&arrow.Decimal128Type{Precision: int32(precision), Scale: int32(scale)},
		func(b array.Builder, v any) (int, error) {
			x, ok := v.(*big.Int)
			if !ok {
				x = v.(query.Decimal).Unscaled
			}
			if x.CmpAbs(most) >= 0 {
				return 0, fmt.Errorf("%v has more than the %d digits of this format", x, precision)
			}
			b.(*array.Decimal128Builder).Append(decimal128.FromBigInt(x))
			return 16, nil
		}}
}

// unitOf is the coarsest unit that holds so many digits of a second.
func unitOf(digits int) arrow.TimeUnit {
	switch {
	case digits <= 3:
		return arrow.Millisecond
	case digits <= 6:
		return arrow.Microsecond
	}
	return arrow.Nanosecond
}

// timestampOf is the form of points in time, with a zone or without.
func timestampOf(digits int, zone string) form {
	unit := unitOf(digits)
	return form{&arrow.TimestampType{Unit: unit, TimeZone: zone}, func(b array.Builder, v any) (int, error) {
		at, ok := v.(time.Time)
		if !ok {
			return 0, fmt.Errorf("the timestamp %v has no place in this format", v)
		}
		n := at.UnixMicro()
		switch unit {
		case arrow.Millisecond:
			n = at.UnixMilli()
		case arrow.Nanosecond:
			n = at.UnixNano()
		}
		b.(*array.TimestampBuilder).Append(arrow.Timestamp(n))
		return 8, nil
	}}
}

// timeOf is the form of times of day, which are text until then.
func timeOf(digits int) form {
	micros := func(v any) (int64, error) {
		at, err := time.Parse("15:04:05", v.(string))
		if err != nil {
			return 0, fmt.Errorf("the time %v has no place in this format", v)
		}
		return at.Sub(at.Truncate(24 * time.Hour)).Microseconds(), nil
	}
	if digits <= 3 {
		return form{arrow.FixedWidthTypes.Time32ms, func(b array.Builder, v any) (int, error) {
			n, err := micros(v)
			if err == nil {
				b.(*array.Time32Builder).Append(arrow.Time32(n / 1000))
			}
			return 4, err
		}}
	}
	return form{arrow.FixedWidthTypes.Time64us, func(b array.Builder, v any) (int, error) {
		n, err := micros(v)
		if err == nil {
			b.(*array.Time64Builder).Append(arrow.Time64(n))
		}
		return 8, err
	}}
}

func listOf(of form) form {
	return form{arrow.ListOf(of.arrow), func(b array.Builder, v any) (size int, err error) {
		list := b.(*array.ListBuilder)
		list.Append(true)
		for _, e := range v.([]any) {
			took, err := of.put(list.ValueBuilder(), e)
			if err != nil {
				return size, err
			}
			size += took
		}
		return size + 4, nil
	}}
}

func mapOf(key, value form) form {
	return form{arrow.MapOf(key.arrow, value.arrow), func(b array.Builder, v any) (size int, err error) {
		entries := b.(*array.MapBuilder)
		entries.Append(true)
		for _, e := range v.(query.Map) {
			tookKey, err := key.put(entries.KeyBuilder(), e.Key)
			if err != nil {
				return size, err
			}
			tookValue, err := value.put(entries.ItemBuilder(), e.Value)
			if err != nil {
				return size, err
			}
			size += tookKey + tookValue
		}
		return size + 4, nil
	}}
}

// structOf is the form of rows. Fields without a name are called field0, field1 and so on, as Trino's clients call
// them.
func structOf(names []string, of []form) form {
	columns := make([]query.Column, len(of))
	for i := range of {
		columns[i].Name = names[i]
		if names[i] == "" {
			columns[i].Name = fmt.Sprintf("field%d", i)
		}
	}
	fields := make([]arrow.Field, len(of))
	for i, name := range query.Distinct(columns) {
		fields[i] = arrow.Field{Name: name, Type: of[i].arrow, Nullable: true}
	}
	return form{arrow.StructOf(fields...), func(b array.Builder, v any) (size int, err error) {
		row := b.(*array.StructBuilder)
		row.Append(true)
		for i, f := range v.(query.Struct) {
			took, err := of[i].put(row.FieldBuilder(i), f.Value)
			if err != nil {
				return size, err
			}
			size += took
		}
		return size + 1, nil
	}}
}
