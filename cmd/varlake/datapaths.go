package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// uploadsFolder is where uploadsBucket is in a data folder.
const uploadsFolder = "uploads"

// dataPaths are the files of a data folder.
type dataPaths struct{ dir string }

func (p dataPaths) state() string       { return filepath.Join(p.dir, "varlake.db") }
func (p dataPaths) lock() string        { return filepath.Join(p.dir, "lock") }
func (p dataPaths) runtime() string     { return filepath.Join(p.dir, "server.json") }
func (p dataPaths) uploads() string     { return filepath.Join(p.dir, uploadsFolder) }
func (p dataPaths) spill() string       { return filepath.Join(p.dir, spillFolder) }
func (p dataPaths) awsConfig() string   { return filepath.Join(p.dir, "aws", "config") }
func (p dataPaths) credentials() string { return filepath.Join(p.dir, "aws", "credentials") }

// findFolder gives the paths of the data folder that --data or VARLAKE_DATA names, which need not be there.
func findFolder(data string) (dataPaths, error) {
	if data == "" { // the empty path would be the working folder
		return dataPaths{}, usageError{errors.New("--data is empty: it is the data folder's path")}
	}
	dir, err := filepath.Abs(data)
	if err != nil {
		return dataPaths{}, fmt.Errorf("find data folder: %w", err)
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return dataPaths{}, fmt.Errorf("no data folder at %s: it is no folder", dir)
	}
	return dataPaths{dir}, nil
}

// mustExist is the error of a command that needs a data folder and must not make one.
func (p dataPaths) mustExist() error {
	fresh, err := p.fresh()
	if err == nil && fresh {
		err = fmt.Errorf("no data folder at %s; --data or VARLAKE_DATA names another, varlake serve or varlake reference import makes one", p.dir)
	}
	return err
}

// writeFile replaces a file in one step.
func writeFile(path string, content []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, content, mode); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
