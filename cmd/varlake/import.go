package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/omics"
)

// role stands where the API wants one: what --role-arn says, else one of the account's that the server's own credentials stand for.
func (c *client) role(flag string) string {
	return cmp.Or(flag, "arn:aws:iam::"+c.account+":role/varlake-cli")
}

type importOptions struct {
	data      string
	kind      *jobKind
	request   func(role string, uris []string) any // makes the request of kind.start
	store     string
	sources   []string
	normalize bool
	vep       string
	role      string
	reading   reading
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

func runImport(ctx context.Context, opts importOptions, stdout, stderr io.Writer) error {
	sources, err := findSources(opts.sources)
	if err != nil {
		return err
	}
	c, err := connect(ctx, opts.data, sources.buckets, opts.reading)
	if err != nil {
		return err
	}
	return errors.Join(c.explain(importSources(ctx, c, opts, sources, stdout, stderr)), c.Close(ctx))
}

func importSources(ctx context.Context, c *connection, opts importOptions, sources *localSources, stdout, stderr io.Writer) error {
	remove, err := sources.publish(c)
	defer func() { remove() }()
	if err != nil {
		return err
	}
	started, _, err := call[omics.StartVariantImportJobOut](ctx, c.client, opts.kind.start, opts.request(c.role(opts.role), sources.uris))
	if err != nil {
		return err
	}
	job, raw, err := awaitJob(ctx, c.client, opts.kind, started.JobID, stderr)
	if err != nil {
		if ctx.Err() != nil && c.own == nil {
			remove = func() {} // the job goes on and still reads the file
			fmt.Fprintf(stderr, "the job goes on; to end it: varlake job cancel %s\n", started.JobID)
		}
		return err
	}
	switch {
	case opts.json:
		err = printJSON(stdout, raw)
	case opts.printID:
		fmt.Fprintln(stdout, job.ID)
	}
	return errors.Join(err, jobOutcome(job, stderr))
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

// jobOutcome tells how a final job ended, item by item, and gives the command's error for it.
func jobOutcome(job *importJob, stderr io.Writer) error {
	for _, item := range job.files() {
		fmt.Fprintf(stderr, "%s %s: %s\n", item.JobStatus, item.Source, item.StatusMessage)
	}
	fmt.Fprintf(stderr, "%s %s: %s\n", job.Status, job.ID, job.StatusMessage)
	switch job.Status {
	case omics.JobCompleted:
		return nil
	case omics.JobCompletedWithFailures:
		return errFinishedWithFailures
	}
	return fmt.Errorf("import job %s ended %s", job.ID, job.Status)
}

// localSources are the sources of an import, local files among them.
type localSources struct {
	uris    []string
	local   map[int]string    // index in uris → absolute path, to be given a URI
	buckets map[string]string // for a server of the command's own: the folders of the local files
}

func findSources(names []string) (*localSources, error) {
	s := &localSources{uris: make([]string, len(names)), local: map[int]string{}, buckets: map[string]string{}}
	folders := map[string]string{}
	for i, name := range names {
		if strings.HasPrefix(name, "s3://") {
			s.uris[i] = name
			continue
		}
		path, err := filepath.Abs(name)
		if err == nil {
			path, err = filepath.EvalSymlinks(path)
		}
		if err != nil {
			return nil, fmt.Errorf("find source: %w", err)
		}
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is not a regular file", name)
		}
		s.local[i] = path
		dir := filepath.Dir(path)
		if folders[dir] == "" {
			folders[dir] = fmt.Sprintf("local-%d", len(folders))
			s.buckets[folders[dir]] = dir
		}
	}
	return s, nil
}

// publish gives each local file a URI that the server can read: in one of its bucket folders if the file is there, else
// by a hard link, or a copy, in its uploads folder. remove takes those away again.
func (s *localSources) publish(c *connection) (remove func(), err error) {
	var uploads string
	remove = func() {
		if uploads != "" {
			os.RemoveAll(uploads)
		}
	}
	for i, path := range s.local {
		if uri, ok := bucketURI(c.Buckets, path); ok {
			s.uris[i] = uri
			continue
		}
		if uploads == "" {
			if uploads, err = os.MkdirTemp(c.Buckets[uploadsBucket], "cli-"); err != nil {
				return remove, fmt.Errorf("make upload folder: %w", err)
			}
			if err := os.Chmod(uploads, 0o755); err != nil {
				return remove, fmt.Errorf("open upload folder: %w", err)
			}
		}
		dir := filepath.Join(uploads, fmt.Sprint(i))
		if err := os.Mkdir(dir, 0o755); err != nil {
			return remove, fmt.Errorf("make upload folder: %w", err)
		}
		name := filepath.Join(dir, filepath.Base(path))
		if err := linkOrCopy(path, name); err != nil {
			return remove, fmt.Errorf("hand %s to the server: %w", path, err)
		}
		uri, ok := bucketURI(c.Buckets, name)
		if !ok {
			return remove, fmt.Errorf("the server has no bucket for %s", name)
		}
		s.uris[i] = uri
	}
	return remove, nil
}

// bucketURI names a file by a bucket whose folder holds it.
func bucketURI(buckets map[string]string, path string) (string, bool) {
	for name, dir := range buckets {
		if resolved, err := filepath.EvalSymlinks(dir); err == nil {
			dir = resolved
		}
		if dir, err := filepath.Abs(dir); err == nil {
			if key, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(key) {
				return "s3://" + name + "/" + filepath.ToSlash(key), true
			}
		}
	}
	return "", false
}

func linkOrCopy(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		return errors.Join(err, target.Close())
	}
	return target.Close()
}
