package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// goes are ways for a server to leave, with the connection of a request in its hands.
var goes = map[string]func(*net.TCPConn){
	"reset":          func(c *net.TCPConn) { _ = c.SetLinger(0) },
	"closed":         func(*net.TCPConn) {},
	"half an answer": func(c *net.TCPConn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{") },
	"reset in a chunk": func(c *net.TCPConn) {
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{")
		_ = c.SetLinger(0)
	},
}

// leaving is a server that leaves at each request but those that answer takes.
func leaving(t *testing.T, leave func(*net.TCPConn), answer func(w http.ResponseWriter, r *http.Request) bool) *client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answer != nil && answer(w, r) {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		leave(connection.(*net.TCPConn))
		connection.Close()
	}))
	t.Cleanup(server.Close)
	return &client{endpoint: server.URL, region: "us-east-1", account: "123456789012", keyID: "AKIA", secret: "secret"}
}

// socketWords are what Go says of connections.
var socketWords = regexp.MustCompile(`EOF|tcp|reset|refused|canceled|"`)

// A server that goes away is named, with what to do; nothing is said of sockets.
func TestServerGoesAway(t *testing.T) {
	get := func(c *client) error {
		_, _, err := call[omics.GetVariantStoreOut](t.Context(), c, "GetVariantStore", &omics.GetVariantStoreIn{Name: "mito"})
		return err
	}
	remove := func(c *client) error {
		_, _, err := call[omics.DeleteVariantStoreOut](t.Context(), c, "DeleteVariantStore",
			&omics.DeleteVariantStoreIn{Name: "mito"})
		return err
	}
	check := func(c *client) error {
		_, err := askCheck(t.Context(), c, own.CheckIn{}, io.Discard)
		return err
	}
	export := func(c *client) error {
		return c.export(t.Context(), own.ExportIn{}, io.Discard,
			func(text io.Reader) (int64, error) { return io.Copy(io.Discard, text) })
	}
	compact := func(c *client) error {
		return runCompact(t.Context(), c, compactOptions{json: true}, io.Discard, io.Discard)
	}
	for way, leave := range goes {
		for name, test := range map[string]struct {
			ask  func(*client) error
			then string
		}{
			"get": {get, "run the command again"}, "delete": {remove,
				"look whether it was done before you run the command again"},
			"check": {check, "run the command again"}, "export": {export, "run the command again"}, "compact": {compact,
				"run the command again"},
		} {
			c := leaving(t, leave, nil)
			got := words(test.ask(c))
			want := fmt.Sprintf("the server at %s went away before it had answered; once it runs again (varlake serve), %s",
				c.endpoint, test.then)
			if strings.TrimPrefix(got, "the export broke off: ") != want || socketWords.MatchString(got) {
				t.Errorf("%s, %s: %s\nwant %s", way, name, got, want)
			}
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	c := &client{endpoint: "http://" + listener.Addr().String(), region: "us-east-1", account: "123456789012",
		keyID: "AKIA", secret: "secret"}
	want := fmt.Sprintf("the server at %s does not answer: it was stopped, or is being restarted; once it runs again (varlake serve), run the command again", c.endpoint)
	for _, err := range []error{get(c), remove(c), check(c)} {
		if got := words(err); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}

// What the user interrupts is said so.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := leaving(t, nil, func(_ http.ResponseWriter, r *http.Request) bool {
		cancel()
		<-r.Context().Done()
		return true
	})
	_, _, err := call[omics.GetVariantStoreOut](ctx, c, "GetVariantStore", &omics.GetVariantStoreIn{Name: "mito"})
	if got := words(err); got != "interrupted" {
		t.Errorf("got %q", got)
	}
}

// A server that goes away while a command waits for its job goes on with that when it is started again, and needs the
// file. So it may when it goes away before it has told of the job.
func TestServerGoesAwayFromAJob(t *testing.T) {
	for then, told := range map[string]bool{
		"it goes on with the job: varlake job wait 0a1b2c3d-0000-4000-8000-000000000007": true,
		"look whether it was done before you run the command again":                      false,
	} {
		goFromJob(t, told, then)
	}
}

func goFromJob(t *testing.T, told bool, then string) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "a.vcf"), []byte("##fileformat=VCFv4.2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	uploads := t.TempDir()
	c := &connection{Buckets: map[string]string{uploadsBucket: uploads}}
	c.client = leaving(t, goes["reset"], func(w http.ResponseWriter, r *http.Request) bool {
		if !told || r.Method != http.MethodPost {
			return false
		}
		fmt.Fprint(w, `{"jobId": "0a1b2c3d-0000-4000-8000-000000000007"}`)
		return true
	})
	opts := importOptions{kind: variantJobs, store: "mito", sources: []string{filepath.Join(folder, "a.vcf")}}
	opts.request = opts.variantRequest
	sources, err := findSources(opts.sources)
	if err != nil {
		t.Fatal(err)
	}
	err = importSources(t.Context(), c, opts, sources, io.Discard, io.Discard)
	want := fmt.Sprintf("the server at %s went away before it had answered; once it runs again (varlake serve), %s",
		c.endpoint, then)
	if got := words(err); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if left, err := filepath.Glob(filepath.Join(uploads, "*", "*", "a.vcf")); err != nil || len(left) != 1 {
		t.Errorf("the job's file: %q, %v", left, err)
	}
}
