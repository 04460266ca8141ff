package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/wire/omics"
)

// role stands where the API wants one: what --role-arn says, else one of the account's that the server's own
// credentials stand for.
func (c *client) role(flag string) string {
	return cmp.Or(flag, "arn:aws:iam::"+c.account+":role/varlake-cli")
}

type importOptions struct {
	data      string
	kind      *jobKind
	request   func(role string, uris []string) any // makes the request of kind.start
	store     string
	version   string // of an annotation store; "": the one named as the store
	sources   []string
	normalize bool
	vep       string
	role      string
	reading   reading
	again     bool
	json      bool
	printID   bool
}

func newImport(data *string) *cobra.Command {
	opts := importOptions{kind: variantJobs}
	cmd := &cobra.Command{
		Use:   "import STORE FILE|s3://BUCKET/KEY ...",
		Short: "Import VCF files into a variant store and wait for the job",
		Long: `Import VCF files into a variant store and wait for the job, all files as one job: their rows become visible
together. Without a running server one is started inside the command, for as long as it takes.

A command that was killed can be run again: it tells how the job that it has begun ends, and imports nothing besides.

Exit code 3 tells that some files failed while others were imported, 1 that none was.`,
		Args: args(cobra.MinimumNArgs(2)),
		RunE: func(cmd *cobra.Command, values []string) error {
			opts.data, opts.store, opts.sources = *data, values[0], values[1:]
			opts.request = opts.variantRequest
			return runImport(cmd.Context(), opts, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	opts.addFlags(cmd)
	return cmd
}

// addFlags adds the flags that both kinds of imports have.
func (o *importOptions) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&o.normalize, "normalize", false, "left-align and trim alleles against the store's reference")
	flags.StringVar(&o.vep, "vep", "", "INFO id of VEP annotations, such as CSQ, to fill annotations.vep")
	flags.StringVar(&o.role, "role-arn", "", "roleArn of the job (default: a role of the account)")
	flags.BoolVar(&o.again, "again", false,
		"import although an earlier command began a job of the same files and did not see its end")
	o.reading.addFlags(cmd, "for a server inside the command: ")
	flags.BoolVar(&o.json, "json", false, "print the API's last answer about the job")
	flags.BoolVar(&o.printID, "print-id", false, "print the job's id and nothing else")
}

func (o *importOptions) variantRequest(role string, uris []string) any {
	in := &omics.StartVariantImportJobIn{
		DestinationName: o.store, RoleArn: role, RunLeftNormalization: o.normalize, AnnotationFields: o.annotationFields(),
	}
	for _, uri := range uris {
		in.Items = append(in.Items, omics.VariantImportItemSource{Source: uri})
	}
	return in
}

func (o *importOptions) annotationFields() map[string]string {
	if o.vep == "" {
		return nil
	}
	return map[string]string{"VEP": o.vep}
}

// maxField is how many characters the API lets a value of annotationFields have.
const maxField = 21

// fieldLength refuses the value of a flag that is too long for annotationFields: the API's own words would not tell
// which of the flags it is.
func fieldLength(flag, value string) error {
	if n := utf8.RuneCountInString(value); n > maxField {
		return usageError{fmt.Errorf("%s is %d characters at most, not %d: %q", flag, maxField, n, value)}
	}
	return nil
}

func runImport(ctx context.Context, opts importOptions, stdout, stderr io.Writer) error {
	if err := fieldLength("--vep", opts.vep); err != nil {
		return err
	}
	sources, err := findSources(opts.sources)
	if err != nil {
		return err
	}
	c, err := connect(ctx, opts.data, connectOptions{files: sources.files, read: opts.reading, alone: true})
	if err != nil {
		return err
	}
	return errors.Join(c.explain(importSources(ctx, c, opts, sources, stdout, stderr)), c.Close(ctx))
}

func importSources(ctx context.Context, c *connection, opts importOptions, sources *localSources, stdout,
	stderr io.Writer) error {
	want := noteOf(c, opts, sources)
	if opts.again {
		want.forget(c.paths)
	} else if done, err := want.takeOver(ctx, c, opts, sources, stdout, stderr); done {
		return err
	}
	remove, err := sources.publish(c)
	defer func() { remove() }()
	if err != nil {
		return err
	}
	for i, uri := range sources.uris {
		want.Files[i].URI = uri
	}
	tellUnfinished(ctx, c, opts, sources, stderr)
	begun := want.keep(c.paths)
	defer begun.leave()
	started, _, err := call[omics.StartVariantImportJobOut](ctx, c.client, opts.kind.start,
		opts.request(c.role(opts.role), sources.uris))
	if err != nil {
		if mayBeDone(ctx, err) {
			remove = func() {} // a job may read the file; when none does, the server's next start removes it
		} else {
			begun.told()
		}
		return err
	}
	begun.is(started.JobID)
	goes, err := tellEnd(ctx, c, opts, started.JobID, begun, sources, stdout, stderr)
	if goes {
		remove = func() {} // the job still reads the file
	}
	return err
}

// tellEnd waits for the end of a job, tells it and takes the note of the job away. goes: the job goes on, or will, and
// the command does not wait for it.
func tellEnd(ctx context.Context, c *connection, opts importOptions, id string, begun *begun, sources *localSources,
	stdout, stderr io.Writer) (goes bool, err error) {
	job, raw, err := awaitJob(ctx, c.client, opts.kind, id, stderr)
	if err != nil {
		goes = goesOn(ctx, err, "it goes on with the job: varlake job wait "+id)
		if ctx.Err() != nil {
			next := "the job goes on"
			if c.own != nil {
				next = "the job waits: " + whoGoesOn(id) + " with it"
			}
			fmt.Fprintf(stderr, "%s; to end it: varlake job cancel %s\n", next, id)
		}
		return goes, err
	}
	switch {
	case opts.json:
		err = printJSON(stdout, raw)
	case opts.printID:
		fmt.Fprintln(stdout, job.ID)
	}
	err = errors.Join(err, jobOutcome(job, sources.names, c.whose(), stderr))
	begun.told()
	return false, err
}

// awaitJob waits until a job is final, with a progress bar meanwhile.
func awaitJob(ctx context.Context, c *client, kind *jobKind, id string, stderr io.Writer) (*importJob, []byte, error) {
	bar := newJobBar(stderr)
	defer bar.close()
	return await(ctx, c, kind.get, jobRequest(id), func(job *importJob) bool {
		bar.show(job)
		return job.Status.Final()
	})
}

// jobOutcome tells how a final job ended, item by item, and gives the command's error for it. names are what the user
// calls the files; nil: what the server does. of is the server that it ran on.
func jobOutcome(job *importJob, names []string, of whose, stderr io.Writer) error {
	message := job.StatusMessage
	var said []string // hints, each once
	for i, item := range job.files() {
		name := shownSource(item.Source)
		if names != nil {
			name = names[i]
		}
		fmt.Fprintf(stderr, "%s %s: %s\n", item.JobStatus, name, itemMessage(item.StatusMessage, item.Source, name))
		if text := hint(item.StatusMessage, of); text != "" && !slices.Contains(said, text) {
			said = append(said, text)
		}
		message = nameSource(message, item.Source, name)
	}
	fmt.Fprintf(stderr, "%s %s: %s\n", job.Status, job.ID, message)
	for _, text := range said {
		fmt.Fprintln(stderr, "hint: "+text)
	}
	switch job.Status {
	case omics.JobCompleted:
		return nil
	case omics.JobCompletedWithFailures:
		return errFinishedWithFailures
	}
	return fmt.Errorf("import job %s ended %s", job.ID, job.Status)
}
