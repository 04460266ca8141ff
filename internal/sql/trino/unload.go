package trino

import (
	"fmt"
	"strconv"
	"strings"
)

// WriteFiles is UNLOAD: the rows of the statement go to files.
type WriteFiles struct {
	To string
	// Format is PARQUET, JSON or CSV.
	Format string
	// Compression is in upper case; empty without.
	Compression string
}

// Word implements Change.
func (WriteFiles) Word() string { return "UNLOAD" }

// unload analyses UNLOAD, whose rows are the query's.
func (a *analyser) unload(u *Unload) *result {
	w := WriteFiles{To: u.To}
	known := map[string]*string{"format": &w.Format, "compression": &w.Compression}
	for _, p := range u.Properties {
		value := known[p.Name]
		if value == nil {
			a.fail("INVALID_TABLE_PROPERTY", p.Pos(), "UNLOAD has no property '%s' here", p.Name)
		}
		text, is := a.constantOf(p.Value).value.(string)
		if !is {
			a.fail("INVALID_TABLE_PROPERTY", p.Value.Pos(), "The property '%s' is a string", p.Name)
		}
		*value = strings.ToUpper(text)
	}
	compressions := map[string]string{"PARQUET": " GZIP SNAPPY ZSTD LZ4 NONE ", "JSON": " GZIP NONE ",
		"CSV": " GZIP NONE "}
	can, is := compressions[w.Format]
	switch {
	case w.Format == "":
		a.fail("INVALID_TABLE_PROPERTY", u.Pos(), "UNLOAD needs a format: WITH (format = 'PARQUET')")
	case !is:
		a.fail(NotSupported, u.Pos(), "The format %s is not supported: PARQUET, JSON or CSV", w.Format)
	case w.Compression != "" && !strings.Contains(can, " "+w.Compression+" "):
		a.fail(NotSupported, u.Pos(), "Files of %s are compressed by one of%s, not by %s", w.Format,
			strings.TrimSuffix(can, " "), w.Compression)
	}
	r := a.query(u.Query, &scope{})
	if len(r.fields) > maxKeptColumns {
		a.fail(TooComplex, u.Pos(), "There are more than %d columns", maxKeptColumns)
	}
	a.change = w
	return r
}

// Counted is a statement that answers a number of rows, as Trino answers what has written them.
func Counted(n int64) *Compiled {
	a := &analyser{}
	count := constant(0, tBigint, fmt.Sprintf("CAST(%s AS BIGINT)", strconv.FormatInt(n, 10)), n)
	return a.compiled(a.knownRows([]string{"rows"}, []*Type{tBigint}, [][]*node{{count}}))
}
