// Package scripts tests the scripts beside it.
package scripts

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestVulncheck runs vulncheck.sh with a go command that plays govulncheck.
func TestVulncheck(t *testing.T) {
	const unreachable = `govulncheck: fetching vulnerabilities: Get "https://vuln.example.com/index/modules.json.gz": dial tcp: lookup vuln.example.com: no such host`
	for name, test := range map[string]struct {
		stdout, stderr string
		exit, want     int
	}{
		"nothing found":                   {"No vulnerabilities found.", "", 0, 0},
		"found":                           {"Your code is affected by 1 vulnerability from 1 module.", "", 3, 3},
		"found, in words of the network":  {"lookup of 403 Forbidden dial tcp connection refused: i/o timeout", "", 3, 3},
		"found, in words of the database": {unreachable, "", 3, 3},
		"no database":                     {"", "go: downloading golang.org/x/vuln v1.9.0\n" + unreachable, 1, 0},
		"code that does not compile":      {"", "govulncheck: loading packages: lookup x: 403 Forbidden", 1, 1},
		"a tool that cannot be fetched": {"",
			"go: golang.org/x/vuln@v1.9.0: dial tcp: lookup proxy.example.com: no such host", 1, 1},
		"no database, then another error": {"", unreachable + "\ngovulncheck: panic", 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			program := "#!/bin/sh\nprintf '%s\\n' \"$STDOUT\"\nprintf '%s\\n' \"$STDERR\" >&2\nexit $EXIT\n"
			if err := os.WriteFile(filepath.Join(dir, "go"), []byte(program), 0o700); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("./vulncheck.sh")
			cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "STDOUT="+test.stdout, "STDERR="+test.stderr,
				"EXIT="+string(rune('0'+test.exit)))
			out, err := cmd.CombinedOutput()
			var failed *exec.ExitError
			got := 0
			if errors.As(err, &failed) {
				got = failed.ExitCode()
			} else if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("exit status %d, want %d:\n%s", got, test.want, out)
			}
		})
	}
}
