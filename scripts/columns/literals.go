package main

import (
	"go/scanner"
	"go/token"
	"regexp"
	"strings"
)

// A literal is a string in the text of a program, with its quotes: bytes from start to before end.
type literal struct {
	start, end int
	docstring  bool // of Python: a string that stands as a statement
}

func goLiterals(text string) (found []literal) {
	file := token.NewFileSet().AddFile("", -1, len(text))
	var tokens scanner.Scanner
	tokens.Init(file, []byte(text), nil, 0)
	for {
		at, kind, value := tokens.Scan()
		switch kind {
		case token.EOF:
			return found
		case token.STRING:
			start := file.Offset(at)
			found = append(found, literal{start: start, end: start + len(value)})
		}
	}
}

// pythonToken is what of Python bears on its strings: comments, strings up to their closing quotes, brackets, ends of
// lines. A string of one line that is not closed ends with it.
var pythonToken = regexp.MustCompile(`(?s)#[^\n]*` +
	`|[A-Za-z]*(?:"""(?:\\.|[^\\])*?"""|'''(?:\\.|[^\\])*?''')` +
	`|[A-Za-z]*(?:"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)` +
	`|[\[({]|[\])}]|\\\n|\n`)

func pythonLiterals(text string) (found []literal) {
	depth := 0     // of brackets
	statement := 0 // where the statement begins, its indentation included
	for _, at := range pythonToken.FindAllStringIndex(text, -1) {
		switch value := text[at[0]:at[1]]; value[0] {
		case '#', '\\':
		case '[', '(', '{':
			depth++
		case ']', ')', '}':
			depth--
		case '\n':
			if depth == 0 {
				statement = at[1]
			}
		default:
			stands := depth == 0 && strings.TrimSpace(text[statement:at[0]]) == ""
			found = append(found, literal{start: at[0], end: at[1], docstring: stands})
		}
	}
	return found
}

// otherToken is a comment, or a string of one line, of shell, make and JavaScript, as near as a pattern comes to them.
var otherToken = regexp.MustCompile("(?m)^\\s*(?:#|//).*|\"(?:\\\\.|[^\"\\\\\n])*\"|'[^'\n]*'|`[^`\n]*`")

func otherLiterals(text string) (found []literal) {
	for _, at := range otherToken.FindAllStringIndex(text, -1) {
		if first := text[at[0]]; first == '"' || first == '\'' || first == '`' {
			found = append(found, literal{start: at[0], end: at[1]})
		}
	}
	return found
}
