package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A reference that is none is told what it is and what to do.
func TestForeignReferences(t *testing.T) {
	s, c := startTestServer(t, filepath.Join(t.TempDir(), "data"))
	dir := t.TempDir()
	packed := func(text []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, _ = w.Write(text)
		w.Close()
		return out.Bytes()
	}
	fasta := []byte(">chr1\nACGT\n")
	const vcf = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
	for name, test := range map[string]struct {
		data []byte
		want string // of the message
	}{
		"a.bcf": {packed([]byte("BCF\x02\x02")), "The file is BCF, not FASTA: convert it with bcftools view"},
		"a.fa.zip": {[]byte("PK\x03\x04\x14\x00"),
			"The file is a ZIP archive, not FASTA: unzip it and import what it holds."},
		"wide.fa": {[]byte("\xff\xfe>\x00c\x00\n\x00A\x00\n\x00"),
			"The file is text in UTF-16, not FASTA: convert it with iconv -f UTF-16 -t UTF-8."},
		"twice.fa.gz": {packed(packed(fasta)),
			"The file is gzip within gzip, not FASTA: gunzip it once and import what comes out."},
		"a.vcf.gz": {packed([]byte(vcf)), "The file is VCF, not FASTA: it is for a variant store."},
		"a.fastq": {[]byte("@r\nACGT\n+\nIIII\n"),
			"The file is FASTQ, reads and not variants, not FASTA: import the FASTA file of the reference itself."},
		"a.fa.gz": {packed(fasta), ""},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, test.data, 0o600); err != nil {
			t.Fatal(err)
		}
		remove, uri := upload(t, c, s.paths, path)
		err := importReference(t.Context(), c, referenceImportOptions{source: path, name: "genome"}, uri,
			io.Discard, io.Discard)
		remove()
		switch {
		case test.want == "" && err != nil, test.want != "" && err == nil:
			t.Errorf("%s: %v; want %q", name, err, test.want)
		case err != nil && (!strings.Contains(words(err), test.want) || strings.Count(words(err), path) != 1):
			t.Errorf("%s: %s; want %q, and the path once", name, words(err), test.want)
		}
	}
}
