package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// died has a command import files, and leaves its note as one that was killed before it told the end. learned: it had
// the job's id already.
func died(t *testing.T, data string, learned bool, files ...string) (job string) {
	t.Helper()
	arguments := append([]string{"import", "cohort", "--data", data, "--print-id", "--again"}, files...)
	sources, err := findSources(files)
	if err != nil {
		t.Fatal(err)
	}
	opts := importOptions{kind: variantJobs, store: "cohort", sources: files}
	opts.request = opts.variantRequest
	paths := dataPaths{data}
	key, err := paths.readKey()
	if err != nil {
		t.Fatal(err)
	}
	c := &connection{client: &client{paths: paths, account: profileAccount(key)}}
	b := noteOf(c, opts, sources).keep(paths)
	if b == nil {
		t.Fatal("the import is not noted")
	}
	out, _ := cli(t, exitOK, arguments...)
	job = strings.TrimSpace(out)
	if learned {
		b.is(job)
	}
	b.leave()
	return job
}

// TestRunAgain: what a command has begun whose end nobody was told is not imported once more, unless the user says so.
func TestRunAgain(t *testing.T) {
	data, file := folderWithStore(t)
	other := filepath.Join(filepath.Dir(file), "other.vcf")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, other, string(raw))
	imports := func(code int, flags ...string) (words string) {
		t.Helper()
		_, words = cli(t, code, append([]string{"import", "cohort", file, "--data", data}, flags...)...)
		return words
	}
	rows := func(when, want string) {
		t.Helper()
		if got := rowsOf(t, data, "cohort"); got != "n\n"+want+"\n" {
			t.Errorf("%s: %q rows, want %s", when, got, want)
		}
	}
	for at, learned := range []bool{true, false} {
		job := died(t, data, learned, file)
		words := imports(exitOK)
		if want := "import job " + job + " of " + file + " was begun by an earlier command that did not see its end: " +
			"nothing else is imported; --again imports the rows once more\nCOMPLETED " + file +
			": Imported 1 records"; !strings.HasPrefix(words, want) {
			t.Errorf("learned %v: %s", learned, words)
		}
		rows("run again", []string{"1", "3"}[at])
		if words := imports(exitOK); strings.Contains(words, "begun") {
			t.Error(words)
		}
		rows("on purpose", []string{"2", "4"}[at])
	}

	job := died(t, data, true, file, other)
	words := imports(exitError)
	if !strings.Contains(words, "import job "+job+" of "+file+" was begun by an earlier command that did not see its end, "+
		"and is not for the same files and flags: nothing was imported; varlake job wait "+job+" tells") {
		t.Error(words)
	}
	rows("of one file", "6")
	imports(exitOK, "--again")
	rows("again", "7")
	imports(exitOK)
	rows("again, and once more", "8")

	job = died(t, data, true, file)
	imports(exitError, "--normalize")
	cli(t, exitOK, "job", "wait", job, "--data", data)
	imports(exitOK)
	rows("after job wait", "10")

	died(t, data, true, file)
	if err := os.Chtimes(file, time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	imports(exitOK)
	rows("of a file that changed", "12")

	died(t, data, true, file)
	cli(t, exitOK, "store", "delete", "cohort", "--data", data)
	cli(t, exitOK, "store", "create", "cohort", "--reference", "reference", "--data", data)
	imports(exitOK)
	rows("into another store of that name", "1")
}
