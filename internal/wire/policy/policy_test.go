package policy

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// facts are the values of condition keys, by their names in lower case.
type facts map[string][]string

func (f facts) get(key string) ([]string, bool) {
	v, ok := f[key]
	return v, ok
}

const (
	storeARN = "arn:aws:omics:us-east-1:123456789012:variantStore/cohort_a"
	roleARN  = "arn:aws:iam::123456789012:role/omics/import"
)

func mustParse(t testing.TB, text string) *Document {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

// statements is a policy of these statements.
func statements(list ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`
}

// conditional is an Allow of everything under a condition.
func conditional(condition string) string {
	return statements(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + condition + `}`)
}

func check(t *testing.T, text string, r Request, want Decision) {
	t.Helper()
	if got := evaluate([]*Document{mustParse(t, text)}, r); got != want {
		t.Errorf("%v, want %v, for %+v\n%s", got, want, r, text)
	}
	if got := naive([]string{text}, r); got != want {
		t.Errorf("the naive evaluator says %v, want %v, for %+v\n%s", got, want, r, text)
	}
}

func TestActionsAndResources(t *testing.T) {
	for _, c := range []struct {
		name, effect, action, resource string
		request                        Request
		want                           Decision
	}{
		{"all", "Allow", `"Action":"*"`, `"Resource":"*"`, Request{Action: "omics:GetVariantStore", Resource: storeARN},
			Allowed},
		{"all, without a resource", "Allow", `"Action":"*:*"`, `"Resource":"*"`, Request{Action: "omics:ListVariantStores",
			Resource: "*"}, Allowed},
		{"an ARN pattern is not *", "Allow", `"Action":"*"`, `"Resource":"arn:aws:omics:*:*:*"`,
			Request{Action: "omics:ListVariantStores", Resource: "*"}, ImplicitDeny},
		{"service", "Allow", `"Action":"omics:*"`, `"Resource":"*"`, Request{Action: "omics:GetVariantStore",
			Resource: storeARN}, Allowed},
		{"other service", "Allow", `"Action":"s3:*"`, `"Resource":"*"`, Request{Action: "omics:GetVariantStore",
			Resource: storeARN}, ImplicitDeny},
		{"case", "Allow", `"Action":"OMICS:getVARIANT*"`, `"Resource":"*"`, Request{Action: "omics:GetVariantStore",
			Resource: storeARN}, Allowed},
		{"prefix", "Allow", `"Action":["omics:List*","omics:Get*"]`, `"Resource":"*"`,
			Request{Action: "omics:GetVariantStore", Resource: storeARN}, Allowed},
		{"middle", "Allow", `"Action":"omics:*Store"`, `"Resource":"*"`, Request{Action: "omics:GetVariantStore",
			Resource: storeARN}, Allowed},
		{"no prefix match", "Allow", `"Action":"omics:GetVariantStore"`, `"Resource":"*"`,
			Request{Action: "omics:GetVariantStores", Resource: storeARN}, ImplicitDeny},
		{"question mark", "Allow", `"Action":"omics:?etVariantStore"`, `"Resource":"*"`,
			Request{Action: "omics:GetVariantStore", Resource: storeARN}, Allowed},
		{"question mark is one", "Allow", `"Action":"omics:GetVariantStore?"`, `"Resource":"*"`,
			Request{Action: "omics:GetVariantStore", Resource: storeARN}, ImplicitDeny},
		{"NotAction", "Allow", `"NotAction":["iam:*","omics:Delete*"]`, `"Resource":"*"`,
			Request{Action: "omics:GetVariantStore", Resource: storeARN}, Allowed},
		{"NotAction names it", "Allow", `"NotAction":["iam:*","omics:Delete*"]`, `"Resource":"*"`,
			Request{Action: "omics:DeleteVariantStore", Resource: storeARN}, ImplicitDeny},
		{"NotAction in a Deny", "Deny", `"NotAction":"omics:Get*"`, `"Resource":"*"`,
			Request{Action: "omics:DeleteVariantStore", Resource: storeARN}, ExplicitDeny},
		{"deny", "Deny", `"Action":"omics:Delete*"`, `"Resource":"*"`, Request{Action: "omics:DeleteVariantStore",
			Resource: storeARN}, ExplicitDeny},
		{"exact ARN", "Allow", `"Action":"*"`, `"Resource":"` + storeARN + `"`, Request{Action: "omics:GetVariantStore",
			Resource: storeARN}, Allowed},
		{"ARNs have a case", "Allow", `"Action":"*"`, `"Resource":"arn:aws:omics:*:*:variantStore/Cohort_a"`,
			Request{Action: "omics:GetVariantStore", Resource: storeARN}, ImplicitDeny},
		{"region and account", "Allow", `"Action":"*"`, `"Resource":"arn:aws:omics:*:*:variantStore/cohort_*"`,
			Request{Action: "omics:GetVariantStore", Resource: storeARN}, Allowed},
		{"another store", "Allow", `"Action":"*"`, `"Resource":"arn:aws:omics:*:*:variantStore/cohort_b*"`,
			Request{Action: "omics:GetVariantStore", Resource: storeARN}, ImplicitDeny},
		{"another region", "Allow", `"Action":"*"`, `"Resource":"arn:aws:omics:eu-*:*:variantStore/*"`,
			Request{Action: "omics:GetVariantStore", Resource: storeARN}, ImplicitDeny},
		{"across colons", "Allow", `"Action":"*"`, `"Resource":"arn:aws:omics:*"`, Request{Action: "omics:GetVariantStore",
			Resource: storeARN}, Allowed},
		{"across colons, then text", "Deny", `"Action":"*"`, `"Resource":"arn:aws:omics:*:variantStore/cohort_?"`,
			Request{Action: "omics:GetVariantStore", Resource: storeARN}, ExplicitDeny},
		{"NotResource", "Deny", `"Action":"*"`, `"NotResource":"arn:aws:omics:*:*:variantStore/public_*"`,
			Request{Action: "omics:GetVariantStore", Resource: storeARN}, ExplicitDeny},
		{"NotResource names it", "Deny", `"Action":"*"`,
			`"NotResource":["arn:aws:s3:::x","arn:aws:omics:*:*:variantStore/cohort_*"]`,
			Request{Action: "omics:GetVariantStore", Resource: storeARN}, ImplicitDeny},
		{"pass role", "Allow", `"Action":"iam:PassRole"`, `"Resource":"arn:aws:iam::123456789012:role/omics/*"`,
			Request{Action: "iam:PassRole", Resource: roleARN}, Allowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			check(t, statements(`{"Effect":"`+c.effect+`",`+c.action+`,`+c.resource+`}`), c.request, c.want)
		})
	}
}

// TestSlashes is the example of reference_policies_elements_resource.
func TestSlashes(t *testing.T) {
	for object, want := range map[string]Decision{
		"1/test/object.jpg": Allowed, "1/2/test/object.jpg": Allowed, "1/2/test/3/object.jpg": Allowed,
		"1///test///object.jpg": Allowed, "1/test/.jpg": Allowed, "/test/object.jpg": Allowed, "1/test/": Allowed,
		"1-test/object.jpg": ImplicitDeny, "test/object.jpg": ImplicitDeny, "1/2/test.jpg": ImplicitDeny,
	} {
		check(t, statements(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*/test/*"}`),
			Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/" + object}, want)
	}
}

func TestDenyWins(t *testing.T) {
	allow := `{"Sid":"A","Effect":"Allow","Action":"omics:*","Resource":"*"}`
	deny := `{"Sid":"D","Effect":"Deny","Action":"omics:Delete*","Resource":"*"}`
	remove := Request{Action: "omics:DeleteVariantStore", Resource: storeARN}
	check(t, statements(allow, deny), remove, ExplicitDeny)
	check(t, statements(deny, allow), remove, ExplicitDeny)
	read := Request{Action: "omics:GetVariantStore", Resource: storeARN}
	check(t, statements(deny, allow), read, Allowed)

	a, d := mustParse(t, statements(allow)), mustParse(t, statements(deny))
	administrator := mustParse(t, statements(`{"Effect":"Allow","Action":"*","Resource":"*"}`))
	for _, docs := range [][]*Document{{a, d}, {d, a}, {nil, a, nil, d}, {administrator, d}} {
		if got := evaluate(docs, remove); got != ExplicitDeny {
			t.Errorf("%v, want an explicit deny", got)
		}
	}
	if got := evaluate(nil, read); got != ImplicitDeny {
		t.Errorf("no policies: %v", got)
	}
	if got := evaluate([]*Document{administrator}, read); got != Allowed {
		t.Errorf("administrator: %v", got)
	}
}

func TestMentions(t *testing.T) {
	for action, want := range map[string]bool{
		`"Action":"iam:PassRole"`: true, `"Action":["omics:*","IAM:*"]`: true, `"NotAction":"iam:*"`: true,
		`"Action":"*"`: false, `"Action":"*:*"`: false, `"Action":"omics:*"`: false, `"Action":"iam-x:PassRole"`: false,
	} {
		d := mustParse(t, statements(`{"Effect":"Allow",`+action+`,"Resource":"*"}`))
		if d.Mentions("iam") != want || d.Mentions("IAM") != want {
			t.Errorf("%s: mentions iam: want %v", action, want)
		}
	}
}

func TestMessage(t *testing.T) {
	const head = "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: omics:GetVariantStore on resource: " + storeARN
	for d, want := range map[Decision]string{
		ImplicitDeny: head + " because no identity-based policy allows the omics:GetVariantStore action",
		ExplicitDeny: head + " with an explicit deny in an identity-based policy",
	} {
		if got := Message("arn:aws:iam::123456789012:user/alice", "omics:GetVariantStore", storeARN, d); got != want {
			t.Errorf("%s", got)
		}
	}
}

// TestContextIsLazy counts what is asked for.
func TestContextIsLazy(t *testing.T) {
	d := mustParse(t, statements(
		`{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"test:never":"x"}}}`,
		`{"Effect":"Allow","Action":"omics:*","Resource":"arn:aws:omics:::${aws:username}","Condition":{"StringLike":{"AWS:username":["${aws:username}","x"]},"Null":{"aws:USERNAME":"false"}}}`,
		`{"Effect":"Deny","Action":"omics:*","Resource":"*","Condition":{"StringEquals":{"test:missing":"x"},"Bool":{"test:never":"true"}}}`,
		`{"Effect":"Deny","Action":"omics:*","Resource":"*","Condition":{"StringEquals":{"test:missing":"x"}}}`))
	asked := map[string]int{}
	got := evaluate([]*Document{d, d}, Request{Action: "omics:X", Resource: "arn:aws:omics:::alice",
		Context: func(key string) ([]string, bool) {
			asked[key]++
			return []string{"alice"}, key == "aws:username"
		}})
	if got != Allowed || len(asked) != 2 || asked["aws:username"] != 1 || asked["test:missing"] != 1 {
		t.Errorf("%v, asked for %v", got, asked)
	}
}

// TestHostileText sends what no pattern's escape may be confused with.
func TestHostileText(t *testing.T) {
	text := statements(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:omics:::x/${aws:username}"}`)
	d := mustParse(t, text)
	for _, name := range []string{"\xfe", "\xff", "a\xfe"} {
		f := facts{"aws:username": {name}}
		r := Request{Action: "omics:X", Resource: "arn:aws:omics:::x/anything", Context: f.get}
		if got := evaluate([]*Document{d}, r); got != ImplicitDeny {
			t.Errorf("%q: %v", name, got)
		}
	}
}

// TestNoBlowUp gives patterns that take a backtracking matcher years: it ends, or the test's time does.
func TestNoBlowUp(t *testing.T) {
	subject := "arn:aws:omics:::" + strings.Repeat("a", 4000)
	for _, pattern := range []string{
		strings.Repeat("*a", 9000) + "b", strings.Repeat("a*", 9000) + "b", strings.Repeat("*", 18000) + "b",
		strings.Repeat("*?", 9000), strings.Repeat("?*a", 6000), "*" + strings.Repeat("?", 3000) + "b*",
	} {
		d := mustParse(t, statements(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:omics:::`+pattern+`"}`))
		if got := evaluate([]*Document{d}, Request{Action: "omics:X", Resource: subject}); got != ImplicitDeny {
			t.Errorf("%.20s: %v", pattern, got)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	d := mustParse(t, conditional(
		`{"StringLike":{"aws:username":"${aws:PrincipalTag/x, 'al'}*"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			f := facts{"aws:username": {"alice"}, "aws:sourceip": {fmt.Sprintf("10.0.0.%d", i)}}
			for range 200 {
				if got := evaluate([]*Document{d}, Request{Action: "omics:X", Resource: "*", Context: f.get}); got != Allowed {
					t.Error(got)
				}
			}
		})
	}
	wg.Wait()
}
