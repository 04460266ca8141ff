// Package vcf reads and writes VCF and gVCF, versions 4.0 to 4.5.
//
// A Reader yields Records, each parsed and validated; a Writer writes Records, and Drafts, which are records that a
// caller made or changed. Beneath a Reader, ReadHeader reads the header and Record.Parse takes one line at a time, for
// callers that deal lines out themselves.
//
// A Record is one buffer, the line, plus offsets into it: parsing allocates nothing, and typed values are made on
// access. It is reused, so that what it returns is valid until the next one.
//
// Positions are 1-based as in the file, and End is inclusive. Samples, alleles of ALT, INFO entries and FORMAT keys are
// counted from 0; alleles of a genotype as in the file, REF being 0. Line numbers are 1-based, sizes in bytes. Input is
// text: compressed files are read through package bgzf.
//
// What is against the specification is an error, a *ParseError, but for what real files commonly hold; Rules let more
// pass, and Notes count it.
package vcf
