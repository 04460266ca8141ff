package ingest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/vcf"
)

const hostileSource = "s3://bucket/hostile.vcf.gz"

// importText imports a file as a job's worker does. message is the statusMessage of a failed item, else empty.
func importText(t testing.TB, source io.Reader, change ...func(*Reader, *meta.Claim)) (total Tally, message string) {
	t.Helper()
	dir := t.TempDir()
	folder, err := warehouse.NewFolder(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	s := &Reader{Workers: 2, Files: folder, Relaxed: vcf.Customary}
	claim := &meta.Claim{Job: meta.ImportJob{ID: "job", Format: omics.FormatVCF},
		Table: meta.Table{Format: omics.FormatVCF}}
	for _, c := range change {
		c(s, claim)
	}
	text := bgzf.Open(source, s.Workers)
	defer text.Close()
	total, err = s.importFile(t.Context(), claim, text, dir, &Progress{})
	if err == nil {
		return total, ""
	}
	if files, err := filepath.Glob(filepath.Join(dir, "*.parquet*")); err != nil || len(files) > 0 {
		t.Errorf("files stay behind: %v, %v", files, err)
	}
	message = FailureMessage(err, hostileSource)
	if len(message) > 1000 || !strings.HasSuffix(message, "["+hostileSource+"]") ||
		strings.Contains(message, "internal error") {
		t.Errorf("statusMessage of %d bytes: %.1000s (%.1000v)", len(message), message, err)
	}
	return total, message
}

// onReference left-normalises an import on one contig, chr1.
func onReference(t testing.TB, bases string) func(*Reader, *meta.Claim) {
	return func(s *Reader, claim *meta.Claim) {
		claim.Job.Normalize, claim.Source = true, &meta.ReferenceSource{StoreID: "store", ID: "reference"}
		dir, err := warehouse.ReferenceDir(s.Files, "store", "reference")
		if err != nil {
			t.Fatal(err)
		}
		index := fmt.Sprintf("chr1\t%d\t6\t%d\t%d\n", len(bases), len(bases), len(bases)+1)
		for _, err := range []error{
			os.MkdirAll(dir, 0o755),
			os.WriteFile(filepath.Join(dir, meta.ReferenceFASTA), []byte(">chr1\n"+bases+"\n"), 0o600),
			os.WriteFile(filepath.Join(dir, meta.ReferenceIndex), []byte(index), 0o600),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// bgzip compresses text in blocks of at most size bytes of text, without an end-of-file marker.
func bgzip(t testing.TB, text []byte, size int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := bgzf.NewWriter(&out, 6)
	if err != nil {
		t.Fatal(err)
	}
	for len(text) > 0 {
		n := min(size, len(text))
		if _, err := w.Write(text[:n]); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(out.Bytes(), emptyBlock)
}

// emptyBlock is BGZF's end-of-file marker.
var emptyBlock = []byte("\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x06\x00BC\x02\x00\x1b\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00")

func gzipped(t testing.TB, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

const (
	siteHeader = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
	siteRecord = "chr1\t10\t.\tA\tC\t.\tPASS\t.\n"
	infoHeader = "##fileformat=VCFv4.3\n##INFO=<ID=S,Number=.,Type=String,Description=\"\">\n##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Format: Allele|Consequence\">\n" +
		"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
)

// list is count numbered texts with sep between.
func list(format, sep string, count int) string {
	var b strings.Builder
	for i := range count {
		if i > 0 {
			b.WriteString(sep)
		}
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

const genotypeHeader = `##fileformat=VCFv4.3
##contig=<ID=chr1,length=40>
##INFO=<ID=DP,Number=1,Type=Integer,Description="">
##INFO=<ID=F,Number=1,Type=Float,Description="">
##INFO=<ID=S,Number=.,Type=String,Description="">
##FORMAT=<ID=GT,Number=1,Type=String,Description="">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="">
##FORMAT=<ID=GL,Number=G,Type=Float,Description="">
#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO	FORMAT	NA1
`

// genotypeRecord is a record with some columns changed: "POS=0" and the like, of REF A and ALT C.
func genotypeRecord(changes ...string) string {
	names := strings.Fields("CHROM POS ID REF ALT QUAL FILTER INFO FORMAT NA1")
	values := strings.Fields("chr1 10 . A C 30 PASS . GT 0/1")
	for _, change := range changes {
		name, value, _ := strings.Cut(change, "=")
		for i := range names {
			if names[i] == name {
				values[i] = value
			}
		}
	}
	return strings.Join(values, "\t") + "\n"
}

// ploid is a genotype of n reference alleles.
func ploid(n int) string { return strings.TrimSuffix(strings.Repeat("0/", n), "/") }

// Records that are odd but sound are imported; all others are refused with their line and the reason.
func TestHostileRecords(t *testing.T) {
	const line = "line number 11: "
	cases := map[string]string{ // records, to a part of the message; empty: imported
		genotypeRecord("POS=0"):          "",
		genotypeRecord("POS=41"):         "", // beyond the contig of the header
		genotypeRecord("POS=2147483647"): "",
		genotypeRecord("POS=2147483648"): line +
			`position is not an integer from 0 to 2147483647: "2147483648" (POS)`,
		genotypeRecord("POS=99999999999999999999"): line + "position is not an integer",
		genotypeRecord("POS=-1"): line +
			`position is not an integer from 0 to 2147483647: "-1" (POS)`,
		genotypeRecord("POS=1e3"):    line + "position is not an integer",
		genotypeRecord("POS="):       line + "position is not an integer",
		genotypeRecord("INFO=END=5"): line + `END is before POS: "5" (INFO/END)`,
		genotypeRecord("INFO=END=-5"): line +
			`value must not be negative: "-5" (INFO/END)`,
		genotypeRecord("INFO=END=2147483648"): line + "integer is out of the 32-bit range",
		genotypeRecord("INFO=DP=2147483647"):  "",
		genotypeRecord("INFO=DP=2147483648"): line +
			`integer is out of the 32-bit range of VCF: "2147483648" (INFO/DP)`,
		genotypeRecord("INFO=F=1e400"):   "",
		genotypeRecord("INFO=F=-1e-400"): "",
		genotypeRecord("INFO=F=nan"):     "",
		genotypeRecord("INFO=F=-Inf"):    "",
		genotypeRecord("INFO=F=0x1p3"):   line + `value is not a number: "0x1p3" (INFO/F)`,
		genotypeRecord("INFO=F=1_0"):     line + "value is not a number",
		genotypeRecord("INFO=F=1e"):      line + "value is not a number",
		genotypeRecord("INFO=DP=1;DP=1"): line + "duplicate entry (INFO/DP)",
		genotypeRecord("INFO=NOPE=1"):    "Key found in field INFO but isn't defined in the VCFHeader. (line 11: INFO/NOPE)",
		genotypeRecord("QUAL=1e400"):     "",
		genotypeRecord("QUAL=-1"): line +
			`quality is not a number of 0 or more: "-1" (QUAL)`,
		genotypeRecord("QUAL=NaN"): "",
		genotypeRecord("FORMAT=GT:DP", "NA1=0/1:2147483648"): line +
			`integer is out of the 32-bit range of VCF: "2147483648" (sample NA1 FORMAT/DP)`,
		genotypeRecord("FORMAT=GT:GT", "NA1=0/1:0/1"):    line + `duplicate entry: "GT" (FORMAT)`,
		genotypeRecord("FORMAT=GT:DP:DP", "NA1=0/1:1:1"): line + `duplicate entry: "DP" (FORMAT)`,
		genotypeRecord("NA1=0/2"): line +
			`genotype names an allele that ALT does not have: "0/2" (sample NA1 FORMAT/GT)`,
		genotypeRecord("NA1=99999999999999999999"): line + "genotype names an allele",
		genotypeRecord("NA1=-1/0"):                 line + "invalid genotype",
		genotypeRecord("NA1=0/1/"):                 line + "invalid genotype",
		genotypeRecord("NA1=0/1:5"):                line + "more fields than FORMAT has keys",
		genotypeRecord("NA1="): line +
			`nothing is there: "" (sample NA1 FORMAT/GT)`,
		genotypeRecord("NA1=" + ploid(255)): "",
		genotypeRecord("NA1=" + ploid(256)): line + "too many alleles in a genotype",
		strings.TrimSuffix(genotypeRecord(),
			"\t0/1\n"): "Line 11: there aren't enough columns for line (9 of 10)",
		genotypeRecord("NA1=0/1\t0/1"): line +
			"there are more columns than the header has",
		genotypeRecord() + genotypeRecord("POS=5"): "", // unsorted
		genotypeRecord() + genotypeRecord("CHROM=chr2") +
			genotypeRecord(): `line number 13: records of a contig are not together: "chr1" was left after line 11 (CHROM)`,
		genotypeRecord() + "##INFO=<ID=X>\n": "line number 12: a header line stands among the records",
		genotypeRecord("ALT="):               line + "unparsable vcf record with allele",
		genotypeRecord("ALT=C,,G"):           line + "unparsable vcf record with allele",
		genotypeRecord("REF=."):              line + "unparsable vcf record with allele",
		genotypeRecord("CHROM="):             line + "invalid contig name",
	}
	for i, name := range strings.Fields("CHROM POS ID REF ALT QUAL FILTER INFO FORMAT NA1") {
		good := strings.Split(genotypeRecord("ID=rs1", "INFO=S=x"), "\t")[i]
		cases[genotypeRecord(name+"=\x00"+good)] = line + "the line is not valid text: it holds a NUL byte"
		cases[genotypeRecord(name+"=\xff"+good)] = line +
			"the line is not valid text: it is not UTF-8; a file in Latin-1 is converted with iconv -f ISO-8859-1 -t UTF-8"
		// half a surrogate pair
		cases[genotypeRecord(name+"=\xed\xa0\x80"+good)] = line +
			"the line is not valid text: it is not UTF-8; a file in Latin-1 is converted with iconv -f ISO-8859-1 -t UTF-8"
	}
	for ploidy := 1; ploidy <= 20; ploidy++ {
		gt := ploid(ploidy)
		for what, difference := range map[string]int{"": 0, line + "wrong number of values": 1} {
			for _, key := range []string{"PL", "GL"} { // of two alleles there are ploidy+1 genotypes
				cases[genotypeRecord("FORMAT=GT:"+key, "NA1="+gt+":"+list("%d", ",", ploidy+1+difference))] = what
			}
		}
	}
	for text, want := range cases {
		total, message := importText(t, strings.NewReader(genotypeHeader+text), strictly)
		if want == "" && (message != "" || total.Records == 0) || !strings.Contains(message, want) {
			t.Errorf("%q: %+v %s, want %q", text, total, message, want)
		}
	}
}

// Positions that the reference lacks are refused when records are normalised.
func TestHostilePositions(t *testing.T) {
	reference := onReference(t, strings.Repeat("A", 40))
	for record, want := range map[string]string{
		genotypeRecord():                                     "",
		genotypeRecord("POS=40"):                             "",
		genotypeRecord("POS=0", "REF=N"):                     "", // a telomere
		genotypeRecord("POS=41", "REF=N", "ALT=<DEL>"):       "",
		genotypeRecord("POS=0"):                              "REF does not match the reference at chr1:0: the record says 'A', the position is outside the contig",
		genotypeRecord("POS=41"):                             "REF does not match the reference at chr1:41",
		genotypeRecord("POS=2147483647"):                     "REF does not match the reference at chr1:2147483647",
		genotypeRecord("POS=40", "REF=AA"):                   "REF does not match the reference at chr1:41",
		genotypeRecord("CHROM=" + strings.Repeat("c", 5000)): `contig "cccc`,
		genotypeRecord("REF=" + strings.Repeat("A", 1<<20)):  "REF does not match the reference at chr1:41",
	} {
		total, message := importText(t, strings.NewReader(genotypeHeader+record), reference)
		if want == "" && (message != "" || total.Records != 1) || !strings.Contains(message, want) || message != "" &&
			!strings.Contains(message, "line number 11: ") {
			t.Errorf("%.100q: %+v %s, want %q", record, total, message, want)
		}
	}
}

// Headers that name things twice.
func TestHostileHeaders(t *testing.T) {
	with := func(old, changed string) string { return strings.Replace(genotypeHeader, old, changed, 1) }
	twice := func(line string) string { return with(line, line+line) }
	for header, want := range map[string]string{
		twice("##contig=<ID=chr1,length=40>\n"):                           "",
		twice("##FORMAT=<ID=GT,Number=1,Type=String,Description=\"\">\n"): "", // the first counts

		twice("##fileformat=VCFv4.3\n"): "",
		twice("\tNA1"):                  `(line 10: sample "NA1" occurs twice)`,

		with("length=40", "length=99999999999999999999"): "",
		with("length=40", "length=-1"):                   "",
		with("##contig", "##c\x00ntig"):                  "(line 2: the line is not valid UTF-8 text)",
		with("##contig", "##c\xffntig"):                  "",
		with("NA1", "N\x00A"):                            "(line 10: the line is not valid UTF-8 text)",
	} {
		total, message := importText(t, strings.NewReader(header+genotypeRecord()))
		if want == "" && (message != "" || total.Records != 1) || !strings.Contains(message, want) {
			t.Errorf("%q: %+v %s, want %q", header, total, message, want)
		}
	}
}

// A compressed file cut or changed anywhere is refused by name, or, where a byte means nothing to the text, imported
// whole.
func TestHostileCompression(t *testing.T) {
	var text strings.Builder
	text.WriteString(siteHeader)
	for i := range 30 {
		text.WriteString(strings.Replace(siteRecord, "10", strconv.Itoa(10+i*i), 1))
	}
	whole := join(bgzip(t, []byte(text.String()), 400), emptyBlock)
	plain := gzipped(t, []byte(text.String()))
	named := func(t *testing.T, what string, file []byte, mayPass bool) {
		t.Helper()
		total, message := importText(t, bytes.NewReader(file))
		switch {
		case message == "" && mayPass && total.Records == 30:
		case message == "":
			t.Errorf("%s: imported %d records", what, total.Records)
		case strings.HasPrefix(message, "Malformed Input. Please check content of input file. ") &&
			strings.Contains(message, "(at compressed byte "):
		case strings.HasPrefix(message, "VCF header was not found in the input VCF file."): // not even gzip is left of it
		case strings.HasPrefix(message, "VCF header is malformed.") &&
			strings.Contains(message, "(line 1: the line is not valid UTF-8 text)"):
		default:
			t.Errorf("%s: %s", what, message)
		}
	}
	named(t, "whole", whole, true)
	named(t, "whole gzip", plain, true)
	for n := range len(whole) {
		named(t, fmt.Sprintf("BGZF of %d of %d bytes", n, len(whole)), whole[:n], false)
	}
	for n := range len(plain) {
		named(t, fmt.Sprintf("gzip of %d of %d bytes", n, len(plain)), plain[:n], false)
	}
	for i := range whole {
		changed := bytes.Clone(whole)
		changed[i] ^= 1 << (i % 8)
		named(t, fmt.Sprintf("BGZF with byte %d changed", i), changed, true)
	}

	random := rand.New(rand.NewPCG(4, 4))
	body := make([]byte, 0, 1<<20)
	for i := range 20_000 {
		body = fmt.Appendf(body, "chr1\t%d\tid%d\tA\tC\t.\tPASS\t.\n", i+1, random.Uint32())
	}
	large := join(bgzip(t, join([]byte(siteHeader), body), 1<<16), emptyBlock)
	for range 20 {
		n := 100 + random.IntN(len(large)-100)
		named(t, fmt.Sprintf("large BGZF of %d of %d bytes", n, len(large)), large[:n], false)
	}
	// CRC-32 is 8 bytes before the end of a block, ISIZE 4
	for block, want := range map[int]string{4: "checksum", 8: "size"} {
		changed := bytes.Clone(large)
		end := int(binary.LittleEndian.Uint16(large[16:])) + 1
		changed[end-12+block] ^= 0x10
		if _, message := importText(t, bytes.NewReader(changed)); !strings.Contains(message, want) {
			t.Errorf("want an error of the %s: %s", want, message)
		}
	}
}
