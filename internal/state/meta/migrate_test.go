package meta

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

// filledVersion1 is a file of the first schema with all that a server of then left: two keys, a store, and a job in each state.
const filledVersion1 = `
INSERT INTO accounts VALUES ('123456789012', 1), ('210987654321', 2);
INSERT INTO access_keys (id, account, secret, name, created) VALUES ('AKIAOLD1', '123456789012', 's1', 'admin', 1), ('AKIAOLD2', '210987654321', 's2', 'user', 2);
INSERT INTO settings VALUES ('token_key', x'00112233');
INSERT INTO reference_stores (id, account, arn, name, sse, created) VALUES ('1234567890', '123456789012', 'arn:rs', 'refs', 0, 1);
INSERT INTO refs (id, store, account, arn, name, md5, status, job, source_bytes, index_bytes, created, updated)
	VALUES ('2345678901', '1234567890', '123456789012', 'arn:ref', 'grch38', 'ab', 'ACTIVE', 'j', 10, 5, 1, 1);
INSERT INTO variant_stores (id, account, name, arn, reference, reference_arn, description, status, location, size_bytes, created, updated)
	VALUES ('0123456789ab', '123456789012', 'cohort', 'arn:vs', '2345678901', 'arn:ref', 'd', 'ACTIVE', '/data/tables/0123456789ab', 7, 1, 2);
INSERT INTO tags VALUES ('arn:vs', 'team', 'rare');
INSERT INTO import_jobs (id, account, store, store_name, location, role_arn, normalize, annotation_fields, status, created, updated, completed, cleaned) VALUES
	('00000000-0000-4000-8000-000000000001', '123456789012', '0123456789ab', 'cohort', '/data/tables/0123456789ab', 'arn:role', 1, '{"VEP":"CSQ"}', 'COMPLETED', 1, 2, 3, 1),
	('00000000-0000-4000-8000-000000000002', '123456789012', '0123456789ab', 'cohort', '/data/tables/0123456789ab', 'arn:role', 0, NULL, 'IN_PROGRESS', 1, 2, NULL, 0),
	('00000000-0000-4000-8000-000000000003', '123456789012', 'ba9876543210', 'gone', '/data/tables/ba9876543210', 'arn:role', 0, NULL, 'CANCELLED', 1, 2, 3, 0);
INSERT INTO import_items (job, item, source, status, attempt, records, rows, bytes, files) VALUES
	('00000000-0000-4000-8000-000000000001', 0, 's3://b/0', 'COMPLETED', 1, 2, 3, 7, '[]'), ('00000000-0000-4000-8000-000000000002', 0, 's3://b/1', 'IN_PROGRESS', 1, 0, 0, 0, '[]');
INSERT INTO iceberg_namespace_properties VALUES ('varlake', 'variant_123456789012_0123456789ab', 'exists', 'true');
INSERT INTO iceberg_tables VALUES ('varlake', 'variant_123456789012_0123456789ab', 'cohort', 'm5', 'm4', 'TABLE');
PRAGMA user_version = 1;`

func TestMigrationFromVersion1(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "state.db")
	old := must(sql.Open("sqlite", dsn(path, "journal_mode(WAL)")))(t)
	for _, text := range []string{migrations[0], filledVersion1} {
		if _, err := old.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBeside(ctx, path); err == nil {
		t.Error("a file of the first version was opened without its changes")
	}
	for range 2 { // the second start changes nothing
		db := must(Open(ctx, path))(t)
		for id, want := range map[string]AccessKey{
			"AKIAOLD1": {ID: "AKIAOLD1", Account: AdminAccount, Secret: "s1", Name: "admin", Policy: AdministratorPolicy, Created: fromMicros(1)},
			"AKIAOLD2": {ID: "AKIAOLD2", Account: other, Secret: "s2", Name: "user", Policy: AdministratorPolicy, Created: fromMicros(2)},
		} {
			if diff := cmp.Diff(want, must(db.AccessKey(ctx, id))(t)); diff != "" {
				t.Error(diff)
			}
		}
		var jobs []string
		for _, j := range must(db.ImportJobs(ctx, AdminAccount, VariantJob, ImportJobFilter{}, Page{Limit: 9}))(t) {
			if j.VersionID+j.VersionName != "" || j.FormatOptions != nil || j.Format != omics.FormatVCF || j.Kind != VariantJob {
				t.Errorf("job %+v", j)
			}
			jobs = append(jobs, j.ID[35:]+" "+string(j.Status)+" "+j.Namespace+"."+j.Table)
		}
		if diff := cmp.Diff([]string{"3 CANCELLED variant_123456789012_ba9876543210.gone", "2 IN_PROGRESS variant_123456789012_0123456789ab.cohort",
			"1 COMPLETED variant_123456789012_0123456789ab.cohort"}, jobs); diff != "" {
			t.Error(diff)
		}
		want := []Table{{Namespace: "variant_123456789012_0123456789ab", Name: "cohort", Account: AdminAccount, StoreID: "0123456789ab", ID: "0123456789ab", Location: "/data/tables/0123456789ab", MetadataLocation: "m5"}}
		if diff := cmp.Diff(want, must(db.Tables(ctx, AdminAccount))(t)); diff != "" {
			t.Error(diff)
		}
		store, tags, err := db.VariantStoreWithTags(ctx, AdminAccount, "cohort")
		if err != nil || store.SizeBytes != 7 || store.Description != "d" || tags["team"] != "rare" {
			t.Errorf("store %+v %v, %v", store, tags, err)
		}
		if key := must(db.TokenKey(ctx))(t); !cmp.Equal(key, []byte{0, 0x11, 0x22, 0x33}) {
			t.Errorf("token key %x", key)
		}
		if _, made, err := db.EnsureAdmin(ctx); made || err != nil {
			t.Errorf("another administrator: %v, %v", made, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}

	// The job that ran goes on to its end.
	f := &fixture{ctx: ctx, path: path, DB: must(Open(ctx, path))(t)}
	defer f.Close()
	if r := must(f.Recover(ctx))(t); r.Inserted != 1 {
		t.Errorf("recovered %+v", r)
	}
	id := "00000000-0000-4000-8000-000000000002"
	f.finish(t, id, 0, omics.JobCompleted)
	if r := must(f.CommitImport(ctx, id, "m5", "m6", omics.JobCompleted, ""))(t); r != Committed {
		t.Errorf("commit: %v", r)
	}
	if store := must(f.VariantStore(ctx, AdminAccount, "cohort"))(t); store.SizeBytes != 107 {
		t.Errorf("store has %d bytes", store.SizeBytes)
	}
	f.annotations(t, AdminAccount, "clinvar")
}

// TestLostSources: of unfinished files of before sources had pins, those are lost whose name only an ended process could resolve, and no others.
func TestLostSources(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "state.db")
	old := must(sql.Open("sqlite", dsn(path, "journal_mode(WAL)")))(t)
	uris := map[string]string{ // to their pins
		"s3://local-1/a.vcf": LostPin, "s3://local-1234567/0/b-c.vcf": LostPin, "s3://local-1-genomes/a.vcf": "", "s3://local-1x/1/a.vcf": "", "s3://b/local-1/a": "",
	}
	texts := []string{migrations[0], filledVersion1, `INSERT INTO reference_jobs (id, store, role_arn, status, created)
		VALUES ('j', '1234567890', 'arn:role', 'IN_PROGRESS', 1)`}
	for i, uri := range slices.Sorted(maps.Keys(uris)) {
		texts = append(texts, fmt.Sprintf(`INSERT INTO import_items (job, item, source, status) VALUES ('00000000-0000-4000-8000-000000000002', %d, '%s', 'SUBMITTED')`, 10+i, uri),
			fmt.Sprintf(`INSERT INTO reference_sources (job, source, uri, name, tags, reference, status) VALUES ('j', %d, '%s', 'n', '{}', 'r%d', 'NOT_STARTED')`, i, uri, i))
	}
	for _, text := range texts {
		if _, err := old.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	db := must(Open(ctx, path))(t)
	defer db.Close()
	for _, query := range []string{`SELECT source, pin FROM import_items WHERE item >= 10`, `SELECT uri, pin FROM reference_sources`} {
		pins := map[string]string{}
		must(collect(ctx, db.reader, func(row scanner) (uri string, err error) {
			var pin string
			err = row.Scan(&uri, &pin)
			pins[uri] = pin
			return uri, err
		}, query))(t)
		if diff := cmp.Diff(uris, pins); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

// TestChangeThatFails leaves the file as it was.
func TestChangeThatFails(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "state.db")
	old := must(sql.Open("sqlite", dsn(path)))(t)
	if _, err := old.Exec(migrations[0] + `; CREATE TABLE share_of_another (x); CREATE TABLE shares (x); PRAGMA user_version = 1`); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, path); err == nil || !strings.Contains(err.Error(), "apply change 2") {
		t.Errorf("opened: %v", err)
	}
	var version, policies int
	if err := old.QueryRow(`SELECT user_version, (SELECT count(*) FROM pragma_table_info('access_keys') WHERE name = 'policy') FROM pragma_user_version`).Scan(&version, &policies); err != nil || version != 1 || policies != 0 {
		t.Errorf("version %d, %d columns of the change, %v", version, policies, err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
}
