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
func openVCF(claim *meta.Claim, text *bufio.Reader, reference fasta.Reference, relaxed vcf.Rules) (f *vcfFormat, source *lineReader, err error) {
	source = &lineReader{text, 1, '\n'}
	header, err := vcf.ReadHeader(source.Reader, vcf.HeaderOptions{Relaxed: relaxed})
	if err != nil {
		return nil, nil, err
	}
	source.number = header.Lines + 1
	f = &vcfFormat{jobID: claim.Job.ID, item: claim.Item.Item, header: header, reference: reference, relaxed: relaxed}
	if options := claim.Job.FormatOptions; options != nil && options.VcfOptions != nil {
		f.ignoreQual, f.ignoreFilter = isTrue(options.VcfOptions.IgnoreQualField), isTrue(options.VcfOptions.IgnoreFilterField)
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

func (f *vcfFormat) rows(folder *warehouse.Folder, path string) rows {
	r := &vcfRows{vcfFormat: f, folder: folder, path: path, record: f.record(), shred: newShredder(f)}
	for _, name := range f.header.Samples {
		r.samples = append(r.samples, []byte(name))
	}
	if f.reference != nil {
		r.normalizer = norm.New(f.reference)
	}
	return r
}

// vcfRows turns records into rows of the variant table.
type vcfRows struct {
	*vcfFormat
	folder     *warehouse.Folder
	path       string
	samples    [][]byte        // their names
	writer     *variant.Writer // nil until the first row
	record     *vcf.Record
	normalizer *norm.Normalizer // nil: no left normalisation
	contig     string           // of the record before, to name it without allocating
	end        []byte           // text of a moved INFO/END
	shred      *shredder
	known      callMemo
	batch      [recallBatch]recalled
	calls      []int32 // of the record, see variant.Writer
}

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
	site := w.shred.shredSite(w.record, line)
	if w.shred.unread {
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

// recallSamples is from how many samples on calls are looked for among those of the row group: of a few samples hardly any are alike.
const recallSamples = 8

// samplesAtOnce bounds the calls that are in memory before their rows are.
const samplesAtOnce = 1 << 14

// write writes the rows of the record, whose samples are checked on the way.
func (w *vcfRows) write(site *variant.Site) (err error) {
	if w.writer == nil {
		file, err := w.folder.Create(w.path)
		if err != nil {
			return &storageError{err}
		}
		w.writer = variant.NewWriter(file, variant.Options{JobID: w.jobID, Item: w.item, Samples: w.samples})
	}
	for first := 0; ; first += len(w.calls) {
		if err := w.findCalls(first, min(samplesAtOnce, len(w.samples)-first)); err != nil {
			return err
		}
		if err := w.writer.Write(site, first, w.calls); err != nil {
			return &storageError{err}
		}
		if first+len(w.calls) == len(w.samples) {
			break
		}
	}
	if len(w.samples) == 0 {
		return nil
	}
	return w.record.EndSamples()
}

// findCalls numbers the calls of n samples of the record, from first on: w.calls has for each of them the number that the writer gave its call in
// the row group under construction, and the same number for samples that are alike. So a joint call of 2,504 samples, of which most are 0/0 with
// the same depth as another, parses and keeps a few dozen of them.
//
// The samples are dealt with in batches of recallBatch, since looking up one after the other would wait for memory each time: NextSample only cuts
// the columns apart, find looks all of them up, and layOut parses those that are new. A sample that cannot be cut ends the batch before it, so that
// a fault in an earlier one comes first, as it does when lines are read from left to right.
func (w *vcfRows) findCalls(first, n int) error {
	w.calls = w.calls[:0]
	if n == 0 {
		return nil
	}
	recall := len(w.samples) >= recallSamples
	if recall {
		w.known.begin(w.writer.RowGroup(), w.record.Layout(), w.record.NumAlt())
	}
	for end := first + n; first < end; first += recallBatch {
		batch := w.batch[:min(recallBatch, end-first)]
		var broken error
		for i := range batch {
			if batch[i].text, broken = w.record.NextSample(); broken != nil {
				batch = batch[:i]
				break
			}
		}
		if recall {
			w.known.find(batch)
		}
		for i := range batch {
			b := &batch[i]
			if b.number < 0 || !recall {
				if err := w.layOut(first+i, b, recall); err != nil {
					return err
				}
			}
			w.calls = append(w.calls, b.number)
		}
		if broken != nil {
			return broken
		}
	}
	return nil
}

// layOut parses one sample: it checks the column against the header, lays it out as a call, moves what does not fit aside, and gives the call to the
// writer, whose number of it goes to b. find does not know what the batch itself has added, nor columns whose slot was taken: findOne looks again.
// What breaks a rule that is forgiven is not remembered, since every occurrence is to be counted.
func (w *vcfRows) layOut(sample int, b *recalled, recall bool) error {
	if recall {
		if w.known.findOne(b); b.number >= 0 {
			return nil
		}
	}
	if err := w.record.CheckSample(sample); err != nil {
		return err
	}
	call := w.shred.shredCall(w.record, sample)
	misfits := w.record.Misfits()
	if misfits != nil {
		w.shred.divert(call, w.record, sample, misfits)
	}
	b.number = w.writer.Call(call)
	if recall && !w.record.Odd() { // each odd record is to be counted
		w.known.add(b)
	}
	return nil
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
