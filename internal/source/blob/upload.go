package blob

import (
	"crypto/rand"
	"regexp"
	"slices"
)

// UploadFolder makes a name for the folder of files that a command of an account hands to the server, in the server's
// own bucket. It says whose they are; of its other part, 128 random bits, nobody knows what it will be.
func UploadFolder(account string) string { return "cli-" + account + "-" + rand.Text() }

// uploadKey is the key of a file that a command handed over. Before names said whose they are there was no account in
// them.
var uploadKey = regexp.MustCompile(`^cli-(?:([0-9]{12})-)?[^/]*/`)

// Owned returns an error of kind [ErrNotFound], the one of an object that is not there, when uri names an object in one
// of the server's own buckets that is not the account's: those are in folders that [UploadFolder] named for it, or in
// ones without an account, which are nobody's but elder's. What is in other buckets is no account's own.
func (r *RoleStores) Owned(account, elder, uri string) error {
	parsed, err := Parse(uri)
	if err != nil || !slices.Contains(r.always, parsed.Bucket) {
		return err
	}
	owner := uploadKey.FindStringSubmatch(parsed.Key)
	if owner == nil || owner[1] == "" && account != elder || owner[1] != "" && owner[1] != account {
		return failure(uri, ErrNotFound, nil)
	}
	return nil
}
