package policy

import "testing"

var requestFacts = facts{
	"aws:username":            {"alice"},
	"aws:principalarn":        {"arn:aws:iam::123456789012:user/alice"},
	"aws:principalaccount":    {"123456789012"},
	"aws:sourceip":            {"203.0.113.9"},
	"test:v6":                 {"2001:db8:1234:5678::1"},
	"test:mapped":             {"::ffff:203.0.113.9"},
	"aws:resourcetag/project": {"cohort"},
	"aws:resourcetag/empty":   {""},
	"aws:tagkeys":             {"project", "owner"},
	"aws:securetransport":     {"true"},
	"aws:currenttime":         {"2026-03-01T12:00:00Z"},
	"aws:epochtime":           {"1772366400"},
	"test:size":               {"10"},
	"test:odd":                {"ten"},
	"test:two":                {"a", "b"},
	"test:star":               {"a*c"},
	"test:none":               {},
}

// conditionCases says of conditions whether they hold of requestFacts.
var conditionCases = map[string]bool{
	`{}`: true,
	`{"StringEquals":{"aws:username":"alice"}}`:                                                      true,
	`{"StringEquals":{"AWS:UserName":"alice"}}`:                                                      true,
	`{"StringEquals":{"aws:username":"Alice"}}`:                                                      false,
	`{"StringEquals":{"aws:username":["bob","alice"]}}`:                                              true,
	`{"StringEquals":{"aws:ResourceTag/Project":"cohort"}}`:                                          true,
	`{"StringEquals":{"aws:ResourceTag/empty":""}}`:                                                  true,
	`{"StringEquals":{"test:star":"a*c"}}`:                                                           true,
	`{"StringEquals":{"test:star":"a*"}}`:                                                            false,
	`{"StringNotEquals":{"aws:username":["bob","carol"]}}`:                                           true,
	`{"StringNotEquals":{"aws:username":["bob","alice"]}}`:                                           false,
	`{"StringNotEquals":{"aws:RequestTag/x":"a"}}`:                                                   true,
	`{"StringEquals":{"aws:RequestTag/x":"a"}}`:                                                      false,
	`{"StringEqualsIfExists":{"aws:RequestTag/x":"a"}}`:                                              true,
	`{"StringEqualsIfExists":{"aws:username":"bob"}}`:                                                false,
	`{"StringNotEqualsIfExists":{"aws:username":"alice"}}`:                                           false,
	`{"StringEqualsIgnoreCase":{"aws:username":"ALICE"}}`:                                            true,
	`{"StringNotEqualsIgnoreCase":{"aws:username":"ALICE"}}`:                                         false,
	`{"StringLike":{"aws:username":"a*e"}}`:                                                          true,
	`{"StringLike":{"aws:username":"A*e"}}`:                                                          false,
	`{"StringLike":{"aws:username":"?????"}}`:                                                        true,
	`{"StringLike":{"aws:username":"????"}}`:                                                         false,
	`{"StringNotLike":{"aws:username":["b*","c*"]}}`:                                                 true,
	`{"StringLike":{"aws:ResourceTag/empty":"*"}}`:                                                   true,
	`{"StringEquals":{"aws:username":"alice"},"Bool":{"aws:SecureTransport":"false"}}`:               false,
	`{"StringEquals":{"aws:username":"alice","aws:PrincipalAccount":"1"}}`:                           false,
	`{"Bool":{"aws:SecureTransport":true}}`:                                                          true,
	`{"Bool":{"aws:SecureTransport":"TRUE"}}`:                                                        true,
	`{"Bool":{"aws:username":"true"}}`:                                                               false,
	`{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}`:                                         true,
	`{"NumericEquals":{"test:size":10.0}}`:                                                           true,
	`{"NumericEquals":{"test:size":"1e1"}}`:                                                          true,
	`{"NumericNotEquals":{"test:size":"10"}}`:                                                        false,
	`{"NumericLessThan":{"test:size":10}}`:                                                           false,
	`{"NumericLessThanEquals":{"test:size":10}}`:                                                     true,
	`{"NumericGreaterThan":{"test:size":"9.5"}}`:                                                     true,
	`{"NumericGreaterThanEquals":{"test:size":[11,10]}}`:                                             true,
	`{"NumericEquals":{"test:odd":10}}`:                                                              false,
	`{"NumericNotEquals":{"test:odd":10}}`:                                                           true,
	`{"DateGreaterThan":{"aws:CurrentTime":"2026-02-28"}}`:                                           true,
	`{"DateLessThan":{"aws:CurrentTime":"2026-03-01T13:00:00+01:00"}}`:                               false,
	`{"DateEquals":{"aws:CurrentTime":"2026-03-01T13:00:00+01:00"}}`:                                 true,
	`{"DateEquals":{"aws:EpochTime":"2026-03-01T12:00Z"}}`:                                           true,
	`{"DateNotEquals":{"aws:CurrentTime":"1772366400"}}`:                                             false,
	`{"DateLessThanEquals":{"aws:EpochTime":1772366400}}`:                                            true,
	`{"DateGreaterThanEquals":{"aws:CurrentTime":"2026-04"}}`:                                        false,
	`{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`:                                                true,
	`{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.9"]}}`:                                    true,
	`{"IpAddress":{"aws:SourceIp":"203.0.113.10"}}`:                                                  false,
	`{"IpAddress":{"aws:SourceIp":"::ffff:203.0.113.0/120"}}`:                                        true,
	`{"IpAddress":{"test:mapped":"203.0.113.0/24"}}`:                                                 true,
	`{"IpAddress":{"test:v6":"2001:DB8:1234:5678::/64"}}`:                                            true,
	`{"IpAddress":{"test:v6":"0.0.0.0/0"}}`:                                                          false,
	`{"NotIpAddress":{"aws:SourceIp":"203.0.113.77/24"}}`:                                            false,
	`{"NotIpAddress":{"aws:SourceIp":"198.51.100.0/24"}}`:                                            true,
	`{"IpAddress":{"aws:username":"0.0.0.0/0"}}`:                                                     false,
	`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}`:                                       true,
	`{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::*:user/al?ce"}}`:                                 true,
	`{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}`:                                  true,
	`{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}`:                                    false,
	`{"ArnLike":{"aws:PrincipalArn":"arn:*:user/alice:::"}}`:                                         false,
	`{"ArnLike":{"aws:username":"*:*:*:*:*:*"}}`:                                                     false,
	`{"Null":{"aws:TokenIssueTime":"true"}}`:                                                         true,
	`{"Null":{"aws:TokenIssueTime":false}}`:                                                          false,
	`{"Null":{"aws:username":"false"}}`:                                                              true,
	`{"Null":{"aws:username":["true","false"]}}`:                                                     true,
	`{"Null":{"test:none":"true"}}`:                                                                  true,
	`{"Null":{"aws:ResourceTag/empty":"false"}}`:                                                     true,
	`{"ForAllValues:StringEquals":{"aws:TagKeys":["project","owner","x"]}}`:                          true,
	`{"ForAllValues:StringEquals":{"aws:TagKeys":["project"]}}`:                                      false,
	`{"ForAllValues:StringNotEquals":{"aws:TagKeys":["secret"]}}`:                                    true,
	`{"ForAllValues:StringNotEquals":{"aws:TagKeys":["owner"]}}`:                                     false,
	`{"ForAllValues:StringEquals":{"test:none":"x"}}`:                                                true,
	`{"ForAllValues:StringEquals":{"test:missing":"x"}}`:                                             true,
	`{"ForAllValues:StringNotLike":{"test:missing":"x"}}`:                                            true,
	`{"ForAnyValue:StringEquals":{"aws:TagKeys":["owner"]}}`:                                         true,
	`{"ForAnyValue:StringEquals":{"aws:TagKeys":["secret"]}}`:                                        false,
	`{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["owner"]}}`:                                      true,
	`{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["owner","project"]}}`:                            false,
	`{"ForAnyValue:StringLike":{"test:missing":"*"}}`:                                                false,
	`{"ForAnyValue:StringNotLike":{"test:missing":"*"}}`:                                             false,
	`{"ForAnyValue:StringLikeIfExists":{"test:missing":"*"}}`:                                        false,
	`{"StringEquals":{"test:two":"a"}}`:                                                              false,
	`{"StringEquals":{"test:two":["a","b"]}}`:                                                        true,
	`{"StringNotEquals":{"test:two":"a"}}`:                                                           false,
	`{"StringEquals":{"aws:username":"${aws:username}"}}`:                                            true,
	`{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}"}}`: true,
	`{"StringEquals":{"aws:username":"${aws:RequestTag/owner}"}}`:                                    false,
	`{"StringNotEquals":{"aws:username":"${aws:RequestTag/owner}"}}`:                                 true,
	`{"StringEquals":{"aws:username":"${aws:RequestTag/owner, 'alice'}"}}`:                           true,
	`{"StringLike":{"test:star":"a${*}c"}}`:                                                          true,
	`{"StringLike":{"aws:username":"a${*}e"}}`:                                                       false,
	`{"StringLike":{"aws:username":"${test:star}"}}`:                                                 false,
	`{"StringLike":{"test:star":"${test:star}"}}`:                                                    true,
}

func TestConditions(t *testing.T) {
	for condition, want := range conditionCases {
		verdict := ImplicitDeny
		if want {
			verdict = Allowed
		}
		check(t, conditional(condition), Request{Action: "omics:GetVariantStore", Resource: storeARN,
			Context: requestFacts.get}, verdict)
	}
	// Where several values meet an operator for one, a Deny needs one of them.
	check(t, statements(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"test:two":"a"}}}`),
		Request{Action: "omics:X", Resource: "*", Context: requestFacts.get}, ExplicitDeny)
}

func TestVariables(t *testing.T) {
	user := facts{"aws:username": {"alice"}, "aws:resourcetag/team": {"*"}, "test:two": {"a", "b"}, "test:empty": {""}}
	for _, c := range []struct {
		resource, request string
		want              bool
	}{
		{"arn:aws:omics:*:*:variantStore/${aws:username}", "arn:aws:omics:r:1:variantStore/alice", true},
		{"arn:aws:omics:*:*:variantStore/${aws:username}_*", "arn:aws:omics:r:1:variantStore/alice_2", true},
		{"arn:aws:omics:*:*:variantStore/${AWS:UserName}", "arn:aws:omics:r:1:variantStore/alice", true},
		{"arn:aws:omics:*:*:variantStore/${aws:username}", "arn:aws:omics:r:1:variantStore/bob", false},
		{"arn:aws:omics:*:*:variantStore/${aws:userid}", "arn:aws:omics:r:1:variantStore/${aws:userid}", false},
		{"arn:aws:omics:*:*:variantStore/${aws:userid, 'anonymous'}", "arn:aws:omics:r:1:variantStore/anonymous", true},
		{"arn:aws:omics:*:*:variantStore/${aws:userid,'a}*'}", "arn:aws:omics:r:1:variantStore/a}*", true},
		{"arn:aws:omics:*:*:variantStore/${aws:userid, '*'}", "arn:aws:omics:r:1:variantStore/x", false},
		{"arn:aws:omics:*:*:variantStore/${aws:username, 'x'}", "arn:aws:omics:r:1:variantStore/alice", true},
		{"arn:aws:omics:*:*:variantStore/${test:two, 'x'}", "arn:aws:omics:r:1:variantStore/x", false},
		{"arn:aws:omics:*:*:variantStore/${test:empty}*", "arn:aws:omics:r:1:variantStore/secret", false},
		{"arn:aws:omics:*:*:variantStore/${test:empty, 'x'}", "arn:aws:omics:r:1:variantStore/x", true},
		{"arn:aws:omics:*:*:variantStore/${aws:ResourceTag/team}", "arn:aws:omics:r:1:variantStore/b", false},
		{"arn:aws:omics:*:*:variantStore/${aws:ResourceTag/team}", "arn:aws:omics:r:1:variantStore/*", true},
		{"arn:aws:omics:*:*:variantStore/${*}${?}${$}", "arn:aws:omics:r:1:variantStore/*?$", true},
		{"arn:aws:omics:*:*:variantStore/${*}", "arn:aws:omics:r:1:variantStore/a", false},
		{"arn:aws:omics:*:*:variantStore/$a", "arn:aws:omics:r:1:variantStore/$a", true},
	} {
		verdict := ImplicitDeny
		if c.want {
			verdict = Allowed
		}
		check(t, statements(`{"Effect":"Allow","Action":"*","Resource":"`+c.resource+`"}`),
			Request{Action: "omics:X", Resource: c.request, Context: user.get}, verdict)
	}

	// Before 2012-10-17 there were no variables.
	old := `{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:omics:::x/${aws:username}"}}`
	check(t, old, Request{Action: "omics:X", Resource: "arn:aws:omics:::x/alice", Context: user.get}, ImplicitDeny)
	check(t, old, Request{Action: "omics:X", Resource: "arn:aws:omics:::x/${aws:username}", Context: user.get}, Allowed)

	// A NotResource that cannot be told never allows, and still denies.
	unknown := `","Action":"*","NotResource":"arn:aws:omics:::x/${test:missing}"}`
	check(t, statements(`{"Effect":"Allow`+unknown), Request{Action: "omics:X", Resource: "arn:aws:omics:::y"},
		ImplicitDeny)
	check(t, statements(`{"Effect":"Deny`+unknown), Request{Action: "omics:X", Resource: "arn:aws:omics:::y"},
		ExplicitDeny)
}
