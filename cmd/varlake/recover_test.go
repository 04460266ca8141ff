package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/state/meta"
)

// A recovery that ends while it puts the old state away leaves no database without its log, which would pass for a
// whole one.
func TestPutAwayBegins(t *testing.T) {
	dir := t.TempDir()
	state, away := filepath.Join(dir, "varlake.db"), filepath.Join(dir, "away")
	for _, name := range []string{state, state + "-wal", filepath.Join(dir, "away-wal", "in the way")} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := putAway(state, away); err == nil {
		t.Fatal("the log was put away")
	}
	if _, err := os.Stat(state); !isNotExist(err) {
		t.Errorf("the database is there without its log: %v", err)
	}
}

// Which key is an administrator's again is told; one that was deleted is nobody's.
func TestSavedKeys(t *testing.T) {
	paths := dataPaths{t.TempDir()}
	admin := meta.AccessKey{ID: "AKIAADMIN", Secret: "one", Account: meta.AdminAccount}
	other := meta.AccessKey{ID: "AKIAOTHER", Secret: "two", Account: "210987654321"}
	for path, text := range map[string]string{
		paths.credentials(): credentialsProfile("other", other) + credentialsProfile(defaultProfile, admin),
		paths.awsConfig():   configOf + "here\n" + configProfile("other", "x") + configProfile(defaultProfile, "x"),
	} {
		if err := writeData(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	saved := func() (ids []string, words string) {
		var stderr strings.Builder
		for _, key := range paths.savedKeys(&stderr) {
			ids = append(ids, key.ID+" "+policySummary([]byte(key.Policy)))
		}
		return ids, stderr.String()
	}
	ids, words := saved()
	if diff := cmp.Diff([]string{"AKIAOTHER none", "AKIAADMIN administrator"}, ids); diff != "" ||
		!strings.Contains(words, "key AKIAADMIN of account 123456789012 is an administrator's") {
		t.Errorf("%s%s", diff, words)
	}
	const way = "varlake access-key delete AKIAOTHER, then varlake access-key create --account 210987654321 --name other --profile other --policy FILE"
	if !strings.Contains(words, way) {
		t.Errorf("%q does not say %q", words, way)
	}
	for _, id := range []string{other.ID, "AKIANOBODY"} {
		if err := forgetKey(paths, id); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(paths.awsConfig()); err != nil ||
		string(text) != configOf+"here\n"+configProfile(defaultProfile, "x") {
		t.Errorf("%v: %s", err, text)
	}
	if err := forgetKey(paths, admin.ID); err != nil {
		t.Fatal(err)
	}
	if ids, words := saved(); len(ids) > 0 || words != "" {
		t.Errorf("keys that were deleted: %q, %s", ids, words)
	}
	if err := saveProfile(paths, "other", other); err != nil {
		t.Errorf("a profile after the administrator's key was deleted: %v", err)
	}
}

// What root writes in another user's data folder is that user's, whose server could not read it otherwise.
func TestWriteDataGivesFilesAway(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 1234, 1234); err != nil {
		t.Fatal(err)
	}
	if err := writeData(filepath.Join(dir, "keys"), []byte("x")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	if stat := info.Sys().(*syscall.Stat_t); stat.Uid != 1234 || info.Mode() != 0o600 {
		t.Errorf("owner %d, %s", stat.Uid, info.Mode())
	}
}
