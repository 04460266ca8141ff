package main

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	span    = regexp.MustCompile("`[^`]*`")
	heading = regexp.MustCompile(`^#{1,6}\s+(.*?)\s*#*$`)
	program = regexp.MustCompile("`([\\w./-]*\\w\\.(?:go|py|sh))`")
	mention = regexp.MustCompile(`\bdocs/[\w/-]+\.(?:md|json)\b`)
)

// links gives the faults of the documents' links: a file that is not there, or no heading of the anchor's name in it.
// Links to other hosts are not followed.
func links(root string, documents map[string]string) (faults []string) {
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		number, code := 0, false
		for line := range strings.Lines(documents[name]) {
			number++
			if fence.MatchString(line) {
				code = !code
			}
			if code {
				continue
			}
			for _, page := range mention.FindAllString(link.ReplaceAllString(line, ""), -1) {
				if name != "CHANGELOG.md" && !exists(root, page) {
					faults = append(faults, fmt.Sprintf("%s:%d: there is no %s", name, number, page))
				}
			}
			for _, found := range link.FindAllStringSubmatch(span.ReplaceAllString(line, ""), -1) {
				if reason := broken(root, documents, name, found[1]); reason != "" {
					faults = append(faults, fmt.Sprintf("%s:%d: link to %s: %s", name, number, found[1], reason))
				}
			}
		}
	}
	return faults
}

// programs gives the files of code, by their paths' ends, that the documents name and that are not there.
func programs(documents map[string]string, sources []string) (faults []string) {
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		if name == "CHANGELOG.md" { // which tells of what was
			continue
		}
		number := 0
		for line := range strings.Lines(documents[name]) {
			number++
			for _, found := range program.FindAllStringSubmatch(line, -1) {
				if !slices.ContainsFunc(sources, func(source string) bool { return strings.HasSuffix("/"+source, "/"+found[1]) }) {
					faults = append(faults, fmt.Sprintf("%s:%d: there is no %s", name, number, found[1]))
				}
			}
		}
	}
	return faults
}

// index is the page that lists the others.
const index = "docs/README.md"

// unlisted gives the pages of docs/ to which the index has no link.
func unlisted(documents map[string]string) (faults []string) {
	listed := map[string]bool{index: true}
	for _, found := range link.FindAllStringSubmatch(documents[index], -1) {
		file, _, _ := strings.Cut(found[1], "#")
		listed[path.Join("docs", file)] = true
	}
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		if strings.HasPrefix(name, "docs/") && !listed[name] {
			faults = append(faults, fmt.Sprintf("%s:1: %s does not list it", name, index))
		}
	}
	return faults
}

// broken says why a link of a document leads nowhere, or "".
func broken(root string, documents map[string]string, name, target string) string {
	if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
		return ""
	}
	file, anchor, _ := strings.Cut(target, "#")
	page := name
	if file != "" {
		page = path.Join(path.Dir(name), file)
	}
	if page == ".." || strings.HasPrefix(page, "../") || path.IsAbs(file) || !exists(root, page) {
		return "there is no such file"
	}
	if text, ok := documents[page]; anchor != "" && (!ok || !slices.Contains(anchors(text), anchor)) {
		return "there is no such heading"
	}
	return ""
}

func exists(root, name string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
	return err == nil
}

// anchors are the names by which GitHub links to the headings of a document: lower case, blanks as hyphens, without
// punctuation, numbered when they recur.
func anchors(text string) (names []string) {
	seen := map[string]int{}
	code := false
	for line := range strings.Lines(text) {
		if fence.MatchString(line) {
			code = !code
		}
		found := heading.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if code || found == nil {
			continue
		}
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, found[1])
		seen[name]++
		if n := seen[name]; n > 1 {
			name = fmt.Sprintf("%s-%d", name, n-1)
		}
		names = append(names, name)
	}
	return names
}

// mentions gives the pages of docs/ that source code names and that are not there.
func mentions(root string, sources []string) (faults []string, err error) {
	for _, name := range sources {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		number := 0
		for line := range strings.Lines(string(text)) {
			number++
			for _, page := range mention.FindAllString(line, -1) {
				if !exists(root, page) {
					faults = append(faults, fmt.Sprintf("%s:%d: there is no %s", name, number, page))
				}
			}
		}
	}
	return faults, nil
}
