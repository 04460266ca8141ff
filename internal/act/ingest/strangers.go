package ingest

import (
	"fmt"

	"github.com/varlake/varlake/fasta"
)

// maxStrangerBytes bounds what a worker keeps of contigs that a reference lacks, about; strangerBytes is what one takes
// beside its name.
const (
	maxStrangerBytes = 16 << 20
	strangerBytes    = 100
)

// strangers are the contigs of rows that the store's reference lacks. The zero value is of a store without one. It is
// for one goroutine.
type strangers struct {
	reference *fasta.File      // nil: nothing is looked for
	last      string           // of the row before
	lines     map[string]int64 // contig → its first line
	bytes     int
	more      bool // there are more than were kept
	known     bool // the reference has a contig of the file
}

// meet takes the contig of the next row, nil when it has none.
func (s *strangers) meet(contig []byte, line int64) {
	if s.reference == nil || contig == nil || s.last == string(contig) {
		return
	}
	s.last = string(contig)
	if _, ok := s.reference.Length(s.last); !ok {
		s.add(s.last, line)
	} else {
		s.known = true
	}
}

func (s *strangers) add(contig string, line int64) {
	first, ok := s.lines[contig]
	switch {
	case ok:
		line = min(line, first)
	case s.bytes > maxStrangerBytes:
		s.more = true
		return
	default:
		s.bytes += len(contig) + strangerBytes
	}
	if s.lines == nil {
		s.lines = map[string]int64{}
	}
	s.lines[contig] = line
}

// merge adds what another worker met; nil: nothing.
func (s *strangers) merge(other *strangers) {
	if other == nil {
		return
	}
	for contig, line := range other.lines {
		s.add(contig, line)
	}
	s.more = s.more || other.more
	s.known = s.known || other.known
}

// into tells a Tally how many there are, and which the file has first.
func (s *strangers) into(t *Tally) {
	first := int64(0)
	for contig, line := range s.lines {
		if first == 0 || line < first {
			first, t.FirstStranger = line, contig
		}
	}
	t.Strangers, t.MoreStrangers = len(s.lines), s.more
	t.StrangersOnly = !s.known
}

// strangersNote is what a summary says of them.
func strangersNote(t *Tally) string {
	count := fmt.Sprint(t.Strangers)
	if t.MoreStrangers {
		count = "more than " + count
	}
	note := strangersMark + fmt.Sprintf("%s (first %s)", count, shownContig(t.FirstStranger))
	if t.StrangersOnly {
		note += "; none of the file's contigs is in the store's reference"
	}
	if t.KnownAs != "" {
		note += fmt.Sprintf("; it has %q: %s", t.KnownAs, fasta.RenameContigs)
	}
	return note + "."
}
