package query

import (
	"maps"
	"slices"
	"strings"
)

// form is how a member of a node is checked.
type form uint8

const (
	leaf    form = iota // plain data: names, numbers, flags, constants, types
	one                 // a node, or null
	many                // a list of nodes, or a list of such lists
	whole               // a statement: {node, named_param_map}
	handled             // checked by gate.enter
	absent              // null, false or empty
)

type rule struct {
	form   form
	family *family
	what   string // said when absent is not
}

// family is a kind of node: how to tell its kinds apart, and the members each may have.
type family struct {
	key    string          // member that names the kind
	common map[string]bool // plain members that every kind may have
	kinds  map[string]map[string]rule
}

var queryNode, tableNode, exprNode, modifierNode, withEntry, sorted, caseCheck, replaced family

var (
	aLeaf     = rule{form: leaf}
	anExpr    = rule{form: one, family: &exprNode}
	exprs     = rule{form: many, family: &exprNode}
	aTable    = rule{form: one, family: &tableNode}
	aQuery    = rule{form: one, family: &queryNode}
	modifiers = rule{form: many, family: &modifierNode}
	aModifier = rule{form: one, family: &modifierNode}
	aWhole    = rule{form: whole}
	byEnter   = rule{form: handled}
	orders    = rule{form: many, family: &sorted}
)

type members = map[string]rule

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

func leaves(words string, m members) members {
	out := maps.Clone(m)
	if out == nil {
		out = members{}
	}
	for _, w := range strings.Fields(words) {
		out[w] = aLeaf
	}
	return out
}

// The rules were read off json_serialize_sql of DuckDB 1.5.6. They name the
// families that refer to one another, hence init.
func init() {
	queryNode = family{key: "type", common: set("type"), kinds: map[string]members{
		"SELECT_NODE": leaves("aggregate_handling group_sets sample", members{
			"cte_map": byEnter, "modifiers": modifiers, "select_list": exprs, "from_table": aTable, "where_clause": anExpr,
			"group_expressions": exprs, "having": anExpr, "qualify": anExpr}),
		"SET_OPERATION_NODE": leaves("setop_type setop_all", members{
			"cte_map": byEnter, "modifiers": modifiers, "left": aQuery, "right": aQuery}),
		"RECURSIVE_CTE_NODE": leaves("cte_name union_all aliases", members{
			"cte_map": byEnter, "modifiers": modifiers, "left": byEnter, "right": byEnter, "key_targets": exprs}),
	}}
	withEntry = family{key: "none", kinds: map[string]members{
		"": leaves("aliases materialized", members{"query": aWhole, "key_targets": exprs}),
	}}
	modifierNode = family{key: "type", common: set("type"), kinds: map[string]members{
		"LIMIT_MODIFIER":         {"limit": anExpr, "offset": anExpr},
		"LIMIT_PERCENT_MODIFIER": {"limit": anExpr, "offset": anExpr},
		"ORDER_MODIFIER":         {"orders": orders},
		"DISTINCT_MODIFIER":      {"distinct_on_targets": exprs},
	}}
	order := leaves("null_order", members{"expression": anExpr})
	sorted = family{key: "type", common: set("type"), kinds: map[string]members{
		"ORDER_DEFAULT": order, "ASCENDING": order, "DESCENDING": order,
	}}
	caseCheck = family{key: "none", kinds: map[string]members{"": {"when_expr": anExpr, "then_expr": anExpr}}}
	replaced = family{key: "none", kinds: map[string]members{"": leaves("key", members{"value": anExpr})}}
	tableNode = family{key: "type", common: set("type alias query_location sample"), kinds: map[string]members{
		"BASE_TABLE": leaves("catalog_name schema_name table_name column_name_alias", members{
			"at_clause": {form: absent, what: "time travel"}}),
		"SUBQUERY": leaves("column_name_alias", members{"subquery": aWhole}),
		"JOIN": leaves("join_type ref_type using_columns delim_flipped", members{
			"left": aTable, "right": aTable, "condition": anExpr, "duplicate_eliminated_columns": exprs}),
		"TABLE_FUNCTION":  leaves("column_name_alias with_ordinality", members{"function": anExpr}),
		"EXPRESSION_LIST": leaves("expected_names expected_types", members{"values": exprs}),
		"EMPTY":           {},
	}}
	exprNode = family{key: "class", common: set("class type alias query_location"), kinds: map[string]members{
		"BETWEEN":     {"input": anExpr, "lower": anExpr, "upper": anExpr},
		"CASE":        {"case_checks": {form: many, family: &caseCheck}, "else_expr": anExpr},
		"CAST":        leaves("cast_type try_cast", members{"child": anExpr}),
		"COLLATE":     leaves("collation", members{"child": anExpr}),
		"COLUMN_REF":  leaves("column_names", nil),
		"COMPARISON":  {"left": anExpr, "right": anExpr},
		"CONJUNCTION": {"children": exprs},
		"CONSTANT":    leaves("value", nil),
		"FUNCTION": leaves("function_name schema catalog distinct is_operator", members{
			"children": exprs, "filter": anExpr, "order_bys": aModifier,
			"export_state": {form: absent, what: "EXPORT_STATE"}}),
		"LAMBDA":               {"lhs": anExpr, "expr": anExpr},
		"OPERATOR":             {"children": exprs},
		"POSITIONAL_REFERENCE": leaves("index", nil),
		"STAR": leaves("relation_name exclude_list qualified_exclude_list rename_list columns", members{
			"expr": anExpr, "replace_list": {form: many, family: &replaced}}),
		"SUBQUERY": leaves("subquery_type comparison_type", members{"subquery": aWhole, "child": anExpr}),
		"WINDOW": leaves("function_name schema catalog distinct ignore_nulls start end exclude_clause", members{
			"children": exprs, "partitions": exprs, "orders": orders, "arg_orders": orders, "filter_expr": anExpr,
			"start_expr": anExpr, "end_expr": anExpr, "offset_expr": anExpr, "default_expr": anExpr}),
	}}
}

var tableFunctions = set("unnest range generate_series")

// internalSchemas are DuckDB's own catalogs and schemas.
var internalSchemas = set("information_schema pg_catalog system temp")

// internalName says whether a name belongs to DuckDB's own views and functions.
// Tables the caller gives may bear such a name; WITH queries may not.
func internalName(name string) bool {
	name = fold(name)
	for _, p := range []string{"duckdb_", "pragma_", "sqlite_", "pg_", "information_schema"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

func sortedKeys(m object) []string { return slices.Sorted(maps.Keys(m)) }
