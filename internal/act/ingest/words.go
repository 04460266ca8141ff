package ingest

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/varlake/varlake/vcf"
)

const headerMalformed = "VCF header is malformed. Please ensure header is as per specification."

// awsWords holds HealthOmics' own sentences for what is wrong with a VCF file (section 2.6 of our notes). For other
// faults of a record it has none but the one that they follow, malformed.
var awsWords = map[vcf.Fault]string{
	vcf.ErrNoVersion:         "VCF header does not contain VCF version.",
	vcf.ErrVersion:           "Unsupported VCF version.",
	vcf.ErrNoHeader:          "VCF header was not found in the input VCF file.",
	vcf.ErrNoChromLine:       "VCF header does not contain required CHROM header line (starting with one #).",
	vcf.ErrHeaderColumns:     "VCF header does not have sufficient number of required fields. Please ensure required header fields are present as per specification.",
	vcf.ErrHeaderColumn:      "VCF header contains an illegal field name. Please ensure fields are as per specification.",
	vcf.ErrHeaderColumnOrder: "VCF header fields are not in order as defined by specification. Please ensure fields are as per specification.",
	vcf.ErrHeaderType:        "VCF header contains an invalid value for Type. Please ensure header is as per specification.",
	vcf.ErrHeaderNumber:      "VCF header contains an invalid count for NUMBER, with fixed count the number should be 1 or higher.",
	vcf.ErrHeaderNull:        "Invalid VCF Header: field must not be null.",
	vcf.ErrHeader:            headerMalformed,
	vcf.ErrHeaderTooLarge:    headerMalformed,
	vcf.ErrDuplicateSample:   headerMalformed,
	vcf.ErrDuplicateVEP:      "Duplicate VEP INFO header with ID",

	vcf.ErrColumns:    "there aren't enough columns for line",
	vcf.ErrAllele:     "unparsable vcf record with allele",
	vcf.ErrUndeclared: "Key found in field INFO but isn't defined in the VCFHeader.",
}

// faultWords are AWS's words for a fault, or else its own.
func faultWords(fault vcf.Fault) string {
	if words, ok := awsWords[fault]; ok {
		return words
	}
	return fault.Error()
}

// inWords is an error's text for a statusMessage: of what is wrong with a VCF file AWS's sentence first, then our
// detail.
func inWords(err error) string {
	var bad *vcf.ParseError
	if errors.As(err, &bad) {
		return vcfWords(bad)
	}
	return err.Error()
}

// vcfWords is inWords of a fault of a VCF file.
func vcfWords(e *vcf.ParseError) string {
	const malformed = "The provided VCF file is malformed at line number %d: "
	fault, detail := e.Fault()
	words := faultWords(fault)
	switch {
	case fault == 0:
		return fmt.Sprintf(malformed+"%v", e.Line, e.Err)
	case fault == vcf.ErrDuplicateVEP:
		return fmt.Sprintf("%s: %s found in header.", words, detail)
	case fault == vcf.ErrColumns:
		return fmt.Sprintf("Line %d: %s%s", e.Line, words, bracketed("", "", detail))
	case fault.OfHeader(), fault == vcf.ErrUndeclared:
		return words + bracketed(whichLine(e.Line), e.Column, detail)
	}
	if detail != "" {
		if fault != vcf.ErrAllele {
			words += ":"
		}
		words += " " + detail
	}
	return fmt.Sprintf(malformed+"%s%s", e.Line, words, bracketed("", e.Column, ""))
}

func whichLine(line int64) string {
	if line == 0 {
		return ""
	}
	return "line " + strconv.FormatInt(line, 10)
}

// bracketed joins the parts that are not empty: " (line 7: INFO DP: detail)".
func bracketed(parts ...string) string {
	text := ""
	for _, p := range parts {
		if p == "" {
			continue
		}
		if text != "" {
			text += ": "
		}
		text += p
	}
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// noteWords is what a statusMessage says of a place that breaks a rule which was let go: the column, the fault and the
// detail, of a header line the latter alone.
func noteWords(e *vcf.ParseError) string {
	fault, detail := e.Fault()
	if fault.OfHeader() && detail != "" {
		return detail
	}
	words := e.Err.Error()
	if fault != 0 {
		words = faultWords(fault)
		if detail != "" {
			words += ": " + detail
		}
	}
	if e.Column == "" {
		return words
	}
	return e.Column + ": " + words
}
