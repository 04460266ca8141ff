package blobtest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestForeignServer: a port that was free a moment ago is another program's now. It is not taken for the server.
func TestForeignServer(t *testing.T) {
	program, err := buildServer()
	if err != nil {
		unable(t, err)
	}
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	}))
	defer foreign.Close()
	if _, err := start(t, program, strings.TrimPrefix(foreign.URL, "http://")); err == nil ||
		!strings.Contains(err.Error(), "it ended") {
		t.Errorf("at the address of another: %v", err)
	}
	StartS3(t).NewBucket(t)
}
