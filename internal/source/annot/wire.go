package annot

import (
	"encoding/json"
	"fmt"
	"strings"
)

// ParseLayout reads a tsvStoreOptions of the API, in JSON. It does not check what the layout says.
func ParseLayout(text []byte) (*Layout, error) {
	var wire struct {
		AnnotationType string
		FormatToHeader map[string]string
		Schema         []map[string]string
	}
	if err := json.Unmarshal(text, &wire); err != nil {
		return nil, fmt.Errorf("read layout: %w", err)
	}
	l := &Layout{AnnotationType: wire.AnnotationType, FormatToHeader: wire.FormatToHeader}
	for _, column := range wire.Schema {
		for name, text := range column { // one each
			t, ok := parseType(text)
			if !ok {
				return nil, fmt.Errorf("schema: column %s has the unknown type %s", quote(name), quote(text))
			}
			l.Schema = append(l.Schema, Column{name, t})
		}
	}
	return l, nil
}

// ParseReadOptions reads a readOptions of the API, in JSON. What it leaves out, or all when it is null, keeps its
// default. It does not check what the options say.
func ParseReadOptions(text []byte) (ReadOptions, error) {
	o := DefaultReadOptions()
	if err := json.Unmarshal(text, &o); err != nil {
		return o, fmt.Errorf("read options: %w", err)
	}
	return o, nil
}

// Place names the columns of a row's place: contig, start and end; empty for GENERIC, which knows none.
func (l *Layout) Place() (contig, first, last string) {
	c := l.coordinates()
	at, err := l.resolve()
	if err != nil || len(c.roles) == 0 {
		return "", "", ""
	}
	name := func(role int) string { return strings.ToLower(l.Schema[at[role]].Name) }
	if c.addsEnd {
		return name(chr), name(pos), "end"
	}
	return name(chr), name(start), name(end)
}
