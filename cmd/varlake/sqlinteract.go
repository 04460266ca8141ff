package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/peterh/liner"

	"github.com/varlake/varlake/internal/sql/shell"
	"github.com/varlake/varlake/internal/wire/own"
)

// interact has statements asked for at a terminal until the end of input.
func interact(ctx context.Context, s *session, noHistory bool) error {
	if err := s.names.begin(ctx); err != nil { // whether there is a server, or a folder for one
		return err
	}
	// Ctrl-C ends a statement here, not the program.
	signal.Reset(os.Interrupt)
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP)
	defer stop()

	editor := liner.NewLiner()
	defer editor.Close()
	editor.SetCtrlCAborts(true)
	editor.SetMultiLineMode(true)
	editor.SetTabCompletionStyle(liner.TabPrints)
	editor.SetBeep(false)
	editor.SetWordCompleter(func(line string, at int) (string, []string, string) {
		return s.complete(ctx, line, at)
	})
	h := openHistory(noHistory)
	if _, err := editor.ReadHistory(strings.NewReader(h.text())); err != nil {
		s.failed(err)
	}
	_ = s.say(`SQL over the stores of %s. \? is for help, \q or Ctrl-D leaves.`, s.data)
	for !s.left && ctx.Err() == nil {
		line, err := prompt(ctx, editor, s.open())
		switch {
		case errors.Is(err, liner.ErrPromptAborted):
			s.text.Reset()
			continue
		case errors.Is(err, io.EOF):
			fmt.Fprintln(s.stdout)
			return nil
		case err != nil:
			return err
		}
		for _, entry := range h.take(line, s) {
			editor.AppendHistory(entry)
		}
		s.interruptible(ctx, interrupts, func(ctx context.Context) {
			switch err := s.line(ctx, line); {
			case err != nil && ctx.Err() != nil: // whatever it was doing
				fmt.Fprintln(s.stderr, "ended by Ctrl-C")
			case err != nil:
				s.failed(err)
			}
		})
	}
	return ctx.Err()
}

// prompt asks for a line. The editor cannot be told to give up: when the program is to end, it is left alone.
func prompt(ctx context.Context, editor *liner.State, open shell.Open) (line string, err error) {
	text := "varlake> "
	if open != shell.Nothing {
		text = "      " + string(rune(open)) + "> "
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		line, err = editor.Prompt(text)
	}()
	select {
	case <-read:
		return line, err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// interruptible does what Ctrl-C ends.
func (s *session) interruptible(ctx context.Context, interrupts <-chan os.Signal, do func(context.Context)) {
	for len(interrupts) > 0 { // from before
		<-interrupts
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-interrupts:
			cancel()
		case <-done:
		}
	}()
	do(ctx)
	close(done)
	<-ended
	cancel()
}

// failed tells of an error, after which the shell goes on.
func (s *session) failed(err error) {
	fmt.Fprintf(s.stderr, "error: %s\n", tamed(words(wayOutOf(err, s.data))))
}

// complete tells what may stand at a place of a line, which follows what was written of the statement.
func (s *session) complete(ctx context.Context, line string, at int) (head string, found []string, tail string) {
	runes := []rune(line)
	before, tail := string(runes[:at]), string(runes[at:])
	if s.takesCommand(before) {
		head, found = s.completeCommand(ctx, before)
		return head, found, tail
	}
	earlier := s.text.String()
	s.names.ctx = ctx
	from, found := shell.Complete(earlier+before, tail, s.names, s.rules())
	return before[:max(0, from-len(earlier))], found, tail
}

// completeCommand completes a command, or the name of a table behind it.
func (s *session) completeCommand(ctx context.Context, before string) (head string, found []string) {
	name, argument, isArgument := strings.Cut(before, " ")
	var all []string
	switch {
	case !isArgument:
		for _, c := range shellCommands() {
			all = append(all, c.name)
		}
		argument = name
	case name == `\d`:
		s.names.ctx = ctx
		all = s.names.Tables()
	case name == `\f`:
		for _, format := range own.Formats {
			all = append(all, string(format))
		}
	}
	for _, one := range all {
		if strings.HasPrefix(one, argument) && tamed(one) == one {
			found = append(found, one)
		}
	}
	return before[:len(before)-len(argument)], found
}
