package trino

// common is the narrowest type that values of both types can take without being cast, or nil when there is none.
func common(a, b *Type) *Type {
	switch {
	case a.Equal(b) && a.sameNames(b):
		return a
	case a.Kind == Unknown:
		return b
	case b.Kind == Unknown:
		return a
	case a.IsNumeric() && b.IsNumeric():
		return commonNumber(a, b)
	case a.Kind == b.Kind:
		return commonSame(a, b)
	}
	for _, pair := range [2][2]*Type{{a, b}, {b, a}} {
		if t := widened(pair[0], pair[1]); t != nil {
			return t
		}
	}
	return nil
}

// decimalDigits are the digits that a decimal needs for an integer type.
var decimalDigits = map[Kind]int{Tinyint: 3, Smallint: 5, IntegerKind: 10, Bigint: 19}

func commonNumber(a, b *Type) *Type {
	if a.Kind > b.Kind {
		a, b = b, a
	}
	switch {
	case a.IsInteger() && b.IsInteger(), b.Kind == DoubleKind:
		return b
	case b.Kind == Real: // of an integer; a real with a double is above
		return tReal
	case a.Kind == Real || a.Kind == DoubleKind: // with a decimal
		return a
	case a.IsInteger():
		a = decimalOf(decimalDigits[a.Kind], 0)
	}
	scale := max(a.Scale, b.Scale)
	whole := max(a.Precision-a.Scale, b.Precision-b.Scale)
	return decimalOf(min(38, whole+scale), scale)
}

// commonSame is for types of one kind that differ in their parameters.
func commonSame(a, b *Type) *Type {
	switch a.Kind {
	case Array, Map, Row:
		if len(a.Of) != len(b.Of) {
			return nil
		}
		t := &Type{Kind: a.Kind, Of: make([]*Type, len(a.Of)), Struct: a.Struct}
		for i := range a.Of {
			if t.Of[i] = common(a.Of[i], b.Of[i]); t.Of[i] == nil {
				return nil
			}
		}
		if a.Kind == Row {
			t.Names = make([]string, len(a.Names))
			for i := range a.Names {
				if a.Names[i] == b.Names[i] {
					t.Names[i] = a.Names[i]
				}
			}
		}
		return t
	case Function:
		return nil
	}
	if a.Precision >= b.Precision {
		return a
	}
	return b
}

// widened is the type that a value of type from takes to stand beside one of type to of another kind, or nil.
func widened(from, to *Type) *Type {
	switch from.Kind {
	case Date:
		switch to.Kind {
		case Timestamp, TimestampZoned:
			return to
		}
	case Time:
		if to.Kind == TimeZoned {
			return timeOf(TimeZoned, max(from.Precision, to.Precision))
		}
	case Timestamp:
		if to.Kind == TimestampZoned {
			return timeOf(TimestampZoned, max(from.Precision, to.Precision))
		}
	case Varchar:
		if to.Kind == Char {
			return charOf(min(65536, max(from.Precision, to.Precision)))
		}
	}
	return nil
}

// coerces tells whether a value of type from may stand where one of type to is asked for, without a cast.
func coerces(from, to *Type) bool {
	if from.Equal(to) || from.Kind == Unknown {
		return true
	}
	t := common(from, to)
	return t != nil && t.Equal(to)
}
