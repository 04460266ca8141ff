package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/sample"
)

func newSampleData() *cobra.Command {
	return &cobra.Command{
		Use:   "sample-data DIR",
		Short: "Write a small reference, VCFs, a gVCF and annotations to try Varlake with",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			if _, err := sample.Write(values[0]); err != nil {
				return fmt.Errorf("write sample data: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "sample data written to %s\n", values[0])
			return nil
		},
	}
}
