package statement

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/varlake/varlake/internal/sql/trino"
	"github.com/varlake/varlake/internal/state/access"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// Workgroup is the one whose prepared statements there are.
const Workgroup = "primary"

// What an account may keep: as many prepared statements as Athena lets a workgroup have, and as many views.
var (
	maxPrepared = meta.Bound{Rows: 1000, Bytes: 8 << 20}
	maxViews    = meta.Bound{Rows: 1000, Bytes: 4 << 20}
)

// change does what a statement that answers no rows asks for, and says so.
func (s *Service) change(ctx context.Context, c trino.Change, account string, in *own.QueryIn, w own.Answer) error {
	if in.Format == own.Parquet || in.Format == own.Arrow {
		return omics.Validation("%s answers no rows: format %s cannot say that", c.Word(), in.Format)
	}
	if err := s.apply(ctx, c, account); err != nil {
		return err
	}
	w.Type(own.MediaTypes[in.Format])
	return writeDone(w, c.Word(), in.Format)
}

// writeDone writes the answer of a statement without rows: for people the word for it.
func writeDone(w io.Writer, word string, format own.Format) error {
	text := ""
	switch format {
	case own.Table:
		text = word + "\n"
	case own.JSON:
		text = "[]\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

func (s *Service) apply(ctx context.Context, c trino.Change, account string) error {
	switch c := c.(type) {
	case trino.Nothing:
		return nil
	case trino.MakePrepared:
		return s.prepare(ctx, c, account)
	case trino.DropPrepared:
		if err := access.MayPrepared(ctx, "athena:DeletePreparedStatement", Workgroup); err != nil {
			return err
		}
		err := s.DB.DeletePrepared(ctx, account, Workgroup, c.Name)
		return gone(err, "NOT_FOUND: Prepared statement not found: %s", c.Name)
	case trino.MakeView:
		return s.makeView(ctx, c, account)
	case trino.DropView:
		if err := access.MayTable(ctx, "glue:DeleteTable", account, c.Schema, c.Name); err != nil {
			return err
		}
		err := s.DB.DeleteView(ctx, account, c.Name)
		return gone(err, "GENERIC_USER_ERROR: line 1:1: View '%s.%s.%s' does not exist", catalogName, c.Schema, c.Name)
	}
	return fmt.Errorf("no such change: %T", c)
}

// gone words an error of something that another statement removed meanwhile.
func gone(err error, format string, args ...any) error {
	if errors.Is(err, meta.ErrNotFound) {
		return omics.Validation(format, args...)
	}
	return unwritable(err)
}

// unwritable words the error of a state that nothing can be written to.
func unwritable(err error) error {
	if errors.Is(err, meta.ErrReadOnly) {
		return omics.Validation("NOT_SUPPORTED: The data folder is open for reading only, and the statement changes something")
	}
	return err
}

func (s *Service) prepare(ctx context.Context, c trino.MakePrepared, account string) error {
	action := "athena:CreatePreparedStatement"
	switch _, err := s.DB.Prepared(ctx, account, Workgroup, c.Name); {
	case err == nil:
		action = "athena:UpdatePreparedStatement"
	case !errors.Is(err, meta.ErrNotFound):
		return fmt.Errorf("read prepared statement: %w", err)
	}
	if err := access.MayPrepared(ctx, action, Workgroup); err != nil {
		return err
	}
	err := s.DB.PutPrepared(ctx, meta.Prepared{Account: account, Workgroup: Workgroup, Name: c.Name, Text: c.Text},
		maxPrepared)
	if errors.Is(err, meta.ErrQuota) {
		return omics.Validation("CONFIGURATION_LIMIT_EXCEEDED: The account has as many prepared statements as it may: %d, "+
			"of %d bytes together", maxPrepared.Rows, maxPrepared.Bytes)
	}
	return unwritable(err)
}

func (s *Service) makeView(ctx context.Context, c trino.MakeView, account string) error {
	action := "glue:CreateTable"
	if c.Replaces {
		action = "glue:UpdateTable"
	}
	if err := access.MayTable(ctx, action, account, c.Schema, c.Name); err != nil {
		return err
	}
	view := meta.View{Account: account, Name: c.Name, Text: c.View.Text, Comment: c.View.Comment}
	for _, column := range c.Columns {
		view.Columns = append(view.Columns, meta.ViewColumn{Name: column.Name, Type: column.Type.String()})
	}
	err := s.DB.PutView(ctx, view, c.Replaces, maxViews)
	switch {
	case errors.Is(err, meta.ErrExists): // made meanwhile
		return omics.Validation("TABLE_ALREADY_EXISTS: line 1:1: View already exists: '%s.%s.%s'", catalogName, c.Schema,
			c.Name)
	case errors.Is(err, meta.ErrQuota):
		return omics.Validation("CONFIGURATION_LIMIT_EXCEEDED: The account has as many views as it may: %d, of %d bytes "+
			"together", maxViews.Rows, maxViews.Bytes)
	}
	return unwritable(err)
}
