// Package sample writes genomic files to try Varlake with: small realistic ones for `varlake
// sample-data` ([Write]) and large ones for benchmarks ([WriteBench]).
//
// Everything is invented and the same in every run: a reference with the GC content, tandem repeats and
// soft-masking of human sequence; variants at places and in forms that callers write, many of the indels
// at the right end of a repeat, so that left-alignment moves them; depths drawn from the genotypes,
// likelihoods computed from the depths, calls from the likelihoods, AC, AN and AF from the calls.
package sample

import (
	"fmt"
	"io"
	"path/filepath"
)

// Files are the paths of what was written. A path is empty when there is no such file.
type Files struct {
	Reference      string // FASTA
	ReferenceIndex string // .fai
	Cohort         string // VCF 4.3 with all samples, BGZF
	GVCF           string // genomic VCF of the first sample, BGZF
	Annotated      string // part of the cohort with VEP consequences in INFO/CSQ, BGZF
	ClinVar        string // sites with clinical annotations, contigs without "chr", BGZF
	Readme         string
}

// Names of the sample's people.
var sampleNames = []string{"NA00001", "NA00002", "NA00003"}

// plans lays out the sample's reference: parts of two chromosomes, and a mitochondrion.
var plans = []plan{
	{name: "chr20", length: 660_000, ends: 1000, ploidy: 2},
	{name: "chr21", length: 540_000, ends: 1000, ploidy: 2},
	{name: "chrM", length: 16_569, ploidy: 1},
}

const (
	sampleSeed  = 20_240_101
	spacing     = 60 // bases per record
	annotatedOn = "chr21"
	level       = 6
)

const readme = `Sample data for Varlake
=======================

Written by "varlake sample-data". All of it is invented: sequence, people, genes, diseases. Nothing here
says anything about any real variant. Writing it again gives the same bytes.

reference.fa, .fai  three contigs: chr20, chr21, chrM (1.2 million bases, repeats in lower case)
cohort.vcf.gz       NA00001, NA00002 and NA00003 called together: SNVs, indels (many of them written at the
                    right end of a repeat: left normalisation moves them), multi-allelic sites, *, MNVs,
                    records with bases to trim, phase sets (PS), missing and half-missing genotypes,
                    haploid calls on chrM
NA00001.g.vcf.gz    the first person as a genomic VCF: <NON_REF>, blocks with END
annotated.vcf.gz    the cohort's records on chr21 with Ensembl VEP's consequences in INFO/CSQ
clinvar.vcf.gz      sites without samples in the manner of ClinVar; contigs are 20, 21 and MT, so that
                    left normalisation needs a reference with those names
`

// Write writes the sample files into dir, which it makes if needed, replacing files of the same names.
// It takes about a second. Either all files are written or none is.
func Write(dir string) (Files, error) {
	out, err := newOutput(dir)
	if err != nil {
		return Files{}, err
	}
	defer out.abandon()
	w, err := newSampleWriter(out)
	if err != nil {
		return Files{}, err
	}
	rng := random(sampleSeed)
	genes := 1
	for _, p := range plans {
		if genes, err = w.contig(&rng, p, genes); err != nil {
			return Files{}, fmt.Errorf("write sample data: %w", err)
		}
	}
	if err := w.fasta.flush(); err != nil {
		return Files{}, fmt.Errorf("write sample data: %w", err)
	}
	if err := out.commit(); err != nil {
		return Files{}, err
	}
	path := func(name string) string { return filepath.Join(dir, name) }
	return Files{
		Reference: path("reference.fa"), ReferenceIndex: path("reference.fa.fai"), Cohort: path("cohort.vcf.gz"),
		GVCF: path("NA00001.g.vcf.gz"), Annotated: path("annotated.vcf.gz"), ClinVar: path("clinvar.vcf.gz"),
		Readme: path("README.txt"),
	}, nil
}

// sampleWriter feeds every file from one walk over the contigs.
type sampleWriter struct {
	fasta     *fasta
	cohort    io.Writer
	gvcf      *gvcf
	annotated io.Writer
	clinvar   *clinvar
	record    record
	line      []byte
}

func newSampleWriter(out *output) (*sampleWriter, error) {
	var first error
	keep := func(w io.Writer, err error) io.Writer {
		if first == nil {
			first = err
		}
		return w
	}
	text, index := keep(out.plain("reference.fa")), keep(out.plain("reference.fa.fai"))
	notes := keep(out.plain("README.txt"))
	cohort, annotated := keep(out.compressed("cohort.vcf.gz", level)), keep(out.compressed("annotated.vcf.gz", level))
	genomic, clinical := keep(out.compressed("NA00001.g.vcf.gz", level)), keep(out.compressed("clinvar.vcf.gz", level))
	if first != nil {
		return nil, first
	}
	contigs := contigLines(plans, sameName)
	joint := fileFormat + filterLines + jointInfoLines
	for _, start := range []struct {
		w    io.Writer
		text string
	}{
		{notes, readme},
		{cohort, joint + jointFormatLines + phaseLine + contigs + columns(sampleNames)},
		{annotated, joint + consequenceLine + jointFormatLines + phaseLine + contigs + columns(sampleNames)},
		{genomic, fileFormat + jointFormatLines + gvcfLines + contigs + columns(sampleNames[:1])},
		{clinical, fileFormat + clinvarLines + contigLines(plans, shortName) + columns(nil)},
	} {
		if _, err := io.WriteString(start.w, start.text); err != nil {
			return nil, fmt.Errorf("write sample data: %w", err)
		}
	}
	return &sampleWriter{
		fasta:     newFASTA(text, index),
		cohort:    cohort,
		annotated: annotated,
		gvcf:      newGVCF(genomic, new(random(sampleSeed+1)), 0),
		clinvar:   &clinvar{w: clinical, rng: new(random(sampleSeed + 2))},
	}, nil
}

// contig grows a contig and writes everything on it. It returns the number of the next gene.
func (w *sampleWriter) contig(rng *random, p plan, gene int) (int, error) {
	c := grow(rng, p)
	genes := plantGenes(rng, c, gene)
	w.fasta.write(c)
	w.gvcf.begin(c)
	sites := newWalker(rng, c, p.length/spacing)
	genotypes := newGenotyper(rng, len(sampleNames), c.ploidy, true)
	w.record.contig = c
	for s := sites.next(); s != nil; s = sites.next() {
		if err := w.site(rng, s, genotypes, genes); err != nil {
			return 0, err
		}
		if c.ploidy == 2 && rng.perMille(150) {
			if star := sites.inside(); star != nil {
				if err := w.site(rng, star, genotypes, genes); err != nil {
					return 0, err
				}
			}
		}
	}
	return gene + len(genes), w.gvcf.end()
}

// site writes one site to every file it belongs to.
func (w *sampleWriter) site(rng *random, s *site, genotypes *genotyper, genes []gene) error {
	r := &w.record
	r.site, r.calls = s, genotypes.genotype(s)
	r.summarise(rng)
	r.identify(rng)
	r.sequence++
	b := r.appendSite(w.line[:0])
	b = r.appendInfo(b, rng)
	info := len(b)
	b = append(r.appendCalls(b), '\n')
	w.line = b
	if _, err := w.cohort.Write(b); err != nil {
		return err
	}
	if r.contig.name == annotatedOn {
		line := appendConsequences(append([]byte(nil), b[:info]...), r, genes, rng)
		if _, err := w.annotated.Write(append(line, b[info:]...)); err != nil {
			return err
		}
	}
	if err := w.gvcf.add(r); err != nil {
		return err
	}
	return w.clinvar.add(r, genes)
}
