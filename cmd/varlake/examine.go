package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// folderID is the file that holds the identity of the data folder. The state has it too: a state of another folder is
// not taken for this one's.
func (p dataPaths) folderID() string { return filepath.Join(p.dir, "folder.id") }

var folderIDForm = regexp.MustCompile(`\A[0-9a-f]{32}\n?\z`)

// contents is what a data folder holds that only its state can make sense of.
type contents struct {
	tables     []string // names of the folders that are a table's
	references bool
	keys       bool
	log        bool // of a state that is not there
}

// look lists what a data folder holds.
func (p dataPaths) look() (c contents, err error) {
	entries, err := os.ReadDir(filepath.Join(p.dir, "tables"))
	if err != nil && !isNotExist(err) {
		return c, fmt.Errorf("list tables: %w", err)
	}
	var folder *warehouse.Folder
	if len(entries) > 0 {
		if folder, err = warehouse.NewFolder(p.dir, p.dir); err != nil {
			return c, fmt.Errorf("list tables: %w", err)
		}
	}
	for _, entry := range entries {
		if lake.IsTable(folder, filepath.Join(p.dir, "tables", entry.Name())) {
			c.tables = append(c.tables, entry.Name())
		}
	}
	references, err := fs.Glob(os.DirFS(p.dir), "references/*/*/"+meta.ReferenceFASTA)
	if err != nil {
		return c, fmt.Errorf("list references: %w", err)
	}
	c.references = len(references) > 0
	if _, err := os.Lstat(p.credentials()); err == nil {
		c.keys = true
	} else if !isNotExist(err) {
		return c, fmt.Errorf("look for keys: %w", err)
	}
	if _, err := os.Stat(p.state()); isNotExist(err) {
		info, err := os.Stat(p.state() + "-wal")
		c.log = err == nil && info.Size() > 0
	}
	return c, nil
}

func (c contents) String() string {
	var words []string
	if len(c.tables) > 0 {
		words = append(words, fmt.Sprintf("%d tables", len(c.tables)))
	}
	if c.references {
		words = append(words, "references")
	}
	if c.keys {
		words = append(words, "keys (aws/credentials)")
	}
	if c.log {
		words = append(words, "changes that its state lacks (varlake.db-wal)")
	}
	return strings.Join(words, ", ")
}

// stateError says that the state of a data folder cannot be the one that belongs to what it holds. Nothing may be
// written there.
type stateError struct {
	paths dataPaths
	holds contents
	what  string
}

func (e *stateError) Error() string {
	text := fmt.Sprintf("%s holds %s, but %s. Nothing was changed. Put the folder's varlake.db back, from a backup, with varlake.db-wal if that was saved with it",
		e.paths.dir, cmp.Or(e.holds.String(), "nothing else"), e.what)
	if len(e.holds.tables) > 0 || e.holds.references {
		return text + "; or have the state rebuilt from the tables: varlake recover --data " + e.paths.dir
	}
	return text + "; or remove the folder, to begin anew"
}

// fresh reports whether there is no data folder yet, or nothing in it that needs a state.
func (p dataPaths) fresh() (bool, error) {
	if info, err := os.Stat(p.state()); err == nil && info.Size() > 0 {
		return false, nil
	} else if err != nil && !isNotExist(err) {
		return false, fmt.Errorf("look for the state: %w", err)
	}
	holds, err := p.look()
	return holds.String() == "", err
}

// examine refuses a data folder whose state is not there, is damaged or is another's, with a stateError: a server would
// take it for a new one. One of a newer program is refused as such, however its tables are called. What it gives is the
// identity that the folder has, or is to have. The folder is locked, and nothing is written.
func (p dataPaths) examine(ctx context.Context) (id string, err error) {
	if err := p.apart(storePlaces...); err != nil {
		return "", err
	}
	if id, err = p.readFolderID(); err != nil {
		return "", err
	}
	holds, err := p.look()
	if err != nil {
		return "", err
	}
	refuse := func(format string, args ...any) error { return &stateError{p, holds, fmt.Sprintf(format, args...)} }
	in, err := meta.Inspect(ctx, p.state())
	info, _ := os.Stat(p.state())
	switch {
	case (isNotExist(err) || errors.Is(err, meta.ErrDamaged) && info != nil && info.Size() == 0) && holds.String() == "":
		return newID(id), nil // a new folder, perhaps one whose first start was killed
	case errors.Is(err, meta.ErrNewerSchema):
		return "", fmt.Errorf("%s: %w", p.dir, err)
	case isNotExist(err):
		return "", refuse("its state, varlake.db, is not there")
	case errors.Is(err, meta.ErrDamaged):
		return "", refuse("its state, varlake.db, is damaged: %v", err)
	case err != nil:
		return "", err
	case in.Folder != "" && id != "" && in.Folder != id:
		return "", refuse("varlake.db is the state of another folder (it says %s, folder.id %s)", in.Folder, id)
	case len(holds.tables) > 0 && !slices.ContainsFunc(holds.tables, func(name string) bool { return in.Tables[name] }):
		return "", refuse("varlake.db knows none of these tables")
	case in.Folder != "":
		return in.Folder, nil
	}
	return newID(id), nil
}

// examineWhole looks for damage in all of a state that examine has found to be the folder's, which takes as long as
// reading it does. A stateError when there is some.
func (p dataPaths) examineWhole(ctx context.Context) error {
	err := meta.Whole(ctx, p.state())
	if !errors.Is(err, meta.ErrDamaged) {
		return err
	}
	holds, failed := p.look()
	if failed != nil {
		return failed
	}
	return &stateError{p, holds, fmt.Sprintf("its state, varlake.db, is damaged: %v", err)}
}

// wayOutOf adds to an error of a damaged state which file that is, and what to do. Other errors stay as they are.
func wayOutOf(err error, data string) error {
	if !meta.IsDamaged(err) {
		return err
	}
	paths, failed := findFolder(data)
	if failed != nil {
		return err
	}
	return fmt.Errorf("%w\nhint: %s is damaged: with no command or server running, put it back from a backup; "+
		"or have the state rebuilt from the tables: varlake recover --data %s", err, paths.state(), paths.dir)
}

func newID(id string) string {
	if id != "" {
		return id
	}
	return meta.NewFolderID()
}

func (p dataPaths) readFolderID() (string, error) {
	raw, err := os.ReadFile(p.folderID())
	if isNotExist(err) {
		return "", nil
	}
	if err == nil && !folderIDForm.Match(raw) {
		err = errors.New("it does not hold 32 hexadecimal digits")
	}
	if err != nil {
		return "", fmt.Errorf("read %s: %w", p.folderID(), err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// identify has state and folder bear the identity that examine gave.
func (p dataPaths) identify(ctx context.Context, db *meta.DB, id string) error {
	if err := db.SetFolder(ctx, id); err != nil {
		return err
	}
	if there, err := p.readFolderID(); err != nil || there != "" {
		return err
	}
	if err := writeData(p.folderID(), []byte(id+"\n")); err != nil {
		return fmt.Errorf("write the folder's identity: %w", err)
	}
	return nil
}

// storeNameForm is the API's rule for names of stores.
var storeNameForm = regexp.MustCompile(`\A[a-z][a-z0-9_]{2,254}\z`)
