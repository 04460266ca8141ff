package sigv4

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Credentials are an access key.
type Credentials struct{ AccessKeyID, Secret string }

// Sign signs a request that is about to be sent: it sets X-Amz-Date,
// X-Amz-Content-Sha256 and Authorization, and signs the host and every header
// that no transport changes on the way. body is what the request will carry.
func Sign(r *http.Request, body []byte, c Credentials, region, service string, now time.Time) error {
	at := now.UTC().Format(timeLayout)
	bodyHash := hashBody(body)
	r.Header.Set("X-Amz-Date", at)
	r.Header.Set("X-Amz-Content-Sha256", bodyHash)
	r.Header.Del("Authorization")

	signed := []string{"host"}
	for name := range r.Header {
		switch name = strings.ToLower(name); name {
		case "connection", "content-length", "expect", "host", "transfer-encoding", "user-agent", "x-amzn-trace-id":
		default:
			signed = append(signed, name)
		}
	}
	slices.Sort(signed)
	canonical, err := canonicalRequest(r, signed, bodyHash, byEncoding)
	if err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	s := scope{at[:len(dateLayout)], region, service}
	sum := signature(c.Secret, canonical, at, s)
	r.Header.Set("Authorization", algorithm+
		" Credential="+c.AccessKeyID+"/"+s.String()+
		", SignedHeaders="+strings.Join(signed, ";")+
		", Signature="+hex.EncodeToString(sum[:]))
	return nil
}
