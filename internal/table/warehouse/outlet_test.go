package warehouse

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is written is there whole or not at all, never over something, and never outside of its bucket.
func TestOutlet(t *testing.T) {
	dir, data, outside := t.TempDir(), t.TempDir(), t.TempDir()
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, unfinished, "old"), 0o700),
		os.MkdirAll(filepath.Join(dir, "empty"), 0o700), os.WriteFile(filepath.Join(dir, "file"), nil, 0o600),
		os.Symlink(outside, filepath.Join(dir, "link"))); err != nil {
		t.Fatal(err)
	}
	outlets, err := NewOutlets(map[string]string{"results": dir}, data)
	if err != nil {
		t.Fatal(err)
	}
	write := func(bucket, key string, commit bool) error {
		out, err := outlets.Begin(bucket, key, "id")
		if err != nil {
			return err
		}
		defer out.Close()
		file, err := out.Create("part")
		if err != nil {
			return err
		}
		if _, err := file.WriteString("x"); err != nil {
			return err
		}
		if err := file.Close(); err != nil || !commit {
			return err
		}
		return out.Commit()
	}
	for _, c := range []struct {
		bucket, key string
		commit      bool
		want        error
	}{
		{"results", "a/b/", true, nil}, {"results", "a/b", true, ErrPlaceTaken}, {"results", "a", true, ErrPlaceTaken},
		{"results", "given/up", false, nil}, {"results", "empty", true, nil}, {"results", "file", true, ErrPlaceTaken},
		{"other", "a", true, ErrNoOutlet}, {"results", "", true, ErrBadKey}, {"results", "../x", true, ErrBadKey},
		{"results", "/x", true, ErrBadKey}, {"results", "a//b", true, ErrBadKey},
		{"results", unfinished + "/x", true, ErrBadKey}, {"results", "link", true, ErrPlaceTaken},
	} {
		if err := write(c.bucket, c.key, c.commit); !errors.Is(err, c.want) {
			t.Errorf("%s %q: %v, want %v", c.bucket, c.key, err, c.want)
		}
	}
	if err := write("results", "link/x", true); err == nil {
		t.Error("a link leads out of the bucket")
	}
	var there []string
	for _, root := range []string{dir, outside} {
		if err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				there = append(there, path[len(root):])
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"/a/b/part", "/empty/part", "/file"}, there); diff != "" {
		t.Error(diff)
	}
	for _, dirs := range []string{data, filepath.Dir(data)} {
		if _, err := NewOutlets(map[string]string{"results": dirs}, data); err == nil {
			t.Errorf("%s is a bucket", dirs)
		}
	}
}
