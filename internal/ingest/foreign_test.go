package ingest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/omics"
)

// Files that are no text of the store's format are told what they are and what to do.
func TestForeignFiles(t *testing.T) {
	tar := make([]byte, 1024)
	copy(tar, "a.vcf")
	copy(tar[257:], "ustar\x0000")
	vcf := []byte("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t1\t.\tA\tC\t.\t.\t.\n")
	wide := func(first int) (text []byte) {
		for _, c := range vcf {
			pair := []byte{0, 0}
			pair[first] = c
			text = append(text, pair...)
		}
		return text
	}
	for want, data := range map[string][]byte{
		"is BCF, where the store takes VCF: convert it with bcftools view": bgzip(t, []byte("BCF\x02\x02..."), 100),
		"is gzip within gzip":                         gzipped(t, gzipped(t, vcf)),
		"is gzip within gzip, where":                  bgzip(t, bgzip(t, vcf, 50), 100),
		"is BAM":                                      bgzip(t, []byte("BAM\x01..."), 100),
		"is CRAM":                                     []byte("CRAM\x03\x00"),
		"is a ZIP archive":                            []byte("PK\x03\x04\x14\x00"),
		"compressed with xz":                          []byte("\xfd7zXZ\x00\x00\x04"),
		"compressed with bzip2":                       []byte("BZh91AY&SY\x00"),
		"compressed with zstd":                        []byte("\x28\xb5\x2f\xfd\x04"),
		"is a tabix index":                            bgzip(t, []byte("TBI\x01..."), 100),
		"is a tar archive":                            gzipped(t, tar),
		"is text in UTF-16, where":                    join([]byte("\xff\xfe"), wide(0)),
		"is text in UTF-16, where the store takes":    join([]byte("\xfe\xff"), wide(1)),
		"is text in UTF-16 without a byte order mark": wide(0),
		"in UTF-16 without a byte order mark, where":  wide(1),
		"is a web page or XML":                        []byte("\n <!DOCTYPE html><html>"),
		"is a web page or XML, perhaps the error":     []byte("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>"),
		"is JSON":                             []byte("{\"message\": \"Not Found\"}"),
		"is the pointer of a file in Git LFS": []byte("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"),
		"is an Excel workbook or another file of Microsoft": []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
	} {
		_, message := importText(t, bytes.NewReader(data))
		if !strings.HasPrefix(message, "Malformed Input. Please check content of input file. The file ") || !strings.Contains(message, want) {
			t.Errorf("%q: %s", want, message)
		}
	}
	for _, text := range []string{"PAR1\t1\t2", "CRAM\tx", "{a}\tb", "BZh\tx", "", "\x00"} {
		if is, _ := foreign([]byte(text), omics.FormatTSV); is != "" {
			t.Errorf("%q is taken for %s", text, is)
		}
	}
}

// The files of ../shared/faults.
func TestForeignFaults(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "faults", "wrong-format-messages")
	for name, want := range map[string]string{
		"bcf.bcf": "The file is BCF, where the store takes VCF: convert it with bcftools view", "double_gz.vcf.gz": "The file is gzip within gzip",
		"utf16.vcf": "The file is text in UTF-16", "zip.vcf.zip": "The file is a ZIP archive",
	} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if os.IsNotExist(err) && os.Getenv("CI") == "" {
			t.Skipf("no %s", dir)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, message := importText(t, bytes.NewReader(data)); !strings.Contains(message, want) {
			t.Errorf("%s: %s", name, message)
		}
	}
}
