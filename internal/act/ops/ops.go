// Package ops holds the operations: one method of Service per operation of the API, named as AWS names it. A
// method takes a request that its Validate has passed and the caller from the context; it answers, or refuses
// with an *omics.Error of a code that the operation's model lists. Any other error is an internal one.
//
// Nothing here works on jobs: a method that starts work writes rows and a queue job in one transaction of
// internal/state/meta, and internal/act/ingest takes it from there.
package ops

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/varlake/varlake/internal/state/access"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

// Limits bounds what one account may have.
type Limits struct {
	VariantStores         int // variant stores
	AnnotationStores      int // annotation stores
	AnnotationVersions    int // versions of an annotation store
	SharesPerStore        int // shares of a store that have not ended
	References            int // references in the reference store, those being imported included
	ConcurrentJobs        int // import jobs, variant and annotation together, that are not final
	FilesPerJob           int // items of one variant import job
	AnnotationFilesPerJob int // items of one annotation import job
}

// DefaultLimits are the ones AWS begins with.
func DefaultLimits() Limits {
	return Limits{
		VariantStores: 10, AnnotationStores: 10, AnnotationVersions: 10, SharesPerStore: 10, References: 50,
		ConcurrentJobs: 5, FilesPerJob: 1000, AnnotationFilesPerJob: 1,
	}
}

// Config is what a Service is made of.
type Config struct {
	DB     *meta.DB
	Access *access.Readings // told of rights that end; nil: nobody reads
	Region string           // of the ARNs it makes
	Files  warehouse.Files  // the data folder: references and tables are in it
	Limits Limits

	ReadOnly bool // the state is: what a stopped server had begun waits

	// LocalFiles are the files that may be imported by a URI of the local bucket: URI → absolute path. Nobody but this
	// process may be able to guess the URIs.
	LocalFiles map[string]string
	// Identify, when set, gives the identity of the object at a URI, "" when it is not known.
	Identify func(uri string) string

	// Progress is the statusMessage, as of now, of an import job's item (0-based) that is being read here; ok is false for
	// any other. It may be nil, and must be safe for concurrent use.
	Progress func(jobID string, item int) (message string, ok bool)
	// Waiting, when set, tells what an import job, store, version or share of that id that is not done waits for, and
	// since when; ok is false for any other. It must be safe for concurrent use.
	Waiting func(id string) (message string, ok bool)
}

// Service is the operations over one data folder. It is safe for concurrent use.
type Service struct {
	db       *meta.DB
	region   string
	files    warehouse.Files
	limits   Limits
	tokenKey []byte
	access   *access.Readings

	localFiles map[string]string
	identify   func(uri string) string
	progress   func(jobID string, item int) (message string, ok bool)
	waiting    func(id string) (message string, ok bool)
}

// New makes a Service and ends the deletions that a stopped server had begun.
func New(ctx context.Context, c Config) (*Service, error) {
	key, err := c.DB.TokenKey(ctx)
	if err != nil {
		return nil, fmt.Errorf("read token key: %w", err)
	}
	s := &Service{
		db: c.DB, region: c.Region, files: c.Files, limits: c.Limits, tokenKey: key, localFiles: c.LocalFiles,
		identify: c.Identify,
		progress: c.Progress, waiting: c.Waiting, access: c.Access,
	}
	if s.access == nil {
		s.access = access.New(c.DB)
	}
	if c.ReadOnly {
		return s, nil
	}
	return s, s.endDeletions(ctx)
}

// The files of a reference in its folder.
const (
	SourceFile = meta.ReferenceFASTA
	IndexFile  = meta.ReferenceIndex
)

// message is the statusMessage of what has the id: what its work waits for as long as that is due, else what was
// written.
func (s *Service) message(id string, due bool, written string) string {
	if due && s.waiting != nil {
		if waiting, ok := s.waiting(id); ok {
			return waiting
		}
	}
	return written
}

// refuse turns an error of meta into the one that cases give for it; any other gets what as its context.
func refuse(err error, what string, cases map[error]*omics.Error) error {
	for cause, refusal := range cases {
		if errors.Is(err, cause) {
			return refusal
		}
	}
	return fmt.Errorf("%s: %w", what, err)
}

// checkTags refuses more tags than a resource may have, before it is made. Keys and values are Validate's to check.
func checkTags(tags omics.TagMap) error {
	if len(tags) > meta.MaxTags {
		return omics.Validation("A resource can have at most %d tags, the request has %d.", meta.MaxTags, len(tags))
	}
	return nil
}

// cut makes text fit a message of the model: at most max code points, none of them a control character.
func cut(text string, max int) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text))
	if len(runes) > max {
		runes = append(runes[:max-1], '…')
	}
	return string(runes)
}

// value is what an optional member holds, the zero value when it was left out.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
