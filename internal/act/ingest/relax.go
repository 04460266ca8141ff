package ingest

import (
	"errors"

	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/norm"
	"github.com/varlake/varlake/vcf"
)

// refusal is what Normalize's error says against a file's record. It is nil when the file is not to blame: the
// reference could not be read.
func refusal(err error, line int64) *vcf.ParseError {
	var (
		unknown  *fasta.UnknownContigError
		mismatch *norm.MismatchError
	)
	switch {
	case errors.As(err, &unknown):
		return &vcf.ParseError{Line: line, Column: "CHROM", Err: unknown, Rule: vcf.RuleContig}
	case errors.As(err, &mismatch):
		return &vcf.ParseError{Line: line, Column: "REF", Err: mismatch, Rule: vcf.RuleReference}
	}
	return nil
}

// hint tells with which setting a fault would have been accepted, when it is not known what else the file needs.
func hint(rule vcf.Rule) string {
	if rule == 0 {
		return ""
	}
	return " (accepted with --relax " + rule.String() + ")"
}
