package ingest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

const (
	plainVCF   = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t1\t.\tA\tC\t.\t.\t.\n"
	plainGFF   = "##gff-version 3\nchr1\tx\tgene\t1\t9\t.\t+\t.\tID=g\n"
	gtf        = "#!genome-build GRCh38\nchr1\tHAVANA\tgene\t1\t9\t.\t+\t.\tgene_id \"G\"; gene_name \"N\";\n"
	bed        = "track name=x\nchr1\t0\t10\tn\n"
	plainFASTA = ">chr1 one\nACGT\nACG\n"
	fastq      = "@r1\nACGT\n+\nIIII\n"
	sam        = "@HD\tVN:1.6\n@SQ\tSN:chr1\tLN:9\nr\t0\tchr1\t1\t60\t4M\t*\t0\t0\tACGT\tIIII\n"
	tsv        = "gene\tscore\nBRCA1\t0.5\n"
	csv        = "gene,score,note\nBRCA1,0.5,x\n"
)

// wideText is text in UTF-16 or UTF-32, of 2 or 4 bytes a letter.
func wideText(text string, order binary.AppendByteOrder, size int) (out []byte) {
	for _, c := range utf16.Encode([]rune(text)) {
		if size == 4 {
			out = order.AppendUint32(out, uint32(c))
		} else {
			out = order.AppendUint16(out, c)
		}
	}
	return out
}

// Files that are no text of the store's format are told what they are and what to do.
func TestForeignFiles(t *testing.T) {
	tar := make([]byte, 1024)
	copy(tar, "a.vcf")
	copy(tar[257:], "ustar\x0000")
	vcf := []byte(plainVCF)
	workbook := join([]byte("PK\x03\x04"), make([]byte, 22), []byte{19, 0, 0, 0}, []byte("[Content_Types].xml"))
	for want, data := range map[string][]byte{
		"is BCF, where the store takes VCF: convert it with bcftools view": bgzip(t, []byte("BCF\x02\x02..."), 100),
		"is gzip within gzip":        gzipped(t, gzipped(t, vcf)),
		"is gzip within gzip, where": bgzip(t, bgzip(t, vcf, 50), 100),
		"is gzip within gzip, and in that GFF3, where the store takes VCF: gunzip it once; then import it into an annotation store of format GFF": gzipped(t, gzipped(t, []byte(plainGFF))),
		"is BAM":                                      bgzip(t, []byte("BAM\x01..."), 100),
		"is CRAM":                                     []byte("CRAM\x03\x00"),
		"is a ZIP archive":                            []byte("PK\x03\x04\x14\x00"),
		"compressed with xz":                          []byte("\xfd7zXZ\x00\x00\x04"),
		"compressed with bzip2":                       []byte("BZh91AY&SY\x00"),
		"compressed with zstd":                        []byte("\x28\xb5\x2f\xfd\x04"),
		"is a tabix index":                            bgzip(t, []byte("TBI\x01..."), 100),
		"is a tar archive":                            gzipped(t, tar),
		"is text in UTF-16, where":                    join([]byte("\xff\xfe"), wideText(plainVCF, binary.LittleEndian, 2)),
		"is text in UTF-16, where the store takes":    join([]byte("\xfe\xff"), wideText(plainVCF, binary.BigEndian, 2)),
		"is text in UTF-16 without a byte order mark": wideText(plainVCF, binary.LittleEndian, 2),
		"in UTF-16 without a byte order mark, where":  wideText(plainVCF, binary.BigEndian, 2),
		"is text in UTF-32, where the store takes VCF: convert it with iconv -f UTF-32 -t UTF-8": join(
			[]byte("\xff\xfe\x00\x00"), wideText(plainVCF, binary.LittleEndian, 4)),
		"is text in UTF-32, where the store": join(
			[]byte("\x00\x00\xfe\xff"), wideText(plainVCF, binary.BigEndian, 4)),
		"in UTF-32 without a byte order mark, where the store takes VCF": wideText(plainVCF,
			binary.LittleEndian, 4),
		"iconv -f UTF-32BE -t UTF-8.": wideText(plainVCF,
			binary.BigEndian, 4),
		"is text in UTF-16, and that is FASTA, where the store takes VCF: conv": join([]byte("\xfe\xff"),
			wideText(plainFASTA, binary.BigEndian, 2)),
		"is BGEN, a binary genotype table, where the store takes VCF: convert it with qctool -g FILE.bgen -og FILE.vcf.gz.": join(
			[]byte("\x14\x00\x00\x00\xe8\x03\x00\x00\xf4\x01\x00\x00\x14\x00\x00\x00bgen"), make([]byte, 200), []byte("text")),
		"is a binary genotype table of PLINK (.bed), where the store takes VCF: convert it with plink --bfile NAME --recode vcf.":     []byte("l\x1b\x01\x00"),
		"is a binary genotype table of PLINK 2 (.pgen), where the store takes VCF: convert it with plink2 --pfile NAME --export vcf.": []byte("l\x1b\x10\x00"),
		"is an Arrow or Feather table, where the store takes VCF: export it as VCF":                                                   []byte("ARROW1\x00\x00"),
		"is a web page or XML":                    []byte("\n <!DOCTYPE html><html>"),
		"is a web page or XML, perhaps the error": []byte("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>"),
		"is RTF, a document of a word processor, where the store takes VCF: save it as plain text and import that.": []byte(
			"{\\rtf1\\ansi ##fileformat=VCFv4.2\\par}"),
		"is JSON":                             []byte("{\"message\": \"Not Found\"}"),
		"is the pointer of a file in Git LFS": []byte("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"),
		"is an Excel workbook or another file of Microsoft": []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),

		"is an Excel workbook or another file of Microsoft Office, where the store takes VCF: import the file that it was made from.": workbook,
	} {
		_, message := importText(t, bytes.NewReader(data))
		begins := strings.HasPrefix(message, "Malformed Input. Please check content of input file. The file ") ||
			strings.HasPrefix(message, "VCF header was not found in the input VCF file. The file ")
		if !begins || !strings.Contains(message, want) {
			t.Errorf("%q: %s", want, message)
		}
	}
	for _, text := range []string{"\x14\x00\x00\x00", "\x14\x00\x00\x00\xe8\x03\x00\x00" + strings.Repeat("\x00", 200) +
		"text", "PAR1\t1\t2", "CRAM\tx", "{a}\tb", "BZh\tx", "", "\x00", plainVCF, plainGFF, plainFASTA, csv} {
		if is, _ := foreign([]byte(text), omics.FormatTSV); is != "" {
			t.Errorf("%q is taken for %s", text, is)
		}
	}
}

// Text that another kind of import reads is named, with the import that does; what may be right is left to its reader.
func TestForeignText(t *testing.T) {
	const (
		notVCF    = "VCF header was not found in the input VCF file. The file is "
		malformed = "Malformed Input. Please check content of input file. The file is "
		inVCF     = ": import it into a variant store, or an annotation store of format VCF."
		inGFF     = ": import it into an annotation store of format GFF."
		inTSV     = ": import it into an annotation store of format TSV with its columns."
		ref       = ": import it as a reference."
		called    = ": import the variants that a caller found in it into a variant store, or an annotation store of format VCF."
		toGFF3    = ": convert it with gffread FILE.gtf -o FILE.gff3"
	)
	for _, test := range []struct {
		text                string
		vcf, gff, tsv, fast string // after "The file is"; empty: its reader's to say
	}{
		{plainVCF, "", "VCF, where the store takes GFF3" + inVCF, "VCF, where the store takes TSV" + inVCF,
			"VCF, not FASTA: it is for a variant store."},
		{"\xef\xbb\xbf" + plainVCF, "", "VCF, where the store takes GFF3" + inVCF, "VCF, where the store takes TSV" + inVCF,
			"VCF, not FASTA: it is for a variant store."},
		{"chr1\t5\t.\tA\tC\t.\t.\t.\n", "", "VCF without a header", "",
			"VCF without a header, not FASTA: it is for a variant store."},
		{plainGFF, "GFF3, where the store takes VCF" + inGFF, "", "GFF3, where the store takes TSV" + inGFF,
			"GFF3, not FASTA: it is for an annotation store of GFF."},
		{strings.TrimPrefix(plainGFF, "##gff-version 3\n"), "GFF3, where", "", "GFF3, where", "GFF3, not"},
		{gtf, "GTF or GFF2, where the store takes VCF" + toGFF3 + ", and import that into an annotation store of format GFF.",
			"GTF or GFF2, where the store takes GFF3" + toGFF3 + ".", "GTF or GFF2", "GTF or GFF2"},
		{"##gff-version 2\n", "GTF or GFF2", "GTF or GFF2", "GTF or GFF2", "GTF or GFF2"},
		{bed, "BED, where the store takes VCF" + inTSV, "BED, where the store takes GFF3" + inTSV, "",
			"BED, not FASTA: it is for an annotation store of TSV."},
		{tsv, "text in columns, where the store takes VCF" + inTSV, "text in columns, where", "",
			"text in columns, not FASTA: it"},
		{csv, "text in columns, where", "text in columns, where", "", "text in columns, not FASTA: it"},
		{plainFASTA, "FASTA, where the store takes VCF" + ref, "FASTA, where the store takes GFF3" + ref,
			"FASTA, where the store takes TSV" + ref, ""},
		{fastq, "FASTQ, reads and not variants, where the store takes VCF" + called, "FASTQ", "FASTQ",
			"FASTQ, reads and not variants, not FASTA: import the FASTA file of the reference itself."},
		{sam, "SAM, reads and not variants, where the store takes VCF" + called, "SAM", "SAM",
			"SAM, reads and not variants, not FASTA: import the FASTA file that its reads were aligned to."},
		{"@HD\tVN:1.6\n@SQ\tSN:chr1\tLN:9\n", "a sequence dictionary", "a sequence dictionary", "a sequence dictionary",
			"a sequence dictionary (.dict), or SAM without reads, not FASTA: import the file that it belongs to."},
		{"chr1\t9\t6\t60\t61\n", "the index of a FASTA file (.fai)", "the index of a FASTA file", "",
			"the index of a FASTA file (.fai), not FASTA: import the file that it belongs to."},
		{"BCF\x02\x02", "BCF, where the store takes VCF: convert it with bcftools view -O z -o FILE.vcf.gz FILE.bcf.",
			"BCF, where the store takes GFF3: convert it with bcftools view -O z -o FILE.vcf.gz FILE.bcf, and import that into a variant store, or an annotation store of format VCF.",
			"BCF, where the store takes TSV: convert it",
			"BCF, not FASTA: convert it with bcftools view -O z -o FILE.vcf.gz FILE.bcf, for a variant store."},
		{"C'A\x1a....", "2bit, where the store takes VCF: convert it with twoBitToFa FILE.2bit FILE.fa, and import that as a reference.", "2bit", "2bit", "2bit, not FASTA: convert it with twoBitToFa FILE.2bit FILE.fa."},
		{"PAR1\x15", "Parquet, where the store takes VCF: export it as VCF and import that.",
			"Parquet, where the store takes GFF3: export it as GFF3", "Parquet, where the store takes TSV: export it as TSV",
			"Parquet"},
		{"chr1\tx\tgene\t1\t9\t.\t+\t.\n", "", "", "", ""}, // GFF3 that lacks a column
		{"anything else\n", "", "", "", ""},
		// BEDPE of svtools
		{"##fileformat=VCFv4.2\n#CHROM_A\tSTART_A\tEND_A\n1\t5\t6\n", "", "BED, where the store takes GFF3", "",
			"BED, not FASTA"},
		{"#CHROM\tPOS\tPOS\tref\n1\t5\t5\tG\n", "BED, where the store takes VCF", "BED, where the store takes GFF3", "",
			"BED, not FASTA"},
	} {
		for format, want := range map[omics.StoreFormat]string{omics.FormatVCF: test.vcf, omics.FormatGFF: test.gff,
			omics.FormatTSV: test.tsv, formatFASTA: test.fast} {
			look := foreign
			if err := refuseForeign(foreign, []byte(test.text), format); format == omics.FormatTSV && err == nil {
				look = foreignText
			}
			got := ""
			if err := refuseForeign(look, []byte(test.text), format); err != nil {
				got = err.Error()
			}
			ok := got == ""
			switch {
			case want != "" && format == formatFASTA:
				ok = strings.HasPrefix(got, "The file is "+want) && len(got) <= omics.MaxReferenceStatusMessage
			case want != "":
				ok = strings.HasPrefix(got, malformed+want) || format == omics.FormatVCF && strings.HasPrefix(got, notVCF+want)
			}
			if !ok {
				t.Errorf("%.20q as %s: %s; want %s", test.text, format, got, want)
			}
		}
	}
}

// A TSV store says what a file is that it cannot read; what has rows of it is told of the row.
func TestForeignRows(t *testing.T) {
	layout := &omics.VersionOptions{TsvVersionOptions: &omics.TsvStoreOptions{Schema: []map[string]omics.SchemaValueType{
		{"chrom": "STRING"}, {"pos": "INT"}, {"id": "STRING"}}}}
	read := func(options *omics.ReadOptions) func(*Reader, *meta.Claim) {
		return func(_ *Reader, claim *meta.Claim) {
			claim.Job.Format, claim.Job.Kind = omics.FormatTSV, meta.Annotations
			claim.Table = meta.Table{Format: omics.FormatTSV, Options: layout}
			if options != nil {
				claim.Job.FormatOptions = &omics.FormatOptions{TsvOptions: &omics.TsvOptions{ReadOptions: options}}
			}
		}
	}
	hash, no := "#", false
	bad := strings.Replace(plainVCF, "1\t1\t.\t", "1\tx\t.\t", 1)
	late := plainVCF + strings.Repeat("1\t1\t.\tA\tC\t.\t.\t.\n", 3) + "1\tx\t.\tA\tC\t.\t.\t.\n"
	for _, test := range []struct {
		text    string
		options *omics.ReadOptions
		want    string // empty: it is read
	}{
		{plainGFF, nil, "The file is GFF3, where the store takes TSV: import it into an annotation store of format GFF."},
		{plainGFF, &omics.ReadOptions{Comment: &hash, Header: &no}, "The file is GFF3, "},
		{plainFASTA, nil, "The file is FASTA, "},
		{fastq, &omics.ReadOptions{Header: &no}, "The file is FASTQ, "},
		{gtf, &omics.ReadOptions{Comment: &hash, Header: &no}, "The file is GTF "},
		{bad, &omics.ReadOptions{Comment: &hash}, "The file is VCF, "},
		{plainVCF, &omics.ReadOptions{Comment: &hash}, ""},
		{late, &omics.ReadOptions{Comment: &hash}, `Line 7, column POS: "x" is not an integer`},
		{"chrom\tpos\tid\n1\tx\ta\n", nil, `Line 2, column pos: "x" is not an integer`},
	} {
		_, message := importText(t, strings.NewReader(test.text), read(test.options))
		if (message == "") != (test.want == "") || !strings.Contains(message, test.want) {
			t.Errorf("%.20q: %s; want %s", test.text, message, test.want)
		}
	}
}

// The files of ../shared/faults, for every import.
func TestForeignFaults(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "faults", "wrong-format-messages")
	for name, want := range map[string]string{
		"bcf.bcf": "The file is BCF, where ", "double_gz.vcf.gz": "The file is gzip within gzip",
		"utf16.vcf": "The file is text in UTF-16", "zip.vcf.zip": "The file is a ZIP archive",
	} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if os.IsNotExist(err) && os.Getenv("CI") == "" {
			t.Skipf("no %s", dir)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range []omics.StoreFormat{omics.FormatVCF, omics.FormatGFF} {
			if _, message := importText(t, bytes.NewReader(data),
				func(_ *Reader, claim *meta.Claim) { claim.Job.Format = format }); !strings.Contains(message, want) {
				t.Errorf("%s as %s: %s", name, format, message)
			}
		}
	}
}

// A reference's failure is told in its own words, not in those of the steps that it came up through.
func TestReferenceFailure(t *testing.T) {
	for want, err := range map[string]error{
		"the reference has more than 7 bytes [s3://b/x.fa]": fmt.Errorf("read FASTA: %w",
			UserErrorf("the reference has more than %d bytes", 7)),
		"FASTA line 3: no base [s3://b/x.fa]": fmt.Errorf("index: %w",
			&fasta.Error{Line: 3, Err: errors.New("no base")}),
	} {
		if got := ReferenceFailure(err, "s3://b/x.fa"); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}
