package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
	"github.com/varlake/varlake/internal/wire/policy"
)

// statement is one statement of a policy in JSON; what is empty is left out.
func statement(effect, action, resource, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return fmt.Sprintf(`{"Effect":%q,"Action":%q,"Resource":%q%s}`, effect, action, resource, condition)
}

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func allow(action, resource string) string { return document(statement("Allow", action, resource, "")) }

// allowIf allows everything on a condition, which is a JSON object.
func allowIf(condition string) string { return document(statement("Allow", "*", "*", condition)) }

// testPrincipal is testCaller with some policies.
func testPrincipal(policies []*policy.Document) *policy.Principal {
	return &policy.Principal{
		ARN: testARN, Account: testAccount, Region: testRegion, Policies: policies,
		SourceIP: "192.0.2.7", UserAgent: "test/1", Now: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
	}
}

// asked decides about a request of the operation. The resource cohort has tags.
func asked(t *testing.T, operation string, in any, policies ...string) error {
	t.Helper()
	p := testPrincipal(parsePolicies(t, policies...))
	p.Tags = func(_ context.Context, account, arn string) (map[string]string, error) {
		if account == testAccount && arn == "arn:aws:omics:us-east-1:123456789012:variantStore/cohort" {
			return map[string]string{"Team": "rare", "a/b:c d": "odd"}, nil
		}
		return map[string]string{}, nil
	}
	return authorize(context.Background(), p, needs(t, operation, in))
}

const (
	cohortARN = "arn:aws:omics:us-east-1:123456789012:variantStore/cohort"
	versions  = "arn:aws:omics:us-east-1:123456789012:annotationStore/clinvar/version/"
)

// denial is the message of AWS; no explicit text for what is allowed.
func denial(action, resource string, explicit bool) string {
	if explicit {
		return policy.Message(testARN, action, resource, policy.ExplicitDeny)
	}
	return policy.Message(testARN, action, resource, policy.ImplicitDeny)
}

func TestAuthorize(t *testing.T) {
	get := neededOf["GetVariantStore"].in
	name := "cohort"
	tagged := func(tags omics.TagMap) any { return &omics.CreateVariantStoreIn{Name: &name, Tags: tags} }
	team := tagged(omics.TagMap{"team": "rare"})
	start := neededOf["StartVariantImportJob"].in
	implicit := denial("omics:GetVariantStore", cohortARN, false)
	everything := allow("*", "*")
	for _, c := range []struct {
		name, operation string
		in              any
		policies        []string
		want            string // message; empty: allowed
	}{
		{"no policy", "GetVariantStore", get, nil, implicit},
		{"the action", "GetVariantStore", get, []string{allow("omics:GetVariantStore", "*")}, ""},
		{"the action in another case", "GetVariantStore", get, []string{allow("OMICS:getvariantstore", "*")}, ""},
		{"another action", "GetVariantStore", get, []string{allow("omics:GetVariantStores", "*")}, implicit},
		{"some actions", "GetVariantStore", get, []string{allow("omics:Get*", "*")}, ""},
		{"the resource", "GetVariantStore", get, []string{allow("*", cohortARN)}, ""},
		{"another resource", "GetVariantStore", get, []string{allow("*", cohortARN+"s")}, implicit},
		{"the resource in another case", "GetVariantStore", get,
			[]string{allow("*", strings.Replace(cohortARN, "cohort", "Cohort", 1))}, implicit},
		{"some resources", "GetVariantStore", get, []string{allow("*", "arn:aws:omics:*:123456789012:variantStore/co*")}, ""},
		{"an action without resource", "ListVariantStores", &omics.ListVariantStoresIn{}, []string{allow("*", cohortARN)},
			denial("omics:ListVariantStores", "*", false)},
		{"two policies", "GetVariantStore", get, []string{allow("omics:List*", "*"), allow("omics:Get*", "*")}, ""},
		{"a deny after", "GetVariantStore", get, []string{everything, document(statement("Deny", "omics:Get*", "*", ""))},
			denial("omics:GetVariantStore", cohortARN, true)},
		{"a deny before", "GetVariantStore", get, []string{document(statement("Deny", "*", cohortARN, ""),
			statement("Allow", "*", "*", ""))}, denial("omics:GetVariantStore", cohortARN, true)},
		{"a deny of something else", "GetVariantStore", get,
			[]string{everything, document(statement("Deny", "omics:Delete*", "*", ""))}, ""},
		{"two resources, one allowed", "GetReference", neededOf["GetReference"].in,
			[]string{allow("*", "arn:aws:omics:us-east-1:123456789012:referenceStore/"+storeID)},
			denial("omics:GetReference", "arn:aws:omics:us-east-1:123456789012:referenceStore/"+storeID+"/reference/"+
				referenceID, false)},
		{"several versions, one denied", "DeleteAnnotationStoreVersions", neededOf["DeleteAnnotationStoreVersions"].in,
			[]string{everything, document(statement("Deny", "*", versions+"v_2", ""))},
			denial("omics:DeleteAnnotationStoreVersions", versions+"v_2", true)},

		{"tags without TagResource", "CreateVariantStore", team, []string{allow("omics:CreateVariantStore", "*")},
			denial("omics:TagResource", cohortARN, false)},
		{"no tags without TagResource", "CreateVariantStore", tagged(nil), []string{allow("omics:CreateVariantStore", "*")},
			""},
		{"tags with TagResource", "CreateVariantStore", team, []string{allow("omics:CreateVariantStore", "*"),
			allow("omics:TagResource", "*")}, ""},
		{"tags with TagResource alone", "CreateVariantStore", team, []string{allow("omics:TagResource", "*")},
			denial("omics:CreateVariantStore", cohortARN, false)},
		{"TagResource itself", "TagResource", neededOf["TagResource"].in, []string{allow("omics:TagResource", "*")}, ""},
		{"tags of references", "StartReferenceImportJob", neededOf["StartReferenceImportJob"].in,
			[]string{allow("omics:Start*", "*")},
			denial("omics:TagResource", "arn:aws:omics:us-east-1:123456789012:referenceStore/"+storeID, false)},

		{"RequestTag", "CreateVariantStore", team, []string{allowIf(`{"StringEquals":{"aws:RequestTag/team":"rare"}}`)}, ""},
		{"RequestTag in another case", "CreateVariantStore", team,
			[]string{allowIf(`{"StringEquals":{"AWS:requesttag/TEAM":"rare"}}`)}, ""},
		{"RequestTag of another value", "CreateVariantStore", team,
			[]string{allowIf(`{"StringEquals":{"aws:RequestTag/team":"common"}}`)},
			denial("omics:CreateVariantStore", cohortARN, false)},
		{"RequestTag that is not there", "CreateVariantStore", tagged(nil),
			[]string{allowIf(`{"StringEquals":{"aws:RequestTag/team":"rare"}}`)},
			denial("omics:CreateVariantStore", cohortARN, false)},
		{"RequestTag of a request without tags", "GetVariantStore", get,
			[]string{allowIf(`{"Null":{"aws:RequestTag/team":"true"}}`)}, ""},
		{"TagKeys", "CreateVariantStore", team,
			[]string{allowIf(`{"ForAllValues:StringEquals":{"aws:TagKeys":["team","x"]}}`)}, ""},
		{"TagKeys, one too many", "CreateVariantStore", tagged(omics.TagMap{"team": "rare", "cost": "1"}),
			[]string{allowIf(`{"ForAllValues:StringEquals":{"aws:TagKeys":"team"}}`)},
			denial("omics:CreateVariantStore", cohortARN, false)},
		{"TagKeys to remove", "UntagResource", neededOf["UntagResource"].in,
			[]string{everything, document(statement("Deny", "omics:UntagResource", "*",
				`{"ForAnyValue:StringEquals":{"aws:TagKeys":"b"}}`))}, denial("omics:UntagResource", cohortARN, true)},
		{"ResourceTag", "GetVariantStore", get, []string{allowIf(`{"StringEquals":{"aws:ResourceTag/team":"rare"}}`)}, ""},
		{"ResourceTag with odd characters", "GetVariantStore", get,
			[]string{allowIf(`{"StringEquals":{"aws:ResourceTag/A/B:C D":"odd"}}`)}, ""},
		{"ResourceTag of another value", "GetVariantStore", get,
			[]string{allowIf(`{"StringEquals":{"aws:ResourceTag/team":"common"}}`)}, implicit},
		{"ResourceTag that is not there", "GetVariantStore", get,
			[]string{allowIf(`{"StringEquals":{"aws:ResourceTag/owner":"me"}}`)}, implicit},
		{"ResourceTag of what has none", "GetVariantStore", &omics.GetVariantStoreIn{Name: "other"},
			[]string{allowIf(`{"StringNotEquals":{"aws:ResourceTag/team":"rare"}}`)}, ""},
		{"ResourceTag in a deny", "GetVariantStore", get,
			[]string{everything, document(statement("Deny", "*", "*", `{"StringLike":{"aws:ResourceTag/Team":"r*"}}`))},
			denial("omics:GetVariantStore", cohortARN, true)},

		{"SourceIp", "GetVariantStore", get, []string{allowIf(`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`)}, ""},
		{"SourceIp elsewhere", "GetVariantStore", get,
			[]string{allowIf(`{"IpAddress":{"aws:SourceIp":["198.51.100.0/24","192.0.2.8"]}}`)}, implicit},
		{"NotIpAddress", "GetVariantStore", get,
			[]string{everything, document(statement("Deny", "*", "*", `{"NotIpAddress":{"aws:SourceIp":"198.51.100.0/24"}}`))},
			denial("omics:GetVariantStore", cohortARN, true)},
		{"username", "GetVariantStore", get, []string{allowIf(`{"StringEquals":{"aws:username":"admin"}}`)}, ""},
		{"a variable", "GetVariantStore", &omics.GetVariantStoreIn{Name: "admin_cohort"},
			[]string{allow("*", "arn:aws:omics:*:*:variantStore/${aws:username}_*")}, ""},
		{"a variable of another value", "GetVariantStore", get,
			[]string{allow("*", "arn:aws:omics:*:*:variantStore/${aws:username}*")}, implicit},
		{"PrincipalArn", "GetVariantStore", get, []string{allowIf(`{"ArnEquals":{"aws:PrincipalArn":"` + testARN + `"}}`)},
			""},
		{"PrincipalType", "GetVariantStore", get, []string{allowIf(`{"StringEquals":{"aws:PrincipalType":"User"}}`)}, ""},
		{"RequestedRegion", "GetVariantStore", get, []string{allowIf(`{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}`)},
			implicit},
		{"CurrentTime", "GetVariantStore", get,
			[]string{allowIf(`{"DateLessThan":{"aws:CurrentTime":"2024-05-06T07:08:10Z"}}`)}, ""},
		{"CurrentTime, over", "GetVariantStore", get,
			[]string{allowIf(`{"DateLessThan":{"aws:CurrentTime":"2024-05-06T07:08:09Z"}}`)}, implicit},
		{"EpochTime", "GetVariantStore", get, []string{allowIf(`{"NumericGreaterThan":{"aws:EpochTime":"1714979288"}}`)}, ""},
		{"UserAgent", "GetVariantStore", get, []string{allowIf(`{"StringLike":{"aws:UserAgent":"test/*"}}`)}, ""},
		{"a key of nobody", "GetVariantStore", get, []string{allowIf(`{"StringEquals":{"aws:Nonsense":"x"}}`)}, implicit},

		{"a role nobody thought of", "StartVariantImportJob", start, []string{allow("omics:*", "*")}, ""},
		{"a role under *", "StartVariantImportJob", start,
			[]string{everything, document(statement("Deny", "omics:Delete*", "*", ""))}, ""},
		{"a role of the policy", "StartVariantImportJob", start,
			[]string{allow("omics:*", "*"), allow("iam:PassRole", roleARN)}, ""},
		{"a role of the policy, for the service", "StartVariantImportJob", start,
			[]string{allow("omics:*", "*"),
				document(statement("Allow", "iam:PassRole", "*",
					`{"StringEquals":{"iam:PassedToService":"omics.amazonaws.com"}}`))}, ""},
		{"a role for another service", "StartVariantImportJob", start,
			[]string{allow("omics:*", "*"),
				document(statement("Allow", "iam:PassRole", "*", `{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}`))},
			denial("iam:PassRole", roleARN, false)},
		{"another role", "StartVariantImportJob", start, []string{allow("omics:*", "*"), allow("iam:PassRole", roleARN+"s")},
			denial("iam:PassRole", roleARN, false)},
		{"a role denied", "StartVariantImportJob", start, []string{everything,
			document(statement("Deny", "iam:PassRole", roleARN, ""))}, denial("iam:PassRole", roleARN, true)},
		{"a role, but not the import", "StartVariantImportJob", start, []string{allow("iam:PassRole", "*")},
			denial("omics:StartVariantImportJob", cohortARN, false)},
		{"no role to hand on", "GetVariantStore", get,
			[]string{everything, document(statement("Deny", "iam:PassRole", "*", ""))}, ""},
		{"PassedToService of other actions", "GetVariantStore", get,
			[]string{allowIf(`{"StringEquals":{"iam:PassedToService":"omics.amazonaws.com"}}`)}, implicit},
	} {
		err := asked(t, c.operation, c.in, c.policies...)
		var refusal *omics.Error
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (!errors.As(err, &refusal) || refusal.Code != omics.CodeAccessDenied ||
			refusal.Message != c.want):
			t.Errorf("%s: got %v\nwant %s", c.name, err, c.want)
		}
	}
}

// TestDenialWords holds messages to AWS's own.
func TestDenialWords(t *testing.T) {
	err := asked(t, "GetVariantStore", neededOf["GetVariantStore"].in)
	const want = "AccessDeniedException: User: arn:aws:iam::123456789012:user/admin is not authorized to perform: omics:GetVariantStore on resource: " +
		"arn:aws:omics:us-east-1:123456789012:variantStore/cohort because no identity-based policy allows the omics:GetVariantStore action"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// TestTagsThatCannotBeRead are an internal error and no decision; tags that no policy asks for are not read.
func TestTagsThatCannotBeRead(t *testing.T) {
	lost := errors.New("database is gone")
	for text, want := range map[string]bool{
		allow("*", "*"): false,
		document(statement("Allow", "*", "*", ""),
			statement("Deny", "*", "*", `{"StringEquals":{"aws:ResourceTag/secret":"yes"}}`)): true,
		allowIf(`{"StringEquals":{"aws:ResourceTag/team":"rare"}}`): true,
	} {
		reads := 0
		p := testPrincipal(parsePolicies(t, text))
		p.Tags = func(context.Context, string, string) (map[string]string, error) {
			reads++
			return nil, lost
		}
		err := authorize(context.Background(), p, needs(t, "GetVariantStore", neededOf["GetVariantStore"].in))
		if refusal := (*omics.Error)(nil); errors.Is(err, lost) != want || errors.As(err, &refusal) || want != (reads == 1) {
			t.Errorf("%s: %v after %d reads", text, err, reads)
		}
	}
}

func TestSourceAddress(t *testing.T) {
	h := newHandler(testConfig(&logBuffer{}), nil)
	for remote, want := range map[string]string{"192.0.2.7:1234": "192.0.2.7",
		"[2001:db8::1]:99": "2001:db8::1", "@": "@"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = remote
		r.Header.Set("X-Forwarded-For", "198.51.100.1") // anybody can say so
		if got := h.principalOf(r, testCaller, testKey).SourceIP; got != want {
			t.Errorf("%s: %s", remote, got)
		}
	}
}

// TestPolicyComesFirst: before the throttle, which a refusal does not count for, and before what is wrong with the
// request.
func TestPolicyComesFirst(t *testing.T) {
	var docs []*policy.Document
	var in *omics.GetVariantImportJobIn
	s := newRawServer(t, func(c *Config) {
		with(&docs)(c)
		c.Rates = Rates{"*": {PerSecond: 1e-9, Burst: 1}}
	}, keep[omics.GetVariantImportJobIn, omics.GetVariantImportJobOut]("GetVariantImportJob", &in))
	for range 3 {
		if a := s.send(t, "GET", "/import/variant/not-an-id", ""); a.status != 403 || a.code != "AccessDeniedException" {
			t.Errorf("status %d, code %s", a.status, a.code)
		}
	}
	docs = parsePolicies(t, allow("omics:GetVariantImportJob", "*"))
	for _, want := range []string{"ValidationException", "ThrottlingException"} {
		if a := s.send(t, "GET", "/import/variant/not-an-id", ""); a.code != want {
			t.Errorf("code %s, want %s", a.code, want)
		}
	}
	if in != nil {
		t.Error("the operation was called")
	}
}

// TestMethodsAskPolicies: a method may ask for more than its row needs, in a request and from outside of any.
func TestMethodsAskPolicies(t *testing.T) {
	const table = "arn:aws:glue:us-east-1:123456789012:table/x/y"
	docs := parsePolicies(t, allow("glue:GetTable", table), allow("athena:StartQueryExecution", "*"))
	var errs []error
	s := newRawServer(t, func(c *Config) {
		with(&docs)(c)
		c.Own = []Route{Stream(own.Query, func(ctx context.Context, _ *own.QueryIn, _ own.Answer) error {
			errs = []error{policy.Allow(ctx, "athena:StartQueryExecution", "arn:any"), policy.Allow(ctx, "glue:GetTable", table),
				policy.Allow(ctx, "glue:GetTable", table+"z")}
			return nil
		})}
	})
	if a := s.send(t, "POST", "/varlake/query", "{}"); a.status != 200 || len(errs) != 3 {
		t.Fatalf("status %d, %s", a.status, a.body)
	}
	if errs[0] != nil || errs[1] != nil || errs[2] == nil || errs[2].Error() != denial("glue:GetTable", table+"z", false) {
		t.Errorf("decided %v", errs)
	}
	err := policy.Allow(context.Background(), "glue:GetTable", table)
	if refusal := (*policy.Refused)(nil); !errors.As(err, &refusal) ||
		!strings.Contains(err.Error(), "User: nobody is not authorized") {
		t.Errorf("outside of a request: %v", err)
	}
	docs = parsePolicies(t, allow("glue:GetTable", "*"))
	errs = nil
	if a := s.send(t, "POST", "/varlake/query", "{}"); a.status != 403 ||
		message(t, a) != denial("athena:StartQueryExecution", "arn:aws:athena:us-east-1:123456789012:workgroup/primary",
			false) || errs != nil {
		t.Errorf("without the operation's own right: status %d, %s", a.status, a.body)
	}
}
