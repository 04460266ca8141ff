package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/act/upkeep"
	"github.com/varlake/varlake/internal/edge/httpapi"
	"github.com/varlake/varlake/internal/source/blob"
)

type serveOptions struct {
	config    serverConfig
	buckets   []string
	outlets   []string
	quotas    []string
	rates     []string
	reading   reading
	upkeep    string
	logLevel  string
	logFormat string
}

func newServe(data *string) *cobra.Command {
	opts := serveOptions{config: defaultConfig("")}
	environment := quotasOfEnvironment(&opts.config.Limits) // before the flags, which come before it
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the HealthOmics analytics API over a data folder",
		Long: `Serve the HealthOmics analytics API over a data folder.

When ready it prints one line, "listening on http://HOST:PORT". The first start makes an administrator
key; "varlake env" prints what boto3 and the AWS CLI need. SIGTERM stops cleanly: running jobs are resumed
at the next start.

An s3:// source is looked for among the --bucket folders first, then at the S3 endpoint. Its credentials come
from VARLAKE_S3_ACCESS_KEY_ID and VARLAKE_S3_SECRET_ACCESS_KEY, else from the AWS SDK's usual places.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if environment != nil {
				return environment
			}
			opts.config.Data = *data
			return runServe(cmd.Context(), opts, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	c := &opts.config
	flags := cmd.Flags()
	flags.StringVar(&c.SharedGroup, "shared-group", c.SharedGroup,
		"group that may read the data folder, the keys in it included (environment: VARLAKE_SHARED_GROUP); without it the owner alone may")
	flags.StringVar(&c.Location, "location", c.Location,
		"absolute path by which other engines find the data folder, such as the host's of a container (environment: VARLAKE_LOCATION)")
	flags.StringVar(&c.Listen, "listen", c.Listen, "HOST:PORT; port 0 picks a free one")
	flags.StringVar(&c.Region, "region", c.Region, "the AWS region that the server plays")
	flags.IntVar(&c.Connections, "max-connections", c.Connections,
		"connections at one time; one address may have half of them")
	flags.StringArrayVar(&opts.buckets, "bucket", nil, "NAME=DIR: serve s3://NAME/... from a folder (repeatable)")
	flags.StringArrayVar(&opts.outlets, "unload-bucket", nil,
		"NAME=DIR: UNLOAD may write to s3://NAME/... in a folder, which may be a --bucket too (repeatable)")
	flags.Int64Var(&c.MaxUnload, "max-unload-bytes", c.MaxUnload, "longest result of one UNLOAD, in bytes")
	flags.StringVar(&c.S3.Endpoint, "s3-endpoint", "",
		"URL of an S3-compatible server for all other buckets, or @FILE that holds it (environment: VARLAKE_S3_ENDPOINT)")
	flags.StringVar(&c.S3.Region, "s3-region", "", "its region")
	flags.BoolVar(&c.S3.PathStyle, "s3-path-style", true, "address its buckets by path")
	flags.BoolVar(&c.UseS3, "s3", false, "use S3 without --s3-endpoint: AWS itself")
	flags.StringVar(&c.RolesFile, "roles", "", "JSON file: what the roles of jobs may read, and with which credentials")
	flags.IntVar(&c.Items, "import-items", c.Items, "files imported at the same time")
	flags.IntVar(&c.Workers, "import-workers", c.Workers, "goroutines that parse and write, for each file")
	opts.reading.addFlags(cmd, "")
	flags.Int64Var(&c.MaxItemBytes, "max-item-bytes", c.MaxItemBytes, "largest source file, in bytes as stored")
	flags.Int64Var(&c.MaxReferenceBytes, "max-reference-bytes", c.MaxReferenceBytes,
		"largest reference, in bytes uncompressed")
	flags.IntVar(&c.Limits.ConcurrentJobs, "max-concurrent-jobs", c.Limits.ConcurrentJobs,
		"unfinished import jobs of an account; --quota concurrent-jobs=N is the same")
	flags.StringArrayVar(&opts.quotas, "quota", nil, "NAME=N: what an account may have (repeatable; environment: "+
		quotaVariable+", separated by commas); NAME is one of "+quotaNames())
	flags.StringArrayVar(&opts.rates, "rate", nil,
		"OPERATION=PER_SECOND[:BURST] or OPERATION=off: how often an account may call (repeatable); OPERATION may be *")
	flags.StringVar(&c.EventsFile, "events-file", "",
		"file to append status changes to, as JSON lines in EventBridge's shape")
	flags.StringVar(&c.EventsWebhook, "events-webhook", "",
		"URL to post each status change to, or @FILE that holds it (environment: VARLAKE_EVENTS_WEBHOOK); VARLAKE_WEBHOOK_SECRET signs them")
	flags.Int64Var(&c.QueryMemory, "query-memory", c.QueryMemory, "memory of one query, in bytes")
	flags.DurationVar(&c.QueryTimeout, "query-timeout", c.QueryTimeout,
		"longest time of one query until its result is whole, read or not")
	flags.IntVar(&c.QuerySpares, "query-spares", c.QuerySpares,
		"processes started ahead of queries, some 10 MiB each; there is one until queries come faster than it starts")
	flags.Int64Var(&c.QuerySpill.Result, "query-spill", c.QuerySpill.Result,
		"unread part of one query's or export's result, in bytes on disk")
	flags.Int64Var(&c.QuerySpill.Account, "query-spill-account", c.QuerySpill.Account,
		"unread results of an account, in bytes")
	flags.Int64Var(&c.QuerySpill.Total, "query-spill-total", c.QuerySpill.Total, "unread results of all, in bytes")
	flags.DurationVar(&c.Drain, "drain", c.Drain,
		"how long answers under way may take once the server is told to stop; then they are broken off")
	flags.StringVar(&opts.upkeep, "upkeep", "on", "compaction and expiry in the background: on or off")
	flags.IntVar(&c.Upkeep.Keep.Snapshots, "keep-snapshots", c.Upkeep.Keep.Snapshots,
		"newest snapshots of a table that stay")
	flags.DurationVar(&c.Upkeep.Keep.Age, "keep-snapshots-for", c.Upkeep.Keep.Age,
		"age up to which snapshots of a table stay")
	flags.StringVar(&opts.logLevel, "log-level", "info", "debug, info, warn or error")
	flags.StringVar(&opts.logFormat, "log-format", "text", "text or json")
	return cmd
}

func runServe(ctx context.Context, opts serveOptions, stdout, stderr io.Writer) error {
	config := opts.config
	var err error
	if config.Log, err = newLog(stderr, opts.logLevel, opts.logFormat); err != nil {
		return err
	}
	if config.Buckets, err = parseBuckets(opts.buckets); err != nil {
		return err
	}
	if config.Outlets, err = parseBuckets(opts.outlets); err != nil {
		return err
	}
	if err := setQuotas(&config.Limits, opts.quotas); err != nil {
		return err
	}
	if config.Relaxed, err = opts.reading.rules(); err != nil {
		return err
	}
	if err := setUpkeep(&config.Upkeep, opts.upkeep); err != nil {
		return err
	}
	config.Rates = httpapi.DefaultRates()
	if err := setRates(config.Rates, opts.rates); err != nil {
		return err
	}
	if config.Items < 1 || config.Workers < 1 || config.Limits.ConcurrentJobs < 1 || config.Connections < 1 {
		return usageError{errors.New(
			"--import-items, --import-workers, --max-concurrent-jobs and --max-connections must be at least 1")}
	}
	if config.Drain < 0 {
		return usageError{errors.New("--drain must not be negative")}
	}
	if config.EventsWebhook, err = secretFlag("events-webhook", config.EventsWebhook,
		"VARLAKE_EVENTS_WEBHOOK"); err != nil {
		return err
	}
	if config.S3.Endpoint, err = secretFlag("s3-endpoint", config.S3.Endpoint, "VARLAKE_S3_ENDPOINT"); err != nil {
		return err
	}
	if err := checkEndpoint(config.S3.Endpoint); err != nil {
		return err
	}
	config.S3.AccessKey, config.S3.SecretKey = os.Getenv("VARLAKE_S3_ACCESS_KEY_ID"),
		os.Getenv("VARLAKE_S3_SECRET_ACCESS_KEY")
	config.WebhookSecret = os.Getenv("VARLAKE_WEBHOOK_SECRET")
	config.UseS3 = config.UseS3 || config.S3.Endpoint != ""
	server, err := startServer(ctx, config)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "listening on %s\n", server.Endpoint)
	select {
	case <-ctx.Done():
		config.Log.Info("stopping")
	case err = <-server.failed:
		err = fmt.Errorf("serve: %w", err)
	}
	return errors.Join(err, server.Stop(context.WithoutCancel(ctx)))
}

// maxSecretFile bounds the file of a flag's value, in bytes.
const maxSecretFile = 64 << 10

// secretFlag is the value of a flag that may hold a secret, which every user of the machine sees in the list of
// processes: it may also stand in a file, as @FILE, or in the environment. White space around what a file holds is no
// part of it. No error shows the value.
func secretFlag(name, value, variable string) (string, error) {
	value = cmp.Or(value, os.Getenv(variable))
	path, ok := strings.CutPrefix(value, "@")
	if !ok {
		return value, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return "", usageError{fmt.Errorf("--%s: %w", name, err)}
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSecretFile+1))
	switch trimmed := strings.TrimSpace(string(text)); {
	case err != nil:
		return "", usageError{fmt.Errorf("--%s: %w", name, err)}
	case len(text) > maxSecretFile:
		return "", usageError{fmt.Errorf("--%s: %s is longer than %d bytes", name, path, maxSecretFile)}
	case trimmed == "" || strings.ContainsAny(trimmed, "\r\n"):
		return "", usageError{fmt.Errorf("--%s: %s does not hold one line", name, path)}
	default:
		return trimmed, nil
	}
}

// checkEndpoint refuses an S3 endpoint that holds more than where it is. What it holds is not shown.
func checkEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return usageError{errors.New("--s3-endpoint is no http:// or https:// URL")}
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return usageError{errors.New(
			"--s3-endpoint must be a place alone; its key goes in VARLAKE_S3_ACCESS_KEY_ID and VARLAKE_S3_SECRET_ACCESS_KEY")}
	}
	return nil
}

// setUpkeep reads --upkeep and checks what belongs to it.
func setUpkeep(plan *upkeep.Plan, flag string) error {
	switch {
	case flag != "on" && flag != "off":
		return usageError{fmt.Errorf("--upkeep is on or off, not %q", flag)}
	case plan.Keep.Snapshots < 1 || plan.Keep.Age < 0:
		return usageError{errors.New("--keep-snapshots must be at least 1, and --keep-snapshots-for not negative")}
	}
	plan.Off = flag == "off"
	return nil
}

func newLog(w io.Writer, level, format string) (*slog.Logger, error) {
	var options slog.HandlerOptions
	var parsed slog.Level
	if err := parsed.UnmarshalText([]byte(level)); err != nil {
		return nil, usageError{fmt.Errorf("--log-level: %w", err)}
	}
	options.Level = parsed
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, &options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, &options)), nil
	}
	return nil, usageError{fmt.Errorf("--log-format is text or json, not %q", format)}
}

func parseBuckets(flags []string) (map[string]string, error) {
	buckets := map[string]string{}
	for _, flag := range flags {
		name, dir, ok := strings.Cut(flag, "=")
		switch {
		case !ok || name == "" || dir == "":
			return nil, usageError{fmt.Errorf("--bucket is NAME=DIR, not %q", flag)}
		case buckets[name] != "" || name == uploadsBucket || name == blob.LocalBucket:
			return nil, usageError{fmt.Errorf("--bucket %s is there already", name)}
		}
		buckets[name] = dir
	}
	return buckets, nil
}
