// Package crash ends the process at named points, for tests of recovery with real processes.
package crash

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// The points at which the crash tests end the process, by what is on disk then.
const (
	TableCreate         = "table-create"          // table made, not yet ACTIVE
	ReferenceMidfile    = "reference-midfile"     // reference copied, not yet FINISHED
	ItemMidfile         = "item-midfile"          // some chunks of an item imported
	ItemStopped         = "item-stopped"          // item failed or was cancelled, its files still there
	ItemBeforeFinish    = "item-before-finish"    // files written, item not yet final
	ItemAfterFinish     = "item-after-finish"     // item final
	FinishBeforeCommit  = "finish-before-commit"  // all items final, no snapshot yet
	CommitFile          = "commit-file"           // a manifest, a manifest list or a metadata file written
	FinishAfterMetadata = "finish-after-metadata" // snapshot written, pointer not yet swapped
	CleanMidway         = "clean-midway"          // of a final job's folder a part was removed
	CleanBeforeMark     = "clean-before-mark"     // all was removed, not yet noted
	TableDelete         = "table-delete"          // a table's files removed, its row still there
	StoreDelete         = "store-delete"          // all tables removed, the store's row still there
	FinishAfterCommit   = "finish-after-commit"   // pointer swapped and job final
	CompactAfterFiles   = "compact-after-files"   // compacted files written, no snapshot yet
	CompactAfterMeta    = "compact-after-meta"    // snapshot written, pointer not yet swapped
	CompactAfterSwap    = "compact-after-swap"    // pointer swapped, not yet noted
	ExpireAfterMeta     = "expire-after-meta"     // metadata written, pointer not yet swapped
	ExpireAfterSwap     = "expire-after-swap"     // pointer swapped, files of expired snapshots still there
	RelocateAfterMeta   = "relocate-after-meta"   // metadata for the new place written, pointer not yet swapped
	RelocateAfterSwap   = "relocate-after-swap"   // pointer swapped, metadata for the old place still there
	StateWrite          = "state-write"           // any transaction of the state committed
)

// armed and left come from VARLAKE_CRASH_AT=POINT[:COUNT]: the process kills itself, as kill -9
// would, when it passes POINT for the COUNT-th time. For tests of recovery with real processes.
var (
	armed string
	left  atomic.Int64
)

func init() {
	point, count, _ := strings.Cut(os.Getenv("VARLAKE_CRASH_AT"), ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		n = 1
	}
	armed = point
	left.Store(n)
}

// Point ends the process when this is the point that was asked for, passed for the COUNT-th time.
func Point(point string) {
	if armed == point && left.Add(-1) == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// Hook is a function that passes a point, nil when nobody asked for that one: for rooms below that know of no points.
func Hook(point string) func() {
	if armed != point {
		return nil
	}
	return func() { Point(point) }
}
