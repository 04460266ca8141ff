// Package sigv4 verifies and makes AWS Signature Version 4 in the
// Authorization header, as AWS's general reference specifies it for every
// service but S3: the path is normalised and encoded once more than it
// travels, and the payload's hash is always that of the body received.
//
// Every refusal is an *Error with the code that AWS's rest-json services use.
// Its message never holds a canonical request, a string to sign or a key. That
// a key id is nobody's is no secret: the code of the refusal says so.
package sigv4

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	dateLayout = "20060102"
	timeLayout = "20060102T150405Z"
)

// Error is a refusal. It is always answered with HTTP status 403.
type Error struct {
	Code    string // as clients see it in x-amzn-ErrorType
	Message string
}

// Error gives the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// scope is what a key signs for: date/region/service.
type scope struct{ date, region, service string }

func (s scope) String() string {
	return s.date + "/" + s.region + "/" + s.service + "/" + terminator
}

var errTarget = errors.New("the request target cannot be read")

// order is the order of query parameters in a canonical request.
type order int

const (
	byEncoding order = iota // the specification's: by encoded name, then encoded value
	asSent                  // as on the request line
)

// canonicalRequest writes the request in the form that is hashed and signed.
// signed holds header names in lower case, sorted.
func canonicalRequest(r *http.Request, signed []string, bodyHash string, o order) (string, error) {
	path, query, err := target(r)
	if err != nil {
		return "", err
	}
	canonicalQuery, err := canonicalQuery(query, o)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(r.Method)
	b.WriteByte('\n')
	b.WriteString(escape(normalise(path), true))
	b.WriteByte('\n')
	b.WriteString(canonicalQuery)
	b.WriteByte('\n')
	for _, name := range signed {
		b.WriteString(name)
		b.WriteByte(':')
		for i, v := range headerValues(r, name) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(collapse(v))
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	b.WriteString(strings.Join(signed, ";"))
	b.WriteByte('\n')
	b.WriteString(bodyHash)
	return b.String(), nil
}

// target gives the path and query as they stand on the request line. The
// parsed URL would not do: it has forgotten how the path was escaped.
func target(r *http.Request) (path, query string, err error) {
	s := r.RequestURI
	if s == "" { // a request to be sent
		s = r.URL.RequestURI()
	}
	if !strings.HasPrefix(s, "/") { // absolute form, as proxies are sent
		_, rest, ok := strings.Cut(s, "://")
		if !ok {
			return "", "", errTarget
		}
		i := strings.IndexAny(rest, "/?")
		if i < 0 {
			return "/", "", nil
		}
		s = rest[i:]
		if s[0] == '?' {
			s = "/" + s
		}
	}
	path, query, _ = strings.Cut(s, "?")
	return path, query, nil
}

// normalise removes empty and dot segments (RFC 3986, section 5.2.4) but
// keeps a slash at the end.
func normalise(path string) string {
	var out []string
	segments := strings.Split(path, "/")
	for _, s := range segments {
		switch s {
		case "", ".":
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return "/"
	}
	end := ""
	if strings.HasSuffix(path, "/") {
		end = "/"
	}
	return "/" + strings.Join(out, "/") + end
}

// canonicalQuery decodes each parameter, encodes it AWS's way and sorts.
func canonicalQuery(query string, o order) (string, error) {
	if query == "" {
		return "", nil
	}
	type pair struct{ name, value string }
	var pairs []pair
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return "", errTarget
		}
		value, err = url.QueryUnescape(value)
		if err != nil {
			return "", errTarget
		}
		pairs = append(pairs, pair{escape(name, false), escape(value, false)})
	}
	if o == byEncoding {
		slices.SortFunc(pairs, func(a, b pair) int {
			return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
		})
	}
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name + "=" + p.value)
	}
	return b.String(), nil
}

// escape percent-encodes every byte but the unreserved ones, with a slash
// kept where asked.
func escape(s string, keepSlash bool) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '-', c == '.', c == '_', c == '~', c == '/' && keepSlash:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

// collapse trims a header's value and makes each run of spaces one.
func collapse(v string) string {
	v = strings.Trim(v, " \t")
	if !strings.Contains(v, "  ") {
		return v
	}
	var b strings.Builder
	space := false
	for i := range len(v) {
		if v[i] == ' ' && space {
			continue
		}
		space = v[i] == ' '
		b.WriteByte(v[i])
	}
	return b.String()
}

// headerValues gives a header's values, with those that net/http keeps apart
// from the header map.
func headerValues(r *http.Request, name string) []string {
	switch name {
	case "host":
		if r.Host == "" {
			return []string{r.URL.Host}
		}
		return []string{r.Host}
	case "content-length":
		if _, ok := r.Header["Content-Length"]; !ok && r.ContentLength >= 0 {
			return []string{strconv.FormatInt(r.ContentLength, 10)}
		}
	}
	return r.Header[http.CanonicalHeaderKey(name)]
}

// signature is the whole chain from secret to hex digits.
func signature(secret, canonical, at string, s scope) [sha256.Size]byte {
	digest := sha256.Sum256([]byte(canonical))
	key := mac([]byte("AWS4"+secret), s.date)
	key = mac(key, s.region)
	key = mac(key, s.service)
	key = mac(key, terminator)
	toSign := algorithm + "\n" + at + "\n" + s.String() + "\n" + hex.EncodeToString(digest[:])
	return [sha256.Size]byte(mac(key, toSign))
}

func mac(key []byte, s string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(s))
	return h.Sum(nil)
}

func hashBody(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
