package ingest

import (
	"bytes"
	"context"

	"github.com/varlake/varlake/internal/state/crash"
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/vcf"
)

// format is how the lines of one file become rows: a VCF's, a GFF's or a table's.
type format interface {
	// rows makes what one worker turns lines into rows of a data file at path with, in the data folder.
	rows(files warehouse.Files, path string) rows
	// complete adds to the tally of a file that was imported what only its format knows.
	complete(t *Tally)
}

// rows turns lines into rows of a data file of its own. It is for one goroutine.
type rows interface {
	// line takes a line without its terminator, 1-based, a CR before it left on, and adds to the report what it held. An
	// error that is not a *storageError is the file's fault.
	line(text []byte, line int64, r *report) error
	// finish writes what is left of the lines: it computes, and is the last to do so.
	finish() error
	// sync brings to disk what was written of data files that are full: it waits for the disk.
	sync() error
	// close brings the others to disk after finish, and gives all there are.
	close() ([]column.DataFile, error)
	// met are the contigs that the store's reference lacks; nil: they are told from the order of the file's contigs.
	met() *strangers
	// abort removes it.
	abort()
}

// worker gives the lines of pieces to its rows.
type worker struct {
	*pipeline
	ledger *ledger
	rows   rows
}

// work takes hands until there are no more. After a failure or the end of ctx it only gives pieces back.
func (w *worker) work(ctx context.Context, hands <-chan hand, release func(*piece)) {
	for r := range hands {
		for c := range r {
			if ctx.Err() == nil && w.ledger.wants(c.line) {
				w.pace.Compute(func() { w.piece(c) })
				if err := w.rows.sync(); err != nil {
					w.ledger.fail(c.line, err)
				}
				crash.Point(crash.ItemMidfile)
			}
			release(c)
		}
	}
}

// piece imports the lines of one piece and reports to the ledger.
func (w *worker) piece(c *piece) {
	r := report{index: c.index, order: new(vcf.Order)}
	if w.relaxed.LetsUnordered() {
		r.order.Notes = &r.notes
	}
	text, line := c.text, c.line
	for len(text) > 0 {
		row := text
		if end := bytes.IndexByte(text, w.end); end >= 0 {
			row, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		if err := w.rows.line(row, line, &r); err != nil {
			w.ledger.fail(line, err)
			break
		}
		line++
	}
	w.progress.records.Add(r.records)
	w.progress.done.Add(c.bytes)
	w.ledger.take(r)
}

// storageError is a failure of ours to write, not of the file to be read.
type storageError struct{ error }

func (e *storageError) Unwrap() error { return e.error }
