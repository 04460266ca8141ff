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
	arn := omics.ARN{
		Partition: "aws", Service: "glue", Region: omics.CallerFrom(ctx).Region, Account: table.Account,
		Resource: "table/" + table.Namespace + "/" + table.Name,
	}
	err := policy.Allow(ctx, "glue:GetTable", arn.String())
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
