package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

// begunFolder is where commands note the imports that they have begun, until they, or a varlake job wait, have told
// how those ended.
const begunFolder = "begun"

func (p dataPaths) begun() string { return filepath.Join(p.dir, begunFolder) }

const (
	maxNote  = 1 << 20 // bytes of a note that is read
	maxNotes = 1000    // notes that are looked at
)

// note is what a command wants to import: it is in a file that the command holds locked as long as it lives.
type note struct {
	Account string          `json:"account"`
	Kind    string          `json:"kind"`    // of the job
	Store   string          `json:"store"`   // its name
	Version string          `json:"version"` // "" of a variant import
	Request json.RawMessage `json:"request"` // without the role and the sources
	Files   []begunFile     `json:"files"`
	Begun   time.Time       `json:"begun"`         // before the job was
	Job     string          `json:"job,omitempty"` // "": the command did not learn it
}

// begunFile is a source by what a command can know of it.
type begunFile struct {
	URI  string `json:"uri"`            // as the server was told
	Path string `json:"path,omitempty"` // of a file of this machine
	ID   string `json:"id,omitempty"`   // of its content, by size and time; "": not known
}

// same tells whether both are one file with one content, as far as is known: where it is not, they are two.
func (f begunFile) same(other begunFile) bool {
	return f.ID != "" && f.ID == other.ID && f.Path == other.Path
}

// begun is a note that this process holds.
type begun struct {
	note
	folder *os.Root
	name   string
	file   *os.File
}

// noteOf describes the import that a command is about to begin.
func noteOf(c *connection, opts importOptions, sources *localSources) note {
	request, _ := json.Marshal(opts.request("", nil)) // its members are texts and numbers
	n := note{Account: c.account, Kind: opts.kind.name, Store: opts.store, Version: opts.versionName(),
		Request: request, Begun: time.Now().Truncate(time.Millisecond)}
	for i, uri := range sources.uris {
		file := begunFile{URI: uri, Path: sources.local[i]}
		if bucket, key, ok := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/"); ok && file.Path == "" {
			if dir := c.Buckets[bucket]; dir != "" && filepath.IsLocal(key) {
				file.Path, _ = filepath.EvalSymlinks(filepath.Join(dir, key))
			}
		}
		if file.Path != "" {
			file.ID = blob.IdentifyFile(file.Path)
		}
		n.Files = append(n.Files, file)
	}
	return n
}

// keep writes the note. nil: it cannot be written, as where nothing can, and the import is not remembered.
func (n note) keep(paths dataPaths) *begun {
	folder, err := os.OpenRoot(paths.begun())
	if err != nil {
		return nil
	}
	if full(paths.begun()) { // nothing is begun either, and the folder stays as it is
		_ = folder.Close()
		return nil
	}
	b := &begun{note: n, folder: folder, name: fmt.Sprintf("%d-%d.json", n.Begun.UnixNano(), os.Getpid())}
	heir, err := heirOf(folder)
	if err == nil {
		b.file, err = folder.OpenFile(b.name+".new", os.O_CREATE|os.O_EXCL|os.O_RDWR, warehouse.OwnFile)
	}
	if err != nil {
		_ = folder.Close()
		return nil
	}
	err = errors.Join(syscall.Flock(int(b.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB),
		heir.take(b.file, heir.fileMode()), json.NewEncoder(b.file).Encode(n))
	if err == nil {
		err = folder.Rename(b.name+".new", b.name) // by this name it is looked for, locked and whole
	}
	if err != nil {
		_ = folder.Remove(b.name + ".new")
		b.leave()
		return nil
	}
	return b
}

// full tells whether a folder's disk has no room at all.
func full(dir string) bool {
	var disk syscall.Statfs_t
	return syscall.Statfs(dir, &disk) == nil && disk.Bavail == 0
}

// is notes the job that was begun.
func (b *begun) is(job string) {
	if b == nil {
		return
	}
	b.Job = job
	_ = json.NewEncoder(b.file).Encode(note{Job: job}) // without it the job is looked for
}

// told takes the note away: somebody was told how the import ended, or it was not begun.
func (b *begun) told() {
	if b != nil {
		_ = b.folder.Remove(b.name)
	}
}

// leave lets go of the note.
func (b *begun) leave() {
	if b != nil {
		_ = b.file.Close()
		_ = b.folder.Close()
	}
}

// unseen are the notes of commands that ended before they told how their imports did, the newest first. Whoever calls
// leaves each.
func unseen(paths dataPaths) (found []*begun) {
	entries, err := os.ReadDir(paths.begun())
	if err != nil {
		return nil
	}
	slices.Reverse(entries)
	for _, entry := range entries {
		if entry.Type().IsRegular() && strings.HasSuffix(entry.Name(), ".json") && len(found) < maxNotes {
			if b := take(paths, entry.Name()); b != nil {
				found = append(found, b)
			}
		}
	}
	return found
}

// take reads a note and holds it; nil: a living command does, or it is none.
func take(paths dataPaths, name string) *begun {
	folder, err := os.OpenRoot(paths.begun())
	if err != nil {
		return nil
	}
	b := &begun{folder: folder, name: name}
	if b.file, err = folder.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0); err != nil {
		_ = folder.Close()
		return nil
	}
	if err = syscall.Flock(int(b.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
		in := json.NewDecoder(io.LimitReader(b.file, maxNote))
		if err = in.Decode(&b.note); err == nil {
			var end note // it is written later, and may not have been
			_ = in.Decode(&end)
			b.Job = cmp.Or(end.Job, b.Job)
		}
	}
	if err != nil {
		b.leave()
		return nil
	}
	return b
}

// earlier finds a job that a command has begun for one of the same files and the same place, and that no command has
// told the end of. whole: it is for the same files in the same manner. Jobs that have left no rows are forgotten. The
// caller leaves the note, which is nil without such a job.
func earlier(ctx context.Context, c *connection, want note, opts importOptions) (b *begun, job *importJob, whole bool) {
	for _, one := range unseen(c.paths) {
		if b == nil && want.meets(one.note) {
			if job = one.job(ctx, c, opts); job != nil {
				b = one
				continue
			}
		}
		one.leave()
	}
	if b != nil {
		whole = reflect.DeepEqual(b.Request, want.Request) && slices.EqualFunc(b.Files, want.Files, begunFile.same)
	}
	return b, job, whole
}

// meets tells whether both are for one of the same files and the same place.
func (n *note) meets(other note) bool {
	return other.Account == n.Account && other.Kind == n.Kind && other.Store == n.Store && other.Version == n.Version &&
		slices.ContainsFunc(other.Files, n.has)
}

func (n *note) has(file begunFile) bool { return slices.ContainsFunc(n.Files, file.same) }

// job asks for the note's job; nil: it cannot be told, or has no rows, nor will it have any: then the note goes.
func (b *begun) job(ctx context.Context, c *connection, opts importOptions) *importJob {
	if b.Job == "" {
		id, err := b.search(ctx, c, opts)
		if err != nil {
			return nil
		}
		if b.Job = id; id == "" { // it was not begun
			b.told()
			return nil
		}
	}
	job, _, err := call[importJob](ctx, c.client, opts.kind.get, jobRequest(b.Job))
	switch {
	case exitCode(err) == exitNotFound,
		err == nil && (job.Status == omics.JobFailed || job.Status == omics.JobCancelled),
		err == nil && job.CreationTime.Before(created(ctx, c, opts)): // it was another store of that name
		b.told()
		return nil
	case err != nil:
		return nil
	}
	return job
}

// search finds the job of a command that did not learn its id: the first for its sources since; "" when there is none.
func (b *begun) search(ctx context.Context, c *connection, opts importOptions) (found string, err error) {
	jobs, err := listJobs(ctx, c.client, jobListOptions{kind: b.Kind, store: b.Store})
	if err != nil {
		return "", err
	}
	var ids []string // the newest first
	if list := jobs.ListVariantImportJobsOut; list != nil {
		for _, job := range list.VariantImportJobs {
			if !job.CreationTime.Before(b.Begun) {
				ids = append(ids, job.ID)
			}
		}
	}
	if list := jobs.ListAnnotationImportJobsOut; list != nil {
		for _, job := range list.AnnotationImportJobs {
			if !job.CreationTime.Before(b.Begun) {
				ids = append(ids, job.ID)
			}
		}
	}
	for _, id := range slices.Backward(ids) {
		job, _, err := call[importJob](ctx, c.client, opts.kind.get, jobRequest(id))
		if err != nil {
			return "", err
		}
		if slices.EqualFunc(job.Items, b.Files, func(item omics.VariantImportItemDetail, file begunFile) bool {
			return item.Source == file.URI || shownSource(item.Source) == file.Path
		}) {
			return id, nil
		}
	}
	return "", nil
}

// created is when the table that is imported into was made; the zero time when that cannot be told.
func created(ctx context.Context, c *connection, opts importOptions) time.Time {
	if opts.kind == variantJobs {
		store, _, err := call[omics.GetVariantStoreOut](ctx, c.client, "GetVariantStore",
			&omics.GetVariantStoreIn{Name: opts.store})
		if err != nil {
			return time.Time{}
		}
		return store.CreationTime.Time
	}
	version, _, err := call[omics.GetAnnotationStoreVersionOut](ctx, c.client, "GetAnnotationStoreVersion",
		&omics.GetAnnotationStoreVersionIn{Name: opts.store, VersionName: opts.versionName()})
	if err != nil {
		return time.Time{}
	}
	return version.CreationTime.Time
}

// forget takes away the notes of jobs that are for one of the same files and the same place.
func (n *note) forget(paths dataPaths) {
	for _, b := range unseen(paths) {
		if n.meets(b.note) {
			b.told()
		}
		b.leave()
	}
}

// takeOver has the command tell the end of a job that an earlier one has begun for the same files, and not seen to its
// end, in place of importing them once more. done: so it is, or the job is for some of the files only.
func (n *note) takeOver(ctx context.Context, c *connection, opts importOptions, sources *localSources, stdout,
	stderr io.Writer) (done bool, err error) {
	b, job, whole := earlier(ctx, c, *n, opts)
	if b == nil {
		return false, nil
	}
	defer b.leave()
	if !whole {
		var same []string
		for i, file := range n.Files {
			if b.has(file) {
				same = append(same, sources.names[i])
			}
		}
		return true, fmt.Errorf("import job %s of %s was begun by an earlier command that did not see its end, and is not "+
			"for the same files and flags: nothing was imported; varlake job wait %s tells how it ends, and with --again "+
			"the rows are imported besides", job.ID, someOf(same), job.ID)
	}
	if c.whose() != runningServer && needsServer(job) {
		return true, waitsForServer(job)
	}
	fmt.Fprintf(stderr, "import job %s of %s was begun by an earlier command that did not see its end: nothing else is "+
		"imported; --again imports the rows once more\n", job.ID, someOf(sources.names))
	_, err = tellEnd(ctx, c, opts, job.ID, b, sources, stdout, stderr)
	return true, err
}

// tellNotes takes away the notes of a job whose end was told.
func tellNotes(paths dataPaths, job string) {
	for _, b := range unseen(paths) {
		if b.Job == job {
			b.told()
		}
		b.leave()
	}
}
