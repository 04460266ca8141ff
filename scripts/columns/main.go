// Command columns checks that the lines of code are at most 120 columns wide: characters, a tab counts as one.
//
// Two things may be wider: a literal of several lines (a raw string of Go, a triple-quoted one of Python that is not a
// docstring), which is data, and a line that is too wide only because of literals of more than 60 columns: a message
// stays whole, so that grep finds it. Files that programs write ("Code generated ... DO NOT EDIT.") are left out.
//
//	go run ./scripts/columns FILE...
//
// Faults go to standard error, one a line as FILE:LINE: TEXT; the exit status is 1 when there is one.
package main

import (
	"fmt"
	"os"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	widest = 120 // columns of a line
	whole  = 60  // columns of a literal that need not be broken
)

var generated = regexp.MustCompile(`(?m)^(?://|#) Code generated .* DO NOT EDIT\.$`)

func main() {
	var faults []string
	for _, name := range os.Args[1:] {
		text, err := os.ReadFile(name)
		if err != nil {
			faults = append(faults, err.Error())
			continue
		}
		faults = append(faults, check(name, string(text))...)
	}
	for _, fault := range faults {
		fmt.Fprintln(os.Stderr, fault)
	}
	if len(faults) > 0 {
		os.Exit(1)
	}
}

// check gives the faults of a file.
func check(name, text string) (faults []string) {
	if generated.MatchString(text) {
		return nil
	}
	found := literals(name, text)
	start := 0
	for line := range strings.Lines(text) {
		end := start + len(line)
		width := utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))
		if width > widest && !excused(text, found, start, end, width) {
			faults = append(faults, fmt.Sprintf("%s:%d: %d columns, %d are the most", name,
				1+strings.Count(text[:start], "\n"), width, widest))
		}
		start = end
	}
	return faults
}

// excused says whether a line from start to end, in bytes of the text, may be wider.
func excused(text string, found []literal, start, end, width int) bool {
	for _, one := range found {
		if one.end <= start || one.start >= end || one.docstring {
			continue
		}
		value := text[one.start:one.end]
		if strings.Contains(value, "\n") {
			return true
		} else if columns := utf8.RuneCountInString(value); columns > whole {
			width -= columns
		}
	}
	return width <= widest
}

// literals gives the string literals of a file in their order, by its name's language.
func literals(name, text string) []literal {
	switch path.Ext(name) {
	case ".go":
		return goLiterals(text)
	case ".py":
		return pythonLiterals(text)
	}
	return otherLiterals(text)
}
