package event

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// receiver is a real server that keeps what it is sent.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
	answer   http.HandlerFunc // nil answers 200
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		http.Error(w, err.Error(), 500)
		return
	}
	r.mu.Lock()
	r.requests = append(r.requests, request)
	r.bodies = append(r.bodies, string(body))
	r.mu.Unlock()
	if r.answer != nil {
		r.answer(w, request)
	}
}

func newWebhook(t *testing.T, address string, o WebhookOptions) *Webhook {
	t.Helper()
	w, err := NewWebhook(address, o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWebhook(t *testing.T) {
	r := newReceiver(t, nil)
	w := newWebhook(t, strings.Replace(r.URL, "://", "://user:pass@", 1)+"/hook?a=b",
		WebhookOptions{Secret: "s3cret", Client: r.Client()})
	outbox := newMemory(samples(3)...)
	newCourier(outbox).start(t, w)
	outbox.wait(t, w.Name(), 3)
	for i, e := range samples(3) {
		want, err := e.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		request := r.requests[i]
		if r.bodies[i] != string(want) || request.Method != "POST" || request.RequestURI != "/hook?a=b" {
			t.Errorf("%s %s\n%s", request.Method, request.RequestURI, r.bodies[i])
		}
		user, password, _ := request.BasicAuth()
		if user != "user" || password != "pass" {
			t.Errorf("user %q, password %q", user, password)
		}
		for name, want := range map[string]string{
			"Content-Type":        "application/json",
			"X-Varlake-Event-Id":  e.ID,
			"X-Varlake-Signature": "sha256=" + sign([]byte("s3cret"), want),
			"User-Agent":          "varlake",
		} {
			if got := request.Header.Get(name); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
	// A known answer, from openssl dgst -sha256 -hmac key.
	if got := sign([]byte("key"), []byte("The quick brown fox jumps over the lazy dog")); got != "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8" {
		t.Error(got)
	}
	plain := newWebhook(t, r.URL, WebhookOptions{})
	if n, err := plain.Send(t.Context(), samples(2)); n != 1 || err != nil {
		t.Errorf("%d sent: %v", n, err)
	}
	if last := r.requests[3]; last.Header.Get("X-Varlake-Signature") != "" || last.Header.Get("Authorization") != "" {
		t.Errorf("%v", last.Header)
	}
	if n, err := plain.Send(t.Context(), nil); n != 0 || err != nil {
		t.Errorf("%d sent: %v", n, err)
	}
}

func TestWebhookAnswers(t *testing.T) {
	for code, want := range map[int]struct{ ok, final bool }{
		200: {ok: true}, 202: {ok: true}, 204: {ok: true}, 299: {ok: true},
		400: {final: true}, 401: {final: true}, 403: {final: true}, 404: {final: true}, 410: {final: true},
		422: {final: true},
		408: {}, 425: {}, 429: {}, 500: {}, 502: {}, 503: {}, 504: {}, 304: {},
	} {
		r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(code)
		})
		n, err := newWebhook(t, r.URL, WebhookOptions{}).Send(t.Context(), samples(1))
		if want.ok {
			if n != 1 || err != nil {
				t.Errorf("%d: %d sent: %v", code, n, err)
			}
			continue
		}
		var about *SendError
		if n != 0 || !errors.As(err, &about) || about.Final != want.final || about.RetryAfter != 7*time.Second {
			t.Errorf("%d: %d sent: %#v", code, n, err)
		}
	}
}

// TestWebhookRetries sees a receiver that is unable, busy and refusing.
func TestWebhookRetries(t *testing.T) {
	var mu sync.Mutex
	codes := []int{503, 429, 200, 400, 500, 200}
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		code := codes[0]
		codes = codes[1:]
		if code == 429 {
			w.Header().Set("Retry-After", "30")
		}
		w.WriteHeader(code)
	})
	w := newWebhook(t, r.URL, WebhookOptions{})
	outbox := newMemory(samples(3)...)
	c := newCourier(outbox)
	stop := c.start(t, w)
	outbox.wait(t, w.Name(), 3)
	stop()
	var got []string
	for _, request := range r.requests {
		got = append(got, request.Header.Get("X-Varlake-Event-Id"))
	}
	one, two, three := sample(1).ID, sample(2).ID, sample(3).ID
	if !slices.Equal(got, []string{one, one, one, two, three, three}) {
		t.Errorf("got %v", got)
	}
	waits := c.waited()
	if len(waits) != 3 || waits[0] > time.Second || waits[1] != 30*time.Second || waits[2] > time.Second {
		t.Errorf("waited %v", waits)
	}
	if log := c.log.String(); !strings.Contains(log, "dropped=1") || !strings.Contains(log, two) {
		t.Error(log)
	}
}

func TestRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, "-5": 0, "soon": 0, "1.5": 0,
		"999999": time.Hour, "99999999999999999999": 0,
		"Sun, 01 Mar 2026 12:00:20 GMT": 20 * time.Second,
		"Sun, 01 Mar 2026 11:00:00 GMT": 0,
		"Mon, 01 Mar 2027 12:00:20 GMT": time.Hour,
	} {
		if got := retryAfter(header, noon); got != want {
			t.Errorf("%q is %v, want %v", header, got, want)
		}
	}
}

func TestRedirects(t *testing.T) {
	elsewhere := newReceiver(t, nil)
	redirect := func(to string, code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				w.Header().Set("Location", to)
				w.WriteHeader(code)
			}
		}
	}
	for _, code := range []int{301, 302, 303, 307, 308} {
		here := newReceiver(t, redirect(elsewhere.URL+"/x", code))
		n, err := newWebhook(t, here.URL, WebhookOptions{Secret: "s"}).Send(t.Context(), samples(1))
		var about *SendError
		if n != 0 || !errors.As(err, &about) || about.Final {
			t.Errorf("%d elsewhere: %d sent: %v", code, n, err)
		}
	}
	if len(elsewhere.requests) != 0 {
		t.Errorf("%d requests went elsewhere", len(elsewhere.requests))
	}
	for code, follows := range map[int]bool{301: false, 302: false, 303: false, 307: true, 308: true} {
		here := newReceiver(t, redirect("/moved", code))
		address := strings.Replace(here.URL, "://", "://user:pass@", 1)
		n, err := newWebhook(t, address, WebhookOptions{Secret: "s"}).Send(t.Context(), samples(1))
		if (n == 1 && err == nil) != follows {
			t.Errorf("%d here: %d sent: %v", code, n, err)
		}
		if !follows {
			continue
		}
		last := here.requests[1]
		if user, _, _ := last.BasicAuth(); last.Method != "POST" || here.bodies[1] != here.bodies[0] || user != "user" ||
			last.Header.Get("X-Varlake-Signature") == "" {
			t.Errorf("%d here: %s %v\n%s", code, last.Method, last.Header, here.bodies[1])
		}
	}
	loop := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/again")
		w.WriteHeader(307)
	})
	if n, err := newWebhook(t, loop.URL, WebhookOptions{}).Send(t.Context(), samples(1)); n != 0 || err == nil ||
		len(loop.requests) > maxRedirects+1 {
		t.Errorf("%d sent after %d requests: %v", n, len(loop.requests), err)
	}
}

// TestEndlessAnswer has a receiver that never stops to talk.
func TestEndlessAnswer(t *testing.T) {
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	})
	if n, err := newWebhook(t, r.URL, WebhookOptions{}).Send(t.Context(), samples(1)); n != 1 || err != nil {
		t.Errorf("%d sent: %v", n, err)
	}
}

func TestWebhookTimeout(t *testing.T) {
	r := newReceiver(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	n, err := newWebhook(t, r.URL, WebhookOptions{Timeout: time.Millisecond}).Send(t.Context(), samples(1))
	var about *SendError
	if n != 0 || !errors.As(err, &about) || about.Final || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%d sent: %v", n, err)
	}
}

// TestWebhookCancel stops while a request is on its way.
func TestWebhookCancel(t *testing.T) {
	arrived := make(chan struct{})
	r := newReceiver(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	outbox := newMemory(samples(1)...)
	stop := newCourier(outbox).start(t, newWebhook(t, r.URL, WebhookOptions{}))
	<-arrived
	stop()
	if len(outbox.position) != 0 {
		t.Errorf("positions %v", outbox.position)
	}
}

// TestSecretsAreNotLogged has a URL with a secret in every part.
func TestSecretsAreNotLogged(t *testing.T) {
	r := newReceiver(t, nil)
	address := strings.Replace(r.URL, "://", "://s3cretuser:s3cretpass@",
		1) + "/s3cretpath?token=s3crettoken#s3cretfragment"
	r.Close() // so that connections are refused
	w := newWebhook(t, address, WebhookOptions{Secret: "s3cretkey"})
	outbox := newMemory(sample(1))
	c := newCourier(outbox)
	stop := c.start(t, w)
	outbox.wait(t, w.Name(), 1) // dropped after a day
	stop()
	if log := c.log.String(); strings.Contains(log, "s3cret") || !strings.Contains(log, "connection refused") ||
		!strings.Contains(log, "Dropped") {
		t.Errorf("%.2000s", log)
	}
	for _, address := range []string{
		"http://s3cret:s3/cret@h/", "http://s3cret\x7f@h", "ftp://s3cret@h", "http://s3cret@", "s3cret", "http://:80/s3cret",
		"http://s3cret:s3%zzcret@h",
	} {
		w, err := NewWebhook(address, WebhookOptions{})
		if err == nil || w != nil || strings.Contains(err.Error(), "s3") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestWebhookNames(t *testing.T) {
	names := map[string]bool{}
	for _, address := range []string{"http://h/a", "http://h/b", "http://h/a?x=1", "https://h/a", "http://h:81/a"} {
		names[newWebhook(t, address, WebhookOptions{}).Name()] = true
	}
	if len(names) != 5 {
		t.Errorf("names %v", names)
	}
	a, b := newWebhook(t, "http://u:old@h/a", WebhookOptions{}), newWebhook(t, "http://u:new@h/a#x",
		WebhookOptions{Secret: "s"})
	if a.Name() != b.Name() || !strings.HasPrefix(a.Name(), "webhook:http://h#") {
		t.Errorf("names %s, %s", a.Name(), b.Name())
	}
}

func TestMalformedEventInWebhook(t *testing.T) {
	bad := sample(1)
	bad.Detail = json.RawMessage("{")
	_, err := newWebhook(t, "http://127.0.0.1:1", WebhookOptions{}).Send(t.Context(), []Event{bad})
	var about *SendError
	if !errors.As(err, &about) || !about.Final {
		t.Error(err)
	}
}
