package blob_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/source/blob/blobtest"
)

const roleA, roleB = "arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/lab/b"

// loadRoles writes and reads a file of roles.
func loadRoles(t *testing.T, text string, mode os.FileMode) (*blob.Roles, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roles.json")
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
	return blob.LoadRoles(t.Context(), path)
}

func mustLoadRoles(t *testing.T, format string, args ...any) *blob.Roles {
	t.Helper()
	roles, err := loadRoles(t, fmt.Sprintf(format, args...), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return roles
}

// content opens and reads an object.
func content(t *testing.T, store blob.Store, uri string) (string, error) {
	t.Helper()
	object, err := store.Open(t.Context(), uri)
	if err != nil {
		return "", err
	}
	defer object.Close()
	text, err := io.ReadAll(object.Reader(t.Context(), 0))
	return string(text), err
}

func listed(t *testing.T, store blob.Store, prefix string) (uris []string, err error) {
	t.Helper()
	for entry, err := range store.List(t.Context(), prefix) {
		if err != nil {
			return uris, err
		}
		uris = append(uris, entry.URI)
	}
	return uris, nil
}

// TestRoleKeys has two roles with keys of a real server, each of which may read a bucket of its own.
func TestRoleKeys(t *testing.T) {
	server := blobtest.StartS3(t)
	users, buckets := [2]blobtest.User{}, [2]string{}
	for i := range users {
		users[i], buckets[i] = server.NewUser(t), server.NewBucket(t)
		server.Put(t, buckets[i], "k", []byte("of "+buckets[i]))
		server.Allow(t, buckets[i], users[i])
	}
	roles := mustLoadRoles(t, `{"roles": {
		%q: {"accessKeyId": %q, "secretAccessKey": %q},
		%q: {"accessKeyId": %q, "secretAccessKey": %q},
		"arn:aws:iam::123456789012:role/narrow": {"accessKeyId": %q, "secretAccessKey": %q, "buckets": [%q]},
		"arn:aws:iam::123456789012:role/wrong": {"accessKeyId": %q, "secretAccessKey": "wrong"},
		"arn:aws:iam::123456789012:role/server": {"server": true}
	}}`, roleA, users[0].AccessKey, users[0].SecretKey, roleB, users[1].AccessKey, users[1].SecretKey,
		server.AccessKey, server.SecretKey, buckets[1], users[0].AccessKey)

	anonymous := server.Config()
	anonymous.AccessKey, anonymous.Anonymous = "", true
	for name, cfg := range map[string]blob.S3Config{"root": server.Config(), "anonymous": anonymous} {
		t.Run(name, func(t *testing.T) {
			stores := blob.NewRoleStores(blob.New(nil, newS3(t, cfg)), roles)
			for _, c := range []struct {
				role   string
				bucket int
				denied string // words, or "" when it may read
			}{
				{roleA, 0, ""},
				{roleA, 1, "access denied to role " + roleA},
				{roleB, 0, "access denied to role " + roleB},
				{roleB, 1, ""},
				{"arn:aws:iam::123456789012:role/narrow", 0,
					"access denied: role arn:aws:iam::123456789012:role/narrow may not read bucket " + buckets[0]},
				{"arn:aws:iam::123456789012:role/narrow", 1, ""},
				{"arn:aws:iam::123456789012:role/wrong", 0, "access denied to role arn:aws:iam::123456789012:role/wrong"},
			} {
				store, uri := stores.For(c.role, "job"), "s3://"+buckets[c.bucket]+"/k"
				text, err := content(t, store, uri)
				uris, listErr := listed(t, store, uri)
				if c.denied == "" {
					if err != nil || text != "of "+buckets[c.bucket] || listErr != nil || len(uris) != 1 {
						t.Errorf("%s reads %s: %q, error %v; lists %q, error %v", c.role, uri, text, err, uris, listErr)
					}
					continue
				}
				if !errors.Is(err, blob.ErrDenied) || err.Error() != uri+": "+c.denied {
					t.Errorf("%s reads %s: error %v, want %s", c.role, uri, err, c.denied)
				}
				if !errors.Is(listErr, blob.ErrDenied) || listErr.Error() != uri+": "+c.denied {
					t.Errorf("%s lists %s: error %v, want %s", c.role, uri, listErr, c.denied)
				}
			}
			_, err := content(t, stores.For("arn:aws:iam::123456789012:role/server", "job"), "s3://"+buckets[0]+"/k")
			if name == "root" && err != nil || name == "anonymous" && !errors.Is(err, blob.ErrDenied) {
				t.Errorf("the server's own credentials: %v", err)
			}
		})
	}
	if blob.LendsSessions(newS3(t, server.Config())) {
		t.Error("a role's store lends its sessions to the server's")
	}
}

// TestRoleBuckets asks for folders, which need no credentials, as roles that may and may not read them.
func TestRoleBuckets(t *testing.T) {
	stores := folderStores(t, mustLoadRoles(t, `{"roles": {
		%q: {"server": true},
		%q: {"server": true, "buckets": ["inbox", "public-*"]},
		"arn:aws:iam::123456789012:role/key": {"accessKeyId": "k", "secretAccessKey": "s", "buckets": ["*box"]}
	}}`, roleA, roleB))
	for role, want := range map[string]string{
		roleA:                                "inbox outbox public-1 uploads",
		roleB:                                "inbox public-1 uploads",
		"arn:aws:iam::123456789012:role/key": "inbox outbox uploads",
		"arn:aws:iam::123456789012:role/new": "uploads",
		"":                                   "uploads",
	} {
		var got []string
		for _, bucket := range []string{"inbox", "outbox", "public-1", "uploads"} {
			store, uri := stores.For(role, "job"), "s3://"+bucket+"/k"
			_, err := content(t, store, uri)
			_, listErr := listed(t, store, uri)
			if fmt.Sprint(err) != fmt.Sprint(listErr) {
				t.Errorf("%s, %s: open says %v, list %v", role, uri, err, listErr)
			}
			if err == nil {
				got = append(got, bucket)
				continue
			}
			kind, text := blob.ErrDenied, uri+": access denied: role "+role+" may not read bucket "+bucket
			if want == "uploads" {
				kind, text = blob.ErrRole, "Role "+role+" cannot be used: it is not configured on this server"
			}
			if !errors.Is(err, kind) || err.Error() != text {
				t.Errorf("%s: %v, want %s", role, err, text)
			}
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%s may read %s, want %s", role, got, want)
		}
	}
	// Bad URIs are told from bad roles.
	for _, uri := range []string{"nonsense", "s3://inbox/../k"} {
		store := stores.For("arn:aws:iam::123456789012:role/new", "job")
		_, err := store.Open(t.Context(), uri)
		_, listErr := listed(t, store, uri)
		if !errors.Is(err, blob.ErrInvalidURI) || !errors.Is(listErr, blob.ErrInvalidURI) {
			t.Errorf("%s: open %v, list %v", uri, err, listErr)
		}
	}
	// Without a configuration roles mean nothing.
	if _, err := content(t, folderStores(t, nil).For("any", "job"), "s3://outbox/k"); err != nil {
		t.Error(err)
	}
}

// folderStores has the buckets inbox, outbox, public-1 and uploads, each with an object k. The last may
// always be read.
func folderStores(t *testing.T, roles *blob.Roles) *blob.RoleStores {
	t.Helper()
	dirs := map[string]string{}
	for _, bucket := range []string{"inbox", "outbox", "public-1", "uploads"} {
		dirs[bucket] = t.TempDir()
		write(t, filepath.Join(dirs[bucket], "k"), "text")
	}
	folders, err := blob.NewFolders(dirs, blob.Apart{})
	if err != nil {
		t.Fatal(err)
	}
	return blob.NewRoleStores(blob.New(folders, nil), roles, "uploads")
}
