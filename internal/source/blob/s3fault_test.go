package blob_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/source/blob/blobtest"
)

// faultyS3 is an S3 endpoint of one object, one of whose GETs it answers as fault does.
type faultyS3 struct {
	data  []byte
	fault func(w http.ResponseWriter, head http.Header, body []byte)
	nth   int64 // of GETs, from 1
	gets  atomic.Int64
}

const faultyETag = `"0123456789abcdef0123456789abcdef"`

func (s *faultyS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("ETag", faultyETag)
	head.Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
	if r.Method == http.MethodHead {
		head.Set("Content-Length", strconv.Itoa(len(s.data)))
		return
	}
	var from, to int
	if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to); err != nil {
		http.Error(w, "no range", http.StatusBadRequest)
		return
	}
	body := s.data[from : to+1]
	head.Set("Content-Length", strconv.Itoa(len(body)))
	head.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, len(s.data)))
	if s.gets.Add(1) == s.nth {
		s.fault(w, head, body)
		return
	}
	w.WriteHeader(http.StatusPartialContent)
	_, _ = w.Write(body)
}

func answerS3(status int, code string) func(http.ResponseWriter, http.Header, []byte) {
	return func(w http.ResponseWriter, head http.Header, _ []byte) {
		for _, name := range []string{"Content-Length", "Content-Range", "ETag"} {
			head.Del(name)
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>a fault</Message></Error>", code)
	}
}

// TestS3EveryRequestFails lets the first, the second, ... request for an object's bytes go wrong in each way: what
// passes is asked for again and the bytes are those of the object, what does not is an error of its kind.
func TestS3EveryRequestFails(t *testing.T) {
	cut := func(part func(body []byte) int) func(http.ResponseWriter, http.Header, []byte) {
		return func(w http.ResponseWriter, _ http.Header, body []byte) {
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(body[:part(body)])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler) // the connection is reset
		}
	}
	for name, test := range map[string]struct {
		fault func(http.ResponseWriter, http.Header, []byte)
		kind  error // nil: it passes
	}{
		"500":                       {fault: answerS3(500, "InternalError")},
		"503":                       {fault: answerS3(503, "SlowDown")},
		"reset before the body":     {fault: cut(func([]byte) int { return 0 })},
		"reset in its middle":       {fault: cut(func(body []byte) int { return len(body) / 2 })},
		"reset before its last":     {fault: cut(func(body []byte) int { return len(body) - 1 })},
		"a body of fewer bytes":     {kind: blob.ErrUnavailable, fault: shortBody},
		"in drops":                  {fault: inDrops},
		"the whole object":          {kind: blob.ErrUnavailable, fault: wholeObject},
		"another object":            {kind: blob.ErrChanged, fault: otherETag},
		"403":                       {kind: blob.ErrDenied, fault: answerS3(403, "AccessDenied")},
		"404":                       {kind: blob.ErrChanged, fault: answerS3(404, "NoSuchKey")},
		"412":                       {kind: blob.ErrChanged, fault: answerS3(412, "PreconditionFailed")},
		"an answer that is no S3's": {kind: blob.ErrUnavailable, fault: answerS3(418, "<<")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := blobtest.Noise(1 << 20)
			for nth := int64(1); ; nth++ {
				endpoint := &faultyS3{data: data, fault: test.fault, nth: nth}
				server := httptest.NewServer(endpoint)
				got, err := readFaulty(t, server.URL)
				server.Close()
				if endpoint.gets.Load() < nth { // the object was read before
					if nth < 3 {
						t.Errorf("only %d requests", endpoint.gets.Load())
					}
					return
				}
				var worded *blob.Error
				switch {
				case test.kind == nil && (err != nil || !bytes.Equal(got, data)):
					t.Errorf("request %d: %d bytes, %v", nth, len(got), err)
				case test.kind != nil && (!errors.Is(err, test.kind) || !errors.As(err, &worded)):
					t.Errorf("request %d: %v, want %v", nth, err, test.kind)
				case test.kind != nil && !strings.HasPrefix(worded.Error(), "s3://bucket/key: "):
					t.Errorf("request %d: %q does not name the object first", nth, worded.Error())
				case !bytes.HasPrefix(data, got):
					t.Errorf("request %d: the %d bytes before the error are not the object's", nth, len(got))
				}
			}
		})
	}
}

func readFaulty(t *testing.T, url string) ([]byte, error) {
	store := newS3(t, blob.S3Config{Endpoint: url, Region: "us-east-1", PathStyle: true, AccessKey: "key",
		SecretKey: "secret"})
	object, err := store.Open(t.Context(), "s3://bucket/key")
	if err != nil {
		t.Fatal(err)
	}
	defer object.Close()
	reader := object.Reader(t.Context(), 0)
	defer reader.Close()
	return io.ReadAll(reader)
}

// shortBody claims a smaller range than was asked for.
func shortBody(w http.ResponseWriter, head http.Header, body []byte) {
	var from, to, size int
	fmt.Sscanf(head.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &size)
	head.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, size))
	head.Set("Content-Length", strconv.Itoa(len(body)-1))
	w.WriteHeader(http.StatusPartialContent)
	_, _ = w.Write(body[:len(body)-1])
}

func inDrops(w http.ResponseWriter, _ http.Header, body []byte) {
	w.WriteHeader(http.StatusPartialContent)
	for len(body) > 0 {
		n := min(len(body), 20_000)
		_, _ = w.Write(body[:n])
		_ = http.NewResponseController(w).Flush()
		body = body[n:]
		time.Sleep(time.Millisecond)
	}
}

// wholeObject knows no ranges.
func wholeObject(w http.ResponseWriter, head http.Header, body []byte) {
	head.Del("Content-Range")
	_, _ = w.Write(body)
}

func otherETag(w http.ResponseWriter, head http.Header, body []byte) {
	head.Set("ETag", `"fedcba9876543210fedcba9876543210"`)
	w.WriteHeader(http.StatusPartialContent)
	_, _ = w.Write(body)
}
