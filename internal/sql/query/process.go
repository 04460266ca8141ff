package query

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
)

// worker is the server's side of a worker process.
type worker struct {
	cmd      *exec.Cmd
	in       io.WriteCloser
	out      *bufio.Reader
	stderr   *tail
	spillDir string       // private to this worker, removed with it
	greet    func() error // waits for its hello; may be called again and from anywhere
	greeted  atomic.Bool  // it said hello
	named    int          // statements whose tables it named
	stop     func()       // kills and reaps; may be called again and from anywhere
}

// startWorker starts a worker and does not wait for it to be ready.
func startWorker(tempDir string) (w *worker, err error) {
	if isWorker {
		return nil, errors.New("a query worker does not start another: main has to call query.Worker")
	}
	self, err := selfPath()
	if err != nil {
		return nil, fmt.Errorf("find own program: %w", err)
	}
	w = &worker{stderr: &tail{}}
	if tempDir != "" {
		if w.spillDir, err = os.MkdirTemp(tempDir, "query-"); err != nil {
			return nil, fmt.Errorf("make spill folder: %w", err)
		}
		defer func() {
			if err != nil {
				_ = os.RemoveAll(w.spillDir)
			}
		}()
	}
	w.cmd = &exec.Cmd{
		Path: self, Args: []string{workerName}, Dir: os.TempDir(), Stderr: w.stderr, SysProcAttr: workerAttr(),
		Env: []string{"GOTRACEBACK=single"}, // nothing of the server's environment
	}
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start query worker: %w", err)
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start query worker: %w", err)
	}
	w.out = bufio.NewReaderSize(out, 64<<10)
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start query worker: %w", err)
	}
	w.greet = sync.OnceValue(func() error {
		kind, _, err := readFrame(w.out, nil, maxFrame)
		if err == nil && kind != frameHello {
			err = errWire
		}
		w.greeted.Store(err == nil)
		return err
	})
	_ = giveWay(w.cmd.Process.Pid) // a kernel that will not runs it as it is
	w.stop = sync.OnceFunc(func() {
		_ = w.cmd.Process.Kill()
		_ = w.cmd.Wait() // "signal: killed" is what was wanted
		if w.spillDir != "" {
			_ = os.RemoveAll(w.spillDir)
		}
	})
	return w, nil
}

func (w *worker) send(req request) error {
	if err := w.greet(); err != nil {
		return err
	}
	payload, err := json.Marshal(req)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	return writeFrame(w.in, frameRequest, payload)
}

// died explains a worker that stopped answering. It waits for its end.
func (w *worker) died(cause error) error {
	w.stop()
	last := w.stderr.String()
	err := fmt.Errorf("query worker stopped: %w (%s): %s", cause, w.cmd.ProcessState, last)
	// Go and DuckDB say so when the process limit refuses memory; the kernel's
	// out-of-memory killer says nothing.
	for _, sign := range []string{"out of memory", "cannot allocate memory", "bad_alloc", "pthread_create failed"} {
		if strings.Contains(strings.ToLower(last), sign) {
			return &Error{Kind: Resource, Message: "the query needs more memory than it may use", Err: err}
		}
	}
	return &Error{Kind: Internal, Message: "the query engine stopped unexpectedly", Err: err}
}

// tail keeps the first and enough of what a worker says on stderr for the log.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailBytes = 8 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p[:min(len(p), tailBytes-len(t.buf))]...)
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}
