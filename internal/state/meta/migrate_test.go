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

// filledVersion1 is a file of the first schema with all that a server of then left: two keys, a store, and a job in
// each state.
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
			"AKIAOLD1": {ID: "AKIAOLD1", Account: AdminAccount, Secret: "s1", Name: "admin", Policy: AdministratorPolicy,
				Created: fromMicros(1)},
			"AKIAOLD2": {ID: "AKIAOLD2", Account: other, Secret: "s2", Name: "user", Policy: AdministratorPolicy,
				Created: fromMicros(2)},
		} {
			if diff := cmp.Diff(want, must(db.AccessKey(ctx, id))(t)); diff != "" {
				t.Error(diff)
			}
		}
		var jobs []string
		for _, j := range must(db.ImportJobs(ctx, AdminAccount, Variants, ImportJobFilter{}, Page{Limit: 9}))(t) {
			if j.TableID != j.StoreID || j.VersionName != "" || j.FormatOptions != nil || j.Format != omics.FormatVCF ||
				j.Kind != Variants {
				t.Errorf("job %+v", j)
			}
			jobs = append(jobs, j.ID[35:]+" "+string(j.Status)+" "+j.Namespace+"."+j.Table)
		}
		if diff := cmp.Diff([]string{"3 CANCELLED variant_123456789012_ba9876543210.gone",
			"2 IN_PROGRESS variant_123456789012_0123456789ab.cohort",
			"1 COMPLETED variant_123456789012_0123456789ab.cohort"}, jobs); diff != "" {
			t.Error(diff)
		}
		want := []Table{{Seq: 1, ID: "0123456789ab", StoreID: "0123456789ab", StoreName: "cohort", Account: AdminAccount,
			Kind: Variants, Format: omics.FormatVCF,
			Reference: true, Namespace: "variant_123456789012_0123456789ab", Name: "cohort",
			Location: "/data/tables/0123456789ab",
			Status:   omics.VersionActive, SizeBytes: 7, Created: fromMicros(1), Updated: fromMicros(2), MetadataLocation: "m5"}}
		if diff := cmp.Diff(want, must(db.Tables(ctx, AdminAccount))(t)); diff != "" {
			t.Error(diff)
		}
		store, tags, err := db.Store(ctx, AdminAccount, Variants, "cohort")
		if err != nil || store.SizeBytes != 7 || store.Description != "d" || tags["team"] != "rare" {
			t.Errorf("store %+v %v, %v", store, tags, err)
		}
		if key := must(db.TokenKey(ctx))(t); !cmp.Equal(key, []byte{0, 0x11, 0x22, 0x33}) {
			t.Errorf("token key %x", key)
		}
		if _, made, err := db.EnsureAdmin(ctx, NewAccessKey(AdminAccount, "admin", "")); made || err != nil {
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
	if store := must(f.variantStore(AdminAccount, "cohort"))(t); store.SizeBytes != 107 {
		t.Errorf("store has %d bytes", store.SizeBytes)
	}
	f.annotations(t, AdminAccount, "clinvar")
}

// filledVersion6 is what a server before the change to tables left: a variant store, an annotation store with two
// versions of which one is being made, stores of both kinds that are being deleted, jobs into both kinds, a share, and
// the queue jobs of what is under way.
const filledVersion6 = `
INSERT INTO accounts VALUES ('123456789012', 1);
INSERT INTO reference_stores (id, account, arn, name, sse, created) VALUES ('1234567890', '123456789012', 'arn:rs', 'refs', 0, 1);
INSERT INTO refs (id, store, account, arn, name, md5, status, job, source_bytes, index_bytes, created, updated)
	VALUES ('2345678901', '1234567890', '123456789012', 'arn:ref', 'grch38', 'ab', 'ACTIVE', 'j', 10, 5, 1, 1);
INSERT INTO event_sinks VALUES ('file', 0);
INSERT INTO variant_stores (id, account, name, arn, reference, reference_arn, description, status, location, size_bytes, created, updated) VALUES
	('00000000000a', '123456789012', 'cohort', 'arn:a', '2345678901', 'arn:ref', 'd', 'ACTIVE', '/data/tables/00000000000a', 7, 1, 2),
	('00000000000b', '123456789012', 'made', 'arn:b', '2345678901', 'arn:ref', '', 'CREATING', '/data/tables/00000000000b', 0, 3, 3),
	('00000000000c', '123456789012', 'goes', 'arn:c', '2345678901', 'arn:ref', '', 'DELETING', '/data/tables/00000000000c', 1, 4, 4);
INSERT INTO annotation_stores (id, account, name, arn, reference, reference_arn, description, format, options, status, created, updated) VALUES
	('00000000000d', '123456789012', 'cohort', 'arn:d', NULL, '', 'e', 'TSV', '{"tsvStoreOptions":{"schema":[{"a":"STRING"}]}}', 'ACTIVE', 1, 2),
	('00000000000e', '123456789012', 'goes', 'arn:e', '2345678901', 'arn:ref', '', 'VCF', NULL, 'DELETING', 1, 2);
INSERT INTO annotation_versions (id, store, name, arn, description, options, table_name, location, status, size_bytes, created, updated) VALUES
	('000000000001', '00000000000d', 'cohort', 'arn:1', 'first', NULL, 'cohort', '/data/tables/000000000001', 'ACTIVE', 9, 1, 2),
	('000000000002', '00000000000d', 'made', 'arn:2', '', '{"tsvVersionOptions":{"schema":[{"b":"STRING"}]}}', 'cohort__made', '/data/tables/000000000002', 'CREATING', 0, 1, 2),
	('000000000003', '00000000000d', 'goes', 'arn:3', '', NULL, 'cohort__goes', '/data/tables/000000000003', 'DELETING', 5, 1, 2),
	('000000000004', '00000000000e', 'goes', 'arn:4', '', NULL, 'goes', '/data/tables/000000000004', 'DELETING', 5, 1, 2);
INSERT INTO tags VALUES ('arn:1', 'of', 'version');
INSERT INTO settings VALUES ('older /data/tables/000000000001', CAST('a newer state''s' AS BLOB)), ('older /data/tables/gone', x'00');
INSERT INTO shares (id, owner, subscriber, kind, store, arn, name, status, created, updated)
	VALUES ('s', '123456789012', '210987654321', 'ANNOTATION_STORE', '00000000000d', 'arn:d', '', 'ACTIVE', 1, 1);
INSERT INTO import_jobs (id, account, kind, store, store_name, version, version_name, namespace, table_name, location, role_arn, normalize, format, status, created, updated) VALUES
	('v', '123456789012', 'VARIANT', '00000000000a', 'cohort', '', '', 'variant_123456789012_00000000000a', 'cohort', '/data/tables/00000000000a', 'r', 0, 'VCF', 'SUBMITTED', 1, 1),
	('a', '123456789012', 'ANNOTATION', '00000000000d', 'cohort', '000000000001', 'cohort', 'annotation_123456789012_00000000000d', 'cohort', '/data/tables/000000000001', 'r', 0, 'TSV', 'SUBMITTED', 1, 1);
INSERT INTO import_items (job, item, source, status) VALUES ('v', 0, 's3://b/0', 'SUBMITTED'), ('a', 0, 's3://b/0', 'SUBMITTED');
INSERT INTO iceberg_tables VALUES ('varlake', 'variant_123456789012_00000000000a', 'cohort', 'm5', 'm4', 'TABLE'),
	('varlake', 'annotation_123456789012_00000000000d', 'cohort', 'm0', NULL, 'TABLE');
DELETE FROM events;
INSERT INTO river_job (kind, args, max_attempts, queue, state, priority, attempt) VALUES
	('create_store', jsonb('{"store_id":"00000000000b"}'), 25, 'control', 'running', 1, 1),
	('delete_store', jsonb('{"store_id":"00000000000c"}'), 25, 'control', 'retryable', 1, 1),
	('create_version', jsonb('{"version_id":"000000000002"}'), 25, 'control', 'available', 1, 0),
	('delete_version', jsonb('{"version_id":"000000000003"}'), 25, 'control', 'available', 1, 0),
	('delete_annotation_store', jsonb('{"store_id":"00000000000e"}'), 25, 'control', 'scheduled', 1, 1),
	('import_item', jsonb('{"job_id":"v","item":0}'), 25, 'import', 'available', 1, 0),
	('import_item', jsonb('{"job_id":"a","item":0}'), 25, 'import', 'available', 1, 0);
PRAGMA user_version = 6;`

// TestMigrationToTables: what two kinds of stores had twice becomes one, and what was queued for it is still worked.
func TestMigrationToTables(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "state.db")
	if err := makeFile(path); err != nil {
		t.Fatal(err)
	}
	old := must(openWriter(path))(t)
	for _, change := range migrations[:tablesChange-1] {
		must(old.writer.Exec(change))(t)
	}
	if err := old.migrateQueue(ctx); err != nil {
		t.Fatal(err)
	}
	must(old.writer.Exec(filledVersion6))(t)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	before := must(Inspect(ctx, path))(t)
	f := &fixture{ctx: ctx, path: path, DB: must(Open(ctx, path))(t)}
	defer f.Close()
	if diff := cmp.Diff(before, must(Inspect(ctx, path))(t)); diff != "" || len(before.Tables) != 7 {
		t.Errorf("tables %v; the file says of itself (-before +after):\n%s", before.Tables, diff)
	}

	if r := must(f.Recover(ctx))(t); r.Inserted != 0 {
		t.Errorf("work was due that nobody had queued: %+v", r)
	}
	queued := must(collect(ctx, f.reader, scanString,
		`SELECT kind || json(args) FROM river_job WHERE state = 'available' ORDER BY id`))(t)
	if diff := cmp.Diff([]string{`create_table{"table_id":"00000000000b"}`, `delete_store{"store_id":"00000000000c"}`,
		`create_table{"table_id":"000000000002"}`,
		`delete_table{"table_id":"000000000003"}`, `delete_store{"store_id":"00000000000e"}`,
		`import_item{"job_id":"v","item":0}`, `import_item{"job_id":"a","item":0}`}, queued); diff != "" {
		t.Errorf("queue (-want +got):\n%s", diff)
	}
	if n := f.count(t, `SELECT count(*) FROM events`); n != 0 {
		t.Errorf("the change told of %d status changes", n)
	}

	cohort, tags, err := f.Version(ctx, AdminAccount, "cohort", "cohort")
	want := Table{Seq: cohort.Seq, ID: "000000000001", StoreID: "00000000000d", StoreName: "cohort", Account: AdminAccount,
		Kind: Annotations, Format: omics.FormatTSV,
		Version: "cohort", ARN: "arn:1", Description: "first",
		StoreOptions: &omics.StoreOptions{TsvStoreOptions: layout("a")},
		Namespace:    "annotation_123456789012_00000000000d", Name: "cohort", Location: "/data/tables/000000000001",
		Status: omics.VersionActive, SizeBytes: 9,
		Created: fromMicros(1), Updated: fromMicros(2), Older: "a newer state's", MetadataLocation: "m0"}
	if diff := cmp.Diff(want, cohort); diff != "" || err != nil || tags["of"] != "version" {
		t.Errorf("tags %v, %v; version (-want +got):\n%s", tags, err, diff)
	}
	if n := f.count(t, `SELECT count(*) FROM settings WHERE key LIKE 'older%'`); n != 0 {
		t.Errorf("%d settings of tables are left", n)
	}
	if made := must(f.TableByID(ctx, "000000000002"))(t); !cmp.Equal(made.TSV(), layout("b")) ||
		made.Name != "cohort__made" {
		t.Errorf("a version being made: %+v", made)
	}
	if shared := tableNames(must(f.Tables(ctx, other))(t)); !slices.Equal(shared,
		[]string{"annotation 123456789012 cohort shared"}) {
		t.Errorf("tables of the other account: %q", shared)
	}
	for job, kind := range map[string]Kind{"v": Variants, "a": Annotations} {
		f.finish(t, job, 0, omics.JobCompleted)
		pending := must(f.PendingCommit(ctx, job))(t)
		if r := must(f.CommitImport(ctx, job, pending.MetadataLocation, "next", omics.JobCompleted, ""))(t); r != Committed {
			t.Errorf("commit of job %s: %v", job, r)
		}
		s, _, err := f.Store(ctx, AdminAccount, kind, "cohort")
		if sizes := map[Kind]int64{Variants: 107, Annotations: 114}; err != nil || s.SizeBytes != sizes[kind] {
			t.Errorf("%s store has %d bytes, %v", kind, s.SizeBytes, err)
		}
	}
	for _, id := range []string{"00000000000b", "000000000002"} {
		if ok := must(f.ActivateTable(ctx, id, "m0"))(t); !ok {
			t.Errorf("table %s was not made", id)
		}
	}
	for table, store := range map[string]string{"00000000000c": "00000000000c", "000000000004": "00000000000e"} {
		dropped := must(f.DropTable(ctx, table))(t)
		if gone := must(f.DropStore(ctx, store))(t); !dropped || !gone {
			t.Errorf("store %s was not removed", store)
		}
	}
	if r := must(f.Recover(ctx))(t); r.Inserted != 0 {
		t.Errorf("work is due that nobody has queued: %+v", r)
	}
}

// TestLostSources: of unfinished files of before sources had pins, those are lost whose name only an ended process
// could resolve, and no others.
func TestLostSources(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "state.db")
	old := must(sql.Open("sqlite", dsn(path, "journal_mode(WAL)")))(t)
	uris := map[string]string{ // to their pins
		"s3://local-1/a.vcf": LostPin, "s3://local-1234567/0/b-c.vcf": LostPin, "s3://local-1-genomes/a.vcf": "",
		"s3://local-1x/1/a.vcf": "", "s3://b/local-1/a": "",
	}
	texts := []string{migrations[0], filledVersion1, `INSERT INTO reference_jobs (id, store, role_arn, status, created)
		VALUES ('j', '1234567890', 'arn:role', 'IN_PROGRESS', 1)`}
	for i, uri := range slices.Sorted(maps.Keys(uris)) {
		texts = append(texts, fmt.Sprintf(
			`INSERT INTO import_items (job, item, source, status) VALUES ('00000000-0000-4000-8000-000000000002', %d, '%s', 'SUBMITTED')`, 10+i, uri),
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
	for _, query := range []string{`SELECT source, pin FROM import_items WHERE item >= 10`,
		`SELECT uri, pin FROM reference_sources`} {
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
	if _, err := old.Exec(migrations[0] +
		`; CREATE TABLE share_of_another (x); CREATE TABLE shares (x); PRAGMA user_version = 1`); err != nil {
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
