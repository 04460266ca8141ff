package trino

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

type devCatalog map[string]*Table

func (c devCatalog) Table(schema, name string) (*Table, error) {
	if !strings.EqualFold(schema, "default") {
		return nil, nil
	}
	return c[strings.ToLower(name)], nil
}
func (c devCatalog) HasSchema(name string) (bool, error) { return strings.EqualFold(name, "default"), nil }

func TestDevCompile(t *testing.T) {
	b, err := os.ReadFile("/tmp/gold/tables.json")
	if err != nil {
		t.Skip(err)
	}
	var tables map[string]struct {
		Columns [][2]string
		Files   []string
	}
	json.Unmarshal(b, &tables)
	catalog := devCatalog{}
	for name, x := range tables {
		table := &Table{Schema: "default", Name: name}
		for _, c := range x.Columns {
			table.Columns = append(table.Columns, Column{c[0], c[1]})
		}
		catalog[name] = table
	}
	out, _ := os.Create("/tmp/gold/compiled.jsonl")
	defer out.Close()
	for _, g := range goldens(t) {
		line := map[string]any{"sql": g.SQL}
		func() {
			defer func() {
				if r := recover(); r != nil {
					line["panic"] = fmt.Sprint(r)
				}
			}()
			c, err := Compile(g.SQL, Session{Catalog: "awsdatacatalog", Schema: "default", User: "u", Now: time.Now()}, catalog)
			if err != nil {
				line["error"] = err.Error()
				return
			}
			line["duck"] = c.SQL
			var cols [][2]string
			for _, x := range c.Columns {
				cols = append(cols, [2]string{x.Name, x.Type.String()})
			}
			line["columns"] = cols
			uses := map[string]string{}
			for _, u := range c.Uses {
				uses[u.Alias] = u.Table.Name
			}
			line["uses"] = uses
		}()
		j, _ := json.Marshal(line)
		out.Write(append(j, '\n'))
	}
}
