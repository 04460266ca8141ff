package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
	"github.com/varlake/varlake/internal/wire/sigv4"
)

// streaming serves Query by a function.
func streaming(t *testing.T, query func(context.Context, own.Answer) error) *rawServer {
	t.Helper()
	return newRawServer(t, func(c *Config) {
		c.Own = []Route{Stream(own.Query, func(ctx context.Context, _ *own.QueryIn,
			out own.Answer) error {
			return query(ctx, out)
		})}
	})
}

// What fails before its answer has begun is answered as such, though something was written: the cause of an internal
// error is in the log, under the request's id that the answer names, and no message is without bounds.
func TestStreamFailsEarly(t *testing.T) {
	long := strings.Repeat("é", 1<<16)
	for _, c := range []struct {
		err     error
		status  int
		code    omics.Code
		message string // ID stands for the request's id
		logged  string
	}{
		{&omics.Error{Code: omics.CodeInternalServer, Message: "the query engine stopped unexpectedly",
			Err: errors.New("SIGSEGV in cgo")}, 500,
			omics.CodeInternalServer, "the query engine stopped unexpectedly Request ID: ID", "SIGSEGV in cgo"},
		{errors.New("open table: no such file"), 500, omics.CodeInternalServer,
			"An internal error has occurred. Request ID: ID", "no such file"},
		{fmt.Errorf("x: %w", omics.Conflict("in use")), 409, omics.CodeConflict, "in use", ""},
		{omics.Validation("%s", long), 400, omics.CodeValidation, long[:maxReason-len(" … (cut)")] + " … (cut)", ""},
	} {
		s := streaming(t, func(_ context.Context, out own.Answer) error {
			if _, err := io.WriteString(out, "the beginning"); err != nil {
				t.Error(err)
			}
			return c.err
		})
		a := s.send(t, "POST", own.Query.Path, "{}")
		want := strings.ReplaceAll(c.message, "ID: ID", "ID: "+a.header.Get("x-amzn-RequestId"))
		if a.status != c.status || a.code != string(c.code) || message(t, a) != want {
			t.Errorf("%v: status %d, code %s, %.300s", c.err, a.status, a.code, a.body)
		}
		s.Close() // waits for the request to be logged
		if c.logged != "" && (!strings.Contains(s.log.String(), c.logged) || strings.Contains(a.body, c.logged) ||
			!strings.Contains(s.log.String(), `"level":"ERROR"`)) ||
			c.logged == "" && strings.Contains(s.log.String(), `"level":"ERROR"`) {
			t.Errorf("%.100v: the log has %.600s", c.err, s.log.String())
		}
	}
}

// What fails after its beginning is broken off, by the one way that there is: the account of who asked is told why, and
// nobody else.
func TestStreamBreaksOff(t *testing.T) {
	s := streaming(t, func(_ context.Context, out own.Answer) error {
		out.Type("text/x-test")
		out.Warn("first\nline")
		out.Warn("second")
		if _, err := out.Write(make([]byte, 2*heldBack)); err != nil {
			t.Error(err)
		}
		return omics.AccessDenied("it was revoked")
	})
	r := s.request(t, "POST", own.Query.Path, "{}")
	if err := sigv4.Sign(r, []byte("{}"), sigv4.Credentials{AccessKeyID: testKeyID, Secret: testSecret}, testRegion,
		"omics", time.Now()); err != nil {
		t.Fatal(err)
	}
	response, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if n, err := io.Copy(io.Discard, response.Body); n != 2*heldBack || !errors.Is(err, io.ErrUnexpectedEOF) ||
		response.StatusCode != http.StatusOK {
		t.Errorf("status %d, %d bytes came, and then %v", response.StatusCode, n, err)
	}
	if got := response.Header.Values(own.WarningHeader); len(got) != 2 || got[0] != "first line" ||
		response.Header.Get("Content-Type") != "text/x-test" {
		t.Errorf("headers %v", response.Header)
	}
	asked, err := json.Marshal(own.BrokenIn{RequestID: response.Header.Get("x-amzn-RequestId")})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.send(t, "POST", own.Broken.Path, string(asked)); a.status != 200 ||
		a.body != `{"message":"it was revoked"}` {
		t.Errorf("why: status %d, %s", a.status, a.body)
	}
	for _, body := range []string{`{"requestId": "another"}`, `{}`} {
		if a := s.send(t, "POST", own.Broken.Path, body); a.status != 404 || a.code != "ResourceNotFoundException" {
			t.Errorf("%s: status %d, %s", body, a.status, a.body)
		}
	}
}

func TestBrokenIsForItsAccount(t *testing.T) {
	var b broken
	for i := range maxBroken + 1 {
		b.keep("a", fmt.Sprint(i), fmt.Sprint("reason ", i))
	}
	for _, c := range []struct{ account, id, want string }{{"a", "1", "reason 1"},
		{"a", fmt.Sprint(maxBroken), fmt.Sprint("reason ", maxBroken)}, {"b", "1", ""}, {"a", "0", ""}} {
		out, err := b.tell(omics.WithCaller(t.Context(), omics.Caller{Account: c.account}), &own.BrokenIn{RequestID: c.id})
		if c.want == "" && err == nil || c.want != "" && (err != nil || out.Message != c.want) {
			t.Errorf("%+v: %v, %v", c, out, err)
		}
	}
}
