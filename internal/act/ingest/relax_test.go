package ingest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/vcf"
)

// strictly holds a file to the letter of the specification, but for rules that are relaxed later.
func strictly(s *Reader, _ *meta.Claim) { s.Relaxed = 0 }

func relaxing(rules ...vcf.Rule) func(*Reader, *meta.Claim) {
	return func(s *Reader, _ *meta.Claim) {
		for _, rule := range rules {
			if relaxed, err := vcf.ParseRules(rule.String()); err == nil {
				s.Relaxed |= relaxed
			}
		}
	}
}

// Records that break relaxed rules are counted exactly, and the earliest of them is named, whichever workers they go to
// and however alike their samples are.
func TestRelaxedRecordsAreCounted(t *testing.T) {
	const n, samples = 20_000, 12 // 3 MB: pieces for both workers
	var body strings.Builder
	body.WriteString(strings.Replace(strings.Replace(header, "\tA\tB\n", "", 1), "##INFO=<ID=DP,",
		"##garbage\n##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"\">\n##INFO=<ID=DP,", 1))
	for i := range samples {
		fmt.Fprintf(&body, "\ts%d", i)
	}
	body.WriteByte('\n')
	first := int64(strings.Count(body.String(), "\n")) + 1
	want := map[vcf.Rule]int64{vcf.RuleHeader: 1}
	for i := range n {
		contig, filter, info, last := "chr1", "PASS", "DP=1", "0/1:3,4"
		if i >= 100 && i%3 == 0 {
			last = "0/1:7" // the same text each time
			want[vcf.RuleNumber]++
		}
		if i > 10_000 && i%7 == 0 {
			filter = "a,b"
			want[vcf.RuleFilter]++
		}
		if i == 19_999 {
			info = "NOPE=1"
			want[vcf.RuleUndeclared]++
		}
		if i%5000 > 4000 {
			contig = "chr2"
		}
		if i%5000 == 0 && i > 0 || i%5000 == 4001 && i > 5000 {
			want[vcf.RuleOrder]++
		}
		fmt.Fprintf(&body, "%s\t%d\t.\tA\tC\t.\t%s\t%s\tGT:AD%s\t%s\n", contig, i+1, filter, info,
			strings.Repeat("\t0/0:9,0", samples-1), last)
	}
	total, message := importText(t, strings.NewReader(body.String()), strictly, relaxing(vcf.RuleHeader, vcf.RuleNumber,
		vcf.RuleFilter, vcf.RuleUndeclared, vcf.RuleOrder))
	if message != "" {
		t.Fatal(message)
	}
	for rule := vcf.RuleHeader; rule <= vcf.RuleReference; rule++ {
		if total.Notes.Count(rule) != want[rule] {
			t.Errorf("%s: %d records, want %d", rule, total.Notes.Count(rule), want[rule])
		}
	}
	got := Summary(total)
	for _, part := range []string{
		"Imported 20000 records as 240000 rows; 0 records changed by left normalization. Accepted: header 1 line (first at line 4: \"##garbage\"",
		fmt.Sprintf("; number %d records (first at line %d: sample s11 FORMAT/AD: wrong number of values: \"7\" has 1 where Number=R means 2); ", want[vcf.RuleNumber], first+102),
		fmt.Sprintf("; filter %d records (first at line %d: FILTER: invalid filter: \"a,b\"); ", want[vcf.RuleFilter],
			first+10_003),
		fmt.Sprintf("; undeclared 1 record (first at line %d: INFO/NOPE: ", first+n-1),
		fmt.Sprintf("; order %d records (first at line %d: CHROM: records of a contig are not together: \"chr1\" was left after line %d).", want[vcf.RuleOrder], first+5000, first+4000),
	} {
		if !strings.Contains(got, part) {
			t.Errorf("%s\nlacks %s", got, part)
		}
	}
	if _, message := importText(t, strings.NewReader(body.String()), strictly, relaxing(vcf.RuleHeader, vcf.RuleNumber,
		vcf.RuleUndeclared, vcf.RuleOrder)); !strings.Contains(message,
		fmt.Sprintf("line number %d: invalid filter: \"a,b\" (FILTER) (accepted with --relax filter) [s3://", first+10_003)) {
		t.Error(message)
	}
}

// What the reference contradicts fails the file, or stays as it came; what of the reference cannot be read is not the
// file's fault.
func TestRefusedByTheReference(t *testing.T) {
	const bases = "GGGCACACACAGGG"
	body := header + "chr1\t8\t.\tCAC\tC\t.\t.\t.\tGT\t0/1\t.\n" + "chr1\t8\t.\tGT\tG\t.\t.\t.\tGT\t0/1\t.\n" +
		"chr2\t1\t.\tA\tC\t.\t.\t.\tGT\t0/1\t.\n"
	for _, c := range []struct {
		rules   []vcf.Rule
		failure string
	}{
		{nil, "line number 8: REF does not match the reference at chr1:8: the record says 'G', the reference 'C' (accepted with --relax reference) [s3://"},
		{[]vcf.Rule{vcf.RuleReference},
			`line number 9: contig "chr2" is not in the reference (accepted with --relax contig) [s3://`},
		{[]vcf.Rule{vcf.RuleReference, vcf.RuleContig}, ""},
	} {
		total, message := importText(t, strings.NewReader(body), onReference(t, bases), relaxing(c.rules...))
		if c.failure != "" {
			if !strings.Contains(message, c.failure) {
				t.Errorf("%v: %s", c.rules, message)
			}
			continue
		}
		const want = `Imported 3 records as 6 rows; 1 records changed by left normalization. Contigs not in the store's reference: 1 (first chr2). ` +
			`Accepted: contig 1 record (first at line 9: CHROM: contig "chr2" is not in the reference); ` +
			`reference 1 record (first at line 8: REF: REF does not match the reference at chr1:8: the record says 'G', the reference 'C').`
		if got := Summary(total); message != "" || got != want {
			t.Errorf("%s%s\nwant %s", message, got, want)
		}
	}
	broken := errors.New("the disk is gone")
	for _, err := range []error{broken, fmt.Errorf("read: %w", broken), &fasta.RangeError{}} {
		if fault := refusal(err, 1); fault != nil {
			t.Errorf("%v is the file's fault: %v", err, fault)
		}
	}
	h, err := vcf.ParseHeader([]byte(header))
	if err != nil {
		t.Fatal(err)
	}
	w := (&vcfFormat{header: h, jobID: "job", reference: brokenReference{broken}, relaxed: vcf.AllRules}).rows(folderAt(t,
		t.TempDir()), "unused")
	err = w.line([]byte("chr1\t8\t.\tCAC\tC\t.\t.\t.\tGT\t0/1\t."), 7, &report{order: new(vcf.Order)})
	if message := FailureMessage(err, "s3://b/k"); !errors.Is(err, broken) ||
		!strings.HasPrefix(message, "An internal error") {
		t.Errorf("%v: %s", err, message)
	}
}

// Normalisation leaves alleles that are none alone.
func TestOddAllelesAreNotNormalised(t *testing.T) {
	body := header
	for _, alleles := range []string{"CAC\tC,R", "CAC\tC,", "CAC\t,C", "CAC\tC<dup-8>A", "CAC\t<DEL", "CAC\t-", "CAC\tC.",
		"CAC\t.,C", "CAC\t[", "CAC\tC A", "-\tC", "C-C\tC", "CAC\tC\u00e9"} {
		body += "chr1\t8\t.\t" + alleles + "\t.\t.\t.\tGT\t0/1\t.\n"
	}
	total, message := importText(t, strings.NewReader(body), onReference(t, "GGGCACACACAGGG"),
		relaxing(vcf.RuleAllele, vcf.RuleReference))
	if message != "" || total.Normalised != 0 || total.Records != 13 || total.Notes.Count(vcf.RuleAllele) != 12 ||
		total.Notes.Count(vcf.RuleReference) != 2 {
		t.Errorf("%s%s", message, Summary(total))
	}
}

type brokenReference struct{ error }

func (b brokenReference) Length(string) (int64, bool) { return 100, true }
func (b brokenReference) Fetch(dst []byte, _ string, _, _ int64) ([]byte, error) {
	return dst, b.error
}

func TestJobSummary(t *testing.T) {
	item := func(status omics.JobStatus, message string) meta.ImportItem {
		return meta.ImportItem{Status: status, StatusMessage: message, Source: meta.Source{URI: "s3://b/" + string(status)}}
	}
	fine, bad := item(omics.JobCompleted, "Imported 1 records."), item(omics.JobFailed, "Line 7: bad. [s3://b/x]")
	odd := item(omics.JobCompleted, "Imported 1 records. Accepted: number 1 record (first at line 3: x).")
	bare := item(omics.JobCompleted,
		"Imported 1 records. Annotations: INFO/X is not described in the header. Accepted: number 1 record (first at line 3: x).")
	lost := item(omics.JobCompleted, "Imported 1 records. Contigs not in the store's reference: 2 (first chr1).")
	all := item(omics.JobCompleted,
		lost.StatusMessage+" Annotations: INFO/X is not described in the header. Accepted: number 1 record (first at line 3: x).")
	empty := item(omics.JobFailed, FailureMessage(ErrNoRows, "s3://b/empty"))
	const contigs = " Contigs not in the store's reference: 2 (first chr1). [s3://b/COMPLETED]"
	for want, items := range map[string][]meta.ImportItem{
		"1 of 1 items imported." + contigs: {lost},
		"3 of 3 items imported. 2 of the items have contigs that are not in the store's reference; the first:" +
			contigs: {lost, fine, lost},
		"1 of 2 items imported. Line 7: bad. [s3://b/x]" + contigs +
			" Annotations: INFO/X is not described in the header. [s3://b/COMPLETED] Accepted: number 1 record (first at line 3: x). [s3://b/COMPLETED]": {bad, all},
		"0 of 2 items imported. 2 of the items failed, each for the reason that GetVariantImportJob and varlake job get show of it; the first: Line 7: bad. [s3://b/x]":                        {empty, bad},
		"0 of 2 items imported. 2 of the items failed, each for the reason that GetVariantImportJob and varlake job get show of it; the first: Cannot import file with 0 rows. [s3://b/empty]": {empty, empty},
		"2 of 2 items imported. Annotations: INFO/X is not described in the header. [s3://b/COMPLETED] Accepted: number 1 record (first at line 3: x). [s3://b/COMPLETED]":                     {fine, bare},
		"1 of 2 items imported. s3://b/none: not found." + contigs: {
			item(omics.JobFailed, "s3://b/none: not found"), lost},
		"0 of 1 items imported. s3://b/none: not found": {
			item(omics.JobFailed, "s3://b/none: not found")},
		"1 of 1 items imported.": {
			fine},
		"1 of 2 items imported. Line 7: bad. [s3://b/x]": {
			fine, bad},
		"2 of 2 items imported. Accepted: number 1 record (first at line 3: x). [s3://b/COMPLETED]": {
			fine, odd},
		"2 of 3 items imported. Line 7: bad. [s3://b/x] Accepted: number 1 record (first at line 3: x). [s3://b/COMPLETED]": {
			bad, fine, odd},
		"2 of 2 items imported. 2 of the items hold what was accepted against rules; the first: Accepted: number 1 record (first at line 3: x). [s3://b/COMPLETED]": {odd, odd},
	} {
		completed := 0
		for _, i := range items {
			if i.Status == omics.JobCompleted {
				completed++
			}
		}
		if got := JobSummary(items, completed); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
