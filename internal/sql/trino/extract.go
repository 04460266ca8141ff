package trino

// extractFunctions are the functions that EXTRACT stands for.
var extractFunctions = map[string]string{"YEAR": "year", "QUARTER": "quarter", "MONTH": "month", "WEEK": "week",
	"DAY": "day", "DAY_OF_MONTH": "day", "DAY_OF_WEEK": "day_of_week", "DOW": "day_of_week",
	"DAY_OF_YEAR": "day_of_year", "DOY": "day_of_year", "YEAR_OF_WEEK": "year_of_week", "YOW": "year_of_week",
	"HOUR": "hour", "MINUTE": "minute", "SECOND": "second", "TIMEZONE_MINUTE": "timezone_minute",
	"TIMEZONE_HOUR": "timezone_hour"}

// extract is EXTRACT of a field that values of the type have.
func (a *analyser) extract(at int, x *Extract, s *scope) *node {
	value := a.expr(x.X, s)
	has := false
	switch k := value.t.Kind; x.Field {
	case "YEAR", "MONTH":
		has = k == Date || k == Timestamp || k == TimestampZoned || k == YearMonth
	case "DAY":
		has = k == Date || k == Timestamp || k == TimestampZoned || k == DaySecond
	case "HOUR", "MINUTE", "SECOND":
		has = k == Time || k == TimeZoned || k == Timestamp || k == TimestampZoned || k == DaySecond
	case "TIMEZONE_HOUR", "TIMEZONE_MINUTE":
		has = k == TimeZoned || k == TimestampZoned
	default:
		has = k == Date || k == Timestamp || k == TimestampZoned
	}
	if !has {
		a.fail(TypeMismatch, x.X.Pos(), "Cannot extract %s from %s", x.Field, value.t)
	}
	return a.function(at, extractFunctions[x.Field], []*node{value})
}
