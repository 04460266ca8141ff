package main

import (
	"os"
	"path/filepath"
	"testing"
)

// What a command hands over stays in the folder that it made, whatever its owner puts in that one's place; so do the
// files that it replaces.
func TestHandoverKeepsToItsFolder(t *testing.T) {
	uploads, outside := t.TempDir(), t.TempDir()
	file := filepath.Join(t.TempDir(), "a.vcf")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := newHandover(uploads, "cli-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(uploads, "cli-1"), filepath.Join(uploads, "moved")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(uploads, "cli-1")); err != nil {
		t.Fatal(err)
	}
	if err := h.add("0", file); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(uploads, "moved", "0", "a.vcf")); err != nil || string(text) != "x" {
		t.Errorf("%q, %v", text, err)
	}
	h.remove()
	victim := filepath.Join(outside, "victim")
	if err := os.WriteFile(victim, []byte("kept"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, filepath.Join(uploads, "keys.new")); err != nil {
		t.Fatal(err)
	}
	if err := writeData(filepath.Join(uploads, "keys"), []byte("new")); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(outside)
	if text, e := os.ReadFile(victim); err != nil || e != nil || len(entries) != 1 || string(text) != "kept" {
		t.Errorf("%v, %q, %v", entries, text, err)
	}
	if text, err := os.ReadFile(filepath.Join(uploads, "keys")); err != nil || string(text) != "new" {
		t.Errorf("%q, %v", text, err)
	}
}
