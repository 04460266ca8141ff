package ingest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/source/annot"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/norm"
	"github.com/varlake/varlake/vcf"
)

// tsvFormat imports rows of TSV, CSV and BED files into the table of their store's layout.
type tsvFormat struct {
	jobID     string
	tsv       *annot.TSV // cloned for each worker
	schema    *lake.Schema
	reference fasta.Reference // nil: no left normalisation
	contigs   *fasta.File     // of the store's reference; nil: none
	relaxed   vcf.Rules
}

// tsvLayout is the layout of a TSV table.
func tsvLayout(table *meta.Table) (*annot.Layout, error) {
	raw, err := json.Marshal(table.TSV())
	if err != nil {
		return nil, fmt.Errorf("encode layout: %w", err)
	}
	return annot.ParseLayout(raw)
}

// tsvSchema is the table of a layout: its columns, then importjobid and information.
func tsvSchema(layout *annot.Layout) (*lake.Schema, error) {
	types := map[annot.Type]column.FlatType{
		annot.String: column.TypeText, annot.Int: column.TypeInt, annot.Long: column.TypeLong,
		annot.Float: column.TypeFloat, annot.Double: column.TypeDouble, annot.Boolean: column.TypeBoolean,
	}
	var columns []column.Flat
	for _, c := range layout.Columns() {
		columns = append(columns, column.Flat{Name: c.Name, Type: types[c.Type]})
	}
	columns = append(columns, column.Flat{Name: "importjobid", Type: column.TypeText},
		column.Flat{Name: "information", Type: column.TypeTextMap})
	contig, start, end := layout.Place()
	if contig == "" {
		return lake.NewSchema(columns, nil, nil)
	}
	return lake.NewSchema(columns, []string{contig, start}, []string{contig, start, end})
}

// openTSV reads the header of a job's file, when there is to be one. source goes on with the first row.
func openTSV(claim *meta.Claim, text *bufio.Reader, reference fasta.Reference, relaxed vcf.Rules) (f *tsvFormat,
	source *lineReader, err error) {
	layout, err := tsvLayout(&claim.Table)
	if err != nil {
		return nil, nil, err
	}
	read, err := jobReadOptions(&claim.Job)
	if err != nil {
		return nil, nil, err
	}
	f = &tsvFormat{jobID: claim.Job.ID, relaxed: relaxed}
	if f.tsv, err = annot.NewTSV(layout, read); err != nil {
		return nil, nil, &userError{err.Error()}
	}
	if f.schema, err = tsvSchema(layout); err != nil {
		return nil, nil, err
	}
	if layout.HasAlleles() {
		f.reference = reference
	}
	source = &lineReader{text, 1, read.Terminator()}
	if read.Header {
		err = f.readHeader(source)
	}
	return f, source, err
}

// jobReadOptions are the options with which a job has its TSV file read.
func jobReadOptions(job *meta.ImportJob) (read annot.ReadOptions, err error) {
	read = annot.DefaultReadOptions()
	if options := job.FormatOptions; options != nil && options.TsvOptions != nil {
		if read, err = readOptions(options.TsvOptions.ReadOptions); err != nil {
			return read, err
		}
	}
	read.NullValues = nullValues(job.AnnotationFields)
	return read, nil
}

// nullValues are the texts that mean a missing value, separated by commas. The API's readOptions have no place for
// them, annotationFields, whose keys but VEP HealthOmics ignores, do.
func nullValues(fields map[string]string) (marks []string) {
	for mark := range strings.SplitSeq(fields["nullValue"], ",") {
		if mark != "" {
			marks = append(marks, mark)
		}
	}
	return marks
}

func readOptions(options *omics.ReadOptions) (annot.ReadOptions, error) {
	raw, err := json.Marshal(options)
	if err != nil {
		return annot.ReadOptions{}, fmt.Errorf("encode read options: %w", err)
	}
	return annot.ParseReadOptions(raw)
}

func (f *tsvFormat) readHeader(source *lineReader) error {
	search := f.tsv.SearchHeader()
	for {
		line := source.number
		text, err := source.next()
		if errors.Is(err, io.EOF) {
			return ErrNoRows
		}
		if err != nil {
			return err
		}
		found, row, err := search.Offer(text, line)
		if err != nil {
			return err
		}
		if row {
			source.unread(text)
		}
		if found {
			return nil
		}
	}
}

func (f *tsvFormat) complete(t *Tally) { t.Aligned = f.reference != nil }

func (f *tsvFormat) rows(files warehouse.Files, path string) rows {
	r := &tsvRows{
		tsvFormat: f, strangers: strangers{reference: f.contigs}, parser: f.tsv.Clone(),
		file: rowFile{files: files, path: path, schema: f.schema},
	}
	if f.reference != nil {
		r.normalizer = norm.New(f.reference)
	}
	return r
}

// tsvRows turns lines into rows of a TSV store's table.
type tsvRows struct {
	*tsvFormat
	strangers
	parser     *annot.TSV
	file       rowFile
	normalizer *norm.Normalizer // nil: no left normalisation
	contig     string           // of the row before, to name it without allocating
	values     []column.Value
	pairs      []column.KV
	alleles    [][]byte
}

func (w *tsvRows) line(text []byte, line int64, r *report) error {
	row, err := w.parser.Row(text, line)
	if err != nil || row == nil {
		return err
	}
	r.records++
	w.meet(row.Chrom, line)
	if w.normalizer == nil {
		return w.write(row, r)
	}
	// Every ALT becomes a row of its own, in the form in which it would be called alone.
	w.alleles = w.alleles[:0]
	for rest, more := row.Alt, true; more; {
		var alt []byte
		if alt, rest, more = bytes.Cut(rest, []byte{','}); len(alt) == 0 {
			return w.parser.Fail("ALT", line, "has an allele without a base")
		}
		w.alleles = append(w.alleles, alt)
	}
	start, ref := row.Start, row.Ref
	if w.contig != string(row.Chrom) {
		w.contig = string(row.Chrom)
	}
	changed := false
	for i := range w.alleles {
		result, err := w.normalizer.Normalize(w.contig, start+1, ref, w.alleles[i:i+1])
		if err != nil {
			fault := refusal(err, line)
			switch {
			case fault == nil:
				return fmt.Errorf("normalise: %w", err)
			case i > 0: // all alleles are refused for the same reason, and the row is counted once
			case r.notes.Forgive(w.relaxed, fault) != nil:
				column := map[vcf.Rule]string{vcf.RuleContig: "CHR", vcf.RuleReference: "REF"}[fault.Rule]
				return w.parser.Fail(column, line, "cannot be left-normalized: "+err.Error()+hint(fault.Rule))
			}
		}
		changed = changed || result.Changed
		w.parser.SetAllele(row, result.Pos-1, result.Ref, result.Alts[0])
		if err := w.write(row, r); err != nil {
			return err
		}
	}
	if changed {
		r.normalised++
	}
	return nil
}

func (w *tsvRows) write(row *annot.Row, r *report) error {
	w.values, w.pairs = w.values[:0], w.pairs[:0]
	for i := range row.Values {
		v := &row.Values[i]
		w.values = append(w.values, column.Value{Null: v.Null, Text: v.Text, Int: v.Int, Float: v.Float, Bool: v.Bool})
	}
	w.pairs = appendPairs(w.pairs, row.Information)
	w.values = append(w.values, column.Value{Text: []byte(w.jobID)}, column.Value{Map: orNil(w.pairs)})
	if err := w.file.write(w.values); err != nil {
		return err
	}
	r.rows++
	return nil
}

func (w *tsvRows) finish() error                     { return w.file.finish() }
func (w *tsvRows) sync() error                       { return w.file.sync() }
func (w *tsvRows) close() ([]column.DataFile, error) { return w.file.close() }
func (w *tsvRows) met() *strangers                   { return &w.strangers }
func (w *tsvRows) abort()                            { w.file.abort() }

// appendPairs lays map entries out as lake's; the two know nothing of each other.
func appendPairs(dst []column.KV, pairs []annot.KV) []column.KV {
	for _, p := range pairs {
		dst = append(dst, column.KV{Key: p.Key, Value: p.Value, Null: p.Null})
	}
	return dst
}

// orNil makes an empty list NULL.
func orNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}
