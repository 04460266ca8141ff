package ingest

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/varlake/varlake/internal/source/annot"
	"github.com/varlake/varlake/internal/wire/omics"
)

// foreignBytes are how many of a file's first bytes, inflated when it is gzip, tell what it is.
const foreignBytes = headBytes

// formatFASTA is what the import of a reference reads. Stores have the other formats.
const formatFASTA omics.StoreFormat = "FASTA"

// foreigner is a kind of file, with the way out where it is sent to an import that does not read it.
type foreigner struct {
	is    string
	home  omics.StoreFormat // whose import way is for; empty: everybody's
	way   string            // %s is what the import reads. Empty: that import reads it as it is
	other string            // the way out for the others
}

// Where files of a format are imported.
const (
	intoVCF   = " into a variant store, or an annotation store of format VCF"
	intoGFF   = " into an annotation store of format GFF"
	intoTSV   = " into an annotation store of format TSV with its columns"
	asFASTA   = " as a reference"
	variants  = "import the variants that a caller found in it"
	alignedTo = "import the FASTA file that its reads were aligned to"
	belongsTo = "import the file that it belongs to"
	exportAs  = "export it as %s and import that"
	toBCF     = "convert it with bcftools view -O z -o FILE.vcf.gz FILE.bcf"
	toBED     = "convert it to text with bigBedToBed or bigWigToBedGraph"
	toFASTA   = "convert it with twoBitToFa FILE.2bit FILE.fa"
	toVCF     = "convert it with plink --bfile NAME --recode vcf"
	pgenToVCF = "convert it with plink2 --pfile NAME --export vcf"
	bgenToVCF = "convert it with qctool -g FILE.bgen -og FILE.vcf.gz"
	toGFF     = "convert it with gffread FILE.gtf -o FILE.gff3"
	andImport = ", and import that"
)

// magics are the beginnings of files that are not text.
var magics = []struct {
	begins string
	foreigner
}{
	{"BCF\x02", foreigner{"BCF", omics.FormatVCF, toBCF, toBCF + andImport + intoVCF}},
	{"BCF\x04", foreigner{is: "BCF of its first version", way: "convert it with bcftools 0.1: bcftools view FILE.bcf"}},
	{"PK\x05\x06", foreigner{is: "an empty ZIP archive", way: "import the file that it was to hold"}},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", excel},
	{"\xfd7zXZ\x00", foreigner{is: "compressed with xz", way: "decompress it with xz -d, or compress it with bgzip"}},
	{"BZh91AY&SY", foreigner{is: "compressed with bzip2", way: "decompress it with bzip2 -d, or compress it with bgzip"}},
	{"\x28\xb5\x2f\xfd", foreigner{is: "compressed with zstd",
		way: "decompress it with zstd -d, or compress it with bgzip"}},
	{"\x04\x22\x4d\x18", foreigner{is: "compressed with lz4",
		way: "decompress it with lz4 -d, or compress it with bgzip"}},
	{"7z\xbc\xaf\x27\x1c", foreigner{is: "a 7z archive", way: "unpack it and import what it holds"}},
	{"Rar!\x1a\x07", foreigner{is: "a RAR archive", way: "unpack it and import what it holds"}},
	{"\x1f\x9d", foreigner{is: "compressed with compress",
		way: "decompress it with uncompress, or compress it with bgzip"}},
	{"BAM\x01", readsOf("BAM")},
	{"CRAM\x02", readsOf("CRAM")},
	{"CRAM\x03", readsOf("CRAM")},
	{"TBI\x01", foreigner{is: "a tabix index (.tbi)", way: belongsTo}},
	{"CSI\x01", foreigner{is: "a CSI index (.csi)", way: belongsTo}},
	{"BAI\x01", foreigner{"a BAM index (.bai)", formatFASTA, alignedTo, variants + " BAM" + intoVCF}},
	{"\x43\x27\x41\x1a", foreigner{"2bit", formatFASTA, toFASTA, toFASTA + andImport + asFASTA}},
	{"\x1a\x41\x27\x43", foreigner{"2bit", formatFASTA, toFASTA, toFASTA + andImport + asFASTA}},
	{"\xeb\xf2\x89\x87", foreigner{"bigBed", omics.FormatTSV, toBED, toBED + andImport + intoTSV}},
	{"\x26\xfc\x8f\x88", foreigner{"bigWig", omics.FormatTSV, toBED, toBED + andImport + intoTSV}},
	{"PAR1\x15", foreigner{is: "Parquet", way: exportAs}},
	{"SQLite format 3\x00", foreigner{is: "an SQLite database", way: exportAs}},
	{"%PDF-", foreigner{is: "a PDF document", way: "import the data that it speaks of"}},
	{"{\\rtf", foreigner{is: "RTF, a document of a word processor", way: "save it as plain text and import that"}},
	{"\x89HDF", foreigner{is: "HDF5", way: exportAs}},
	{"ARROW1\x00\x00", foreigner{is: "an Arrow or Feather table", way: exportAs}},
	{"l\x1b\x01", foreigner{"a binary genotype table of PLINK (.bed)", omics.FormatVCF, toVCF,
		toVCF + andImport + intoVCF}},
	{"l\x1b", foreigner{"a binary genotype table of PLINK 2 (.pgen)", omics.FormatVCF, pgenToVCF,
		pgenToVCF + andImport + intoVCF}},
	{"version https://git-lfs.github.com/", foreigner{is: "the pointer of a file in Git LFS, not the file",
		way: "fetch it with git lfs pull"}},
}

// bgen has its magic after the four numbers that it begins with.
var bgen = foreigner{"BGEN, a binary genotype table", omics.FormatVCF, bgenToVCF, bgenToVCF + andImport + intoVCF}

var excel = foreigner{"an Excel workbook or another file of Microsoft Office", omics.FormatTSV,
	"save the sheet as text, separated by tabs, and import that", "import the file that it was made from"}

func readsOf(is string) foreigner {
	return foreigner{is + ", reads and not variants", formatFASTA, alignedTo, variants + intoVCF}
}

// wayFor is the way out for an import of a format; empty: it reads such files.
func (f foreigner) wayFor(format omics.StoreFormat) string {
	way := f.way
	switch short := shortHomes[f.home]; {
	case format == formatFASTA && short != "" && way == "":
		way = "it is for " + short
	case format == formatFASTA && short != "" && f != excel:
		way += ", for " + short
	case f.home != "" && f.home != format:
		way = f.other
	}
	return strings.ReplaceAll(way, "%s", formatName(format))
}

// shortHomes are where files of a format are imported, for the messages of reference import jobs, which have room for
// 127 characters.
var shortHomes = map[omics.StoreFormat]string{
	omics.FormatVCF: "a variant store", omics.FormatGFF: "an annotation store of GFF",
	omics.FormatTSV: "an annotation store of TSV",
}

// formatName is what people call a format.
func formatName(format omics.StoreFormat) string {
	if format == omics.FormatGFF {
		return "GFF3"
	}
	return string(format)
}

// foreign tells what a file is, from its first bytes, if that is nothing that the import of a format reads, and what
// its owner can do; empty when it may be. Text can be rows of a TSV store whatever it looks like: see foreignText.
func foreign(head []byte, format omics.StoreFormat) (is, way string) {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.begins)) {
			return m.is, m.wayFor(format)
		}
	}
	if len(head) >= 20 && string(head[16:20]) == "bgen" && bytes.IndexByte(head[:16], 0) >= 0 {
		return bgen.is, bgen.wayFor(format)
	}
	if is, way := packed(head, format); is != "" {
		return is, way
	}
	if is, way := wide(head, format); is != "" {
		return is, way
	}
	if len(head) >= 262 && string(head[257:262]) == "ustar" {
		return "a tar archive", "unpack it and import what it holds"
	}
	if page := webPage(head); page != "" {
		return page, "download it again and look at what comes"
	}
	if format == omics.FormatTSV {
		return "", ""
	}
	return foreignText(head, format)
}

// packed tells gzip within gzip and ZIP, and what is in them as far as that is foreign too.
func packed(head []byte, format omics.StoreFormat) (is, way string) {
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		var inner []byte
		if zip, err := gzip.NewReader(bytes.NewReader(head)); err == nil {
			inner, _ = io.ReadAll(io.LimitReader(zip, foreignBytes)) // what there is: the head is cut off
		}
		if is, way := foreign(inner, format); is != "" {
			return "gzip within gzip, and in that " + is, "gunzip it once; then " + way
		}
		return "gzip within gzip", "gunzip it once and import what comes out"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		name := ""
		if len(head) > 30 {
			name = string(head[30:min(len(head), 30+int(binary.LittleEndian.Uint16(head[26:])))])
		}
		for _, part := range []string{"[Content_Types].xml", "_rels/", "docProps/", "xl/"} {
			if strings.HasPrefix(name, part) {
				return excel.is, excel.wayFor(format)
			}
		}
		return "a ZIP archive", "unzip it and import what it holds"
	}
	return "", ""
}

// wides are the encodings of more than a byte a letter: their byte order marks, and where the letters of ASCII are in
// the first two.
var wides = []struct {
	mark, name, from string
	letters          [2]int
	size             int // of two letters
}{
	{"\xff\xfe\x00\x00", "UTF-32", "UTF-32LE", [2]int{0, 4}, 8},
	{"\x00\x00\xfe\xff", "UTF-32", "UTF-32BE", [2]int{3, 7}, 8},
	{"\xff\xfe", "UTF-16", "UTF-16LE", [2]int{0, 2}, 4},
	{"\xfe\xff", "UTF-16", "UTF-16BE", [2]int{1, 3}, 4},
}

// wide tells text in UTF-16 and UTF-32, and what that text is as far as it is foreign too.
func wide(head []byte, format omics.StoreFormat) (is, way string) {
	for _, w := range wides {
		marked := bytes.HasPrefix(head, []byte(w.mark))
		if !marked {
			if !isWideText(head, w.letters[0], w.size/2) {
				continue
			}
		}
		is, way = "text in "+w.name, "convert it with iconv -f "+w.name+" -t UTF-8"
		if !marked {
			is, way = is+" without a byte order mark", "convert it with iconv -f "+w.from+" -t UTF-8"
		}
		var narrow []byte
		for at := w.letters[0]; at < len(head); at += w.size / 2 {
			narrow = append(narrow, head[at])
		}
		if marked {
			narrow = narrow[1:]
		}
		if inner, then := foreign(narrow, format); inner != "" {
			return is + ", and that is " + inner, way + "; then " + then
		}
		return is, way
	}
	return "", ""
}

// wideLooked are how many characters tell whether bytes are text in UTF-16 or UTF-32.
const wideLooked = 100

// isWideText tells whether bytes without a byte order mark are text of size bytes a character, of which the one at
// letter has ASCII: the first two characters are of ASCII, and all are such as text has. A binary file begins with
// small numbers, which are not.
func isWideText(head []byte, letter, size int) bool {
	const least = 8 // characters, fewer tell nothing
	n := min(len(head)/size, wideLooked)
	telling := false
	for i := range n {
		var c rune
		for at := range size {
			part := at
			if letter == 0 { // the last byte is the highest
				part = size - 1 - at
			}
			c = c<<8 | rune(head[i*size+part])
		}
		surrogate := size == 2 && utf16.IsSurrogate(c)
		if i < 2 && c >= utf8.RuneSelf || !unicode.IsPrint(c) && !surrogate && !strings.ContainsRune("\t\r\n", c) {
			return false
		}
		telling = telling || c == '#' || c < utf8.RuneSelf && unicode.IsLetter(c)
	}
	return telling && n >= least
}

// webPage tells what a failed download leaves.
func webPage(head []byte) string {
	start := bytes.ToLower(begun(head))
	for _, page := range []string{"<!doctype", "<html", "<?xml", "<error"} {
		if bytes.HasPrefix(start, []byte(page)) {
			return "a web page or XML, perhaps the error that a download gave"
		}
	}
	return ""
}

// begun is a text from its first character on.
func begun(head []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
}

// The kinds of text.
var (
	kindVCF   = foreigner{"VCF", omics.FormatVCF, "", "import it" + intoVCF}
	kindGFF   = foreigner{"GFF3", omics.FormatGFF, "", "import it" + intoGFF}
	kindGTF   = foreigner{"GTF or GFF2", omics.FormatGFF, toGFF, toGFF + andImport + intoGFF}
	kindFASTA = foreigner{"FASTA", formatFASTA, "", "import it" + asFASTA}
	kindFASTQ = foreigner{"FASTQ, reads and not variants", formatFASTA, "import the FASTA file of the reference itself",
		variants + intoVCF}
	kindSAM     = readsOf("SAM")
	kindDict    = foreigner{is: "a sequence dictionary (.dict), or SAM without reads", way: belongsTo}
	kindFAI     = foreigner{is: "the index of a FASTA file (.fai)", way: belongsTo}
	kindGenBank = foreigner{"a GenBank or EMBL record", formatFASTA, "get its sequence as FASTA",
		"get what it describes as %s"}
	kindJSON = foreigner{is: "JSON, perhaps the error that a download gave",
		way: "download it again and look at what comes"}
	kindBED      = foreigner{"BED", omics.FormatTSV, "", "import it" + intoTSV}
	kindColumns  = foreigner{"text in columns", omics.FormatTSV, "", "import it" + intoTSV}
	kindBinary   = foreigner{is: "no text but of a kind that is not known", way: "look at it with the command file"}
	kindHeadless = foreigner{"VCF without a header", omics.FormatVCF, "",
		"give it its header, ##fileformat and #CHROM lines first" + andImport + intoVCF}
)

// foreignText is foreign for text that is not what an import of a format reads, a TSV store's included.
func foreignText(head []byte, format omics.StoreFormat) (is, way string) {
	if format == omics.FormatVCF && bytes.Contains(head, []byte("##fileformat=")) { // its reader knows odd headers
		return "", ""
	}
	kind := textKind(head)
	// whose reader has AWS's words for it
	if (kind == kindFAI || kind == kindHeadless) && format == omics.FormatTSV || kind == kindBinary &&
		format == omics.FormatVCF {
		return "", ""
	}
	if way = kind.wayFor(format); way == "" {
		return "", ""
	}
	return kind.is, way
}

// textKind tells what a text is from its beginning; the zero foreigner when nothing tells.
func textKind(head []byte) foreigner {
	text := begun(head)
	lines := strings.Split(string(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	begins := func(marks ...string) bool {
		for _, mark := range marks {
			if strings.HasPrefix(lines[0], mark) {
				return true
			}
		}
		return false
	}
	switch {
	case isVCF(lines):
		return kindVCF
	case begins("##gff-version"), bytes.Contains(text, []byte("\n##gff-version")):
		_, version, _ := strings.Cut(string(text), "##gff-version")
		if strings.HasPrefix(strings.TrimLeft(version, " \t"), "3") {
			return kindGFF
		}
		return kindGTF
	case begins(">"):
		return kindFASTA
	case begins("@HD\t", "@SQ\t", "@RG\t", "@PG\t", "@CO\t"):
		for _, line := range lines {
			if line != "" && line[0] != '@' && strings.Count(line, "\t") >= 10 {
				return kindSAM
			}
		}
		return kindDict
	case begins("@") && len(lines) > 2 && strings.HasPrefix(lines[2], "+"):
		return kindFASTQ
	case begins("LOCUS  ", "ID   "):
		return kindGenBank
	case begins("{", "["):
		return kindJSON
	}
	if len(head) >= foreignBytes { // the last is cut off
		lines = lines[:len(lines)-1]
	}
	kind := columnsKind(lines)
	if kind == (foreigner{}) && bytes.IndexByte(head, 0) >= 0 {
		return kindBinary
	}
	return kind
}

// isVCF tells VCF by its header: other tables have its meta lines too, above a header of their own.
func isVCF(lines []string) bool {
	meta := false
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "##"):
			meta = meta || strings.HasPrefix(line, "##fileformat=VCF")
		case strings.HasPrefix(line, "#CHROM\tPOS\tID\tREF\tALT"), meta && strings.HasPrefix(line, "#CHROM POS"):
			return true
		case i < len(lines)-1 && line != "":
			return meta && (line[0] != '#' || strings.HasPrefix(line, "#CHROM\tPOS"))
		}
	}
	return meta
}

// columnsKind tells what rows are: from the first one.
func columnsKind(lines []string) foreigner {
	for _, line := range lines {
		if strings.TrimSpace(line) == "" || line[0] == '#' || strings.HasPrefix(line, "track ") ||
			strings.HasPrefix(line, "browser ") {
			continue
		}
		f := strings.Split(line, "\t")
		switch n := len(f); {
		case n == 9 && isDigits(f[3]) && isDigits(f[4]) && strings.Contains("+-.?", f[6]):
			if !strings.Contains(f[8], "=") && strings.Contains(f[8], ` "`) {
				return kindGTF
			}
			return kindGFF
		case n == 5 && isDigits(f[1]) && isDigits(f[2]) && isLineOf(f[3], f[4]):
			return kindFAI
		case n >= 8 && isDigits(f[1]) && f[3] != "" && strings.Trim(f[3], "ACGTNacgtn") == "" &&
			strings.Trim(f[5], ".0123456789") == "":
			return kindHeadless
		case n >= 3 && isDigits(f[1]) && isDigits(f[2]):
			return kindBED
		case n == 8 || n == 10: // GFF3 that lacks a tab, or has one too many, maybe
		case n > 1 || strings.Count(line, ",") > 1:
			return kindColumns
		}
		break
	}
	return foreigner{}
}

// isLineOf tells whether a line of bytes holds bases and the one or two characters that end it.
func isLineOf(bases, bytes string) bool {
	b, err := strconv.Atoi(bases)
	w, err2 := strconv.Atoi(bytes)
	return err == nil && err2 == nil && b > 0 && (w == b+1 || w == b+2)
}

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// foreignRows names the file where a TSV store refused it for its header or one of the first two lines after it, the
// first of which is firstLine: it is none, then, and options of reading would not help.
func foreignRows(err error, head []byte, format omics.StoreFormat, firstLine int64) error {
	var bad *annot.Error
	if format != omics.FormatTSV || !errors.As(err, &bad) || bad.Line > firstLine+1 {
		return err
	}
	return cmp.Or(refuseForeign(foreignText, head, format), err)
}

// refuseForeign refuses a file that is not what it should be, as one of foreign and foreignText has it.
func refuseForeign(look func(head []byte, format omics.StoreFormat) (is, way string), head []byte,
	format omics.StoreFormat) error {
	if format == "" {
		format = omics.FormatVCF
	}
	is, way := look(head, format)
	if is == "" {
		return nil
	}
	what := "Malformed Input. Please check content of input file."
	switch text, _ := foreignText(head, format); {
	case format == formatFASTA:
		return UserErrorf("The file is %s, not FASTA: %s.", is, way)
	case format == omics.FormatVCF && text == is:
		what = "VCF header was not found in the input VCF file."
	}
	return UserErrorf("%s The file is %s, where the store takes %s: %s.", what, is, formatName(format), way)
}
