package work

import (
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/act/ingest"
	"github.com/varlake/varlake/internal/act/upkeep"
	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/vcf"
)

// world is a service whose work a test does step by step, the upkeep beside it, and their data folder.
type world struct {
	*Service
	upkeep *upkeep.Service
	t      *testing.T
	dir    string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{t: t, dir: dir}
	w.on(filepath.Join(dir, "varlake.db"))
	return w
}

// on has the service work with the state in a file.
func (w *world) on(state string) {
	w.t.Helper()
	db, err := meta.Open(w.t.Context(), state)
	w.must(err)
	w.t.Cleanup(func() { db.Close() })
	folder := w.folder()
	w.Service = New(Config{
		DB: db, Files: folder, Region: "us-east-1", Log: slog.New(slog.DiscardHandler),
		Reader: &ingest.Reader{
			Blob: noBuckets(w.t), Files: folder, Log: slog.New(slog.DiscardHandler), Workers: 1, Pace: make(slot.Pace, 1),
			MaxItemBytes: 1 << 20, MaxReferenceBytes: 1 << 20, Relaxed: vcf.Customary,
		},
		Tables: slot.NewTables(), Older: new(meta.Older), Waits: new(slot.Waits),
	})
	w.upkeep = upkeep.New(upkeep.Config{
		DB: db, Files: folder, Log: w.Log, Tables: w.Tables, Older: w.Older, Waits: w.Waits, Readers: new(lake.Readers),
		Schema: ingest.Schema, Workers: 1,
	})
}

// folder is the data folder, called by its path.
func (w *world) folder() *warehouse.Folder {
	w.t.Helper()
	folder, err := warehouse.NewFolder(w.dir, w.dir)
	w.must(err)
	return folder
}

// look finds the tables that the state is older than, as each start does.
func (w *world) look() {
	w.t.Helper()
	w.must(w.upkeep.Look(w.t.Context()))
}

// forget drops what was found, as the end of a process does.
func (w *world) forget() {
	w.Older = new(meta.Older)
	w.upkeep.Older = w.Older
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// exec changes the state by hand.
func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	_, err := w.DB.Writer().ExecContext(w.t.Context(), query, args...)
	w.must(err)
}

// noBuckets are stores that have files of this machine alone.
func noBuckets(t *testing.T) *blob.RoleStores {
	t.Helper()
	folders, err := blob.NewFolders(nil, blob.Apart{})
	if err != nil {
		t.Fatal(err)
	}
	return blob.NewRoleStores(blob.New(folders, nil), nil)
}

// backup copies the state as it is. The copy's path is for on.
func (w *world) backup() (state string) {
	w.t.Helper()
	state = filepath.Join(w.t.TempDir(), "varlake.db")
	w.exec(`VACUUM INTO ?`, state)
	return state
}

// reference starts the import of a reference from a file.
func (w *world) reference(path string) (jobID string) {
	w.t.Helper()
	_, err := w.DB.CreateAccessKey(w.t.Context(), meta.NewAccessKey(meta.AdminAccount, "test", ""))
	w.must(err)
	id := meta.NewNumericID()
	store, err := w.DB.CreateReferenceStore(w.t.Context(), meta.NewReferenceStore{
		ID: id, Account: meta.AdminAccount, Name: "refs", ARN: omics.ReferenceStoreARN(w.Region, meta.AdminAccount, id),
	})
	w.must(err)
	job, err := w.DB.StartReferenceImportJob(w.t.Context(), meta.NewReferenceJob{
		ID: meta.NewNumericID(), Account: meta.AdminAccount, StoreID: store.ID, RoleARN: role, Max: 9,
		Sources: []meta.ReferenceJobSource{{From: meta.Source{URI: "s3://varlake-local" + path, Path: path}, Name: "small",
			ReferenceID: meta.NewNumericID()}},
	})
	w.must(err)
	return job.ID
}

// begin begins a variant store of a small reference, whose table is not made yet.
func (w *world) begin() meta.Table {
	w.t.Helper()
	w.must(w.importReference(w.t.Context(), w.reference(w.file("small.fa", ">chr1\nACGT\n")), 0))
	references, err := w.DB.EveryReference(w.t.Context(), "", "")
	w.must(err)
	id := meta.NewStoreID()
	_, err = w.DB.CreateStore(w.t.Context(), meta.NewStore{
		ID: id, Account: meta.AdminAccount, Kind: meta.Variants, Name: "cohort", ARN: omics.VariantStoreARN(w.Region,
			meta.AdminAccount, "cohort"), Max: 9,
		ReferenceARN: references[0].ARN, Format: omics.FormatVCF, Table: meta.NewTable{ID: id,
			Location: w.Files.TableName(id)},
	})
	w.must(err)
	table, err := w.DB.TableByID(w.t.Context(), id)
	w.must(err)
	return table
}

// store makes a variant store.
func (w *world) store() meta.Table {
	w.t.Helper()
	store := w.begin()
	w.must(w.createTable(w.t.Context(), store.ID))
	return store
}

// start starts an import of one small file into the store.
func (w *world) start() (jobID string) {
	w.t.Helper()
	path := w.file("one.vcf",
		"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchr1\t1\t.\tA\tC\t.\t.\t.\n")
	job, err := w.DB.StartImportJob(w.t.Context(), meta.NewImportJob{ID: meta.NewJobID(),
		Account: meta.AdminAccount, Kind: meta.Variants, StoreName: "cohort", RoleARN: role, Max: 9,
		Sources: []meta.Source{{URI: "s3://varlake-local" + path, Path: path}},
	})
	w.must(err)
	return job.ID
}

// load imports it, to the end.
func (w *world) load() (jobID string) {
	w.t.Helper()
	jobID = w.start()
	w.must(w.importItem(w.t.Context(), jobID, 0))
	w.must(w.finishImport(w.t.Context(), jobID))
	w.is(jobID, omics.JobCompleted, "1 of 1 items imported.")
	return jobID
}

// is holds an import job to a state.
func (w *world) is(jobID string, status omics.JobStatus, message string) {
	w.t.Helper()
	job, _, err := w.DB.ImportJob(w.t.Context(), meta.AdminAccount, meta.Variants, jobID)
	w.must(err)
	if job.Status != status || job.StatusMessage != message {
		w.t.Errorf("job is %s: %q, want %s: %q", job.Status, job.StatusMessage, status, message)
	}
}

// file writes a file beside the tables, once.
func (w *world) file(name, text string) (path string) {
	w.t.Helper()
	path = filepath.Join(w.dir, "sources", name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	w.must(os.MkdirAll(filepath.Dir(path), 0o700))
	w.must(os.WriteFile(path, []byte(text), 0o600))
	return path
}

// pointer gives the store's table.
func (w *world) pointer() meta.Table {
	w.t.Helper()
	tables, err := w.DB.EveryTable(w.t.Context())
	w.must(err)
	if len(tables) != 1 {
		w.t.Fatalf("tables %+v", tables)
	}
	return tables[0]
}

// rows holds the store's table to so many rows.
func (w *world) rows(want int64) {
	w.t.Helper()
	snapshot, err := lake.Open(w.t.Context(), w.Files, w.pointer().MetadataLocation)
	w.must(err)
	rows := int64(0)
	for _, file := range snapshot.Files() {
		info, err := os.Stat(file.Path)
		if err != nil || info.Size() != file.Bytes {
			w.t.Errorf("data file: %v", err)
		}
		rows += file.Rows
	}
	if rows != want {
		w.t.Errorf("the table has %d rows, want %d", rows, want)
	}
}

// tree gives what is below a folder of the data folder, by path.
func (w *world) tree(name string) map[string]string {
	w.t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(filepath.Join(w.dir, name), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		files[path] = string(raw)
		return err
	})
	w.must(err)
	return files
}

// same holds a folder to what it was.
func (w *world) same(name string, before map[string]string) {
	w.t.Helper()
	if diff := cmp.Diff(before, w.tree(name)); diff != "" {
		w.t.Errorf("%s changed (-was +is):\n%s", name, diff)
	}
}
