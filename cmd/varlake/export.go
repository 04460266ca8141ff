package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/internal/wire/own"
	"github.com/varlake/varlake/tabix"
)

type exportOptions struct {
	data    string
	request own.ExportIn
	output  string
	json    bool
}

func newExport(data *string) *cobra.Command {
	opts := exportOptions{}
	var regions []string
	cmd := &cobra.Command{
		Use:   "export STORE",
		Short: "Write the records of a store as VCF again",
		Long: `Write the records of a variant store, or of an annotation store of VCF files, as VCF: with the header lines of its imports, and each
record as it was in its file. -o FILE.vcf.gz is bgzipped, with an index beside it (.tbi, or .csi when a position is beyond 2^29); -o FILE.vcf
and standard output are plain text.`,
		Example: `  varlake export cohort -o cohort.vcf.gz
  varlake export cohort --region chr1:1000000-2000000,chrM --samples NA12878,NA12891 | bcftools stats -`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) (err error) {
			opts.data, opts.request.Store, opts.request.Regions = *data, values[0], splitRegions(regions)
			if slices.Contains(opts.request.Regions, "") {
				return usageError{errors.New("--region names none, or has a comma too many")}
			}
			if opts.request.Samples, err = listOrFile(opts.request.Samples); err != nil {
				return err
			}
			return runExport(cmd.Context(), opts, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&regions, "region", "r", nil,
		"records that overlap CONTIG, CONTIG:POS or CONTIG:FROM-TO (1-based, inclusive; 1:1,000-2,000 is one); separated by commas, or repeated")
	flags.StringSliceVarP(&opts.request.Samples, "samples", "s", nil,
		"these samples, separated by commas, or those in @FILE, one a line")
	flags.StringSliceVar(&opts.request.Jobs, "import-job", nil, "records of this import job (repeatable)")
	flags.StringVarP(&opts.output, "output", "o", "-", "FILE.vcf.gz, FILE.vcf, or - for standard output")
	flags.BoolVar(&opts.json, "json", false, "print what was written as JSON")
	return cmd
}

// oneRegion is a region at the beginning of a list, up to the comma behind it. The digits of a position may be in
// groups of three, as samtools takes them: 1:1,000-2,000. So a contig whose name is three digits must not follow a
// position; it can have a --region of its own.
var oneRegion = regexp.MustCompile(
	`^(?:[^,]*:(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:-(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]*))?|[^,]*)(?:,|$)`)

// splitRegions takes the lists of regions apart at the commas between them.
func splitRegions(lists []string) (regions []string) {
	for _, list := range lists {
		for more := true; more; {
			region := oneRegion.FindString(list)
			list = list[len(region):]
			more = strings.HasSuffix(region, ",")
			regions = append(regions, strings.TrimSuffix(region, ","))
		}
	}
	return regions
}

// listOrFile replaces @FILE by the lines of the file.
func listOrFile(list []string) ([]string, error) {
	if len(list) != 1 || !strings.HasPrefix(list[0], "@") {
		return list, nil
	}
	text, err := os.ReadFile(list[0][1:])
	if err != nil {
		return nil, fmt.Errorf("read samples: %w", err)
	}
	list = nil
	for line := range strings.Lines(string(text)) {
		if name := strings.TrimRight(line, "\r\n"); name != "" {
			list = append(list, name)
		}
	}
	if len(list) == 0 {
		return nil, errors.New("read samples: the file names none")
	}
	return list, nil
}

func runExport(ctx context.Context, opts exportOptions, stdout, stderr io.Writer) error {
	packed := strings.HasSuffix(opts.output, ".gz") || strings.HasSuffix(opts.output, ".bgz")
	switch {
	case !packed && opts.output != "-" && !strings.HasSuffix(opts.output, ".vcf"):
		return usageError{fmt.Errorf("--output is FILE.vcf.gz, FILE.vcf or -, not %q", opts.output)}
	case opts.json && opts.output == "-":
		return usageError{errors.New("--json needs a file to write to: --output FILE")}
	}
	return withServer(ctx, opts.data, func(c *connection) error {
		out := exportFile{path: opts.output, progress: newExportProgress(stderr)}
		var err error
		if packed {
			if out.index, err = tabix.NewBuilder(tabix.VCFFormat(), false); err != nil {
				return err
			}
		}
		err = c.export(ctx, opts.request, stderr, func(text io.Reader) (int64, error) {
			return out.write(text, stdout)
		})
		out.progress.close()
		if err != nil {
			return errors.Join(out.said(err), out.abort())
		}
		if err := out.finish(); err != nil {
			return err
		}
		if opts.output == "-" {
			return nil
		}
		fmt.Fprintf(stderr, "%d records in %s\n", out.records, opts.output)
		if opts.json {
			return json.NewEncoder(stdout).Encode(struct {
				Output  string `json:"output"`
				Index   string `json:"index,omitempty"`
				Records int64  `json:"records"`
			}{opts.output, out.indexPath, out.records})
		}
		return nil
	})
}

// export asks the server for an export. take reads its text and returns how many records it had: an export that broke
// off is an error.
func (c *client) export(ctx context.Context, request own.ExportIn, stderr io.Writer,
	take func(text io.Reader) (records int64, err error)) error {
	response, err := c.post(ctx, own.Export.Path, request)
	if err != nil {
		return withOffer(ctx, c, request.Store, err)
	}
	defer response.Body.Close()
	for _, warning := range response.Header.Values(own.WarningHeader) {
		fmt.Fprintf(stderr, "warning: %s\n", warning)
	}
	body := &whole{Reader: response.Body}
	records, err := take(body)
	if body.err != nil {
		return fmt.Errorf("the export broke off: %w", c.whyBroken(ctx, response, body.err))
	}
	if err != nil {
		return err
	}
	if promised := response.Trailer.Get(own.RecordsTrailer); promised != strconv.FormatInt(records, 10) {
		return fmt.Errorf("the export broke off after %d records", records)
	}
	return nil
}

// exportFile is where an export goes: under a temporary name until it is whole.
type exportFile struct {
	path      string         // or -
	index     *tabix.Builder // nil: plain text
	indexPath string         // once finished
	records   int64
	progress  *exportProgress

	file   *os.File // nil for standard output
	packer *bgzf.Writer
}

func (f *exportFile) temporary() string { return f.path + ".new" }

// write writes the text of an export.
func (f *exportFile) write(text io.Reader, stdout io.Writer) (records int64, err error) {
	to := stdout
	if f.path != "-" {
		if f.file, err = os.Create(f.temporary()); err != nil {
			return 0, fmt.Errorf("write %s: %w", f.path, pathCause(err))
		}
		to = f.file
	}
	buffered := bufio.NewWriterSize(to, 1<<20)
	to = buffered
	if f.index != nil {
		if f.packer, err = bgzf.NewWriter(to, -1); err != nil {
			return 0, err
		}
		to = f.packer
	}
	lines := bufio.NewReaderSize(text, 1<<20)
	var long []byte // a line beyond the reader's buffer
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, line...)
			continue
		}
		if len(long) > 0 {
			line = append(long, line...)
			long = line[:0]
		}
		if len(line) > 0 {
			if writeErr := f.line(to, line); writeErr != nil {
				return f.records, writeErr
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return f.records, fmt.Errorf("read the export: %w", err)
		}
	}
	if f.packer != nil {
		if err := f.packer.Close(); err != nil {
			return f.records, err
		}
	}
	return f.records, buffered.Flush()
}

// line writes a line, and notes where a record is.
func (f *exportFile) line(to io.Writer, line []byte) error {
	if line[0] == '#' {
		_, err := to.Write(line)
		return err
	}
	if f.records++; f.records&0xfff == 0 {
		f.progress.show(f.records)
	}
	if f.index == nil {
		_, err := to.Write(line)
		return err
	}
	from := f.packer.VirtualOffset()
	if _, err := to.Write(line); err != nil {
		return err
	}
	return f.index.AddLine(line, from, f.packer.VirtualOffset())
}

// finish gives the files their names, the index last.
func (f *exportFile) finish() error {
	if f.file == nil {
		return nil
	}
	if err := f.file.Close(); err != nil {
		return errors.Join(fmt.Errorf("write the export: %w", err), f.abort())
	}
	if f.index != nil {
		for _, extension := range []string{".tbi", ".csi"} { // of the file that is replaced
			if err := os.Remove(f.path + extension); err != nil && !isNotExist(err) {
				return fmt.Errorf("remove the old index: %w", err)
			}
		}
	}
	if err := os.Rename(f.temporary(), f.path); err != nil {
		return fmt.Errorf("write %s: %w", f.path, pathCause(err))
	}
	if f.index == nil {
		return nil
	}
	var text bytes.Buffer
	index := f.index.Index()
	if err := index.Write(&text); err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	f.indexPath = f.path + index.Extension()
	return writeFile(f.indexPath, text.Bytes(), 0o644)
}

// said is an error with the file's own name for that of the temporary one.
func (f *exportFile) said(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) && failed.Path == f.temporary() {
		return fmt.Errorf("write %s: %w", f.path, failed.Err)
	}
	return err
}

func (f *exportFile) abort() error {
	if f.file == nil {
		return nil
	}
	f.file.Close() // closed already, or of no use
	return os.Remove(f.temporary())
}

// exportProgress tells how far an export is: a live line on a terminal, a line now and then elsewhere.
type exportProgress struct {
	w       io.Writer
	bar     *progressbar.ProgressBar // nil off a terminal
	started time.Time
	lined   time.Time
}

func newExportProgress(w io.Writer) *exportProgress {
	p := &exportProgress{w: w, started: time.Now(), lined: time.Now()}
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		p.bar = progressbar.NewOptions64(-1, progressbar.OptionSetWriter(w), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetDescription("exporting"))
	}
	return p
}

func (p *exportProgress) show(records int64) {
	now := time.Now()
	if now.Sub(p.lined) < time.Second {
		return
	}
	p.lined = now
	text := fmt.Sprintf("%d records, %.0f records/s", records, float64(records)/now.Sub(p.started).Seconds())
	if p.bar != nil {
		p.bar.Describe(text)
		_ = p.bar.Add(0) // a bar that cannot be drawn harms nothing
		return
	}
	fmt.Fprintln(p.w, text)
}

func (p *exportProgress) close() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
