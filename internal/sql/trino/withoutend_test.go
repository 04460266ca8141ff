package trino

import "testing"

func TestWithoutEnd(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1;":              "SELECT 1",
		"SELECT 1 ; -- done":     "SELECT 1 ",
		"SELECT 1;;":             "SELECT 1;", // one is taken off
		"SELECT 1; SELECT 2":     "SELECT 1; SELECT 2",
		"SELECT ';'":             "SELECT ';'",
		"SELECT 1 -- ;":          "SELECT 1 -- ;",
		"SELECT \";\"":           "SELECT \";\"",
		";":                      ";",
		"":                       "",
		"SELECT 'é' /* ; */ ;\n": "SELECT 'é' /* ; */ ",
	} {
		if got := WithoutEnd(sql); got != want {
			t.Errorf("WithoutEnd(%q) = %q, want %q", sql, got, want)
		}
	}
}
