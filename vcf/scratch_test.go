package vcf

import (
	"bufio"
	"bytes"
	"fmt"
	"testing"
)

func TestScratch2(t *testing.T) {
	for _, folder := range []string{"cohort", "single-sample", "gvcf", "annotated", "structural", "quirks", "normalize", "annotation-files", "conformance/hts-specs/4.2/passed", "conformance/hts-specs/4.3/passed", "conformance/hts-specs/4.5/passed"} {
		for _, path := range corpusFiles(t, folder) {
			text := readCorpusFile(t, path)
			h, err := ReadHeader(bufio.NewReader(bytes.NewReader(text)), HeaderOptions{})
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			rec := NewRecord(h)
			kinds := map[string]int{}
			var msgs []string
			for i, line := range bytes.Split(bytes.TrimRight(text[len(h.Text):], "\n"), []byte("\n")) {
				if err := rec.Parse(line, int64(i)+h.Lines+1); err != nil {
					pe := err.(*ParseError)
					f, _ := split(pe.Err)
					col := pe.Column
					if j := bytes.LastIndex([]byte(col), []byte("FORMAT/")); j >= 0 {
						col = col[j:]
					}
					k := fmt.Sprint(f, col)
					kinds[k]++
					if kinds[k] == 1 {
						msgs = append(msgs, err.Error())
					}
				}
			}
			if len(msgs) > 0 {
				t.Log(path, kinds)
				for _, m := range msgs {
					t.Log("      ", m)
				}
			}
		}
	}
}
