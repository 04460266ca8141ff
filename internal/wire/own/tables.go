package own

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
)

// CheckIn is the request of Check.
type CheckIn struct {
	Store   string `json:"store,omitempty"`   // of a store, all its versions, or STORE__VERSION; empty: all
	Deep    bool   `json:"deep,omitempty"`    // decode every page of every column
	Orphans bool   `json:"orphans,omitempty"` // list the files that nothing refers to, instead
	Remove  bool   `json:"remove,omitempty"`  // with Orphans: remove them

	AcceptOlder bool `json:"acceptOlder,omitempty"` // with Remove: also of tables that the state is older than

	// Patience is for how many seconds a search for orphans waits for the upkeep of a table, and the removal for those who
	// read tables. Then the answer is a Wait, and the client may ask again; without it the answer waits, for readers some
	// minutes.
	Patience float64 `json:"patience,omitempty"`
}

// Validate checks the request.
func (in *CheckIn) Validate() error {
	switch {
	case badPatience(in.Patience):
		return errPatience()
	case in.Remove && !in.Orphans:
		return omics.Validation("remove is for orphans.")
	case in.AcceptOlder && !in.Remove:
		return omics.Validation("acceptOlder is for the removal of orphans.")
	case in.Orphans && in.Deep:
		return omics.Validation("deep is not for orphans.")
	}
	return nil
}

// CheckOut is the answer of Check: one of its members, as such.
type CheckOut struct {
	Findings *Findings
	Orphans  *Orphans // of a search for them
	Wait     *Wait    // it would have had to wait
}

// MarshalJSON writes the member that there is.
func (out *CheckOut) MarshalJSON() ([]byte, error) {
	switch {
	case out.Findings != nil:
		return json.Marshal(out.Findings)
	case out.Orphans != nil:
		return json.Marshal(out.Orphans)
	case out.Wait != nil:
		return json.Marshal(out.Wait)
	}
	return nil, errors.New("the answer of a check is empty")
}

// Findings are what a check looked at and found.
type Findings struct {
	Tables     int      `json:"tables"`
	Files      int      `json:"files"` // data files
	Bytes      int64    `json:"bytes"` // of them
	References int      `json:"references"`
	Findings   []string `json:"findings"`       // one line each, the first of them
	Found      int      `json:"found"`          // all
	Note       string   `json:"note,omitempty"` // what is no fault but good to know, a sentence
}

// Orphans are the files that nothing refers to, found or removed.
type Orphans struct {
	Orphans []Orphan `json:"orphans"` // the first of them
	Files   int      `json:"files"`   // all
	Bytes   int64    `json:"bytes"`   // of them
	Removed bool     `json:"removed"`
	// tables that cannot be read, or whose folder is a link elsewhere, with the reason, one line each: nobody can say what
	// they need
	Unknown []string `json:"unknown"`
	// tables that the state is older than, with the reason, one line each: nothing of them was removed
	Newer []string `json:"newer"`
	// tables that the state does not know, with their files and bytes, one line each: they are never removed
	Strange []string `json:"strange"`
}

// Orphan is a file that nothing refers to.
type Orphan struct {
	Path  string `json:"path"` // from the data folder on
	Bytes int64  `json:"bytes"`
}

// Wait says that nothing was done, and why.
type Wait struct {
	WaitsFor string    `json:"waitsFor"`
	Since    time.Time `json:"since"` // when that began
}

// UpkeepIn is the request of Upkeep.
type UpkeepIn struct {
	Store  string `json:"store"`  // as a table is named in SQL; empty: all tables of the account
	All    bool   `json:"all"`    // merge until each region is in as few files as may be
	Expire bool   `json:"expire"` // expire snapshots, and remove what they had and what nothing refers to
	DryRun bool   `json:"dryRun"` // only look

	// Patience is for how many seconds the upkeep of a table waits for other work on tables before the answer has a Wait,
	// too; without it the answer has none.
	Patience float64 `json:"patience,omitempty"`
}

// Validate checks the request.
func (in *UpkeepIn) Validate() error {
	if badPatience(in.Patience) {
		return errPatience()
	}
	return nil
}

// UpkeepLine is a line of the answer of Upkeep: of a table, or one that only says what the next table waits for.
type UpkeepLine struct {
	UpkeepReport
	Wait
}

// UpkeepReport is what was done for a table, or would be.
type UpkeepReport struct {
	Namespace   string    `json:"namespace"`
	Table       string    `json:"table"`
	Before      Footprint `json:"before"`
	After       Footprint `json:"after"`
	Compacted   Footprint `json:"compacted"` // what was written again
	Compactions int       `json:"compactions"`
	Expired     int       `json:"expiredSnapshots"`
	Removed     Footprint `json:"removed"` // of data and metadata
}

// Footprint is what files take on disk, such as those of a table's current snapshot.
type Footprint struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

func badPatience(seconds float64) bool { return !(seconds >= 0 && seconds <= 3600) }

func errPatience() error { return omics.Validation("patience is 0 to 3600 seconds.") }

// PatienceOf is the patience of a request, 0 for none. Who asks for one that is shorter than a second would be told
// without end.
func PatienceOf(seconds float64) time.Duration {
	if seconds == 0 {
		return 0
	}
	return time.Duration(max(1, seconds) * float64(time.Second))
}
