package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/source/sample"
)

func newSampleData() *cobra.Command {
	var bench sample.Options
	cmd := &cobra.Command{
		Use:   "sample-data DIR",
		Short: "Write a small reference, VCFs, a gVCF and annotations to try Varlake with",
		Long: `Write a small reference, VCFs, a gVCF and annotations to try Varlake with; a README.txt beside them tells what each is.
With --records it writes one large VCF for measurements instead, bench.vcf.gz, and its reference bench.fa. The same call
always writes the same bytes.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			dir := values[0]
			var err error
			if bench.Records > 0 {
				_, err = sample.WriteBench(dir, bench)
			} else {
				_, err = sample.Write(dir)
			}
			if err != nil {
				return fmt.Errorf("the samples are not whole: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "sample data written to %s\n", dir)
			return nil
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&bench.Records, "records", 0, "write a VCF of about so many records for measurements")
	flags.IntVar(&bench.Samples, "samples", 1, "with --records: its samples")
	flags.BoolVar(&bench.GenotypesOnly, "genotypes-only", false, "with --records: phased genotypes and no other FORMAT")
	flags.BoolVar(&bench.GVCF, "gvcf", false, "with --records: a gVCF too")
	return cmd
}
