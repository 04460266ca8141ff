package httpapi

import (
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
)

// Bounds on bodies, in bytes. A body is read only for a key that exists, but before anybody knows whether the holder of
// its secret sent it.
const (
	// minBodyRate is how many bytes a second a body brings at least, once bodyTimeout has passed.
	minBodyRate = 64 << 10
	bodyTimeout = 10 * time.Second

	// What may be held at one time. Little bodies have bytes of their own: nobody's large ones keep them out.
	littleBody   = 64 << 10
	littleBodies = 16 << 20
	largeBodies  = 64 << 20
)

// busyError refuses a request that may be sent again a little later. AWS's SDKs do that by themselves for its status.
type busyError struct{ message string }

func (e *busyError) Error() string { return e.message }

const (
	unavailable = "ServiceUnavailable"
	retryAfter  = "1" // seconds
)

// budget bounds the bytes of bodies held at one time: of all, of one account and of one address, as place has it. Safe
// for concurrent use.
type budget struct {
	total int64 // an account may have half of it, and an address a quarter
	mu    sync.Mutex
	used  int64
	by    map[string]int64 // account, or address → bytes
}

func newBudget(total int64) *budget { return &budget{total: total, by: map[string]int64{}} }

// take reserves n bytes, until they are given back, at once or by and by; ok is false when there is no room.
func (b *budget) take(n int64, account, address string) (giveBack func(n int64), ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	account, address = "account "+account, "address "+address
	if b.used+n > b.total || b.by[account]+n > b.total/2 || b.by[address]+n > b.total/4 {
		return nil, false
	}
	b.add(n, account, address)
	return func(n int64) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.add(-n, account, address)
	}, true
}

func (b *budget) add(n int64, owners ...string) {
	b.used += n
	for _, owner := range owners {
		if b.by[owner] += n; b.by[owner] == 0 {
			delete(b.by, owner)
		}
	}
}

// receive reads the whole body of a request of at most limit bytes, and its hash. The bytes are reserved before the
// first is read, until release is called, which may be more than once; of a body of unknown length limit bytes are,
// until it is there. A client that is slower than minBodyRate is let go.
func (h *handler) receive(x *exchange, account string, limit int64) (body []byte, sum [sha256.Size]byte, release func(),
	err error) {
	r := x.r
	n := r.ContentLength
	switch {
	case n > limit:
		return nil, sum, nil, tooLarge(limit)
	case n < 0:
		n = limit
	}
	bodies := h.large
	if n <= littleBody {
		bodies = h.little
	}
	giveBack, ok := bodies.take(n, account, place(remoteHost(r)))
	if !ok {
		return nil, sum, nil, &busyError{"The server is receiving as many requests as it can hold. Please try again."}
	}
	if body, err = h.readBody(x, limit); err != nil {
		giveBack(n)
		return nil, sum, nil, err
	}
	x.drained = true
	held := int64(len(body))
	giveBack(n - held)
	return body, sha256.Sum256(body), sync.OnceFunc(func() { giveBack(held) }), nil
}

func tooLarge(limit int64) error {
	return omics.Validation("The request body is larger than %d bytes.", limit)
}

func (h *handler) readBody(x *exchange, limit int64) ([]byte, error) {
	r := x.r
	source := &pacedReader{body: http.MaxBytesReader(x, r.Body, limit), control: http.NewResponseController(x),
		start: time.Now(), grace: h.bodyTimeout}
	var body []byte
	var err error
	if r.ContentLength >= 0 {
		body = make([]byte, r.ContentLength)
		_, err = io.ReadFull(source, body)
	} else {
		body, err = io.ReadAll(source)
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, tooLarge(limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, omics.RequestTimeout("The request body did not arrive in time.")
	case err != nil:
		return nil, omics.Validation("The request body could not be read.")
	}
	// Left standing, the deadline would cancel the request's context in the middle of the work.
	_ = source.control.SetReadDeadline(time.Time{})
	return body, nil
}

// pacedReader ends with os.ErrDeadlineExceeded when a body comes too slowly.
type pacedReader struct {
	body    io.Reader
	control *http.ResponseController
	start   time.Time
	grace   time.Duration
	n       int64
}

// Read implements io.Reader.
func (p *pacedReader) Read(b []byte) (int, error) {
	allowed := p.grace + time.Duration(p.n)*time.Second/minBodyRate
	// A writer that has no deadlines (a test's recorder) has no slow client either.
	_ = p.control.SetReadDeadline(p.start.Add(allowed))
	n, err := p.body.Read(b)
	p.n += int64(n)
	return n, err
}
