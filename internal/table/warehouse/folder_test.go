package warehouse

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/tabletest"
)

// folderOf is the data folder of a table, or of a file of one, that is where its name says.
func folderOf(t testing.TB, name string) *Folder {
	t.Helper()
	dir, _, ok := strings.Cut(Shown(name), "/"+Tables+"/")
	if !ok {
		t.Fatalf("%s is not below a folder of tables", name)
	}
	folder, err := NewFolder(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// tableDir is where a table may be, in a data folder of its own.
func tableDir(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), Tables, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// mustFolder describes a data folder.
func mustFolder(t *testing.T, dir, location string, former ...string) *Folder {
	t.Helper()
	folder, err := NewFolder(dir, location, former...)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// randomPath is an absolute path of few elements of few letters, so that many begin alike: /a/b and /a/bc, /a and /a/b.
func randomPath(r *rand.Rand, elements int) string {
	words := []string{"a", "b", "ab", "bc", "tables", "a b", "ü", "x%2e", "c#d", "e?f", "..."}
	path := ""
	for range elements {
		path += "/" + words[r.IntN(len(words))]
	}
	return path
}

// Of whatever name, a path is that of the folder with the name's rest, and only if the name is a table's of the
// location: this holds the resolver to a rule that is written another way, element by element.
func TestFolderPath(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	dir := t.TempDir()
	inside, outside := 0, 0
	for range 20_000 {
		location := randomPath(r, 1+r.IntN(3))
		folder := mustFolder(t, dir, location)
		name := randomPath(r, 1+r.IntN(3)) + "/tables" + randomPath(r, r.IntN(3))
		switch r.IntN(4) {
		case 0:
			name = location + "/tables" + randomPath(r, r.IntN(4))
		case 1:
			name = location + strings.Repeat("/", 1+r.IntN(2)) + "tables/." + randomPath(r, r.IntN(3)) + "/"
		}
		parts := slices.DeleteFunc(strings.Split(name, "/"), func(s string) bool { return s == "" || s == "." })
		prefix := append(strings.Split(location, "/")[1:], "tables")
		want := ""
		if len(parts) > len(prefix) && slices.Equal(parts[:len(prefix)], prefix) {
			want = dir + "/tables/" + strings.Join(parts[len(prefix):], "/")
		}
		for _, form := range []string{name, URI(name)} {
			got, err := folder.Path(form)
			if got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, ErrOutside) {
				t.Fatalf("%q of %q: %q, %v; want %q", form, location, got, err, want)
			}
			if want == "" {
				outside++
				continue
			}
			inside++
			back, err := folder.Name(got)
			if again, err2 := folder.Path(URI(back)); err != nil || err2 != nil || again != got ||
				back != location+strings.TrimPrefix(got, dir) {
				t.Fatalf("%q is named %q, which is %q: %v, %v", got, back, again, err, err2)
			}
		}
	}
	if inside < 1000 || outside < 1000 {
		t.Errorf("%d names inside, %d outside", inside, outside)
	}
}

// Of two locations, however they are within each other, a name that either gave a file is that file's, and is renamed
// to what the first gives it.
func TestFolderPathOfNestedLocations(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	dir := t.TempDir()
	const id, job = "0123456789ab", "00000000-0000-4000-8000-000000000001"
	rests := []string{"", "/metadata/00000-x.metadata.json", "/metadata/x-m1.avro", "/data/" + job + "/0/1/00001.parquet"}
	nested := 0
	for range 10_000 {
		outer := randomPath(r, r.IntN(3))
		inner := outer + []string{"/tables", "/tables/tables", "/tables/" + id, "/tables/" + id + "/data",
			randomPath(r, 1+r.IntN(2))}[r.IntN(5)]
		locations := []string{"/" + strings.TrimPrefix(outer, "/"), inner}
		if r.IntN(2) == 0 {
			slices.Reverse(locations)
		}
		if strings.HasPrefix(inner, outer+"/tables") {
			nested++
		}
		folder := mustFolder(t, dir, locations[0], locations[1])
		rest := rests[r.IntN(len(rests))]
		want := filepath.Join(dir, "tables", id, rest)
		first := filepath.Join(locations[0], "tables", id, rest)
		for _, location := range locations {
			name := filepath.Join(location, "tables", id, rest)
			if got, err := folder.Path(name); got != want || err != nil {
				t.Fatalf("%q of %q is %q, %v; want %q", name, locations, got, err, want)
			}
			if got, err := folder.Rename(URI(name)); got != URI(first) || err != nil {
				t.Fatalf("%q of %q is renamed %q, %v; want %q", name, locations, got, err, first)
			}
		}
	}
	if nested < 1000 {
		t.Errorf("%d pairs of locations are nested", nested)
	}
}

func TestFolderRefuses(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	for _, err := range []error{
		os.MkdirAll(filepath.Join(dir, "tables", "t", "data"), 0o700),
		os.Symlink(other, filepath.Join(dir, "tables", "t", "data", "out")),
		os.Symlink("../../../../..", filepath.Join(dir, "tables", "t", "data", "up")),
		os.Symlink(filepath.Join(other, "nothing"), filepath.Join(dir, "tables", "t", "data", "dangling")),
		os.Symlink("../data", filepath.Join(dir, "tables", "t", "data", "in")),
		os.Symlink(other, filepath.Join(dir, "uploads")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	folder := mustFolder(t, dir, "/srv/v", "/old/v")
	for _, name := range []string{
		"", "/", "/srv/v", "/srv/v/", "/srv/v/tables", "/srv/v/tables/", "/srv/v/varlake.db", "/srv/vv/tables/t",
		"/srv/v2/tables/t", "/srv/tables/t", "tables/t", "srv/v/tables/t",
		"/srv/v/tables/../../../etc/passwd", "/srv/v/tables/t/..", "/srv/v/../v/tables/t",
		"file:///srv/v/tables/%2e%2e/varlake.db", "file:///srv/v/tables/t%2f..%2f..",
		"file://host/srv/v/tables/t", "file://u@localhost/srv/v/tables/t", "file:srv/v/tables/t", "file:///srv/v/tables/t?x",
		"file:///srv/v/tables/t?", "file:///srv/v/tables/t#x",
		"s3://bucket/srv/v/tables/t", "s3:///srv/v/tables/t", "/srv/v/tables/t\x00", "file:///srv/v/tables/%00",
		"file:///srv/v/tables/%zz", "FILE://h/srv/v/tables/t",
		dir + "/tables/t", "file://" + dir + "/tables/t", "/srv/v/tables/t/data/out", "/srv/v/tables/t/data/out/f",
		"/srv/v/tables/t/data/up/etc", "/srv/v/tables/t/data/dangling",
	} {
		if path, err := folder.Path(name); !errors.Is(err, ErrOutside) {
			t.Errorf("%q is %q, %v", name, path, err)
		}
		if err := folder.RemoveTable(name); !errors.Is(err, ErrOutside) {
			t.Errorf("%q is removed: %v", name, err)
		}
	}
	for name, want := range map[string]string{
		"/srv/v/tables/t": "tables/t", "/old/v/tables/t/x": "tables/t/x", "file:///srv/v/tables/t/a%20b": "tables/t/a b",
		"file:/srv/v/tables/t":            "tables/t",
		"file://localhost/srv/v/tables/t": "tables/t", "/srv/v/tables/t/a%20b": "tables/t/a%20b",
		"/srv/v/tables/t/data/in/f": "tables/t/data/in/f", "/srv/v/tables/..t": "tables/..t",
	} {
		if path, err := folder.Path(name); err != nil || path != filepath.Join(dir, want) {
			t.Errorf("%q is %q, %v; want %s", name, path, err, want)
		}
	}
	for _, elements := range [][]string{{"references", ".."}, {"references", ""}, {"references", "a/b"},
		{"references", "."}, {"uploads"}, {"uploads", "x"}} {
		if path, err := folder.Inside(elements...); !errors.Is(err, ErrOutside) {
			t.Errorf("%q is %q, %v", elements, path, err)
		}
	}
	if path, err := ReferenceDir(folder, "1", "2"); err != nil || path != filepath.Join(dir, "references", "1", "2") {
		t.Errorf("a reference is in %q, %v", path, err)
	}
	for _, path := range []string{dir, dir + "/varlake.db", other + "/tables/t", dir + "2/tables/t", dir + "/tables/../x",
		"/srv/v/tables/t"} {
		if name, err := folder.Name(path); !errors.Is(err, ErrOutside) {
			t.Errorf("%q has the name %q, %v", path, name, err)
		}
	}
	for _, location := range []string{"", "v", "./v", "/srv/../v", "/srv/\x00", "s3://b/v"} {
		if _, err := NewFolder(dir, location); err == nil {
			t.Errorf("location %q is taken", location)
		}
	}
}

// TestFolderReplaced: once another folder is where the data folder was, nothing of that is read or removed by what was
// opened before.
func TestFolderReplaced(t *testing.T) {
	fill := func(dir, text string) {
		for _, name := range []string{"tables/t/data/j/f", "tables/t/metadata/m", "references/s/r/f"} {
			path := filepath.Join(dir, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, exchange := range map[string]func(place, other string) error{
		"renamed": func(place, other string) error {
			return errors.Join(os.Rename(place, place+".old"), os.Rename(other, place))
		},
		"linked": func(place, other string) error {
			next := place + ".next"
			return errors.Join(os.Symlink(other, next), os.Rename(next, place))
		},
		"a parent linked": func(place, _ string) error {
			parent := filepath.Dir(place)
			return errors.Join(os.Rename(parent, parent+".old"), os.Symlink("others", parent))
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			place, own, other := filepath.Join(root, "p", "place"), filepath.Join(root, "own"), filepath.Join(root, "other")
			for dir, text := range map[string]string{own: "own", other: "other",
				filepath.Join(root, "others", "place"): "other"} {
				fill(dir, text)
			}
			if err := os.Mkdir(filepath.Dir(place), 0o700); err != nil {
				t.Fatal(err)
			}
			put := os.Rename // the folder is at its place itself, or by a link
			if name == "linked" {
				put = os.Symlink
			}
			if err := put(own, place); err != nil {
				t.Fatal(err)
			}
			folder := mustFolder(t, place, "/srv/v")
			path, err := folder.Path("/srv/v/tables/t")
			files, err2 := ListFiles(folder, "/srv/v/tables/t")
			if err := errors.Join(err, err2, folder.Verify()); err != nil || len(files) != 2 {
				t.Fatal(files, err)
			}
			if err := exchange(place, other); err != nil {
				t.Fatal(err)
			}
			before := tabletest.Tree(t, place+"/")
			if before["tables/t/data/j/f"] != "other" {
				t.Fatalf("nothing was exchanged: %v", before)
			}
			_, found := folder.Path("/srv/v/tables/t")
			_, reference := ReferenceDir(folder, "s", "r")
			_, listed := ListFiles(folder, "/srv/v/tables/t")
			for what, err := range map[string]error{
				"Verify": folder.Verify(), "Path": found, "ReferenceDir": reference, "ListFiles": listed,
				"RemoveTable": folder.RemoveTable("/srv/v/tables/t"),
				"RemoveTree":  folder.RemoveTree(path), "Remove": folder.Remove(files[0].Path),
				"RemoveFiles": folder.RemoveFiles("/srv/v/tables/t", files),
			} {
				if !errors.Is(err, ErrReplaced) {
					t.Errorf("%s: %v", what, err)
				}
			}
			if diff := cmp.Diff(before, tabletest.Tree(t, place+"/")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFolderComesBack: what was moved away and is back, or is reached by another way, is the folder that was opened.
func TestFolderComesBack(t *testing.T) {
	place := filepath.Join(t.TempDir(), "place")
	if err := os.MkdirAll(filepath.Join(place, "tables", "t"), 0o700); err != nil {
		t.Fatal(err)
	}
	folder := mustFolder(t, place, place)
	if err := os.Rename(place, place+".away"); err != nil {
		t.Fatal(err)
	}
	if err := folder.RemoveTable(place + "/tables/t"); !errors.Is(err, ErrReplaced) {
		t.Errorf("with the folder away: %v", err)
	}
	if err := os.Symlink(place+".away", place); err != nil {
		t.Fatal(err)
	}
	if err := folder.RemoveTable(place + "/tables/t"); err != nil {
		t.Errorf("with a link to the folder: %v", err)
	}
	if _, err := os.Stat(place + ".away/tables/t"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is not removed: %v", err)
	}
}

// TestFolderOwnTable: a table's folder is that of its id in one of the folder's locations, and nothing beside, above or
// below it.
func TestFolderOwnTable(t *testing.T) {
	folder := mustFolder(t, t.TempDir(), "/srv/v", "/old/v")
	for _, name := range []string{"/srv/v/tables/t", "/old/v/tables/t", "/srv/v/tables//t/", "file:///srv/v/tables/t"} {
		if err := folder.OwnTable("t", name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{
		"", "/srv/v/tables", "/srv/v/tables/", "/srv/v/tables/.", "/srv/v/tables/other", "/srv/v/tables/other/data/t",
		"/srv/v/tables/t/data", "/srv/v/references/t",
		"/srv/v/tables/tt", "/srv/v/tables/T", "/elsewhere/tables/t", "tables/t", "/srv/v/tables/other/../t",
	} {
		if err := folder.OwnTable("t", name); !errors.Is(err, ErrOutside) {
			t.Errorf("%q: %v", name, err)
		}
	}
	want := "its folder is recorded as /srv/v/tables/other, which is not its own, /srv/v/tables/t"
	if err := folder.OwnTable("t", "/srv/v/tables/other"); err.Error() != want {
		t.Errorf("%q, not %q", err, want)
	}
}

// TestFolderUnreachable: where nobody can tell what is at the folder's place, nothing is found or removed.
func TestFolderUnreachable(t *testing.T) {
	place := filepath.Join(t.TempDir(), "place")
	if err := os.MkdirAll(filepath.Join(place, "tables", "t"), 0o700); err != nil {
		t.Fatal(err)
	}
	folder := mustFolder(t, place, place)
	if err := errors.Join(os.Rename(place, place+".away"), os.Symlink(place, place)); err != nil { // a link to itself
		t.Fatal(err)
	}
	_, found := folder.Path(place + "/tables/t")
	for what, err := range map[string]error{"Verify": folder.Verify(), "Path": found,
		"RemoveTable": folder.RemoveTable(place + "/tables/t")} {
		if !errors.Is(err, ErrUnreachable) || errors.Is(err, ErrReplaced) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestFinder: of many files each is found as Path finds it, whatever was found before, and each folder is looked at
// once.
func TestFinder(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	data := filepath.Join(dir, "tables", "t", "data")
	err := errors.Join(os.MkdirAll(filepath.Join(data, "j", "0"), 0o700), os.Mkdir(filepath.Join(dir, "big"), 0o700),
		os.Symlink(filepath.Join(dir, "big"), filepath.Join(data, "within")), os.Symlink(elsewhere,
			filepath.Join(data, "j", "out")),
		os.Symlink(filepath.Join(elsewhere, "f"), filepath.Join(data, "j", "0", "leads")),
		os.WriteFile(filepath.Join(elsewhere, "f"), nil, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	folder := mustFolder(t, dir, "/srv/v")
	find := &finder{folder: folder}
	for _, name := range []string{"j/0/a", "j/0/b", "j/0/leads", "j/0/missing/c", "j/out/f", "j/out/f", "within/a",
		"within/b", "j/0/a", "../../../x", "j"} {
		name = "file:///srv/v/tables/t/data/" + name
		want, wanted := folder.Path(name)
		got, err := find.Path(name)
		if got != want || fmt.Sprint(err) != fmt.Sprint(wanted) {
			t.Errorf("%s: %q, %v; want %q, %v", name, got, err, want, wanted)
		}
	}
	known := slices.Sorted(maps.Keys(find.known))
	want := []string{"tables", "tables/t", "tables/t/data", "tables/t/data/j", "tables/t/data/j/0", "tables/t/data/within"}
	if diff := cmp.Diff(want, known); diff != "" {
		t.Errorf("folders that are not looked at again (-want +got):\n%s", diff)
	}
}
