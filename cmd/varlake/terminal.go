package main

import (
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// terminalWidth is the width in characters of the terminal that w is, or 0.
func terminalWidth(w io.Writer) int {
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil {
			return max(width, 1)
		}
	}
	return 0
}

// tame is a terminal that the data it shows cannot drive: control characters but ends of lines and tabs are replaced.
type tame struct {
	to   io.Writer
	rest []byte // the beginning of a character
}

func (t *tame) Write(p []byte) (int, error) {
	text := append(t.rest, p...)
	end := len(text)
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if at := len(text) - n; utf8.RuneStart(text[at]) && !utf8.FullRune(text[at:]) {
			end = at
		}
	}
	_, err := io.WriteString(t.to, tamed(string(text[:end])))
	t.rest = append([]byte(nil), text[end:]...)
	return len(p), err
}

// tamed is a text without what drives a terminal.
func tamed(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return utf8.RuneError
		}
		return r
	}, text)
}
