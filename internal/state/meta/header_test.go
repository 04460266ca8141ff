package meta

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

// finishWith ends an item with a header.
func (f *fixture) finishWith(t *testing.T, job string, item int, header string) {
	t.Helper()
	c := must(f.ClaimItem(f.ctx, job, item))(t)
	if !must(f.FinishItem(f.ctx, job, item, c.Item.Attempt, ItemResult{Status: omics.JobCompleted,
		Header: []byte(header)}))(t) {
		t.Fatalf("item %d was not finished", item)
	}
}

func (f *fixture) headersOf(t *testing.T, s Store) (out []string) {
	t.Helper()
	for _, h := range must(f.ItemHeaders(f.ctx, Table{Namespace: Namespace(Variants, s.Account, s.ID), Name: s.Name}))(t) {
		out = append(out, string(must(f.HeaderLines(f.ctx, h.Hash))(t))+string(h.Columns))
	}
	return out
}

// TestHeaders keeps a header as long as its rows, and once where only the samples differ.
func TestHeaders(t *testing.T) {
	f := newFixture(t)
	s, other := f.store(t, "cohort"), f.store(t, "other")
	shared := "##fileformat=VCFv4.2\r\n##x=" + strings.Repeat("long", 1<<20) + "\r\n"
	first, second, third := shared+"#CHROM\tA\r\n", shared+"#CHROM\tB\n", "##fileformat=VCFv4.3\n#CHROM"
	early := f.start(t, "cohort", "s3://b/0.vcf", "s3://b/1.vcf", "s3://b/2.vcf")
	late := f.start(t, "cohort", "s3://b/3.vcf")
	f.finishWith(t, late.ID, 0, third)
	f.finishWith(t, early.ID, 1, second)
	f.finishWith(t, early.ID, 0, first)
	f.finish(t, early.ID, 2, omics.JobFailed)
	if diff := cmp.Diff([]string{first, second, third}, f.headersOf(t, s)); diff != "" {
		t.Error(diff)
	}
	if n := f.count(t, `SELECT count(*) FROM headers`); n != 2 {
		t.Errorf("%d different headers kept", n)
	}
	if n := f.count(t, `SELECT sum(length(text)) FROM headers`); n > 10_000 {
		t.Errorf("headers take %d bytes", n)
	}
	if got := f.headersOf(t, other); got != nil {
		t.Errorf("the other store has %q", got)
	}

	must(f.FinishImportWithoutRows(f.ctx, late.ID, "disk full", nil))(t) // its rows never land
	if diff := cmp.Diff([]string{first, second}, f.headersOf(t, s)); diff != "" {
		t.Error(diff)
	}
	must(f.CommitImport(f.ctx, early.ID, "m0", "m1", omics.JobCompleted, ""))(t)
	if _, err := f.writer.Exec(`DELETE FROM import_jobs`); err != nil { // as Recover forgets old jobs
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{first, second}, f.headersOf(t, s)); diff != "" {
		t.Error(diff)
	}
	if err := f.BeginDeleteStore(f.ctx, AdminAccount, Variants, "cohort", true); err != nil {
		t.Fatal(err)
	}
	if n := f.count(t, `SELECT (SELECT count(*) FROM item_headers) + (SELECT count(*) FROM headers)`); n != 0 {
		t.Errorf("%d headers outlive their table", n)
	}
}

func TestHeaderOfCancelledJob(t *testing.T) {
	f := newFixture(t)
	f.store(t, "cohort")
	j := f.start(t, "cohort", "s3://b/0.vcf", "s3://b/1.vcf")
	f.finishWith(t, j.ID, 0, "##fileformat=VCFv4.2\n#CHROM")
	if err := f.CancelImportJob(f.ctx, AdminAccount, Variants, j.ID); err != nil {
		t.Fatal(err)
	}
	if n := f.count(t, `SELECT count(*) FROM headers`); n != 0 {
		t.Errorf("%d headers of a cancelled job", n)
	}
}
