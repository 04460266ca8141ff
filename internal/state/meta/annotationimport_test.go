package meta

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

func TestAnnotationImportFromStartToCommit(t *testing.T) {
	f := newFixture(t)
	n := f.newAnnotations(AdminAccount, "clinvar")
	n.ReferenceARN, n.Format, n.Options = f.reference.ARN, omics.FormatTSV,
		&omics.StoreOptions{TsvStoreOptions: layout("chrom")}
	s := must(f.CreateStore(f.ctx, n))(t)
	f.activate(t, AdminAccount, "clinvar", "clinvar")
	v := f.version(t, AdminAccount, "clinvar", "v_2")
	sep := ","
	options := &omics.FormatOptions{TsvOptions: &omics.TsvOptions{ReadOptions: &omics.ReadOptions{Sep: &sep}}}
	j := must(f.StartImportJob(f.ctx, NewImportJob{ID: NewJobID(), Account: AdminAccount, Kind: Annotations,
		StoreName: "clinvar", VersionName: "v_2", RoleARN: "arn:role",
		Normalize: true, FormatOptions: options, Sources: objects("s3://b/0"), Max: 5}))(t)
	want := ImportJob{Seq: j.Seq, ID: j.ID, Account: AdminAccount, Kind: Annotations, StoreID: s.ID, StoreName: "clinvar",
		TableID: v.ID, VersionName: "v_2",
		Namespace: "annotation_123456789012_" + s.ID, Table: "clinvar__v_2", Location: v.Location, RoleARN: "arn:role",
		Normalize: true, Format: omics.FormatTSV,
		FormatOptions: options, Status: omics.JobSubmitted, Created: j.Created, Updated: j.Updated}
	if diff := cmp.Diff(want, j); diff != "" {
		t.Error(diff)
	}
	c := must(f.ClaimItem(f.ctx, j.ID, 0))(t)
	if c.Table.ID != v.ID || !cmp.Equal(c.Table.TSV(), layout("chrom")) {
		t.Errorf("claimed for the table %+v", c.Table)
	}
	if want := (&ReferenceSource{StoreID: f.reference.StoreID, ID: f.reference.ID}); !cmp.Equal(want, c.Source) {
		t.Errorf("reference %+v, want %+v", c.Source, want)
	}
	f.finish(t, j.ID, 0, omics.JobCompleted)
	if p := must(f.PendingCommit(f.ctx, j.ID))(t); p == nil || p.MetadataLocation != "m0" || p.Job.Kind != Annotations {
		t.Fatalf("pending commit %+v", p)
	}
	if r := must(f.CommitImport(f.ctx, j.ID, "stale", "m1", omics.JobCompleted, ""))(t); r != PointerMoved {
		t.Errorf("commit on a stale pointer: %v", r)
	}
	if r := must(f.CommitImport(f.ctx, j.ID, "m0", "m1", omics.JobCompleted, ""))(t); r != Committed {
		t.Fatalf("commit: %v", r)
	}
	rows := must(collect(f.ctx, f.reader, scanString,
		`SELECT table_name || ' ' || metadata_location FROM iceberg_tables ORDER BY 1`))(t)
	if diff := cmp.Diff([]string{"clinvar m0", "clinvar__v_2 m1"}, rows); diff != "" {
		t.Errorf("pointers: %s", diff)
	}
	first, second := f.getVersion(t, AdminAccount, "clinvar", "clinvar"), f.getVersion(t, AdminAccount, "clinvar", "v_2")
	if got, _, err := f.Store(f.ctx, AdminAccount, Annotations, "clinvar"); err != nil || got.SizeBytes != 100 ||
		first.SizeBytes != 0 || second.SizeBytes != 100 {
		t.Errorf("the store has %d bytes, its versions %d and %d, %v", got.SizeBytes, first.SizeBytes, second.SizeBytes, err)
	}
}

// TestDefaultVersion: an import that names no version goes to the one named as the store, if there is one.
func TestDefaultVersion(t *testing.T) {
	f := newFixture(t)
	f.annotations(t, AdminAccount, "clinvar")
	f.version(t, AdminAccount, "clinvar", "v_2")
	if j := f.startAnnotation(t, "clinvar", "", "s3://b/0"); j.VersionName != "clinvar" || j.Table != "clinvar" {
		t.Errorf("goes to %s, table %s", j.VersionName, j.Table)
	}
	n := f.newAnnotations(AdminAccount, "genes")
	n.Table = f.newVersion(AdminAccount, "genes", "first")
	must(f.CreateStore(f.ctx, n))(t)
	f.activate(t, AdminAccount, "genes", "first")
	if _, err := f.StartImportJob(f.ctx, NewImportJob{ID: NewJobID(), Account: AdminAccount, Kind: Annotations,
		StoreName: "genes", Sources: objects("s3://b/0"), Max: 5}); !errors.Is(err, ErrNoVersion) {
		t.Errorf("a store without a version of its name: %v", err)
	}
	if j := f.startAnnotation(t, "genes", "first", "s3://b/0"); j.Table != "genes__first" {
		t.Errorf("goes to table %s", j.Table)
	}
}

func TestStartAnnotationImportGuards(t *testing.T) {
	f := newFixture(t)
	f.account(t, other)
	f.store(t, "clinvar") // a variant store is none
	start := func(account, store, version string, change func(*NewImportJob)) error {
		n := NewImportJob{ID: NewJobID(), Account: account, Kind: Annotations, StoreName: store, VersionName: version,
			Sources: objects("s3://b/0"), Max: 2}
		if change != nil {
			change(&n)
		}
		_, err := f.StartImportJob(f.ctx, n)
		return err
	}
	if err := start(AdminAccount, "clinvar", "", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("start into no annotation store: %v", err)
	}
	must(f.CreateStore(f.ctx, f.newAnnotations(AdminAccount, "clinvar")))(t)
	if err := start(AdminAccount, "clinvar", "", nil); !errors.Is(err, ErrNotActive) {
		t.Errorf("start into a store that is being made: %v", err)
	}
	f.activate(t, AdminAccount, "clinvar", "clinvar")
	if err := start(other, "clinvar", "", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("start by another account: %v", err)
	}
	if err := start(AdminAccount, "clinvar", "v_2", nil); !errors.Is(err, ErrNoVersion) {
		t.Errorf("start into no version: %v", err)
	}
	must(f.CreateVersion(f.ctx, AdminAccount, "clinvar", f.newVersion(AdminAccount, "clinvar", "v_2")))(t)
	if err := start(AdminAccount, "clinvar", "v_2", nil); !errors.Is(err, ErrNotActive) {
		t.Errorf("start into a version that is being made: %v", err)
	}
	to := must(f.Destination(f.ctx, AdminAccount, Annotations, "clinvar", ""))(t)
	if to.Version != "clinvar" || to.Format != omics.FormatVCF || to.Reference {
		t.Errorf("destination %+v", to)
	}
	if err := start(AdminAccount, "clinvar", "", func(n *NewImportJob) { n.TableID = NewStoreID() }); !errors.Is(err,
		ErrNotActive) {
		t.Errorf("start into another table of the name than the request was held to: %v", err)
	}
	if n := f.count(t, `SELECT (SELECT count(*) FROM import_jobs) + (SELECT count(*) FROM import_items)`); n != 0 ||
		f.queued(t, "import_item") != 0 {
		t.Errorf("%d rows after refusals", n)
	}
	// Jobs of both kinds count together.
	f.start(t, "clinvar", "s3://b/0")
	f.startAnnotation(t, "clinvar", "", "s3://b/0")
	if err := start(AdminAccount, "clinvar", "", nil); !errors.Is(err, ErrQuota) {
		t.Errorf("start past the limit: %v", err)
	}
	if _, err := f.StartImportJob(f.ctx, NewImportJob{ID: NewJobID(), Account: AdminAccount, Kind: Variants,
		StoreName: "clinvar", Sources: objects("s3://b/0"), Max: 2}); !errors.Is(err, ErrQuota) {
		t.Errorf("variant job past the limit: %v", err)
	}
}

// TestKindsOfJobsAreApart: a job is found, listed and cancelled as what it is only.
func TestKindsOfJobsAreApart(t *testing.T) {
	f := newFixture(t)
	f.store(t, "same")
	f.annotations(t, AdminAccount, "same")
	jobs := map[Kind]string{Variants: f.start(t, "same", "s3://b/0").ID, Annotations: f.startAnnotation(t, "same", "",
		"s3://b/0").ID}
	for kind, id := range jobs {
		wrong := map[Kind]Kind{Variants: Annotations, Annotations: Variants}[kind]
		if _, _, err := f.ImportJob(f.ctx, AdminAccount, wrong, id); !errors.Is(err, ErrNotFound) {
			t.Errorf("a job of kind %s as %s: %v", kind, wrong, err)
		}
		if err := f.CancelImportJob(f.ctx, AdminAccount, wrong, id); !errors.Is(err, ErrNotFound) {
			t.Errorf("cancel of a job of kind %s as %s: %v", kind, wrong, err)
		}
		list := must(f.ImportJobs(f.ctx, AdminAccount, kind, ImportJobFilter{StoreName: "same"}, Page{Limit: 9}))(t)
		if len(list) != 1 || list[0].ID != id || list[0].Kind != kind {
			t.Errorf("jobs of kind %s: %+v", kind, list)
		}
		if err := f.CancelImportJob(f.ctx, AdminAccount, kind, id); err != nil {
			t.Error(err)
		}
		if err := f.CancelImportJob(f.ctx, AdminAccount, kind, id); !errors.Is(err, ErrFinal) {
			t.Errorf("second cancel: %v", err)
		}
	}
}
