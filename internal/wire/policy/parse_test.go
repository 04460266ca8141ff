package policy

import (
	"strings"
	"testing"
)

// second is a policy with this second statement.
func second(s string) string {
	return statements(`{"Sid":"First","Effect":"Deny","Action":"*","Resource":"*"}`, s)
}

// refusals are policies and what their errors say.
var refusals = map[string]string{
	``:                                   "line 1",
	"{\n\n  \"Statement\": [\n}":         "line 4",
	`[]`:                                 "a list, not an object",
	`{"Statement":[]} x`:                 "line 1",
	`{}`:                                 "Statement: missing",
	`{"Statement":[]}`:                   "Statement: empty",
	`{"Statement":"x"}`:                  "Statement: a string",
	`{"Statement":[null]}`:               "Statement[0]: null, not an object",
	`{"Version":"2020-01-01"}`:           "Version",
	`{"Version":"2012-10-17","Extra":1}`: `unknown element "Extra"`,
	`{"Version":"2012-10-17","Version":"2008-10-17"}`: `"Version" is there twice`,
	`{"statement":[]}`:                              `unknown element "statement"`,
	`{"Id":7}`:                                      "Id: a number",
	"{\"Id\":\"\xff\"}":                             "not UTF-8",
	strings.Repeat("[", 300):                        "line 1",
	`{"Id":[[[[[[[[[[[]]]]]]]]]]]}`:                 "nested too deeply",
	`{"Id":"` + strings.Repeat("x", maxSize) + `"}`: "20489 bytes are more than 20480",

	second(`{"Sid":"Second","Action":"*","Resource":"*"}`):                 `Statement[1] (Sid "Second"): Effect: missing`,
	second(`{"Sid":"First","Effect":"Allow","Action":"*","Resource":"*"}`): `Statement[1] (Sid "First"): Sid: another`,
	second(`{"Sid":"a b","Effect":"Allow","Action":"*","Resource":"*"}`):   `Sid: may hold`,
	second(`{"Effect":"allow","Action":"*","Resource":"*"}`):               `Statement[1]: Effect: must be`,

	second(`{"Effect":"Allow","Resource":"*"}`):                                  "Action or NotAction: missing",
	second(`{"Effect":"Allow","Action":"*"}`):                                    "Resource or NotResource: missing",
	second(`{"Effect":"Allow","Action":"*","NotAction":"s3:*","Resource":"*"}`):  "NotAction: a statement has",
	second(`{"Effect":"Allow","Action":"*","NotResource":"*","Resource":"*"}`):   "Resource: a statement has",
	second(`{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}`):     "Principal: a policy of an identity",
	second(`{"Effect":"Allow","Action":"*","Resource":"*","NotPrincipal":"*"}`):  "NotPrincipal: a policy of an identity",
	second(`{"Effect":"Allow","Action":"*","Resource":"*","Effct":"*"}`):         `unknown element "Effct"`,
	second(`{"Effect":"Allow","Action":[],"Resource":"*"}`):                      "Action: empty",
	second(`{"Effect":"Allow","Action":["omics:*",5],"Resource":"*"}`):           "Action: a number, not a string",
	second(`{"Effect":"Allow","Action":"GetVariantStore","Resource":"*"}`):       "is not * or SERVICE:NAME",
	second(`{"Effect":"Allow","Action":"**","Resource":"*"}`):                    "is not * or SERVICE:NAME",
	second(`{"Effect":"Allow","Action":"om*:Get","Resource":"*"}`):               "is not * or SERVICE:NAME",
	second(`{"Effect":"Allow","Action":"omics:","Resource":"*"}`):                "does not name an action",
	second(`{"Effect":"Allow","Action":"omics:${aws:username}","Resource":"*"}`): "does not name an action",

	second(`{"Effect":"Allow","Action":"*","Resource":""}`):                                  "is not * or an ARN",
	second(`{"Effect":"Allow","Action":"*","Resource":"cohort"}`):                            "is not * or an ARN",
	second(`{"Effect":"Allow","Action":"*","Resource":"*:variantStore/x"}`):                  "is not * or an ARN",
	second(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:omics:us-east-1:1"}`):         "fewer than six parts",
	second(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:omics:us-*-1:1"}`):            "fewer than six parts",
	second(`{"Effect":"Allow","Action":"*","Resource":"arn::omics:us-east-1:1:x"}`):          "is empty",
	second(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:omics:us-east-1:1:"}`):        "is empty",
	second(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:omics:*:${aws:username}:x"}`): "before its fifth colon",
	second(`{"Effect":"Allow","Action":"*","NotResource":"arn:aws:omics:::${aws:username"}`): "there is no }",

	second(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:omics:::${username}"}`):         "a condition key",
	second(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:omics:::${}"}`):                 "a condition key",
	second(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:omics:::${aws:TagKeys}"}`):      "several values",
	second(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:omics:::${aws:userid, x}"}`):    "single quotes",
	second(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:omics:::${aws:userid, 'x}"}`):   "not closed",
	second(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:omics:::${aws:userid, 'x'y}"}`): "expected after the default",

	conditional(`[]`):                                "Condition: a list",
	conditional(`{"StringEquals":"x"}`):              "Condition: StringEquals: must be an object",
	conditional(`{"StringEquals":{}}`):               "Condition: StringEquals: must be an object",
	conditional(`{"StringEquals":{"username":"x"}}`): "Condition: StringEquals: username: not a condition key",

	conditional(`{"StringEquals":{"aws:username":[]}}`):                     "no values",
	conditional(`{"StringEquals":{"aws:username":null}}`):                   "null, not a string",
	conditional(`{"StringEquals":{"aws:username":"x","AWS:username":"y"}}`): "AWS:username: is there twice",

	conditional(`{"StringEqual":{"aws:username":"x"}}`): "Condition: StringEqual: aws:username: unknown operator",

	conditional(`{"stringequals":{"aws:username":"x"}}`):           "it is written StringEquals",
	conditional(`{"ForSome:StringEquals":{"aws:username":"x"}}`):   "unknown operator",
	conditional(`{":StringEquals":{"aws:username":"x"}}`):          "unknown operator",
	conditional(`{"NullIfExists":{"aws:username":"true"}}`):        "unknown operator",
	conditional(`{"ForAllValues:Null":{"aws:username":"true"}}`):   "unknown operator",
	conditional(`{"BinaryEquals":{"aws:username":"eA=="}}`):        "unknown operator",
	conditional(`{"Null":{"aws:username":"yes"}}`):                 "not true or false",
	conditional(`{"Bool":{"aws:SecureTransport":"1"}}`):            "not true or false",
	conditional(`{"NumericEquals":{"test:n":"ten"}}`):              `"ten": not a number`,
	conditional(`{"NumericEquals":{"test:n":"NaN"}}`):              "not a number",
	conditional(`{"NumericEquals":{"test:n":"0x10"}}`):             "not a number",
	conditional(`{"NumericEquals":{"test:n":1e999}}`):              "not a number",
	conditional(`{"DateLessThan":{"aws:CurrentTime":"tomorrow"}}`): "not a date",
	conditional(`{"DateLessThan":{"aws:CurrentTime":"2026"}}`):     "a year by itself",
	conditional(`{"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}}`):    "not an IP address",
	conditional(`{"IpAddress":{"aws:SourceIp":"office"}}`):         "not an IP address",
	conditional(`{"IpAddress":{"aws:SourceIp":"fe80::1%eth0"}}`):   "not an IP address",
	conditional(`{"ArnLike":{"aws:PrincipalArn":"*"}}`):            "fewer than six parts",
	conditional(`{"StringLike":{"aws:username":"${aws:userid"}}`):  "there is no }",
}

func TestParseRefuses(t *testing.T) {
	for text, want := range refusals {
		d, err := Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "parse policy: ") {
			t.Errorf("%v (%v), want an error with %q, for %.200s", err, d, want, text)
		}
	}
}
