//go:build crash

package crash

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// passes is set in the children of TestPoints, which pass StateWrite: by Point, or by Hook where that is its value.
const passes = "VARLAKE_TEST_PASSES"

func TestMain(m *testing.M) {
	by := os.Getenv(passes)
	if by == "" {
		os.Exit(m.Run())
	}
	Point(TableCreate)
	if Hook(TableCreate) != nil {
		os.Exit(3)
	}
	pass := func() { Point(StateWrite) }
	if by == "hook" {
		if pass = Hook(StateWrite); pass == nil {
			os.Exit(4)
		}
	}
	pass()
	_, _ = os.Stdout.WriteString("once ")
	pass()
	_, _ = os.Stdout.WriteString("twice")
}

// The process is killed when it passes the point for the given time, by either way, and at no other point.
func TestPoints(t *testing.T) {
	for at, want := range map[string]string{
		StateWrite: "", StateWrite + ":1": "", StateWrite + ":2": "once ", StateWrite + ":3": "once twice",
	} {
		for _, by := range []string{"point", "hook"} {
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), "VARLAKE_CRASH_AT="+at, passes+"="+by)
			out, err := child.Output()
			var ended *exec.ExitError
			killed := errors.As(err, &ended) && ended.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
			if string(out) != want || killed != (want != "once twice") || !killed && err != nil {
				t.Errorf("%s by %s: %q, %v", at, by, out, err)
			}
		}
	}
}
