package blob

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// RoleStores are the stores of a server as the roles of its jobs may read them.
type RoleStores struct {
	buckets *Buckets
	roles   *Roles
	always  []string

	mu     sync.Mutex
	cached map[roleSession]*roleStore
	used   []roleSession // the least recently used first
}

// roleSession is a role in use by a session.
type roleSession struct{ role, session string }

// maxRoleStores bounds how many sessions keep their credentials; more than jobs run at the same time.
const maxRoleStores = 256

// NewRoleStores returns the stores of buckets for the roles that roles knows. The buckets named always,
// the server's own, may be read whatever the role, and are not asked for. With nil roles every role reads
// with the server's own credentials.
func NewRoleStores(buckets *Buckets, roles *Roles, always ...string) *RoleStores {
	return &RoleStores{buckets: buckets, roles: roles, always: always, cached: map[roleSession]*roleStore{}}
}

// Identify is that of the buckets, whatever the role.
func (r *RoleStores) Identify(uri string) string { return r.buckets.Identify(uri) }

// OpenFile opens a regular file of this machine by its absolute path, for a command that was told of it. Files that are
// apart are refused.
func (r *RoleStores) OpenFile(ctx context.Context, path string) (Object, error) {
	return r.buckets.folders.openFile(ctx, path)
}

// For returns the store as a role may read it. It asks no one: the role is looked up, and assumed, when
// something is opened or listed. A role that cannot be used is an error of kind [ErrRole] then, whatever
// the bucket, a bucket that the role may not read one of kind [ErrDenied].
//
// The session names the role's use to STS: the id of the job. The same role and session share their
// credentials, which are renewed as long as the store is used.
func (r *RoleStores) For(role, session string) Store {
	if r.roles == nil {
		return r.buckets
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key := roleSession{role, session}
	store := r.cached[key]
	if store != nil {
		r.used = slices.DeleteFunc(r.used, func(k roleSession) bool { return k == key })
	} else {
		store = r.open(role, session)
		r.cached[key] = store
	}
	r.used = append(r.used, key)
	if len(r.used) > maxRoleStores { // whoever holds the store goes on with it
		delete(r.cached, r.used[0])
		r.used = slices.Delete(r.used, 0, 1)
	}
	return store
}

func (r *RoleStores) open(role, session string) *roleStore {
	store := &roleStore{server: r.buckets, as: r.buckets, always: r.always, role: role}
	rule, ok := r.roles.find(role)
	if !ok {
		store.refused = roleFailure(role, "cannot be used: it is not configured on this server", nil)
		return store
	}
	store.limits = rule.buckets
	store.credentials = rule.credentials
	if rule.assume {
		store.credentials = newAssumed(r.roles.sts, role, session, rule.externalID)
	}
	if store.credentials != nil {
		store.as = r.buckets.as(store.credentials, role)
	}
	return store
}

// roleStore is the Store of a role.
type roleStore struct {
	server, as  *Buckets // the second with the role's credentials
	always      []string
	role        string
	refused     error
	credentials aws.CredentialsProvider // nil: the server's own
	limits      []string                // patterns of buckets; nil: all
}

// Open implements Store.
func (s *roleStore) Open(ctx context.Context, uri string) (Object, error) {
	parsed, err := Parse(uri)
	if err != nil {
		return nil, err
	}
	store, err := s.check(ctx, parsed)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, uri)
}

// List implements Store.
func (s *roleStore) List(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		parsed, err := parsePrefix(prefix)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		store, err := s.check(ctx, parsed)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		store.List(ctx, prefix)(yield)
	}
}

// check returns the store to read a bucket from, if the role can be used and may read it.
func (s *roleStore) check(ctx context.Context, uri URI) (Store, error) {
	if slices.Contains(s.always, uri.Bucket) {
		return s.server, nil
	}
	if s.refused != nil {
		return nil, s.refused
	}
	if s.credentials != nil {
		if _, err := s.credentials.Retrieve(ctx); err != nil {
			return nil, s.wordError(ctx, err)
		}
	}
	if s.limits != nil && !slices.ContainsFunc(s.limits,
		func(pattern string) bool { return matches(pattern, uri.Bucket) }) {
		return nil, failureAs(uri.String(), ErrDenied, "access denied: role "+oneLine(s.role, 200)+" may not read bucket "+
			uri.Bucket, nil)
	}
	return s.as, nil
}

func (s *roleStore) wordError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if ours := (*Error)(nil); errors.As(err, &ours) {
		return ours
	}
	words := []string{"cannot be used: its profile gives no credentials"}
	if api := apiError(nil); errors.As(err, &api) {
		words = append(words, oneLine(api.ErrorCode(), 60), oneLine(api.ErrorMessage(), 300))
	}
	return roleFailure(s.role, strings.Join(words, ": "), err)
}
