package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/policy"
)

func newAccessKey(data *string) *cobra.Command {
	cmd := &cobra.Command{
		Use: "access-key", Short: "Make, list and delete access keys and the accounts they are of",
		Long: `Make, list and delete access keys and the accounts they are of.

These commands work on the data folder itself, beside a running server or without one: who may write the folder is its administrator.`,
		Args: args(cobra.NoArgs), RunE: showHelp,
	}
	var asJSON bool
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "print JSON")
	var opts accessKeyOptions
	create := &cobra.Command{
		Use: "create --account ID --name NAME", Short: "Make a key; its secret is shown once",
		Long: `Make a key for an account, and the account when it is new. The secret is shown once.

The policy is an IAM policy document, see docs/policies.md. Without one the first key of an account administers it; any other may do nothing.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withState(cmd.Context(), *data, func(db *meta.DB, paths dataPaths) error {
				opts.paths, opts.json = paths, asJSON
				return runAccessKeyCreate(cmd.Context(), db, opts, cmd.OutOrStdout(), cmd.ErrOrStderr())
			})
		},
	}
	create.Flags().StringVar(&opts.account, "account", meta.AdminAccount, "account id, 12 digits")
	create.Flags().StringVar(&opts.name, "name", "", "name of the user the key is for: letters, digits and +=,.@_-")
	create.Flags().StringVar(&opts.policyFile, "policy", "", "file with the policy document")
	create.Flags().StringVar(&opts.profile, "profile", "",
		"also save the key as this AWS profile of the data folder, for VARLAKE_PROFILE and varlake env")
	var only string
	list := &cobra.Command{
		Use: "list", Short: "List keys, without their secrets", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withState(cmd.Context(), *data, func(db *meta.DB, paths dataPaths) error {
				return runAccessKeyList(cmd.Context(), db, only, asJSON, cmd.OutOrStdout())
			})
		},
	}
	list.Flags().StringVar(&only, "account", "", "only keys of this account")
	remove := &cobra.Command{
		Use: "delete ACCESS_KEY_ID", Short: "Delete a key: the next request signed with it is refused",
		Long: "Delete a key: the next request signed with it is refused. The profile that it was saved as is deleted with it.", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, values []string) error {
			return withState(cmd.Context(), *data, func(db *meta.DB, paths dataPaths) error {
				err := db.DeleteAccessKey(cmd.Context(), values[0])
				if missing := errors.Is(err, meta.ErrNotFound); err != nil && !missing {
					return err
				} else if missing {
					err = omics.NotFound("there is no access key %s", values[0])
				}
				return errors.Join(forgetKey(paths, values[0]), err)
			})
		},
	}
	cmd.AddCommand(create, list, remove)
	return cmd
}

// withState opens the state of a data folder that was served once.
func withState(ctx context.Context, data string, do func(*meta.DB, dataPaths) error) error {
	paths, err := findFolder(data)
	if err != nil {
		return err
	}
	if err := paths.mustExist(); err != nil {
		return err
	}
	lock, err := lockData(paths)
	open := meta.Open
	var still *stillError
	switch {
	case errors.Is(err, errDataInUse): // the state is a server's: it is taken as it is
		open = meta.OpenBeside
	case err != nil:
		return err
	default:
		defer lock.Close()
		if _, err := paths.examine(ctx); err != nil {
			return err
		}
		if errors.As(writable(paths.dir), &still) {
			open = func(ctx context.Context, _ string) (*meta.DB, error) { return paths.openToRead(ctx) }
		}
	}
	db, err := open(ctx, paths.state())
	if err != nil {
		return paths.plainly(err)
	}
	if still == nil {
		var told string
		if told, err = paths.restoreAWSFiles(ctx, db); err != nil {
			return errors.Join(err, db.Close())
		} else if told != "" {
			fmt.Fprintln(os.Stderr, told)
		}
	}
	err = do(db, paths)
	if errors.Is(err, meta.ErrReadOnly) && still != nil {
		err = still
	}
	return errors.Join(paths.plainly(err), db.Close())
}

// The forms of IAM: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html.
var (
	accountForm = regexp.MustCompile(`\A[0-9]{12}\z`)
	userForm    = regexp.MustCompile(`\A[A-Za-z0-9+=,.@_-]{1,64}\z`)
)

// accessKey is a key as it is shown.
type accessKey struct {
	AccessKeyID     string          `json:"accessKeyId"`
	SecretAccessKey string          `json:"secretAccessKey,omitempty"`
	Account         string          `json:"account"`
	Name            string          `json:"name"`
	ARN             string          `json:"arn"`
	Created         time.Time       `json:"created"`
	Policy          json.RawMessage `json:"policy,omitempty"`
}

func shownKey(key meta.AccessKey) accessKey {
	return accessKey{
		AccessKeyID: key.ID, Account: key.Account, Name: key.Name, ARN: keyARN(key), Created: key.Created,
		Policy: json.RawMessage(key.Policy),
	}
}

type accessKeyOptions struct {
	paths                              dataPaths
	account, name, policyFile, profile string
	json                               bool
}

func runAccessKeyCreate(ctx context.Context, db *meta.DB, opts accessKeyOptions, stdout, stderr io.Writer) error {
	switch {
	case !accountForm.MatchString(opts.account):
		return usageError{fmt.Errorf("--account is 12 digits, not %q", opts.account)}
	case !userForm.MatchString(opts.name):
		return usageError{fmt.Errorf("--name is 1 to 64 letters, digits and +=,.@_-, not %q", opts.name)}
	case opts.profile != "" && !userForm.MatchString(opts.profile):
		return usageError{fmt.Errorf("--profile is 1 to 64 letters, digits and +=,.@_-, not %q", opts.profile)}
	}
	if opts.profile != "" {
		switch _, err := readProfile(opts.paths.credentials(), opts.profile); {
		case err == nil:
			return usageError{fmt.Errorf("the data folder has a profile %s already", opts.profile)}
		case !errors.Is(err, errNoProfile):
			return opts.paths.lostFile(err)
		}
	}
	document := ""
	if opts.policyFile != "" {
		text, err := os.ReadFile(opts.policyFile)
		if err != nil {
			return fmt.Errorf("read policy: %w", err)
		}
		if _, err := policy.Parse(text); err != nil {
			return fmt.Errorf("%s: %w", opts.policyFile, err)
		}
		document = string(text)
	}
	key, err := db.CreateAccessKey(ctx, meta.NewAccessKey(opts.account, opts.name, document))
	if errors.Is(err, meta.ErrExists) {
		return omics.Conflict("account %s has a key named %s already", opts.account, opts.name)
	}
	if err != nil {
		return err
	}
	if key.Policy == "" {
		fmt.Fprintln(stderr, "The key has no policy and may do nothing; --policy FILE gives it one.")
	}
	if opts.profile != "" {
		if err := saveProfile(opts.paths, opts.profile, key); err != nil {
			return err
		}
		fmt.Fprintf(stderr, "Saved as profile %s: VARLAKE_PROFILE=%s varlake ..., or eval \"$(VARLAKE_PROFILE=%s varlake env)\".\n", opts.profile, opts.profile, opts.profile)
	}
	shown := shownKey(key)
	shown.SecretAccessKey = key.Secret
	if opts.json {
		return printValue(stdout, shown)
	}
	fmt.Fprintf(stderr, "The secret of %s is shown this once.\n", shown.ARN)
	_, err = io.WriteString(stdout, credentialsProfile(opts.name, key))
	return err
}

func runAccessKeyList(ctx context.Context, db *meta.DB, account string, asJSON bool, stdout io.Writer) error {
	rows, err := db.AccessKeys(ctx, account)
	if err != nil {
		return err
	}
	keys := make([]accessKey, len(rows))
	for i, row := range rows {
		keys[i] = shownKey(row)
	}
	if asJSON {
		return printValue(stdout, keys)
	}
	table := newTable(stdout)
	fmt.Fprintln(table, "ID\tACCOUNT\tNAME\tCREATED\tPOLICY")
	for _, key := range keys {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", key.AccessKeyID, key.Account, key.Name, key.Created.Format(time.RFC3339),
			policySummary(key.Policy))
	}
	return table.Flush()
}

func policySummary(document json.RawMessage) string {
	switch string(document) {
	case "":
		return "none"
	case meta.AdministratorPolicy:
		return "administrator"
	}
	return fmt.Sprintf("%d bytes, see --json", len(document))
}
