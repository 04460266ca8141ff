package httpapi

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/policy"
)

// An operation is its row, its structs, its method and its line among the routes, as CONTRIBUTING.md has it: no other
// code needs to know of it. Here one comes and goes.
func TestSampleOperation(t *testing.T) {
	row := omics.Operation{ // the contract's file
		Name: "PutSample", Method: "POST", Path: "/sample", Status: 200, Errors: []omics.Code{omics.CodeAccessDenied,
			omics.CodeThrottling, omics.CodeValidation},
		Resources: []string{"sample/{Table}"}, Rate: omics.Rate{PerSecond: 1e-9, Burst: 3}, Body: 64,
	}
	contract := omics.Operations
	t.Cleanup(func() { omics.Operations = contract })
	omics.Operations = append(slices.Clone(contract), row)
	line := op("PutSample", sampleMethod) // routes.go

	var docs []*policy.Document
	serve := func(list []Route) *rawServer {
		return newRawServer(t, func(c *Config) {
			with(&docs)(c)
			c.Rates = DefaultRates()
		}, list...)
	}
	s := serve(append(routes(nil), line))
	docs = parsePolicies(t, document(statement("Allow", "omics:PutSample",
		"arn:aws:omics:us-east-1:123456789012:sample/mine*", "")))
	for _, c := range []struct {
		body   string
		status int
		want   string
	}{
		{`{"Table": "theirs"}`, 403,
			"perform: omics:PutSample on resource: arn:aws:omics:us-east-1:123456789012:sample/theirs"},
		{`{"Table": "mine"}`, 200, `{"Asked":"123456789012 mine"}`},
		{`{"Table": "mine"}` + strings.Repeat(" ", 64), 400, "larger than 64 bytes"},
		{`{"Table": 1}`, 400, "Member must be a string"},
		{`{"Table": "mine2"}`, 200, `{"Asked":"123456789012 mine2"}`},
		{`{"Table": "mine3"}`, 200, `{"Asked":"123456789012 mine3"}`},
		{`{"Table": "mine"}`, 429, "Rate exceeded"},
	} {
		if a := s.send(t, "POST", "/sample", c.body); a.status != c.status || !strings.Contains(a.body, c.want) {
			t.Errorf("%s: status %d, %s; want %d, %s", c.body, a.status, a.body, c.status, c.want)
		}
	}
	if a := s.send(t, "GET", "/sample", ""); a.status != 405 || a.header.Get("Allow") != "POST" {
		t.Errorf("GET: status %d, %s", a.status, a.body)
	}

	omics.Operations = contract // row and line are gone, and with them the operation
	s = serve(routes(nil))
	if a := s.send(t, "POST", "/sample", `{"Table": "mine"}`); a.status != 404 {
		t.Errorf("without it: status %d, %s", a.status, a.body)
	}

	row.Resources = nil // a row that is not whole
	config := testConfig(new(logBuffer))
	config.Own = []Route{Op(row, sampleMethod)}
	if _, err := New(config); fmt.Sprint(err) !=
		"the contract: PutSample: its row has no resources, so that no policy could allow it" {
		t.Errorf("a server without its resources: %v", err)
	}
}

// TestLineWithoutRow: every operation must have its row, or no server starts.
func TestLineWithoutRow(t *testing.T) {
	contract := omics.Operations
	defer func() { omics.Operations = contract }()
	omics.Operations = slices.DeleteFunc(slices.Clone(contract), func(o omics.Operation) bool {
		return o.Name == "GetShare"
	})
	if _, err := New(testConfig(new(logBuffer))); fmt.Sprint(err) != "the routes: omics.Operations has no GetShare" {
		t.Errorf("error is %v", err)
	}
}
