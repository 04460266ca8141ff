package vcf

import (
	"errors"
	"strconv"
)

// Fault is a kind of fault, to be matched with errors.Is.
type Fault uint8

// Faults of a header.
const (
	_                    Fault = iota
	ErrNoVersion               // the first line is not ##fileformat
	ErrVersion                 // not VCF 4.0 to 4.5
	ErrNoHeader                // empty input
	ErrNoChromLine             // no #CHROM line
	ErrHeaderColumns           // the #CHROM line lacks fixed columns
	ErrHeaderColumn            // the #CHROM line has another column name
	ErrHeaderColumnOrder       // the #CHROM line has its columns in another order
	ErrHeaderType              // bad Type, or one that contradicts a reserved key
	ErrHeaderNumber            // bad Number, or one that contradicts a reserved key
	ErrHeaderNull              // a required attribute is missing or empty
	ErrHeader                  // any other fault of a meta line
	ErrHeaderTooLarge          // beyond HeaderOptions
	ErrDuplicateSample         // two sample columns of one name
	ErrDuplicateVEP            // two INFO definitions of the VEP key
)

// Faults of a record.
const (
	ErrColumns        Fault = iota + 32 // fewer columns than the header has
	ErrTooManyColumns                   // more columns than the header has
	ErrAllele                           // REF or ALT is no allele
	ErrUndeclared                       // INFO key without definition
	ErrHeaderInBody                     // a header line after the first record
	ErrEncoding                         // NUL, bare carriage return or invalid UTF-8
	ErrChrom                            // invalid contig name
	ErrPos                              // POS is no integer from 0 to 2^31-1
	ErrID                               // invalid ID
	ErrDuplicate                        // a list names something twice
	ErrQual                             // QUAL is no number >= 0
	ErrFilter                           // invalid FILTER
	ErrKey                              // invalid INFO or FORMAT key
	ErrGTPosition                       // GT is not the first FORMAT key
	ErrTooManyKeys                      // more FORMAT fields than we hold
	ErrTooManyFields                    // a sample has more fields than FORMAT has keys
	ErrInteger                          // not an integer
	ErrIntegerRange                     // outside 32 bits, or one of the eight reserved values
	ErrFloat                            // not a number
	ErrNegative                         // a count or frequency below zero
	ErrCharacter                        // not one character
	ErrFlag                             // a Flag with a value
	ErrCount                            // another number of values than declared
	ErrCIGAR                            // not a CIGAR string
	ErrGT                               // not a genotype
	ErrAlleleIndex                      // GT names an allele that ALT lacks
	ErrPloidy                           // more alleles in GT than MaxPloidy
	ErrWhitespace                       // white space where the version forbids it
	ErrNotContiguous                    // a contig whose records are not together
	ErrLineTooLong                      // beyond MaxLineBytes
	ErrTooMany                          // more IDs, ALTs or filters than maxList
	ErrTooManyContigs                   // the names of the contigs take more memory than maxContigBytes
	ErrEmpty                            // an empty value, field, column or line
	ErrEnd                              // END before POS
	ErrSpaced                           // spaces for tabs between columns
	ErrSeparator                        // a value to be written holds what would end it
	errUndeclaredKey                    // FORMAT key without definition, which is no error
	errFirstAllele                      // GT names allele 1 in a record without ALT, likewise
	errFlagValue                        // a Flag with the value 0 or 1, likewise
	errPosition                         // an END that is not one integer
	errLength                           // an SVLEN or LEN that is not an integer
	errElement                          // a list of texts with an empty part
	errEquals                           // an equals sign in an INFO value
)

// faultText is what each fault says; the particulars follow it.
var faultText = map[Fault]string{
	ErrNoVersion:         "the VCF version is missing",
	ErrVersion:           "the VCF version is not known",
	ErrNoHeader:          "there is no VCF header",
	ErrNoChromLine:       "the #CHROM line is missing",
	ErrHeaderColumns:     "the #CHROM line lacks columns",
	ErrHeaderColumn:      "the #CHROM line has an unknown column",
	ErrHeaderColumnOrder: "the #CHROM line has its columns in another order",
	ErrHeaderType:        "invalid Type",
	ErrHeaderNumber:      "invalid Number",
	ErrHeaderNull:        "an attribute is missing or empty",
	ErrHeader:            "malformed header",
	ErrHeaderTooLarge:    "the header is too large",
	ErrDuplicateSample:   "two samples have one name",
	ErrDuplicateVEP:      "the annotations are defined twice",

	ErrColumns:        "there are fewer columns than the header has",
	ErrTooManyColumns: "there are more columns than the header has",
	ErrAllele:         "invalid allele",
	ErrUndeclared:     "key is not declared",
	ErrHeaderInBody:   "a header line stands among the records",
	ErrEncoding:       "the line is not valid text",
	ErrChrom:          "invalid contig name",
	ErrPos:            "position is not an integer from 0 to 2147483647",
	ErrID:             "invalid identifier",
	ErrDuplicate:      "duplicate entry",
	ErrQual:           "quality is not a number of 0 or more",
	ErrFilter:         "invalid filter",
	ErrKey:            "invalid key",
	ErrGTPosition:     "GT must be the first key",
	ErrTooManyKeys:    "too many keys",
	ErrTooManyFields:  "more fields than FORMAT has keys",
	ErrInteger:        "value is not an integer",
	ErrIntegerRange:   "integer is out of the 32-bit range of VCF",
	ErrFloat:          "value is not a number",
	ErrNegative:       "value must not be negative",
	ErrCharacter:      "value is not one character",
	ErrFlag:           "a flag has a value",
	ErrCount:          "wrong number of values",
	ErrCIGAR:          "value is not a CIGAR string",
	ErrGT:             "invalid genotype",
	ErrAlleleIndex:    "genotype names an allele that ALT does not have",
	ErrPloidy:         "too many alleles in a genotype",
	ErrWhitespace:     "white space is not allowed here",
	ErrNotContiguous:  "records of a contig are not together",
	ErrLineTooLong:    "line is too long",
	ErrTooMany:        "more than 65535 entries",
	ErrTooManyContigs: "too many contigs",
	ErrEmpty:          "nothing is there",
	ErrEnd:            "END is before POS",
	ErrSpaced:         "columns are separated by spaces",
	ErrSeparator:      "the text holds a separator",
	errUndeclaredKey:  "key is not declared",
	errFirstAllele:    "genotype names an allele that ALT does not have",
	errFlagValue:      "a flag has a value",
	errPosition:       "END is not one position",
	errLength:         "value is not a length",
	errElement:        "an element of the list is empty",
	errEquals:         "an equals sign is not allowed in a value",
}

// errHandMade refuses a Header without what reading one finds.
var errHandMade = errors.New("the header was not made by ReadHeader, ParseHeader or WithSamples")

// Error returns the fault's text.
func (f Fault) Error() string { return faultText[f] }

// detailed is a fault with the particulars of one place.
type detailed struct {
	Fault
	detail string
}

func (d *detailed) Error() string { return d.Fault.Error() + ": " + d.detail }
func (d *detailed) Unwrap() error { return d.Fault }

// ParseError is a fault of a header or a record. Its text names the line, the column and the fault; the file is the
// caller's to name.
type ParseError struct {
	Line   int64  // 1-based; 0 only for empty input
	Column string // such as "POS", "INFO/DP" or "sample NA12878 FORMAT/GT"; empty for the line as a whole
	Err    error  // a Fault, perhaps wrapped with a detail
	Rule   Rule   // that would let it pass when relaxed, in its grade; 0: none
}

// Unwrap returns the fault.
func (e *ParseError) Unwrap() error { return e.Err }

// Error returns "line 7: INFO/DP: value is not an integer: ...".
func (e *ParseError) Error() string {
	text := e.Err.Error()
	if e.Column != "" {
		text = e.Column + ": " + text
	}
	if e.Line > 0 {
		text = "line " + strconv.FormatInt(e.Line, 10) + ": " + text
	}
	return text
}

// Fault takes the error apart: what is wrong, and the particulars of the place, which may be empty. The Fault is 0 when
// Err is not of this package, as with what a caller finds wrong.
func (e *ParseError) Fault() (Fault, string) { return split(e.Err) }

// OfHeader tells faults of a header from those of a record.
func (f Fault) OfHeader() bool { return f > 0 && f < ErrColumns }

// reason is what the error says of its line: the column, the fault and the detail, of a header line the latter alone.
func (e *ParseError) reason() string {
	if fault, detail := e.Fault(); fault.OfHeader() && detail != "" {
		return detail
	}
	if e.Column == "" {
		return e.Err.Error()
	}
	return e.Column + ": " + e.Err.Error()
}

// split takes an error apart into its fault and detail.
func split(err error) (Fault, string) {
	switch err := err.(type) {
	case Fault:
		return err, ""
	case *detailed:
		return err.Fault, err.detail
	}
	return 0, ""
}

// maxQuoted bounds how much of a hostile value an error repeats, maxDetail its detail as a whole.
const (
	maxQuoted = 60
	maxDetail = 400
)

// quote renders input for an error message, shortened.
func quote[T ~string | ~[]byte](text T) string {
	if len(text) > maxQuoted {
		return strconv.Quote(string(text[:maxQuoted])) + "…"
	}
	return strconv.Quote(string(text))
}
