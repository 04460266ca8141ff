package blob

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Roles says with which credentials the server reads for the role of a job, and which buckets. It comes
// from a JSON file:
//
//	{
//	  "sts": {
//	    "endpoint": "http://127.0.0.1:4566",
//	    "region": "us-east-1",
//	    "profile": "assumer",
//	    "externalId": "varlake",
//	    "durationSeconds": 3600
//	  },
//	  "roles": {
//	    "arn:aws:iam::123456789012:role/importer":  {"accessKeyId": "...", "secretAccessKey": "...",
//	                                                 "buckets": ["cohorts"]},
//	    "arn:aws:iam::123456789012:role/lab":       {"profile": "lab"},
//	    "arn:aws:iam::123456789012:role/local":     {"server": true, "buckets": ["inbox", "public-*"]},
//	    "arn:aws:iam::123456789012:role/partner-*": {"assume": true, "externalId": "partner"}
//	  },
//	  "default": "deny"
//	}
//
// "roles" maps the ARN of a role to what becomes of it, exactly one of
//   - "accessKeyId" and "secretAccessKey", with "sessionToken" if there is one: these credentials;
//   - "profile": the credentials of a profile in the server's AWS configuration files;
//   - "server": true: the server's own credentials;
//   - "assume": true: STS is asked to assume the role, with "externalId" or else that of "sts".
//
// A "*" in an ARN stands for any characters. The ARN as it is comes first, then patterns: those with
// more characters before the first "*" earlier, then those with more characters in all.
//
// "buckets" limits the role to buckets, folders or behind S3; a "*" stands for any characters. Without
// it the role may read every folder, and behind S3 what its credentials may.
//
// "default" is for roles that no entry matches: "deny" fails their jobs, "server" and "assume" treat them
// like entries that say so. Without it, it is "assume" if there is an "sts", else "deny".
//
// "sts" says how to assume roles. Without "endpoint" it is AWS itself. Requests are signed with
// "accessKeyId", "secretAccessKey" and "sessionToken", or those of "profile", or else what the AWS SDK's
// usual places give; for "region", us-east-1 if nothing else is said. Credentials are asked for
// "durationSeconds" (900 to 43200, 3600 unless given) and renewed five minutes before they expire.
//
// Members that are not listed here are refused. So is a file that others than its owner and group may
// write, or, when it holds a secret key, read.
type Roles struct {
	exact    map[string]rule
	patterns []rule // the most specific first
	fallback *rule  // nil: deny
	sts      *stsSettings
}

// rule is what becomes of the roles that match a pattern.
type rule struct {
	pattern     string
	credentials aws.CredentialsProvider // keys or profile
	assume      bool
	externalID  string
	buckets     []string // patterns; nil: all
}

// stsSettings says how to assume roles.
type stsSettings struct {
	client     *sts.Client
	externalID string
	duration   time.Duration
}

// LoadRoles reads the file of roles at path. ctx bounds the look-up of profiles.
func LoadRoles(ctx context.Context, path string) (*Roles, error) {
	text, mode, err := readRoles(path)
	if err != nil {
		return nil, fmt.Errorf("read roles: %w", err)
	}
	roles, secret, err := parseRoles(ctx, text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read roles: %s: %w", path, err)
	case mode&0o002 != 0:
		return nil, fmt.Errorf("read roles: %s may be written by all users: take that right away (chmod o-w)", path)
	case secret && mode&0o004 != 0:
		return nil, fmt.Errorf("read roles: %s holds a secret key and may be read by all users: take that right away (chmod o-r)", path)
	}
	return roles, nil
}

// maxRolesFile bounds the file, in bytes.
const maxRolesFile = 4 << 20

func readRoles(path string) ([]byte, fs.FileMode, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	text, err := io.ReadAll(io.LimitReader(file, maxRolesFile+1))
	if err == nil && len(text) > maxRolesFile {
		err = fmt.Errorf("%s is larger than %d bytes", path, maxRolesFile)
	}
	return text, info.Mode().Perm(), err
}

// entry is one member of "roles", or "sts", as the file has it.
type entry struct {
	AccessKeyID     string   `json:"accessKeyId"`
	SecretAccessKey string   `json:"secretAccessKey"`
	SessionToken    string   `json:"sessionToken"`
	Profile         string   `json:"profile"`
	Server          bool     `json:"server"`
	Assume          bool     `json:"assume"`
	ExternalID      string   `json:"externalId"`
	Buckets         []string `json:"buckets"`
	Endpoint        string   `json:"endpoint"`
	Region          string   `json:"region"`
	DurationSeconds int      `json:"durationSeconds"`
}

var (
	rolesMembers = []string{"sts", "roles", "default"}
	roleMembers  = []string{"accessKeyId", "secretAccessKey", "sessionToken", "profile", "server", "assume",
		"externalId", "buckets"}
	stsMembers = []string{"endpoint", "region", "profile", "accessKeyId", "secretAccessKey", "sessionToken",
		"externalId", "durationSeconds"}
)

// parseRoles reads the file's text, and tells whether there is a secret in it.
func parseRoles(ctx context.Context, text []byte) (_ *Roles, secret bool, err error) {
	if err := json.Unmarshal(text, new(json.RawMessage)); err != nil {
		return nil, false, wordJSON(text, err)
	}
	top, err := jsonObject(text, rolesMembers)
	if err != nil {
		return nil, false, err
	}
	roles := &Roles{exact: map[string]rule{}}
	if raw, ok := top["sts"]; ok {
		e, err := decodeEntry(raw, stsMembers)
		if err == nil {
			roles.sts, err = newSTS(ctx, e)
		}
		if err != nil {
			return nil, false, fmt.Errorf("sts: %w", err)
		}
		secret = e.SecretAccessKey != ""
	}
	entries := map[string]json.RawMessage{}
	if raw, ok := top["roles"]; ok {
		if entries, err = jsonObject(raw, nil); err != nil {
			return nil, false, fmt.Errorf("roles: %w", err)
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(entries)) {
		e, err := decodeEntry(entries[arn], roleMembers)
		if err == nil {
			err = roles.add(ctx, arn, e)
		}
		if err != nil {
			return nil, false, fmt.Errorf("role %q: %w", arn, err)
		}
		secret = secret || e.SecretAccessKey != ""
	}
	slices.SortFunc(roles.patterns, moreSpecific)
	if err := roles.setDefault(top["default"]); err != nil {
		return nil, false, fmt.Errorf("default: %w", err)
	}
	return roles, secret, nil
}

// add takes an entry of "roles" in.
func (r *Roles) add(ctx context.Context, arn string, e entry) (err error) {
	if !strings.HasPrefix(arn, "arn:") {
		return errors.New(`it is no ARN: those start with "arn:"`)
	}
	if err := e.checkKind(); err != nil {
		return err
	}
	if err := checkBuckets(e.Buckets); err != nil {
		return err
	}
	if e.Assume && r.sts == nil {
		return errors.New(`"assume" needs "sts"`)
	}
	if !e.Assume && e.ExternalID != "" {
		return errors.New(`"externalId" needs "assume"`)
	}
	if err := checkExternalID(e.ExternalID); err != nil {
		return err
	}
	one := rule{pattern: arn, assume: e.Assume, buckets: e.Buckets}
	if e.Assume {
		one.externalID = cmp.Or(e.ExternalID, r.sts.externalID)
	}
	if one.credentials, err = e.keys(ctx); err != nil {
		return err
	}
	if strings.Contains(arn, "*") {
		r.patterns = append(r.patterns, one)
	} else {
		r.exact[arn] = one
	}
	return nil
}

func (r *Roles) setDefault(raw json.RawMessage) error {
	word := "deny"
	if r.sts != nil {
		word = "assume"
	}
	if raw != nil {
		if err := json.Unmarshal(raw, &word); err != nil {
			return errors.New("it is no text")
		}
	}
	switch {
	case word == "deny":
	case word == "server":
		r.fallback = &rule{}
	case word == "assume" && r.sts != nil:
		r.fallback = &rule{assume: true, externalID: r.sts.externalID}
	case word == "assume":
		return errors.New(`"assume" needs "sts"`)
	default:
		return fmt.Errorf(`it is "deny", "server" or "assume", not %q`, word)
	}
	return nil
}

// find returns what becomes of a role.
func (r *Roles) find(arn string) (rule, bool) {
	if one, ok := r.exact[arn]; ok {
		return one, true
	}
	for _, one := range r.patterns {
		if matches(one.pattern, arn) {
			return one, true
		}
	}
	if r.fallback != nil {
		return *r.fallback, true
	}
	return rule{}, false
}

// moreSpecific orders patterns: the one that is looked at first is less.
func moreSpecific(a, b rule) int {
	return cmp.Or(
		cmp.Compare(strings.Index(b.pattern, "*"), strings.Index(a.pattern, "*")),
		cmp.Compare(literals(b.pattern), literals(a.pattern)),
		cmp.Compare(a.pattern, b.pattern),
	)
}

func literals(pattern string) int { return len(pattern) - strings.Count(pattern, "*") }

// matches tells whether text is pattern, in which a "*" stands for any characters.
func matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return true
}

var limitPattern = regexp.MustCompile(`^[a-z0-9.*-]{1,63}$`)

func checkBuckets(buckets []string) error {
	if buckets != nil && len(buckets) == 0 {
		return errors.New(`"buckets" is empty: name a bucket, or leave it out to allow all`)
	}
	for _, bucket := range buckets {
		if !limitPattern.MatchString(bucket) {
			return fmt.Errorf("buckets: %q is no bucket name, with or without *", bucket)
		}
	}
	return nil
}

// checkKind wants one way to get credentials.
func (e entry) checkKind() error {
	ways := 0
	for _, there := range []bool{e.AccessKeyID+e.SecretAccessKey+e.SessionToken != "", e.Profile != "",
		e.Server, e.Assume} {
		if there {
			ways++
		}
	}
	if ways != 1 {
		return errors.New(`it needs one of "accessKeyId" with "secretAccessKey", "profile", "server": true, "assume": true`)
	}
	return nil
}

// keys returns the credentials that the entry itself has, or those of its profile, or nil.
func (e entry) keys(ctx context.Context) (aws.CredentialsProvider, error) {
	switch {
	case e.Profile != "":
		return profileKeys(ctx, e.Profile)
	case e.AccessKeyID == "" && e.SecretAccessKey == "" && e.SessionToken == "":
		return nil, nil
	case e.AccessKeyID == "" || e.SecretAccessKey == "":
		return nil, errors.New(`"accessKeyId" and "secretAccessKey" go together`)
	}
	return credentials.NewStaticCredentialsProvider(e.AccessKeyID, e.SecretAccessKey, e.SessionToken), nil
}

// profileKeys returns the credentials of a profile. One without any would give those of the machine,
// which are the server's own: it is refused.
func profileKeys(ctx context.Context, profile string) (aws.CredentialsProvider, error) {
	loaded, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(profile))
	if missing := (config.SharedConfigProfileNotExistError{}); errors.As(err, &missing) {
		return nil, fmt.Errorf("profile %q is not in the AWS configuration files", profile)
	}
	if err != nil {
		return nil, fmt.Errorf("load profile %q: %w", profile, err)
	}
	if aws.IsCredentialsProvider(loaded.Credentials, (*ec2rolecreds.Provider)(nil)) ||
		aws.IsCredentialsProvider(loaded.Credentials, (*endpointcreds.Provider)(nil)) {
		return nil, fmt.Errorf("profile %q names no credentials", profile)
	}
	return loaded.Credentials, nil
}

var externalIDPattern = regexp.MustCompile(`^[\w+=,.@:/-]+$`)

func checkExternalID(id string) error {
	if id != "" && (len(id) < 2 || len(id) > 1224 || !externalIDPattern.MatchString(id)) {
		return errors.New(`"externalId" is 2 to 1224 letters, digits or _+=,.@:/-`)
	}
	return nil
}

func newSTS(ctx context.Context, e entry) (_ *stsSettings, err error) {
	if e.Endpoint != "" {
		parsed, err := url.Parse(e.Endpoint)
		if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" || parsed.User != nil {
			return nil, errors.New(`"endpoint" is no http:// or https:// URL`)
		}
	}
	settings := &stsSettings{duration: time.Duration(cmp.Or(e.DurationSeconds, 3600)) * time.Second,
		externalID: e.ExternalID}
	if settings.duration < 15*time.Minute || settings.duration > 12*time.Hour {
		return nil, errors.New(`"durationSeconds" is a number from 900 to 43200`)
	}
	if err := checkExternalID(e.ExternalID); err != nil {
		return nil, err
	}
	if e.Profile != "" && e.AccessKeyID+e.SecretAccessKey+e.SessionToken != "" {
		return nil, errors.New(`"profile" and "accessKeyId" exclude each other`)
	}
	base := aws.Config{Region: e.Region}
	if base.Credentials, err = e.keys(ctx); err != nil {
		return nil, err
	}
	if base.Credentials == nil {
		if base, err = config.LoadDefaultConfig(ctx, config.WithRegion(e.Region)); err != nil {
			return nil, fmt.Errorf("load AWS configuration: %w", err)
		}
	}
	settings.client = newSTSClient(base, e.Endpoint)
	return settings, nil
}

func decodeEntry(raw json.RawMessage, members []string) (e entry, err error) {
	if _, err := jsonObject(raw, members); err != nil {
		return e, err
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return e, wordJSON(raw, err)
	}
	return e, nil
}

// jsonObject reads one JSON object, and refuses null values, names that come twice, and, unless known is
// nil, those that are not known. encoding/json would let all of them pass.
func jsonObject(text []byte, known []string) (map[string]json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil {
		return nil, err
	} else if start != json.Delim('{') {
		return nil, errors.New("it is no JSON object")
	}
	members := map[string]json.RawMessage{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		switch _, twice := members[name]; {
		case known != nil && !slices.Contains(known, name):
			return nil, fmt.Errorf("unknown member %q: there are %s", name, strings.Join(known, ", "))
		case twice:
			return nil, fmt.Errorf("member %q comes twice", name)
		case string(value) == "null":
			return nil, fmt.Errorf("member %q is null", name)
		}
		members[name] = value
	}
	return members, nil
}

// wordJSON words errors of encoding/json over text without Go's types or the values.
func wordJSON(text []byte, err error) error {
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		value, _, _ := strings.Cut(wrong.Value, " ")
		return fmt.Errorf("member %q cannot be a %s", wrong.Field, value)
	}
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return fmt.Errorf("line %d: %w", 1+bytes.Count(text[:syntax.Offset], []byte("\n")), err)
	}
	return err
}
