package crash

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
)

// The points at which the crash tests end the process, by what is on disk then.
const (
	crashTableCreate         = "table-create"          // table made, not yet ACTIVE
	crashReferenceMidfile    = "reference-midfile"     // reference copied, not yet FINISHED
	crashItemMidfile         = "item-midfile"          // some chunks of an item imported
	crashItemStopped         = "item-stopped"          // item failed or was cancelled, its files still there
	crashItemBeforeFinish    = "item-before-finish"    // files written, item not yet final
	crashItemAfterFinish     = "item-after-finish"     // item final
	crashFinishBeforeCommit  = "finish-before-commit"  // all items final, no snapshot yet
	crashCommitFile          = "commit-file"           // a manifest, a manifest list or a metadata file written
	crashFinishAfterMetadata = "finish-after-metadata" // snapshot written, pointer not yet swapped
	crashCleanMidway         = "clean-midway"          // of a final job's folder a part was removed
	crashCleanBeforeMark     = "clean-before-mark"     // all was removed, not yet noted
	crashTableDelete         = "table-delete"          // a table's files removed, its row still there
	crashStoreDelete         = "store-delete"          // all tables removed, the store's row still there
	crashFinishAfterCommit   = "finish-after-commit"   // pointer swapped and job final
	crashCompactAfterFiles   = "compact-after-files"   // compacted files written, no snapshot yet
	crashCompactAfterMeta    = "compact-after-meta"    // snapshot written, pointer not yet swapped
	crashCompactAfterSwap    = "compact-after-swap"    // pointer swapped, not yet noted
	crashExpireAfterMeta     = "expire-after-meta"     // metadata written, pointer not yet swapped
	crashExpireAfterSwap     = "expire-after-swap"     // pointer swapped, files of expired snapshots still there
	crashRelocateAfterMeta   = "relocate-after-meta"   // metadata for the new place written, pointer not yet swapped
	crashRelocateAfterSwap   = "relocate-after-swap"   // pointer swapped, metadata for the old place still there
	crashStateWrite          = "state-write"           // any transaction of the state committed
)

// crashAt and crashCount come from VARLAKE_CRASH_AT=POINT[:COUNT]: the process kills itself, as kill -9
// would, when it passes POINT for the COUNT-th time. For tests of recovery with real processes.
var (
	crashAt    string
	crashCount atomic.Int64
)

func init() {
	point, count, _ := strings.Cut(os.Getenv("VARLAKE_CRASH_AT"), ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		n = 1
	}
	crashAt = point
	crashCount.Store(n)
}

func crashPoint(point string) {
	if crashAt == point && crashCount.Add(-1) == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// crashInside makes points of what other rooms write.
func crashInside(db *meta.DB) {
	switch crashAt {
	case crashStateWrite:
		db.Committed = func() { crashPoint(crashStateWrite) }
	case crashCommitFile:
		lake.MetadataWritten = func() { crashPoint(crashCommitFile) }
	}
}
