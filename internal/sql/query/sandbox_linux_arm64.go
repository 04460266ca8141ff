package query

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_AARCH64

var (
	legacyNever   []uint32
	legacyChanges []uint32
	legacyOpen    []refusal
)
