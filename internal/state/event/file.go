package event

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// lineStart is how every line of a file begins.
const lineStart = `{"version":"0","id":"`

// File appends events to a file, one JSON line each. A line is on the disk
// before the event counts as sent. The file may be renamed or truncated by
// log rotation at any time.
type File struct {
	path string
	file *os.File // nil after a failure: it is opened again
}

// NewFile opens the file, makes it when there is none, and takes off a last
// line that a crash left incomplete.
func NewFile(path string) (*File, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open event file: %w", err)
	}
	f := &File{path: path}
	if err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

// Name is file: and the absolute path.
func (f *File) Name() string { return "file:" + f.path }

// Close closes the file.
func (f *File) Close() error {
	if f.file == nil {
		return nil
	}
	file := f.file
	f.file = nil
	return file.Close()
}

// Send appends all events in one write.
func (f *File) Send(_ context.Context, events []Event) (int, error) {
	var lines bytes.Buffer
	var bad error
	for i, e := range events {
		line, err := e.MarshalJSON()
		if err != nil {
			events, bad = events[:i], &SendError{Err: err, Final: true}
			break
		}
		lines.Write(line)
		lines.WriteByte('\n')
	}
	if len(events) > 0 {
		if err := f.append(lines.Bytes()); err != nil {
			return 0, fmt.Errorf("append to event file: %w", err)
		}
	}
	return len(events), bad
}

// append writes lines to the file that has the path now. After a failure the
// next call starts anew.
func (f *File) append(lines []byte) (err error) {
	if err := f.reopen(); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close() // the first error tells more
		}
	}()
	before, err := f.file.Stat()
	if err != nil {
		return err
	}
	if _, err := f.file.Write(lines); err != nil {
		// What cannot be taken back now is repaired by the next open.
		_ = f.file.Truncate(before.Size())
		return err
	}
	return f.file.Sync()
}

// reopen opens the file where rotation has put another one, or none, in its
// place.
func (f *File) reopen() error {
	if f.file != nil {
		ours, err := f.file.Stat()
		if err != nil {
			return err
		}
		there, err := os.Stat(f.path)
		switch {
		case err == nil && os.SameFile(ours, there):
			return nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return f.open()
}

func (f *File) open() error {
	file, err := os.OpenFile(f.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o640)
	if err != nil {
		return err
	}
	err = repair(file)
	if err == nil {
		err = syncFolder(filepath.Dir(f.path))
	}
	if err != nil {
		_ = file.Close()
		return fmt.Errorf("open event file %s: %w", f.path, err)
	}
	f.file = file
	return nil
}

// syncFolder makes the name of a new file last.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	err = folder.Sync()
	return errors.Join(err, folder.Close())
}

// repair takes off an incomplete last line. It refuses a file that ends in
// something that is not the beginning of one of ours.
func repair(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	end, err := lastLine(file, info.Size())
	if err != nil || end == info.Size() {
		return err
	}
	start := make([]byte, min(int64(len(lineStart)), info.Size()-end))
	if _, err := file.ReadAt(start, end); err != nil {
		return err
	}
	// A power cut may leave zeros where the data was to go.
	if start[0] != 0 && string(start) != lineStart[:len(start)] {
		return errors.New("it does not end in a whole line, and its last line is no event")
	}
	if err := file.Truncate(end); err != nil {
		return err
	}
	return file.Sync()
}

// lastLine gives the offset after the last newline.
func lastLine(file io.ReaderAt, size int64) (int64, error) {
	chunk := make([]byte, 4096)
	for end := size; end > 0; {
		from := max(0, end-int64(len(chunk)))
		part := chunk[:end-from]
		if _, err := file.ReadAt(part, from); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
			return from + int64(i) + 1, nil
		}
		end = from
	}
	return 0, nil
}
