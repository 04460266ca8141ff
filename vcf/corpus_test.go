package vcf

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
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
		if err == nil && !d.IsDir() && (strings.HasSuffix(path, ".vcf") || strings.HasSuffix(path, ".vcf.gz") ||
			strings.HasSuffix(path, ".out")) {
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

// readAll reads a whole file as an importer would by default and returns its number of records.
// each, when not nil, sees every record.
func readAll(text []byte, each func(*Record)) (records int, err error) {
	records, _, err = readRelaxed(text, Customary, each)
	return records, err
}

// readHeaderText reads the header of a file.
func readHeaderText(text string, relaxed Rules) (*Header, error) {
	return ReadHeader(bufio.NewReader(strings.NewReader(text)), HeaderOptions{Relaxed: relaxed})
}

// readRelaxed is readAll with rules relaxed.
func readRelaxed(text []byte, relaxed Rules, each func(*Record)) (records int, notes Notes, err error) {
	h, err := readHeaderText(string(text), relaxed)
	if err != nil {
		return 0, notes, err
	}
	notes.Merge(h.Notes())
	rec, order := NewRecord(h), Order{}
	rec.Relaxed, rec.Notes = relaxed, &notes
	if relaxed.LetsUnordered() {
		order.Notes = &notes
	}
	body := text[len(h.Text):]
	for number := h.Lines + 1; len(body) > 0; number++ {
		line, rest, _ := bytes.Cut(body, []byte("\n"))
		body = rest
		if Blank(line) {
			if err := rec.SkipBlank(number); err != nil {
				return records, notes, err
			}
			continue
		}
		if err := rec.Parse(line, number); err != nil {
			return records, notes, err
		}
		if err := order.Check(rec.Chrom(), rec.Pos(), number); err != nil {
			return records, notes, err
		}
		records++
		if each != nil {
			each(rec)
		}
	}
	return records, notes, nil
}

const conformance = "conformance/hts-specs"

// The files of the specification's "failed" folders are refused, but for those that docs/reading.json lists for each
// setting.
func TestConformanceFailed(t *testing.T) {
	doc := loadReading(t)
	always, refused, never := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, group := range doc.Specification.Always {
		for _, name := range group.Files {
			always[name] = true
		}
	}
	for _, name := range doc.Specification.DefaultRefuses {
		refused[name] = true
	}
	for _, name := range doc.Specification.Never {
		never[name] = true
	}
	met := 0
	for _, version := range []string{"4.2", "4.3"} {
		for _, path := range corpusFiles(t, filepath.Join(conformance, version, "failed")) {
			name := version + "/" + strings.TrimPrefix(strings.TrimSuffix(filepath.Base(path), ".vcf"), "failed_")
			if always[name] || refused[name] || never[name] {
				met++
			}
			text := readCorpusFile(t, path)
			for setting, reads := range map[Rules]bool{Rules(0): always[name], Customary: !refused[name] && !never[name],
				AllRules: !never[name]} {
				_, notes, err := readRelaxed(text, setting, nil)
				var at *ParseError
				switch {
				case reads && err != nil:
					t.Errorf("%s with %x: %v", name, setting, err)
				case reads && notes.String() == "" && !always[name]:
					t.Errorf("%s with %x is accepted silently", name, setting)
				case reads:
				case !errors.As(err, &at):
					t.Errorf("%s with %x: %v", name, setting, err)
				case at.Line == 0 && len(bytes.TrimSpace(text)) > 0:
					t.Errorf("%s: no line number: %v", name, err)
				case strings.Contains(err.Error(), "line number 0"), setting == AllRules && at.Rule != 0:
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
	if met != len(always)+len(refused)+len(never) {
		t.Errorf("met %d of %d listed files", met, len(always)+len(refused)+len(never))
	}
}

func TestConformancePassed(t *testing.T) {
	for _, version := range []string{"4.2", "4.3", "4.5"} {
		for _, path := range corpusFiles(t, filepath.Join(conformance, version, "passed")) {
			if _, _, err := readRelaxed(readCorpusFile(t, path), 0, nil); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// records is what the corpus folders hold, counted with zcat and grep -vc '^#'.
var records = map[string]int{
	"cohort": 22841, "single-sample": 75401, "gvcf": 10650, "annotated": 102, "structural": 14652,
	"quirks": 946, "normalize": 539, "annotation-files": 148,
}

// Every real file must be read whole, and its records must give back their line.
func TestCorpus(t *testing.T) {
	for folder, want := range records {
		got := 0
		for _, path := range corpusFiles(t, folder) {
			n, err := readAll(readCorpusFile(t, path), func(r *Record) {
				if line := rebuild(r); !bytes.Equal(bytes.TrimRight(line, "\t"), bytes.TrimRight(r.Line(), "\t")) {
					t.Fatalf("%s: parts of\n%s\nare\n%s", path, r.Line(), line)
				}
			})
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			got += n
		}
		if got != want {
			t.Errorf("%s: read %d records, want %d", folder, got, want)
		}
	}
}

// rebuild joins what the accessors return to a line again.
func rebuild(r *Record) []byte {
	join := func(parts [][]byte, sep string) string {
		if len(parts) == 0 {
			return "."
		}
		return string(bytes.Join(parts, []byte(sep)))
	}
	var info [][]byte
	for i := range r.NumInfo() {
		key, value, hasValue := r.Info(i)
		if hasValue {
			key = append(append(bytes.Clone(key), '='), value...)
		}
		info = append(info, key)
	}
	infoText := join(info, ";")
	if raw := r.column(7); len(raw) == 0 || raw[len(raw)-1] == ';' {
		infoText = string(raw)
	}
	columns := []string{string(r.Chrom()), strconv.FormatInt(r.Pos(), 10), join(r.AppendIDs(nil), ";"), string(r.Ref()),
		join(r.AppendAlts(nil), ","), string(r.column(5)), join(r.AppendFilters(nil), ";"), infoText}
	if r.NumSamples() > 0 {
		var keys []string
		for i := range r.NumFormat() {
			keys = append(keys, r.FormatField(i).ID)
		}
		columns = append(columns, strings.Join(keys, ":"))
	}
	if string(r.Format()) == "." {
		columns[8] = "."
	}
	for s := range r.NumSamples() {
		var fields []string
		if string(r.Format()) == "." {
			fields = append(fields, string(r.Sample(s)))
		}
		for i := range r.NumFormat() {
			if text := r.Field(s, i); text != nil {
				fields = append(fields, string(text))
			}
		}
		columns = append(columns, strings.Join(fields, ":"))
	}
	return []byte(strings.Join(columns, "\t"))
}
