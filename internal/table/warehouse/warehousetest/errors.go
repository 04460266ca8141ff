package warehousetest

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// isPermanent tells which errors come again however often the call is made.
func isPermanent(err error) bool {
	return errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, warehouse.ErrOutside)
}

// acts are all calls on a path; two of them make a file.
func (s *suite) acts(at string) map[string]error {
	errs := map[string]error{}
	if r, err := s.Open(at); err != nil {
		errs["Open"] = err
	} else {
		errs["Open"] = r.Close()
	}
	_, errs["ReadFile"] = s.ReadFile(at)
	_, errs["Stat"] = s.Stat(at)
	_, errs["List"] = s.List(at)
	_, errs["Entries"] = s.Entries(at)
	errs["Remove"] = s.Remove(at)
	errs["RemoveTree"] = s.RemoveTree(at)
	w, err := s.Create(at)
	if err == nil {
		if err = w.Commit(); err != nil {
			w.Abort()
		}
	}
	errs["Create"] = err
	errs["Put"] = s.Put(at, []byte("content"))
	return errs
}

// A name that means no file here leads nowhere, by whichever way it is asked.
func (s *suite) elsewhere(t *testing.T) {
	for _, name := range []string{"", ".", "t", s.Outside, s.Location + "/../other", s.Location + "/..",
		s.Location + "\x00", s.Location + "-beside/../../..", "http://host" + s.Location, "file://host" + s.Location,
		"file:" + s.Location + "/%2e%2e/other", "file:" + s.Location + "?versionId=1", "ftp:", "%zz"} {
		path, found := s.Path(name)
		at, finder := s.Finder().Path(name)
		_, renamed := s.Rename(name)
		if path+at != "" {
			t.Errorf("%q is at %q, or %q", name, path, at)
		}
		for what, err := range map[string]error{"Path": found, "Finder": finder, "Rename": renamed} {
			if !errors.Is(err, warehouse.ErrOutside) {
				t.Errorf("%s of %q: %v", what, name, err)
			}
		}
	}
}

// The permanent errors are told apart from all others, and come again.
func (s *suite) permanent(t *testing.T) {
	s.make(t, "folder/file", nil)
	for range 2 {
		for _, name := range []string{"none", "folder", "folder/file/none"} {
			_, opened := s.Open(s.path(name))
			_, read := s.ReadFile(s.path(name))
			file, looked := s.Stat(s.path(name))
			if file != (warehouse.File{}) {
				t.Errorf("of %s, which is no file: %+v", name, file)
			}
			for what, err := range map[string]error{"Open": opened, "ReadFile": read, "Stat": looked} {
				if !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s of %s: %v", what, name, err)
				}
			}
		}
		for _, at := range []string{s.Outside, s.table + strings.Repeat("/..", 40) + s.Outside} {
			for what, err := range s.acts(at) {
				if !errors.Is(err, warehouse.ErrOutside) {
					t.Errorf("%s outside, at %s: %v", what, at, err)
				}
			}
		}
		_, found := s.Path(s.Outside)
		_, finder := s.Finder().Path(s.Outside)
		_, renamed := s.Rename(s.Outside)
		_, named := s.Name(s.Outside)
		for what, err := range map[string]error{
			"Path": found, "Finder": finder, "Rename": renamed, "Name": named, "RemoveTable": s.RemoveTable(s.Outside),
			"RemoveFiles": s.RemoveFiles(s.Outside,
				[]warehouse.File{{Path: s.Outside}}),
		} {
			if !errors.Is(err, warehouse.ErrOutside) {
				t.Errorf("%s outside: %v", what, err)
			}
		}
	}
	s.left(t, "folder/file")
}

// As long as the files are out of reach nothing is told of them: not that one is there, nor that none is. What was
// tried meanwhile and failed is as it was, or done, and is done when it is tried again.
func (s *suite) passing(t *testing.T) {
	s.make(t, "kept", []byte("content"))
	begun, err := s.Create(s.path("begun"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
	restore := s.Lose(t)
	for _, name := range []string{"kept", "new"} {
		for what, err := range s.acts(s.path(name)) {
			if err == nil || isPermanent(err) {
				t.Errorf("%s of %s, out of reach: %v", what, name, err)
			}
		}
	}
	if err := s.Verify(); !errors.Is(err, warehouse.ErrReplaced) && !errors.Is(err, warehouse.ErrUnreachable) {
		t.Errorf("Verify, out of reach: %v", err)
	}
	_, links := s.Links()
	for what, err := range map[string]error{"Links": links, "RemoveTable": s.RemoveTable(s.Location),
		"RemoveFiles": s.RemoveFiles(s.Location, []warehouse.File{{Path: s.path("kept")}})} {
		if err == nil || isPermanent(err) {
			t.Errorf("%s, out of reach: %v", what, err)
		}
	}
	begun.Abort()
	restore()
	if err := s.Verify(); err != nil {
		t.Errorf("when they are back: %v", err)
	}
	if err := s.RemoveTree(s.path("begun")); err != nil {
		t.Error(err)
	}
	if content, err := s.ReadFile(s.path("kept")); err != nil || string(content) != "content" {
		t.Errorf("%q, %v", content, err)
	}
	for what, err := range s.acts(s.path("kept")) {
		if err != nil {
			t.Errorf("%s when it is back: %v", what, err)
		}
	}
	s.left(t, "kept")
}
