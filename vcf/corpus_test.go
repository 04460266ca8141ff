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
	records, _, err = readRelaxed(text, 0, each)
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
	if relaxed.Has(RuleOrder) {
		order.Notes = &notes
	}
	body := text[len(h.Text):]
	for number := h.Lines + 1; len(body) > 0; number++ {
		line, rest, _ := bytes.Cut(body, []byte("\n"))
		body = rest
		if Blank(line) {
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

// acceptedFaults are the files of the specification's "failed" folders that we read,
// and why. docs/schema.md tells users the same. All others must be refused.
var acceptedFaults = map[string]string{
	"4.2/failed_body_chrom_001":      "HLA contigs of GRCh38 hold a colon",
	"4.3/failed_body_chrom_001":      "HLA contigs of GRCh38 hold a colon",
	"4.3/failed_body_chrom_004":      "HLA contigs of GRCh38 hold an asterisk",
	"4.3/failed_meta_contig_003":     "HLA contigs of GRCh38 hold an asterisk",
	"4.2/failed_body_duplicated_000": "Platinum Genomes repeats records; AWS does not look for duplicates",
	"4.3/failed_body_duplicated_000": "Platinum Genomes repeats records; AWS does not look for duplicates",
	"4.2/failed_body_duplicated_001": "Platinum Genomes repeats records; AWS does not look for duplicates",
	"4.3/failed_body_duplicated_001": "Platinum Genomes repeats records; AWS does not look for duplicates",
	"4.2/failed_body_duplicated_003": "Platinum Genomes repeats records; AWS does not look for duplicates",
	"4.3/failed_body_duplicated_003": "Platinum Genomes repeats records; AWS does not look for duplicates",
	"4.2/failed_body_format_003":     "callers use underscores in FORMAT keys",
	"4.2/failed_body_info_031":       "Mutect2 writes one value where Number=A means several",
	"4.3/failed_body_info_031":       "Mutect2 writes one value where Number=A means several",
	"4.3/failed_body_no_newline_000": "many files end without a newline",
	"4.3/failed_body_no_newline_001": "many files end without a newline",
	"4.3/failed_body_no_newline_002": "many files end without a newline",
	"4.3/failed_body_no_newline_003": "many files end without a newline",
	"4.3/failed_body_no_newline_004": "many files end without a newline",
	"4.2/failed_body_ref_001":        "references hold IUPAC codes (norm.iupac.vcf)",
	"4.3/failed_body_ref_001":        "references hold IUPAC codes (norm.iupac.vcf)",
	"4.2/failed_meta_alt_000":        "GATK declares NON_REF and 1000 Genomes CN0",
	"4.2/failed_meta_format_004":     "a DP of another type is kept as text",
	"4.3/failed_meta_format_010":     "a DP of another type is kept as text",
	"4.3/failed_meta_format_004":     "an AD of another type is kept as text",
	"4.2/failed_meta_format_010":     "a GL of another type is kept as text",
	"4.3/failed_meta_format_016":     "a GL of another type is kept as text",
	"4.2/failed_meta_format_014":     "a GQ of another type is kept as text",
	"4.3/failed_meta_format_020":     "a GQ of another type is kept as text",
	"4.2/failed_meta_format_022":     "a PL of another type is kept as text",
	"4.3/failed_meta_format_028":     "a PL of another type is kept as text",
	"4.2/failed_meta_format_026":     "a PS of another type is kept as text",
	"4.3/failed_meta_format_032":     "a PS of another type is kept as text",
	"4.2/failed_meta_info_009":       "1000 Genomes declares AF with Number=1",
	"4.3/failed_meta_info_015":       "1000 Genomes declares AF with Number=1",
	"4.2/failed_meta_sample_000":     "TCGA writes SAMPLE lines of its own",
	"4.2/failed_meta_sample_001":     "TCGA writes SAMPLE lines of its own",
}

const conformance = "conformance/hts-specs"

func TestConformanceFailed(t *testing.T) {
	accepted := 0
	for _, version := range []string{"4.2", "4.3"} {
		for _, path := range corpusFiles(t, filepath.Join(conformance, version, "failed")) {
			name := version + "/" + strings.TrimSuffix(filepath.Base(path), ".vcf")
			text := readCorpusFile(t, path)
			_, err := readAll(text, nil)
			if reason, ok := acceptedFaults[name]; ok {
				accepted++
				if err != nil {
					t.Errorf("%s is to be accepted (%s): %v", name, reason, err)
				}
				continue
			}
			var at *ParseError
			switch {
			case err == nil:
				t.Errorf("%s is accepted", name)
			case !errors.As(err, &at):
				t.Errorf("%s: %T is not a ParseError: %v", name, err, err)
			case at.Line == 0 && len(bytes.TrimSpace(text)) > 0:
				t.Errorf("%s: no line number: %v", name, err)
			}
			if fault, _ := split(at.Err); fault.Error() == "" || !strings.Contains(err.Error(), fault.Error()) {
				t.Errorf("%s: no reason: %v", name, err)
			}
		}
	}
	if accepted != len(acceptedFaults) {
		t.Errorf("met %d of %d accepted files", accepted, len(acceptedFaults))
	}
}

func TestConformancePassed(t *testing.T) {
	for _, version := range []string{"4.2", "4.3", "4.5"} {
		for _, path := range corpusFiles(t, filepath.Join(conformance, version, "passed")) {
			if _, err := readAll(readCorpusFile(t, path), nil); err != nil {
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
	for s := range r.NumSamples() {
		var fields []string
		for i := range r.NumFormat() {
			if text := r.Field(s, i); text != nil {
				fields = append(fields, string(text))
			}
		}
		columns = append(columns, strings.Join(fields, ":"))
	}
	return []byte(strings.Join(columns, "\t"))
}
