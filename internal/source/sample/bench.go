package sample

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
)

// Options say what WriteBench writes.
type Options struct {
	Records       int    // about as many lines; a few fewer come in practice
	Samples       int    // 0 is 1
	Seed          uint64 // another seed, other data
	Spacing       int    // bases of reference per record, 0 is 100
	GenotypesOnly bool   // phased genotypes without a gap and no other FORMAT, as a reference panel has them
	GVCF          bool   // also the first sample's genomic VCF
	Level         int    // of compression, 1 to 9; 0 is 6
}

const (
	benchContig  = 32 << 20 // bases of a contig, the last one may have fewer
	leastContig  = 64 << 10
	mostBenchNTs = 16 << 30 // bases in all
	mostSamples  = 1 << 20
)

// WriteBench writes bench.fa, bench.fa.fai, bench.vcf.gz and, on request, bench.g.vcf.gz into dir. Memory
// stays within one contig (about 40 MB) and one line, whatever the number of records.
func WriteBench(dir string, opt Options) (Files, error) {
	if opt.Samples == 0 {
		opt.Samples = 1
	}
	if opt.Spacing == 0 {
		opt.Spacing = 100
	}
	if opt.Level == 0 {
		opt.Level = 6
	}
	if opt.Records < 1 || opt.Samples < 1 || opt.Samples > mostSamples || opt.Spacing < 20 ||
		opt.Records > mostBenchNTs/opt.Spacing {
		return Files{}, errors.New(
			"bench data: records and samples must be positive, spacing at least 20, and their product within 16 Gbases")
	}
	out, err := newOutput(dir)
	if err != nil {
		return Files{}, err
	}
	defer out.abandon()
	if err := writeBench(out, opt); err != nil {
		return Files{}, fmt.Errorf("write bench data: %w", err)
	}
	if err := out.commit(); err != nil {
		return Files{}, err
	}
	path := func(name string) string { return filepath.Join(dir, name) }
	files := Files{Reference: path("bench.fa"), ReferenceIndex: path("bench.fa.fai"), Cohort: path("bench.vcf.gz")}
	if opt.GVCF {
		files.GVCF = path("bench.g.vcf.gz")
	}
	return files, nil
}

// benchPlans cuts the reference into contigs chr1, chr2, ...
func benchPlans(opt Options) []plan {
	var plans []plan
	for left := max(opt.Records*opt.Spacing, leastContig); left > 0; left -= benchContig {
		length := min(left, benchContig)
		if left-length < leastContig { // no crumbs
			length = left
		}
		plans = append(plans, plan{name: fmt.Sprintf("chr%d", len(plans)+1), length: length, ends: 1000, ploidy: 2})
		if length == left {
			break
		}
	}
	return plans
}

func writeBench(out *output, opt Options) error {
	text, err := out.plain("bench.fa")
	if err != nil {
		return err
	}
	index, err := out.plain("bench.fa.fai")
	if err != nil {
		return err
	}
	cohort, err := out.compressed("bench.vcf.gz", opt.Level)
	if err != nil {
		return err
	}
	plans := benchPlans(opt)
	names := make([]string, opt.Samples)
	for i := range names {
		names[i] = fmt.Sprintf("S%05d", i+1)
	}
	contigs := contigLines(plans, sameName)
	formats := jointFormatLines
	if opt.GenotypesOnly {
		formats = genotypeLine
	}
	if _, err := io.WriteString(cohort, fileFormat+filterLines+jointInfoLines+formats+contigs+columns(names)); err != nil {
		return err
	}
	rng := random(opt.Seed)
	b := &benchWriter{fasta: newFASTA(text, index), cohort: cohort, samples: opt.Samples, panel: opt.GenotypesOnly}
	if opt.GVCF {
		genomic, err := out.compressed("bench.g.vcf.gz", opt.Level)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(genomic, fileFormat+jointFormatLines+gvcfLines+contigs+columns(names[:1])); err != nil {
			return err
		}
		b.gvcf = newGVCF(genomic, new(random(opt.Seed+1)), 0)
	}
	left := opt.Records
	for i, p := range plans {
		share := left
		if i < len(plans)-1 {
			share = p.length / opt.Spacing
		}
		written, err := b.contig(&rng, p, share)
		if err != nil {
			return err
		}
		left -= written
	}
	return b.fasta.flush()
}

// benchWriter writes one contig after the other.
type benchWriter struct {
	fasta   *fasta
	cohort  io.Writer
	gvcf    *gvcf // or nil
	samples int
	panel   bool // see Options.GenotypesOnly
	record  record
	line    []byte
}

// contig writes about the given number of records on a new contig and returns how many it wrote.
func (w *benchWriter) contig(rng *random, p plan, records int) (int, error) {
	c := grow(rng, p)
	w.fasta.write(c)
	if w.gvcf != nil {
		w.gvcf.begin(c)
	}
	sites := newWalker(rng, c, records)
	genotypes := newGenotyper(rng, w.samples, c.ploidy, false)
	r := &w.record
	r.contig = c
	before := r.sequence
	for s := sites.next(); s != nil; s = sites.next() {
		r.site, r.calls = s, genotypes.genotype(s)
		if w.panel {
			impute(r.calls)
		}
		r.summarise(rng)
		r.identify(rng)
		r.sequence++
		w.line = r.appendInfo(r.appendSite(w.line[:0]), rng)
		if w.panel {
			w.line = r.appendGenotypes(w.line)
		} else {
			w.line = r.appendCalls(w.line)
		}
		w.line = append(w.line, '\n')
		if _, err := w.cohort.Write(w.line); err != nil {
			return 0, err
		}
		if w.gvcf != nil {
			if err := w.gvcf.add(r); err != nil {
				return 0, err
			}
		}
	}
	if w.gvcf != nil {
		if err := w.gvcf.end(); err != nil {
			return 0, err
		}
	}
	return r.sequence - before, nil
}
