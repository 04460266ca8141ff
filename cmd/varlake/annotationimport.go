package main

import (
	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/wire/omics"
)

type annotationImportOptions struct {
	importOptions
	ignoreFilter, ignoreQual bool
	noHeader                 bool
	nullValue                string
	read                     omics.ReadOptions
}

func newAnnotationImport(data *string) *cobra.Command {
	opts := annotationImportOptions{importOptions: importOptions{kind: annotationJobs}}
	cmd := &cobra.Command{
		Use:   "import STORE FILE|s3://BUCKET/KEY",
		Short: "Import a file into an annotation store and wait for the job",
		Long: `Import a VCF, GFF3 or TSV file, as the store's format is, into an annotation store and wait for the job. Without a running server one is
started inside the command, for as long as it takes.

A TSV file has a header and tabs between its columns unless told otherwise: --sep , is for CSV, --no-header for BED,
--comment "#" for a preamble, --null-value .,NA for marks of missing values.`,
		Args: args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, values []string) error {
			opts.data, opts.store, opts.sources = *data, values[0], values[1:]
			opts.request = opts.annotationRequest
			if err := fieldLength("--null-value", opts.nullValue); err != nil {
				return err
			}
			return runImport(cmd.Context(), opts.importOptions, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	opts.addFlags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&opts.version, "version", "", "the version to import into (default: the one named as the store)")
	flags.BoolVar(&opts.ignoreFilter, "ignore-filter", false, "VCF: leave FILTER out")
	flags.BoolVar(&opts.ignoreQual, "ignore-qual", false, "VCF: leave QUAL out")
	flags.BoolVar(&opts.noHeader, "no-header", false, "TSV: the first line is a row")
	flags.StringVar(&opts.nullValue, "null-value", "",
		"TSV: `marks` of missing values, separated by commas; 21 characters at most")
	for _, flag := range []struct {
		name, usage string
		option      **string
	}{
		{"sep", "TSV: what separates columns", &opts.read.Sep},
		{"comment", "TSV: the `character` that begins comment lines", &opts.read.Comment},
		{"quote", "TSV: the `character` around values that hold separators; \"\": none", &opts.read.Quote},
		{"escape", "TSV: the `character` that escapes quotes", &opts.read.Escape},
		{"encoding", "TSV: UTF-8, US-ASCII or ISO-8859-1", &opts.read.Encoding},
		{"line-sep", "TSV: what ends lines", &opts.read.LineSep},
	} {
		flags.Func(flag.name, flag.usage, func(text string) error {
			if text == "" && flag.name == "quote" {
				text = "\x00" // the API's word for none
			}
			*flag.option = &text
			return nil
		})
	}
	return cmd
}

func (o *annotationImportOptions) annotationRequest(role string, uris []string) any {
	in := &omics.StartAnnotationImportJobIn{
		DestinationName: o.store, VersionName: optional(o.version), RoleArn: role, RunLeftNormalization: o.normalize,
		AnnotationFields: o.annotationFields(),
	}
	if o.nullValue != "" {
		if in.AnnotationFields == nil {
			in.AnnotationFields = map[string]string{}
		}
		in.AnnotationFields["nullValue"] = o.nullValue
	}
	for _, uri := range uris {
		in.Items = append(in.Items, omics.AnnotationImportItemSource{Source: uri})
	}
	if o.noHeader {
		o.read.Header = new(bool)
	}
	format := omics.FormatOptions{VcfOptions: optional(omics.VcfOptions{IgnoreFilterField: optional(o.ignoreFilter),
		IgnoreQualField: optional(o.ignoreQual)})}
	if o.read != (omics.ReadOptions{}) {
		format.TsvOptions = &omics.TsvOptions{ReadOptions: &o.read}
	}
	in.FormatOptions = optional(format)
	return in
}
