package warehouse

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOrphansAreNoOtherTablesFiles: what a link of a table leads to in another's folder, or in one of no store, is no
// orphan there, nor goes with that.
func TestOrphansAreNoOtherTablesFiles(t *testing.T) {
	dir := t.TempDir()
	tables := filepath.Join(dir, Tables)
	for _, file := range []string{
		"A/old/0", "A/stray", "B/ofA/1", "B/stray", "C/data/2", "D/stray", "big/3", "big/stray", "alone/stray",
	} {
		path := filepath.Join(tables, file)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"A/data": "../B/ofA", "A/more": "old", "same": "C", "D/data": filepath.Join(tables, "big"), "D/loop": "loop",
		"D/nowhere": "x", "alone/out": "/",
	} {
		if err := os.Symlink(target, filepath.Join(tables, link)); err != nil {
			t.Fatal(err)
		}
	}
	folder := mustFolder(t, dir, "/named")
	links, err := folder.Links()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, table := range []string{"A", "B", "C", "D", "big", "same", "alone"} {
		files, err := ListFiles(folder, folder.TableName(table))
		if err == nil {
			files, err = links.Spare(folder.TableName(table), files)
		}
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, file := range files {
			names = append(names, filepath.Base(file.Path))
		}
		if links.Lead(table) {
			names = append(names, "led to")
		}
		got[table] = strings.Join(names, " ")
	}
	want := map[string]string{"A": "stray", "B": "stray led to", "C": "led to", "D": "stray", "big": "led to",
		"same": "led to", "alone": "stray"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("orphans (-want +got):\n%s", diff)
	}
	for _, table := range []string{"B", "D", "alone"} {
		if err := folder.RemoveTable(folder.TableName(table)); err != nil {
			t.Fatal(err)
		}
	}
	for path, there := range map[string]bool{"B/ofA/1": true, "B/stray": false, "A/data/1": true, "D": false,
		"big/3": true, "alone": false} {
		if _, err := os.Stat(filepath.Join(tables, path)); (err == nil) != there {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A file that is written anew is no other folder's that has it by a hard link.
func TestOpenNewLeavesHardLinks(t *testing.T) {
	dir := tableDir(t, "t")
	folder := folderOf(t, dir)
	path, kept := filepath.Join(dir, "source.fa"), filepath.Join(t.TempDir(), "source.fa")
	if err := errors.Join(os.WriteFile(kept, []byte("kept"), 0o600), os.Link(kept, path)); err != nil {
		t.Fatal(err)
	}
	file, err := folder.openNew(path, os.O_TRUNC)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString("new")
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	old, oldErr := os.ReadFile(kept)
	now, nowErr := os.ReadFile(path)
	if diff := cmp.Diff([]string{"kept", "new"}, []string{string(old), string(now)}); diff != "" {
		t.Errorf("%s%v, %v", diff, oldErr, nowErr)
	}
}
