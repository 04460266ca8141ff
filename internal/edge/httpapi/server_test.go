package httpapi

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/varlake/varlake/internal/wire/policy"
	"github.com/varlake/varlake/internal/wire/sigv4"
)

const (
	testKeyID   = "AKIATESTTESTTESTTEST"
	testSecret  = "secretsecretsecretsecretsecretsecretsecr"
	testAccount = "123456789012"
	testRegion  = "us-east-1"
	testARN     = "arn:aws:iam::123456789012:user/admin"
)

// administrator may do everything.
var administrator = func() *policy.Document {
	document, err := policy.Parse(
		[]byte(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`))
	if err != nil {
		panic(err)
	}
	return document
}()

var testKey = Key{testSecret, testAccount, testARN, []*policy.Document{administrator}}

func testConfig(log io.Writer) Config {
	return Config{
		Region: testRegion,
		Log:    slog.New(slog.NewJSONHandler(log, nil)),
		Key: func(_ context.Context, id string) (Key, bool, error) {
			return testKey, id == testKeyID, nil
		},
		Registry: prometheus.NewRegistry(),
	}
}

// logBuffer takes the server's log while the test reads it.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// rawServer serves the given routes.
type rawServer struct {
	*httptest.Server
	log logBuffer
}

func newRawServer(t *testing.T, change func(*Config), list ...Route) *rawServer {
	t.Helper()
	s := &rawServer{}
	c := testConfig(&s.log)
	if change != nil {
		change(&c)
	}
	s.Server = httptest.NewServer(newHandler(c, list))
	t.Cleanup(s.Close)
	return s
}

// answer is a response, read.
type answer struct {
	status int
	code   string
	body   string
	header http.Header
}

// send signs and sends a request whose target goes on the request line as it is.
func (s *rawServer) send(t *testing.T, method, target, body string, header ...string) answer {
	t.Helper()
	r := s.request(t, method, target, body)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	creds := sigv4.Credentials{AccessKeyID: testKeyID, Secret: testSecret}
	if err := sigv4.Sign(r, []byte(body), creds, testRegion, "omics", time.Now()); err != nil {
		t.Fatal(err)
	}
	return s.do(t, r)
}

func (s *rawServer) request(t *testing.T, method, target, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, s.URL+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (s *rawServer) do(t *testing.T, r *http.Request) answer {
	t.Helper()
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header.Get("x-amzn-ErrorType"), string(body), resp.Header}
}
