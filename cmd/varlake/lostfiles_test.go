package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// When aws/ was lost, every command that needs a key has the same one again, and no command makes another.
func TestLostAWSFiles(t *testing.T) {
	data, _ := folderWithStore(t)
	paths := dataPaths{data}
	before, err := os.ReadFile(paths.credentials())
	if err != nil {
		t.Fatal(err)
	}
	for _, lost := range []string{filepath.Dir(paths.credentials()), paths.credentials(), paths.awsConfig()} {
		for _, command := range [][]string{
			{"store", "list"}, {"access-key", "list"}, {"access-key", "create", "--name", "one", "--profile", "one"},
		} {
			if err := os.RemoveAll(lost); err != nil {
				t.Fatal(err)
			}
			cli(t, exitOK, append(command, "--data", data)...)
			after, err := os.ReadFile(paths.credentials())
			if err != nil || !bytes.Contains(after, before) {
				t.Errorf("%s lost, %v: the file has %q, %v", lost, command, after, err)
			}
			if command[1] != "create" {
				continue
			}
			t.Setenv("VARLAKE_PROFILE", "one")
			cli(t, exitDenied, "store", "list", "--data", data)
			t.Setenv("VARLAKE_PROFILE", "")
			deleteKey(t, data, "one")
		}
	}
	if keys := keysOf(t, data); len(keys) != 1 {
		t.Errorf("there are keys %v", keys)
	}
}

// What only reads says what is lost, and the way out; a query needs no key.
func TestLostAWSFilesOfReaders(t *testing.T) {
	data, _ := folderWithStore(t)
	paths := dataPaths{data}
	if err := os.RemoveAll(filepath.Dir(paths.credentials())); err != nil {
		t.Fatal(err)
	}
	if got := rowsOf(t, data, "cohort"); got != "n\n0\n" {
		t.Errorf("%q", got)
	}
	way := paths.credentials() +
		" is not there: put it back from a backup, or have it written with the administrator's key: " +
		"varlake access-key list --data " + data
	if _, words := cli(t, exitError, "env", "--data", data); words != "varlake: "+way+"\n" {
		t.Errorf("env: %q", words)
	}
	t.Setenv("VARLAKE_PROFILE", "one")
	if _, words := cli(t, exitError, "query", "SELECT 1", "--data", data); words != "varlake: "+way+"\n" {
		t.Errorf("query: %q", words)
	}
}

// A key that the state does not know is named with its file.
func TestWrongKeyInItsFile(t *testing.T) {
	data, _ := folderWithStore(t)
	paths := dataPaths{data}
	text := "[varlake]\naws_access_key_id = AKIAAAAAAAAAAAAAAAAA\naws_secret_access_key = x\naws_account_id = 123456789012\n"
	write(t, paths.credentials(), text)
	_, words := cli(t, exitDenied, "store", "list", "--data", data)
	want := "hint: key AKIAAAAAAAAAAAAAAAAA is profile varlake of " + paths.credentials() +
		"; if that is not the folder's, move the file away"
	if !strings.Contains(words, want) {
		t.Errorf("%q, want %q", words, want)
	}
}

func keysOf(t *testing.T, data string) (keys []accessKey) {
	t.Helper()
	out, _ := cli(t, exitOK, "access-key", "list", "--json", "--data", data)
	if err := json.Unmarshal([]byte(out), &keys); err != nil {
		t.Fatal(err)
	}
	return keys
}

func deleteKey(t *testing.T, data, name string) {
	t.Helper()
	for _, key := range keysOf(t, data) {
		if key.Name == name {
			cli(t, exitOK, "access-key", "delete", key.AccessKeyID, "--data", data)
		}
	}
}

// A state that is damaged where only some commands look is named by them, with the way out, and recovered.
func TestStateDamagedInTheMiddle(t *testing.T) {
	data, _ := folderWithStore(t)
	paths := dataPaths{data}
	cli(t, exitError, "recover", "--data", data) // it is whole
	damage(t, paths.state(), "sqlite_autoindex_access_keys_1")
	_, words := cli(t, exitError, "store", "list", "--data", data)
	want := "hint: " + paths.state() + " is damaged: with no command or server running, put it back from a backup; " +
		"or have the state rebuilt from the tables: varlake recover --data " + data
	if !strings.Contains(words, want) {
		t.Errorf("%q, want %q", words, want)
	}
	if _, words := cli(t, exitOK, "recover", "--data", data); !strings.Contains(words,
		"its state, varlake.db, is damaged: ") {
		t.Errorf("recover: %q", words)
	}
	cli(t, exitOK, "recover", "--yes", "--data", data)
	cli(t, exitOK, "store", "get", "cohort", "--data", data)
}

// A check of all looks at every page of the state: an index that nothing of the check reads is found.
func TestCheckFindsDamagedState(t *testing.T) {
	data, _ := folderWithStore(t)
	paths := dataPaths{data}
	cli(t, exitOK, "check", "--data", data)
	damage(t, paths.state(), "item_headers_header")
	found, _ := cli(t, exitError, "check", "--data", data)
	if lines := strings.Split(found, "\n"); !strings.HasPrefix(lines[0], "varlake.db: ") ||
		!strings.HasSuffix(lines[0], ": varlake recover") {
		t.Errorf("%q", found)
	}
	cli(t, exitOK, "check", "cohort", "--data", data)
	cli(t, exitOK, "recover", "--yes", "--data", data)
	cli(t, exitOK, "check", "--data", data)
}

// Credentials that are there without the folder's own profile are told with the way out, and that works.
func TestCutCredentials(t *testing.T) {
	data, _ := folderWithStore(t)
	paths := dataPaths{data}
	write(t, paths.credentials(), "")
	_, words := cli(t, exitError, "store", "list", "--data", data)
	if want := paths.credentials() +
		": no such profile: varlake: put the file back from a backup; or move it away, and have it written with the administrator's key: " +
		"varlake access-key list --data " + data; !strings.Contains(words, want) {
		t.Errorf("%q", words)
	}
	if err := os.Rename(paths.credentials(), paths.credentials()+".away"); err != nil {
		t.Fatal(err)
	}
	cli(t, exitOK, "access-key", "list", "--data", data)
	cli(t, exitOK, "store", "list", "--data", data)
}

// damage overwrites the first page of a table or an index of a state file that nobody has open.
func damage(t *testing.T, path, name string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	var root, size int64
	err = db.QueryRow(`SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = ?`,
		name).Scan(&root, &size)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt(bytes.Repeat([]byte{0xA5}, int(size)), (root-1)*size); err != nil {
		t.Fatal(err)
	}
}
