package httpapi

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	maxHeader     = 32 << 10         // bytes of a request's line and headers; an SDK sends some 1 KiB
	headerTimeout = 10 * time.Second // for them to arrive
	idleTimeout   = 2 * time.Minute  // of a connection between requests

	// A refused connection is read for a little while, else its close could overtake the refusal.
	lingering  = 64 // refused connections at one time; any more are closed without a word
	lingerTime = time.Second
	lingerRead = 64 << 10 // bytes
)

// NewServer makes the HTTP server of a handler, with bounds on what a connection may cost before the handler hears of it.
func NewServer(handler http.Handler) *http.Server {
	return &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader}
}

// LimitConnections is a listener of at most so many connections at one time, and half as many of one address. Any more are answered
// with status 503, which AWS's SDKs try again, and closed.
func LimitConnections(l net.Listener, most int) net.Listener {
	return &limitedListener{Listener: l, most: most, by: map[string]int{}, lingering: make(chan struct{}, lingering)}
}

type limitedListener struct {
	net.Listener
	most      int
	mu        sync.Mutex
	open      int
	by        map[string]int // address → connections
	lingering chan struct{}
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		address := conn.RemoteAddr().String()
		if host, _, err := net.SplitHostPort(address); err == nil {
			address = host
		}
		if l.admit(address) {
			return &limitedConn{Conn: conn, gone: func() { l.leave(address) }}, nil
		}
		l.refuse(conn)
	}
}

func (l *limitedListener) admit(address string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= l.most || l.by[address] >= max(1, l.most/2) {
		return false
	}
	l.open++
	l.by[address]++
	return true
}

func (l *limitedListener) leave(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.by[address]--; l.by[address] == 0 {
		delete(l.by, address)
	}
}

func (l *limitedListener) refuse(conn net.Conn) {
	select {
	case l.lingering <- struct{}{}:
	default:
		conn.Close()
		return
	}
	go func() {
		defer func() { <-l.lingering }()
		defer conn.Close()
		const body = `{"message":"The server has as many connections as it can hold. Please try again."}`
		_ = conn.SetDeadline(time.Now().Add(lingerTime)) // whatever fails from here on, the connection is closed
		fmt.Fprintf(conn, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"+
			"X-Amzn-ErrorType: %s\r\nRetry-After: %s\r\nConnection: close\r\n\r\n%s", len(body), unavailable, retryAfter, body)
		if half, ok := conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
		_, _ = io.CopyN(io.Discard, conn, lingerRead)
	}()
}

// limitedConn tells once that it was closed.
type limitedConn struct {
	net.Conn
	once sync.Once
	gone func()
}

// Close implements net.Conn.
func (c *limitedConn) Close() error {
	defer c.once.Do(c.gone)
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

// ReadFrom lets net/http send files without copying them.
func (c *limitedConn) ReadFrom(r io.Reader) (int64, error) { return io.Copy(c.Conn, r) }
