package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/peterh/liner"

	"github.com/varlake/varlake/internal/sql/shell"
)

// longestEntry is the most that an entry of the history is long, in bytes: the editor reads no longer ones.
const longestEntry = 4000

// history keeps what was written, for the next time: statements in a line each. One that no line can have is in lines
// as it was written. The file is for nobody else to read.
type history struct {
	path    string // empty: none
	pending []string
}

// openHistory finds the history's file, cuts it to what is kept and has others not read it.
func openHistory(off bool) *history {
	path := os.Getenv("VARLAKE_SQL_HISTORY")
	if off || path == "off" {
		return &history{}
	}
	if path == "" {
		base := os.Getenv("XDG_STATE_HOME")
		if home, err := os.UserHomeDir(); !filepath.IsAbs(base) && err == nil {
			base = filepath.Join(home, ".local", "state")
		}
		if !filepath.IsAbs(base) {
			return &history{}
		}
		path = filepath.Join(base, "varlake", "sql_history")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return &history{}
		}
	}
	return &history{path: path}
}

// text is what is kept so far, in the lines that the editor can read. Only the newest are kept.
func (h *history) text() string {
	if h.path == "" {
		return ""
	}
	all, err := os.ReadFile(h.path)
	if err != nil {
		return ""
	}
	_ = os.Chmod(h.path, 0o600) // whoever made it
	lines := strings.SplitAfter(string(all), "\n")
	var kept []string
	for _, line := range lines {
		if text := strings.TrimSuffix(line, "\n"); keepable(text) {
			kept = append(kept, text+"\n")
		}
	}
	kept = kept[max(0, len(kept)-liner.HistoryLimit):]
	text := strings.Join(kept, "")
	if len(lines) > 2*liner.HistoryLimit {
		_ = h.replace(text) // what cannot be cut stays long
	}
	return text
}

// replace writes the file anew.
func (h *history) replace(text string) error {
	temporary := fmt.Sprintf("%s.%d.new", h.path, os.Getpid())
	err := os.WriteFile(temporary, []byte(text), 0o600)
	if err == nil {
		err = os.Rename(temporary, h.path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(temporary))
	}
	return err
}

// keepable tells whether a line may be an entry.
func keepable(line string) bool {
	return strings.TrimSpace(line) != "" && len(line) <= longestEntry && utf8.ValidString(line) && tamed(line) == line
}

// take takes a line that was written, and gives the entries that it completes, which are kept.
func (h *history) take(line string, s *session) (entries []string) {
	if s.text.Len() == 0 {
		h.pending = nil
	}
	secret := strings.HasPrefix(line, " ") && len(h.pending) == 0
	switch {
	case s.takesCommand(line):
		entries = []string{line}
	default:
		h.pending = append(h.pending, line)
		secret = strings.HasPrefix(h.pending[0], " ")
		text := strings.Join(h.pending, "\n")
		if _, _, open := s.rules().Split(text); open != shell.Nothing {
			return nil // the statement goes on
		}
		entries = h.pending
		if one, ok := s.rules().OneLine(text); ok {
			entries = []string{one}
		}
		h.pending = nil
	}
	var kept []string
	for _, entry := range entries {
		if keepable(entry) && !secret {
			kept = append(kept, entry)
		}
	}
	h.append(kept)
	return kept
}

// append adds entries to the file; they are no reason to fail.
func (h *history) append(entries []string) {
	if h.path == "" || len(entries) == 0 {
		return
	}
	file, err := os.OpenFile(h.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return
	}
	_, _ = file.WriteString(strings.Join(entries, "\n") + "\n")
	_ = file.Close()
}
