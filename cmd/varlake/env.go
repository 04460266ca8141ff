package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

func newEnv(data *string) *cobra.Command {
	return &cobra.Command{
		Use:   "env",
		Short: `Print shell exports that point boto3 and the AWS CLI at the server: eval "$(varlake env)"`,
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runEnv(cmd.Context(), *data, cmd.OutOrStdout())
		},
	}
}

func runEnv(_ context.Context, data string, stdout io.Writer) error {
	paths, err := findFolder(data)
	if err != nil {
		return err
	}
	if err := paths.mustExist(); err != nil {
		return err
	}
	dir := paths.dir
	if _, err := paths.readKey(); err != nil {
		return err
	}
	original, err := paths.copied()
	if err != nil {
		return paths.lostFile(err)
	}
	if original != "" {
		return fmt.Errorf("%s is a copy of %s and would lead to that one's server: start its own once with varlake serve --data %s", dir, original, dir)
	}
	for _, variable := range [][2]string{
		{"AWS_CONFIG_FILE", paths.awsConfig()},
		{"AWS_SHARED_CREDENTIALS_FILE", paths.credentials()},
		{"AWS_PROFILE", profile()},
		{"VARLAKE_DATA", dir},
		{"VARLAKE_PROFILE", profile()},
	} {
		fmt.Fprintf(stdout, "export %s=%s\n", variable[0], shellQuote(variable[1]))
	}
	// Keys and endpoints in the environment would come before the profile's.
	fmt.Fprintln(stdout, "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ENDPOINT_URL AWS_ENDPOINT_URL_OMICS AWS_REGION AWS_DEFAULT_REGION")
	return nil
}

func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
