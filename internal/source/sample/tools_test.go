package sample

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// need skips a test whose tools are missing; under CI they must be there.
func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is missing", tool)
			}
			t.Skipf("skipped: %s is missing", tool)
		}
	}
}

// run runs a tool that must succeed, and returns what it wrote to standard error.
func run(t *testing.T, tool string, args ...string) string {
	t.Helper()
	command := exec.Command(tool, args...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, stderr.Bytes())
	}
	return stderr.String()
}

var normSummary = regexp.MustCompile(`^Lines\s+total/split/realigned/skipped:\t(\d+)/(\d+)/(\d+)/(\d+)\n$`)

// accepts lets htslib's tools read a file: none may complain. It returns how many lines there are and how
// many of them bcftools norm realigns, checking REF.
func accepts(t *testing.T, vcf, reference string) (total, realigned int) {
	t.Helper()
	run(t, "bgzip", "-t", vcf)
	run(t, "tabix", "-f", "-p", "vcf", vcf)
	if words := run(t, "bcftools", "view", "-o", os.DevNull, vcf); words != "" {
		t.Errorf("bcftools view %s: %s", filepath.Base(vcf), words)
	}
	words := run(t, "bcftools", "norm", "-f", reference, "-o", os.DevNull, vcf)
	counts := normSummary.FindStringSubmatch(words)
	if counts == nil {
		t.Fatalf("bcftools norm %s: %s", filepath.Base(vcf), words)
	}
	total, _ = strconv.Atoi(counts[1])
	realigned, _ = strconv.Atoi(counts[3])
	if counts[2] != "0" || counts[4] != "0" {
		t.Errorf("bcftools norm %s: %s", filepath.Base(vcf), words)
	}
	return total, realigned
}

func TestToolsAcceptSample(t *testing.T) {
	need(t, "bcftools", "bgzip", "tabix", "samtools")
	dir := t.TempDir()
	files, err := Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.fai")
	run(t, "samtools", "faidx", "--fai-idx", other, files.Reference)
	if string(read(t, other)) != string(read(t, files.ReferenceIndex)) {
		t.Errorf("samtools faidx makes another index:\n%s", read(t, other))
	}
	// ClinVar's contigs have short names; so must its reference.
	text := string(read(t, files.Reference))
	for _, p := range plans {
		text = strings.Replace(text, ">"+p.name+"\n", ">"+shortName(p.name)+"\n", 1)
	}
	short := filepath.Join(dir, "short.fa")
	if err := os.WriteFile(short, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, file := range []struct {
		path, reference        string
		leastTotal, leastMoved int
	}{
		{files.Cohort, files.Reference, 18_000, 2000},
		{files.Annotated, files.Reference, 8000, 800},
		{files.GVCF, files.Reference, 15_000, 0}, // bcftools 1.16 leaves records with <NON_REF> alone
		{files.ClinVar, short, 1500, 100},
	} {
		total, moved := accepts(t, file.path, file.reference)
		t.Logf("%s: %d records, %d realigned", filepath.Base(file.path), total, moved)
		if total < file.leastTotal || moved < file.leastMoved {
			t.Errorf("%s: %d records, %d realigned: too few", filepath.Base(file.path), total, moved)
		}
	}
}

func TestToolsAcceptBench(t *testing.T) {
	need(t, "bcftools", "bgzip", "tabix", "samtools")
	for name, opt := range map[string]Options{
		"one sample":  {Records: 30_000, GVCF: true, Level: 1},
		"a cohort":    {Records: 2000, Samples: 50, Seed: 5},
		"a panel":     {Records: 2000, Samples: 50, Seed: 5, GenotypesOnly: true},
		"very dense":  {Records: 5000, Spacing: 20},
		"few records": {Records: 1},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := WriteBench(t.TempDir(), opt)
			if err != nil {
				t.Fatal(err)
			}
			total, moved := accepts(t, files.Cohort, files.Reference)
			if total > opt.Records || total < opt.Records*95/100 {
				t.Errorf("%d records of %d", total, opt.Records)
			}
			if opt.Records > 1 && moved < total/50 {
				t.Errorf("%d of %d records realigned", moved, total)
			}
			if opt.GVCF {
				if total, _ := accepts(t, files.GVCF, files.Reference); total < opt.Records {
					t.Errorf("gVCF: %d records", total)
				}
			}
			other := files.Reference + ".other"
			run(t, "samtools", "faidx", "--fai-idx", other, files.Reference)
			if string(read(t, other)) != string(read(t, files.ReferenceIndex)) {
				t.Error("samtools faidx makes another index")
			}
		})
	}
}
