package main

import (
	"regexp"
	"strings"
)

var (
	listItem  = regexp.MustCompile(`^\s*(?:[-*+]|\d+[.)])\s+`)
	fence     = regexp.MustCompile("^\\s*(```|~~~)")
	generated = regexp.MustCompile(`^<!-- .*(begin|made from).* -->`)
	ends      = regexp.MustCompile(`^<!-- .*end.* -->`)
	verbatim  = regexp.MustCompile(`^\s*([#|>]|<!--|---+\s*$)`)

	masked   = regexp.MustCompile("`[^`]*`|\\]\\([^)]*\\)|\"[^\"]*\"")
	boundary = regexp.MustCompile(`([.!?])([*_"'\])]*)(\s+)(\S)`)
	leadIn   = regexp.MustCompile(`^\*\*[^*]*\*\*$`)
	shortly  = regexp.MustCompile(`\b(?:e\.g|i\.e|etc|vs|cf|approx)\.$`)
)

// sentences gives a document with the prose of its paragraphs and list items one sentence a line. Headings, tables,
// quotations, code and what programs write between comments stay as they are.
func sentences(text string) string {
	var d document
	for line := range strings.Lines(text) {
		d.line(strings.TrimRight(line, "\n"))
	}
	d.end()
	return strings.Join(d.out, "\n") + "\n"
}

// document is one under way: what is written of it, and the paragraph that is being read.
type document struct {
	out       []string
	paragraph []string
	first     string // what stands before the paragraph's first line: its indentation, or an item's mark
	next      string // and before its other lines
	content   int    // columns at which the content of the list's last item begins; 0 outside of lists
	code      bool   // within a fence
	made      bool   // within what a program writes
}

func (d *document) line(line string) {
	blank := strings.TrimSpace(line) == ""
	indent := len(line) - len(strings.TrimLeft(line, " "))
	switch {
	case fence.MatchString(line):
		d.end()
		d.code = !d.code
		d.out = append(d.out, line)
	case d.code || d.made:
		d.made = d.made && !ends.MatchString(line)
		d.out = append(d.out, line)
	case blank || verbatim.MatchString(line):
		d.end()
		d.made = generated.MatchString(line)
		if !blank && indent == 0 {
			d.content = 0
		}
		d.out = append(d.out, line)
	case listItem.MatchString(line) && (len(d.paragraph) > 0 || indent < d.content+4):
		d.end()
		mark := listItem.FindString(line)
		d.content = len(mark)
		d.first, d.next = mark, strings.Repeat(" ", len(mark))
		d.paragraph = []string{line[len(mark):]}
	case len(d.paragraph) > 0:
		d.paragraph = append(d.paragraph, strings.TrimSpace(line))
	case indent >= d.content+4:
		d.out = append(d.out, line) // code
	default:
		if indent < d.content {
			d.content = 0
		}
		d.first = line[:indent]
		d.next = d.first
		d.paragraph = []string{line[indent:]}
	}
}

// end writes the paragraph.
func (d *document) end() {
	for i, sentence := range split(strings.Join(d.paragraph, " ")) {
		if i == 0 {
			d.out = append(d.out, d.first+sentence)
		} else {
			d.out = append(d.out, d.next+sentence)
		}
	}
	d.paragraph = nil
}

// split cuts the text of a paragraph after each sentence, but not after bold words that lead it in. Code, links and
// what stands between quotation marks are never cut, nor is text where the next line would be taken for a list or a
// heading.
func split(text string) (sentences []string) {
	if text == "" {
		return nil
	}
	plain := []byte(text)
	for _, span := range masked.FindAllStringIndex(text, -1) {
		for i := span[0] + 1; i < span[1]-1; i++ {
			if last := i == span[1]-2; !last || text[span[0]] != '"' {
				plain[i] = 'x'
			}
		}
	}
	start := 0
	for at := 0; at < len(text); {
		found := boundary.FindSubmatchIndex(plain[at:])
		if found == nil {
			break
		}
		stop, next := at+found[5], at+found[8]
		point := at + found[2]
		at = next
		ellipsis := point > 0 && plain[point-1] == '.' && (plain[next] < 'A' || plain[next] > 'Z')
		rest := text[next:]
		if ellipsis || leadIn.MatchString(text[start:stop]) || shortly.Match(plain[:point+1]) || listItem.MatchString(rest) ||
			verbatim.MatchString(rest) {
			continue
		}
		sentences = append(sentences, text[start:stop])
		start = next
	}
	return append(sentences, strings.TrimRight(text[start:], " "))
}
