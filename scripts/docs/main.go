// Command docs checks the documents of this repository, whichever folder they are in: prose has one sentence a line,
// links lead to files and headings that are there, docs/README.md lists every page of docs/, and pages that code names
// and code that pages name are there. With -w it writes prose anew, a sentence a line; the rest is for people to mend.
//
//	go run ./scripts/docs [-w]
//
// It is run in the repository's root. Faults go to standard error, one a line as FILE:LINE: TEXT; the exit status is 1
// when there is one.
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

func main() {
	write := flag.Bool("w", false, "write prose anew, a sentence a line")
	flag.Parse()
	faults, err := check(".", *write)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, fault := range faults {
		fmt.Fprintln(os.Stderr, fault)
	}
	if len(faults) > 0 {
		os.Exit(1)
	}
}

// check gives the faults of all documents and sources below a folder.
func check(root string, write bool) (faults []string, err error) {
	documents := map[string]string{}
	var sources []string
	err = filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if entry.IsDir() {
			if name == "scripts/docs" || skipped(path.Base(name)) { // this program's tests name pages that are nowhere
				return filepath.SkipDir
			}
			return nil
		}
		switch {
		case path.Ext(name) == ".md":
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			documents[name] = string(text)
		case path.Ext(name) == ".go" || path.Ext(name) == ".py" || path.Ext(name) == ".sh" || name == "Makefile":
			sources = append(sources, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		if name == "CHANGELOG.md" {
			continue // its entries are a line each, of as many sentences as they need
		}
		text := documents[name]
		want := sentences(text)
		if want == text {
			continue
		}
		if write {
			documents[name] = want
			if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), []byte(want), 0o644); err != nil {
				return nil, err
			}
			continue
		}
		faults = append(faults, fmt.Sprintf("%s:%d: not one sentence a line: go run ./scripts/docs -w", name,
			firstDifference(text, want)))
	}
	faults = append(faults, links(root, documents)...)
	faults = append(faults, unlisted(documents)...)
	faults = append(faults, programs(documents, sources)...)
	mentioned, err := mentions(root, sources)
	return append(faults, mentioned...), err
}

// skipped says of a folder's name whether nothing of the repository's own is in it.
func skipped(base string) bool {
	return base == "node_modules" || base == "bin" || base == "testdata" || len(base) > 1 && base[0] == '.'
}

// firstDifference is the number of the first line, from 1, in which two texts differ.
func firstDifference(a, b string) int {
	line := 1
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		if a[i] == '\n' {
			line++
		}
	}
	return line
}
