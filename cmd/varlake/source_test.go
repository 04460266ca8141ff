package main

import (
	"fmt"
	"os"
	"testing"
)

// What cannot be read a second time is refused by what it is, a pipe that is named through /dev/fd included.
func TestSourcesAreFiles(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	pipe, folder := fmt.Sprintf("/dev/fd/%d", r.Fd()), t.TempDir()
	for name, want := range map[string]string{
		pipe: pipe +
			" is not a regular file: a pipe cannot be read again after a restart; write it to a file first, and import that",
		folder:              folder + " is a folder, not a regular file",
		folder + "/nowhere": "there is no file " + folder + "/nowhere",
	} {
		if _, err := findSources([]string{name}); err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", name, err, want)
		}
	}
}
