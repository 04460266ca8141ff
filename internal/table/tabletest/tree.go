package tabletest

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Tree gives the files below a folder, by their paths in it, and what is in them.
func Tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			var raw []byte
			raw, err = os.ReadFile(filepath.Join(dir, path))
			files[path] = string(raw)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
