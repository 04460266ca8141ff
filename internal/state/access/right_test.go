package access

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/policy"
)

var clinvar = meta.Table{Account: "111111111111", Namespace: "annotation_111111111111_0a1b2c3d4e5f", Name: "ClinVar"}

// TestAllowedAsksForTheOwnersTable: of another account's table, too, the policy names the owner's account.
func TestAllowedAsksForTheOwnersTable(t *testing.T) {
	const table = "arn:aws:glue:eu-west-1:111111111111:table/annotation_111111111111_0a1b2c3d4e5f/ClinVar"
	for _, c := range []struct {
		what, action, resource string
		allowed                bool
	}{
		{"the table", "glue:GetTable", table, true},
		{"another action", "glue:GetTables", table, false},
		{"the reader's account", "glue:GetTable", strings.Replace(table, ":111111111111:", ":222222222222:", 1), false},
		{"another region", "glue:GetTable", strings.Replace(table, "eu-west-1", "us-east-1", 1), false},
	} {
		document, err := policy.Parse([]byte(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
			"Action": "` + c.action + `", "Resource": "` + c.resource + `"}}`))
		if err != nil {
			t.Fatal(err)
		}
		ctx := omics.WithCaller(t.Context(), omics.Caller{Account: "222222222222", Region: "eu-west-1"})
		ctx = policy.WithPrincipal(ctx, &policy.Principal{ARN: "arn:aws:iam::222222222222:user/reader",
			Account: "222222222222", Region: "eu-west-1", Policies: []*policy.Document{document}})
		err = Allowed(ctx, clinvar)
		var refused *omics.Error
		switch {
		case c.allowed && err != nil:
			t.Errorf("%s: %v", c.what, err)
		case !c.allowed && (!errors.As(err, &refused) || refused.Code != omics.CodeAccessDenied ||
			!strings.Contains(refused.Message, table)):
			t.Errorf("%s: %v, want a refusal that names the table", c.what, err)
		}
	}
}

func TestMeans(t *testing.T) {
	for name, want := range map[string]bool{
		"ClinVar": true, "clinvar": true, "annotation_111111111111_0a1b2c3d4e5f.CLINVAR": true,
		"": false, "clin": false, ".clinvar": false, "annotation_222222222222_0a1b2c3d4e5f.clinvar": false,
	} {
		if Means(name, clinvar) != want {
			t.Errorf("Means(%q) is not %v", name, want)
		}
	}
}

func TestEnded(t *testing.T) {
	for cause, want := range map[error]string{
		ErrRevoked:    "Access to a table of the query was revoked.",
		ErrDeleted:    "A table of the query was deleted.",
		ErrKeyDeleted: "The access key that the request is signed with was deleted.",
	} {
		var said *omics.Error
		err := Ended(errors.Join(context.Canceled, cause), "a table of the query")
		if !errors.As(err, &said) || said.Code != omics.CodeAccessDenied || said.Message != want {
			t.Errorf("%v: %v", cause, err)
		}
	}
	if err := Ended(context.Canceled, "a table"); err != context.Canceled {
		t.Errorf("what ended for no right's sake: %v", err)
	}
}
