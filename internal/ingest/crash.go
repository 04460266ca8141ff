package ingest

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// The points at which the crash tests end the process, in the order that a job passes them.
const (
	crashStoreCreate         = "store-create"          // table made, store not yet ACTIVE
	crashVersionCreate       = "version-create"        // table made, version not yet ACTIVE
	crashReferenceMidfile    = "reference-midfile"     // reference copied, not yet FINISHED
	crashItemMidfile         = "item-midfile"          // some chunks of an item imported
	crashItemBeforeFinish    = "item-before-finish"    // files written, item not yet final
	crashItemAfterFinish     = "item-after-finish"     // item final
	crashFinishBeforeCommit  = "finish-before-commit"  // all items final, no snapshot yet
	crashFinishAfterMetadata = "finish-after-metadata" // snapshot written, pointer not yet swapped
	crashVersionDelete       = "version-delete"        // files removed, row still there
	crashFinishAfterCommit   = "finish-after-commit"   // pointer swapped and job final
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
