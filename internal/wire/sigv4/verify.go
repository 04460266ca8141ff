package sigv4

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// window is how far a request's date may be from the server's, either way.
const window = 15 * time.Minute

const (
	maxAuthorization = 8 << 10 // bytes of the header
	maxSignedHeaders = 100
	maxKeyID         = 128 // bytes, as IAM's limit
)

// Options say what Verify accepts.
type Options struct {
	Now      time.Time // the server's clock
	Region   string    // the region that the scope must name
	Services []string  // the services that the scope may name

	// Secret looks up the secret of an access key; ok is false when there is
	// no such key. An error means the lookup itself failed.
	Secret func(ctx context.Context, accessKeyID string) (secret string, ok bool, err error)
}

// Identity is who signed a request, and for what.
type Identity struct{ AccessKeyID, Region, Service string }

// Signed is a request that claims to be signed with a key that exists. Nothing proves it yet.
type Signed struct {
	r      *http.Request
	auth   credential
	at     time.Time
	secret string
}

// Service is the service in the scope of a request's signature, which nothing proves; empty when the request has none,
// or not one that could be right.
func Service(r *http.Request) string {
	auth, err := authorization(r)
	if err != nil {
		return ""
	}
	return auth.scope.service
}

// Begin does what can be done before the body is there: it refuses a request whose headers alone rule it out, and one
// whose key nobody has, so that a server need not read a body that nobody signed. A refusal is an *Error; any other
// error means that Secret failed.
func Begin(r *http.Request, opt Options) (*Signed, error) {
	auth, at, err := check(r, opt)
	if err != nil {
		return nil, err
	}
	secret, known, err := opt.Secret(r.Context(), auth.keyID)
	switch {
	case err != nil:
		return nil, fmt.Errorf("look up access key: %w", err)
	case !known, r.Header.Get("X-Amz-Security-Token") != "":
		return nil, errUnknownKey // keys here are long-lived and have no token
	}
	return &Signed{r, auth, at, secret}, nil
}

// Verify checks the signature, given the SHA-256 of the body. Its errors are of type *Error.
func (s *Signed) Verify(body [sha256.Size]byte) (Identity, error) {
	bodyHash := hex.EncodeToString(body[:])
	same := false
	// AWS's Go SDK sorts parameters before it encodes them and sends them in
	// that order, which for names or repeated values such as a:b and a-b is
	// not the specification's. Both orders sign the same parameters.
	for _, o := range []order{byEncoding, asSent} {
		canonical, err := canonicalRequest(s.r, s.auth.signed, bodyHash, o)
		if err != nil {
			return Identity{}, errMismatch
		}
		want := signature(s.secret, canonical, s.at.Format(timeLayout), s.auth.scope)
		if subtle.ConstantTimeCompare(want[:], s.auth.signature[:]) == 1 {
			same = true
		}
	}
	if declared, ok := s.r.Header["X-Amz-Content-Sha256"]; ok && declared[0] != bodyHash {
		same = false // UNSIGNED-PAYLOAD too: a body that nobody signed is not taken
	}
	if !same {
		return Identity{}, errMismatch
	}
	return Identity{s.auth.keyID, s.auth.scope.region, s.auth.scope.service}, nil
}

var (
	errMissing = &Error{"MissingAuthenticationTokenException", "Missing Authentication Token"}
	errPresign = incomplete("Signatures in the query string are not supported; sign the Authorization header.")

	errUnknownKey = &Error{"UnrecognizedClientException", "The security token included in the request is invalid."}
	errMismatch   = invalid("The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
)

func incomplete(format string, args ...any) *Error {
	return &Error{"IncompleteSignatureException", fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *Error {
	return &Error{"InvalidSignatureException", fmt.Sprintf(format, args...)}
}

func check(r *http.Request, opt Options) (auth credential, at time.Time, err error) {
	if auth, err = authorization(r); err != nil {
		return auth, at, err
	}
	if at, err = requestTime(r, auth.signed); err != nil {
		return auth, at, err
	}
	if err = auth.check(at, opt); err != nil {
		return auth, at, err
	}
	return auth, at, checkHeaders(r, auth.signed)
}

// credential is the Authorization header, taken apart.
type credential struct {
	keyID     string
	scope     scope
	end       string // what stands where the terminator belongs
	signed    []string
	signature [32]byte
}

func authorization(r *http.Request) (credential, error) {
	values := r.Header["Authorization"]
	switch {
	case len(values) == 0 && presigned(r):
		return credential{}, errPresign
	case len(values) == 0 || values[0] == "":
		return credential{}, errMissing
	case len(values) > 1:
		return credential{}, incomplete("There must be one Authorization header.")
	}
	return parseAuthorization(values[0])
}

func presigned(r *http.Request) bool {
	_, query, err := target(r)
	if err != nil {
		return false
	}
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if name, err = url.QueryUnescape(name); err == nil && (name == "X-Amz-Signature" || name == "X-Amz-Algorithm") {
			return true
		}
	}
	return false
}

// parseAuthorization reads
// AWS4-HMAC-SHA256 Credential=K/date/region/service/aws4_request, SignedHeaders=a;b, Signature=hex.
func parseAuthorization(s string) (credential, error) {
	if len(s) > maxAuthorization {
		return credential{}, incomplete("The Authorization header is too long.")
	}
	scheme, rest, _ := strings.Cut(s, " ")
	if scheme != algorithm {
		return credential{}, incomplete("The Authorization header must use the algorithm %s.", algorithm)
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := fields[name]; !ok || twice {
			return credential{}, incomplete("The Authorization header is not made of distinct key=value parameters.")
		}
		fields[name] = value
	}
	for _, name := range []string{"Credential", "SignedHeaders", "Signature"} {
		if fields[name] == "" {
			return credential{}, incomplete("Authorization header requires '%s' parameter.", name)
		}
	}
	var c credential
	parts := strings.Split(fields["Credential"], "/")
	if len(parts) != 5 {
		return credential{}, incomplete(
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.")
	}
	c.keyID, c.scope, c.end = parts[0], scope{parts[1], parts[2], parts[3]}, parts[4]
	if c.keyID == "" || len(c.keyID) > maxKeyID {
		return credential{}, incomplete("Credential must begin with an access key id.")
	}
	c.signed = strings.Split(fields["SignedHeaders"], ";")
	if len(c.signed) > maxSignedHeaders {
		return credential{}, incomplete("SignedHeaders names more than %d headers.", maxSignedHeaders)
	}
	for i, name := range c.signed {
		if name == "" || name != strings.ToLower(name) || i > 0 && name <= c.signed[i-1] {
			return credential{}, incomplete("SignedHeaders must be distinct names in lower case, sorted.")
		}
	}
	if n, err := hex.Decode(c.signature[:], lowerHex(fields["Signature"])); err != nil || n != len(c.signature) {
		return credential{}, errMismatch
	}
	return c, nil
}

// lowerHex gives the 64 digits of a signature, or nothing: hex.Decode would
// take upper-case digits, and more of them than fit.
func lowerHex(s string) []byte {
	if len(s) != 64 || s != strings.ToLower(s) {
		return nil
	}
	return []byte(s)
}

// requestTime is the time at which the request says it was signed.
func requestTime(r *http.Request, signed []string) (time.Time, error) {
	name, values := "X-Amz-Date", r.Header["X-Amz-Date"]
	if len(values) == 0 {
		name, values = "Date", r.Header["Date"]
	}
	if len(values) != 1 || !slices.Contains(signed, strings.ToLower(name)) {
		return time.Time{}, incomplete(
			"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header, once and signed.")
	}
	t, err := time.Parse(timeLayout, values[0])
	if err != nil && name == "Date" {
		t, err = http.ParseTime(values[0])
	}
	if err != nil {
		return time.Time{}, incomplete("Date must be in ISO-8601 'basic format', e.g. 20150830T123600Z.")
	}
	return t.UTC(), nil
}

// check compares the scope with the request's time and with what is served.
func (c credential) check(at time.Time, opt Options) error {
	now := opt.Now.UTC()
	first, last := now.Add(-window), now.Add(window)
	switch {
	case at.Before(first):
		return invalid("Signature expired: %s is now earlier than %s (%s - 15 min.)",
			at.Format(timeLayout), first.Format(timeLayout), now.Format(timeLayout))
	case at.After(last):
		return invalid("Signature not yet current: %s is still later than %s (%s + 15 min.)",
			at.Format(timeLayout), last.Format(timeLayout), now.Format(timeLayout))
	case c.scope.date != at.Format(dateLayout):
		return invalid("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
	case c.scope.region != opt.Region:
		return invalid("Credential should be scoped to a valid region.")
	case !slices.Contains(opt.Services, c.scope.service):
		return invalid("Credential should be scoped to correct service: '%s'.", strings.Join(opt.Services, "' or '"))
	case c.end != terminator:
		return invalid("Credential should be scoped with a valid terminator: '%s'.", terminator)
	}
	return nil
}

// checkHeaders makes sure that no header that matters travels unsigned.
func checkHeaders(r *http.Request, signed []string) error {
	if !slices.Contains(signed, "host") {
		return invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name, values := range r.Header {
		lower := strings.ToLower(name)
		if !strings.HasPrefix(lower, "x-amz-") {
			continue
		}
		if !slices.Contains(signed, lower) {
			return invalid("Every X-Amz-* header of the request must be a 'SignedHeader' in the AWS Authorization.")
		}
		if len(values) > 1 && (lower == "x-amz-content-sha256" || lower == "x-amz-date") {
			return incomplete("A header that the signature depends on is repeated.")
		}
	}
	return nil
}
