package query

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// confine gives up, for the rest of this process, what running a query does
// not need, and says which layers the kernel granted. It must be called on the
// thread that will use DuckDB, before DuckDB starts threads of its own: they
// inherit what is given up here.
//
//   - Limits: no core dump, no growing of any file, memory.
//   - seccomp, for all threads: no opening for writing, no change to any file
//     or folder, no sockets, no new programs, no access to other processes.
//   - Landlock, for this thread and those it starts: reading the pinned files
//     and nothing else; with a spill folder, writing inside that folder only.
//
// Spilling needs a kernel with Landlock, because seccomp cannot tell one folder
// from another; without it spill is false and the folder is left alone.
func confine(req *request) (layers string, spill bool, err error) {
	if err := limit(req); err != nil {
		return "", false, err
	}
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	landlocked := errno == 0
	spill = landlocked && req.SpillDir != ""
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return "", false, fmt.Errorf("set no_new_privs: %w", err)
	}
	if landlocked {
		if err := landlock(int(abi), req, spill); err != nil {
			return "", false, fmt.Errorf("restrict files: %w", err)
		}
		layers = fmt.Sprintf("landlock%d ", abi)
	}
	if err := seccomp(spill); err != nil {
		return "", false, fmt.Errorf("restrict system calls: %w", err)
	}
	return layers + "seccomp", spill, nil
}

// limit sets the process limits. Memory is counted from what the process has
// now: the engine's own limit covers its buffers, this one everything else,
// such as one huge string, which DuckDB does not count.
func limit(req *request) error {
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0) // may be refused; then the default stays
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return fmt.Errorf("read own size: %w", err)
	}
	var size, resident, shared, text, lib, data uint64
	if _, err := fmt.Sscan(string(statm), &size, &resident, &shared, &text, &lib, &data); err != nil {
		return fmt.Errorf("read own size: %w", err)
	}
	limits := map[int]uint64{
		unix.RLIMIT_CORE: 0,
		unix.RLIMIT_DATA: data*uint64(os.Getpagesize()) + uint64(req.MemoryLimit) + uint64(req.MemoryLimit)/4 + 256<<20,
	}
	if req.SpillDir == "" {
		limits[unix.RLIMIT_FSIZE] = 0
	}
	for which, max := range limits {
		if err := unix.Setrlimit(which, &unix.Rlimit{Cur: max, Max: max}); err != nil {
			return fmt.Errorf("set limit %d: %w", which, err)
		}
	}
	return nil
}

func landlock(abi int, req *request, spill bool) error {
	handled := uint64(1<<13 - 1) // every right of ABI 1
	for min, right := range map[int]uint64{2: unix.LANDLOCK_ACCESS_FS_REFER, 3: unix.LANDLOCK_ACCESS_FS_TRUNCATE,
		5: unix.LANDLOCK_ACCESS_FS_IOCTL_DEV} {
		if abi >= min {
			handled |= right
		}
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: handled}
	if abi >= 4 {
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if abi >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if errno != 0 {
		return errno
	}
	defer unix.Close(int(fd))
	allow := func(path string, rights uint64) error {
		file, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			return &os.PathError{Op: "open", Path: path, Err: err}
		}
		defer unix.Close(file)
		rule := unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(file)}
		_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, fd, unix.LANDLOCK_RULE_PATH_BENEATH,
			uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
		if errno != 0 {
			return &os.PathError{Op: "allow", Path: path, Err: errno}
		}
		return nil
	}
	for _, t := range req.Tables {
		for _, f := range t.Files {
			if err := allow(f, unix.LANDLOCK_ACCESS_FS_READ_FILE); err != nil {
				return err
			}
		}
	}
	if spill {
		rights := handled & (unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR |
			unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_MAKE_REG |
			unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE)
		if err := allow(req.SpillDir, rights); err != nil {
			return err
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// refusal is a system call that fails with errno, or only when the low half of
// one of its arguments has a bit of mask set.
type refusal struct {
	nr    uint32
	errno syscall.Errno
	arg   uint32
	mask  uint32
}

const writing = unix.O_WRONLY | unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC

// changes are the calls that change files and folders. Those with a spill folder must stay; Landlock confines them.
var changes = []uint32{
	unix.SYS_MKDIRAT, unix.SYS_UNLINKAT, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_TRUNCATE, unix.SYS_FTRUNCATE,
	unix.SYS_FALLOCATE,
}

var never = []uint32{
	unix.SYS_MKNODAT, unix.SYS_LINKAT, unix.SYS_SYMLINKAT, unix.SYS_FCHMOD, unix.SYS_FCHMODAT, unix.SYS_FCHMODAT2,
	unix.SYS_FCHOWN,
	unix.SYS_FCHOWNAT, unix.SYS_UTIMENSAT, unix.SYS_SETXATTR, unix.SYS_LSETXATTR, unix.SYS_FSETXATTR, unix.SYS_REMOVEXATTR,
	unix.SYS_LREMOVEXATTR, unix.SYS_FREMOVEXATTR, unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_CONNECT, unix.SYS_BIND,
	unix.SYS_LISTEN,
	unix.SYS_ACCEPT, unix.SYS_ACCEPT4, unix.SYS_EXECVE, unix.SYS_EXECVEAT, unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV,
	unix.SYS_PROCESS_VM_WRITEV, unix.SYS_KILL, unix.SYS_TKILL, unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD,
	unix.SYS_PIDFD_SEND_SIGNAL,
	unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_BPF,
	unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD, unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
	unix.SYS_INIT_MODULE,
	unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE, unix.SYS_KEXEC_LOAD, unix.SYS_REBOOT, unix.SYS_SWAPON, unix.SYS_SWAPOFF,
	unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME, unix.SYS_SETUID, unix.SYS_SETGID, unix.SYS_SETRESUID, unix.SYS_SETRESGID,
	unix.SYS_CAPSET, unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_ADJTIMEX, unix.SYS_CLOCK_ADJTIME,
	unix.SYS_ACCT,
	unix.SYS_QUOTACTL, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_MEMFD_CREATE, unix.SYS_OPEN_TREE, unix.SYS_MOVE_MOUNT,
	unix.SYS_FSOPEN,
	unix.SYS_FSMOUNT, unix.SYS_FSCONFIG, unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR, unix.SYS_SETRLIMIT, unix.SYS_IO_SETUP,
}

func seccomp(spill bool) error {
	list := []refusal{
		{nr: unix.SYS_OPENAT2, errno: unix.ENOSYS}, // its flags lie in memory that a filter cannot see
		{nr: unix.SYS_IO_URING_SETUP, errno: unix.ENOSYS},
		{nr: unix.SYS_PRLIMIT64, errno: unix.EPERM, arg: 2, mask: ^uint32(0)}, // reading limits is fine, setting them is not
	}
	for _, nr := range never {
		list = append(list, refusal{nr: nr, errno: unix.EPERM})
	}
	for _, nr := range legacyNever {
		list = append(list, refusal{nr: nr, errno: unix.EPERM})
	}
	if !spill {
		list = append(list, refusal{nr: unix.SYS_OPENAT, errno: unix.EACCES, arg: 2, mask: writing})
		for _, nr := range append(changes[:len(changes):len(changes)], legacyChanges...) {
			list = append(list, refusal{nr: nr, errno: unix.EPERM})
		}
		list = append(list, legacyOpen...)
	}
	filter := program(list)
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	tid, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return errno
	}
	if tid != 0 {
		return fmt.Errorf("thread %d cannot be restricted", tid)
	}
	return nil
}

// program compiles refusals to a classic BPF program over struct seccomp_data
// {nr, arch, instruction pointer, six 64-bit arguments}.
func program(list []refusal) []unix.SockFilter {
	const (
		load   = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		bits   = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
		atMost = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		ret    = unix.BPF_RET | unix.BPF_K
	)
	p := []unix.SockFilter{
		{Code: load, K: 4},
		{Code: equal, K: auditArch, Jt: 1},
		{Code: ret, K: unix.SECCOMP_RET_KILL_PROCESS},
		{Code: load, K: 0},
		{Code: atMost, K: 0x40000000, Jf: 1}, // the x32 calls, which no one needs
		{Code: ret, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)},
	}
	for _, r := range list {
		fail := unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ERRNO | uint32(r.errno)}
		if r.mask == 0 {
			p = append(p, unix.SockFilter{Code: equal, K: r.nr, Jf: 1}, fail)
			continue
		}
		p = append(p,
			unix.SockFilter{Code: equal, K: r.nr, Jf: 4},
			unix.SockFilter{Code: load, K: 16 + 8*r.arg},
			unix.SockFilter{Code: bits, K: r.mask, Jf: 1},
			fail,
			unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ALLOW})
	}
	return append(p, unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ALLOW})
}

// workerAttr keeps a terminal's Ctrl-C from reaching the worker: the caller's context ends it.
func workerAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// workerNice is the niceness of queries above the server's: more than that of imports (5), so that these keep a third
// of the processors however many queries run.
const workerNice = 9

// giveWay lets all threads of a worker that has just started, and those that it starts itself, give way to the
// server's.
func giveWay(pid int) error {
	raw, err := syscall.Getpriority(syscall.PRIO_PROCESS, pid)
	if err != nil {
		return err
	}
	return syscall.Setpriority(syscall.PRIO_PGRP, pid, 20-raw+workerNice) // the system call gives 20 less the niceness
}

// selfPath names this program even after its file was replaced.
func selfPath() (string, error) { return "/proc/self/exe", nil }
