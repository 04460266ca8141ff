package own

import (
	"slices"
	"strings"

	"github.com/varlake/varlake/internal/wire/omics"
)

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
	// with columns of types of their own
	Parquet Format = "parquet"
	Arrow   Format = "arrow" // a stream of its IPC
)

// Formats are all of them.
var Formats = []Format{Table, CSV, TSV, JSON, NDJSON, Parquet, Arrow}

// FormatNames lists the formats for people.
const FormatNames = "table, csv, tsv, json, ndjson, parquet or arrow"

// MediaTypes are those of the formats.
var MediaTypes = map[Format]string{
	Table: "text/plain; charset=utf-8", CSV: "text/csv; charset=utf-8",
	TSV: "text/tab-separated-values; charset=utf-8", JSON: "application/json", NDJSON: "application/x-ndjson",
	Parquet: "application/vnd.apache.parquet", Arrow: "application/vnd.apache.arrow.stream",
}

// accepted is the format of the first media type of a header that is one's.
func accepted(header string) Format {
	for part := range strings.SplitSeq(header, ",") {
		wanted, _, _ := strings.Cut(part, ";")
		for _, format := range Formats {
			media, _, _ := strings.Cut(MediaTypes[format], ";")
			if strings.EqualFold(strings.TrimSpace(wanted), media) {
				return format
			}
		}
	}
	return JSON
}

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
	Format  Format  `json:"format"`  // empty: as Accept says, else json
	Dialect Dialect `json:"dialect"` // empty: trino
	// of the format table alone: the terminal's width in characters, and how many rows are shown; 0: not known, all
	Width    int   `json:"width,omitempty"`
	Rows     int64 `json:"rows,omitempty"`
	Vertical bool  `json:"vertical,omitempty"` // a line for each value
	// media types, of which the first that is a format's is meant
	Accept string `json:"-" header:"Accept"`
}

// Validate checks the request, and sets what was left out.
func (in *QueryIn) Validate() error {
	if in.Format == "" {
		in.Format = accepted(in.Accept)
	}
	if !slices.Contains(Formats, in.Format) {
		return omics.Validation("format is %s, not %q", FormatNames, string(in.Format))
	}
	if in.Width < 0 || in.Width > maxWidth {
		return omics.Validation("width is a number of characters from 0 to %d", maxWidth)
	}
	if in.Rows < 0 {
		return omics.Validation("rows is not negative")
	}
	switch in.Dialect {
	case "":
		in.Dialect = Trino
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
