package annot

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// corpusFile returns the text of a real annotation file. The corpus must be there in CI.
func corpusFile(t testing.TB, name string) string {
	root := os.Getenv("VARLAKE_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(root); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the corpus is required in CI: %v", err)
		}
		t.Skip("the corpus ../shared/corpus is not here")
	}
	text, err := os.ReadFile(filepath.Join(root, "annotation-files", name))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".gz") {
		r, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if text, err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return string(text)
}

// naiveFeature reads a feature line the plain way, and renders it as showFeature does.
func naiveFeature(line string) string {
	columns := strings.Split(line, "\t")
	decode := func(text string) string {
		decoded, err := url.PathUnescape(text)
		if err != nil {
			panic(err)
		}
		return decoded
	}
	start, _ := strconv.Atoi(columns[3])
	var parts []string
	add := func(name, value string) {
		if value != "." {
			parts = append(parts, name+"="+value)
		}
	}
	add("seqid", decode(columns[0]))
	add("source", decode(columns[1]))
	add("type", decode(columns[2]))
	add("start", strconv.Itoa(start-1))
	add("end", columns[4])
	if score, err := strconv.ParseFloat(columns[5], 64); err == nil {
		add("score", fmt.Sprint(score))
	}
	add("strand", columns[6])
	add("phase", columns[7])
	values, order := map[string][]string{}, []string{}
	for _, pair := range strings.Split(columns[8], ";") {
		tag, value, _ := strings.Cut(pair, "=")
		if _, ok := values[tag]; !ok {
			order = append(order, tag)
		}
		for _, v := range strings.Split(value, ",") {
			values[tag] = append(values[tag], decode(v))
		}
	}
	official := []string{"ID", "Name", "Alias", "Parent", "Target", "Gap", "Derives_from", "Note", "Dbxref",
		"Ontology_term", "Is_circular"}
	for _, tag := range official {
		if v, ok := values[tag]; ok {
			name := strings.ToLower(tag)
			switch tag {
			case "Parent", "Note", "Dbxref", "Ontology_term":
				add(strings.ReplaceAll(name, "_", ""), fmt.Sprintf("%q", v))
			case "Is_circular":
				add(name, strings.Join(v, ","))
			default:
				add(strings.ReplaceAll(name, "_", ""), strings.Join(v, ","))
			}
		}
	}
	for _, tag := range order {
		if !slices.Contains(official, tag) {
			add("information["+strings.ToLower(tag)+"]", strings.Join(values[tag], ","))
		}
	}
	return strings.Join(parts, "\n")
}

func TestCorpusGFF(t *testing.T) {
	for name, want := range map[string]int{
		"Homo_sapiens.GRCh38.97.chromosome.1.small.gff3.gz": 82,
		"gencode.vM22.annotation.small.gff3":                70,
		"ref_ASM69900v1_top_level.small.gff3":               185,
		"with_fasta.gff3":                                   20,
	} {
		g, features := NewGFF(), 0
		inFASTA := false
		for i, line := range strings.Split(strings.TrimSuffix(corpusFile(t, name), "\n"), "\n") {
			f, err := g.Line([]byte(line), int64(i+1))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			inFASTA = inFASTA || line == "##FASTA"
			if got, want := f != nil, !inFASTA && line != "" && line[0] != '#'; got != want {
				t.Errorf("%s line %d: feature %v, want %v", name, i+1, got, want)
			}
			if f == nil {
				continue
			}
			features++
			if diff := cmp.Diff(naiveFeature(line), showFeature(f)); diff != "" {
				t.Errorf("%s line %d (-want +got):\n%s", name, i+1, diff)
			}
		}
		if features != want || g.Done() != (name == "with_fasta.gff3") {
			t.Errorf("%s: %d features, done %v; want %d", name, features, g.Done(), want)
		}
	}
}

var bedLayout = &Layout{
	Schema:         []Column{{"chrom", String}, {"start", Int}, {"stop", Long}, {"score", Double}},
	AnnotationType: "CHR_START_END_ZERO_BASE",
	FormatToHeader: map[string]string{"CHR": "chrom", "START": "start", "END": "stop"},
}

func TestCorpusBED(t *testing.T) {
	o := DefaultReadOptions()
	o.Header = false
	tsv := newTSV(t, bedLayout, o, "")
	data, count := []byte(corpusFile(t, "fitcons.bed.gz")), 0
	for number := int64(1); len(data) > 0; number++ {
		var line []byte
		line, data, _ = cutLine(data, o.Terminator())
		r, err := tsv.Row(line, number)
		if err != nil {
			t.Fatal(err)
		}
		columns := strings.Split(string(line), "\t")
		score, _ := strconv.ParseFloat(columns[3], 64)
		want := fmt.Sprintf("%q %s %s %v | %s:%s-%s", columns[0], columns[1], columns[2], score, columns[0],
			columns[1], columns[2])
		if got := showRow(tsv, r); got != want {
			t.Errorf("line %d: got %s, want %s", number, got, want)
		}
		count++
	}
	if count != 537 {
		t.Errorf("%d rows", count)
	}
}

// A GFF3 file is a TSV with nine columns, and the naive reader agrees on its values.
func TestCorpusGFFAsTSV(t *testing.T) {
	l := &Layout{AnnotationType: "CHR_START_END_ONE_BASE", FormatToHeader: map[string]string{"CHR": "seqid",
		"START": "start", "END": "end"}}
	for i, name := range gffColumns {
		typ := String
		if i == 3 || i == 4 {
			typ = Long
		}
		l.Schema = append(l.Schema, Column{name, typ})
	}
	o := DefaultReadOptions()
	o.Header, o.Comment = false, "#"
	tsv, rows := newTSV(t, l, o, ""), 0
	for i, line := range strings.Split(corpusFile(t, "ref_ASM69900v1_top_level.small.gff3"), "\n") {
		r, err := tsv.Row([]byte(line), int64(i+1))
		if err != nil {
			t.Fatal(err)
		}
		if r == nil {
			continue
		}
		rows++
		columns := strings.Split(line, "\t")
		from, _ := strconv.Atoi(columns[3])
		if string(r.Chrom) != columns[0] || r.Start != int64(from-1) || strconv.FormatInt(r.End, 10) != columns[4] ||
			string(r.Values[8].Text) != columns[8] {
			t.Errorf("line %d: %s", i+1, showRow(tsv, r))
		}
	}
	if rows != 185 {
		t.Errorf("%d rows", rows)
	}
}
