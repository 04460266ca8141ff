package vcf

import (
	"fmt"
	"iter"
)

// Order checks that the records of each contig are together, as VCF demands
// (4.3, 1.6.1), and notes whether they are sorted by position. The latter is not an
// error: normalising a sorted file leaves records out of order, and a test
// file that the specification calls valid is unsorted.
//
// Feed it in file order. Each chunk of a file may have its own Order, filled by any
// goroutine and joined in file order by Merge. The zero value is ready.
// Contigs in angle brackets, which are of the assembly file, may be anywhere.
type Order struct {
	Notes    *Notes         // where a return to a contig is counted; nil: it is an error
	last     int            // of runs: where the record before is
	runs     []run          // contigs in the order met, without repetition
	seen     map[string]int // contig to its place in runs
	bytes    int            // that runs and seen take, about
	unsorted int64          // line of the first record out of order, or 0
}

// maxContigBytes bounds what an Order keeps of contigs: 1.2 million of short names. perContig is what one takes beside
// its name.
const (
	maxContigBytes = 128 << 20
	perContig      = 100
)

// run is the records of one contig.
type run struct {
	contig              string
	firstPos, lastPos   int64
	firstLine, lastLine int64
}

// Check takes the next record. The error is a *ParseError with ErrNotContiguous or ErrTooManyContigs.
func (o *Order) Check(chrom []byte, pos, line int64) error {
	if o.last < len(o.runs) && o.runs[o.last].contig == string(chrom) {
		last := &o.runs[o.last]
		if pos < last.lastPos {
			o.noteUnsorted(line)
		}
		last.lastPos, last.lastLine = pos, line
		return nil
	}
	if len(chrom) > 0 && chrom[0] == '<' {
		return nil
	}
	return o.add(run{string(chrom), pos, pos, line, line})
}

// add begins the run of another contig, or goes on with one that was left.
func (o *Order) add(r run) error {
	if at, ok := o.seen[r.contig]; ok {
		fault := &ParseError{Line: r.firstLine, Column: "CHROM", Rule: RuleOrder + habit, Err: &detailed{ErrNotContiguous,
			fmt.Sprintf("%s was left after line %d", quote(r.contig), o.runs[at].lastLine)}}
		if o.Notes == nil {
			return fault
		}
		o.Notes.add(fault)
		if r.firstPos < o.runs[at].lastPos {
			o.noteUnsorted(r.firstLine)
		}
		o.last, o.runs[at].lastPos, o.runs[at].lastLine = at, r.lastPos, r.lastLine
		return nil
	}
	if o.bytes += len(r.contig) + perContig; o.bytes > maxContigBytes {
		return &ParseError{Line: r.firstLine, Column: "CHROM", Err: &detailed{ErrTooManyContigs,
			fmt.Sprintf("%s is number %d; %d MiB of contigs are held", quote(r.contig), len(o.runs)+1, maxContigBytes>>20)}}
	}
	if o.seen == nil {
		o.seen = make(map[string]int)
	}
	o.last, o.seen[r.contig] = len(o.runs), len(o.runs)
	o.runs = append(o.runs, r)
	return nil
}

// Merge takes the Order of the chunk that follows, which is not changed. Errors are
// those of Check.
func (o *Order) Merge(next *Order) error {
	for i, r := range next.runs {
		if i > 0 || o.last == len(o.runs) || o.runs[o.last].contig != r.contig {
			if err := o.add(r); err != nil {
				return err
			}
			continue
		}
		last := &o.runs[o.last]
		if r.firstPos < last.lastPos {
			o.noteUnsorted(r.firstLine)
		}
		last.lastPos, last.lastLine = r.lastPos, r.lastLine
	}
	if len(next.runs) > 0 {
		o.last = o.seen[next.runs[next.last].contig]
	}
	if next.unsorted != 0 {
		o.noteUnsorted(next.unsorted)
	}
	return nil
}

func (o *Order) noteUnsorted(line int64) {
	if o.unsorted == 0 || line < o.unsorted {
		o.unsorted = line
	}
}

// Unsorted returns the line of the first record whose POS is smaller than that of
// the record before it on the same contig, or 0 when all are sorted.
func (o *Order) Unsorted() int64 { return o.unsorted }

// Contigs yields the contigs met, each once, in the order of the file.
func (o *Order) Contigs() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range o.runs {
			if !yield(o.runs[i].contig) {
				return
			}
		}
	}
}
