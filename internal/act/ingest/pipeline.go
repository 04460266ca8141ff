package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"sync"

	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/vcf"
)

// pipeline imports the lines of one file.
type pipeline struct {
	format   format
	files    warehouse.Files
	dir      string // in the folder, where the data files go
	workers  int
	relaxed  vcf.Rules
	piece    int  // bytes of text handed over at a time; 0: pieceBytes
	end      byte // of a line; 0: LF
	progress *Progress
	consumed func() int64 // see cutter
	pace     slot.Pace

	reference *fasta.File // of the store, whose contigs the file should have; nil: none
}

// Tally is what an item's import amounts to.
type Tally struct {
	Records    int64
	Rows       int64
	Normalised int64
	Files      []column.DataFile
	Header     []byte // of a VCF file
	Unread     lines  // records of a VCF file with annotations that could not be read
	Unfilled   string // what of the annotations asked for is not in the table; empty: all is
	Aligned    bool   // left normalisation concerns files of this kind
	Notes      vcf.Notes

	Strangers     int    // contigs that the store's reference lacks
	MoreStrangers bool   // there are more than that
	FirstStranger string // in the file
	StrangersOnly bool   // the reference has none of the file's contigs
	KnownAs       string // what the reference calls the first, maybe; empty: nothing like it
}

// run reads lines, the first of them with number firstLine, until the source ends. The error is that of
// the first bad line; then no file is left behind.
func (p *pipeline) run(ctx context.Context, source io.Reader, firstLine int64) (Tally, error) {
	if p.piece == 0 {
		p.piece = pieceBytes
	}
	if p.end == 0 {
		p.end = '\n'
	}
	pieces := newCutter(source, p.piece, p.end, firstLine, (p.workers+1)*handPieces+p.workers)
	pieces.consumed = p.consumed
	ledger := newLedger(p.relaxed)
	hands := make(chan hand)
	workers := make([]*worker, p.workers)
	var group sync.WaitGroup
	for i := range workers {
		workers[i] = &worker{p, ledger, p.format.rows(p.files, filepath.Join(p.dir, fmt.Sprintf("%05d.parquet", i)))}
		group.Go(func() { slot.AtNice(slot.ImportNice, func() { workers[i].work(ctx, hands, pieces.release) }) })
	}
	readErr := feed(ctx, pieces, hands, ledger)
	group.Wait()

	if readErr != nil {
		ledger.fail(pieces.line, readErr)
	}
	err := ledger.err()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	total, err := gather(workers, ledger, p.files, err)
	if err == nil && p.reference != nil {
		total.meet(ledger.order.Contigs(), p.reference)
		var all strangers
		for _, w := range workers {
			all.merge(w.rows.met())
		}
		if len(all.lines) > 0 {
			all.into(&total)
		}
		if total.Strangers > 0 {
			total.KnownAs = fasta.OtherName(total.FirstStranger, func(name string) bool {
				_, ok := p.reference.Length(name)
				return ok
			})
		}
	}
	return total, err
}

// meet counts the contigs that a reference lacks.
func (t *Tally) meet(contigs iter.Seq[string], reference *fasta.File) {
	t.StrangersOnly = true
	for contig := range contigs {
		if _, ok := reference.Length(contig); ok {
			t.StrangersOnly = false
			continue
		}
		if t.Strangers++; t.Strangers == 1 {
			t.FirstStranger = contig
		}
	}
}

// feed cuts the source and deals hands of neighbouring pieces to the workers.
func feed(ctx context.Context, pieces *cutter, hands chan<- hand, ledger *ledger) error {
	defer close(hands)
	var current hand
	dealt := 0
	defer func() {
		if current != nil {
			close(current)
		}
	}()
	for {
		c, err := pieces.next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !ledger.wants(c.line) {
			pieces.release(c)
			return nil
		}
		if current == nil {
			current, dealt = make(hand, handPieces), 0
			select {
			case hands <- current:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		current <- c // never blocks: the hand holds handPieces
		if dealt++; dealt == handPieces {
			close(current)
			current = nil
		}
	}
}

// gather closes the workers' files, side by side, or removes them all on an error.
func gather(workers []*worker, ledger *ledger, files warehouse.Files, err error) (Tally, error) {
	var total Tally
	if err == nil {
		done, errs := make([][]column.DataFile, len(workers)), make([]error, len(workers))
		var group sync.WaitGroup
		for i, w := range workers {
			group.Go(func() {
				slot.AtNice(slot.ImportNice, func() {
					if w.pace.Compute(func() { errs[i] = w.rows.finish() }); errs[i] == nil {
						done[i], errs[i] = w.rows.close() // others compute while the disk works
					}
				})
			})
		}
		group.Wait()
		total.Files, err = slices.Concat(done...), errors.Join(errs...)
		for _, file := range total.Files {
			if err != nil {
				_ = files.Remove(file.Path) // what stays behind is removed with its folder
			}
		}
	}
	if err != nil {
		for _, w := range workers {
			w.rows.abort()
		}
		return Tally{}, err
	}
	total.Records, total.Rows, total.Normalised, total.Notes = ledger.counts()
	total.Unread = ledger.unread // no worker is left
	return total, nil
}
