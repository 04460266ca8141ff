package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/act/ops"
)

// TestQuotaOfCommands: a refusal for a quota says how it is raised, and that way works, without a server and with one.
func TestQuotaOfCommands(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("VARLAKE_DATA", filepath.Join(dir, "data"))
	t.Setenv("VARLAKE_QUOTA", "annotation-stores=1,references=1")
	cli(t, exitOK, "annotation", "create", "first", "--format", "gff")
	_, words := cli(t, exitError, "annotation", "create", "second", "--format", "gff")
	if want := "varlake: The account has reached its limit of 1 annotation stores.\n" +
		"hint: set VARLAKE_QUOTA=annotation-stores=N, or run varlake serve --quota annotation-stores=N\n"; words != want {
		t.Errorf("without a server: %q", words)
	}
	t.Setenv("VARLAKE_QUOTA", "annotation-stores=2")
	cli(t, exitOK, "annotation", "create", "second", "--format", "gff")
	t.Setenv("VARLAKE_QUOTA", "annotation-stores")
	if _, words := cli(t, exitUsage, "annotation", "list"); !strings.Contains(words, "VARLAKE_QUOTA: ") {
		t.Errorf("no quota: %q", words)
	}
	cli(t, exitUsage, "serve", "--listen", "127.0.0.1:0")
}

// TestHintsBesideAServer: what only the server's flags change is said to be so.
func TestHintsBesideAServer(t *testing.T) {
	_, _, dir := exportStore(t)
	path := filepath.Join(dir, "undeclared.vcf")
	write(t, path, "##fileformat=VCFv4.2\n##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t5\t.\tA\tC\t.\t.\tNOPE=1\n")
	const restart = "hint: it is the server that decides: start it again with varlake serve "
	for _, c := range []struct{ source, hint string }{{path, restart + "--relax undeclared\n"},
		{"s3://other/x.vcf", restart + "--bucket other=DIR, or with"}} {
		if _, words := cli(t, exitError, "import", "cohort", c.source); strings.Count(words, c.hint) != 1 ||
			strings.Count(words, "hint:") != 1 {
			t.Errorf("%s: %q", c.source, words)
		}
	}
	if _, words := cli(t, exitUsage, "import", "cohort", path, "--relax", "undeclared"); !strings.Contains(words,
		"varlake serve --relax undeclared") {
		t.Errorf("a flag that is the server's: %q", words)
	}
	t.Setenv("VARLAKE_DATA", filepath.Join(dir, "alone"))
	cli(t, exitOK, "reference", "import", filepath.Join(dir, "ref.fa"), "--name", "reference")
	cli(t, exitOK, "store", "create", "cohort", "--reference", "reference")
	if _, words := cli(t, exitError, "import", "cohort", path); strings.Contains(words, "hint:") ||
		!strings.Contains(words, "(accepted with --relax undeclared)") {
		t.Errorf("without a server: %q", words)
	}
	if _, words := cli(t, exitError, "import", "cohort", "s3://other/x.vcf"); !strings.Contains(words,
		"hint: that is for a server to be told: varlake serve --bucket other=DIR") {
		t.Errorf("a bucket without a server: %q", words)
	}
	cli(t, exitOK, "import", "cohort", path, "--relax", "undeclared")
}

// TestEveryQuotaHasAHint: and names the flag as the server takes it.
func TestEveryQuotaHasAHint(t *testing.T) {
	hinted := map[string]bool{}
	for _, h := range hints {
		if name, ok := strings.CutPrefix(h.flag, "--quota "); ok {
			name = strings.TrimSuffix(name, "=N")
			if h.own != quotaVariable+"="+name+"=N" {
				t.Errorf("%s without a server: %s", name, h.own)
			}
			hinted[name] = true
		}
	}
	for name := range quotas(&ops.Limits{}) {
		if !hinted[name] {
			t.Errorf("%s has none", name)
		}
	}
}

// TestHintsOfMissingStores: the commands that a hint names make the store.
func TestHintsOfMissingStores(t *testing.T) {
	_, _, dir := exportStore(t)
	t.Setenv("VARLAKE_DATA", filepath.Join(dir, "alone"))
	for _, name := range []string{"x.vcf", "x.gff"} {
		write(t, filepath.Join(dir, name), "")
	}
	cli(t, exitOK, "reference", "import", filepath.Join(dir, "ref.fa"))
	_, words := cli(t, exitNotFound, "import", "mine", filepath.Join(dir, "x.vcf"))
	if want := "varlake: Variant store with name: mine was not found.\nhint: varlake store list names those that there are; to make it: " +
		"varlake reference import FASTA, then varlake store create mine --reference REFERENCE\n"; words != want {
		t.Errorf("%q", words)
	}
	cli(t, exitOK, "store", "create", "mine", "--reference", "ref")
	_, words = cli(t, exitNotFound, "annotation", "import", "genes", filepath.Join(dir, "x.gff"))
	if want := "hint: varlake annotation list names those that there are; to make it: varlake annotation create genes --format vcf|gff|tsv\n"; !strings.HasSuffix(words, want) {
		t.Errorf("%q", words)
	}
	cli(t, exitOK, "annotation", "create", "genes", "--format", "gff")
}
