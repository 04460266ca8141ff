// Package vcf reads VCF and gVCF, versions 4.0 to 4.5.
//
// ReadHeader reads the header; a Record parses and validates one line
// at a time. A Record is one buffer, the caller's line, plus offsets into it:
// parsing allocates nothing, and typed values are made on access. Positions are
// 1-based as in the file.
//
// What is against the specification is an error, but for what real files commonly hold; Rules let more pass, and Notes
// count it.
package vcf
