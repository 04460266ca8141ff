package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/sql/shell"
	"github.com/varlake/varlake/internal/wire/own"
)

// A session is what a shell's statements and commands are run with.
type session struct {
	queryOptions
	timing   bool
	rowsSaid bool // how many rows are shown was said
	stdout   io.Writer
	stderr   io.Writer
	result   *resultFile // of \o; nil: standard output
	left     bool        // \q was read
	depth    int         // of files within files

	text   strings.Builder // of a statement that has not ended
	begins int             // the line of a script that it begins in
	names  *sqlNames
}

func newSession(opts sqlOptions, stdout, stderr io.Writer) *session {
	s := &session{queryOptions: opts.queryOptions, timing: opts.timing, stdout: stdout, stderr: stderr}
	s.out, s.names = "", &sqlNames{data: opts.data}
	return s
}

// most is how many files may be read within each other by \i.
const most = 8

// line takes a line of a script or of a person, and runs what is whole by it.
func (s *session) line(ctx context.Context, line string) error {
	if s.takesCommand(line) {
		return s.command(ctx, strings.TrimSpace(line))
	}
	if s.text.Len() == 0 && strings.TrimSpace(line) == "" {
		return nil
	}
	s.text.WriteString(line + "\n")
	if s.text.Len() > maxScript {
		s.text.Reset()
		return fmt.Errorf("the statement is longer than %d MiB", maxScript>>20)
	}
	if !strings.Contains(line, ";") {
		return nil
	}
	whole, rest, open := s.rules().Split(s.text.String())
	s.text.Reset()
	if open != shell.Nothing {
		s.text.WriteString(rest.Text + "\n")
	}
	for _, statement := range whole {
		if err := s.run(ctx, statement.Text); err != nil {
			s.text.Reset()
			return err
		}
	}
	return nil
}

// takesCommand tells whether a line is a command: none is within a text, a name or a comment, and no statement has a
// backslash elsewhere.
func (s *session) takesCommand(line string) bool {
	if !strings.HasPrefix(strings.TrimLeft(line, " \t"), `\`) {
		return false
	}
	open := s.open()
	return open == shell.Nothing || open == shell.Unended
}

// open is what the lines so far end in.
func (s *session) open() shell.Open {
	_, _, open := s.rules().Split(s.text.String())
	return open
}

// script runs a text of statements and commands, up to the first that fails. The last needs no semicolon.
func (s *session) script(ctx context.Context, text string) error {
	n := 0
	for line := range strings.Lines(text) {
		n++
		if s.text.Len() == 0 {
			s.begins = n
		}
		if err := s.line(ctx, strings.TrimRight(line, "\r\n")); err != nil {
			return s.at(n, err)
		}
		if s.left {
			return nil
		}
	}
	_, rest, open := s.rules().Split(s.text.String())
	s.text.Reset()
	if open == shell.Nothing || rest.Text == "" {
		return nil
	}
	if err := s.run(ctx, rest.Text); err != nil {
		return s.at(n, err)
	}
	return nil
}

// at tells where in a script of several lines an error is.
func (s *session) at(line int, err error) error {
	if line == 1 || errors.As(err, new(scriptError)) {
		return err
	}
	return scriptError{s.begins, err}
}

// scriptError is an error of a statement that begins in a line.
type scriptError struct {
	line int
	err  error
}

func (e scriptError) Error() string { return fmt.Sprintf("in line %d: %s", e.line, e.err) }
func (e scriptError) Unwrap() error { return e.err }

// run runs a statement as the session is set up.
func (s *session) run(ctx context.Context, text string) error {
	opts := s.queryOptions
	opts.SQL = text
	began := time.Now()
	err := s.ask(ctx, opts)
	if s.timing {
		fmt.Fprintf(s.stdout, "Time: %s\n", time.Since(began).Round(100*time.Microsecond))
	}
	return err
}

// ask asks a statement, for the file of \o or for standard output.
func (s *session) ask(ctx context.Context, opts queryOptions) error {
	if s.result != nil {
		err := s.tell(ctx, opts, s.result)
		if err == nil && !binary(opts.Format) {
			return nil
		}
		name := s.result.path // a file of one result, or one that is not whole
		if ended := s.result.end(err); ended != nil {
			s.result = nil
			return ended
		}
		s.result = nil
		fmt.Fprintf(s.stderr, "wrote %s\n", name)
		return nil
	}
	if width := terminalWidth(s.stdout); width > 0 {
		if binary(opts.Format) {
			return usageError{fmt.Errorf(`%s is no text for a terminal: give a file with \o FILE`, opts.Format)}
		}
		opts.Width = width
		if !s.rowsSaid {
			opts.Rows = terminalRows
		}
	}
	return s.tell(ctx, opts, s.stdout)
}

// tell asks a statement of the folder's server, or of one that is started for it.
func (s *session) tell(ctx context.Context, opts queryOptions, w io.Writer) error {
	reads := !changes(opts.Dialect, opts.SQL)
	return withConnection(ctx, opts.data, connectOptions{reads: reads}, func(c *connection) error {
		return withSQLHint(opts.SQL, ask(ctx, c.client, opts, w))
	})
}

// about asks a statement of the shell's own, in Trino's dialect.
func (s *session) about(ctx context.Context, text string) error {
	opts := s.queryOptions
	opts.Dialect, opts.SQL = own.Trino, text
	return s.ask(ctx, opts)
}

// output has what follows written to a file; none: to standard output again.
func (s *session) output(path string) (err error) {
	if s.result != nil {
		err = s.result.end(nil)
		s.result = nil
	}
	if err == nil && path != "" {
		s.result, err = createResult(path)
	}
	return err
}

// close ends what is open.
func (s *session) close() error { return s.output("") }
