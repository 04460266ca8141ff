package warehouse

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMadeInTheFolderThatWasOpened: once another folder is in the place of the one that was opened, nothing is made,
// moved or removed in it; what is open already goes on in the first.
func TestMadeInTheFolderThatWasOpened(t *testing.T) {
	base := t.TempDir()
	data, away := filepath.Join(base, "data"), filepath.Join(base, "away")
	write := func(path, text string) {
		t.Helper()
		if err := MakeDirs(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	place := filepath.Join("tables", "t", "data")
	write(filepath.Join(data, place, "first"), "")
	folder, err := NewFolder(data, data)
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.makeFolder(filepath.Join(data, place, "job", "0")); err != nil {
		t.Fatal(err)
	}
	open, err := folder.Create(filepath.Join(data, place, "job", "0", "open"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(data, away); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(data, place, "foreign"), "")
	write(filepath.Join(data, place, "job", "0", "open"), "another's")

	for name, try := range map[string]func(path string) error{
		"a data file": func(path string) error { _, err := folder.Create(path); return err },
		"a file":      func(path string) error { _, err := folder.openNew(path, os.O_TRUNC); return err },
		"a folder":    folder.makeFolder,
		"a move":      func(path string) error { return folder.move(filepath.Join(data, place, "foreign"), path) },
		"a removal":   func(string) error { return folder.RemoveTree(filepath.Join(data, place)) },
		"an emptied file": func(string) error {
			_, err := folder.openNew(filepath.Join(data, place, "foreign"), os.O_TRUNC)
			return err
		},
	} {
		if err := try(filepath.Join(data, place, "new")); !errors.Is(err, ErrReplaced) {
			t.Errorf("%s: %v, want %v", name, err, ErrReplaced)
		}
	}
	// Whatever came to pass between the look and the act, the act is in the first folder.
	if err := folder.root.Mkdir(filepath.Join(place, "late"), OwnDir); err != nil {
		t.Error(err)
	}
	open.Abort()
	var left []string
	if err := filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			left = append(left, strings.TrimPrefix(path, filepath.Join(data, place)+"/"))
		} else if entry.Name() == "late" || entry.Name() == "new" {
			t.Errorf("%s was made", path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"foreign", "job/0/open"}; !slices.Equal(left, want) {
		t.Errorf("the other folder has %v, not %v", left, want)
	}
	if _, err := os.Stat(filepath.Join(away, place, "late")); err != nil {
		t.Error(err)
	}
}

// TestMadeThroughLinks: an absolute link to what is in the folder is followed, one that leads out of it is not, nor is
// ".." above it.
func TestMadeThroughLinks(t *testing.T) {
	base := t.TempDir()
	data := filepath.Join(base, "data")
	for _, dir := range []string{filepath.Join(data, "tables"), filepath.Join(data, "disk", "t"),
		filepath.Join(base, "out")} {
		if err := MakeDirs(dir); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"in": filepath.Join(data, "disk", "t"), "out": filepath.Join(base, "out")} {
		if err := os.Symlink(to, filepath.Join(data, "tables", link)); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := NewFolder(data, data)
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.makeFolder(filepath.Join(data, "tables", "in", "data", "job")); err != nil {
		t.Error(err)
	}
	f, err := folder.openNew(filepath.Join(data, "tables", "in", "data", "job", "f"), os.O_EXCL)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := os.Stat(filepath.Join(data, "disk", "t", "data", "job", "f")); err != nil {
		t.Error(err)
	}
	for _, path := range []string{filepath.Join(data, "tables", "out", "f"), data + "/tables/../../f", data,
		filepath.Join(base, "f")} {
		if _, err := folder.openNew(path, os.O_EXCL); !errors.Is(err, ErrOutside) {
			t.Errorf("%s: %v, want %v", path, err, ErrOutside)
		}
	}
}

func TestCreateKeepsFiles(t *testing.T) {
	path := filepath.Join(tableDir(t, "table"), "mine")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := folderOf(t, path).Create(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v, want one that the file exists", err)
	}
	if content, _ := os.ReadFile(path); string(content) != "mine" {
		t.Errorf("the file became %q", content)
	}
}
