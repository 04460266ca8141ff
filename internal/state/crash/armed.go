//go:build crash

package crash

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
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
