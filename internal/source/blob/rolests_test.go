package blob_test

import (
	"context"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/source/blob/blobtest"
	"github.com/varlake/varlake/internal/wire/sigv4"
)

// stsServer answers AssumeRole, and keeps what it was asked. (compat/tests/test_roles.py asks a whole one, moto.)
type stsServer struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []url.Values
	faults []error // of signatures
	answer func(asked int, w http.ResponseWriter)
}

// startSTS returns a server whose n-th answer (1-based) answer writes.
func startSTS(t *testing.T, answer func(asked int, w http.ResponseWriter)) *stsServer {
	t.Helper()
	s := &stsServer{answer: answer}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *stsServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	form, formErr := url.ParseQuery(string(body))
	signed, signature := sigv4.Begin(r, sigv4.Options{
		Now: time.Now(), Region: "eu-north-1", Services: []string{"sts"},
		Secret: func(_ context.Context, id string) (string, bool, error) {
			return "assumer-secret", id == "assumer", nil
		},
	})
	if signature == nil {
		_, signature = signed.Verify(sha256.Sum256(body))
	}
	s.mu.Lock()
	s.asked = append(s.asked, form)
	if err := errors.Join(err, formErr, signature); err != nil {
		s.faults = append(s.faults, err)
	}
	asked := len(s.asked)
	s.mu.Unlock()
	s.answer(asked, w)
}

// requests returns what was asked so far.
func (s *stsServer) requests(t *testing.T) []url.Values {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, err := range s.faults {
		t.Errorf("a request to STS: %v", err)
	}
	return s.asked
}

// config is a file of roles that assumes them at the server.
func (s *stsServer) config(more string) string {
	return fmt.Sprintf(`{"sts": {"endpoint": %q, "region": "eu-north-1", "accessKeyId": "assumer", "secretAccessKey": "assumer-secret"%s}}`, s.URL, more)
}

// grant answers with the credentials of a user that last some time.
func grant(w http.ResponseWriter, user blobtest.User, lasting time.Duration) {
	fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
		<AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken></SessionToken><Expiration>%s</Expiration>
		</Credentials></AssumeRoleResult></AssumeRoleResponse>`, user.AccessKey, user.SecretKey, time.Now().Add(lasting).UTC().Format(time.RFC3339))
}

func refuseRole(w http.ResponseWriter, status int, code, message string) {
	var text strings.Builder
	_ = xml.EscapeText(&text, []byte(message))
	w.WriteHeader(status)
	fmt.Fprintf(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>%s</Code>
		<Message>%s</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`, code, text.String())
}

// TestAssumeRoleRequest looks at what STS is sent.
func TestAssumeRoleRequest(t *testing.T) {
	server := startSTS(t, func(_ int, w http.ResponseWriter) {
		grant(w, blobtest.User{AccessKey: "k", SecretKey: "s"},
			time.Hour)
	})
	sts := server.config(`, "externalId": "of-all", "durationSeconds": 1800`)
	roles := mustLoadRoles(t,
		`%s, "roles": {%q: {"assume": true, "externalId": "of/b"}, "arn:aws:iam::1:role/k": {"server": true}}}`,
		strings.TrimSuffix(sts, "}"), roleB)
	stores := folderStores(t, roles)
	const job = "2d5d3a39-9d5e-4a0c-8a3c-7d0f2c1b9e11"
	for _, use := range []struct{ role, session string }{
		{roleA, job}, {roleA, job}, {roleB, job}, {roleA, "an id/with ünusual\x00characters" + strings.Repeat("x", 100)},
		{roleA, ""}, {"arn:aws:iam::1:role/k", job},
	} {
		for range 2 {
			if _, err := content(t, stores.For(use.role, use.session), "s3://inbox/k"); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := content(t, stores.For("arn:aws:iam::1:role/uploader", job), "s3://uploads/k"); err != nil {
		t.Error(err)
	}
	request := func(role, session, externalID string) url.Values {
		return url.Values{"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleArn": {role},
			"RoleSessionName": {session},
			"ExternalId":      {externalID}, "DurationSeconds": {"1800"}}
	}
	want := []url.Values{
		request(roleA, job, "of-all"),
		request(roleB, job, "of/b"),
		request(roleA, "an-id-with--nusual-characters"+strings.Repeat("x", 35), "of-all"),
		request(roleA, "varlake", "of-all"),
	}
	if diff := cmp.Diff(want, server.requests(t)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	// Without an external id and a duration.
	stores = folderStores(t, mustLoadRoles(t, "%s", server.config("")))
	if _, err := content(t, stores.For(roleA, job), "s3://inbox/k"); err != nil {
		t.Error(err)
	}
	plain := request(roleA, job, "")
	plain.Del("ExternalId")
	plain.Set("DurationSeconds", "3600")
	asked := server.requests(t)
	if diff := cmp.Diff(plain, asked[len(asked)-1]); diff != "" {
		t.Errorf("plain request (-want +got):\n%s", diff)
	}
}

// TestAssumedCredentialsAreRenewed reads one object for longer than its credentials are good: the first
// ones are about to expire, the second ones are those of another user, who may read the bucket too.
func TestAssumedCredentialsAreRenewed(t *testing.T) {
	storage := blobtest.StartS3(t)
	bucket, first, second, stranger := storage.NewBucket(t), storage.NewUser(t), storage.NewUser(t), storage.NewUser(t)
	storage.Put(t, bucket, "k", []byte("text"))
	uri := "s3://" + bucket + "/k"
	var firsts atomic.Int64
	firsts.Store(100)
	server := startSTS(t, func(asked int, w http.ResponseWriter) {
		if asked <= int(firsts.Load()) {
			grant(w, first, 4*time.Minute)
		} else {
			grant(w, second, time.Hour)
		}
	})
	wrong := storage.Config()
	wrong.SecretKey = "wrong"
	stores := blob.NewRoleStores(blob.New(nil, newS3(t, wrong)), mustLoadRoles(t, "%s", server.config("")))
	storage.Allow(t, bucket, first)
	object, err := stores.For(roleA, "job").Open(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	defer object.Close()
	opened := len(server.requests(t))
	firsts.Store(int64(opened))
	storage.Allow(t, bucket, second) // and no longer the first
	for range 3 {
		if _, err := object.ReadAt(make([]byte, 4), 0); err != nil {
			t.Errorf("after the first credentials: %v", err)
		}
	}
	if asked := len(server.requests(t)); asked != opened+1 {
		t.Errorf("STS was asked %d times to open and %d times in all", opened, asked)
	}
	// What the storage refuses is worded with the role.
	storage.Allow(t, bucket, stranger)
	_, err = object.ReadAt(make([]byte, 4), 0)
	if !errors.Is(err, blob.ErrDenied) || err.Error() != uri+": access denied to role "+roleA {
		t.Errorf("read without rights: %v", err)
	}
}

// TestRoleWithdrawn reads an object whose role can no longer be assumed, and one while STS is away.
func TestRoleWithdrawn(t *testing.T) {
	storage := blobtest.StartS3(t)
	bucket := storage.NewBucket(t)
	storage.Put(t, bucket, "k", []byte("text"))
	root := blobtest.User{AccessKey: storage.AccessKey, SecretKey: storage.SecretKey}
	var withdrawn atomic.Bool
	server := startSTS(t, func(_ int, w http.ResponseWriter) {
		if withdrawn.Load() {
			refuseRole(w, http.StatusForbidden, "AccessDenied", "no longer")
			return
		}
		grant(w, root, 4*time.Minute)
	})
	stores := blob.NewRoleStores(blob.New(nil, newS3(t, storage.Config())), mustLoadRoles(t, "%s", server.config("")))
	var objects []blob.Object
	for _, session := range []string{"one", "two"} {
		object, err := stores.For(roleA, session).Open(t.Context(), "s3://"+bucket+"/k")
		if err != nil {
			t.Fatal(err)
		}
		defer object.Close()
		objects = append(objects, object)
	}
	withdrawn.Store(true)
	_, err := objects[0].ReadAt(make([]byte, 4), 0)
	if want := "Role " + roleA + " cannot be assumed: AccessDenied: no longer"; !errors.Is(err, blob.ErrRole) ||
		err.Error() != want {
		t.Errorf("withdrawn: %v, want %s", err, want)
	}
	// Between the look at the role and the request, and between two requests.
	for _, granted := range []int{1, 2} {
		once := startSTS(t, func(asked int, w http.ResponseWriter) {
			if asked > granted {
				refuseRole(w, http.StatusForbidden, "AccessDenied", "no longer")
				return
			}
			grant(w, root, 4*time.Minute)
		})
		store := blob.NewRoleStores(blob.New(nil, newS3(t, storage.Config())),
			mustLoadRoles(t, "%s", once.config(""))).For(roleA, "job")
		_, err := store.Open(t.Context(), "s3://"+bucket+"/k")
		if want := "Role " + roleA + " cannot be assumed: AccessDenied: no longer"; !errors.Is(err, blob.ErrRole) ||
			err.Error() != want {
			t.Errorf("withdrawn after %d grants: %v, want %s", granted, err, want)
		}
	}
	server.Close()
	if _, err := objects[1].ReadAt(make([]byte, 4), 0); err != nil {
		t.Errorf("while STS is away and the credentials are good: %v", err)
	}
}

// TestAssumeRoleFails wants words for users, whichever way it fails, and no more requests than needed.
func TestAssumeRoleFails(t *testing.T) {
	noAWS(t)
	answers := map[string]struct {
		answer   func(w http.ResponseWriter)
		words    string // after "cannot be assumed: "
		requests int
		mayPass  bool
	}{
		"denied": {
			answer: func(w http.ResponseWriter) {
				refuseRole(w, http.StatusForbidden, "AccessDenied", "not authorized to perform: sts:AssumeRole")
			},
			words:    "AccessDenied: not authorized to perform: sts:AssumeRole",
			requests: 1,
		},
		"hostile": {
			answer: func(w http.ResponseWriter) {
				// No more than one read takes: the SDK closes a request's body when its answer has begun, at which Go may close
				// the connection under the rest of the answer, and the SDK asks again.
				refuseRole(w, http.StatusBadRequest, strings.Repeat("C", 200), "a\nb"+strings.Repeat("ü", 1000))
			},
			words:    strings.Repeat("C", 60) + "…: a b" + strings.Repeat("ü", 297) + "…",
			requests: 1,
		},
		"down": {
			answer:   func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) },
			words:    "STS answered 503",
			requests: 4,
			mayPass:  true,
		},
		"throttled": {
			answer:   func(w http.ResponseWriter) { refuseRole(w, http.StatusBadRequest, "Throttling", "Rate exceeded") },
			words:    "STS answered 400",
			requests: 4,
			mayPass:  true,
		},
		"wordless": {
			answer: func(w http.ResponseWriter) {
				w.WriteHeader(http.StatusForbidden)
				fmt.Fprint(w, "<Response><Errors><Error><Code>AccessDenied</Code></Error></Errors></Response>")
			},
			words:    "STS refused with status 403",
			requests: 1,
		},
		"no STS": {
			answer: func(w http.ResponseWriter) {
				w.WriteHeader(http.StatusNotFound)
				fmt.Fprint(w, "<!doctype html><p>not found<br>")
			},
			words:    "STS refused with status 404",
			requests: 1,
		},
		"page": {
			answer:   func(w http.ResponseWriter) { fmt.Fprint(w, "<!doctype html><p>welcome<br>") },
			words:    "the answer of STS holds no credentials",
			requests: 1,
			mayPass:  true,
		},
		"empty": {
			answer: func(w http.ResponseWriter) {
				fmt.Fprint(w, "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>")
			},
			words:    "the answer of STS holds no credentials",
			requests: 1,
			mayPass:  true,
		},
	}
	for name, c := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startSTS(t, func(_ int, w http.ResponseWriter) { c.answer(w) })
			stores := folderStores(t, mustLoadRoles(t, "%s", server.config("")))
			for range 3 { // the files of one job
				wantRoleError(t, stores, "job", c.words, c.mayPass)
			}
			if got := len(server.requests(t)); got != c.requests {
				t.Errorf("%d requests, want %d", got, c.requests)
			}
			wantRoleError(t, stores, "another", c.words, c.mayPass)
			if got := len(server.requests(t)); got != 2*c.requests {
				t.Errorf("%d requests for two jobs, want %d", got, 2*c.requests)
			}
		})
	}
	t.Run("away", func(t *testing.T) {
		server := startSTS(t, nil)
		stores := folderStores(t, mustLoadRoles(t, "%s", server.config("")))
		server.Close()
		wantRoleError(t, stores, "job", "STS did not answer", true)
	})
	t.Run("no credentials", func(t *testing.T) {
		stores := folderStores(t, mustLoadRoles(t, `{"sts": {"endpoint": "http://127.0.0.1:1"}}`))
		wantRoleError(t, stores, "job", "the server has no credentials for STS", true)
	})
}

func wantRoleError(t *testing.T, stores *blob.RoleStores, session, words string, mayPass bool) {
	t.Helper()
	_, err := content(t, stores.For(roleA, session), "s3://inbox/k")
	want := "Role " + roleA + " cannot be assumed: " + words
	if !errors.Is(err, blob.ErrRole) || errors.Is(err, blob.ErrUnavailable) != mayPass || err.Error() != want ||
		!utf8.ValidString(err.Error()) {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if _, err := content(t, stores.For(roleA, session), "s3://uploads/k"); err != nil {
		t.Errorf("the server's own bucket: %v", err)
	}
}

// TestAssumeRoleCancel gives up waiting for a silent STS when the job is cancelled.
func TestAssumeRoleCancel(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	server := startSTS(t, func(int, http.ResponseWriter) {
		asked <- struct{}{}
		<-release
	})
	defer close(release)
	stores := folderStores(t, mustLoadRoles(t, "%s", server.config("")))
	cause := errors.New("cancelled by the user")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		<-asked
		cancel(cause)
	}()
	if _, err := stores.For(roleA, "job").Open(ctx, "s3://inbox/k"); !errors.Is(err, cause) {
		t.Errorf("open: %v", err)
	}
}

// TestRoleSessions shares credentials among the files of a job, and forgets old jobs.
func TestRoleSessions(t *testing.T) {
	server := startSTS(t, func(_ int, w http.ResponseWriter) {
		grant(w, blobtest.User{AccessKey: "k", SecretKey: "s"},
			time.Hour)
	})
	stores := folderStores(t, mustLoadRoles(t, "%s", server.config("")))
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			object, err := stores.For(roleA, "job").Open(t.Context(), "s3://inbox/k")
			if err != nil {
				t.Error(err)
				return
			}
			object.Close()
		})
	}
	group.Wait()
	if got := len(server.requests(t)); got != 1 {
		t.Errorf("%d requests for one job", got)
	}
	old := stores.For(roleA, "job")
	for i := range 1000 {
		if again := stores.For(roleA, fmt.Sprint("job-", i)); stores.For(roleA, fmt.Sprint("job-", i)) != again {
			t.Fatal("a job's store is not remembered")
		}
	}
	if got := blob.Cached(stores); got != 256 {
		t.Errorf("%d jobs are remembered", got)
	}
	if stores.For(roleA, "job") == old {
		t.Error("the oldest job is not forgotten")
	}
	if _, err := content(t, old, "s3://inbox/k"); err != nil {
		t.Errorf("whoever holds a forgotten store: %v", err)
	}
}
