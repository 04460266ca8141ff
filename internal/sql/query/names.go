package query

import (
	"crypto/rand"
	"slices"
	"strings"
)

// tableName is the name of a table in lower case; schema is empty for the bare name, which is that of its view.
type tableName struct{ schema, name string }

// target is what a table's name leads to: its view, or nothing when the table is closed.
type target struct {
	view   string
	closed bool
}

// withName is a WITH query's name in lower case, and the name that it has in the statement that runs.
type withName struct{ name, runs string }

// fold makes names alike that DuckDB takes for one: it folds ASCII letters and nothing else. Unicode's folding would
// find a table or WITH name where DuckDB finds another (U+212A KELVIN SIGN is no k there).
func fold(name string) string {
	lower := []byte(name)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return string(lower)
}

// with checks the WITH queries of a node in order and makes their names visible to what follows.
//
// Which of its WITH names and tables DuckDB takes a name for is its own affair, and differs in corners: a recursion's
// first part does not see its own name, say. So that it cannot matter, a WITH name that a table has as well is replaced
// by one that nothing else has: what this walk takes for a WITH query can then be nothing but that, or an error.
func (g *gate) with(v any) error {
	m, ok := v.(object)
	list, ok2 := m["map"].([]any)
	if !ok || !ok2 || len(m) != 1 {
		return denied("the statement has a part that is not allowed: WITH")
	}
	for _, e := range list {
		entry, _ := e.(object)
		cte, ok := entry["value"].(object)
		name, ok2 := entry["key"].(string)
		if !ok || !ok2 || len(entry) != 2 {
			return denied("the statement has a part that is not allowed: WITH")
		}
		if internalName(name) {
			return denied("the name %s is not allowed in WITH", quoteIdent(name))
		}
		named := g.named(name)
		query, _ := cte["query"].(object)
		if node, _ := query["node"].(object); text(node, "type") == "RECURSIVE_CTE_NODE" && text(node, "cte_name") == name {
			node["cte_name"] = named.runs
			g.recursive = named
		}
		if err := g.walk(withEntry, cte); err != nil {
			return err
		}
		entry["key"] = named.runs
		g.scope = append(g.scope, named)
	}
	return nil
}

// named decides under which name a WITH query runs.
func (g *gate) named(name string) withName {
	lower := fold(name)
	_, table := g.tables[tableName{"", lower}]
	_, unicode := g.tables[tableName{"", strings.ToLower(name)}]
	if !table && !unicode && !strings.ContainsAny(name, fileMarks) {
		return withName{lower, name}
	}
	g.changed = true
	return withName{lower, "with_" + strings.ToLower(rand.Text())}
}

// recursion walks a recursive query: its own name is visible in its second part, not in its first, and not to its own
// WITH queries.
func (g *gate) recursion(node object) error {
	named := g.recursive
	g.recursive = withName{}
	if named.name == "" || text(node, "cte_name") != named.runs {
		return denied("a recursive query is not allowed here")
	}
	if err := g.with(node["cte_map"]); err != nil {
		return err
	}
	if err := g.walk(queryNode, node["left"]); err != nil {
		return err
	}
	g.scope = append(g.scope, named)
	return g.walk(queryNode, node["right"])
}

// fileMarks are characters of names that may stand for files.
const fileMarks = `./\:*?[]{}`

func (g *gate) table(node object) error {
	name, schema, catalog := text(node, "table_name"), text(node, "schema_name"), text(node, "catalog_name")
	lower := fold(name)
	if schema == "" && catalog == "" {
		for _, visible := range slices.Backward(g.scope) {
			if visible.name == lower {
				g.rename(node, visible.runs)
				return nil
			}
		}
	}
	if internalSchemas[fold(schema)] || internalSchemas[fold(catalog)] {
		return denied("table %s is not allowed", quoteIdent(schema)+"."+quoteIdent(name))
	}
	to, ok := g.tables[tableName{fold(schema), lower}]
	if !ok && !storeSchema.MatchString(fold(schema)) && !storeSchema.MatchString(fold(catalog)) {
		to, ok = g.tables[tableName{"", lower}]
	}
	if !ok {
		if internalName(name) || strings.ContainsAny(name, fileMarks) {
			return denied("table %s is not allowed", quoteIdent(name))
		}
		return &Error{Kind: NotFound, Message: "table " + quoteIdent(name) + " does not exist"}
	}
	if to.closed && !g.naming {
		return denied("table %s is not allowed", quoteIdent(name))
	}
	if !slices.Contains(g.used, to.view) {
		g.used = append(g.used, to.view)
	}
	if catalog == "" && (schema == "" || schema == "main") {
		return nil
	}
	full := []string{fold(schema), lower}
	if catalog != "" {
		full = append([]string{fold(catalog)}, full...)
	}
	g.dropped = append(g.dropped, full)
	if fold(to.view) != lower {
		g.rename(node, to.view)
	}
	node["schema_name"], node["catalog_name"] = "main", "" // not "", which could mean a WITH name
	g.changed = true
	return nil
}

// rename gives a table reference another name; its columns still go by the old one.
func (g *gate) rename(node object, to string) {
	from := text(node, "table_name")
	if fold(from) == fold(to) {
		return
	}
	node["table_name"], g.changed = to, true
	if text(node, "alias") == "" {
		node["alias"] = from
	}
}

// dropColumnQualifiers makes "db"."t"."c" into "t"."c" where "db"."t" became "t".
func (g *gate) dropColumnQualifiers() {
	for _, c := range g.columns {
		names, _ := c["column_names"].([]any)
		for _, full := range g.dropped {
			if len(names) <= len(full) {
				continue
			}
			same := true
			for i, part := range full {
				name, _ := names[i].(string)
				same = same && fold(name) == part
			}
			if same {
				c["column_names"], g.changed = names[len(full)-1:], true
				break
			}
		}
	}
}
