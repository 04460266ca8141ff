package event

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	defaultTimeout = 10 * time.Second
	maxRetryAfter  = time.Hour
	maxResponse    = 64 << 10 // bytes read of an answer
	maxRedirects   = 5
)

// WebhookOptions say how a webhook is called. All of them may be left out.
type WebhookOptions struct {
	Secret  string        // signs the body of every request
	Timeout time.Duration // of one request; 10 seconds when zero
	Client  *http.Client  // its redirect policy is not used
}

// Webhook posts events to a URL, one request each.
type Webhook struct {
	name    string
	url     string
	user    *url.Userinfo
	secret  []byte
	timeout time.Duration
	client  *http.Client
}

// NewWebhook is a webhook at an http or https URL. A user and password in the
// URL are sent as HTTP's basic authentication.
func NewWebhook(address string, o WebhookOptions) (*Webhook, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil: // it would show parts of the URL, which may hold secrets
		return nil, errors.New("read webhook URL: it is malformed")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("read webhook URL: it must begin with http:// or https://")
	case u.Hostname() == "":
		return nil, errors.New("read webhook URL: it has no host")
	}
	user := u.User
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	client := http.Client{}
	if o.Client != nil {
		client = *o.Client
	}
	client.CheckRedirect = sameServer
	return &Webhook{
		name:    webhookName(u),
		url:     u.String(),
		user:    user,
		secret:  []byte(o.Secret),
		timeout: cmp.Or(o.Timeout, defaultTimeout),
		client:  &client,
	}, nil
}

// webhookName tells webhooks apart without a secret: paths and queries often
// hold one, so of them there is only a digest.
func webhookName(u *url.URL) string {
	digest := sha256.Sum256([]byte(u.RequestURI()))
	return "webhook:" + u.Scheme + "://" + u.Host + "#" + hex.EncodeToString(digest[:4])
}

// sameServer follows a redirect that posts the same body to the same server,
// and no other: the event and its signature are for the configured receiver.
func sameServer(next *http.Request, via []*http.Request) error {
	first := via[0]
	if next.Method != first.Method || next.URL.Scheme != first.URL.Scheme || next.URL.Host != first.URL.Host ||
		len(via) > maxRedirects {
		return http.ErrUseLastResponse
	}
	return nil
}

// Name is webhook:, the scheme and the host, and a digest of the path and query.
func (w *Webhook) Name() string { return w.name }

// Send posts the first event.
func (w *Webhook) Send(ctx context.Context, events []Event) (int, error) {
	if len(events) == 0 {
		return 0, nil
	}
	body, err := events[0].MarshalJSON()
	if err != nil {
		return 0, &SendError{Err: err, Final: true}
	}
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return 0, &SendError{Err: fmt.Errorf("post event: %w", withoutURL(err))}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "varlake")
	request.Header.Set("X-Varlake-Event-Id", events[0].ID)
	if password, _ := w.user.Password(); w.user != nil {
		request.SetBasicAuth(w.user.Username(), password)
	}
	if len(w.secret) > 0 {
		request.Header.Set("X-Varlake-Signature", "sha256="+sign(w.secret, body))
	}
	response, err := w.client.Do(request)
	if err != nil {
		return 0, &SendError{Err: fmt.Errorf("post event: %w", withoutURL(err))}
	}
	// To read the answer lets the connection be used again; a fault in it
	// changes nothing.
	_, _ = io.CopyN(io.Discard, response.Body, maxResponse)
	_ = response.Body.Close()
	if response.StatusCode/100 == 2 {
		return 1, nil
	}
	return 0, refusal(response)
}

// sign is the HMAC of a body, with SHA-256, in hex digits.
func sign(secret, body []byte) string {
	h := hmac.New(sha256.New, secret)
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// refusal makes an error of an answer that is no success.
func refusal(r *http.Response) *SendError {
	e := &SendError{RetryAfter: retryAfter(r.Header.Get("Retry-After"), time.Now())}
	switch code := r.StatusCode; {
	case code/100 == 3:
		e.Err = fmt.Errorf("post event: the receiver answered %d, and redirects to other servers are not followed", code)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code/100 != 4:
		e.Err = fmt.Errorf("post event: the receiver answered %d", code)
	default:
		e.Err = fmt.Errorf("post event: the receiver refused it with %d", code)
		e.Final = true
	}
	return e
}

// retryAfter reads a Retry-After header, in seconds or as a date.
func retryAfter(s string, now time.Time) time.Duration {
	var d time.Duration
	if seconds, err := strconv.ParseUint(s, 10, 31); err == nil {
		d = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(s); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), maxRetryAfter)
}

// withoutURL takes the URL, which may hold secrets, off an error.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
