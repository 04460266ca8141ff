package warehouse

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/tabletest"
)

// storm moves a folder away and back until it is told to stop, with another in its place meanwhile, or none when decoy
// is "". After a stop the folder is back.
func storm(t *testing.T, place, decoy string) (stop func()) {
	t.Helper()
	done, stopped := make(chan struct{}), make(chan error)
	moves := [][2]string{{place, place + ".away"}, {place + ".away", place}}
	if decoy != "" {
		moves = [][2]string{moves[0], {decoy, place}, {place, decoy}, moves[1]}
	}
	go func() {
		for {
			for _, move := range moves {
				if err := os.Rename(move[0], move[1]); err != nil {
					stopped <- err
					return
				}
			}
			select {
			case <-done:
				stopped <- nil
				return
			default:
			}
			time.Sleep(rand.N(100 * time.Microsecond)) // some acts find the folder, and lose it then
		}
	}()
	return func() {
		close(done)
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	}
}

// TestFolderAway: while the folder is moved away and back all the time, each act is done, or its error is ErrReplaced,
// whatever is at the folder's place when that is looked at; nothing of another folder in its place is read or changed.
func TestFolderAway(t *testing.T) {
	for name, other := range map[string]string{"nothing in its place": "", "another in its place": "decoy"} {
		t.Run(name, func(t *testing.T) {
			base := t.TempDir()
			place := filepath.Join(base, "place")
			table := filepath.Join(place, "tables", "t")
			linked := filepath.Join(place, "tables", "linked")
			fill := func(dir, text string) {
				for _, name := range []string{"tables/t/metadata/m", "disk/data/f"} {
					path := filepath.Join(dir, name)
					if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700),
						os.WriteFile(path, []byte(text), 0o600)); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.Symlink(filepath.Join(place, "disk"), filepath.Join(dir, "tables", "linked")); err != nil {
					t.Fatal(err)
				}
			}
			fill(place, "own")
			decoy := ""
			if other != "" {
				decoy = filepath.Join(base, other)
				fill(decoy, "other")
				if err := os.Remove(filepath.Join(decoy, "disk/data/f")); err != nil {
					t.Fatal(err)
				}
			}
			folder := mustFolder(t, place, "/srv/v")
			stop := storm(t, place, decoy)
			defer func() { stop() }()
			done := map[string]int{}
			for i := range 150 {
				dir := filepath.Join([]string{table, linked}[i%2], "data", "job"+strconv.Itoa(i), "0")
				for what, act := range awayActs(folder, table, linked, dir) {
					switch err := act(); {
					case err == nil:
						done[what]++
					case !errors.Is(err, ErrReplaced):
						t.Fatalf("%s: %v", what, err)
					}
				}
			}
			stop()
			stop = func() {}
			t.Logf("of 150: %v", done)
			if decoy != "" {
				if err := os.Remove(filepath.Join(decoy, "tables/linked")); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(map[string]string{"tables/t/metadata/m": "other"}, tabletest.Tree(t, decoy)); diff != "" {
					t.Errorf("the other folder (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// awayActs are what is done with files of a folder whose tables have "own" in them.
func awayActs(folder *Folder, table, linked, dir string) map[string]func() error {
	own := func(raw []byte, err error) error {
		if err == nil && string(raw) != "own" {
			err = errors.New("read " + strconv.Quote(string(raw)))
		}
		return err
	}
	return map[string]func() error{
		"find":         func() error { _, err := folder.Path("/srv/v/tables/t/metadata/m"); return err },
		"find by link": func() error { _, err := folder.Path("/srv/v/tables/linked/data/f"); return err },
		"make folders": func() error { return folder.makeFolder(dir) },
		"create": func() error {
			file, err := folder.Create(filepath.Join(dir, "new"))
			if err != nil {
				return err
			}
			if _, err := io.WriteString(file, "own"); err != nil {
				return err
			}
			if err := file.Commit(); err != nil {
				file.Abort()
				return err
			}
			return folder.Remove(filepath.Join(dir, "new"))
		},
		"read":         func() error { return own(folder.ReadFile(filepath.Join(table, "metadata", "m"))) },
		"read by link": func() error { return own(folder.ReadFile(filepath.Join(linked, "data", "f"))) },
		"open": func() error {
			file, err := folder.Open(filepath.Join(linked, "data", "f"))
			if err != nil {
				return err
			}
			defer file.Close()
			raw := make([]byte, file.Size())
			_, err = file.ReadAt(raw, 0)
			return own(raw, err)
		},
		"size": func() error {
			file, err := folder.Stat(filepath.Join(table, "metadata", "m"))
			if err == nil && file.Bytes != int64(len("own")) {
				err = errors.New("another's size")
			}
			return err
		},
		"remove": func() error {
			if err := folder.RemoveTree(dir); err != nil {
				return err
			}
			if way, err := folder.within(dir); err == nil {
				if _, err := folder.root.Lstat(way); !errors.Is(err, fs.ErrNotExist) {
					return errors.New("it is there")
				}
			}
			return nil
		},
		"list": func() error {
			files, err := ListFiles(folder, "/srv/v/tables/t/metadata")
			if err == nil && (len(files) != 1 || files[0].Path != filepath.Join(table, "metadata", "m") || files[0].Bytes != 3) {
				err = fmt.Errorf("listed %v", files)
			}
			return err
		},
		"entries": func() error {
			names, err := folder.Entries(filepath.Join(linked, "data"))
			if err == nil && !slices.Contains(names, "f") {
				err = fmt.Errorf("there are %v", names)
			}
			return err
		},
		"put":            func() error { return folder.Put(filepath.Join(dir, "put"), []byte("own")) },
		"free":           func() error { _, err := folder.Free(table); return err },
		"remove a table": func() error { return folder.RemoveTable("/srv/v/tables/gone") },
	}
}
