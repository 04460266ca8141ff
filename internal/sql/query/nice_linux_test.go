package query

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestWorkersGiveWay: every thread of a worker has the niceness of queries, those that it started itself too.
func TestWorkersGiveWay(t *testing.T) {
	raw, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := strconv.Itoa(min(19, 20-raw+workerNice))
	w, err := startWorker("")
	if err != nil {
		t.Fatal(err)
	}
	defer w.stop()
	if kind, _, err := readFrame(w.out, nil, maxFrame); err != nil || kind != frameHello {
		t.Fatalf("the worker says %q, %v", kind, err)
	}
	stats, err := filepath.Glob("/proc/" + strconv.Itoa(w.cmd.Process.Pid) + "/task/*/stat")
	if err != nil || len(stats) < 2 {
		t.Fatalf("%d threads, %v", len(stats), err)
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue // it has ended
		}
		if err != nil {
			t.Fatal(err)
		}
		// proc(5): the name in brackets is the second field, the niceness the 19th
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); fields[16] != want {
			t.Errorf("%s: niceness %s, want %s", path, fields[16], want)
		}
	}
}
