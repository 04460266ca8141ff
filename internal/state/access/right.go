package access

import (
	"context"
	"errors"
	"strings"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/policy"
)

// Allowed refuses a table that policies do not let the context's caller read, as Glue's catalog would: it names the
// table in its owner's account.
func Allowed(ctx context.Context, table meta.Table) error {
	return MayTable(ctx, "glue:GetTable", table.Account, table.Namespace, table.Name)
}

// MayTable refuses an action on a table of an account's, or on a view, that policies do not let the context's caller
// do, as Glue's catalog would.
func MayTable(ctx context.Context, action, account, schema, name string) error {
	return May(ctx, action, omics.ARN{Partition: "aws", Service: "glue", Region: omics.CallerFrom(ctx).Region,
		Account: account, Resource: "table/" + schema + "/" + name})
}

// MayPrepared refuses an action on the prepared statements of a workgroup, as Athena would.
func MayPrepared(ctx context.Context, action, workgroup string) error {
	caller := omics.CallerFrom(ctx)
	return May(ctx, action, omics.ARN{Partition: "aws", Service: "athena", Region: caller.Region, Account: caller.Account,
		Resource: "workgroup/" + workgroup})
}

// May refuses an action on a resource that policies do not let the context's caller do.
func May(ctx context.Context, action string, resource omics.ARN) error {
	err := policy.Allow(ctx, action, resource.String())
	var refused *policy.Refused
	if errors.As(err, &refused) {
		return omics.AccessDenied("%s", refused.Message)
	}
	return err
}

// Means says whether a name means the table, bare or with its namespace, as in SQL.
func Means(name string, table meta.Table) bool {
	return strings.EqualFold(name, table.Name) || strings.EqualFold(name, table.Namespace+"."+table.Name)
}

// Ended says to the caller why a reading may not be, or go on. what is what it reads: a table of the query, say.
func Ended(err error, what string) error {
	switch {
	case errors.Is(err, ErrRevoked):
		return omics.AccessDenied("Access to %s was revoked.", what)
	case errors.Is(err, ErrDeleted):
		return omics.AccessDenied("%s was deleted.", strings.ToUpper(what[:1])+what[1:])
	case errors.Is(err, ErrKeyDeleted):
		return omics.AccessDenied("The access key that the request is signed with was deleted.")
	}
	return err
}
