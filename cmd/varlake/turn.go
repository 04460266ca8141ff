package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

const (
	turnPoll     = 100 * time.Millisecond // between two looks at a folder that is held
	turnTell     = time.Second            // after which a command says that it waits
	turnPatience = 2 * time.Minute        // with a holder that nobody reaches
	dialPatience = 2 * time.Second
)

// inTurn runs free, which takes the data folder for this process, or join when a server has it that answers. While
// neither can be, it waits, and says so once: for a server that starts or stops, or a command without one, up to
// turnPatience; with alone, which does not join the server inside another command, until that command ends, however it
// does.
func (p dataPaths) inTurn(ctx context.Context, alone bool, free func() error, join func(runtimeInfo) error) error {
	began, told := time.Now(), false
	for patient := began; ; {
		err := free()
		if !errors.Is(err, errDataInUse) {
			return err
		}
		info, err := readRuntimeInfo(p.runtime())
		if err != nil && !errors.Is(err, errNoServer) {
			return err
		}
		answers := err == nil && info.answers(ctx)
		if answers && !(alone && info.Private) {
			return join(info)
		}
		if answers {
			patient = time.Now()
		}
		if time.Since(patient) > turnPatience {
			return p.notFree(info)
		}
		if !told && time.Since(began) > turnTell {
			told = true
			fmt.Fprintln(os.Stderr, p.waitsFor(info))
		}
		if err := pause(ctx, turnPoll); err != nil {
			return err
		}
	}
}

// waitsFor says who has the data folder.
func (p dataPaths) waitsFor(info runtimeInfo) string {
	switch {
	case info.Private:
		return fmt.Sprintf("waiting for another command that works on %s to end (process %d)", p.dir, info.PID)
	case info.Endpoint != "":
		return fmt.Sprintf("waiting for the server of %s, which does not answer at %s", p.dir, info.Endpoint)
	}
	return fmt.Sprintf("waiting for %s: a server that is starting, or another command, has it", p.dir)
}

// notFree is the error of a command whose turn does not come.
func (p dataPaths) notFree(info runtimeInfo) error {
	if info.Endpoint != "" && !info.Private {
		return &lostError{server: info.Endpoint, cause: errDataInUse}
	}
	return fmt.Errorf("%s is not free after %v: a server that is starting, or another command, has it; "+
		"run the command again once that has ended", p.dir, turnPatience)
}

// answers reports whether something listens where a server has said that it does.
func (i runtimeInfo) answers(ctx context.Context) bool {
	endpoint, err := url.Parse(clientEndpoint(i.Endpoint))
	if err != nil {
		return false
	}
	dialer := net.Dialer{Timeout: dialPatience}
	connection, err := dialer.DialContext(ctx, "tcp", endpoint.Host)
	if err != nil {
		return false
	}
	connection.Close()
	return true
}

// serveOut takes no more requests and waits until those under way are answered, which are other commands': this one
// has its answers. An interruption ends the wait, and clients that take nothing are let go by the server itself.
func (s *server) serveOut(ctx context.Context) {
	telling := time.AfterFunc(turnTell, func() {
		fmt.Fprintln(os.Stderr, "another command waits for an answer of the server inside this one, which ends after that")
	})
	defer telling.Stop()
	if err := s.http.Shutdown(ctx); err != nil && !errors.Is(err, http.ErrServerClosed) {
		s.log.Warn("answers to other commands are broken off", "error", err)
	}
}
