package httpapi

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxHeader     = 32 << 10         // bytes of a request's line and headers; an SDK sends some 1 KiB
	headerTimeout = 10 * time.Second // for them to arrive
	idleTimeout   = 2 * time.Minute  // of a connection between requests

	// writeTimeout is how long a client may take for a part of an answer, which is at most writePart bytes: one that is
	// slow is waited for, one that stands still is not.
	writeTimeout = 2 * time.Minute
	writePart    = 64 << 10
	stallTime    = 10 * time.Second // in one part, after which the connection gives way to a new one

	// A refused connection is read for a little while, else its close could overtake the refusal.
	lingering  = 64 // refused connections at one time; any more are closed at once
	lingerTime = time.Second
	lingerRead = 64 << 10 // bytes
)

// NewServer makes the HTTP server of a handler, with bounds on what a connection may cost before the handler hears of
// it.
func NewServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ConnState: func(conn net.Conn, state http.ConnState) {
			if limited, ok := conn.(*limitedConn); ok {
				limited.listener.note(limited, state)
			}
		},
	}
}

// LimitConnections is a listener of at most so many connections at one time, and half as many of one address. When they
// are all there, one gives way to the next: one that still sends its first headers, when those are more than a quarter,
// else one that waits between requests, else one whose client has taken nothing of its answer for stallTime; of those
// the one that does so for longest. When all are at work, the next is answered with status 503, which AWS's SDKs try
// again, and closed. Only a server of [NewServer] tells which those are. A client that takes nothing for writeTimeout
// is let go in any case.
func LimitConnections(l net.Listener, most int) net.Listener {
	return &limitedListener{
		Listener: l, most: most, open: map[*limitedConn]struct{}{}, by: map[string]int{},
		lingering:    make(chan struct{}, lingering),
		writeTimeout: writeTimeout, stallTime: stallTime,
	}
}

type limitedListener struct {
	net.Listener
	most      int
	mu        sync.Mutex
	open      map[*limitedConn]struct{}
	by        map[string]int // address → connections
	changes   uint64         // of the connections' states so far
	lingering chan struct{}

	writeTimeout, stallTime time.Duration
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		limited := &limitedConn{Conn: conn, listener: l, address: conn.RemoteAddr().String()}
		if host, _, err := net.SplitHostPort(limited.address); err == nil {
			limited.address = place(host)
		}
		gone, ok := l.admit(limited)
		if gone != nil {
			gone.Conn.Close()
		}
		if ok {
			return limited, nil
		}
		l.refuse(conn)
	}
}

// place is what shares go by: an address or, of IPv6, the network of 64 bits that is given to one place and has as many
// addresses as it likes.
func place(host string) string {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	network, _ := ip.Prefix(64) // which all of them have
	return network.String()
}

// admit takes a connection in, and tells which one gave way to it: that is to be closed.
func (l *limitedListener) admit(conn *limitedConn) (gone *limitedConn, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	half := max(1, l.most/2)
	switch {
	case l.by[conn.address] >= half:
		gone = l.leastNeeded(half, conn.address)
	case len(l.open) >= l.most:
		gone = l.leastNeeded(l.most, "")
	default:
		ok = true
	}
	if gone != nil {
		l.remove(gone)
		ok = true
	}
	if ok {
		l.changes++
		conn.state, conn.since = http.StateNew, l.changes
		l.open[conn] = struct{}{}
		l.by[conn.address]++
	}
	return gone, ok
}

// leastNeeded is the connection, of an address or of all, to give way when there are most; nil when all are at work.
func (l *limitedListener) leastNeeded(most int, address string) *limitedConn {
	// Of those that send their first headers, that wait between requests, and whose clients take nothing.
	var first, idle, stalled *limitedConn
	sending, since := 0, time.Now().Add(-l.stallTime).UnixNano()
	for conn := range l.open {
		if address != "" && conn.address != address {
			continue
		}
		switch conn.state {
		case http.StateNew:
			sending++
			if first == nil || conn.since < first.since {
				first = conn
			}
		case http.StateIdle:
			if idle == nil || conn.since < idle.since {
				idle = conn
			}
		case http.StateActive:
			if at := conn.writing.Load(); at != 0 && at <= since {
				stalled, since = conn, at
			}
		}
	}
	switch {
	case sending > max(1, most/4):
		return first
	case idle != nil:
		return idle
	}
	return stalled
}

// note keeps what the server says of a connection.
func (l *limitedListener) note(conn *limitedConn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if state != conn.state {
		l.changes++
		conn.state, conn.since = state, l.changes
	}
}

func (l *limitedListener) leave(conn *limitedConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(conn)
}

func (l *limitedListener) remove(conn *limitedConn) {
	if _, ok := l.open[conn]; !ok {
		return // it gave way
	}
	delete(l.open, conn)
	if l.by[conn.address]--; l.by[conn.address] == 0 {
		delete(l.by, conn.address)
	}
}

func (l *limitedListener) refuse(conn net.Conn) {
	const body = `{"message":"The server has as many connections as it can hold. Please try again."}`
	_ = conn.SetDeadline(time.Now().Add(lingerTime)) // whatever fails from here on, the connection is closed
	// The system takes so little of a new connection at once: this does not wait.
	fmt.Fprintf(conn, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"+
		"X-Amzn-ErrorType: %s\r\nRetry-After: %s\r\nConnection: close\r\n\r\n%s", len(body), unavailable, retryAfter, body)
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	select {
	case l.lingering <- struct{}{}:
	default:
		conn.Close()
		return
	}
	go func() {
		defer func() { <-l.lingering }()
		defer conn.Close()
		_, _ = io.CopyN(io.Discard, conn, lingerRead)
	}()
}

// limitedConn tells its listener that it was closed.
type limitedConn struct {
	net.Conn
	listener *limitedListener
	address  string
	state    http.ConnState // guarded by the listener's mu, as is since
	since    uint64         // changes when it came into the state
	// since when it waits for the client to take a part, in nanoseconds of Unix time; 0: it does not
	writing atomic.Int64
}

// Write implements io.Writer. It is here that clients have their time, so that all that net/http sends is bounded:
// heads, short answers and what its buffers hold too.
func (c *limitedConn) Write(p []byte) (n int, err error) {
	defer c.writing.Store(0)
	for n < len(p) && err == nil {
		now, part := time.Now(), 0
		c.writing.Store(now.UnixNano())
		_ = c.SetWriteDeadline(now.Add(c.listener.writeTimeout)) // it fails only where the write does
		part, err = c.Conn.Write(p[n:min(len(p), n+writePart)])
		n += part
	}
	return n, err
}

// Close implements net.Conn.
func (c *limitedConn) Close() error {
	defer c.listener.leave(c)
	return c.Conn.Close()
}

// SetLinger lets an answer that breaks off end with a reset.
func (c *limitedConn) SetLinger(seconds int) error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		return tcp.SetLinger(seconds)
	}
	return nil
}

// CloseWrite lets net/http end an answer before it closes the connection.
func (c *limitedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
