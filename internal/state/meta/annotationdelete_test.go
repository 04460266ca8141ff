package meta

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

func TestDeleteAnnotationStore(t *testing.T) {
	f := newFixture(t)
	f.account(t, other)
	s := f.annotations(t, AdminAccount, "clinvar")
	second := f.version(t, AdminAccount, "clinvar", "v_2")
	kept := f.annotations(t, AdminAccount, "genes")
	for _, arn := range []string{s.ARN, second.ARN} {
		if err := f.SetTags(f.ctx, AdminAccount, arn, map[string]string{"a": "b"}); err != nil {
			t.Fatal(err)
		}
	}
	share := f.share(t, s.ARN, AdminAccount, other)
	job, elsewhere := f.startAnnotation(t, "clinvar", "v_2", "s3://b/0"), f.startAnnotation(t, "genes", "", "s3://b/0")

	for name, c := range map[string]struct {
		account, store string
		want           error
	}{"no store": {AdminAccount, "nowhere", ErrNotFound}, "another account's": {other, "clinvar", ErrNotFound},
		"two versions":  {AdminAccount, "clinvar", ErrVersions},
		"a running job": {AdminAccount, "genes", ErrInUse}} {
		if err := f.BeginDeleteStore(f.ctx, c.account, Annotations, c.store, false); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if ok := must(f.DropStore(f.ctx, s.ID))(t); ok || f.queued(t, "delete_store") != 0 ||
		f.annotationStatus(t, job.ID) != omics.JobSubmitted {
		t.Error("a refused deletion changed something")
	}
	for range 2 { // the second time is harmless
		if err := f.BeginDeleteStore(f.ctx, AdminAccount, Annotations, "clinvar", true); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.queued(t, "delete_store"); n != 1 {
		t.Errorf("%d removals enqueued, want 1", n)
	}
	if n := f.queued(t, "delete_table"); n != 0 {
		t.Errorf("%d removals of versions enqueued beside the store's", n)
	}
	if j, _, err := f.ImportJob(f.ctx, AdminAccount, Annotations, job.ID); err != nil || j.Status != omics.JobCancelled ||
		j.StatusMessage != "The annotation store was deleted." {
		t.Errorf("force left the job %+v, %v", j, err)
	}
	if got := f.annotationStatus(t, elsewhere.ID); got != omics.JobSubmitted {
		t.Errorf("the job into another store is %s", got)
	}
	if got := must(f.Share(f.ctx, other, share.ID))(t); got.Status != omics.ShareDeleted ||
		got.StatusMessage != "The store was deleted." {
		t.Errorf("share %+v", got)
	}
	if got, _, err := f.Store(f.ctx, AdminAccount, Annotations, "clinvar"); err != nil ||
		got.Status != omics.StoreDeleting || got.Tables != 0 {
		t.Errorf("store %+v, %v", got, err)
	}
	for _, account := range []string{AdminAccount, other} {
		for _, table := range must(f.Tables(f.ctx, account))(t) {
			if table.StoreID != kept.ID {
				t.Errorf("account %s can query %+v", account, table)
			}
		}
	}
	if n := f.count(t, `SELECT (SELECT count(*) FROM iceberg_tables WHERE table_namespace LIKE '%' || ?1) + (SELECT count(*) FROM iceberg_namespace_properties WHERE namespace LIKE '%' || ?1)`, s.ID); n != 0 {
		t.Errorf("%d rows left in the catalog", n)
	}
	for _, arn := range []string{s.ARN, second.ARN} {
		if err := f.SetTags(f.ctx, AdminAccount, arn, map[string]string{"a": "b"}); !errors.Is(err, ErrNotFound) {
			t.Errorf("tag of what is being deleted: %v", err)
		}
	}
	if _, err := f.StartImportJob(f.ctx, NewImportJob{ID: NewJobID(), Account: AdminAccount, Kind: Annotations,
		StoreName: "clinvar", Sources: objects("s3://b/0"), Max: 5}); !errors.Is(err, ErrNotActive) {
		t.Errorf("import into a store being deleted: %v", err)
	}
	if _, err := f.CreateStore(f.ctx, f.newAnnotations(AdminAccount, "clinvar")); !errors.Is(err, ErrExists) {
		t.Errorf("the name of a store being deleted: %v", err)
	}

	versions := must(f.DeletingTables(f.ctx, s.ID))(t)
	if len(versions) != 2 || versions[0].Version != "clinvar" || versions[1].Version != "v_2" {
		t.Errorf("versions to remove %+v", versions)
	}
	if ok := must(f.DropStore(f.ctx, s.ID))(t); ok {
		t.Error("a store was dropped before its versions")
	}
	for _, v := range versions {
		if ok := must(f.DropTable(f.ctx, v.ID))(t); !ok {
			t.Errorf("version %s was not dropped", v.Version)
		}
	}
	if ok := must(f.DropStore(f.ctx, s.ID))(t); !ok {
		t.Error("not dropped")
	}
	if ok := must(f.DropStore(f.ctx, s.ID))(t); ok {
		t.Error("dropped twice")
	}
	if n := f.count(t, `SELECT count(*) FROM tags WHERE arn LIKE ? || '%'`, s.ARN); n != 0 {
		t.Errorf("%d tags left", n)
	}
	if got := f.annotationStatus(t, job.ID); got != omics.JobCancelled {
		t.Errorf("the job's record is %s after its store is gone", got)
	}
	f.annotations(t, AdminAccount, "clinvar") // the name is free again
}

func TestDeleteVersion(t *testing.T) {
	f := newFixture(t)
	s := f.annotations(t, AdminAccount, "clinvar")
	first, second := f.getVersion(t, AdminAccount, "clinvar", "clinvar"), f.version(t, AdminAccount, "clinvar", "v_2")
	if err := f.SetTags(f.ctx, AdminAccount, second.ARN, map[string]string{"a": "b"}); err != nil {
		t.Fatal(err)
	}
	job, doomed := f.startAnnotation(t, "clinvar", "", "s3://b/0"), f.startAnnotation(t, "clinvar", "v_2", "s3://b/0")
	if err := f.BeginDeleteVersion(f.ctx, s.ID, "v_9", true); !errors.Is(err, ErrNotFound) {
		t.Errorf("delete of no version: %v", err)
	}
	if err := f.BeginDeleteVersion(f.ctx, "000000000000", "v_2", true); !errors.Is(err, ErrNotFound) {
		t.Errorf("delete of a version of another store: %v", err)
	}
	if err := f.BeginDeleteVersion(f.ctx, s.ID, "v_2", false); !errors.Is(err, ErrInUse) {
		t.Errorf("delete under a running job: %v", err)
	}
	if ok := must(f.DropTable(f.ctx, second.ID))(t); ok || f.queued(t, "delete_table") != 0 {
		t.Error("a refused deletion changed something")
	}
	for range 2 { // the second time is harmless
		if err := f.BeginDeleteVersion(f.ctx, s.ID, "v_2", true); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.queued(t, "delete_table"); n != 1 {
		t.Errorf("%d removals enqueued, want 1", n)
	}
	if j, _, err := f.ImportJob(f.ctx, AdminAccount, Annotations, doomed.ID); err != nil ||
		j.Status != omics.JobCancelled || j.StatusMessage != "The annotation store version was deleted." {
		t.Errorf("force left the job %+v, %v", j, err)
	}
	if got := f.annotationStatus(t, job.ID); got != omics.JobSubmitted {
		t.Errorf("the job into the other version is %s", got)
	}
	if got, _, err := f.Store(f.ctx, AdminAccount, Annotations, "clinvar"); err != nil ||
		got.Status != omics.StoreActive || got.Tables != 1 {
		t.Errorf("store %+v, %v", got, err)
	}
	if tables := must(f.Tables(f.ctx, AdminAccount))(t); len(tables) != 1 || tables[0].Location != first.Location {
		t.Errorf("tables %+v", tables)
	}
	if rows := must(collect(f.ctx, f.reader, scanString, `SELECT table_name FROM iceberg_tables`))(t); !cmp.Equal(rows,
		[]string{"clinvar"}) {
		t.Errorf("catalog holds %v", rows)
	}
	if n := f.count(t, `SELECT count(*) FROM iceberg_namespace_properties`); n != 1 {
		t.Errorf("%d namespaces, want that of the store to stay", n)
	}
	if err := f.SetTags(f.ctx, AdminAccount, second.ARN, map[string]string{"a": "b"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("tag of a version being deleted: %v", err)
	}
	if _, err := f.StartImportJob(f.ctx, NewImportJob{ID: NewJobID(), Account: AdminAccount, Kind: Annotations,
		StoreName: "clinvar", VersionName: "v_2", Sources: objects("s3://b/0"), Max: 5}); !errors.Is(err, ErrNotActive) {
		t.Errorf("import into a version being deleted: %v", err)
	}
	if _, err := f.CreateVersion(f.ctx, AdminAccount, "clinvar", f.newVersion(AdminAccount, "clinvar",
		"v_2")); !errors.Is(err, ErrExists) {
		t.Errorf("the name of a version being deleted: %v", err)
	}
	if ok := must(f.DropTable(f.ctx, second.ID))(t); !ok {
		t.Error("not dropped")
	}
	if ok := must(f.DropTable(f.ctx, second.ID))(t); ok {
		t.Error("dropped twice")
	}
	if n := f.count(t, `SELECT count(*) FROM tags WHERE arn = ?`, second.ARN); n != 0 {
		t.Errorf("%d tags left", n)
	}
	if v := f.version(t, AdminAccount, "clinvar", "v_2"); v.ID == second.ID { // the name is free again
		t.Error("the new version has the id of the old one")
	}
	// With one version deleted, the store needs no force for its versions, but for the job.
	if err := f.BeginDeleteVersion(f.ctx, s.ID, "v_2", false); err != nil {
		t.Fatal(err)
	}
	if err := f.BeginDeleteStore(f.ctx, AdminAccount, Annotations, "clinvar", false); !errors.Is(err, ErrInUse) {
		t.Errorf("delete of a store with one version left: %v", err)
	}
}

// TestDeleteWhatIsBeingMade: a worker that comes late finds its guard closed, and nothing waits for it.
func TestDeleteWhatIsBeingMade(t *testing.T) {
	f := newFixture(t)
	s := must(f.CreateStore(f.ctx, f.newAnnotations(AdminAccount, "clinvar")))(t)
	v := f.getVersion(t, AdminAccount, "clinvar", "clinvar")
	if err := f.BeginDeleteVersion(f.ctx, s.ID, "clinvar", false); err != nil {
		t.Fatal(err)
	}
	if ok := must(f.ActivateTable(f.ctx, v.ID, "m0"))(t); ok {
		t.Error("a version being deleted was activated")
	}
	if ok := must(f.FailTable(f.ctx, v.ID, "late"))(t); ok {
		t.Error("a version being deleted failed")
	}
	if got, _, err := f.Store(f.ctx, AdminAccount, Annotations, "clinvar"); err != nil ||
		got.Status != omics.StoreActive || got.Tables != 0 {
		t.Errorf("store %+v, %v, want it to wait for no version", got, err)
	}
	f.version(t, AdminAccount, "clinvar", "v_2")

	must(f.CreateStore(f.ctx, f.newAnnotations(AdminAccount, "genes")))(t)
	v = f.getVersion(t, AdminAccount, "genes", "genes")
	if err := f.BeginDeleteStore(f.ctx, AdminAccount, Annotations, "genes", false); err != nil {
		t.Fatal(err)
	}
	if ok := must(f.ActivateTable(f.ctx, v.ID, "m0"))(t); ok {
		t.Error("a version of a store being deleted was activated")
	}
	if err := f.BeginDeleteVersion(f.ctx, v.StoreID, "genes", false); err != nil || f.queued(t, "delete_table") != 1 {
		t.Errorf("delete of a version of a store being deleted: %v, %d queue jobs", err, f.queued(t, "delete_table"))
	}
	if got, _, err := f.Store(f.ctx, AdminAccount, Annotations, "genes"); err != nil || got.Status != omics.StoreDeleting {
		t.Errorf("store %+v, %v", got, err)
	}
}
