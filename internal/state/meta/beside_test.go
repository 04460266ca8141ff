package meta

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

const besideEnv = "VARLAKE_TEST_LOOK_BESIDE"

// TestStateStaysLocked: other processes that have the state open, such as engines that read the catalog, see that they
// are not the last to close it, who removes its log. After a crash as after any start, and whoever looked at the file
// before.
func TestStateStaysLocked(t *testing.T) {
	if path := os.Getenv(besideEnv); path != "" { // the other process
		file := must(os.Open(path))(t)
		// https://www.sqlite.org/src/file/src/os.h, SHARED_FIRST
		shared := syscall.Flock_t{Type: syscall.F_WRLCK, Start: 0x40000002, Len: 510}
		if err := syscall.FcntlFlock(file.Fd(), syscall.F_GETLK, &shared); err != nil {
			t.Fatal(err)
		}
		fmt.Println("locked:", shared.Type != syscall.F_UNLCK)
		return
	}
	f := newFixture(t)
	path := f.left(t)
	must(Inspect(f.ctx, path))(t)
	db := must(Open(f.ctx, path))(t)
	defer db.Close()
	must(Open(f.ctx, path))(t).Close()
	other := exec.Command(os.Args[0], "-test.run=^TestStateStaysLocked$")
	other.Env = append(os.Environ(), besideEnv+"="+path)
	if out, err := other.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "locked: true\n") {
		t.Errorf("%v: %s", err, out)
	}
}
