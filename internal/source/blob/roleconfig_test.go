package blob_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/source/blob"
)

// TestRolePatterns lets each entry allow a bucket of its own, which tells which entry was taken.
func TestRolePatterns(t *testing.T) {
	const entries = `"roles": {
		"arn:aws:iam::1:role/exact":     {"server": true, "buckets": ["inbox"]},
		"arn:aws:iam::1:role/*":         {"server": true, "buckets": ["outbox"]},
		"arn:aws:iam::1:role/team-*":    {"server": true, "buckets": ["public-1"]},
		"arn:aws:iam::*:role/*/deep":    {"server": true, "buckets": ["inbox", "outbox"]},
		"arn:aws:iam::*:role/team-*-xy": {"server": true, "buckets": ["inbox", "public-1"]},
		"arn:aws:iam::*:role/team-*":    {"server": true, "buckets": ["outbox", "public-1"]}
	}`
	want := map[string]string{
		"arn:aws:iam::1:role/exact":     "inbox",
		"arn:aws:iam::1:role/exact2":    "outbox",
		"arn:aws:iam::1:role/":          "outbox",
		"arn:aws:iam::1:role/team-":     "public-1",
		"arn:aws:iam::1:role/team-1-xy": "public-1",
		"arn:aws:iam::1:role/a/b/deep":  "outbox",
		"arn:aws:iam::2:role/a/b/deep":  "inbox outbox",
		"arn:aws:iam::2:role/deep":      "",
		"arn:aws:iam::2:role/team-1-xy": "inbox public-1",
		"arn:aws:iam::2:role/team-xy":   "outbox public-1",
		"arn:aws:iam::2:role/other":     "",
		"xarn:aws:iam::1:role/exact":    "",
	}
	for fallback, others := range map[string]string{"deny": "", "server": "inbox outbox public-1"} {
		stores := folderStores(t, mustLoadRoles(t, `{"default": %q, %s}`, fallback, entries))
		for role, want := range want {
			if want == "" {
				want = others
			}
			var got []string
			for _, bucket := range []string{"inbox", "outbox", "public-1"} {
				if _, err := content(t, stores.For(role, "job"), "s3://"+bucket+"/k"); err == nil {
					got = append(got, bucket)
				}
			}
			if got := strings.Join(got, " "); got != want {
				t.Errorf("default %s: %s may read %q, want %q", fallback, role, got, want)
			}
		}
	}
}

func TestRolesRefused(t *testing.T) {
	noAWS(t)
	for text, words := range map[string]string{
		"":                                   "unexpected end",
		"[]":                                 "no JSON object",
		"{\n\n\"roles\": {]}":                "line 3: invalid character",
		`{} {}`:                              "line 1: invalid character",
		`{"rolls": {}}`:                      `unknown member "rolls"`,
		`{"Roles": {}}`:                      `unknown member "Roles"`,
		`{"roles": null}`:                    `member "roles" is null`,
		`{"roles": {}, "roles": {}}`:         `member "roles" comes twice`,
		`{"roles": []}`:                      "roles: it is no JSON object",
		`{"default": "allow"}`:               `default: it is "deny", "server" or "assume", not "allow"`,
		`{"default": 1}`:                     "default: it is no text",
		`{"default": "assume"}`:              `default: "assume" needs "sts"`,
		`{"sts": {"endpoint": "localhost"}}`: `sts: "endpoint" is no http:// or https:// URL`,
		`{"sts": {"endpoint": "http://user:word@host"}}`: `sts: "endpoint" is no`,
		`{"sts": {"durationSeconds": 60}}`:               `sts: "durationSeconds" is a number from 900 to 43200`,
		`{"sts": {"durationSeconds": "3600"}}`:           `sts: member "durationSeconds" cannot be a string`,
		`{"sts": {"externalId": "with space"}}`:          `sts: "externalId" is`,
		`{"sts": {"accessKeyId": "k"}}`:                  `sts: "accessKeyId" and "secretAccessKey" go together`,

		`{"sts": {"profile": "there", "accessKeyId": "k", "secretAccessKey": "s"}}`: `sts: "profile" and "accessKeyId" exclude`,
		`{"sts": {"profile": "nowhere"}}`:                                           `sts: profile "nowhere" is not in the AWS configuration files`,
		`{"sts": {"buckets": ["abc"]}}`:                                             `sts: unknown member "buckets"`,
	} {
		refuse(t, text, words)
	}
	for entry, words := range map[string]string{
		`{}`:                                   "it needs one of",
		`7`:                                    "it is no JSON object",
		`{"server": false}`:                    "it needs one of",
		`{"server": true, "assume": true}`:     "it needs one of",
		`{"server": true, "accessKeyId": "k"}`: "it needs one of",
		`{"server": "yes"}`:                    `member "server" cannot be a string`,
		`{"accessKeyId": "k"}`:                 "go together",
		`{"sessionToken": "k"}`:                "go together",
		`{"accessKeyId": "k", "secretAccessKey": 90210}`: `member "secretAccessKey" cannot be a number`,
		`{"accessKeyId": "k", "secretKey": "s3cr3t"}`:    `unknown member "secretKey": there are accessKeyId, secretAccessKey`,
		`{"accessKeyId": "k", "accessKeyId": "l"}`:       `member "accessKeyId" comes twice`,
		`{"assume": true}`:                               `"assume" needs "sts"`,
		`{"server": true, "externalId": "id"}`:           `"externalId" needs "assume"`,
		`{"server": true, "buckets": []}`:                `"buckets" is empty`,
		`{"server": true, "buckets": null}`:              `member "buckets" is null`,
		`{"server": true, "buckets": "inbox"}`:           `member "buckets" cannot be a string`,
		`{"server": true, "buckets": ["s3://inbox"]}`:    `buckets: "s3://inbox" is no bucket name`,
		`{"profile": "nowhere"}`:                         `profile "nowhere" is not in`,
		`{"profile": "empty"}`:                           `profile "empty" names no credentials`,
	} {
		refuse(t, `{"roles": {"arn:aws:iam::1:role/x": `+entry+`}}`, `role "arn:aws:iam::1:role/x": `, words)
	}
	refuse(t, `{"roles": {"importer": {"server": true}}}`, `role "importer": it is no ARN`)
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/")
	refuse(t, `{"roles": {"arn:x": {"profile": "empty"}}}`, `profile "empty" names no credentials`)
	if _, err := blob.LoadRoles(t.Context(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func refuse(t *testing.T, text string, words ...string) {
	t.Helper()
	_, err := loadRoles(t, text, 0o600)
	if err == nil {
		t.Errorf("%s: accepted", text)
		return
	}
	for _, words := range append(words, "roles.json: ") {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, want %q", text, err, words)
		}
	}
	for _, secret := range []string{"s3cr3t", "90210", "user:word"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error tells the secret: %v", text, err)
		}
	}
}

func TestRolesMode(t *testing.T) {
	const secret, open = `{"roles": {"arn:x": {"accessKeyId": "k", "secretAccessKey": "s"}}}`,
		`{"roles": {"arn:x": {"server": true}}}`
	const stsSecret = `{"sts": {"accessKeyId": "k", "secretAccessKey": "s"}}`
	for _, c := range []struct {
		text  string
		mode  os.FileMode
		words string
	}{
		{secret, 0o600, ""}, {secret, 0o440, ""}, {secret, 0o644, "may be read by all"}, {stsSecret, 0o604,
			"may be read by all"},
		{open, 0o644, ""}, {open, 0o646, "may be written by all"}, {secret, 0o602, "may be written by all"},
	} {
		_, err := loadRoles(t, c.text, c.mode)
		if (c.words == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s with mode %o: %v", c.text, c.mode, err)
		}
	}
}

// TestRoleProfile takes credentials from the AWS configuration files.
func TestRoleProfile(t *testing.T) {
	noAWS(t)
	stores := folderStores(t, mustLoadRoles(t, `{"roles": {%q: {"profile": "there"}, %q: {"profile": "broken"}}}`,
		roleA, roleB))
	if _, err := content(t, stores.For(roleA, "job"), "s3://inbox/k"); err != nil {
		t.Error(err)
	}
	_, err := content(t, stores.For(roleB, "job"), "s3://inbox/k")
	if !errors.Is(err, blob.ErrRole) || err.Error() != "Role "+roleB+" cannot be used: its profile gives no credentials" {
		t.Errorf("a profile whose program fails: %v", err)
	}
}

// noAWS takes away what the machine has of AWS configuration, and leaves some profiles.
func noAWS(t *testing.T) {
	t.Helper()
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
		"AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, "[profile there]\naws_access_key_id = k\naws_secret_access_key = s\n[profile empty]\nregion = eu-west-1\n"+
		"[profile broken]\ncredential_process = false\n")
	t.Setenv("AWS_CONFIG_FILE", path)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", path+"-none")
}
