package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/act/ops"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
	"github.com/varlake/varlake/internal/wire/sigv4"
)

func TestEveryOperationIsRouted(t *testing.T) {
	var got, want []string
	for _, r := range routes(&ops.Service{}) {
		got = append(got, r.operation.Name)
	}
	for _, o := range omics.Operations {
		want = append(want, o.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// answering makes a route of GetVariantImportJob with the given outcome.
func answering(f func() (*omics.GetVariantImportJobOut, error)) Route {
	return op("GetVariantImportJob", func(context.Context, *omics.GetVariantImportJobIn) (*omics.GetVariantImportJobOut,
		error) {
		return f()
	})
}

var requestID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestErrors(t *testing.T) {
	cause := errors.New("secret detail")
	tests := []struct {
		name    string
		err     error
		status  int
		code    string
		message string // "" for the internal one
		logged  string
	}{
		{"listed", omics.NotFound("Job %s was not found.", jobID), 404, "ResourceNotFoundException",
			"Job " + jobID + " was not found.", `"code":"ResourceNotFoundException"`},
		{"listed with a cause", &omics.Error{Code: omics.CodeThrottling, Message: "Rate exceeded", Err: cause}, 429,
			"ThrottlingException", "Rate exceeded", "secret detail"},
		{"wrapped", fmt.Errorf("get job: %w", omics.AccessDenied("no")), 403, "AccessDeniedException", "no", `"status":403`},
		{"not of this operation", omics.Conflict("in use"), 500, "InternalServerException", "", "does not list"},
		{"quota, not of this operation", fmt.Errorf("x: %w", omics.Quota("too many")), 500, "InternalServerException", "",
			"does not list"},
		{"any other", fmt.Errorf("open database: %w", cause), 500, "InternalServerException", "", "secret detail"},
		{"internal", omics.Internal(cause), 500, "InternalServerException", "", "secret detail"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newRawServer(t, nil, answering(func() (*omics.GetVariantImportJobOut, error) { return nil, test.err }))
			checkError(t, s, test.status, test.code, test.message, test.logged)
		})
	}
	t.Run("any other, with a cause to tell", func(t *testing.T) {
		s := newRawServer(t, func(c *Config) {
			c.Cause = func(err error) string {
				if errors.Is(err, cause) {
					return "the disk is full"
				}
				return ""
			}
		}, answering(func() (*omics.GetVariantImportJobOut, error) { return nil, fmt.Errorf("open database: %w", cause) }))
		a := s.send(t, "GET", "/import/variant/"+jobID, "")
		if want := "An internal error has occurred: the disk is full. Request ID: " +
			a.header.Get("x-amzn-RequestId"); a.status != 500 || message(t, a) != want {
			t.Errorf("%d %q, want %q", a.status, message(t, a), want)
		}
	})
	t.Run("panic", func(t *testing.T) {
		s := newRawServer(t, nil, answering(func() (*omics.GetVariantImportJobOut, error) { panic(cause) }))
		checkError(t, s, 500, "InternalServerException", "", "panic: secret detail")
	})
	t.Run("answer that cannot be written", func(t *testing.T) {
		s := newRawServer(t, nil, answering(func() (*omics.GetVariantImportJobOut, error) {
			return &omics.GetVariantImportJobOut{CreationTime: omics.Time{Time: time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)}},
				nil
		}))
		checkError(t, s, 500, "InternalServerException", "", "encode answer")
	})
}

func checkError(t *testing.T, s *rawServer, status int, code, text, logged string) {
	t.Helper()
	a := s.send(t, "GET", "/import/variant/"+jobID, "")
	id := a.header.Get("x-amzn-RequestId")
	if !requestID.MatchString(id) {
		t.Errorf("request id %q", id)
	}
	if text == "" {
		text = "An internal error has occurred. Request ID: " + id
	}
	if a.status != status || a.code != code || message(t, a) != text {
		t.Errorf("status %d, code %s, message %q; want %d, %s, %q", a.status, a.code, message(t, a), status, code, text)
	}
	s.Close() // waits for the request to be logged
	for _, want := range []string{logged, `"request_id":"` + id, `"operation":"GetVariantImportJob"`,
		`"account":"` + testAccount, `"key_id":"` + testKeyID} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("the log lacks %q: %s", want, s.log.String())
		}
	}
	if strings.Contains(s.log.String(), testSecret) {
		t.Error("the log has the secret key")
	}
}

func TestRouting(t *testing.T) {
	s := newRawServer(t, nil, routes(nil)...)
	tests := []struct {
		method, target string
		status         int
		allow          string
	}{
		{"GET", "/", 404, ""},
		{"GET", "/nothing", 404, ""},
		{"POST", "/variantstore", 404, ""},
		{"POST", "/variant%53tore", 404, ""},
		{"POST", "/variantStore/", 404, ""},
		{"POST", "//variantStore", 404, ""},
		{"POST", "/./variantStore", 404, ""},
		{"POST", "/x/../variantStore", 404, ""},
		{"GET", "/variantStore/..", 404, ""},
		{"GET", "/import/variant/", 404, ""},
		{"GET", "/import/variant/" + jobID + "/", 404, ""},
		{"GET", "/tags/arn:aws:omics:us-east-1:123456789012:variantStore/x", 404, ""},
		{"GET", "/varlake/query", 404, ""},
		{"PUT", "/variantStore", 405, "POST"},
		{"HEAD", "/variantStore/store", 405, "DELETE, GET, POST"},
		{"OPTIONS", "/variantStores", 405, "POST"},
		{"TRACE", "/import/variant/" + jobID, 405, "DELETE, GET"},
	}
	for _, test := range tests {
		a := s.send(t, test.method, test.target, "")
		if a.status != test.status || a.code != unknownOperation || a.header.Get("Allow") != test.allow {
			t.Errorf("%s %s: status %d, code %s, allow %q, want %d, %q", test.method, test.target, a.status, a.code,
				a.header.Get("Allow"), test.status, test.allow)
		}
		// Who has not signed learns nothing about paths.
		if a := s.do(t, s.request(t, test.method, test.target, "")); a.status != 403 ||
			a.code != "MissingAuthenticationTokenException" {
			t.Errorf("%s %s unsigned: status %d, code %s", test.method, test.target, a.status, a.code)
		}
	}
}

func TestSignatureIsAsked(t *testing.T) {
	var in *omics.CreateVariantStoreIn
	s := newRawServer(t, nil, keep[omics.CreateVariantStoreIn, omics.CreateVariantStoreOut]("CreateVariantStore", &in))
	const body = `{"reference":{"referenceArn":"arn:x"}}`
	signed := func(keyID, secret string, at time.Time) *http.Request {
		r := s.request(t, "POST", "/variantStore", body)
		if err := sigv4.Sign(r, []byte(body), sigv4.Credentials{AccessKeyID: keyID, Secret: secret}, testRegion, "omics",
			at); err != nil {
			t.Fatal(err)
		}
		return r
	}
	other := strings.Replace(body, "arn:x", "arn:y", 1)
	tests := []struct {
		name string
		r    *http.Request
		code string
	}{
		{"unsigned", s.request(t, "POST", "/variantStore", body), "MissingAuthenticationTokenException"},
		{"key of nobody", signed("AKIANOBODY", testSecret, time.Now()), "UnrecognizedClientException"},
		{"wrong secret", signed(testKeyID, "guess", time.Now()), "InvalidSignatureException"},
		{"stale", signed(testKeyID, testSecret, time.Now().Add(-16*time.Minute)), "InvalidSignatureException"},
		{"altered body", func() *http.Request {
			r := signed(testKeyID, testSecret, time.Now())
			r.Body = io.NopCloser(strings.NewReader(other))
			return r
		}(), "InvalidSignatureException"},
		{"altered host", func() *http.Request {
			r := signed(testKeyID, testSecret, time.Now())
			r.Host = "analytics-" + r.URL.Host
			return r
		}(), "InvalidSignatureException"},
		{"presigned", s.request(t, "POST", "/variantStore?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0", body),
			"IncompleteSignatureException"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in = nil
			a := s.do(t, test.r)
			if a.status != 403 || a.code != test.code || message(t, a) == "" {
				t.Errorf("status %d, code %s, body %s; want %s", a.status, a.code, a.body, test.code)
			}
			if in != nil {
				t.Error("the operation was called")
			}
		})
	}
	if a := s.do(t, signed(testKeyID, testSecret, time.Now())); a.status != 200 || in == nil {
		t.Errorf("the same request, well signed: status %d, %s", a.status, a.body)
	}
}

// TestHostPrefixes: SDKs put a prefix before the host, or do not.
func TestHostPrefixes(t *testing.T) {
	var in *omics.GetVariantStoreIn
	s := newRawServer(t, nil, keep[omics.GetVariantStoreIn, omics.GetVariantStoreOut]("GetVariantStore", &in))
	for _, prefix := range []string{"", "analytics-", "control-storage-", "storage-", "tags-"} {
		r := s.request(t, "GET", "/variantStore/store", "")
		r.Host = prefix + "omics.example:8714"
		if err := sigv4.Sign(r, nil, sigv4.Credentials{AccessKeyID: testKeyID, Secret: testSecret}, testRegion, "omics",
			time.Now()); err != nil {
			t.Fatal(err)
		}
		if a := s.do(t, r); a.status != 200 {
			t.Errorf("%s: status %d, %s", r.Host, a.status, a.body)
		}
	}
}

func TestCallerReachesTheOperation(t *testing.T) {
	var got omics.Caller
	s := newRawServer(t, nil,
		op("GetVariantStore", func(ctx context.Context, _ *omics.GetVariantStoreIn) (*omics.GetVariantStoreOut, error) {
			got = omics.CallerFrom(ctx)
			return &omics.GetVariantStoreOut{}, nil
		}))
	s.send(t, "GET", "/variantStore/store", "")
	if want := (omics.Caller{Account: testAccount, Region: testRegion, KeyID: testKeyID, ARN: testARN}); got != want {
		t.Errorf("caller is %+v, want %+v", got, want)
	}
}

func TestKeyStoreFailure(t *testing.T) {
	s := newRawServer(t, func(c *Config) {
		c.Key = func(context.Context, string) (Key, bool, error) {
			return testKey, true, errors.New("database is gone")
		}
	}, routes(nil)...)
	a := s.send(t, "GET", "/variantStore/store", "")
	if a.status != 500 || a.code != "InternalServerException" || strings.Contains(a.body, "database") {
		t.Errorf("status %d, code %s, %s", a.status, a.code, a.body)
	}
}

// TestSlowBody: a client that does not send what it promised is let go,
// signed or not.
func TestSlowBody(t *testing.T) {
	var log logBuffer
	h := newHandler(testConfig(&log), routes(nil))
	h.bodyTimeout = time.Millisecond
	server := httptest.NewServer(h)
	defer server.Close()

	const body = `{"reference":{}}`
	for secret, want := range map[string]string{testSecret: "RequestTimeoutException",
		"": "MissingAuthenticationTokenException"} {
		r, err := http.NewRequest("POST", server.URL+"/variantStore", nil)
		if err != nil {
			t.Fatal(err)
		}
		if secret != "" {
			if err := sigv4.Sign(r, []byte(body), sigv4.Credentials{AccessKeyID: testKeyID, Secret: secret}, testRegion, "omics",
				time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		conn, err := net.Dial("tcp", r.URL.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		var head bytes.Buffer
		fmt.Fprintf(&head, "POST /variantStore HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", r.URL.Host, len(body))
		if err := r.Header.Write(&head); err != nil {
			t.Fatal(err)
		}
		head.WriteString("\r\n" + body[:5])
		if _, err := conn.Write(head.Bytes()); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn) // until the server hangs up
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(answer), want) {
			t.Errorf("the answer is %q, want %s", answer, want)
		}
	}
}

// TestRefusedBodyIsNotRead: memory is spent only on those who show a key that exists, and on what they may send.
func TestRefusedBodyIsNotRead(t *testing.T) {
	signed := func(id string) func(*http.Request) {
		return func(r *http.Request) {
			if err := sigv4.Sign(r, nil, sigv4.Credentials{AccessKeyID: id, Secret: "guess"}, testRegion, "omics",
				time.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name   string
		change func(*http.Request)
		length int64
		status int
		code   string
	}{
		{"unsigned", func(*http.Request) {}, -1, 403, "MissingAuthenticationTokenException"},
		{"key of nobody", signed("AKIANOBODY"), -1, 403, "UnrecognizedClientException"},
		{"key of nobody, small", signed("AKIANOBODY"), 100, 403, "UnrecognizedClientException"},
		{"longer than the operation needs", signed(testKeyID), omics.SmallBody + 1, 400, "ValidationException"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var log logBuffer
			h := newHandler(testConfig(&log), routes(nil))
			body := &countingBody{}
			r := httptest.NewRequest("POST", "/variantStore", body)
			r.ContentLength = test.length
			test.change(r)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != test.status || w.Header().Get("x-amzn-ErrorType") != test.code || body.n != 0 {
				t.Errorf("status %d, code %s after %d bytes", w.Code, w.Header().Get("x-amzn-ErrorType"), body.n)
			}
			if w.Header().Get("Connection") != "close" {
				t.Error("the connection, with a body on it that nobody read, stays open")
			}
		})
	}
}

type countingBody struct{ n int }

func (b *countingBody) Read(p []byte) (int, error) {
	b.n += len(p)
	return len(p), nil
}

func TestOpenPaths(t *testing.T) {
	sick := false
	s := newRawServer(t, func(c *Config) {
		c.Ready = func(context.Context) error {
			if sick {
				return errors.New("the disk is full")
			}
			return nil
		}
	}, answering(func() (*omics.GetVariantImportJobOut, error) { return nil, omics.NotFound("no") }))
	get := func(path string) answer { return s.do(t, s.request(t, "GET", path, "")) }

	for _, path := range []string{"/healthz", "/readyz"} {
		if a := get(path); a.status != 200 || a.body != "ok\n" {
			t.Errorf("%s when well: %d %q", path, a.status, a.body)
		}
	}
	sick = true
	if a := get("/readyz"); a.status != 503 || a.body != "not ready: the disk is full\n" {
		t.Errorf("/readyz when sick: %d %q", a.status, a.body)
	}
	if a := get("/healthz"); a.status != 200 { // it serves
		t.Errorf("/healthz when sick: %d %q", a.status, a.body)
	}
	s.send(t, "GET", "/import/variant/"+jobID, "")
	s.send(t, "GET", "/nothing", "")
	a := get("/metrics")
	for _, want := range []string{
		`varlake_requests_total{operation="GetVariantImportJob",status="404"} 1`,
		`varlake_requests_total{operation="unknown",status="404"} 1`,
		`varlake_request_seconds_count{operation="GetVariantImportJob"} 1`,
	} {
		if a.status != 200 || !strings.Contains(a.body, want) {
			t.Errorf("metrics lack %s: %d %s", want, a.status, a.body)
		}
	}
	if a := s.do(t, s.request(t, "POST", "/healthz", "")); a.status != 403 {
		t.Errorf("POST /healthz: %d", a.status)
	}
	closed := newRawServer(t, func(c *Config) { c.Registry = nil }, routes(nil)...)
	if a := closed.do(t, closed.request(t, "GET", "/metrics", "")); a.status != 403 {
		t.Errorf("metrics without a registry: %d", a.status)
	}
}

// What is Varlake's own goes the way of every request.
func TestOwnOperations(t *testing.T) {
	called := ""
	s := newRawServer(t, func(c *Config) {
		c.Own = []Route{
			Stream(own.Query, func(ctx context.Context, in *own.QueryIn, out own.Answer) error {
				called = in.SQL
				_, err := fmt.Fprintf(out, "%s asked %s as %s", omics.CallerFrom(ctx).Account, in.SQL, in.Format)
				return err
			}),
			Op(own.Check, func(_ context.Context, in *own.CheckIn) (*own.CheckOut, error) {
				return &own.CheckOut{Findings: &own.Findings{Note: in.Store}}, nil
			}),
		}
	}, routes(nil)...)
	if a := s.send(t, "POST", "/varlake/query", `{"sql": "this"}`); a.status != 200 ||
		a.body != testAccount+" asked this as json" {
		t.Errorf("status %d, %s", a.status, a.body)
	}
	if a := s.send(t, "POST", "/varlake/check", `{"store": "x"}`); a.status != 200 ||
		!strings.HasSuffix(a.body, `"note":"x"}`) || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("status %d, %s", a.status, a.body)
	}
	called = ""
	for _, c := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"POST", "/varlake/query", `{"sql": "x", "format": "xml"}`, 400, "ValidationException"},
		{"POST", "/varlake/query", `{"sql": 1}`, 400, "ValidationException"},
		{"POST", "/varlake/query", `SELECT 1`, 400, "ValidationException"},
		{"POST", "/varlake/check", `{"remove": true}`, 400, "ValidationException"},
		{"POST", "/varlake/query/", `{}`, 404, unknownOperation},
		{"POST", "/varlake/export", `{}`, 404, unknownOperation}, // not served here
		{"GET", "/varlake/query", "", 405, unknownOperation},
	} {
		if a := s.send(t, c.method, c.path, c.body); a.status != c.status || a.code != c.code || called != "" {
			t.Errorf("%s %s %s: status %d, code %s, asked %q", c.method, c.path, c.body, a.status, a.code, called)
		}
	}
	if a := s.do(t, s.request(t, "POST", "/varlake/query", `{"sql": "this"}`)); a.status != 403 || called != "" {
		t.Errorf("unsigned: status %d, %s", a.status, a.body)
	}
}

// payload remembers that it was closed.
type payload struct {
	io.Reader
	closed bool
}

func (p *payload) Close() error { p.closed = true; return nil }

// getPayload fetches a payload that claims the given length, and waits until
// the server is done with it.
func getPayload(t *testing.T, content string, length int) (s *rawServer, resp *http.Response, body string, err error) {
	t.Helper()
	p := &payload{Reader: strings.NewReader(content)}
	s = newRawServer(t, nil, op("GetReference",
		func(context.Context, *omics.GetReferenceIn) (*omics.GetReferenceOut, error) {
			return &omics.GetReferenceOut{Payload: p, ContentLength: int64(length), ContentRange: "bytes 0-4/9"}, nil
		}))
	r := s.request(t, "GET", "/referencestore/1234567890/reference/0987654321?partNumber=1", "")
	if err := sigv4.Sign(r, nil, sigv4.Credentials{AccessKeyID: testKeyID, Secret: testSecret}, testRegion, "omics",
		time.Now()); err != nil {
		t.Fatal(err)
	}
	if resp, err = s.Client().Do(r); err == nil {
		defer resp.Body.Close()
		var b []byte
		b, err = io.ReadAll(resp.Body)
		body = string(b)
	}
	s.Close()
	if !p.closed {
		t.Error("the payload was left open")
	}
	return s, resp, body, err
}

func TestPayload(t *testing.T) {
	_, resp, body, err := getPayload(t, "ACGTA and more", 5)
	if err != nil || resp.StatusCode != 200 || body != "ACGTA" || resp.Header.Get("Content-Range") != "bytes 0-4/9" ||
		resp.ContentLength != 5 {
		t.Errorf("error %v, %q, %+v", err, body, resp)
	}
	big := strings.Repeat("ACGT", writePart/2+1)
	if _, _, body, err := getPayload(t, big, len(big)); err != nil || body != big {
		t.Errorf("error %v, %d bytes of %d", err, len(body), len(big))
	}
	// A file that turns out short must not pass for a whole one.
	s, _, _, err := getPayload(t, "ACG", 5)
	if err == nil || !strings.Contains(s.log.String(), "send payload") {
		t.Errorf("error %v, log %s", err, s.log.String())
	}
}
