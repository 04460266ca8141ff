package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSecretFlag: a value that others must not see comes from a file or the environment, and no error shows it.
func TestSecretFlag(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return "@" + path
	}
	const secret = "https://user:hunter2@events.example/hook?token=hunter2"
	file := write("url", "  "+secret+"\n")
	for _, test := range []struct{ flag, environment, want, words string }{
		{secret, "", secret, ""},
		{"", secret, secret, ""},
		{file, "", secret, ""},
		{"", file, secret, ""},
		{"https://flag.example", secret, "https://flag.example", ""},
		{"", "", "", ""},
		{"@" + filepath.Join(dir, "gone"), "", "", "no such file"},
		{write("empty", "\n"), "", "", "does not hold one line"},
		{write("two", secret+"\n"+secret), "", "", "does not hold one line"},
		{write("long", strings.Repeat("x", maxSecretFile+1)), "", "", "longer than"},
	} {
		t.Setenv("VARLAKE_TEST_SECRET", test.environment)
		got, err := secretFlag("events-webhook", test.flag, "VARLAKE_TEST_SECRET")
		if got != test.want || (err == nil) != (test.words == "") {
			t.Errorf("%q, %q: %q, %v", test.flag, test.environment, got, err)
		}
		if err != nil && (!strings.Contains(err.Error(), test.words) ||
			!strings.HasPrefix(err.Error(), "--events-webhook: ") || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%q, %q: error %v", test.flag, test.environment, err)
		}
	}
}

func TestCheckEndpoint(t *testing.T) {
	for endpoint, ok := range map[string]bool{
		"": true, "http://127.0.0.1:9000": true, "https://s3.example/path": true,
		"s3.example": false, "ftp://s3.example": false, "https://": false, "https://u:hunter2@s3.example": false,
		"https://s3.example?token=hunter2": false,
		"https://u:hunter2@s3.example:x":   false,
	} {
		if err := checkEndpoint(endpoint); (err == nil) != ok || err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}
