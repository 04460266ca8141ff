package sigv4

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// oracleServer verifies whatever it is sent and answers 200 or the refusal.
func oracleServer(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if _, err := verify(r, body, options("omics")); err != nil {
			http.Error(w, fmt.Sprintf("%v for %s %s %v", err, r.Method, r.RequestURI, r.Header), http.StatusForbidden)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func do(t *testing.T, r *http.Request) {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		text, _ := io.ReadAll(resp.Body)
		t.Errorf("refused: %s", text)
	}
}

// randomText draws from characters that escaping and sorting may stumble on.
func randomText(rnd *rand.Rand, alphabet string, n int) string {
	runes := []rune(alphabet)
	var b strings.Builder
	for range 1 + rnd.IntN(n) {
		b.WriteRune(runes[rnd.IntN(len(runes))])
	}
	return b.String()
}

func randomRequest(t *testing.T, rnd *rand.Rand, base string) (*http.Request, string) {
	t.Helper()
	target := base
	for range 1 + rnd.IntN(4) {
		segment := randomText(rnd, "aZ09-_.~ /:%+é😀&=!$'()*,;@?#", 8)
		if segment == "." || segment == ".." {
			segment = "x" // the SDK does not normalise, AWS does
		}
		target += "/" + url.PathEscape(segment)
	}
	query := url.Values{}
	for range rnd.IntN(5) {
		query.Add(randomText(rnd, "abAB-_.~ /:%+é😀&=", 3), randomText(rnd, "abAB-_.~ /:%+é😀&=", 6))
	}
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	body := ""
	method := []string{"GET", "POST", "DELETE"}[rnd.IntN(3)]
	if method == "POST" {
		body = randomText(rnd, "{}\"é\x00 ", 200)
	}
	r, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for range rnd.IntN(5) {
		name := "X-" + randomText(rnd, "abcxyz", 6)
		r.Header.Add(name, strings.TrimSpace(randomText(rnd, "ab  ,;=\"é", 12)))
	}
	if rnd.IntN(2) == 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, body
}

// TestSDKSignerIsVerified lets AWS's own signer sign requests of every kind.
func TestSDKSignerIsVerified(t *testing.T) {
	server := oracleServer(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	signer := v4.NewSigner()
	for range 400 {
		r, body := randomRequest(t, rnd, server.URL)
		sum := sha256.Sum256([]byte(body))
		hash := hex.EncodeToString(sum[:])
		if rnd.IntN(2) == 0 {
			r.Header.Set("X-Amz-Content-Sha256", hash)
		}
		creds := aws.Credentials{AccessKeyID: suiteKey, SecretAccessKey: suiteSecret}
		if err := signer.SignHTTP(context.Background(), creds, r, hash, "omics", suiteRegion, suiteTime); err != nil {
			t.Fatal(err)
		}
		do(t, r)
	}
}

func TestSignIsVerified(t *testing.T) {
	server := oracleServer(t)
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		r, body := randomRequest(t, rnd, server.URL)
		if err := Sign(r, []byte(body), Credentials{suiteKey, suiteSecret}, suiteRegion, "omics", suiteTime); err != nil {
			t.Fatal(err)
		}
		do(t, r)
	}
}

const testBody = `{"name":"store"}`

// signedRequest is a request as a server receives it, signed by Sign.
func signedRequest(t *testing.T) *http.Request {
	t.Helper()
	r := httptest.NewRequest("POST", "/tags/arn%3Aaws%2Fx?b=2&a=1", strings.NewReader(testBody))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Amz-Target", "a  b")
	if err := Sign(r, []byte(testBody), Credentials{suiteKey, suiteSecret}, suiteRegion, "omics", suiteTime); err != nil {
		t.Fatal(err)
	}
	return r
}

const (
	missing      = "MissingAuthenticationTokenException"
	incompleteEx = "IncompleteSignatureException"
	unrecognized = "UnrecognizedClientException"
	invalidEx    = "InvalidSignatureException"
)

// TestTampering changes one part of a signed request at a time.
func TestTampering(t *testing.T) {
	replace := func(old, new string) func(*http.Request, *string, *Options) {
		return func(r *http.Request, _ *string, _ *Options) {
			auth := r.Header.Get("Authorization")
			if !strings.Contains(auth, old) {
				panic("the header has no " + old)
			}
			r.Header.Set("Authorization", strings.Replace(auth, old, new, 1))
		}
	}
	set := func(name, value string) func(*http.Request, *string, *Options) {
		return func(r *http.Request, _ *string, _ *Options) { r.Header.Set(name, value) }
	}
	target := func(s string) func(*http.Request, *string, *Options) {
		return func(r *http.Request, _ *string, _ *Options) { r.RequestURI = s }
	}
	resign := func(c Credentials, region, service string, at time.Time) func(*http.Request, *string, *Options) {
		return func(r *http.Request, body *string, _ *Options) {
			if err := Sign(r, []byte(*body), c, region, service, at); err != nil {
				panic(err)
			}
		}
	}
	good := Credentials{suiteKey, suiteSecret}
	signatureOf := func(r *http.Request) string {
		_, s, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
		return s
	}
	tests := []struct {
		name   string
		change func(*http.Request, *string, *Options)
		code   string // "" when it must still be accepted
		words  string
	}{
		{"nothing", func(*http.Request, *string, *Options) {}, "", ""},
		{"query in another order", target("/tags/arn%3Aaws%2Fx?a=1&b=2"), "", ""},
		{"absolute form", target("http://example.com/tags/arn%3Aaws%2Fx?b=2&a=1"), "", ""},
		{"unsigned header added", set("X-Forwarded-For", "1.2.3.4"), "", ""},
		{"trace id added", set("X-Amzn-Trace-Id", "Root=1"), "", ""},
		{"spaces of a value", set("X-Amz-Target", " a b "), "", ""},

		{"method", func(r *http.Request, _ *string, _ *Options) { r.Method = "PUT" }, invalidEx, ""},
		{"path", target("/tags/arn%3Aaws%2Fy?b=2&a=1"), invalidEx, ""},
		{"path decoded", target("/tags/arn:aws/x?b=2&a=1"), invalidEx, ""},
		{"path in lower-case hex", target("/tags/arn%3aaws%2fx?b=2&a=1"), invalidEx, ""},
		{"query value", target("/tags/arn%3Aaws%2Fx?b=2&a=2"), invalidEx, ""},
		{"query parameter added", target("/tags/arn%3Aaws%2Fx?b=2&a=1&force=true"), invalidEx, ""},
		{"query dropped", target("/tags/arn%3Aaws%2Fx"), invalidEx, ""},
		{"query cannot be read", target("/tags/arn%3Aaws%2Fx?b=2&a=%zz"), invalidEx, ""},
		{"target is a star", target("*"), invalidEx, ""},
		{"host", func(r *http.Request, _ *string, _ *Options) { r.Host = "evil.example" }, invalidEx, ""},
		{"body", func(_ *http.Request, b *string, _ *Options) { *b = `{"name":"other"}` }, invalidEx, ""},
		{"body emptied", func(_ *http.Request, b *string, _ *Options) { *b = "" }, invalidEx, ""},
		{"body and its hash", func(r *http.Request, b *string, _ *Options) {
			*b = "x"
			r.Header.Set("X-Amz-Content-Sha256", hashBody([]byte("x")))
		}, invalidEx, ""},
		{"signed header", set("Content-Type", "text/plain"), invalidEx, ""},
		{"signed header removed", func(r *http.Request, _ *string, _ *Options) { r.Header.Del("X-Amz-Target") },
			invalidEx, ""},
		{"second value of a signed header", func(r *http.Request, _ *string, _ *Options) {
			r.Header.Add("X-Amz-Target",
				"b")
		}, invalidEx, ""},
		{"x-amz header added", set("X-Amz-Meta", "1"), invalidEx, "must be a 'SignedHeader'"},
		{"date within the window", set("X-Amz-Date", "20150830T123601Z"), invalidEx, ""},
		{"date repeated", func(r *http.Request, _ *string, _ *Options) { r.Header.Add("X-Amz-Date", "20150830T123600Z") },
			incompleteEx, ""},
		{"date in words", set("X-Amz-Date", "yesterday"), incompleteEx, "ISO-8601"},
		{"date removed", func(r *http.Request, _ *string, _ *Options) { r.Header.Del("X-Amz-Date") }, incompleteEx,
			"'X-Amz-Date'"},
		{"unsigned payload", set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), invalidEx, ""},
		{"security token", set("X-Amz-Security-Token", "token"), invalidEx, "must be a 'SignedHeader'"},
		{"security token signed", func(r *http.Request, b *string, o *Options) {
			r.Header.Set("X-Amz-Security-Token", "token")
			resign(good, suiteRegion, "omics", suiteTime)(r, b, o)
		}, unrecognized, "security token"},
		{"unsigned payload signed", func(r *http.Request, b *string, o *Options) {
			r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
			signWithHash(r, "UNSIGNED-PAYLOAD")
		}, invalidEx, ""},

		{"key of nobody", resign(Credentials{"AKIDNOBODY", suiteSecret}, suiteRegion, "omics", suiteTime), unrecognized,
			"The security token included in the request is invalid."},
		{"key of nobody with a bad signature", replace(suiteKey, "AKIDNOBODY"), unrecognized,
			"The security token included in the request is invalid."},
		{"wrong secret", resign(Credentials{suiteKey, "guess"}, suiteRegion, "omics", suiteTime), invalidEx,
			"does not match the signature you provided"},
		{"empty secret", resign(Credentials{suiteKey, ""}, suiteRegion, "omics", suiteTime), invalidEx, ""},
		{"other region", resign(good, "eu-west-1", "omics", suiteTime), invalidEx, "valid region"},
		{"other service", resign(good, suiteRegion, "s3", suiteTime), invalidEx, "correct service: 'omics'"},
		{"other terminator", replace("aws4_request", "aws5_request"), invalidEx, "valid terminator"},
		{"scope of another day", replace("/20150830/", "/20150829/"), invalidEx, "Date in Credential scope"},

		{"15 minutes old", resign(good, suiteRegion, "omics", suiteTime.Add(-window)), "", ""},
		{"15 minutes ahead", resign(good, suiteRegion, "omics", suiteTime.Add(window)), "", ""},
		{"too old", resign(good, suiteRegion, "omics", suiteTime.Add(-window-time.Second)), invalidEx,
			"Signature expired: 20150830T122059Z is now earlier than 20150830T122100Z (20150830T123600Z - 15 min.)"},
		{"too far ahead", resign(good, suiteRegion, "omics", suiteTime.Add(window+time.Second)), invalidEx,
			"Signature not yet current: 20150830T125101Z is still later than 20150830T125100Z (20150830T123600Z + 15 min.)"},

		{"no header", func(r *http.Request, _ *string, _ *Options) { r.Header.Del("Authorization") }, missing,
			"Missing Authentication Token"},
		{"empty header", set("Authorization", ""), missing, ""},
		{"two headers", func(r *http.Request, _ *string, _ *Options) {
			r.Header.Add("Authorization", r.Header.Get("Authorization"))
		}, incompleteEx, ""},
		{"presigned", func(r *http.Request, _ *string, _ *Options) {
			r.RequestURI = "/?X%2dAmz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00"
			r.Header.Del("Authorization")
		}, incompleteEx, "query string are not supported"},
		{"basic auth", set("Authorization", "Basic dXNlcjpwYXNz"), incompleteEx, "AWS4-HMAC-SHA256"},
		{"ECDSA", replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), incompleteEx, ""},
		{"no credential", replace("Credential=", "Credentials="), incompleteEx, "requires 'Credential' parameter"},
		{"no signed headers", replace("SignedHeaders=", "Signed="), incompleteEx, "requires 'SignedHeaders' parameter"},
		{"no signature", replace("Signature=", "Sig="), incompleteEx, "requires 'Signature' parameter"},
		{"parameter twice", replace("Signature=", "Credential=x, Signature="), incompleteEx, ""},
		{"credential of four parts", replace("/us-east-1/", "/"), incompleteEx, "5 slash-delimited elements"},
		{"credential of six parts", replace("/us-east-1/", "/us-east-1/x/"), incompleteEx, "5 slash-delimited elements"},
		{"no key id", replace(suiteKey, ""), incompleteEx, "access key id"},
		{"long key id", replace(suiteKey, strings.Repeat("K", 129)), incompleteEx, "access key id"},
		{"host not signed", replace("host;", ""), invalidEx, "'Host'"},
		{"headers not sorted", replace("content-type;host", "host;content-type"), incompleteEx, "sorted"},
		{"header twice", replace("host;", "host;host;"), incompleteEx, "distinct"},
		{"header in upper case", replace("host;", "Host;"), incompleteEx, "lower case"},
		{"too many headers", replace("content-type;", "content-type;"+strings.Repeat("d;", 100)), incompleteEx,
			"more than 100"},
		{"long header", set("Authorization", "AWS4-HMAC-SHA256 "+strings.Repeat("x", maxAuthorization)), incompleteEx,
			"too long"},
		{"signature of another request", func(r *http.Request, _ *string, _ *Options) {
			replace(signatureOf(r), strings.Repeat("0", 64))(r, nil, nil)
		}, invalidEx, ""},
		{"signature in upper case", func(r *http.Request, _ *string, _ *Options) {
			replace(signatureOf(r), strings.ToUpper(signatureOf(r)))(r, nil, nil)
		}, invalidEx, ""},
		{"short signature", func(r *http.Request, _ *string, _ *Options) {
			replace(signatureOf(r), signatureOf(r)[:62])(r, nil, nil)
		}, invalidEx, ""},
		{"long signature", func(r *http.Request, _ *string, _ *Options) {
			replace(signatureOf(r), signatureOf(r)+"00")(r, nil, nil)
		}, invalidEx, ""},
		{"signature with a character changed", func(r *http.Request, _ *string, _ *Options) {
			s := []byte(signatureOf(r))
			s[63] = "0123456789abcdef"[(strings.IndexByte("0123456789abcdef", s[63])+1)%16]
			replace(signatureOf(r), string(s))(r, nil, nil)
		}, invalidEx, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, body, opt := signedRequest(t), testBody, options("omics")
			test.change(r, &body, &opt)
			id, err := verify(r, []byte(body), opt)
			if test.code == "" {
				if err != nil || id.AccessKeyID != suiteKey {
					t.Fatalf("identity %+v, error %v", id, err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || e.Code != test.code || !strings.Contains(e.Message, test.words) {
				t.Fatalf("error is %v, want %s with %q", err, test.code, test.words)
			}
			if id != (Identity{}) {
				t.Errorf("a refused request has the identity %+v", id)
			}
			for _, secret := range []string{suiteSecret, suiteKey, "AKIDNOBODY", "\n", signatureOf(r), hashBody([]byte(body))} {
				if secret != "" && strings.Contains(e.Message, secret) {
					t.Errorf("the message reveals %q: %s", secret, e.Message)
				}
			}
		})
	}
}

// signWithHash signs with a declared payload hash instead of the body's.
func signWithHash(r *http.Request, hash string) {
	signed := []string{"content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-target"}
	canonical, err := canonicalRequest(r, signed, hash, byEncoding)
	if err != nil {
		panic(err)
	}
	s := scope{"20150830", suiteRegion, "omics"}
	sum := signature(suiteSecret, canonical, "20150830T123600Z", s)
	r.Header.Set("Authorization", algorithm+" Credential="+suiteKey+"/"+s.String()+", SignedHeaders="+strings.Join(signed,
		";")+", Signature="+hex.EncodeToString(sum[:]))
}

// TestDateHeader: a client may sign the Date header instead of X-Amz-Date.
func TestDateHeader(t *testing.T) {
	for _, date := range []string{"Sun, 30 Aug 2015 12:36:00 GMT", "20150830T123600Z"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Date", date)
		signed := []string{"date", "host"}
		canonical, err := canonicalRequest(r, signed, hashBody(nil), byEncoding)
		if err != nil {
			t.Fatal(err)
		}
		s := scope{"20150830", suiteRegion, "omics"}
		sum := signature(suiteSecret, canonical, "20150830T123600Z", s)
		auth := algorithm + " Credential=" + suiteKey + "/" + s.String() + ", SignedHeaders=%s, Signature=" +
			hex.EncodeToString(sum[:])
		r.Header.Set("Authorization", fmt.Sprintf(auth, "date;host"))
		if _, err := verify(r, nil, options("omics")); err != nil {
			t.Errorf("%s: %v", date, err)
		}
		r.Header.Set("Authorization", fmt.Sprintf(auth, "host"))
		var e *Error
		if _, err := verify(r, nil, options("omics")); !errors.As(err, &e) || e.Code != incompleteEx {
			t.Errorf("%s unsigned: %v", date, err)
		}
	}
}

// TestLookupFailure: a broken key store is no refusal, nor an acceptance.
func TestLookupFailure(t *testing.T) {
	broken := errors.New("database is gone")
	opt := options("omics")
	opt.Secret = func(context.Context, string) (string, bool, error) { return suiteSecret, true, broken }
	id, err := verify(signedRequest(t), []byte(testBody), opt)
	var e *Error
	if !errors.Is(err, broken) || errors.As(err, &e) || id != (Identity{}) {
		t.Errorf("identity %+v, error %v", id, err)
	}
}

// FuzzParse: nothing in the header, target or date makes Verify panic, and
// nobody gets in without the secret.
func FuzzParse(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/omics/aws4_request, SignedHeaders=host;x-amz-date, Signature="+strings.Repeat("0", 64), "/a%2F?b=1&a=%20", "20150830T123600Z")
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=,Signature=", "http://h?x", "Sun, 30 Aug 2015 12:36:00 GMT")
	f.Add("", "/?X-Amz-Signature=1", "")
	f.Fuzz(func(t *testing.T, auth, target, date string) {
		r := &http.Request{Method: "GET", URL: &url.URL{Path: "/"}, RequestURI: target, Host: "h", Header: http.Header{
			"Authorization": {auth}, "X-Amz-Date": {date},
		}}
		if _, err := verify(r, nil, options("omics")); err == nil {
			t.Fatal("accepted a request that nobody signed")
		}
		c, err := parseAuthorization(auth)
		if err == nil && (c.keyID == "" || len(c.signed) == 0 || len(c.signed) > maxSignedHeaders) {
			t.Fatalf("parsed %q as %+v", auth, c)
		}
		normal := normalise(target)
		if !strings.HasPrefix(normal, "/") || normalise(normal) != normal {
			t.Fatalf("%q normalises to %q", target, normal)
		}
	})
}

// verify checks the signature of a request that a server received. body is the whole body; r.Body is not read. Errors
// are those of Begin and of Signed.Verify. It is safe for concurrent use.
func verify(r *http.Request, body []byte, opt Options) (Identity, error) {
	signed, err := Begin(r, opt)
	if err != nil {
		return Identity{}, err
	}
	return signed.Verify(sha256.Sum256(body))
}
