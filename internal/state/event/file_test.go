package event

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func openFile(t *testing.T, path string) *File {
	t.Helper()
	f, err := NewFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func send(t *testing.T, f *File, events ...Event) {
	t.Helper()
	if n, err := f.Send(t.Context(), events); err != nil || n != len(events) {
		t.Fatalf("%d sent: %v", n, err)
	}
}

// readIDs gives the ids of the events in a file, each on a line of its own.
func readIDs(t *testing.T, path string) []string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var list []string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var e struct{ ID string }
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%v in %q", err, lines.Text())
		}
		list = append(list, e.ID)
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return list
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantIDs(t *testing.T, path string, events []Event) {
	t.Helper()
	if got := readIDs(t, path); !slices.Equal(got, ids(events)) {
		t.Errorf("%s holds %v", path, got)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	f := openFile(t, path)
	if f.Name() != "file:"+path {
		t.Errorf("name %s", f.Name())
	}
	send(t, f)
	send(t, f, sample(1), sample(2))
	send(t, f, sample(3))
	wantIDs(t, path, samples(3))
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&^0o640 != 0 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

// TestTornLine opens files whose last write a crash cut short.
func TestTornLine(t *testing.T) {
	line, err := sample(3).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	long := sample(3)
	long.DetailType = strings.Repeat("x", 10000)
	longLine, err := long.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	torn := []string{string(longLine), string(longLine[:9000]), strings.Repeat("\x00", 5000)}
	for n := 0; n < len(line); n += 9 {
		torn = append(torn, string(line[:n]))
	}
	torn = append(torn, string(line))
	path := filepath.Join(t.TempDir(), "events.jsonl")
	for _, before := range []int{0, 2} {
		whole := ""
		for _, e := range samples(before) {
			text, err := e.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			whole += string(text) + "\n"
		}
		for _, tail := range torn {
			write(t, path, whole+tail)
			f := openFile(t, path)
			send(t, f, sample(9))
			if err := f.Close(); err != nil {
				t.Error(err)
			}
			wantIDs(t, path, append(samples(before), sample(9)))
		}
	}
}

func TestForeignFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	const text = "line\nand no newline"
	write(t, path, text)
	if f, err := NewFile(path); err == nil || f != nil || !strings.Contains(err.Error(), "its last line is no event") {
		t.Errorf("%v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != text {
		t.Errorf("%q %v", got, err)
	}
	for _, path := range []string{os.DevNull, t.TempDir(), filepath.Join(t.TempDir(), "missing", "events")} {
		if f, err := NewFile(path); err == nil || f != nil {
			t.Errorf("%s is taken", path)
		}
	}
}

func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	f := openFile(t, path)
	send(t, f, sample(1))

	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	send(t, f, sample(2)) // makes a file
	wantIDs(t, path+".1", samples(1))
	wantIDs(t, path, samples(2)[1:])

	if err := os.Rename(path, path+".2"); err != nil {
		t.Fatal(err)
	}
	write(t, path, "") // as logrotate's create
	send(t, f, sample(3))
	wantIDs(t, path, samples(3)[2:])

	if err := os.Truncate(path, 0); err != nil { // as logrotate's copytruncate
		t.Fatal(err)
	}
	send(t, f, sample(4))
	wantIDs(t, path, samples(4)[3:])

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	send(t, f, sample(5))
	wantIDs(t, path, samples(5)[4:])
}

// TestFileFailure takes the folder away and gives it back.
func TestFileFailure(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "events.jsonl")
	f := openFile(t, path)
	send(t, f, sample(1))
	if err := os.Rename(folder, folder+".away"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if n, err := f.Send(t.Context(), samples(2)[1:]); n != 0 || err == nil {
			t.Errorf("%d sent: %v", n, err)
		}
	}
	if err := os.Rename(folder+".away", folder); err != nil {
		t.Fatal(err)
	}
	send(t, f, sample(2))
	wantIDs(t, path, samples(2))
}

// TestWriteFailure has a disk that takes a part of a line.
func TestWriteFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	f := openFile(t, path)
	send(t, f, sample(1))
	limitFileSize(t, 500, func() {
		if n, err := f.Send(t.Context(), samples(3)[1:]); n != 0 || err == nil {
			t.Errorf("%d sent: %v", n, err)
		}
	})
	wantIDs(t, path, samples(1))
	send(t, f, samples(3)[1:]...)
	wantIDs(t, path, samples(3))
}

func TestMalformedEventInFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	bad := sample(2)
	bad.Detail = json.RawMessage("{")
	outbox := newMemory(sample(1), bad, sample(3))
	f := openFile(t, path)
	c := newCourier(outbox)
	c.start(t, f)
	outbox.wait(t, f.Name(), 3)
	wantIDs(t, path, []Event{sample(1), sample(3)})
	if log := c.log.String(); !strings.Contains(log, bad.ID) {
		t.Error(log)
	}
}

// TestRestart kills deliveries between the write and its record, and in the
// middle of a line. No event is lost, and their order stays.
func TestRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	outbox := newMemory(samples(3)...)
	outbox.fail = func(method, _ string) error {
		if method == "Delivered" {
			return context.Canceled
		}
		return nil
	}
	f := openFile(t, path)
	c := newCourier(outbox)
	wrote := make(chan struct{})
	var once bool
	sink := &recorder{name: f.Name(), answer: func(ctx context.Context, events []Event) (int, error) {
		n, err := f.Send(ctx, events)
		if !once {
			once = true
			close(wrote)
		}
		return n, err
	}}
	stop := c.start(t, sink)
	<-wrote
	stop()
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-10); err != nil {
		t.Fatal(err)
	}

	outbox.fail = nil
	outbox.add(sample(4))
	again := openFile(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- Deliver(ctx, outbox, []Sink{again}, slog.New(slog.DiscardHandler), nil) }()
	outbox.wait(t, again.Name(), 4)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	wantIDs(t, path, append(samples(2), samples(4)...))
}

// limitFileSize runs f where no file may grow beyond so many bytes.
func limitFileSize(t *testing.T, size uint64, f func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
	}()
	f()
}
