package main

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

// answers is a server in place of the network.
type answers func(*http.Request) (status int, answer string)

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	status, answer := a(r)
	header := http.Header{}
	for _, code := range []omics.Code{omics.CodeThrottling, omics.CodeResourceNotFound} {
		if code.HTTPStatus() == status {
			header.Set("X-Amzn-Errortype", string(code))
		}
	}
	return &http.Response{StatusCode: status, Status: strconv.Itoa(status), Header: header,
		Body: io.NopCloser(strings.NewReader(answer))}, nil
}

func answeredBy(a answers) *client {
	return &client{endpoint: "http://127.0.0.1:1", region: "us-east-1", keyID: "AKIA", secret: "secret",
		http: http.Client{Transport: a}}
}

// A throttled call, or one that finds the server busy, is sent again, ever later, and not for ever.
func TestThrottled(t *testing.T) {
	for _, test := range []struct {
		refusals, sends int
		code            int
		from, to        time.Duration // how long the call takes
	}{
		{0, 1, exitOK, 0, 0},
		{3, 4, exitOK, 700 * time.Millisecond, 1400 * time.Millisecond},
		{100, maxSends, exitError, 8 * time.Second, 17 * time.Second},
	} {
		for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			synctest.Test(t, func(t *testing.T) {
				sends := 0
				c := answeredBy(func(*http.Request) (int, string) {
					if sends++; sends <= test.refusals {
						return status, `{"message": "Try again"}`
					}
					return http.StatusOK, `{"name": "x"}`
				})
				began := time.Now()
				_, _, err := call[omics.GetVariantStoreOut](t.Context(), c, "GetVariantStore", &omics.GetVariantStoreIn{Name: "x"})
				if took := time.Since(began); sends != test.sends || exitCode(err) != test.code || took < test.from ||
					took > test.to {
					t.Errorf("%d refusals: %v after %d sends and %v; want %d sends and %v to %v", test.refusals, err, sends, took,
						test.sends, test.from, test.to)
				}
			})
		}
	}
}

// Waiting asks well below the rates that the server allows: see httpapi.DefaultRates.
func TestAwaitRate(t *testing.T) {
	for operation, perSecond := range map[string]int{"GetReferenceImportJob": 5, "GetVariantImportJob": 10,
		"GetShare": 1} {
		synctest.Test(t, func(t *testing.T) {
			asked := 0
			c := answeredBy(func(*http.Request) (int, string) {
				asked++
				return http.StatusOK, `{}`
			})
			began := time.Now()
			if _, _, err := await(t.Context(), c, operation, &struct{}{},
				func(*struct{}) bool { return time.Since(began) > time.Minute }); err != nil {
				t.Fatal(err)
			}
			if asked < 20 || asked > 60*perSecond*2/3 {
				t.Errorf("%s was called %d times in a minute", operation, asked)
			}
		})
	}
}

func TestListAll(t *testing.T) {
	pages := map[string]string{ // by token
		"":  `{"variantStores": [{"name": "a"}, {"name": "b"}], "nextToken": "1"}`,
		"1": `{"variantStores": [], "nextToken": "2"}`,
		"2": `{"variantStores": [{"name": "c"}]}`,
	}
	c := answeredBy(func(r *http.Request) (int, string) {
		return http.StatusOK, pages[r.URL.Query().Get("nextToken")]
	})
	all, err := listAll[omics.ListVariantStoresOut](t.Context(), c, "ListVariantStores", &omics.ListVariantStoresIn{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, store := range all.VariantStores {
		names = append(names, store.Name)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, names); diff != "" || all.NextToken != nil {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
}
