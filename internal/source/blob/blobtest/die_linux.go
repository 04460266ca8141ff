package blobtest

import (
	"os/exec"
	"syscall"
)

// dieWithParent makes the kernel kill the command when the test process dies, however it dies.
func dieWithParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
