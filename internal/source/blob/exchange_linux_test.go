package blob_test

import "golang.org/x/sys/unix"

// exchange has two files or folders take each other's name in one step.
func exchange(a, b string) error {
	return unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
}
