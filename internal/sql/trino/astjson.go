package trino

// JSON functions of the standard.
type (
	// JSONPath is what json_exists, json_value and json_query begin with.
	JSONPath struct {
		Input JSONValue
		Path  string
		// PathAt is the place of the path's literal.
		PathAt  int
		Passing []JSONArgument
	}
	JSONValue struct {
		X Expr
		// Format is JSON, or JSON with an encoding, or empty.
		Format string
	}
	JSONArgument struct {
		JSONValue
		Name Name
	}
	// JSONBehavior is what is answered instead: ERROR, NULL, DEFAULT, TRUE, FALSE, UNKNOWN, EMPTY ARRAY, EMPTY OBJECT, or
	// empty when nothing is said.
	JSONBehavior struct {
		Kind    string
		Default Expr
	}
	JSONExists struct {
		pos
		JSONPath
		OnError JSONBehavior
	}
	JSONValueCall struct {
		pos
		JSONPath
		Returning        *TypeName
		OnEmpty, OnError JSONBehavior
	}
	JSONQueryCall struct {
		pos
		JSONPath
		Returning *TypeName
		Format    string
		// Wrapper is WITHOUT, CONDITIONAL, UNCONDITIONAL or empty; Quotes KEEP, OMIT or empty.
		Wrapper, Quotes  string
		OnScalarString   bool
		OnEmpty, OnError JSONBehavior
	}
	JSONMember struct {
		Key   Expr
		Value JSONValue
	}
	JSONObject struct {
		pos
		Members    []JSONMember
		AbsentNull bool
		UniqueKeys bool
		Returning  *TypeName
		Format     string
	}
	JSONArray struct {
		pos
		Elements   []JSONValue
		AbsentNull bool
		Returning  *TypeName
		Format     string
	}
)
