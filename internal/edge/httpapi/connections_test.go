package httpapi

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

const hello = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

// serveLimited serves / at once, and /wait when release is closed. Of both the answers are empty; that of /large is
// more than any system takes for a client that does not read.
func serveLimited(t *testing.T, most int, change ...func(*limitedListener)) (address string, listener *limitedListener,
	release chan struct{}) {
	t.Helper()
	release = make(chan struct{})
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/wait":
			w.WriteHeader(http.StatusProcessing)
			<-release
		case "/large":
			_, _ = w.Write(make([]byte, 64<<20))
		}
	}))
	listener = LimitConnections(plain, most).(*limitedListener)
	for _, c := range change {
		c(listener)
	}
	go s.Serve(listener)
	t.Cleanup(func() { s.Close() })
	return plain.Addr().String(), listener, release
}

// clientConn is a connection of a test with its answers' reader.
type clientConn struct {
	net.Conn
	r *bufio.Reader
}

// dialFrom connects from one of the addresses of this machine and sends text.
func dialFrom(t *testing.T, from, address, text string) clientConn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.Dial("tcp", address)
	if err != nil {
		t.Skipf("this machine has not the address %s: %v", from, err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute)) // of a test that fails
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return clientConn{conn, bufio.NewReader(conn)}
}

func (c clientConn) want(t *testing.T, status int) (body string) {
	t.Helper()
	answer, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != status {
		t.Fatalf("status %d, %v, not %d: %s", answer.StatusCode, err, status, text)
	}
	return string(text)
}

func (c clientConn) wantClosed(t *testing.T) {
	t.Helper()
	if n, err := c.r.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("still open: %d bytes, %v", n, err)
	}
}

// again asks once more on a connection that must still be there, and waits until it is idle.
func (c clientConn) again(t *testing.T, l *limitedListener) {
	t.Helper()
	before := l.changesOf(c)
	if _, err := io.WriteString(c, hello); err != nil {
		t.Fatal(err)
	}
	c.want(t, http.StatusOK)
	c.wantIdle(t, l, before)
}

// wantIdle waits until the server has noted that a connection is idle, which it does some time after its answer has
// arrived.
func (c clientConn) wantIdle(t *testing.T, l *limitedListener, before uint64) {
	t.Helper()
	for end := time.Now().Add(time.Minute); l.changesOf(c) <= before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the server does not note that the connection is idle")
		}
	}
}

// idle is a connection between requests.
func idle(t *testing.T, from string, l *limitedListener) clientConn {
	t.Helper()
	c := dialFrom(t, from, l.Addr().String(), hello)
	c.want(t, http.StatusOK)
	c.wantIdle(t, l, 0)
	return c
}

func TestIdleConnectionsGiveWay(t *testing.T) {
	address, listener, release := serveLimited(t, 6)
	one := idle(t, "127.0.1.1", listener)
	two := idle(t, "127.0.1.1", listener)
	one.again(t, listener) // now two is idle for longer
	busy := dialFrom(t, "127.0.1.2", address, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
	busy.want(t, http.StatusProcessing)
	three, four := idle(t, "127.0.1.2", listener), idle(t, "127.0.1.3", listener)
	five := idle(t, "127.0.1.3", listener)
	six := idle(t, "127.0.1.4", listener) // the seventh
	two.wantClosed(t)
	idle(t, "127.0.1.4", listener)
	one.wantClosed(t)
	close(release)
	busy.want(t, http.StatusOK)
	for _, c := range []clientConn{busy, three, four, five, six} {
		c.again(t, listener)
	}
}

func TestIdleConnectionsOfOneAddressGiveWay(t *testing.T) {
	_, listener, _ := serveLimited(t, 4)
	other := idle(t, "127.0.1.2", listener)
	first := idle(t, "127.0.1.1", listener)
	second := idle(t, "127.0.1.1", listener)
	third := idle(t, "127.0.1.1", listener) // more than half
	first.wantClosed(t)
	for _, c := range []clientConn{other, second, third} {
		c.again(t, listener)
	}
}

// waitFor looks until the listener's connections are as they shall be.
func (l *limitedListener) waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		l.mu.Lock()
		ok := done()
		l.mu.Unlock()
		if ok {
			return
		}
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

const large = "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"

func TestUnreadAnswersGiveWay(t *testing.T) {
	address, listener, _ := serveLimited(t, 2, func(l *limitedListener) { l.stallTime = 0 })
	dialFrom(t, "127.0.1.1", address, large)
	dialFrom(t, "127.0.1.2", address, large)
	listener.waitFor(t, "the answers are not sent", func() bool {
		writing := 0
		for conn := range listener.open {
			if conn.writing.Load() != 0 {
				writing++
			}
		}
		return writing == 2
	})
	idle(t, "127.0.1.3", listener)
}

func TestUnreadAnswersEnd(t *testing.T) {
	address, listener, _ := serveLimited(t, 4, func(l *limitedListener) { l.writeTimeout = 50 * time.Millisecond })
	dialFrom(t, "127.0.1.1", address, large)
	short := dialFrom(t, "127.0.1.2", address, hello)
	listener.waitFor(t, "the connections do not come", func() bool { return listener.changes > 3 })
	for { // until the connection ends
		if _, err := io.WriteString(short, strings.Repeat(hello, 1000)); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("short answers in a row are not given up")
		} else if err != nil {
			break
		}
	}
	listener.waitFor(t, "the connections stay", func() bool { return len(listener.open) == 0 })
}

func TestHalfSentHeadersGiveWay(t *testing.T) {
	address, listener, _ := serveLimited(t, 8)
	var slow []clientConn
	for range 4 {
		slow = append(slow, dialFrom(t, "127.0.1.1", address, hello[:20]))
	}
	idle(t, "127.0.1.1", listener) // the fifth of an address that may have four
	slow[0].wantClosed(t)
	for _, from := range []string{"127.0.1.2", "127.0.1.2", "127.0.1.2", "127.0.1.2"} {
		slow = append(slow, dialFrom(t, from, address, hello[:20]))
	}
	last := idle(t, "127.0.1.3", listener) // the ninth of all
	slow[1].wantClosed(t)
	last.again(t, listener)
}

// TestConnectionsAtWorkStay: more connections than may be are told so; room that is left is given to the next.
func TestConnectionsAtWorkStay(t *testing.T) {
	address, listener, release := serveLimited(t, 2)
	var busy []clientConn
	for _, from := range []string{"127.0.1.1", "127.0.1.2"} {
		c := dialFrom(t, from, address, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
		c.want(t, http.StatusProcessing)
		busy = append(busy, c)
	}
	for range lingering + 4 { // also when no more of them may linger
		c := dialFrom(t, "127.0.1.3", address, "")
		if said := c.want(t, http.StatusServiceUnavailable); !strings.Contains(said, "connections") {
			t.Fatalf("refused with %q", said)
		}
	}
	close(release)
	for _, c := range busy {
		c.want(t, http.StatusOK)
		c.again(t, listener)
	}
	busy[0].Close()
	for end := time.Now().Add(time.Minute); listener.count() != 1 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	idle(t, "127.0.1.3", listener)
	busy[1].again(t, listener) // it need not give way
}

// changesOf is the change that made a client's connection idle, 0 while it is not idle.
func (l *limitedListener) changesOf(c clientConn) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.open {
		if conn.RemoteAddr().String() == c.LocalAddr().String() && conn.state == http.StateIdle {
			return conn.since
		}
	}
	return 0
}

func (l *limitedListener) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}

func TestPlace(t *testing.T) {
	for host, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::1": "2001:db8:1:2::/64",
		"2001:db8:1:3::1": "2001:db8:1:3::/64", "fe80::1%eth0": "fe80::/64", "pipe": "pipe",
	} {
		if got := place(host); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}
