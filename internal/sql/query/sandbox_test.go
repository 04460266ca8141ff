//go:build linux

package query

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fooledName is a worker without a gate: it runs every statement it is given,
// as if each had fooled the gate, with only the layers below it in place.
const fooledName = "varlake-query-fooled"

type fooled struct {
	Request    request
	Locked     bool // DuckDB's own locks
	Confined   bool // the kernel's
	Statements []string
}

func init() {
	if len(os.Args) == 0 || os.Args[0] != fooledName {
		return
	}
	var f fooled
	if err := json.NewDecoder(bufio.NewReader(os.Stdin)).Decode(&f); err != nil {
		panic(err)
	}
	s, err := openSession(map[string]string{"threads": "1", "temp_directory": ""})
	if err != nil {
		panic(err)
	}
	layers := "none"
	if f.Confined {
		if layers, _, err = confine(&f.Request); err != nil {
			panic(err)
		}
	}
	if f.Locked {
		if err := s.lock(&f.Request); err != nil {
			panic(err)
		}
	}
	out := []string{layers}
	for _, sql := range f.Statements {
		result := "done"
		if strings.HasPrefix(sql, "go ") {
			result = outside(strings.TrimPrefix(sql, "go "))
		} else if err := s.exec(sql); err != nil {
			result = err.Error()
		}
		out = append(out, result)
	}
	_ = json.NewEncoder(os.Stdout).Encode(out)
	os.Exit(0)
}

// outside does what an attacker would who can run code of his own.
func outside(what string) string {
	what, arg, _ := strings.Cut(what, " ")
	var err error
	switch what {
	case "write":
		err = os.WriteFile(arg, []byte("x"), 0o600)
	case "truncate":
		err = os.Truncate(arg, 0)
	case "remove":
		err = os.Remove(arg)
	case "rename":
		err = os.Rename(arg, arg+".gone")
	case "link":
		err = os.Link(arg, arg+".link")
	case "chmod":
		err = os.Chmod(arg, 0o777)
	case "dial":
		_, err = net.Dial("tcp", arg)
	case "listen":
		_, err = net.Listen("tcp", arg)
	case "exec":
		err = exec.Command(arg).Run()
	case "read":
		_, err = os.ReadFile(arg)
	}
	if err != nil {
		return err.Error()
	}
	return "done"
}

func runFooled(t *testing.T, f fooled) []string {
	t.Helper()
	input, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := &exec.Cmd{Path: "/proc/self/exe", Args: []string{fooledName}, Stdin: bytes.NewReader(input), Stderr: &stderr,
		Dir: t.TempDir()}
	output, err := cmd.Output()
	var results []string
	if err != nil || json.Unmarshal(output, &results) != nil {
		t.Fatalf("%v: %s%s", err, output, stderr.String())
	}
	return results
}

// TestLayersBelowTheGate shows what each layer does on its own when a statement has fooled the gate.
func TestLayersBelowTheGate(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data.parquet")
	secret := filepath.Join(dir, "secret.csv")
	if err := os.WriteFile(secret, []byte("a\nhunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fresh := func() []byte {
		s := openDialect(t)
		if err := s.exec("COPY (SELECT 1 AS a) TO " + quoteLiteral(data)); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(data)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	req := request{MemoryLimit: 1 << 30, Threads: 2, Tables: []Table{{Name: "t", Files: []string{data}}}}
	read := "CREATE TABLE own AS SELECT * FROM read_parquet(" + quoteLiteral(data) + ")"
	overwrite := "COPY (SELECT 2 AS a) TO " + quoteLiteral(data) + " (FORMAT parquet, USE_TMP_FILE false)"
	elsewhere := "COPY (SELECT 2 AS a) TO " + quoteLiteral(filepath.Join(dir, "new.parquet"))
	peek := "SELECT * FROM read_csv(" + quoteLiteral(secret) + ")"

	t.Run("DuckDB's locks alone let data files be overwritten", func(t *testing.T) {
		before := fresh()
		got := runFooled(t, fooled{Request: req, Locked: true, Statements: []string{read, peek, elsewhere, "SET threads = 1",
			"ATTACH '" + dir + "/x.db'", "INSTALL httpfs", overwrite}})
		for i, want := range []string{"none", "done", "Permission Error", "Permission Error", "configuration has been locked",
			"Permission Error", "", "done"} {
			if !strings.Contains(got[i], want) {
				t.Errorf("result %d: %s, want %s", i, got[i], want)
			}
		}
		after, err := os.ReadFile(data)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(before, after) {
			t.Error("the file was not overwritten: DuckDB's locks are better than thought, say so in the package comment")
		}
	})
	for name, locked := range map[string]bool{"the kernel alone": false, "both": true} {
		t.Run(name, func(t *testing.T) {
			before := fresh()
			attacks := []string{overwrite, elsewhere, peek, "SELECT * FROM read_text('/etc/passwd')",
				"SELECT * FROM glob('/etc/*')",
				"COPY (SELECT 1) TO '/dev/shm/x.csv'", "ATTACH '" + dir + "/x.db'", "EXPORT DATABASE '" + dir + "/out'",
				"LOAD '" + data + "'",
				"go write " + data, "go write " + dir + "/x", "go truncate " + data, "go remove " + data, "go rename " + data,
				"go link " + data,
				"go chmod " + data, "go dial " + server.Addr().String(), "go listen 127.0.0.1:0", "go exec /bin/true"}
			got := runFooled(t, fooled{Request: req, Locked: locked, Confined: true,
				Statements: append([]string{read}, attacks...)})
			if got[1] != "done" {
				t.Fatalf("reading the pinned file: %s", got[1])
			}
			t.Log("layers:", got[0])
			landlocked := strings.Contains(got[0], "landlock")
			for i, sql := range attacks {
				reads := strings.Contains(sql, "read_") || strings.Contains(sql, "glob")
				if strings.Contains(sql, "glob") && !locked {
					continue // gives no rows; stat is not refused
				}
				if got[i+2] == "done" && (landlocked || !reads) {
					t.Errorf("%s: done", sql)
				}
			}
			after, err := os.ReadFile(data)
			if err != nil || !bytes.Equal(before, after) {
				t.Errorf("the data file changed: %v", err)
			}
			if files, _ := filepath.Glob(dir + "/*"); len(files) != 2 {
				t.Errorf("files were made: %v", files)
			}
		})
	}
}

// TestWorkerIsBare checks what a worker could give away if everything failed.
func TestWorkerIsBare(t *testing.T) {
	t.Setenv("VARLAKE_SECRET", "hunter2")
	e := newEngine(t, Options{})
	rows, err := e.Query(t.Context(), nil, "SELECT * FROM range(100000000000)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if want := "seccomp"; !strings.Contains(rows.layers, want) {
		t.Logf("layers are %q", rows.layers)
	}
	proc := fmt.Sprintf("/proc/%d/", rows.w.cmd.Process.Pid)
	env, err := os.ReadFile(proc + "environ")
	if err != nil || strings.Contains(string(env), "hunter2") || strings.Contains(string(env), "PATH") {
		t.Errorf("environment of a worker: %q, %v", env, err)
	}
	fds, err := os.ReadDir(proc + "fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		target, err := os.Readlink(proc + "fd/" + fd.Name())
		plain := target == "/dev/null" || strings.HasPrefix(target, "pipe:") || strings.HasPrefix(target, "anon_inode:")
		if err == nil && !plain && !strings.HasPrefix(target, "/proc/") && !strings.HasPrefix(target, "/sys/") {
			t.Errorf("a worker has %s open", target)
		}
	}
}

// TestPatternPath reads a file whose path DuckDB would take for a pattern.
func TestPatternPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a[1]*?", "sampleid=x")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	tables := writeStore(t, dir)
	e := newEngine(t, Options{})
	if out, err := run(t, e, tables, "SELECT count(*) n, count(sampleid) s FROM variants"); err != nil ||
		out != `[{"n":6,"s":5}]` {
		t.Errorf("%s, %v", out, err)
	}
}
