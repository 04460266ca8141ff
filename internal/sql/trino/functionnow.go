package trino

// init adds what is the same for all of a statement.
func init() {
	specialForms["now"] = func(a *analyser, x *Call, s *scope) *node {
		if len(x.Args) != 0 {
			a.fail("FUNCTION_NOT_FOUND", x.Pos(), "Unexpected parameters for function now. Expected: now()")
		}
		return a.current(&Current{pos: x.pos, Word: "CURRENT_TIMESTAMP", Precision: -1})
	}
	specialForms["current_timezone"] = func(a *analyser, x *Call, s *scope) *node {
		if len(x.Args) != 0 {
			a.fail("FUNCTION_NOT_FOUND", x.Pos(), "Unexpected parameters for function current_timezone. "+
				"Expected: current_timezone()")
		}
		return plainText(x.Pos(), "UTC")
	}
}
