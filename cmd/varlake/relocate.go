package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/internal/act/upkeep"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
)

func newRelocate(data *string) *cobra.Command {
	to := ""
	cmd := &cobra.Command{
		Use:   "relocate",
		Short: "After the data folder was moved: have its tables' metadata say where it is, for other engines",
		Long: `Write the tables' metadata anew so that it says where the data folder is now. Varlake itself answers from wherever the folder is; other
engines (PyIceberg, Spark, Trino) read the paths in the metadata as they are. Time travel is kept: snapshots have their ids and times.

No server may run on the folder. Each table is moved in one step: what was interrupted goes on when the command is run again.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runRelocate(cmd.Context(), *data, to, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "absolute path by which other engines find the folder (default: where it is)")
	return cmd
}

func runRelocate(ctx context.Context, data, to string, stdout, stderr io.Writer) (err error) {
	paths, err := findFolder(data)
	if err != nil {
		return err
	}
	dir := paths.dir
	if to = filepath.Clean(cmp.Or(to, dir)); !filepath.IsAbs(to) {
		return usageError{fmt.Errorf("--to %q is no absolute path", to)}
	}
	if err := paths.mustExist(); err != nil {
		return err
	}
	lock, err := lockData(paths)
	if errors.Is(err, errDataInUse) {
		return fmt.Errorf("%w: stop it first", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if _, err := paths.examine(ctx); err != nil {
		return err
	}
	if err := writable(dir); err != nil {
		return err
	}
	db, err := meta.Open(ctx, paths.state())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	before, err := db.Locations(ctx, dir)
	if err != nil {
		return err
	}
	folder, err := warehouse.NewFolder(dir, to, slices.DeleteFunc(before, func(name string) bool { return name == to })...)
	if err != nil {
		return usageError{err}
	}
	crashInside(db)
	if err := upkeep.Relocate(ctx, db, folder, func(table string, files int) {
		fmt.Fprintf(stdout, "%s: files of metadata written anew: %d\n", table, files)
	}); err != nil {
		return fmt.Errorf("not all tables are moved, run it again when it is mended: %w", orStill(dir, err))
	}
	if err := db.RecordNamedAt(ctx, dir); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "the tables' metadata calls the data folder %s\n", to)
	return nil
}
