package meta

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestStateReplaced: a state that takes the place of the one that was opened is neither read nor written.
func TestStateReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "varlake.db")
	other, err := Open(t.Context(), filepath.Join(dir, "other.db"))
	if err == nil {
		err = other.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, suffix := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(path+suffix, filepath.Join(dir, "away.db"+suffix)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(filepath.Join(dir, "other.db"), path); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		if n == 8 {
			t.Fatal("all connections could be made")
		}
		connection, err := db.reader.Conn(t.Context())
		if errors.Is(err, errReplaced) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
	}
	if _, err := os.Stat(path + "-shm"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the other state was opened: %v", err)
	}
}
