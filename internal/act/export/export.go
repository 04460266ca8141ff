// Package export writes the records of a variant table as VCF: the header lines of the imports, and each record as it
// was in its file. What an import changed on purpose, such as alleles by left normalisation, is as the table has it.
package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/variant"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// Source is a table and the headers of its imports.
type Source struct {
	Snapshot *lake.Snapshot
	Headers  []Header // in the order of the imports
	// Lines reads the lines before #CHROM of a header by its hash.
	Lines func(hash string) ([]byte, error)
}

// Export is an export under way. It is for one goroutine.
type Export struct {
	Warnings []string // what the file does not keep of the imports

	header []byte
	rows   *variant.Reader
	write  recordWriter
}

// part is an item of a job, which is a file that was imported.
type part struct {
	job  string
	item int
}

// Open finds what a request asks for. The error is an *omics.Error when the request is at fault.
func Open(ctx context.Context, source Source, request *own.ExportIn) (*Export, error) {
	survey, err := variant.NewSurvey(ctx, source.Snapshot.OpenFile, source.Snapshot.Files())
	if err != nil {
		return nil, err
	}
	o := opener{source: source, request: request, survey: survey, byHash: map[string]*formats{},
		byPart: map[part]*formats{}, byJob: map[string]*formats{}}
	if err := o.findJobs(); err != nil {
		return nil, err
	}
	if err := o.findHeaders(ctx); err != nil {
		return nil, err
	}
	return o.open(ctx)
}

// opener is the state of Open.
type opener struct {
	source  Source
	request *own.ExportIn
	survey  *variant.Survey
	jobs    []string        // asked for, in order
	used    map[string]bool // those of them with records in the export
	without []string        // those of them that have no header

	builder headerBuilder
	byHash  map[string]*formats
	byPart  map[part]*formats
	byJob   map[string]*formats // for rows that do not say of which item they are
	samples []string
	known   map[string]int // samples
	sites   bool           // an import has no samples
}

// findJobs orders the jobs whose rows are in the table: those without a header are the oldest.
func (o *opener) findJobs() error {
	inTable := o.survey.Jobs()
	o.used = map[string]bool{}
	for _, job := range o.request.Jobs {
		if _, ok := slices.BinarySearch(inTable, job); !ok {
			return notFound("The table has no rows of import job %s.", job)
		}
	}
	wanted := func(job string) bool { return len(o.request.Jobs) == 0 || slices.Contains(o.request.Jobs, job) }
	withHeader := map[string]bool{}
	for _, h := range o.source.Headers {
		withHeader[h.Job] = true
	}
	for _, job := range inTable {
		if wanted(job) && !withHeader[job] {
			o.without = append(o.without, job)
		}
	}
	o.jobs = slices.Clone(o.without)
	for _, h := range o.source.Headers { // those of a job stand together
		if _, ok := slices.BinarySearch(inTable, h.Job); ok && wanted(h.Job) &&
			!slices.Contains(o.jobs[max(0, len(o.jobs)-1):], h.Job) {
			o.jobs = append(o.jobs, h.Job)
		}
	}
	return nil
}

// findHeaders merges the headers of the jobs, and gathers their samples.
func (o *opener) findHeaders(ctx context.Context) error {
	o.known = map[string]int{}
	wanted := map[string]bool{}
	for _, job := range o.jobs {
		wanted[job] = true
	}
	if len(o.without) > 0 {
		if err := o.guessHeader(ctx); err != nil {
			return err
		}
	}
	for _, h := range o.source.Headers {
		if !wanted[h.Job] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		samples, err := samplesOf(h.Columns)
		if err != nil {
			return err
		}
		if !o.takes(samples) {
			continue
		}
		f := o.byHash[h.Hash]
		if f == nil {
			lines, err := o.source.Lines(h.Hash)
			if err != nil {
				return err
			}
			if f, err = o.builder.add(lines); err != nil {
				return err
			}
			o.byHash[h.Hash] = f
		}
		o.byPart[part{h.Job, h.Item}] = f
		if o.used[h.Job] = true; o.byJob[h.Job] == nil {
			o.byJob[h.Job] = f
		}
		o.addSamples(samples)
	}
	return nil
}

// takes tells whether a file with these samples is part of the export: where samples are asked for, it has one of them.
func (o *opener) takes(samples []string) bool {
	return len(o.request.Samples) == 0 ||
		slices.ContainsFunc(samples, func(name string) bool { return slices.Contains(o.request.Samples, name) })
}

func (o *opener) addSamples(names []string) {
	o.sites = o.sites || len(names) == 0
	for _, name := range names {
		if _, ok := o.known[name]; !ok {
			o.known[name] = len(o.samples)
			o.samples = append(o.samples, name)
		}
	}
}

// guessHeader makes a header for the jobs that have none.
func (o *opener) guessHeader(ctx context.Context) error {
	var texts [3][]string
	for i, column := range []int{variant.SurveySamples, variant.SurveyInfo, variant.SurveyFormat} {
		var err error
		if texts[i], err = o.survey.Texts(ctx, column, o.without); err != nil {
			return err
		}
	}
	if !o.takes(texts[0]) {
		return nil
	}
	f, err := o.builder.add(minimalHeader(texts[1], texts[2]))
	if err != nil {
		return err
	}
	f.guessed = true
	o.builder.warn("no header was kept of import jobs %s: it is made from the table", abbreviated(o.without))
	for _, job := range o.without {
		o.used[job], o.byJob[job] = true, f
	}
	o.addSamples(texts[0])
	return nil
}

func abbreviated(list []string) string {
	if len(list) > 3 {
		return strings.Join(list[:3], ", ") + fmt.Sprintf(" and %d more", len(list)-3)
	}
	return strings.Join(list, ", ")
}

// open begins to read.
func (o *opener) open(ctx context.Context) (*Export, error) {
	o.jobs = slices.DeleteFunc(o.jobs, func(job string) bool { return !o.used[job] })
	o.survey = o.survey.OfJobs(o.jobs)
	read := variant.Read{Jobs: o.jobs, Samples: o.samples, NoSites: len(o.request.Samples) > 0}
	columns := make([]int, len(o.samples))
	for i := range columns {
		columns[i] = i
	}
	if len(o.request.Samples) > 0 {
		read.Samples = o.request.Samples
		columns = columns[:0]
		for i, name := range o.request.Samples {
			if _, ok := o.known[name]; !ok {
				return nil, notFound("There is no sample %q.", name)
			}
			if slices.Contains(o.request.Samples[:i], name) {
				return nil, omics.Validation("Sample %q is asked for twice.", name)
			}
			columns = append(columns, i)
		}
		var err error
		if o.survey, err = o.survey.OfSamples(ctx, read.Samples); err != nil {
			return nil, err
		}
	}
	if o.builder.files == 0 {
		if _, err := o.builder.add(minimalHeader(nil, nil)); err != nil {
			return nil, err
		}
	}
	contigs := o.survey.Contigs()
	undeclared := slices.DeleteFunc(slices.Clone(contigs), func(contig string) bool { return o.builder.known[contig] })
	undeclared, err := o.survey.Occurring(ctx, undeclared, o.jobs)
	if err != nil {
		return nil, err
	}
	for _, contig := range undeclared {
		o.builder.contig(contig)
	}
	read.Contigs = byOrder(contigs, o.builder.contigs)
	if len(o.request.Regions) > 0 {
		read.Regions = []variant.Region{}
		for _, text := range o.request.Regions {
			region, err := parseRegion(text, o.builder.known)
			if err != nil {
				return nil, err
			}
			if !o.builder.known[region.Contig] {
				o.builder.warn("region %s: there is no contig %q%s", text, region.Contig, otherwise(region.Contig, o.builder.known))
			}
			read.Regions = append(read.Regions, region)
		}
	}
	format := len(read.Samples) > 0
	if format && o.sites {
		o.builder.defineGT()
	}
	marks := o.builder.marks()
	e := &Export{Warnings: o.builder.Warnings(), header: o.builder.write(read.Samples, format),
		rows: o.survey.Read(ctx, read)}
	e.write = recordWriter{columns: columns, cells: make([]cell, len(columns)), format: format, marks: marks,
		formats: func(job, item int) *formats {
			if f := o.byPart[part{o.jobs[job], item}]; f != nil {
				return f
			}
			return o.byJob[o.jobs[job]]
		}}
	return e, nil
}

// Run writes the header and the records, and returns how many there are.
func (e *Export) Run(w io.Writer) (records int64, err error) {
	defer func() { err = errors.Join(err, e.rows.Close()) }()
	if _, err := w.Write(e.header); err != nil {
		return 0, err
	}
	const full = 256 << 10
	buf := make([]byte, 0, full+full/4)
	for {
		r, err := e.rows.Next()
		if err == nil {
			buf = e.write.append(buf, r)
			records++
			if len(buf) < full {
				continue
			}
		} else if !errors.Is(err, io.EOF) {
			return records, err
		}
		if _, err := w.Write(buf); err != nil {
			return records, err
		}
		if err != nil {
			return records, nil
		}
		buf = buf[:0]
	}
}

func notFound(format string, args ...any) error {
	return &omics.Error{Code: omics.CodeResourceNotFound, Message: fmt.Sprintf(format, args...)}
}

// otherwise names the contig that is meant, maybe.
func otherwise(contig string, contigs map[string]bool) string {
	if name := fasta.OtherName(contig, func(name string) bool { return contigs[name] }); name != "" {
		return fmt.Sprintf("; did you mean %q?", name)
	}
	if strings.HasPrefix(contig, "chr") {
		return "; names are as in the imported files, with chr or without"
	}
	return ""
}

// parseRegion reads CONTIG, CONTIG:POS, CONTIG:FROM- or CONTIG:FROM-TO. A contig may have a colon in its name: all of
// the text is one if there is such a contig.
func parseRegion(text string, contigs map[string]bool) (variant.Region, error) {
	const most = 1 << 40
	if contigs[text] {
		return variant.Region{Contig: text, Start: -1, End: most}, nil
	}
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 {
		return variant.Region{Contig: text, Start: -1, End: most}, nil // as bcftools: a contig without records has none
	}
	first, last, isRange := strings.Cut(strings.ReplaceAll(text[colon+1:], ",", ""), "-")
	from, err := strconv.ParseUint(first, 10, 31)
	to := from
	if err == nil && isRange {
		if to = most; last != "" {
			to, err = strconv.ParseUint(last, 10, 31)
		}
	}
	if err != nil || to < from || colon == 0 {
		return variant.Region{}, omics.Validation("%q is not a region: CONTIG, CONTIG:POS or CONTIG:FROM-TO, from 1.", text)
	}
	return variant.Region{Contig: text[:colon], Start: int64(from) - 1, End: int64(to)}, nil
}
