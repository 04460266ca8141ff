package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestNoFolder: a command that is of no use without a data folder says that there is none, and makes none.
func TestNoFolder(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "x.vcf")
	write(t, file, "x")
	fasta := filepath.Join(dir, "ref.fa")
	write(t, fasta, ">1\nA\n")
	commands := map[string][]string{
		"env": {}, "query": {"SELECT 1"}, "sql": {"-e", "SELECT 1"}, "export": {"some_store"}, "compact": {}, "check": {},
		"recover": {}, "relocate": {},
		"import": {"some_store", file}, "job get": {"x"}, "job list": {}, "job wait": {"x"}, "job cancel": {"x"},
		"store create": {"some_store", "--reference", "ref"}, "store get": {"some_store"}, "store list": {},
		"store delete":   {"some_store"},
		"annotation get": {"some_store"}, "annotation list": {}, "annotation delete": {"some_store"},
		"annotation import":         {"some_store", file},
		"annotation create":         {"some_store", "--format", "vcf", "--reference", "ref"},
		"annotation version create": {"some_store", "second"}, "annotation version get": {"some_store", "second"},
		"annotation version list": {"some_store"}, "annotation version delete": {"some_store", "second"},
		"reference import": {"s3://bucket/ref.fa"}, "reference list": {}, "reference get": {"ref"},
		"reference delete": {"ref"},
		"share create":     {"some_store", "--with", "111122223333"}, "share accept": {"x"}, "share list": {},
		"share get":         {"x"},
		"share delete":      {"x"},
		"access-key create": {"--name", "x"}, "access-key list": {}, "access-key delete": {"x"},
	}
	for _, name := range leaves(newRoot()) {
		arguments, ok := commands[name]
		if name == "serve" || name == "sample-data" {
			continue
		}
		if !ok {
			t.Errorf("varlake %s is not tried", name)
			continue
		}
		arguments = append(strings.Fields(name), arguments...)
		none := filepath.Join(dir, "none")
		if _, words := cli(t, exitError, append(arguments, "--data", none)...); !strings.Contains(words,
			"no data folder at "+none+";") {
			t.Errorf("%s: %q", name, words)
		}
		if _, words := cli(t, exitError, append(arguments, "--data", file)...); !strings.Contains(words,
			"no data folder at "+file+": it is no folder") {
			t.Errorf("%s of a file: %q", name, words)
		}
		cli(t, exitUsage, append(arguments, "--data", "")...)
		if _, err := os.Lstat(none); err == nil {
			t.Fatalf("varlake %s made a data folder", name)
		}
	}
	for _, refused := range [][]string{
		// a reference's name has three characters
		{"reference", "import", file, "--name", "x"}, {"reference", "import", filepath.Join(dir, "x.vcf")},
		{"annotation", "create", "X", "--format", "gff"}, {"annotation", "create", "genes", "--format", "gff",
			"--version", "X"},
	} {
		none := filepath.Join(dir, "none")
		cli(t, exitUsage, append(refused, "--data", none)...)
		if _, err := os.Lstat(none); err == nil {
			t.Fatalf("varlake %s made a data folder", strings.Join(refused, " "))
		}
	}
	cli(t, exitOK, "reference", "import", fasta, "--data", filepath.Join(dir, "made"))
	cli(t, exitOK, "annotation", "create", "genes", "--format", "gff", "--data", filepath.Join(dir, "made too"))
}

// leaves lists the commands that do something, by their words.
func leaves(cmd *cobra.Command) (names []string) {
	if !cmd.HasSubCommands() {
		return []string{strings.TrimPrefix(cmd.CommandPath(), "varlake ")}
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, leaves(sub)...)
		}
	}
	return names
}
