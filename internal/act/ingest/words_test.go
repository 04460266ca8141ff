package ingest

import (
	"bufio"
	"errors"
	"strings"
	"testing"

	"github.com/varlake/varlake/vcf"
)

// Each fault of a VCF file is told in AWS's sentence, where there is one, and then in ours.
func TestVCFWords(t *testing.T) {
	const (
		version = "##fileformat=VCFv4.3\n"
		info    = `##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|rest">` + "\n"
		chrom   = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
		end     = chrom + "\tFORMAT\ts\n"
		common  = "The provided VCF file is malformed at line number 3: "
	)
	once := func(text, old, changed string) string { return strings.Replace(text, old, changed, 1) }
	for text, want := range map[string]string{
		"":                           "VCF header was not found in the input VCF file. (the file is empty)",
		">chr1\n":                    `VCF header was not found in the input VCF file. (line 1: the first line is ">chr1")`,
		"##fileformat=\n":            "VCF header does not contain VCF version. (line 1: ##fileformat is empty)",
		"##fileformat=VCFv3.3\n":     `Unsupported VCF version. (line 1: VCFv4.0 to VCFv4.5 are read, not "VCFv3.3")`,
		version:                      "VCF header does not contain required CHROM header line (starting with one #). (line 1: the file ends before it)",
		version + "#CHROM\tPOS\n":    "VCF header does not have sufficient number of required fields. Please ensure required header fields are present as per specification. (line 2: ID is missing)",
		version + "#CHROM\tPOSI\n":   `VCF header contains an illegal field name. Please ensure fields are as per specification. (line 2: column 2 is "POSI" instead of POS)`,
		version + "#CHROM\tID\n":     `VCF header fields are not in order as defined by specification. Please ensure fields are as per specification. (line 2: column 2 is "ID" instead of POS)`,
		version + chrom + "\tFORMAT": "Invalid VCF Header: field must not be null. (line 2: there is a FORMAT column but no sample name)",
		version + once(info, "String", "Strong") + end:        "VCF header contains an invalid value for Type. Please ensure header is as per specification. (line 2: INFO CSQ has Type=Strong)",
		version + once(info, "=.,", "=x,") + end:              "VCF header contains an invalid count for NUMBER, with fixed count the number should be 1 or higher. (line 2: INFO CSQ has Number=x)",
		version + once(end, "s", "s\ts"):                      `VCF header is malformed. Please ensure header is as per specification. (line 2: sample "s" occurs twice)`,
		version + info + info + end:                           "Duplicate VEP INFO header with ID: CSQ found in header.",
		version + end + "1\t1\t.\tA":                          "Line 3: there aren't enough columns for line (4 of 10)",
		version + end + "1\t1\t.\tA\tQ\t.\t.\t.\tGT\t.":       common + `unparsable vcf record with allele "Q" (ALT)`,
		version + end + "1\t1\t.\tA\tC\t.\t.\tNOPE=1\tGT\t.":  "Key found in field INFO but isn't defined in the VCFHeader. (line 3: INFO/NOPE)",
		version + end + "1\t1\t.\tA\tC\t.\t.\tDP=x\tGT\t.":    common + `value is not an integer: "x" (INFO/DP)`,
		version + end + "1\t1\t.\tA\tC\t.\t.\t.\tGT\t.\tmore": common + "there are more columns than the header has",
		version + end + "1\t1\t.\tA\tC\t.\t.\t.\tGT\t0/7": common +
			`genotype names an allele that ALT does not have: "0/7" (sample s FORMAT/GT)`,
	} {
		err := readOne(text)
		if err == nil {
			t.Errorf("%q is read", text)
		} else if got := inWords(err); got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
	mismatch := &vcf.ParseError{Line: 3, Column: "REF", Err: errors.New("REF is C, the reference has T")}
	if got := inWords(mismatch); got != common+"REF is C, the reference has T" {
		t.Error(got)
	}
}

// readOne reads a VCF of one record at most annotations too: its header as the field does, its record by the letter of
// the specification.
func readOne(text string) error {
	in := bufio.NewReader(strings.NewReader(text))
	header, err := vcf.ReadHeader(in, vcf.HeaderOptions{Relaxed: vcf.Customary})
	if err != nil {
		return err
	}
	if _, _, err := vcf.ParseVEPHeader(header, "CSQ"); err != nil {
		return err
	}
	record := vcf.NewRecord(header)
	record.Relaxed = 0
	line, err := in.ReadBytes('\n')
	if len(line) == 0 {
		return err
	}
	return record.Parse(line, header.Lines+1)
}

// What was let go is told in AWS's words too.
func TestNoteWords(t *testing.T) {
	header, err := vcf.ParseHeader([]byte("##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"))
	if err != nil {
		t.Fatal(err)
	}
	record := vcf.NewRecord(header)
	record.Relaxed = vcf.AllRules
	if err := record.Parse([]byte("1\t1\t.\tA\tC,Q\t-1\t.\tNOPE=1"), 7); err != nil {
		t.Fatal(err)
	}
	const want = "undeclared 1 record (first at line 7: INFO/NOPE: Key found in field INFO but isn't defined in the VCFHeader.); " +
		`type 1 record (first at line 7: QUAL: quality is not a number of 0 or more: "-1"); ` +
		`allele 1 record (first at line 7: ALT: unparsable vcf record with allele: "Q")`
	if got := record.Notes.Text(noteWords); got != want {
		t.Errorf("got %s", got)
	}
}
