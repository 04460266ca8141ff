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

// serveLimited serves / at once, and /wait when release is closed. Of both the answers are empty.
func serveLimited(t *testing.T, most int) (address string, listener *limitedListener, release chan struct{}) {
	t.Helper()
	release = make(chan struct{})
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			w.WriteHeader(http.StatusProcessing)
			<-release
		}
	}))
	listener = LimitConnections(plain, most).(*limitedListener)
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

// again asks once more on a connection that must still be there.
func (c clientConn) again(t *testing.T) {
	t.Helper()
	if _, err := io.WriteString(c, hello); err != nil {
		t.Fatal(err)
	}
	c.want(t, http.StatusOK)
}

// idle is a connection between requests.
func idle(t *testing.T, from, address string) clientConn {
	t.Helper()
	c := dialFrom(t, from, address, hello)
	c.want(t, http.StatusOK)
	return c
}

func TestIdleConnectionsGiveWay(t *testing.T) {
	address, _, release := serveLimited(t, 6)
	one := idle(t, "127.0.1.1", address)
	two := idle(t, "127.0.1.1", address)
	one.again(t) // now two is idle for longer
	busy := dialFrom(t, "127.0.1.2", address, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
	busy.want(t, http.StatusProcessing)
	three, four := idle(t, "127.0.1.2", address), idle(t, "127.0.1.3", address)
	five := idle(t, "127.0.1.3", address)
	six := idle(t, "127.0.1.4", address) // the seventh
	two.wantClosed(t)
	idle(t, "127.0.1.4", address)
	one.wantClosed(t)
	close(release)
	busy.want(t, http.StatusOK)
	for _, c := range []clientConn{busy, three, four, five, six} {
		c.again(t)
	}
}

func TestIdleConnectionsOfOneAddressGiveWay(t *testing.T) {
	address, _, _ := serveLimited(t, 4)
	other := idle(t, "127.0.1.2", address)
	first := idle(t, "127.0.1.1", address)
	second := idle(t, "127.0.1.1", address)
	third := idle(t, "127.0.1.1", address) // more than half
	first.wantClosed(t)
	for _, c := range []clientConn{other, second, third} {
		c.again(t)
	}
}

func TestHalfSentHeadersGiveWay(t *testing.T) {
	address, _, _ := serveLimited(t, 8)
	var slow []clientConn
	for range 4 {
		slow = append(slow, dialFrom(t, "127.0.1.1", address, hello[:20]))
	}
	idle(t, "127.0.1.1", address) // the fifth of an address that may have four
	slow[0].wantClosed(t)
	for _, from := range []string{"127.0.1.2", "127.0.1.2", "127.0.1.2", "127.0.1.2"} {
		slow = append(slow, dialFrom(t, from, address, hello[:20]))
	}
	last := idle(t, "127.0.1.3", address) // the ninth of all
	slow[1].wantClosed(t)
	last.again(t)
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
		c.again(t)
	}
	busy[0].Close()
	for end := time.Now().Add(time.Minute); listener.count() != 1 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	idle(t, "127.0.1.3", address)
	busy[1].again(t) // it need not give way
}

func (l *limitedListener) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}
