package ingest

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/variant"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/norm"
	"github.com/varlake/varlake/vcf"
)

// vcfFormat imports VCF records into the variant table.
type vcfFormat struct {
	jobID        string
	item         int
	header       *vcf.Header
	vep          *vcf.VEPFormat  // nil: no annotations asked for, or none in this file
	vepKey       string          // the INFO key that annotationFields names
	annotated    bool            // annotationFields names VEP
	unannotated  string          // why the file has none, after all
	ignoreQual   bool            // QUAL is as if missing
	ignoreFilter bool            // FILTER is as if missing
	reference    fasta.Reference // nil: no left normalisation
	relaxed      vcf.Rules
}

// openVCF reads the header of a job's file. source goes on with the first record.
func openVCF(claim *meta.Claim, text *bufio.Reader, reference fasta.Reference, relaxed vcf.Rules) (f *vcfFormat,
	source *lineReader, err error) {
	source = &lineReader{text, 1, '\n'}
	header, err := vcf.ReadHeader(source.Reader, vcf.HeaderOptions{Relaxed: relaxed})
	if err != nil {
		return nil, nil, err
	}
	source.number = header.Lines + 1
	f = &vcfFormat{jobID: claim.Job.ID, item: claim.Item.Item, header: header, reference: reference, relaxed: relaxed}
	if options := claim.Job.FormatOptions; options != nil && options.VcfOptions != nil {
		f.ignoreQual, f.ignoreFilter = isTrue(options.VcfOptions.IgnoreQualField),
			isTrue(options.VcfOptions.IgnoreFilterField)
	}
	if key := vepKey(claim.Job.AnnotationFields); key != "" {
		f.annotated, f.vepKey = true, key
		if f.vep, f.unannotated, err = vcf.ParseVEPHeader(header, key); err != nil {
			return nil, nil, err
		}
	}
	return f, source, nil
}

// vepKey is the INFO id that annotationFields names for VEP; "CSQ" is its documented value. Other keys of the
// map are ignored, as HealthOmics does.
func vepKey(fields map[string]string) string { return strings.TrimSpace(fields["VEP"]) }

func isTrue(p *bool) bool { return p != nil && *p }

// record makes what the file's records are parsed into.
func (f *vcfFormat) record() *vcf.Record {
	r := vcf.NewRecord(f.header)
	r.IgnoreQual, r.IgnoreFilter, r.DeferSamples = f.ignoreQual, f.ignoreFilter, true
	r.Relaxed = f.relaxed
	return r
}

// source is what the rows take of the file.
func (f *vcfFormat) source() variant.Source {
	return variant.Source{Header: f.header, Annotated: f.annotated, VEP: f.vep, VEPKey: f.vepKey}
}

func (f *vcfFormat) rows(files warehouse.Files, path string) rows {
	r := &vcfRows{vcfFormat: f, files: files, path: path, record: f.record(), shred: variant.NewShredder(f.source())}
	for _, name := range f.header.Samples {
		r.samples = append(r.samples, []byte(name))
	}
	if f.reference != nil {
		r.normalizer = norm.New(f.reference)
	}
	return r
}

func (f *vcfFormat) complete(t *Tally) {
	t.Aligned = true
	t.Header = f.header.Text
	t.Notes.Merge(f.header.Notes())
	t.Unfilled = f.unfilled(t.Unread)
}

// vcfRows turns records into rows of the variant table.
type vcfRows struct {
	*vcfFormat
	files      warehouse.Files
	path       string
	samples    [][]byte        // their names
	writer     *variant.Writer // nil until the first row
	record     *vcf.Record
	normalizer *norm.Normalizer // nil: no left normalisation
	contig     string           // of the record before, to name it without allocating
	end        []byte           // text of a moved INFO/END
	shred      *variant.Shredder
}

func (w *vcfRows) met() *strangers { return nil }

func (w *vcfRows) line(row []byte, line int64, r *report) error {
	row = bytes.TrimSuffix(row, []byte{'\r'})
	w.record.Notes = &r.notes
	if vcf.Blank(row) {
		return w.record.SkipBlank(line)
	}
	if err := w.record.Parse(row, line); err != nil {
		return err
	}
	if err := r.order.Check(w.record.Chrom(), w.record.Pos(), line); err != nil {
		return err
	}
	site := w.shred.Site(w.record, line)
	if w.shred.Unread() {
		r.unread.add(line)
	}
	if w.normalizer != nil {
		changed, err := w.leftAlign(site)
		if err != nil {
			fault := refusal(err, line)
			if fault == nil {
				return fmt.Errorf("normalise: %w", err)
			}
			if err := r.notes.Forgive(w.relaxed, fault); err != nil { // else the record stays as it came
				return err
			}
		}
		if changed {
			r.normalised++
		}
	}
	if err := w.write(site); err != nil {
		return err
	}
	r.records++
	r.rows += int64(max(len(w.samples), 1))
	return nil
}

func (w *vcfRows) leftAlign(site *variant.Site) (changed bool, err error) {
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
func (w *vcfRows) moveEnd(site *variant.Site, result norm.Result) {
	end, ok := result.InfoEnd()
	for i := range site.Attributes {
		if string(site.Attributes[i].Key) != "END" {
			continue
		}
		if ok {
			w.end = strconv.AppendInt(w.end[:0], end, 10)
			site.Attributes[i].Value = w.end
			if format, _, whole := bytes.Cut(site.Format, []byte{'\t'}); whole { // INFO as the file has it tells another END
				site.Format = format
			}
		}
		if value, err := strconv.ParseInt(string(site.Attributes[i].Value), 10, 64); err == nil {
			site.End = value
		}
		return
	}
}

// samplesAtOnce bounds the calls that are in memory before their rows are.
const samplesAtOnce = 1 << 14

// write writes the rows of the record, whose samples are checked on the way.
func (w *vcfRows) write(site *variant.Site) (err error) {
	if w.writer == nil {
		file, err := w.files.Create(w.path)
		if err != nil {
			return &storageError{err}
		}
		w.writer = variant.NewWriter(file, variant.Options{JobID: w.jobID, Item: w.item, Samples: w.samples})
	}
	for first := 0; ; {
		calls, err := w.shred.Calls(w.writer, w.record, first, min(first+samplesAtOnce, len(w.samples)))
		if err != nil {
			return err
		}
		if err := w.writer.Write(site, first, calls); err != nil {
			return &storageError{err}
		}
		if first += len(calls); first == len(w.samples) {
			break
		}
	}
	if len(w.samples) == 0 {
		return nil
	}
	return w.record.EndSamples()
}

func (w *vcfRows) finish() error {
	if w.writer == nil {
		return nil
	}
	if err := w.writer.Finish(); err != nil {
		return &storageError{err}
	}
	return nil
}

func (w *vcfRows) sync() error { return nil } // there is one file

func (w *vcfRows) close() ([]column.DataFile, error) {
	if w.writer == nil {
		return nil, nil
	}
	file, err := w.writer.Close()
	w.writer = nil
	if err != nil {
		return nil, &storageError{err}
	}
	return []column.DataFile{file}, nil
}

func (w *vcfRows) abort() {
	if w.writer != nil {
		w.writer.Abort()
		w.writer = nil
	}
}
