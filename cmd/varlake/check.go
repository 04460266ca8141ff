package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/own"
)

type checkOptions struct {
	data    string
	request own.CheckIn
	json    bool
}

func newCheck(data *string) *cobra.Command {
	opts := checkOptions{}
	cmd := &cobra.Command{
		Use:   "check [STORE]",
		Short: "Find what is wrong with the stores' tables, or files that nothing refers to",
		Long: `Find what is wrong with the stores' tables: files that are missing, damaged or not what the metadata says, rows that are not what
the import jobs recorded, references that are not what was imported, work that is stuck. It prints one line for each finding and nothing else; the exit status is 0 when all is sound.
A job may import meanwhile.

With --orphans it lists the files in the tables' folders that nothing refers to, with their bytes; --remove removes them.
Of a table that varlake.db is older than, as when a backup of it was put back, it removes nothing unless --accept-older says that the
imports since then are given up.`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			opts.data = *data
			if len(values) > 0 {
				opts.request.Store = values[0]
			}
			return runCheck(cmd.Context(), opts, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&opts.request.Deep, "deep", false, "decode every page of every column too")
	flags.BoolVar(&opts.request.Orphans, "orphans", false, "list the files that nothing refers to, instead")
	flags.BoolVar(&opts.request.Remove, "remove", false, "with --orphans: remove them")
	flags.BoolVar(&opts.request.AcceptOlder, "accept-older", false,
		"with --remove: also what only a newer varlake.db than this one knew")
	flags.BoolVar(&opts.json, "json", false, "print the server's answer as JSON")
	return cmd
}

func runCheck(ctx context.Context, opts checkOptions, stdout, stderr io.Writer) error {
	if opts.request.Remove && !opts.request.Orphans {
		return usageError{errors.New("--remove is for --orphans")}
	}
	if opts.request.AcceptOlder && !opts.request.Remove {
		return usageError{errors.New("--accept-older is for --orphans --remove")}
	}
	if opts.request.Deep && opts.request.Orphans {
		return usageError{errors.New("--deep looks at what tables refer to, --orphans at the rest")}
	}
	opts.request.Patience = 1
	return withServer(ctx, opts.data, func(c *connection) error {
		raw, err := askCheck(ctx, c.client, opts.request, stderr)
		if err != nil {
			return err
		}
		if opts.json {
			if err := printJSON(stdout, raw); err != nil {
				return err
			}
			stdout = io.Discard
		}
		if opts.request.Orphans {
			return printOrphans(raw, stdout, stderr)
		}
		return printFindings(raw, stdout, stderr)
	})
}

// tell says to a person what a command waits for.
func tell(wait *own.Wait, stderr io.Writer) {
	fmt.Fprintf(stderr, "waiting for %s, which began at %s\n", wait.WaitsFor, wait.Since.Local().Format(time.TimeOnly))
}

// longestPatience is for how many seconds a search for orphans is told to wait at most before it says again for what.
const longestPatience = 600

// askCheck asks until the answer is not that something else must end first, and says what that is. Each time it has
// more patience: somebody always reads where there are many, and what is waited for is the end of those who read when
// the wait began.
func askCheck(ctx context.Context, c *client, request own.CheckIn, stderr io.Writer) (raw []byte, err error) {
	for told := ""; ; {
		response, err := c.post(ctx, own.Check.Path, request)
		if err != nil {
			return nil, err
		}
		raw, err := c.readAnswer(response)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			return nil, err
		}
		var wait own.Wait
		if err := json.Unmarshal(raw, &wait); err != nil {
			return nil, fmt.Errorf("decode the answer: %w", err)
		}
		if wait.WaitsFor == "" {
			return raw, nil
		}
		if wait.WaitsFor != told {
			told = wait.WaitsFor
			tell(&wait, stderr)
		}
		request.Patience = min(2*request.Patience, longestPatience)
	}
}

func printFindings(raw []byte, stdout, stderr io.Writer) error {
	var result own.Findings
	if err := json.Unmarshal(raw, &result); err != nil {
		return fmt.Errorf("decode the answer: %w", err)
	}
	for _, finding := range result.Findings {
		fmt.Fprintln(stdout, finding)
	}
	printMore(stdout, result.Found-len(result.Findings))
	if result.Note != "" {
		fmt.Fprintln(stderr, "note: "+result.Note)
	}
	looked := fmt.Sprintf("%d tables, %d data files, %d bytes, %d references", result.Tables, result.Files, result.Bytes,
		result.References)
	if result.Found > 0 {
		return fmt.Errorf("%d findings in %s", result.Found, looked)
	}
	fmt.Fprintln(stderr, "sound: "+looked)
	return nil
}

func printOrphans(raw []byte, stdout, stderr io.Writer) error {
	var result own.Orphans
	if err := json.Unmarshal(raw, &result); err != nil {
		return fmt.Errorf("decode the answer: %w", err)
	}
	for _, orphan := range result.Orphans {
		fmt.Fprintf(stdout, "%d\t%s\n", orphan.Bytes, orphan.Path)
	}
	printMore(stdout, result.Files-len(result.Orphans))
	word := "would be freed"
	if result.Removed {
		word = "freed"
	}
	fmt.Fprintf(stderr, "%d files, %d bytes %s\n", result.Files, result.Bytes, word)
	var errs []error
	if len(result.Newer) > 0 {
		errs = append(errs, fmt.Errorf("varlake.db is older than these tables, which are left as they are (%s):\n%s",
			meta.OlderWay, strings.Join(result.Newer, "\n")))
	}
	if len(result.Strange) > 0 {
		errs = append(errs, fmt.Errorf(
			"the state knows nothing of these tables, which are left as they are (if the state is of another time or folder, restore "+
				"the right varlake.db; if nobody needs them, remove the folders by hand):\n%s", strings.Join(result.Strange, "\n")))
	}
	if len(result.Unknown) > 0 {
		errs = append(errs, fmt.Errorf("it cannot be said what these need:\n%s", strings.Join(result.Unknown, "\n")))
	}
	return errors.Join(errs...)
}

// printMore tells of the lines that an answer leaves out.
func printMore(w io.Writer, n int) {
	if n > 0 {
		fmt.Fprintf(w, "and %d more\n", n)
	}
}
