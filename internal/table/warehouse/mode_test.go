package warehouse

import (
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// TestMakeDirsSideBySide: folders that are made within each other at one time all take after the one that is shared.
func TestMakeDirsSideBySide(t *testing.T) {
	shared := filepath.Join(t.TempDir(), "shared")
	if err := os.Mkdir(shared, OwnDir); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(shared, SharedDir); err != nil {
		t.Fatal(err)
	}
	for round := range 500 {
		job := filepath.Join(shared, strconv.Itoa(round))
		dirs := []string{job, filepath.Join(job, "0", "1"), filepath.Join(job, "1", "1"), filepath.Join(job, "0", "2")}
		var group sync.WaitGroup
		for _, dir := range dirs {
			group.Go(func() {
				if err := MakeDirs(dir); err != nil {
					t.Error(err)
				}
				if !IsShared(dir) { // a file made in it now would not be
					t.Errorf("%s is not shared", dir)
				}
			})
		}
		group.Wait()
	}
}
