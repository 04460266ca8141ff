package own

import "github.com/varlake/varlake/internal/wire/omics"

// MaxStatement is how long a statement may be that a client sends, in bytes. The engine has a limit of its own.
const MaxStatement = 1 << 20

// Format is how the rows of a Query are written.
type Format string

// Formats.
const (
	Table Format = "table" // columns in line, for people
	CSV   Format = "csv"
	JSON  Format = "json" // one array of objects
)

// QueryIn is the request of Query.
type QueryIn struct {
	SQL    string `json:"sql"`
	Format Format `json:"format"` // empty: json
}

// Validate checks the request, and sets what was left out.
func (in *QueryIn) Validate() error {
	switch in.Format {
	case "":
		in.Format = JSON
	case Table, CSV, JSON:
	default:
		return omics.Validation("format is table, csv or json, not %q", string(in.Format))
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
