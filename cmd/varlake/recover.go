package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/act/ingest"
	"github.com/varlake/varlake/internal/act/upkeep"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

type recoverOptions struct {
	paths dataPaths
	yes   bool
	whole bool // even if the state is whole
	names []string
}

func newRecover(data *string) *cobra.Command {
	opts := recoverOptions{}
	cmd := &cobra.Command{
		Use:   "recover",
		Short: "Rebuild the state of a data folder, when varlake.db is lost or damaged, from its tables",
		Long: `Rebuild the state of a data folder, when varlake.db is lost or damaged, from what its tables and references say of themselves. A backup
of varlake.db is better: this is for when there is none.

Without --yes it tells what would be restored, and what not, and changes nothing. With it a new varlake.db takes the place of the
damaged one, which stays beside it under another name. Tables, references and aws/credentials are only read.

A varlake.db that is whole is refused, unless --whole says that it is to be replaced: because it is older than the tables.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if opts.paths, err = findFolder(*data); err != nil {
				return err
			}
			return runRecover(cmd.Context(), opts, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().BoolVar(&opts.yes, "yes", false, "do it")
	cmd.Flags().BoolVar(&opts.whole, "whole", false, "replace a varlake.db that is whole, but older than the tables")
	cmd.Flags().StringArrayVar(&opts.names, "name", nil,
		"ID=NAME: the name of the store whose table is tables/ID, if the table does not say it (repeatable)")
	return cmd
}

var errHealthy = errors.New(
	"its varlake.db is whole and belongs to it: there is nothing to recover (if it is older than the tables, or does not know all of them: --whole)")

func runRecover(ctx context.Context, opts recoverOptions, stdout, stderr io.Writer) error {
	paths := opts.paths
	names := map[string]string{}
	for _, flag := range opts.names {
		id, name, ok := strings.Cut(flag, "=")
		if !ok || !storeNameForm.MatchString(name) {
			return usageError{fmt.Errorf(
				"--name is ID=NAME with a NAME of 3 to 255 lower-case letters, digits and _, the first a letter, not %q", flag)}
		}
		names[id] = name
	}
	if err := paths.mustExist(); err != nil {
		return err
	}
	lock, err := lockData(paths)
	if err != nil {
		return err
	}
	defer lock.Close()
	var lost *stateError
	_, err = paths.examine(ctx)
	if err == nil && !opts.whole {
		err = paths.examineWhole(ctx)
	}
	switch {
	case err == nil && !opts.whole:
		return fmt.Errorf("%s: %w", paths.dir, errHealthy)
	case err == nil:
	case errors.As(err, &lost):
		fmt.Fprintf(stderr, "%s\n", lost.what)
	default:
		return err
	}
	gff, err := ingest.Schema(&meta.Table{Format: omics.FormatGFF})
	if err != nil {
		return err
	}
	folder, err := warehouse.NewFolder(paths.dir, paths.dir)
	if err != nil {
		return err
	}
	found, err := upkeep.Recover(ctx, upkeep.RecoveryOptions{
		Files: folder, Region: paths.region(), Names: names, Keys: paths.savedKeys(stderr), GFF: gff.Columns(),
	})
	if err != nil {
		return err
	}
	tellRecovery(found, stdout, stderr)
	if !opts.yes {
		fmt.Fprintln(stderr, "nothing was changed; with --yes it is done")
		return nil
	}
	if err := writable(paths.dir); err != nil {
		return fmt.Errorf("write the new state: %w", err)
	}
	if err := paths.replaceState(ctx, found); err != nil {
		return fmt.Errorf("write the new state: %w", orStill(paths.dir, err))
	}
	fmt.Fprintf(stderr, "varlake.db was rebuilt; look at the tables with: varlake check --deep --data %s\n", paths.dir)
	return nil
}

// tellRecovery prints what is restored, and says what is not.
func tellRecovery(found *upkeep.Recovery, stdout, stderr io.Writer) {
	for _, line := range found.Found {
		fmt.Fprintln(stdout, line)
	}
	fmt.Fprintf(stdout, "%d import jobs, %d access keys\n", len(found.State.Jobs), len(found.State.Keys))
	for _, line := range found.Notes {
		fmt.Fprintln(stderr, "note: "+line)
	}
	fmt.Fprintln(stderr, `Not restored, as it was in varlake.db alone: policies and keys that are not in aws/credentials, accounts without stores, shares, tags,
later changes of descriptions, keys of encryption, events that were not delivered, the records of failed, cancelled, unfinished
and long-gone jobs, the sources and options of the others, and the headers of VCF files, which exports write anew without.
Each table is as its newest whole metadata has it: if the process was killed between writing that and recording it, the table has the
rows of one import more than its users were told.`)
}

// replaceState writes a new state beside the old one, which is put away, and then in its place.
func (p dataPaths) replaceState(ctx context.Context, found *upkeep.Recovery) (err error) {
	id, err := p.readFolderID()
	if err != nil {
		return err
	}
	found.State.Folder = newID(id)
	if err := p.leftovers(); err != nil { // of a recovery that was killed
		return err
	}
	beside := p.besides()
	db, err := meta.Open(ctx, beside)
	if err != nil {
		return err
	}
	err = errors.Join(db.Restore(ctx, found.State), db.Close()) // Close writes the log into the file
	if err := errors.Join(err, giveTo(p.dir, beside)); err != nil {
		return err
	}
	away := p.state() + ".before-" + time.Now().UTC().Format("20060102T150405.000000Z")
	if err := putAway(p.state(), away); err != nil {
		return err
	}
	if err := os.Rename(beside, p.state()); err != nil {
		return err
	}
	if id == "" {
		if err := writeData(p.folderID(), []byte(found.State.Folder+"\n")); err != nil {
			return err
		}
	}
	dir, err := os.Open(p.dir)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// besides is where a new state is made.
func (p dataPaths) besides() string { return p.state() + ".recovered" }

// putAway renames a state, first the database itself: without its log it would pass for a whole one of some time ago.
func putAway(state, away string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(state+suffix, away+suffix); err != nil && !isNotExist(err) {
			return err
		}
	}
	return nil
}

// region is the one that the folder's clients are told of.
func (p dataPaths) region() string {
	config, err := readProfile(p.awsConfig(), "profile "+defaultProfile)
	if err != nil || config["region"] == "" {
		return defaultConfig(p.dir).Region
	}
	return config["region"]
}

// savedKeys reads the keys in aws/credentials. The first administrator's is one again; what the others might do nobody
// knows, so that they may do nothing.
func (p dataPaths) savedKeys(stderr io.Writer) (keys []meta.AccessKey) {
	profiles, err := readProfiles(p.credentials())
	if err != nil {
		if !isNotExist(err) {
			fmt.Fprintf(stderr, "note: the keys in aws/credentials cannot be read, the next start makes a new one: %v\n", err)
		}
		return nil
	}
	seen := map[string]bool{}
	for _, profile := range profiles {
		key := meta.AccessKey{
			ID: profile.values["aws_access_key_id"], Secret: profile.values["aws_secret_access_key"],
			Account: profileAccount(profile.values),
			Name:    profile.name, Created: time.Now().UTC(),
		}
		if key.ID == "" || key.Secret == "" || seen[key.ID] || !accountForm.MatchString(key.Account) {
			continue
		}
		seen[key.ID] = true
		if profile.name == defaultProfile && key.Account == meta.AdminAccount {
			key.Name, key.Policy = "admin", meta.AdministratorPolicy
			fmt.Fprintf(stderr, "key %s of account %s is an administrator's: it is profile %s of aws/credentials\n", key.ID,
				key.Account, profile.name)
		} else {
			fmt.Fprintf(stderr, "note: the policy of key %s of account %s is lost: it may do nothing; once all is recovered, put another in its place: varlake access-key delete %s, "+
				"then varlake access-key create --account %s --name %s --profile %s --policy FILE\n", key.ID, key.Account, key.ID,
				key.Account, key.Name, key.Name)
		}
		keys = append(keys, key)
	}
	return keys
}
