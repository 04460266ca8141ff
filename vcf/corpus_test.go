package vcf

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpusRoot is the folder of real files beside the checkout. It must be there in CI.
func corpusRoot(t testing.TB) string {
	root := filepath.Join("..", "..", "shared", "corpus")
	if _, err := os.Stat(root); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the corpus is required in CI: %v", err)
		}
		t.Skip("the corpus ../shared/corpus is not here")
	}
	return root
}

// corpusFiles lists the VCF files below a corpus folder.
func corpusFiles(t testing.TB, folder string) []string {
	root := filepath.Join(corpusRoot(t), folder)
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (strings.HasSuffix(path, ".vcf") || strings.HasSuffix(path, ".vcf.gz") || strings.HasSuffix(path, ".out")) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no VCF below %s", root)
	}
	return files
}

func readCorpusFile(t testing.TB, path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// readAll reads a whole file as an importer would and returns its number of records.
// each, when not nil, sees every record.
func readAll(text []byte, each func(*Record)) (records int, err error) {
	br := bufio.NewReader(bytes.NewReader(text))
	h, err := ReadHeader(br, HeaderOptions{})
	if err != nil {
		return 0, err
	}
	rec, order := NewRecord(h), Order{}
	body := text[len(h.Text):]
	for number := h.Lines + 1; len(body) > 0; number++ {
		line, rest, _ := bytes.Cut(body, []byte("\n"))
		body = rest
		if Blank(line) {
			continue
		}
		if err := rec.Parse(line, number); err != nil {
			return records, err
		}
		if err := order.Check(rec.Chrom(), rec.Pos(), number); err != nil {
			return records, err
		}
		records++
		if each != nil {
			each(rec)
		}
	}
	return records, nil
}

func TestScratch(t *testing.T) {
	for _, folder := range []string{"cohort", "single-sample", "gvcf", "annotated", "structural", "quirks", "normalize", "annotation-files", "conformance/hts-specs/4.2/passed", "conformance/hts-specs/4.3/passed", "conformance/hts-specs/4.5/passed"} {
		for _, path := range corpusFiles(t, folder) {
			n, err := readAll(readCorpusFile(t, path), nil)
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			_ = n
		}
	}
	for _, folder := range []string{"conformance/hts-specs/4.2/failed", "conformance/hts-specs/4.3/failed"} {
		for _, path := range corpusFiles(t, folder) {
			text := readCorpusFile(t, path)
			_, err := readAll(text, nil)
			cause := ""
			for _, l := range strings.Split(string(text), "\n") {
				if strings.HasPrefix(l, "##CauseOfFailure=") {
					cause = l[17:]
				}
			}
			if err == nil {
				t.Logf("ACCEPTED %s: %s", path[len(path)-45:], cause)
			} else {
				t.Logf("refused %s: %s\n        %v", path[len(path)-35:], cause, err)
			}
		}
	}
}
