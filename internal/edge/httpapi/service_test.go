package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/policy"
	"github.com/varlake/varlake/internal/wire/sigv4"
)

// json11 is AWS's json-1.1, as Athena speaks it: one path, the operation in a header, the code of an error in the body.
type json11 struct {
	prefix string // of X-Amz-Target
	list   []Route
}

func (p json11) find(r *http.Request) (*Route, map[string]string, error) {
	for i := range p.list {
		o := p.list[i].operation
		if r.Method == o.Method && r.URL.EscapedPath() == o.Path && r.Header.Get("X-Amz-Target") == p.prefix+"."+o.Name {
			return &p.list[i], nil, nil
		}
	}
	return nil, nil, &routeError{status: http.StatusBadRequest, message: "No operation has this target."}
}

func (json11) decode(in reflect.Value, members []inMember, r request) error {
	return decode(in, members, r)
}

func (json11) encode(x *exchange, status int, out any) error {
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	x.bytes(status, "application/x-amz-json-1.1", body)
	return nil
}

func (json11) refuse(x *exchange, f failure) {
	body, _ := json.Marshal(map[string]string{"__type": f.code, "Message": f.message}) // two strings
	x.bytes(min(f.status, http.StatusInternalServerError), "application/x-amz-json-1.1", body)
}

// sampleIn is the request of sample operations.
type sampleIn struct {
	Table string       `json:"Table"`
	Limit *int         `json:"Limit"`
	Tags  omics.TagMap `json:"tags"`
}

func (in *sampleIn) Validate() error {
	if in.Table == "" {
		return omics.Validation("Table must not be empty")
	}
	return nil
}

type sampleOut struct {
	Asked string `json:"Asked"`
}

func sampleMethod(ctx context.Context, in *sampleIn) (*sampleOut, error) {
	if in.Table == "gone" {
		return nil, omics.NotFound("There is no table gone.")
	}
	return &sampleOut{omics.CallerFrom(ctx).Account + " " + in.Table}, nil
}

// A service with another protocol goes through the pipeline as HealthOmics does: its requests are those whose
// signature's scope names it, its answers and errors have its form, policies know its actions by its prefix and its
// resources by its ARNs, its rates are its own.
func TestAnotherProtocol(t *testing.T) {
	row := omics.Operation{Name: "GetTable", Method: "POST", Path: "/", Status: 200, Resources: []string{"table/{Table}"}}
	athena := func() *service {
		return newService("athena", bySignature, []Route{Op(row, sampleMethod)},
			func(list []Route) protocol { return json11{"AmazonAthena", list} })
	}
	var docs []*policy.Document
	config := testConfig(new(logBuffer))
	with(&docs)(&config)
	config.Rates = Rates{"*": {PerSecond: 1e-9, Burst: 2}}
	s := serving(t, newHandler(config, routes(nil), athena()))
	ask := func(scope, target, body string) answer {
		t.Helper()
		r := s.request(t, "POST", "/", body)
		r.Header.Set("X-Amz-Target", target)
		if err := sigv4.Sign(r, []byte(body), sigv4.Credentials{AccessKeyID: testKeyID, Secret: testSecret}, testRegion,
			scope, time.Now()); err != nil {
			t.Fatal(err)
		}
		return s.do(t, r)
	}
	docs = parsePolicies(t, document(statement("Allow", "athena:GetTable", "arn:aws:athena:us-east-1:123456789012:table/*",
		""),
		statement("Deny", "*", "arn:aws:athena:us-east-1:123456789012:table/hidden", "")))
	for _, c := range []struct {
		scope, target, body string
		status              int
		want                string
	}{
		{"athena", "AmazonAthena.GetTable", `{"Table": "x", "Limit": 5}`, 200, `{"Asked":"123456789012 x"}`},
		{"athena", "AmazonAthena.GetTable", `{"Table": "hidden"}`, 403, `"__type":"AccessDeniedException"`},
		{"athena", "AmazonAthena.GetTable", `{"Table": "y", "tags": {"a": "b"}}`, 403,
			"perform: athena:TagResource on resource: arn:aws:athena:us-east-1:123456789012:table/y"},
		{"athena", "AmazonAthena.GetTable", `{"Table": "gone"}`, 404,
			`{"Message":"There is no table gone.","__type":"ResourceNotFoundException"}`},
		{"athena", "AmazonAthena.GetTable", `{"Table": "x"}`, 429, `"__type":"ThrottlingException"`},
		{"athena", "AmazonAthena.DropTable", `{"Table": "x"}`, 400, "No operation has this target."},
		{"athena", "", `[]`, 400, "No operation has this target."},
		{"omics", "AmazonAthena.GetTable", `{"Table": "x"}`, 404, `{"message":"No operation has this path."}`},
		{"glue", "AmazonAthena.GetTable", `{"Table": "x"}`, 403, `Credential should be scoped to correct service: 'omics'.`},
	} {
		a := ask(c.scope, c.target, c.body)
		if a.status != c.status || !strings.Contains(a.body, c.want) {
			t.Errorf("%s %s %s: status %d, %s; want %d, %s", c.scope, c.target, c.body, a.status, a.body, c.status, c.want)
		}
		if media := a.header.Get("Content-Type"); (media == "application/x-amz-json-1.1") != (c.scope == "athena") {
			t.Errorf("%s: %s", c.scope, media)
		}
	}
	// Who has not signed is told nothing of operations.
	r := s.request(t, "POST", "/", "{}")
	r.Header.Set("X-Amz-Target", "AmazonAthena.GetTable")
	if a := s.do(t, r); a.status != 403 || a.code != "MissingAuthenticationTokenException" {
		t.Errorf("unsigned: status %d, %s", a.status, a.body)
	}
}

// catalog is a protocol like Iceberg's REST catalog: paths of its own, errors in an object.
type catalog struct{ *restJSON }

func (catalog) refuse(x *exchange, f failure) {
	x.json(f.status, map[string]any{"error": map[string]any{"message": f.message, "type": f.code, "code": f.status}})
}

// byToken knows bearers, who sign nothing.
func byToken(h *handler, r *http.Request, _ string) (*claim, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || token != "secret-token" {
		return nil, omics.AccessDenied("The token is not known.")
	}
	key, _, err := h.Key(r.Context(), testKeyID)
	return &claim{key: key, verify: func([sha256.Size]byte) (omics.Caller, error) {
		return omics.Caller{Account: key.Account, Region: h.Region, ARN: key.ARN}, nil
	}}, err
}

// A service whose clients sign with no scope is told by its paths, and has an authenticator of its own.
func TestAnotherAuthenticator(t *testing.T) {
	row := omics.Operation{Name: "LoadTable", Method: "GET", Path: "/iceberg/v1/tables/{table}", Status: 200,
		Resources: []string{"table/{table}"}}
	iceberg := newService("iceberg", byToken,
		[]Route{Op(row, func(_ context.Context, in *loadTableIn) (*sampleOut, error) {
			return &sampleOut{in.Table}, nil
		})}, func(list []Route) protocol { return catalog{newRESTJSON(list)} })
	iceberg.paths = "/iceberg/"
	config := testConfig(new(logBuffer))
	s := serving(t, newHandler(config, routes(nil), iceberg))
	for _, c := range []struct {
		path, token string
		status      int
		want        string
	}{
		{"/iceberg/v1/tables/x", "secret-token", 200, `{"Asked":"x"}`},
		{"/iceberg/v1/tables/x", "another", 403,
			`{"error":{"code":403,"message":"The token is not known.","type":"AccessDeniedException"}}`},
		{"/iceberg/v1/nothing", "secret-token", 404, `"type":"UnknownOperationException"`},
		{"/variantStore/x", "secret-token", 403, `"message":`}, // of HealthOmics, which knows no tokens
	} {
		r := s.request(t, "GET", c.path, "")
		r.Header.Set("Authorization", "Bearer "+c.token)
		if a := s.do(t, r); a.status != c.status || !strings.Contains(a.body, c.want) {
			t.Errorf("%s: status %d, %s", c.path, a.status, a.body)
		}
	}
}

type loadTableIn struct {
	Table string `json:"-" uri:"table"`
}

func (*loadTableIn) Validate() error { return nil }

// serving serves a handler.
func serving(t *testing.T, h http.Handler) *rawServer {
	t.Helper()
	s := &rawServer{Server: httptest.NewServer(h)}
	t.Cleanup(s.Close)
	return s
}
