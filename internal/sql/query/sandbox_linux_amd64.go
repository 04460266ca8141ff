package query

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_X86_64

// Calls that newer architectures have only in their "at" form.
var (
	legacyNever = []uint32{unix.SYS_MKNOD, unix.SYS_LINK, unix.SYS_SYMLINK, unix.SYS_CHMOD, unix.SYS_CHOWN,
		unix.SYS_LCHOWN, unix.SYS_UTIME, unix.SYS_UTIMES, unix.SYS_FUTIMESAT, unix.SYS_FORK, unix.SYS_VFORK}
	legacyChanges = []uint32{unix.SYS_CREAT, unix.SYS_MKDIR, unix.SYS_RMDIR, unix.SYS_UNLINK, unix.SYS_RENAME}
	legacyOpen    = []refusal{{nr: unix.SYS_OPEN, errno: unix.EACCES, arg: 1, mask: writing}}
)
