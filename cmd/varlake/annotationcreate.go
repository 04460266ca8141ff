package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/wire/omics"
)

type annotationCreateOptions struct {
	name, format, reference, version, description string
	layout                                        layoutOptions
	json                                          bool
}

func newAnnotationCreate(data *string, asJSON *bool) *cobra.Command {
	var opts annotationCreateOptions
	cmd := &cobra.Command{
		Use:   "create NAME --format vcf|gff|tsv",
		Short: "Create an annotation store and its first version and wait until they are ACTIVE",
		Long: `Create an annotation store and its first version and wait until they are ACTIVE. Format tsv is for CSV and BED files too; it needs the
columns, in the order of the files:

    varlake annotation create genes --format tsv --column chrom:string --column start:int --column end:int --column gene:string \
        --type chr_start_end_zero_base --map chr=chrom --map start=start --map end=end

What else a file with a header has becomes the column information, a map.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			opts.name, opts.json = values[0], *asJSON
			in, err := opts.request()
			if err != nil {
				return err
			}
			if err := in.Validate(); err != nil { // what is refused makes no data folder
				return usageError{err}
			}
			return withConnection(cmd.Context(), *data, connectOptions{makes: opts.reference == ""}, func(c *connection) error {
				return runAnnotationCreate(cmd.Context(), c.client, in, opts, cmd.OutOrStdout())
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.format, "format", "", "vcf, gff or tsv")
	flags.StringVar(&opts.reference, "reference", "", "the reference's name, id or ARN; left normalisation needs one")
	flags.StringVar(&opts.version, "version", "", "the first version's name (default: the store's)")
	flags.StringVar(&opts.description, "description", "", "a description")
	opts.layout.addFlags(cmd)
	_ = cmd.MarkFlagRequired("format") // the flag exists
	return cmd
}

// request is the request that the options make, but for the reference's ARN.
func (o *annotationCreateOptions) request() (*omics.CreateAnnotationStoreIn, error) {
	in := &omics.CreateAnnotationStoreIn{
		Name: &o.name, StoreFormat: omics.StoreFormat(strings.ToUpper(o.format)), VersionName: optional(o.version),
		Description: optional(o.description),
	}
	switch in.StoreFormat {
	case omics.FormatVCF, omics.FormatGFF, omics.FormatTSV:
	default:
		return nil, usageError{fmt.Errorf("--format is vcf, gff or tsv, not %q", o.format)}
	}
	layout, err := o.layout.parse()
	if err != nil {
		return nil, err
	}
	if layout != nil {
		in.StoreOptions = &omics.StoreOptions{TsvStoreOptions: layout}
	}
	return in, nil
}

func runAnnotationCreate(ctx context.Context, c *client, in *omics.CreateAnnotationStoreIn,
	opts annotationCreateOptions, stdout io.Writer) error {
	if opts.reference != "" {
		arn, err := findReference(ctx, c, opts.reference)
		if err != nil {
			return err
		}
		in.Reference = &omics.ReferenceItem{ReferenceArn: &arn}
	}
	if _, _, err := call[omics.CreateAnnotationStoreOut](ctx, c, "CreateAnnotationStore", in); err != nil {
		return err
	}
	store, raw, err := await(ctx, c, "GetAnnotationStore", &omics.GetAnnotationStoreIn{Name: opts.name},
		func(store *omics.GetAnnotationStoreOut) bool { return store.Status != omics.StoreCreating })
	if err != nil {
		return err
	}
	if store.Status == omics.StoreFailed {
		return fmt.Errorf("the store could not be made: %s", store.StatusMessage)
	}
	return printAnnotationStore(stdout, store, raw, opts.json)
}

// layoutOptions say what the columns of a TSV store or version are.
type layoutOptions struct {
	columns, roles []string
	annotationType string
}

func (o *layoutOptions) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&o.columns, "column", nil,
		"NAME:TYPE, with TYPE string, int, long, float, double or boolean (repeatable, in order)")
	flags.StringVar(&o.annotationType, "type", "",
		"generic, chr_pos, chr_pos_ref_alt, or chr_start_end or chr_start_end_ref_alt followed by _one_base or _zero_base")
	flags.StringArrayVar(&o.roles, "map", nil,
		"ROLE=COLUMN: which column is chr, pos, start, end, ref or alt of the type (repeatable)")
}

// parse gives the layout that the flags describe, nil without any. Whether it makes sense is for the server to say.
func (o *layoutOptions) parse() (*omics.TsvStoreOptions, error) {
	if len(o.columns)+len(o.roles)+len(o.annotationType) == 0 {
		return nil, nil
	}
	layout := &omics.TsvStoreOptions{AnnotationType: optional(omics.AnnotationType(strings.ToUpper(o.annotationType)))}
	for _, flag := range o.columns {
		name, kind, ok := strings.Cut(flag, ":")
		if !ok {
			return nil, usageError{fmt.Errorf("--column is NAME:TYPE, not %q", flag)}
		}
		layout.Schema = append(layout.Schema,
			map[string]omics.SchemaValueType{name: omics.SchemaValueType(strings.ToUpper(kind))})
	}
	for _, flag := range o.roles {
		role, column, ok := strings.Cut(flag, "=")
		if !ok {
			return nil, usageError{fmt.Errorf("--map is ROLE=COLUMN, not %q", flag)}
		}
		if layout.FormatToHeader == nil {
			layout.FormatToHeader = map[omics.FormatToHeaderKey]string{}
		}
		layout.FormatToHeader[omics.FormatToHeaderKey(strings.ToUpper(role))] = column
	}
	return layout, nil
}

// printLayout writes the rows of a table that tell of a layout.
func printLayout(table io.Writer, layout *omics.TsvStoreOptions) {
	if layout == nil {
		return
	}
	if layout.AnnotationType != nil {
		fmt.Fprintf(table, "type\t%s\n", *layout.AnnotationType)
	}
	roles := map[string]string{} // by column
	for role, column := range layout.FormatToHeader {
		roles[column] = " (" + string(role) + ")"
	}
	for _, column := range layout.Schema {
		for name, kind := range column {
			fmt.Fprintf(table, "column\t%s %s%s\n", name, kind, roles[name])
		}
	}
}
