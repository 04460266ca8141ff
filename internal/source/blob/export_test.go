package blob

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// SetStall shortens the patience with silent transfers.
func SetStall(s *S3, after time.Duration) { s.stall = after }

// Cached returns how many roles' sessions are remembered.
func Cached(r *RoleStores) int { return len(r.cached) }

// LendsSessions tells whether a role's store shares the sessions of directory buckets with the server's.
func LendsSessions(s *S3) bool {
	role := s.as(aws.AnonymousCredentials{}, "role")
	return role.client.Options().ExpressCredentials == s.client.Options().ExpressCredentials
}
