package blob_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/varlake/varlake/internal/source/blob"
)

// TestRedirectsAreNotFollowed: neither a signature nor a session's token goes to where an endpoint redirects to, on
// this host or another.
func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			var followed atomic.Int64
			elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				followed.Add(1)
				w.Header().Set("ETag", faultyETag)
				w.Header().Set("Content-Length", "1")
			}))
			defer elsewhere.Close()
			endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") == "" {
					t.Error("the endpoint itself was asked without a signature")
				}
				http.Redirect(w, r, elsewhere.URL+r.URL.Path, status)
			}))
			defer endpoint.Close()

			store := newS3(t, blob.S3Config{Endpoint: endpoint.URL, Region: "us-east-1", PathStyle: true, AccessKey: "key",
				SecretKey: "secret", SessionToken: "token"})
			_, err := store.Open(t.Context(), "s3://bucket/key")
			if !errors.Is(err, blob.ErrUnavailable) || !strings.Contains(err.Error(), "not followed") {
				t.Errorf("open: %v", err)
			}
			for _, err := range store.List(t.Context(), "s3://bucket/") {
				if !errors.Is(err, blob.ErrUnavailable) || !strings.Contains(err.Error(), "not followed") {
					t.Errorf("list: %v", err)
				}
			}
			if n := followed.Load(); n != 0 {
				t.Errorf("%d requests went elsewhere", n)
			}
		})
	}
}

// TestSTSRedirectIsNotFollowed: nor does a request to assume a role.
func TestSTSRedirectIsNotFollowed(t *testing.T) {
	var followed atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	defer elsewhere.Close()
	sts := startSTS(t, func(_ int, w http.ResponseWriter) {
		w.Header().Set("Location", elsewhere.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	stores := folderStores(t, mustLoadRoles(t, "%s", sts.config("")))
	if _, err := content(t, stores.For(roleA, "job"), "s3://inbox/k"); err == nil {
		t.Error("a role was assumed by a redirect")
	}
	if n := followed.Load(); n != 0 || len(sts.requests(t)) == 0 {
		t.Errorf("%d requests went elsewhere, %d came", n, len(sts.requests(t)))
	}
}
