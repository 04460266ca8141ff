package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
)

// defaultProfile is the AWS profile of the first administrator.
const defaultProfile = "varlake"

// profile is the AWS profile that commands sign as.
func profile() string { return cmp.Or(os.Getenv("VARLAKE_PROFILE"), defaultProfile) }

// writeAWSFiles makes what boto3 and the AWS CLI need to find and sign in to the server: a key in aws/credentials, see
// writeKey, and at each start of a server that is not private the endpoint in aws/config.
func writeAWSFiles(ctx context.Context, db *meta.DB, paths dataPaths, endpoint string, config serverConfig) error {
	told, err := paths.writeKey(ctx, db)
	if err != nil {
		return err
	}
	if told != "" && config.Private {
		fmt.Fprintln(os.Stderr, told)
	} else if told != "" {
		config.Log.Warn(told)
	}
	if _, err := os.Stat(paths.awsConfig()); err == nil && config.Private {
		return nil
	}
	return paths.writeAWSConfig(endpoint, config.Region)
}

// writeKey has aws/credentials hold an administrator's key of the first account: the first key of a new folder; when
// the file was lost, the key that it had, which the state has still, or a new one when that was deleted. told says so
// of a lost file.
func (p dataPaths) writeKey(ctx context.Context, db *meta.DB) (told string, err error) {
	key, made, err := db.EnsureAdmin(ctx, meta.NewAccessKey(meta.AdminAccount, "admin", ""))
	if err != nil {
		return "", fmt.Errorf("make administrator key: %w", err)
	}
	if _, err := os.Stat(p.credentials()); made {
		// Keys that the state does not know are not thrown away: somebody may still look for one.
		away := p.credentials() + ".before-" + time.Now().UTC().Format("20060102T150405.000000Z")
		if err := os.Rename(p.credentials(), away); err != nil && !isNotExist(err) {
			return "", fmt.Errorf("put the former credentials away: %w", err)
		}
	} else if !isNotExist(err) {
		return "", nil
	} else if key, err = administrator(ctx, db); err != nil {
		return "", err
	} else {
		told = fmt.Sprintf("%s was lost: key %s of %s is written to it; other profiles are made anew with varlake access-key create --profile",
			p.credentials(), key.ID, keyARN(key))
	}
	if err := writeData(p.credentials(), []byte(credentialsProfile(defaultProfile, key))); err != nil {
		return "", fmt.Errorf("write credentials: %w", err)
	}
	return told, nil
}

// ownKeyName is the name, or with more after a hyphen its beginning, of keys made for the folder's own commands.
const ownKeyName = "admin"

// ownKey gives the key that was made for the folder's own commands. Keys that people had made for themselves are
// theirs.
func ownKey(ctx context.Context, db *meta.DB) (key meta.AccessKey, ok bool, err error) {
	keys, err := db.AccessKeys(ctx, meta.AdminAccount)
	if err != nil {
		return key, false, fmt.Errorf("look for administrator key: %w", err)
	}
	for _, key := range keys {
		if key.Policy == meta.AdministratorPolicy && (key.Name == ownKeyName || strings.HasPrefix(key.Name, ownKeyName+"-")) {
			return key, true, nil
		}
	}
	return key, false, nil
}

// administrator is ownKey, which it makes when there is none.
func administrator(ctx context.Context, db *meta.DB) (key meta.AccessKey, err error) {
	key, ok, err := ownKey(ctx, db)
	if ok || err != nil {
		return key, err
	}
	key, err = db.CreateAccessKey(ctx, meta.NewAccessKey(meta.AdminAccount, ownKeyName+"-"+meta.NewStoreID()[:6],
		meta.AdministratorPolicy))
	if err != nil {
		return key, fmt.Errorf("make administrator key: %w", err)
	}
	return key, nil
}

// writeAWSConfig writes aws/config for the profiles of aws/credentials.
func (p dataPaths) writeAWSConfig(endpoint, region string) error {
	profiles, err := readProfiles(p.credentials())
	if err != nil {
		return fmt.Errorf("read credentials: %w", err)
	}
	var text strings.Builder
	text.WriteString(configOf + p.dir + "\n")
	if !slices.ContainsFunc(profiles, func(p section) bool { return p.name == defaultProfile }) { // its key was deleted
		text.WriteString(configProfile(defaultProfile, region))
	}
	for _, profile := range profiles {
		text.WriteString(configProfile(profile.name, region))
	}
	fmt.Fprintf(&text, "[services %s]\nomics =\n  endpoint_url = %s\n", defaultProfile, clientEndpoint(endpoint))
	if err := writeData(p.awsConfig(), []byte(text.String())); err != nil {
		return fmt.Errorf("write AWS config: %w", err)
	}
	return nil
}

// restoreAWSFiles writes what of aws/ was lost, for a command that opens the state by itself. told says what.
func (p dataPaths) restoreAWSFiles(ctx context.Context, db *meta.DB) (told string, err error) {
	if _, err := os.Stat(p.credentials()); isNotExist(err) {
		if told, err = p.writeKey(ctx, db); err != nil {
			return "", err
		}
	}
	if _, err := os.Stat(p.awsConfig()); !isNotExist(err) {
		return told, nil
	}
	config := defaultConfig(p.dir)
	endpoint := "http://" + config.Listen
	if info, err := readRuntimeInfo(p.runtime()); err == nil {
		endpoint = info.Endpoint
	}
	return told, p.writeAWSConfig(endpoint, config.Region)
}

// readKey reads the key of the profile that commands sign as.
func (p dataPaths) readKey() (map[string]string, error) {
	key, err := readProfile(p.credentials(), profile())
	if errors.Is(err, errNoProfile) && profile() == defaultProfile {
		return nil, fmt.Errorf("%w: put the file back from a backup; or move it away, and have it written with the administrator's key: "+
			"varlake access-key list --data %s", err, p.dir)
	}
	return key, p.lostFile(err)
}

// lostFile says of an error that a file of aws/ is not there, and what to do; of any other what it says.
func (p dataPaths) lostFile(err error) error {
	var named *fs.PathError
	if !errors.As(err, &named) || !isNotExist(err) {
		return err
	}
	return &lostFileError{named.Path, p.dir, err}
}

// lostFileError says that a file of aws/ is not there, and what to do.
type lostFileError struct {
	path, dir string
	cause     error
}

func (e *lostFileError) Error() string {
	return fmt.Sprintf("%s is not there: put it back from a backup, or have it written with the administrator's key: "+
		"varlake access-key list --data %s", e.path, e.dir)
}

func (e *lostFileError) Unwrap() error { return e.cause }

// configOf begins the line of aws/config that says which data folder's server it is about.
const configOf = "# of the server of "

// copied gives the folder that this one is a copy of, when aws/config still leads to that one's server: it was not
// served since. "" when it is none.
func (p dataPaths) copied() (original string, err error) {
	text, err := os.ReadFile(p.awsConfig())
	if err != nil {
		return "", fmt.Errorf("read AWS config: %w", err)
	}
	_, line, ok := strings.Cut("\n"+string(text), "\n"+configOf)
	original, _, _ = strings.Cut(line, "\n")
	if !ok || original == p.dir {
		return "", nil
	}
	id, err := os.ReadFile(p.folderID())
	if err != nil {
		return "", fmt.Errorf("read the folder's identity: %w", err)
	}
	otherID, err := os.ReadFile(dataPaths{original}.folderID())
	// nothing is there, or another folder: this one was moved, or a container names it otherwise
	if err != nil || !bytes.Equal(id, otherID) {
		return "", nil
	}
	here, err := os.Stat(p.dir)
	if err != nil {
		return "", err
	}
	if there, err := os.Stat(original); err == nil && os.SameFile(here, there) {
		return "", nil
	}
	return original, nil
}

// credentialsProfile is a key as a section of an AWS credentials file.
func credentialsProfile(name string, key meta.AccessKey) string {
	return fmt.Sprintf("[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\naws_account_id = %s\n", name, key.ID,
		key.Secret, key.Account)
}

// configProfile is the section of an AWS configuration file that goes with it.
func configProfile(name, region string) string {
	return fmt.Sprintf("[profile %s]\nregion = %s\noutput = json\ndisable_host_prefix_injection = true\nservices = %s\n\n",
		name, region, defaultProfile)
}

// saveProfile adds a key to the files that writeAWSFiles made, as a profile whose name is free.
func saveProfile(paths dataPaths, name string, key meta.AccessKey) error {
	config, err := readProfile(paths.awsConfig(), "profile "+defaultProfile)
	if err != nil {
		return fmt.Errorf("read AWS config: %w", err)
	}
	for path, section := range map[string]string{
		paths.credentials(): credentialsProfile(name, key), paths.awsConfig(): configProfile(name, config["region"]),
	} {
		before, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("save profile: %w", err)
		}
		if err := writeData(path, append([]byte(section), before...)); err != nil {
			return fmt.Errorf("save profile: %w", err)
		}
	}
	return nil
}

// forgetKey removes the profiles of a deleted key: varlake recover would take it from there again. In aws/config the
// first administrator's stays, which others are made after.
func forgetKey(paths dataPaths, id string) error {
	profiles, err := readProfiles(paths.credentials())
	if err != nil {
		if isNotExist(err) {
			return nil
		}
		return fmt.Errorf("read credentials: %w", err)
	}
	var gone, unnamed []string
	for _, p := range profiles {
		if p.values["aws_access_key_id"] != id {
			continue
		}
		if gone = append(gone, p.name); p.name != defaultProfile {
			unnamed = append(unnamed, "profile "+p.name)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return errors.Join(removeSections(paths.awsConfig(), unnamed), removeSections(paths.credentials(), gone))
}

// removeSections leaves the sections of those names out of an AWS configuration file.
func removeSections(path string, names []string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("remove profile: %w", err)
	}
	var kept strings.Builder
	gone := false
	for line := range strings.Lines(string(text)) {
		if name, ok := sectionName(line); ok {
			gone = slices.Contains(names, name)
		}
		if !gone {
			kept.WriteString(line)
		}
	}
	if err := writeData(path, []byte(kept.String())); err != nil {
		return fmt.Errorf("remove profile: %w", err)
	}
	return nil
}

// clientEndpoint is where clients on this machine reach a server that listens everywhere.
func clientEndpoint(endpoint string) string {
	parsed, err := url.Parse(endpoint)
	if err != nil {
		return endpoint
	}
	host, port, err := net.SplitHostPort(parsed.Host)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		parsed.Host = net.JoinHostPort("127.0.0.1", port)
	}
	return parsed.String()
}

// errNoProfile says that a file has no section of a name.
var errNoProfile = errors.New("no such profile")

// readProfile reads the values of one section of an AWS configuration file.
func readProfile(path, section string) (map[string]string, error) {
	profiles, err := readProfiles(path)
	if err != nil {
		return nil, err
	}
	for _, p := range profiles {
		if p.name == section {
			return p.values, nil
		}
	}
	return nil, fmt.Errorf("%s: %w: %s", path, errNoProfile, section)
}

// section is one section of an AWS configuration file.
type section struct {
	name   string
	values map[string]string
}

// sectionName is the name in a line that begins a section.
func sectionName(line string) (name string, ok bool) {
	if name, ok = strings.CutPrefix(strings.TrimSpace(line), "["); ok {
		name, ok = strings.CutSuffix(name, "]")
	}
	return name, ok
}

// readProfiles reads the sections of an AWS configuration file.
func readProfiles(path string) (sections []section, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := sectionName(line); ok {
			sections = append(sections, section{name, map[string]string{}})
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok && len(sections) > 0 {
			sections[len(sections)-1].values[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return sections, nil
}
