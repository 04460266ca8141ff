package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/varlake/varlake/internal/meta"
)

// profile is the AWS profile that `varlake env` selects.
const profile = "varlake"

// writeAWSFiles makes what boto3 and the AWS CLI need to find and sign in to the server: at the first start an
// administrator key in aws/credentials, and at each start of a server that is not private the
// endpoint in aws/config.
func writeAWSFiles(ctx context.Context, db *meta.DB, paths dataPaths, endpoint string, config serverConfig) error {
	key, made, err := db.EnsureAdmin(ctx)
	if err != nil {
		return fmt.Errorf("make administrator key: %w", err)
	}
	if _, err := os.Stat(paths.credentials()); !made && errors.Is(err, fs.ErrNotExist) {
		// The file was lost, perhaps with the process that made the key: a key of its own replaces it.
		name := "admin-" + meta.NewStoreID()[:6]
		if key, err = db.CreateAccessKey(ctx, meta.AdminAccount, name, meta.AdministratorPolicy); err != nil {
			return fmt.Errorf("make administrator key: %w", err)
		}
		made = true
	}
	if made {
		text := fmt.Sprintf("[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", profile, key.ID, key.Secret)
		if err := writeFile(paths.credentials(), []byte(text), 0o600); err != nil {
			return fmt.Errorf("write credentials: %w", err)
		}
	}
	if _, err := os.Stat(paths.awsConfig()); err == nil && config.Private {
		return nil
	}
	text := fmt.Sprintf(`[profile %[1]s]
region = %[2]s
output = json
disable_host_prefix_injection = true
services = %[1]s

[services %[1]s]
omics =
  endpoint_url = %[3]s
`, profile, config.Region, clientEndpoint(endpoint))
	if err := writeFile(paths.awsConfig(), []byte(text), 0o644); err != nil {
		return fmt.Errorf("write AWS config: %w", err)
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

// readProfile reads the values of one section of an AWS configuration file.
func readProfile(path, section string) (map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	values := map[string]string{}
	inside := false
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			inside = line == "["+section+"]"
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok && inside {
			values[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return values, lines.Err()
}
