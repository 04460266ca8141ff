package ingest

import (
	"bytes"
	"context"
	"strconv"

	"github.com/varlake/varlake/internal/lake"
	"github.com/varlake/varlake/norm"
	"github.com/varlake/varlake/vcf"
)

// worker turns chunks into rows of its own data file.
type worker struct {
	*pipeline
	ledger     *ledger
	path       string
	writer     *lake.VariantWriter // nil until the first row
	record     *vcf.Record
	normalizer *norm.Normalizer // nil: no left normalisation
	contig     string           // of the record before, to name it without allocating
	end        []byte           // text of a moved INFO/END
	shred      *shredder
}

func newWorker(p *pipeline, ledger *ledger, path string) *worker {
	w := &worker{pipeline: p, ledger: ledger, path: path, record: vcf.NewRecord(p.header), shred: newShredder(p)}
	if p.reference != nil {
		w.normalizer = norm.New(p.reference)
	}
	return w
}

// work takes runs until there are no more. After a failure or the end of ctx it only hands chunks back.
func (w *worker) work(ctx context.Context, runs <-chan run, release func(*chunk)) {
	for r := range runs {
		for c := range r {
			if ctx.Err() == nil && w.ledger.wants(c.line) {
				w.chunk(c)
				crashPoint(crashItemMidfile)
			}
			release(c)
		}
	}
}

// chunk imports the lines of one chunk and reports to the ledger.
func (w *worker) chunk(c *chunk) {
	r := report{index: c.index, order: new(vcf.Order)}
	text, line := c.text, c.line
	for len(text) > 0 {
		row := text
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			row, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		row = bytes.TrimSuffix(row, []byte{'\r'})
		if !vcf.Blank(row) {
			if err := w.line(row, line, &r); err != nil {
				w.ledger.fail(line, err)
				break
			}
		}
		line++
	}
	w.progress.records.Add(r.records)
	w.ledger.settle(r)
}

func (w *worker) line(row []byte, line int64, r *report) error {
	if err := w.record.Parse(row, line); err != nil {
		return err
	}
	if err := r.order.Check(w.record.Chrom(), w.record.Pos(), line); err != nil {
		return err
	}
	site, calls := w.shred.record(w.record)
	if w.normalizer != nil {
		changed, err := w.leftAlign(site)
		if err != nil {
			return &vcf.ParseError{Line: line, Column: "REF", Err: err}
		}
		if changed {
			r.normalised++
		}
	}
	if err := w.write(site, calls); err != nil {
		return &storageError{err}
	}
	r.records++
	r.rows += int64(max(len(calls), 1))
	return nil
}

func (w *worker) leftAlign(site *lake.Site) (changed bool, err error) {
	if w.contig != string(site.Contig) {
		w.contig = string(site.Contig)
	}
	result, err := w.normalizer.Normalize(w.contig, site.Start+1, site.Ref, site.Alts)
	if err != nil || !result.Changed {
		return false, err
	}
	site.Start, site.Ref, site.Alts = result.Pos-1, result.Ref, result.Alts
	site.End = site.Start + int64(len(site.Ref))
	w.moveEnd(site, result)
	return true, nil
}

// moveEnd makes INFO/END of a changed record that has one agree with its new alleles.
func (w *worker) moveEnd(site *lake.Site, result norm.Result) {
	end, ok := result.InfoEnd()
	for i := range site.Attributes {
		if string(site.Attributes[i].Key) != "END" {
			continue
		}
		if ok {
			w.end = strconv.AppendInt(w.end[:0], end, 10)
			site.Attributes[i].Value = w.end
		}
		if value, err := strconv.ParseInt(string(site.Attributes[i].Value), 10, 64); err == nil {
			site.End = value
		}
		return
	}
}

func (w *worker) write(site *lake.Site, calls []lake.Call) (err error) {
	if w.writer == nil {
		if w.writer, err = lake.NewVariantWriter(w.path, lake.VariantOptions{JobID: w.jobID}); err != nil {
			return err
		}
	}
	return w.writer.Write(site, calls)
}

// close finishes the worker's data file, if it wrote any.
func (w *worker) close() ([]lake.DataFile, error) {
	if w.writer == nil {
		return nil, nil
	}
	file, err := w.writer.Close()
	w.writer = nil
	if err != nil {
		return nil, &storageError{err}
	}
	return []lake.DataFile{file}, nil
}

func (w *worker) abort() {
	if w.writer != nil {
		w.writer.Abort()
		w.writer = nil
	}
}

// storageError is a failure of ours to write, not of the file to be read.
type storageError struct{ error }

func (e *storageError) Unwrap() error { return e.error }
