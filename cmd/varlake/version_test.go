package main

import (
	"runtime/debug"
	"testing"
)

// TestVersion: the version is what the Makefile says, else that of the module which was installed.
func TestVersion(t *testing.T) {
	built := func(version string) *debug.BuildInfo {
		return &debug.BuildInfo{GoVersion: "go1.26", Main: debug.Module{Version: version}}
	}
	for name, test := range map[string]struct {
		set  string
		info *debug.BuildInfo
		want string
	}{
		"make build":        {"v1.2.3-4-gabc", built("v1.2.4-0.20261130-abc"), "v1.2.3-4-gabc (go1.26)"},
		"go install":        {"", built("v1.2.3"), "v1.2.3 (go1.26)"},
		"go run":            {"", built("(devel)"), "dev (go1.26)"},
		"without versions":  {"", built(""), "dev (go1.26)"},
		"without the build": {"v1", nil, "v1"},
	} {
		if got := describeVersion(test.set, test.info); got != test.want {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
	}
}
