// Package own is the contract of the operations that Varlake has beside AWS's: SQL over the stores, their export as
// VCF, their check and their upkeep. They are called as HealthOmics' own are, by signed requests of rest-json with the
// errors of package omics, whose tags for members hold here too.
//
// Answers may be long. One that is made as it is sent is no struct but what its operation writes into an [Answer]; when
// it fails after its beginning it is broken off, and [Broken] tells why.
package own

import (
	"io"

	"github.com/varlake/varlake/internal/wire/omics"
)

// The operations.
var (
	// Query runs one SELECT over the caller's tables; its answer is the rows, as QueryIn.Format says.
	Query = omics.Operation{
		Name: "query", Method: "POST", Path: "/varlake/query", Status: 200,
		Action: "athena:StartQueryExecution", Resources: []string{"workgroup/primary"}, Body: omics.SchemaBody,
	}
	// Export writes the records of a store as VCF; its answer is the text, with a Warning for what may surprise, and the
	// number of Records.
	Export = omics.Operation{
		Name: "export", Method: "POST", Path: "/varlake/export", Status: 200,
		Action: "athena:StartQueryExecution", Resources: []string{"workgroup/primary"}, Body: omics.SchemaBody,
	}
	// Upkeep merges the small data files of tables and expires snapshots; its answer is a JSON object a line, each an
	// UpkeepLine.
	Upkeep = omics.Operation{
		Name: "upkeep", Method: "POST", Path: "/varlake/upkeep", Status: 200,
		Action: "varlake:Compact", Resources: []string{"*"},
	}
	// Check looks for what is wrong with tables, or for files that nothing refers to, and removes those: then its action
	// is RemoveOrphans.
	Check = omics.Operation{
		Name: "check", Method: "POST", Path: "/varlake/check", Status: 200,
		Action: "varlake:Check", Resources: []string{"*"},
	}
	// Broken tells why an answer of the caller's account broke off.
	Broken = omics.Operation{Name: "broken", Method: "POST", Path: "/varlake/broken", Status: 200, Free: true}
)

// RemoveOrphans is the action of a Check that removes files.
const RemoveOrphans = "varlake:RemoveOrphans"

// Operations holds every operation of Varlake's own.
var Operations = []omics.Operation{Query, Export, Upkeep, Check, Broken}

// Headers of answers.
const (
	WarningHeader  = "X-Varlake-Warning" // of Export, one for each
	RecordsTrailer = "X-Varlake-Records" // of a whole Export: how many records it has
)

// Answer takes an answer that is made as it is sent. Not safe for concurrent use.
type Answer interface {
	io.Writer
	// Type gives the media type, before anything is written.
	Type(media string)
	// Warn tells what may surprise in what follows, before anything is written.
	Warn(text string)
	// Count says that Records will be told, before anything is written.
	Count()
	// Records tells how many records the answer has, once it was written.
	Records(n int64)
	// Flush has the reader see what was written.
	Flush() error
}

// BrokenIn is the request of Broken.
type BrokenIn struct {
	RequestID string `json:"requestId"` // of the answer
}

// Validate checks the request.
func (in *BrokenIn) Validate() error { return nil }

// BrokenOut is the answer of Broken.
type BrokenOut struct {
	Message string `json:"message"`
}
