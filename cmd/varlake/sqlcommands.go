package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/varlake/varlake/internal/wire/own"
)

// A shellCommand is one that is no SQL.
type shellCommand struct {
	name, takes, does string
	do                func(s *session, ctx context.Context, argument string) error
}

// shellCommands are all of them but the one that lists them.
func shellCommands() []shellCommand {
	return []shellCommand{
		{`\d`, "[TABLE]", "lists the tables, or the columns of one", (*session).describe},
		{`\x`, "", "turns a line for each value on and off", func(s *session, _ context.Context, _ string) error {
			s.Vertical = !s.Vertical
			return s.say("a line for each value: %s", onOff(s.Vertical))
		}},
		{`\f`, "FORMAT", "has results written as " + own.FormatNames, (*session).format},
		{`\rows`, "N", "has at most so many rows of a table shown; 0: all", (*session).rows},
		{`\timing`, "", "turns telling how long a statement took on and off",
			func(s *session, _ context.Context, _ string) error {
				s.timing = !s.timing
				return s.say("timing: %s", onOff(s.timing))
			}},
		{`\o`, "[FILE]", "has results written to a file, which is whole with the next \\o; none: shown again",
			func(s *session, _ context.Context, path string) error { return s.output(path) }},
		{`\i`, "FILE", "runs the statements and commands of a file", (*session).include},
		{`\q`, "", "leaves, as Ctrl-D does", func(s *session, _ context.Context, _ string) error {
			s.left = true
			return nil
		}},
	}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// say tells a person what was done.
func (s *session) say(format string, values ...any) error {
	_, err := fmt.Fprintf(s.stderr, format+"\n", values...)
	return err
}

// command does what a line that begins with a backslash says.
func (s *session) command(ctx context.Context, line string) error {
	line = strings.TrimSpace(strings.TrimSuffix(line, ";"))
	name, argument, _ := strings.Cut(line, " ")
	argument = strings.TrimSpace(argument)
	if name == `\?` {
		return help(s.stdout)
	}
	commands := shellCommands()
	i := slices.IndexFunc(commands, func(c shellCommand) bool { return c.name == name })
	if i < 0 {
		return usageError{fmt.Errorf(`there is no %s; \? lists what there is`, tamed(name))}
	}
	switch c := commands[i]; {
	case c.takes == "" && argument != "":
		return usageError{fmt.Errorf("%s takes nothing", c.name)}
	case c.takes != "" && c.takes[0] != '[' && argument == "":
		return usageError{fmt.Errorf("%s takes %s", c.name, c.takes)}
	default:
		return c.do(s, ctx, argument)
	}
}

func help(w io.Writer) error {
	lines := []string{"Statements end with a semicolon. Besides there are:"}
	for _, c := range append(shellCommands(), shellCommand{name: `\?`, does: "lists this"}) {
		lines = append(lines, fmt.Sprintf("  %-12s %s", strings.TrimSpace(c.name+" "+c.takes), c.does))
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

func (s *session) describe(ctx context.Context, table string) error {
	if table == "" {
		return s.about(ctx, "SHOW TABLES")
	}
	return s.about(ctx, "DESCRIBE "+asPath(table))
}

// asPath is a table's name, of up to three parts, as SQL has it, whether or not it is in quotes already.
func asPath(name string) string {
	if strings.Contains(name, `"`) {
		return name
	}
	parts := strings.Split(name, ".")
	for i, part := range parts {
		parts[i] = `"` + part + `"`
	}
	return strings.Join(parts, ".")
}

func (s *session) format(_ context.Context, name string) error {
	if !slices.Contains(own.Formats, own.Format(name)) {
		return usageError{fmt.Errorf("a format is %s, not %q", own.FormatNames, name)}
	}
	s.Format = own.Format(name)
	return nil
}

func (s *session) rows(_ context.Context, text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return usageError{fmt.Errorf("%q is no number of rows", text)}
	}
	s.Rows, s.rowsSaid = n, true
	return nil
}

// include runs a file.
func (s *session) include(ctx context.Context, path string) error {
	if s.depth == most {
		return usageError{errors.New("files are within files too deeply")}
	}
	text, err := readScript(path)
	if err != nil {
		return err
	}
	s.depth++
	defer func() { s.depth-- }()
	return s.script(ctx, text)
}
