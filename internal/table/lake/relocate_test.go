package lake

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// TestRelocateIsReadAgain: a relocated table is the one of before, and what a writing had lost or changed of it would
// be seen.
func TestRelocateIsReadAgain(t *testing.T) {
	dir, metadata := newTable(t, "t")
	for i := range 3 {
		name := fmt.Sprint(i)
		metadata = mustAppend(t, metadata, "job"+name, addFile(t, dir, name+"a", "1", "a", 10+i),
			addFile(t, dir, name+"b", "2", "a", 20+i))
	}
	here := folderOf(t, dir)
	moved, err := warehouse.NewFolder(here.Dir(), "/srv/elsewhere", here.Location())
	if err != nil {
		t.Fatal(err)
	}
	relocated, err := Relocate(t.Context(), moved, metadata)
	if err != nil || relocated.Files == 0 {
		t.Fatalf("%+v, %v", relocated, err)
	}
	read := func(metadata string) *inventory {
		t.Helper()
		v, err := takeInventory(t.Context(), moved, metadata)
		if err == nil {
			err = v.readManifests(t.Context())
		}
		if err == nil {
			err = v.whole()
		}
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := read(metadata)
	if err := sameSnapshots(before, read(relocated.MetadataLocation)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change func(v *inventory)
		want   string
	}{
		"a snapshot is lost": {func(v *inventory) { v.snapshots = v.snapshots[1:] }, "of 3 snapshots 2 were written"},
		"another snapshot":   {func(v *inventory) { v.snapshots[0].SnapshotID++ }, " of 1 manifests was written as "},
		"a manifest is lost": {func(v *inventory) { v.snapshots[2].manifests = v.snapshots[2].manifests[:2] },
			" of 3 manifests was written as "},
		"manifests are exchanged": {func(v *inventory) { slices.Reverse(v.snapshots[2].manifests) },
			" files, and is number 1, "},
		"a manifest for another": {func(v *inventory) { m := v.snapshots[2].manifests; m[2] = m[1] }, " was written with "},
		"a file is lost": {
			func(v *inventory) { m := v.manifests[v.snapshots[0].manifests[0]]; m.files = m.files[:1] },
			", with 2 files, and is number 1, ",
		},
		"files are exchanged": {
			func(v *inventory) { slices.Reverse(v.manifests[v.snapshots[0].manifests[0]].files) }, "0a of 10 rows and ",
		},
	} {
		after := read(relocated.MetadataLocation)
		test.change(after)
		if err := sameSnapshots(before, after); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
