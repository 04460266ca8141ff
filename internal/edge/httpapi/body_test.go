package httpapi

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
	"github.com/varlake/varlake/internal/wire/sigv4"
)

// hold opens a connection and sends a request that is signed with a key that exists but not with its secret, all but
// the last byte of the body.
func hold(t *testing.T, s *rawServer, path string, length int) net.Conn {
	t.Helper()
	r := s.request(t, "POST", path, "")
	if err := sigv4.Sign(r, nil, sigv4.Credentials{AccessKeyID: testKeyID, Secret: "guess"}, testRegion, "omics",
		time.Now()); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", r.URL.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	var head bytes.Buffer
	fmt.Fprintf(&head, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", path, r.URL.Host, length)
	if err := r.Header.Write(&head); err != nil {
		t.Fatal(err)
	}
	head.WriteString("\r\n")
	if _, err := conn.Write(head.Bytes()); err != nil {
		t.Fatal(err)
	}
	return conn
}

func readAnswer(t *testing.T, conn net.Conn) (response *http.Response, body string) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

// used waits until so many bytes of bodies are reserved: by then the server has the headers of every request that was
// sent.
func (b *budget) waitFor(t *testing.T, want int64) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		b.mu.Lock()
		used := b.used
		b.mu.Unlock()
		if used == want {
			return
		}
	}
	t.Fatalf("%d bytes are not reserved", want)
}

// TestHeldBodiesAreBounded: bodies that are held back take their share of memory and no more. Others are told to come
// back, in words that AWS's SDKs act on; small requests go on.
func TestHeldBodiesAreBounded(t *testing.T) {
	answer := answering(func() (*omics.GetVariantImportJobOut, error) { return &omics.GetVariantImportJobOut{}, nil })
	var starts *omics.StartVariantImportJobIn
	var log logBuffer
	h := newHandler(testConfig(&log),
		[]Route{answer, keep[omics.StartVariantImportJobIn, omics.StartVariantImportJobOut]("StartVariantImportJob",
			&starts)})
	s := &rawServer{Server: httptest.NewServer(h)}
	t.Cleanup(s.Close)

	var held []net.Conn
	for range largeBodies / 4 / omics.LargeBody {
		held = append(held, hold(t, s, "/import/variant", omics.LargeBody))
	}
	h.large.waitFor(t, largeBodies/4)
	r, body := readAnswer(t, hold(t, s, "/import/variant", omics.LargeBody))
	if r.StatusCode != 503 || r.Header.Get("X-Amzn-ErrorType") != "ServiceUnavailable" ||
		r.Header.Get("Retry-After") != "1" || !r.Close ||
		!strings.Contains(body, "Please try again") {
		t.Errorf("status %d, %v, closes %v: %s", r.StatusCode, r.Header, r.Close, body)
	}
	if _, ok := retry.DefaultRetryableHTTPStatusCodes[r.StatusCode]; !ok {
		t.Errorf("the SDK does not retry status %d", r.StatusCode)
	}
	if a := s.send(t, "GET", "/import/variant/"+jobID, ""); a.status != 200 {
		t.Errorf("a small request gets status %d: %s", a.status, a.body)
	}
	if a := s.send(t, "POST", "/import/variant", `{}`); a.status != 400 {
		t.Errorf("a request with a small body gets status %d: %s", a.status, a.body)
	}
	for _, conn := range held {
		conn.Close()
	}
	h.large.waitFor(t, 0)
	next := hold(t, s, "/import/variant", omics.LargeBody)
	h.large.waitFor(t, omics.LargeBody)
	next.Close()
	h.large.waitFor(t, 0)
	h.little.waitFor(t, 0)
}

// A body of unknown length is held in its own length once it is there, and not for as long as the answer to it takes.
func TestReadBodiesAreNotHeld(t *testing.T) {
	config := testConfig(new(logBuffer))
	var h *handler
	config.Tags = func(context.Context, string, string) (map[string]string, error) { // asked once the body was decoded
		h.large.waitFor(t, 2)
		return map[string]string{}, nil
	}
	config.Key = func(context.Context, string) (Key, bool, error) {
		return Key{testSecret, testAccount, testARN,
			parsePolicies(t, allowIf(`{"StringNotEquals": {"aws:ResourceTag/a": "b"}}`))}, true, nil
	}
	config.Own = []Route{Stream(own.Query, func(context.Context, *own.QueryIn, own.Answer) error {
		h.large.waitFor(t, 0)
		return nil
	})}
	h = newHandler(config, nil)
	s := &rawServer{Server: httptest.NewServer(h)}
	t.Cleanup(s.Close)
	r := s.request(t, "POST", own.Query.Path, "{}")
	if err := sigv4.Sign(r, []byte("{}"), sigv4.Credentials{AccessKeyID: testKeyID, Secret: testSecret}, testRegion,
		"omics", time.Now()); err != nil {
		t.Fatal(err)
	}
	r.ContentLength, r.Body = -1, io.NopCloser(strings.NewReader("{}"))
	response, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("status %d", response.StatusCode)
	}
	h.large.waitFor(t, 0)
}

func TestBudget(t *testing.T) {
	b := newBudget(100)
	take := func(n int64, account, address string, want bool) func(int64) {
		t.Helper()
		giveBack, ok := b.take(n, account, address)
		if ok != want {
			t.Fatalf("%d bytes of %s from %s: %v, want %v", n, account, address, ok, want)
		}
		return giveBack
	}
	first := take(25, "a", "x", true)
	take(1, "a", "x", false) // an address may have a quarter
	take(1, "b", "x", false)
	take(25, "a", "y", true)
	take(1, "a", "z", false) // an account half
	take(25, "b", "z", true)
	take(25, "c", "w", true)
	take(1, "d", "v", false) // all of them all
	first(5)
	take(6, "b", "x", false)
	take(5, "b", "x", true)
	first(20)
	take(1, "b", "x", true)
	take(19, "d", "v", true)
}

// TestPacedReader: a body may take as long as minBodyRate allows.
func TestPacedReader(t *testing.T) {
	deadlines := &deadlineWriter{ResponseRecorder: httptest.NewRecorder()}
	start := time.Unix(1000, 0)
	p := &pacedReader{body: strings.NewReader(strings.Repeat("x", 3*minBodyRate)),
		control: http.NewResponseController(deadlines), start: start, grace: 10 * time.Second}
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, p, make([]byte, minBodyRate)); err != nil {
		t.Fatal(err)
	}
	for i, deadline := range deadlines.set {
		if want := start.Add(time.Duration(10+min(i, 3)) * time.Second); !deadline.Equal(want) {
			t.Errorf("read %d: deadline %v, want %v", i, deadline, want)
		}
	}
	if len(deadlines.set) != 4 {
		t.Errorf("%d reads, want 4", len(deadlines.set))
	}
}

type deadlineWriter struct {
	*httptest.ResponseRecorder
	set []time.Time
}

func (w *deadlineWriter) SetReadDeadline(at time.Time) error {
	w.set = append(w.set, at)
	return nil
}
