package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/varlake/varlake/internal/table/warehouse"
)

const spillFolder = "tmp"

// storePlaces are where a store's files or a link to them may be.
var storePlaces = []string{"tables", "references", "tables/*", "references/*", "tables/*/data", "tables/*/metadata",
	"references/*/*"}

// apart refuses a data folder whose tables or references are, by links, in one place with uploads/ or tmp/, which a
// start empties. The error names no path but those in the folder. It looks at what the patterns name, which is
// storePlaces or a part of it.
func (p dataPaths) apart(patterns ...string) error {
	passing := map[string]string{}
	for _, name := range []string{uploadsFolder, spillFolder} {
		if real, err := filepath.EvalSymlinks(filepath.Join(p.dir, name)); err == nil {
			passing[name] = real
		} else if !isNotExist(err) {
			return fmt.Errorf("find %s: %w", name, err)
		}
	}
	names, err := p.named(patterns)
	if err != nil {
		return err
	}
	for _, name := range names {
		path := filepath.Join(p.dir, name)
		if real, err := filepath.EvalSymlinks(path); err == nil && (warehouse.IsLink(path) || !strings.Contains(name, "/")) {
			if err := apartFrom(passing, name, real); err != nil {
				return err
			}
		}
	}
	return nil
}

// named lists what patterns name in the data folder.
func (p dataPaths) named(patterns []string) (names []string, err error) {
	for _, pattern := range patterns {
		some, err := fs.Glob(os.DirFS(p.dir), pattern)
		if err != nil {
			return nil, fmt.Errorf("look for links: %w", err)
		}
		names = append(names, some...)
	}
	return names, nil
}

func apartFrom(passing map[string]string, name, real string) error {
	for other, place := range passing {
		if within(place, real) || within(real, place) {
			return fmt.Errorf("%s and %s in the data folder are, by a link, in one place, and %s is emptied by every start: "+
				"put %[1]s elsewhere in the folder", name, other, other)
		}
	}
	return nil
}

// own are the places of the data folder whose files are no bucket's: all but what is handed over, and what links to
// stores lead to.
func (p dataPaths) own() (places []string, err error) {
	for _, name := range dataEntries {
		if name != uploadsFolder {
			places = append(places, filepath.Join(p.dir, name))
		}
	}
	places = append(places, p.awsConfig(), p.credentials())
	places = append(places, p.stateFiles()...)
	names, err := p.named(storePlaces)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if path := filepath.Join(p.dir, name); warehouse.IsLink(path) {
			places = append(places, path)
		}
	}
	return places, nil
}

// holds reports whether a file, by its path without links, is in the data folder.
func (p dataPaths) holds(path string) bool {
	dir, err := filepath.EvalSymlinks(p.dir)
	return err == nil && within(dir, path)
}

// stateFiles are the state and what SQLite has beside it.
func (p dataPaths) stateFiles() []string {
	return []string{p.state(), p.state() + "-wal", p.state() + "-shm"}
}

func within(dir, path string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// unshared refuses a data folder whose state is another's too, by hard links: what is written to it here would change
// it there.
func (p dataPaths) unshared() error {
	var names, ways []string
	for _, path := range append(p.stateFiles(), p.lock()) {
		info, err := os.Stat(path)
		if isNotExist(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look at the state: %w", err)
		}
		if links(info) > 1 {
			name := filepath.Base(path)
			names, ways = append(names, name), append(ways, fmt.Sprintf("cp -p %s x && mv x %[1]s", name))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("%s in %s is another folder's, too, by a hard link, as cp -al, rsnapshot and rsync --link-dest make them: what is written here would "+
		"change it there. Nothing was changed. While no server runs on either, in the copy: %s", strings.Join(names, ", "),
		p.dir, strings.Join(ways, " && "))
}

// leftovers removes what commands that were killed left at the top of the data folder. The folder is locked.
func (p dataPaths) leftovers() error {
	probes, err := fs.Glob(os.DirFS(p.dir), probePrefix+"*")
	if err != nil {
		return fmt.Errorf("look for what was left: %w", err)
	}
	beside := filepath.Base(p.besides())
	for _, name := range append(probes, ".ready", beside, beside+"-wal", beside+"-shm") {
		if err := os.Remove(filepath.Join(p.dir, name)); err != nil && !isNotExist(err) {
			return fmt.Errorf("remove what was left: %w", err)
		}
	}
	return nil
}

// emptySpill takes away what queries of an earlier process spilled, none of which can be running, and makes the folder
// if there is none. What is there by other names stays.
func (p dataPaths) emptySpill() error {
	dir := p.spill()
	if err := os.Remove(dir); err == nil || isNotExist(err) { // it was empty, or a link
		return os.Mkdir(dir, 0o700)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), "query-") || strings.HasPrefix(entry.Name(), "result-") {
			errs = append(errs, os.RemoveAll(filepath.Join(dir, entry.Name())))
		}
	}
	return errors.Join(append(errs, os.Chmod(dir, 0o700))...)
}
