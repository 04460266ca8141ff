//go:build linux && !amd64 && !arm64

package query

// auditArch 0: no system call filter is written for this architecture.
const auditArch = 0

var (
	legacyNever   []uint32
	legacyChanges []uint32
	legacyOpen    []refusal
)
