package ingest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/source/annot"
	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/norm"
	"github.com/varlake/varlake/vcf"
)

// surveyBytes bounds how much of the text of a refused file is read again, and surveyLine how long its lines may be.
const (
	surveyBytes = 64 << 20
	surveyLine  = 4 << 20
)

// refused is the fault for which a file was refused, with all that would have to be let go for it to be accepted.
type refused struct {
	error
	hint string
}

func (e *refused) Unwrap() error { return e.error }

// survey reads a VCF file again that was refused for what a rule could let go, with all rules relaxed, and tells in the
// error all that it needs: a hint that leads to the next refusal is of no help.
func (r *Reader) survey(ctx context.Context, claim *meta.Claim, object blob.Object, refusal error) error {
	var fault *vcf.ParseError
	if !errors.As(refusal, &fault) || fault.Rule == 0 || claim.Job.Format == omics.FormatTSV ||
		claim.Job.Format == omics.FormatGFF {
		return refusal
	}
	contigs, done, err := r.openReference(claim)
	if err != nil {
		return refusal
	}
	defer done()
	source := object.Reader(ctx, 0)
	defer source.Close()
	text := bgzf.Open(source, 1)
	defer text.Close()
	v := surveyor{text: &io.LimitedReader{R: &slot.Unpaced{Reader: text, Pace: r.Pace}, N: surveyBytes}, pace: r.Pace}
	if claim.Job.Normalize {
		v.reference = contigs
	}
	err = v.survey(ctx, claim)
	var another *vcf.ParseError
	if ctx.Err() != nil || err != nil && !errors.As(err, &another) {
		return refusal
	}
	needed := (v.notes.Beyond(r.Relaxed) | 1<<fault.Rule.Base()).String()
	switch {
	case err != nil:
		return &refused{refusal, fmt.Sprintf(" (--relax %s is not enough: %s)", needed, inWords(err))}
	case v.cut:
		return &refused{refusal, fmt.Sprintf(" (accepted with --relax %s, as far as the first %d MiB of its text tell)",
			needed, surveyBytes>>20)}
	}
	return &refused{refusal, " (accepted with --relax " + needed + ")"}
}

// surveyor reads a VCF file with every rule relaxed.
type surveyor struct {
	text      *io.LimitedReader // unpaced
	pace      slot.Pace
	reference fasta.Reference // nil: no left normalisation
	notes     vcf.Notes
	cut       bool // the text is longer than was read
}

// survey is read as imports compute: giving way to answers, and when it is its turn.
func (v *surveyor) survey(ctx context.Context, claim *meta.Claim) (err error) {
	slot.AtNice(slot.ImportNice, func() { v.pace.Compute(func() { err = v.read(ctx, claim) }) })
	return err
}

// read notes what breaks rules. The error is what no setting lets in.
func (v *surveyor) read(ctx context.Context, claim *meta.Claim) error {
	f, source, err := openVCF(claim, bufio.NewReaderSize(v.text, headBytes), v.reference, vcf.AllRules)
	if err != nil {
		return err
	}
	v.notes.Merge(f.header.Notes())
	w := surveyed{surveyor: v, record: f.record(), order: vcf.Order{Notes: &v.notes}}
	w.record.DeferSamples, w.record.Notes = false, &v.notes
	if v.reference != nil {
		w.normalizer = norm.New(v.reference)
	}
	lines := bufio.NewReaderSize(source, surveyLine)
	for number := source.number; ctx.Err() == nil; number++ {
		line, err := lines.ReadSlice(source.terminator)
		if errors.Is(err, bufio.ErrBufferFull) || err != nil && v.text.N <= 0 {
			v.cut = true
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(line) > 0 {
			if err := w.line(bytes.TrimSuffix(line, []byte{source.terminator}), number); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
	return nil
}

// surveyed is what the lines of the file are read with.
type surveyed struct {
	*surveyor
	record     *vcf.Record
	order      vcf.Order
	normalizer *norm.Normalizer // nil: no left normalisation
}

func (w *surveyed) line(row []byte, number int64) error {
	row = bytes.TrimSuffix(row, []byte{'\r'})
	if vcf.Blank(row) {
		return w.record.SkipBlank(number)
	}
	if err := w.record.Parse(row, number); err != nil {
		return err
	}
	if err := w.order.Check(w.record.Chrom(), w.record.Pos(), number); err != nil || w.normalizer == nil {
		return err
	}
	_, err := w.normalizer.Normalize(string(w.record.Chrom()), w.record.Pos(), w.record.Ref(), w.record.AppendAlts(nil))
	if err == nil {
		return nil
	}
	if fault := refusal(err, number); fault != nil {
		return w.notes.Forgive(vcf.AllRules, fault)
	}
	return err
}

// surveyRowBytes bounds how much of the text of a refused TSV file is read again.
const surveyRowBytes = 8 << 20

// surveyRows reads the beginning of a TSV file again that was refused for what read options could let in, and tells in
// the error all those that it needs.
func (r *Reader) surveyRows(ctx context.Context, claim *meta.Claim, object blob.Object, refusal error) error {
	if claim.Job.Format != omics.FormatTSV || ctx.Err() != nil || !errors.As(refusal, new(*annot.Error)) {
		return refusal
	}
	layout, err := tsvLayout(&claim.Table)
	if err != nil {
		return refusal
	}
	options, err := jobReadOptions(&claim.Job)
	if err != nil {
		return refusal
	}
	source := object.Reader(ctx, 0)
	defer source.Close()
	text := bgzf.Open(source, 1)
	defer text.Close()
	data, err := io.ReadAll(io.LimitReader(text, surveyRowBytes))
	if err != nil {
		return refusal
	}
	slot.AtNice(slot.ImportNice, func() {
		r.Pace.Compute(func() { refusal = annot.Needs(refusal, layout, options, data, len(data) < surveyRowBytes) })
	})
	return refusal
}
