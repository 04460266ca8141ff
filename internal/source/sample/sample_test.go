package sample

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/varlake/varlake/bgzf"
)

func read(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// sequences reads a FASTA.
func sequences(t *testing.T, path string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for entry := range strings.SplitSeq(strings.TrimPrefix(string(read(t, path)), ">"), "\n>") {
		name, bases, _ := strings.Cut(entry, "\n")
		out[name] = strings.ToUpper(strings.ReplaceAll(bases, "\n", ""))
	}
	return out
}

// row is a line of a VCF, cut up in the simplest way.
type row struct {
	contig, id, ref, filter string
	pos                     int // 1-based
	alts                    []string
	info                    map[string]string
	calls                   []map[string]string
	line                    string
}

func rows(t *testing.T, path string) []row {
	t.Helper()
	z := bgzf.NewReader(bytes.NewReader(read(t, path)), 1)
	defer z.Close()
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	var out []row
	for line := range strings.Lines(string(text)) {
		if line[0] == '#' {
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		pos, err := strconv.Atoi(f[1])
		if err != nil {
			t.Fatal(err)
		}
		r := row{contig: f[0], pos: pos, id: f[2], ref: f[3], alts: strings.Split(f[4], ","), filter: f[6],
			info: map[string]string{}, line: line}
		for entry := range strings.SplitSeq(f[7], ";") {
			key, value, _ := strings.Cut(entry, "=")
			if _, twice := r.info[key]; twice {
				t.Fatalf("INFO key twice: %s", line)
			}
			r.info[key] = value
		}
		for _, column := range f[min(9, len(f)):] {
			call := map[string]string{}
			for i, value := range strings.Split(column, ":") {
				call[strings.Split(f[8], ":")[i]] = value
			}
			r.calls = append(r.calls, call)
		}
		out = append(out, r)
	}
	return out
}

func ints(t *testing.T, list string) []int {
	t.Helper()
	var out []int
	for item := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(item)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

// checkJoint recomputes what a joint call says of itself, and counts the forms that occur.
func checkJoint(t *testing.T, all []row, reference map[string]string) map[string]int {
	t.Helper()
	seen := map[string]int{}
	ids := map[string]bool{}
	var before row
	for _, r := range all {
		if r.contig == before.contig && r.pos < before.pos {
			t.Fatalf("not sorted: %s", r.line)
		}
		before = r
		if reference[r.contig][r.pos-1:r.pos-1+len(r.ref)] != r.ref {
			t.Fatalf("REF is not the reference's: %s", r.line)
		}
		for id := range strings.SplitSeq(r.id, ";") {
			if id != "." && ids[id] {
				t.Fatalf("identifier twice: %s", r.line)
			}
			ids[id] = true
		}
		counts, number := make([]int, len(r.alts)), 0
		for _, call := range r.calls {
			checkCall(t, r, call, counts, &number, seen)
		}
		var frequencies []string
		for _, count := range counts {
			if number == 0 {
				frequencies = append(frequencies, ".")
			} else {
				frequencies = append(frequencies, fmt.Sprintf("%.3f", float64((count*2000+number)/(2*number))/1000))
			}
		}
		if !slices.Equal(ints(t, r.info["AC"]), counts) || r.info["AN"] != strconv.Itoa(number) ||
			r.info["AF"] != strings.Join(frequencies, ",") {
			t.Fatalf("AC %v, AN %d, AF %v by the genotypes: %s", counts, number, frequencies, r.line)
		}
		if len(r.alts) > 1 {
			seen["multi-allelic"]++
		}
		for _, alt := range r.alts {
			switch {
			case alt == r.ref || alt == "":
				t.Fatalf("no alternative: %s", r.line)
			case alt == "*":
				seen["star"]++
			case len(alt) != len(r.ref):
				seen["indel"]++
			case len(alt) == 1:
				seen["SNV"]++
			default:
				seen["long substitution"]++
			}
		}
		seen["FILTER "+r.filter]++
	}
	return seen
}

// checkCall checks one sample of one record and adds its alleles to the counts.
func checkCall(t *testing.T, r row, call map[string]string, counts []int, number *int, seen map[string]int) {
	t.Helper()
	separator := "/"
	if strings.Contains(call["GT"], "|") {
		separator = "|"
		seen["phased"]++
		if call["PS"] == "" || call["PS"] == "." {
			t.Fatalf("phased without a phase set: %s", r.line)
		}
	}
	alleles := strings.Split(call["GT"], separator)
	open := 0
	for _, allele := range alleles {
		if allele == "." {
			open++
			continue
		}
		n := ints(t, allele)[0]
		*number++
		if n > 0 {
			counts[n-1]++
		}
	}
	switch {
	case open == len(alleles):
		seen["missing"]++
	case open > 0:
		seen["half missing"]++
	case len(alleles) == 1:
		seen["haploid"]++
	}
	depths, total := ints(t, call["AD"]), 0
	for _, depth := range depths {
		total += depth
	}
	if len(depths) != len(r.alts)+1 || call["DP"] != strconv.Itoa(total) {
		t.Fatalf("AD and DP: %s", r.line)
	}
	if call["PL"] == "" {
		return
	}
	likely, genotypes := ints(t, call["PL"]), len(depths)
	if len(alleles) == 2 {
		genotypes = len(depths) * (len(depths) + 1) / 2
	}
	if len(likely) != genotypes || slices.Min(likely) != 0 {
		t.Fatalf("PL: %s", r.line)
	}
	best := ints(t, alleles[0])[0]
	if len(alleles) == 2 {
		low, high := best, ints(t, alleles[1])[0]
		if low > high {
			low, high = high, low
		}
		best = high*(high+1)/2 + low
	}
	if likely[best] != 0 {
		t.Fatalf("the call is not the likeliest one: %s", r.line)
	}
}

func TestCohort(t *testing.T) {
	files, err := Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	seen := checkJoint(t, rows(t, files.Cohort), sequences(t, files.Reference))
	t.Log(seen)
	for form, least := range map[string]int{
		"SNV": 10_000, "indel": 2000, "multi-allelic": 500, "star": 20, "long substitution": 100, "phased": 5000,
		"missing":      50,
		"half missing": 50, "haploid": 300, "FILTER PASS": 15_000, "FILTER LowQual": 20, "FILTER LowMQ;StrandBias": 20,
		"FILTER .": 20,
	} {
		if seen[form] < least {
			t.Errorf("%s: %d times, want %d or more", form, seen[form], least)
		}
	}
	checkJoint(t, rows(t, files.Annotated), sequences(t, files.Reference))
	checkConsequences(t, rows(t, files.Annotated))
}

func checkConsequences(t *testing.T, all []row) {
	t.Helper()
	seen := map[string]int{}
	want := strings.Count(consequenceFields, "|")
	for _, r := range all {
		for entry := range strings.SplitSeq(r.info["CSQ"], ",") {
			fields := strings.Split(entry, "|")
			if len(fields) != want+1 {
				t.Fatalf("%d fields in %s", len(fields), entry)
			}
			seen[fields[1]]++
			allele := fields[0]
			if allele != "-" && !slices.ContainsFunc(r.alts, func(alt string) bool { return strings.HasSuffix(alt, allele) }) {
				t.Fatalf("allele %s: %s", allele, r.line)
			}
		}
	}
	t.Log(seen)
	for _, term := range []string{
		"missense_variant", "synonymous_variant", "stop_gained", "frameshift_variant", "inframe_deletion", "intron_variant",
		"intergenic_variant",
		"upstream_gene_variant", "downstream_gene_variant", "splice_region_variant&intron_variant",
		"non_coding_transcript_exon_variant",
	} {
		if seen[term] == 0 {
			t.Errorf("no %s", term)
		}
	}
	if seen["missense_variant"] < seen["synonymous_variant"] {
		t.Errorf("%d missense, %d synonymous: random changes favour the first", seen["missense_variant"],
			seen["synonymous_variant"])
	}
}

// TestGVCF wants every known base covered once, and each variant in the cohort too.
func TestGVCF(t *testing.T) {
	files, err := Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	reference := sequences(t, files.Reference)
	cohort := map[string][]string{}
	for _, r := range rows(t, files.Cohort) {
		key := fmt.Sprint(r.contig, r.pos, r.ref)
		cohort[key] = append(cohort[key], r.alts...)
	}
	covered, variants, at := 0, 0, map[string]int{}
	for _, r := range rows(t, files.GVCF) {
		bases := reference[r.contig]
		end := r.pos + len(r.ref) - 1
		if r.info["END"] != "" {
			end = ints(t, r.info["END"])[0]
		}
		if r.pos <= at[r.contig] || end < r.pos || strings.Contains(bases[r.pos-1:end], "N") ||
			bases[r.pos-1:r.pos-1+len(r.ref)] != r.ref {
			t.Fatalf("overlaps, is empty, covers N or has another REF: %s", r.line)
		}
		at[r.contig] = end
		covered += end - r.pos + 1
		if r.alts[len(r.alts)-1] != nonRef {
			t.Fatalf("without %s: %s", nonRef, r.line)
		}
		if len(r.alts) == 1 {
			continue
		}
		variants++
		for _, alt := range r.alts[:len(r.alts)-1] {
			if !slices.Contains(cohort[fmt.Sprint(r.contig, r.pos, r.ref)], alt) {
				t.Fatalf("not in the cohort: %s", r.line)
			}
		}
		checkCall(t, r, r.calls[0], make([]int, len(r.alts)), new(int), map[string]int{})
	}
	known := 0
	for _, bases := range reference {
		known += len(bases) - strings.Count(bases, "N")
	}
	if covered != known || variants < 3000 {
		t.Errorf("%d of %d known bases covered, %d variants", covered, known, variants)
	}
}

func TestClinVar(t *testing.T) {
	files, err := Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, r := range rows(t, files.ClinVar) {
		seen["contig "+r.contig]++
		seen[r.info["CLNSIG"]]++
		if len(r.alts) != 1 || len(r.calls) != 0 || r.info["CLNDN"] == "" || strings.ContainsAny(r.info["CLNHGVS"], "*<") {
			t.Fatal(r.line)
		}
	}
	want := []string{"contig 20", "contig 21", "contig MT"}
	if got := slices.DeleteFunc(slices.Sorted(maps.Keys(seen)),
		func(s string) bool { return !strings.HasPrefix(s, "contig") }); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if seen["Pathogenic"] == 0 || seen["Benign"] == 0 || seen["Conflicting_classifications_of_pathogenicity"] == 0 {
		t.Errorf("%v", seen)
	}
}

// contents maps the names in a folder to what the files hold.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, entry := range entries {
		out[entry.Name()] = string(read(t, filepath.Join(dir, entry.Name())))
	}
	return out
}

func TestSameBytes(t *testing.T) {
	write := func(dir string) error { _, err := Write(dir); return err }
	bench := func(seed uint64) func(string) error {
		return func(dir string) error {
			_, err := WriteBench(dir, Options{Records: 5000, Samples: 3, GVCF: true, Seed: seed})
			return err
		}
	}
	for name, make := range map[string]func(string) error{"sample": write, "bench": bench(1)} {
		first, second := t.TempDir(), filepath.Join(t.TempDir(), "made", "by", "it")
		if err := errors.Join(make(first), make(second), make(first)); err != nil { // twice over the same files, too
			t.Fatal(err)
		}
		one, two := contents(t, first), contents(t, second)
		for file := range one {
			if one[file] != two[file] {
				t.Errorf("%s: %s differs", name, file)
			}
		}
		if len(one) != len(two) {
			t.Errorf("%s: %d and %d files", name, len(one), len(two))
		}
	}
	first, second := t.TempDir(), t.TempDir()
	if err := errors.Join(bench(1)(first), bench(2)(second)); err != nil {
		t.Fatal(err)
	}
	if contents(t, first)["bench.vcf.gz"] == contents(t, second)["bench.vcf.gz"] {
		t.Error("two seeds, one file")
	}
}

func TestBench(t *testing.T) {
	for name, opt := range map[string]Options{"one sample": {Records: 20_000},
		"a cohort": {Records: 500, Samples: 40, Seed: 9}} {
		files, err := WriteBench(t.TempDir(), opt)
		if err != nil {
			t.Fatal(err)
		}
		all := rows(t, files.Cohort)
		seen := checkJoint(t, all, sequences(t, files.Reference))
		if len(all[0].calls) != max(opt.Samples, 1) || seen["indel"] < len(all)/20 {
			t.Errorf("%s: %v", name, seen)
		}
	}
	for _, opt := range []Options{{}, {Records: -1}, {Records: 1, Samples: -1}, {Records: 1, Spacing: 1},
		{Records: 1 << 60}, {Records: 1, Level: 99}} {
		dir := t.TempDir()
		if _, err := WriteBench(dir, opt); err == nil {
			t.Errorf("%+v is accepted", opt)
		}
		if left := contents(t, dir); len(left) != 0 {
			t.Errorf("%+v leaves files", opt)
		}
	}
}

// TestGenotypesOnly wants the sites of the full file with nothing but phased, complete genotypes, and counts that are
// theirs.
func TestGenotypesOnly(t *testing.T) {
	opt := Options{Records: 300, Samples: 30, Seed: 9}
	full, err := WriteBench(t.TempDir(), opt)
	if err != nil {
		t.Fatal(err)
	}
	opt.GenotypesOnly = true
	panel, err := WriteBench(t.TempDir(), opt)
	if err != nil {
		t.Fatal(err)
	}
	want, got := rows(t, full.Cohort), rows(t, panel.Cohort)
	if len(got) != len(want) {
		t.Fatalf("%d records, %d in the full file", len(got), len(want))
	}
	for i, r := range got {
		if r.pos != want[i].pos || r.ref != want[i].ref || !slices.Equal(r.alts, want[i].alts) ||
			len(r.calls) != opt.Samples {
			t.Fatalf("%s\nin the full file: %s", r.line, want[i].line)
		}
		counts := make([]int, len(r.alts))
		for _, call := range r.calls {
			alleles := ints(t, strings.ReplaceAll(call["GT"], "|", ","))
			if len(call) != 1 || len(alleles) != 2 {
				t.Fatalf("%v: %s", call, r.line)
			}
			for _, allele := range alleles {
				if allele > 0 {
					counts[allele-1]++
				}
			}
		}
		if !slices.Equal(ints(t, r.info["AC"]), counts) || r.info["AN"] != strconv.Itoa(2*opt.Samples) {
			t.Fatalf("AC %v, AN %d by the genotypes: %s", counts, 2*opt.Samples, r.line)
		}
	}
}

// TestBenchContigs wants no contig too short to hold its records.
func TestBenchContigs(t *testing.T) {
	for _, records := range []int{1, 1000, benchContig / 100, benchContig/100 + 1, benchContig/100 + leastContig/100 + 1,
		3_000_000} {
		plans := benchPlans(Options{Records: records, Spacing: 100})
		total := 0
		for _, p := range plans {
			total += p.length
			if p.length < leastContig {
				t.Errorf("%d records: %+v", records, p)
			}
		}
		if total != max(records*100, leastContig) {
			t.Errorf("%d records: %d bases", records, total)
		}
	}
}

func BenchmarkRecords(b *testing.B) {
	for _, samples := range []int{1, 100} {
		b.Run(strconv.Itoa(samples), func(b *testing.B) {
			b.ReportAllocs()
			p := plan{name: "chr1", length: 4 << 20, ends: 1000, ploidy: 2}
			records := 0
			for b.Loop() {
				w := benchWriter{fasta: newFASTA(io.Discard, io.Discard), cohort: io.Discard, samples: samples}
				n, err := w.contig(new(random(1)), p, p.length/100)
				if err != nil {
					b.Fatal(err)
				}
				records += n
			}
			b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
