package own

import "github.com/varlake/varlake/internal/wire/omics"

// MaxStatement is how long a statement may be that a client sends, in bytes. The engine has a limit of its own.
const MaxStatement = 1 << 20

// Format is how the rows of a Query are written.
type Format string

// Formats.
const (
	Table  Format = "table" // columns in line, for people
	CSV    Format = "csv"
	TSV    Format = "tsv"
	JSON   Format = "json"   // one array of objects
	NDJSON Format = "ndjson" // an object a line
)

// maxWidth is the widest terminal that a table is fitted to, in characters.
const maxWidth = 10_000

// Dialect is whose SQL a statement is in.
type Dialect string

// Dialects.
const (
	Trino  Dialect = "trino" // which Athena speaks
	DuckDB Dialect = "duckdb"
)

// QueryIn is the request of Query.
type QueryIn struct {
	SQL     string  `json:"sql"`
	Format  Format  `json:"format"`  // empty: json
	Dialect Dialect `json:"dialect"` // empty: duckdb
	// of the format table alone: the terminal's width in characters, and how many rows are shown; 0: not known, all
	Width    int   `json:"width,omitempty"`
	Rows     int64 `json:"rows,omitempty"`
	Vertical bool  `json:"vertical,omitempty"` // a line for each value
}

// Validate checks the request, and sets what was left out.
func (in *QueryIn) Validate() error {
	switch in.Format {
	case "":
		in.Format = JSON
	case Table, CSV, TSV, JSON, NDJSON:
	default:
		return omics.Validation("format is table, csv, tsv, json or ndjson, not %q", string(in.Format))
	}
	if in.Width < 0 || in.Width > maxWidth {
		return omics.Validation("width is a number of characters from 0 to %d", maxWidth)
	}
	if in.Rows < 0 {
		return omics.Validation("rows is not negative")
	}
	switch in.Dialect {
	case "":
		in.Dialect = DuckDB
	case Trino, DuckDB:
	default:
		return omics.Validation("dialect is trino or duckdb, not %q", string(in.Dialect))
	}
	return nil
}

// ExportIn is the request of Export.
type ExportIn struct {
	Store string `json:"store"` // as a table is named in SQL
	// CONTIG, CONTIG:POS or CONTIG:FROM-TO, 1-based and inclusive; none: everywhere
	Regions []string `json:"regions,omitempty"`
	Samples []string `json:"samples,omitempty"`    // their columns, in this order; none: all
	Jobs    []string `json:"importJobs,omitempty"` // ids of import jobs; none: all
}

// Validate checks the request; what regions, samples and jobs there are is for the table to say.
func (in *ExportIn) Validate() error {
	if in.Store == "" {
		return omics.Validation("1 validation error detected: Value null at 'store' failed to satisfy constraint: " +
			"Member must not be null")
	}
	return nil
}
