package policy

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"testing"
)

// policies draws random policies, and requests that meet them often enough.
type policies struct{ *rand.Rand }

func pick[T any](p policies, from ...T) T { return from[p.IntN(len(from))] }

// some draws one string, or a list of them.
func (p policies) some(draw func() string) any {
	if p.IntN(2) == 0 {
		return draw()
	}
	list := make([]string, 1+p.IntN(3))
	for i := range list {
		list[i] = draw()
	}
	return list
}

func (p policies) action() string {
	if p.IntN(6) == 0 {
		return "*"
	}
	return pick(p, "omics", "OMICS", "iam") + ":" + pick(p, "*", "Get*", "get*", "GetVariantStore", "*Store",
		"???Variant*", "*a*t*", "DeleteVariantStore")
}

func (p policies) variable() string {
	return pick(p, "${aws:username}", "${test:empty}", "${test:missing}", "${test:missing, 'a*'}", "${test:many}", "${*}",
		"${?}", "${$}", "${test:star}")
}

func (p policies) text() string {
	var b strings.Builder
	for range p.IntN(4) {
		b.WriteString(pick(p, "a", "b", "é", "*", "?", "alice", p.variable()))
	}
	return b.String()
}

func (p policies) resource() string {
	if p.IntN(6) == 0 {
		return "*"
	}
	return "arn:aws:" + pick(p, "omics", "*") + ":" + pick(p, "us-east-1", "*", "us-*", "") + ":" + pick(p, "*", "1", "") +
		":" + pick(p, "x", "x/", "*") + p.text()
}

func (p policies) condition() (operator, key string, values any) {
	key = pick(p, "aws:username", "AWS:Username", "test:empty", "test:missing", "test:many", "test:star", "test:arn",
		"test:ip", "test:n", "test:when", "test:yes")
	operator = pick(p, "", "", "ForAllValues:", "ForAnyValue:")
	suffix := pick(p, "", "", "IfExists")
	number := func() string { return pick(p, "1", "2", "10", "-1.5", "1e1") }
	when := func() string {
		return pick(p, "2026-03-01T12:00:00Z", "2026-03-01", "2026-03", "1772366400", "2026-03-01T13:00+01:00")
	}
	order := pick(p, "Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
	switch p.IntN(7) {
	case 0:
		return "Null", key, pick[any](p, "true", "false", true)
	case 1:
		return operator + "Numeric" + order + suffix, key, p.some(number)
	case 2:
		return operator + "Date" + order + suffix, key, p.some(when)
	case 3:
		return operator + "Bool" + suffix, key, pick[any](p, "true", "false", false)
	case 4:
		return operator + pick(p, "IpAddress", "NotIpAddress") + suffix, key, p.some(func() string {
			return pick(p, "10.0.0.0/8", "10.0.0.1", "2001:db8::/32", "::ffff:10.0.0.0/104", "::/0", "0.0.0.0/0")
		})
	case 5:
		return operator + pick(p, "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike") + suffix, key, p.some(func() string {
			return pick(p, "arn:aws:*:*:*:*", "*:*:*:*:*:*", p.resource()+":::::")
		})
	}
	return operator + pick(p, "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
		"StringLike", "StringNotLike") + suffix, key, p.some(p.text)
}

func (p policies) document() string {
	list := make([]any, 1+p.IntN(3))
	for i := range list {
		s := map[string]any{"Effect": pick(p, "Allow", "Allow", "Deny")}
		s[pick(p, "Action", "Action", "NotAction")] = p.some(p.action)
		s[pick(p, "Resource", "Resource", "NotResource")] = p.some(p.resource)
		conditions := map[string]any{}
		for range p.IntN(3) {
			operator, key, values := p.condition()
			conditions[operator] = map[string]any{key: values}
		}
		if len(conditions) > 0 {
			s["Condition"] = conditions
		}
		list[i] = s
	}
	text, err := json.Marshal(map[string]any{"Version": pick(p, "2012-10-17", "2012-10-17", "2008-10-17"),
		"Statement": list})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (p policies) request() Request {
	f := facts{
		"aws:username": {pick(p, "alice", "bob", "a")},
		"test:empty":   {""},
		"test:many":    {pick(p, "a", "alice"), pick(p, "a", "b")},
		"test:star":    {pick(p, "*", "a*", "?")},
		"test:arn":     {pick(p, "arn:aws:omics:us-east-1:1:x/alice", "arn:aws:omics:::x:y", "arn")},
		"test:ip":      {pick(p, "10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "8.8.8.8", "")},
		"test:n":       {pick(p, "1", "10", "9.5", "x")},
		"test:when":    {pick(p, "2026-03-01T12:00:00Z", "1772366400", "x")},
		"test:yes":     {pick(p, "true", "false", "x")},
	}
	if p.IntN(4) == 0 {
		f["aws:username"] = nil
	}
	return Request{
		Action: pick(p, "omics:GetVariantStore", "omics:DeleteVariantStore", "iam:PassRole"),
		Resource: pick(p, "*", "arn:aws:omics:us-east-1:1:x/alice", "arn:aws:omics:us-east-1:1:xa",
			"arn:aws:omics:us-west-2:2:x/éa", "arn:aws:omics:::x*"),
		Context: f.get,
	}
}

// TestLikeNaive compares random policies with the naive evaluator.
func TestLikeNaive(t *testing.T) {
	p := policies{rand.New(rand.NewPCG(1, 2))}
	seen := map[Decision]int{}
	for range 3000 {
		texts := make([]string, 1+p.IntN(2))
		docs := make([]*Document, len(texts))
		for i := range texts {
			texts[i] = p.document()
			docs[i] = mustParse(t, texts[i])
		}
		r := p.request()
		got, want := evaluate(docs, r), naive(texts, r)
		seen[got]++
		if got != want {
			t.Fatalf("%v, the naive evaluator says %v, for %s on %s\n%s", got, want, r.Action, r.Resource,
				strings.Join(texts, "\n"))
		}
	}
	for _, d := range []Decision{ImplicitDeny, Allowed, ExplicitDeny} {
		if seen[d] < 80 {
			t.Errorf("only %d of the decisions are %v", seen[d], d)
		}
	}
}

// FuzzParse checks that nothing panics, and that whatever parses evaluates as
// the naive evaluator does.
func FuzzParse(f *testing.F) {
	p := policies{rand.New(rand.NewPCG(3, 4))}
	for range 20 {
		f.Add([]byte(p.document()))
	}
	for text := range refusals {
		f.Add([]byte(text))
	}
	for condition := range conditionCases {
		f.Add([]byte(conditional(condition)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Parse(text)
		if err != nil {
			if d != nil {
				t.Error("a policy with an error")
			}
			return
		}
		d.Mentions("iam")
		drawn := policies{rand.New(rand.NewPCG(uint64(crc32.ChecksumIEEE(text)), 5))}
		for range 3 {
			r := drawn.request()
			if got, want := evaluate([]*Document{d}, r), naive([]string{string(text)}, r); got != want {
				t.Errorf("%v, the naive evaluator says %v, for %s on %s", got, want, r.Action, r.Resource)
			}
		}
	})
}

// FuzzMatch compares the matcher with a regular expression.
func FuzzMatch(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("*?é*", "aéé")
	f.Add("??", "é")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		pattern, s = clean(pattern), clean(s)
		if len(pattern) > 200 {
			return
		}
		compiled, err := parseTemplate(pattern, true, false)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := match(compiled.pattern, s), naiveGlob(pattern, s, "(?s)"); got != want {
			t.Errorf("match(%q, %q) is %v", pattern, s, got)
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	var list []string
	for i := range 20 {
		list = append(list, fmt.Sprintf(
			`{"Effect":"Allow","Action":["omics:Get*","omics:List*"],"Resource":"arn:aws:omics:*:123456789012:variantStore/team%d_*","Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:username}"},"IpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]}}}`, i))
	}
	d := mustParse(b, statements(list...))
	f := facts{"aws:username": {"alice"}, "aws:resourcetag/team": {"alice"}, "aws:sourceip": {"10.1.2.3"}}
	r := Request{Action: "omics:GetVariantStore", Resource: "arn:aws:omics:us-east-1:123456789012:variantStore/team19_a",
		Context: f.get}
	b.ReportAllocs()
	for b.Loop() {
		if evaluate([]*Document{d}, r) != Allowed {
			b.Fatal("denied")
		}
	}
}
