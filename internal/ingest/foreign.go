package ingest

import (
	"bytes"

	"github.com/varlake/varlake/internal/omics"
)

// foreignBytes are how many of a file's first bytes, inflated when it is gzip, foreign looks at: a tar archive tells itself at byte 257.
const foreignBytes = 512

// magics are the beginnings of files that are sent in place of text, with what they are and the way out.
var magics = []struct{ begins, is, way string }{
	{"BCF\x02", "BCF", "convert it with bcftools view -O z -o FILE.vcf.gz FILE.bcf"},
	{"BCF\x04", "BCF of its first version", "convert it with bcftools 0.1: bcftools view FILE.bcf"},
	{"\x1f\x8b", "gzip within gzip", "gunzip it once and import what comes out"},
	{"PK\x03\x04", "a ZIP archive, or an Excel workbook, which is one", "unzip it, or save the sheet as text, and import that"},
	{"PK\x05\x06", "an empty ZIP archive", "import the file that it was to hold"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook or another file of Microsoft Office", "save the sheet as text, separated by tabs, and import that"},
	{"\xfd7zXZ\x00", "compressed with xz", "decompress it with xz -d, or compress it with bgzip"},
	{"BZh91AY&SY", "compressed with bzip2", "decompress it with bzip2 -d, or compress it with bgzip"},
	{"\x28\xb5\x2f\xfd", "compressed with zstd", "decompress it with zstd -d, or compress it with bgzip"},
	{"\x04\x22\x4d\x18", "compressed with lz4", "decompress it with lz4 -d, or compress it with bgzip"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it and import what it holds"},
	{"Rar!\x1a\x07", "a RAR archive", "unpack it and import what it holds"},
	{"\x1f\x9d", "compressed with compress", "decompress it with uncompress, or compress it with bgzip"},
	{"BAM\x01", "BAM, reads and not variants", "import the variants that a caller found in it"},
	{"CRAM\x03", "CRAM, reads and not variants", "import the variants that a caller found in it"},
	{"@HD\t", "SAM, reads and not variants", "import the variants that a caller found in it"},
	{"TBI\x01", "a tabix index (.tbi)", "import the file that it belongs to"},
	{"CSI\x01", "a CSI index (.csi)", "import the file that it belongs to"},
	{"BAI\x01", "a BAM index (.bai)", "import the variants that a caller found in the BAM"},
	{"PAR1\x15", "Parquet", "export it as text and import that"},
	{"SQLite format 3\x00", "an SQLite database", "export the table as text and import that"},
	{"%PDF-", "a PDF document", "import the data that it speaks of"},
	{"\x89HDF", "HDF5", "export it as text and import that"},
	{"l\x1b", "a binary genotype table of PLINK", "convert it with plink --recode vcf"},
	{"version https://git-lfs.github.com/", "the pointer of a file in Git LFS, not the file", "fetch it with git lfs pull"},
	{"\xff\xfe", utf16, toUTF8},
	{"\xfe\xff", utf16, toUTF8},
}

const (
	utf16  = "text in UTF-16"
	toUTF8 = "convert it with iconv -f UTF-16 -t UTF-8"
)

// foreign tells what a file is, from its first bytes, if that is nothing that imports read, and what its owner can do; empty when it may be what
// the job says.
func foreign(head []byte, format omics.StoreFormat) (is, way string) {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.begins)) {
			return m.is, m.way
		}
	}
	if len(head) >= 4 && (head[0] == 0 && head[1] != 0 && head[2] == 0 || head[1] == 0 && head[0] != 0 && head[3] == 0) {
		return utf16 + " without a byte order mark", "convert it with iconv -f UTF-16LE -t UTF-8, or -f UTF-16BE"
	}
	if len(head) >= 262 && string(head[257:262]) == "ustar" {
		return "a tar archive", "unpack it and import what it holds"
	}
	start := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"))
	for _, page := range []string{"<!doctype", "<html", "<?xml", "<error"} {
		if bytes.HasPrefix(start, []byte(page)) {
			return "a web page or XML, perhaps the error that a download gave", "download it again and look at what comes"
		}
	}
	if format != omics.FormatTSV && len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		return "JSON, perhaps the error that a download gave", "download it again and look at what comes"
	}
	return "", ""
}

// errForeign refuses a file that is not what it should be.
func errForeign(head []byte, format omics.StoreFormat) error {
	is, way := foreign(head, format)
	if is == "" {
		return nil
	}
	if format == "" {
		format = omics.FormatVCF
	}
	return userErrorf("Malformed Input. Please check content of input file. The file is %s, where the store takes %s: %s.", is, format, way)
}
