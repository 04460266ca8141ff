// Command varlake is a variant and annotation store that speaks the AWS HealthOmics analytics API:
// a server, and the commands that use it.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/sql/query"
	"github.com/varlake/varlake/internal/wire/omics"
)

// version is set by the Makefile's build.
var version string

// Exit codes; docs/commands.md has them for users.
const (
	exitOK       = 0
	exitError    = 1
	exitUsage    = 2
	exitFailures = 3 // a job finished with failures
	exitNotFound = 4
	exitDenied   = 5

	exitInterrupted = 130 // by SIGINT or SIGTERM
)

// errFinishedWithFailures says that a job ended, but not with all that was asked of it.
var errFinishedWithFailures = errors.New("the job finished with failures")

// usageError is a mistake in how the command was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func main() {
	query.Worker()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run executes one command line and returns its exit code. Data goes to stdout, words to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !errors.Is(err, errFinishedWithFailures) {
		err = wayOutOf(err, root.PersistentFlags().Lookup("data").Value.String())
		fmt.Fprintf(stderr, "varlake: %s\n", words(err))
	}
	if err != nil && ctx.Err() != nil && cmd.Name() != "serve" { // which is told to stop, and tells how that went
		return exitInterrupted
	}
	return exitCode(err)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "varlake",
		Short:         "A variant and annotation store that speaks the AWS HealthOmics analytics API",
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       buildVersion(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q; see varlake --help", args[0])}
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	data := root.PersistentFlags().String("data", defaultData(), "the data folder (environment: VARLAKE_DATA)")
	root.AddCommand(
		newServe(data), newEnv(data), newImport(data), newQuery(data), newSQL(data), newExport(data), newCompact(data),
		newCheck(data),
		newRecover(data), newRelocate(data), newJob(data), newStore(data), newAnnotation(data),
		newReference(data), newShare(data), newAccessKey(data), newSampleData(),
	)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	return root
}

func defaultData() string {
	if dir := os.Getenv("VARLAKE_DATA"); dir != "" {
		return dir
	}
	return "./varlake-data"
}

func buildVersion() string {
	info, _ := debug.ReadBuildInfo()
	return describeVersion(version, info)
}

// describeVersion says which version this is: as the Makefile set it, or as go install knows it, and built by which Go.
func describeVersion(set string, info *debug.BuildInfo) string {
	known := cmp.Or(set, "dev")
	if info == nil {
		return known
	}
	if module := info.Main.Version; set == "" && module != "" && module != "(devel)" {
		known = module
	}
	return fmt.Sprintf("%s (%s)", known, info.GoVersion)
}

// args wraps a cobra check so that its failure, or that of a required flag, exits as a usage error.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, values []string) error {
		if err := errors.Join(check(cmd, values), cmd.ValidateRequiredFlags()); err != nil {
			return usageError{fmt.Errorf("%w\nusage: %s", err, cmd.UseLine())}
		}
		return nil
	}
}

func exitCode(err error) int {
	var usage usageError
	var answer *omics.Error
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFinishedWithFailures):
		return exitFailures
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &answer):
		if aboutFlags(answer) {
			return exitUsage
		}
		switch answer.Code.HTTPStatus() {
		case 404:
			return exitNotFound
		case 403:
			return exitDenied
		}
	}
	return exitError
}
