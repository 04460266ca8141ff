package native

import (
	"regexp/syntax"
	"unicode/utf8"
)

// A machine runs the program of a pattern by backtracking, with Java's meaning of anchors. It comes to no state twice,
// so that its time is at most the text's length times the program's.
type machine struct {
	*pattern
	text string
	// visited has a bit for each instruction at each place; touched lists those that are set.
	visited []uint64
	touched []int
	stack   []state
	places  []int
}

// A state is an instruction to run at a place; or, with pc -1, a group's place to take back.
type state struct{ pc, at, old int }

// maxStates bounds the memory that a match takes.
const maxStates = 1 << 28

func (m *machine) allocate() error {
	states := len(m.prog.Inst) * (len(m.text) + 1)
	if states > maxStates {
		return Fail("EXCEEDED_FUNCTION_MEMORY_LIMIT", "A text of %d bytes is too long for the regular expression",
			len(m.text))
	}
	m.visited = make([]uint64, states/64+1)
	return nil
}

// search gives the places of the first match at or after start, and of its groups; nil when there is none.
func (m *machine) search(start int) []int {
	for _, i := range m.touched {
		m.visited[i] = 0
	}
	m.touched = m.touched[:0]
	for at := start; at <= len(m.text); {
		m.places = make([]int, m.prog.NumCap)
		for i := range m.places {
			m.places[i] = -1
		}
		if end := m.run(at); end >= 0 {
			m.places[0], m.places[1] = at, end
			return m.places
		}
		_, n := utf8.DecodeRuneInString(m.text[at:])
		at += max(n, 1)
	}
	return nil
}

// run tries to match at a place, and gives the end of the match, or -1.
func (m *machine) run(at int) int {
	m.stack = append(m.stack[:0], state{m.prog.Start, at, 0})
	for len(m.stack) > 0 {
		s := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		if s.pc < 0 {
			m.places[s.at] = s.old
			continue
		}
		if end := m.follow(s.pc, s.at); end >= 0 {
			return end
		}
	}
	return -1
}

// follow runs on from a state until it fails, and gives -1, or matches, and gives the end.
func (m *machine) follow(pc, at int) int {
	for {
		if bit := pc*(len(m.text)+1) + at; m.visited[bit/64]&(1<<(bit%64)) != 0 {
			return -1
		} else {
			if m.visited[bit/64] == 0 {
				m.touched = append(m.touched, bit/64)
			}
			m.visited[bit/64] |= 1 << (bit % 64)
		}
		in := &m.prog.Inst[pc]
		switch in.Op {
		case syntax.InstMatch:
			return at
		case syntax.InstFail:
			return -1
		case syntax.InstAlt, syntax.InstAltMatch:
			m.stack = append(m.stack, state{int(in.Arg), at, 0})
		case syntax.InstCapture:
			if int(in.Arg) < len(m.places) {
				m.stack = append(m.stack, state{-1, int(in.Arg), m.places[in.Arg]})
				m.places[in.Arg] = at
			}
		case syntax.InstEmptyWidth:
			if !m.holds(syntax.EmptyOp(in.Arg), at) {
				return -1
			}
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			c, n := utf8.DecodeRuneInString(m.text[at:])
			if n == 0 || !in.MatchRune(c) {
				return -1
			}
			at += n
		}
		pc = int(in.Out)
	}
}

// holds tells whether anchors match at a place.
func (m *machine) holds(anchors syntax.EmptyOp, at int) bool {
	end := at == len(m.text)
	switch {
	case anchors&syntax.EmptyBeginText != 0 && at > 0,
		anchors&syntax.EmptyEndText != 0 && !end && !(m.seen.softEnd && m.text[at:] == "\n"),
		anchors&syntax.EmptyBeginLine != 0 && at > 0 && (end || m.text[at-1] != '\n'),
		anchors&syntax.EmptyEndLine != 0 && !end && m.text[at] != '\n':
		return false
	}
	if anchors&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) == 0 {
		return true
	}
	before, n := utf8.DecodeLastRuneInString(m.text[:at])
	after, k := utf8.DecodeRuneInString(m.text[at:])
	boundary := (n > 0 && wordSet().has(before)) != (k > 0 && wordSet().has(after))
	return boundary == (anchors&syntax.EmptyWordBoundary != 0)
}
