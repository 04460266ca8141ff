package ops

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

// partSize is how GetReference cuts files, in bytes.
const partSize = 104857600

// ListReferences lists the references of a store, newest first.
func (s *Service) ListReferences(ctx context.Context, in *omics.ListReferencesIn) (*omics.ListReferencesOut, error) {
	account := omics.CallerFrom(ctx).Account
	if _, err := s.db.ReferenceStore(ctx, account, in.ReferenceStoreID); err != nil {
		return nil, refuseReferenceStore(err, "list references", in.ReferenceStoreID)
	}
	filter := value(in.Filter)
	f := meta.ReferenceFilter{Name: value(filter.Name), MD5: value(filter.Md5), Created: created(filter.CreatedAfter,
		filter.CreatedBefore)}
	l, err := s.newListing("ListReferences", account, []any{in.ReferenceStoreID, f}, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.References(ctx, account, in.ReferenceStoreID, f, l.page())
	if err != nil {
		return nil, refuse(err, "list references", nil)
	}
	rows, next := cutPage(l, rows, func(r meta.Reference) int64 { return r.Seq })
	return &omics.ListReferencesOut{NextToken: next,
		References: shown(rows, func(r meta.Reference) omics.ReferenceListItem {
			return omics.ReferenceListItem{
				Arn:              r.ARN,
				CreationTime:     omics.StorageTime{Time: r.Created},
				Description:      r.Description,
				ID:               r.ID,
				Md5:              r.MD5,
				Name:             r.Name,
				ReferenceStoreID: r.StoreID,
				Status:           r.Status,
				UpdateTime:       omics.StorageTime{Time: r.Updated},
			}
		})}, nil
}

// GetReferenceMetadata describes a reference and how its files are cut into parts.
func (s *Service) GetReferenceMetadata(ctx context.Context,
	in *omics.GetReferenceMetadataIn) (*omics.GetReferenceMetadataOut, error) {
	r, err := s.db.Reference(ctx, omics.CallerFrom(ctx).Account, in.ReferenceStoreID, in.ID)
	if err != nil {
		return nil, refuseReference(err, "get reference metadata", in.ID)
	}
	return &omics.GetReferenceMetadataOut{
		Arn:              r.ARN,
		CreationJobID:    r.JobID,
		CreationTime:     omics.StorageTime{Time: r.Created},
		CreationType:     omics.ReferenceCreatedByImport,
		Description:      r.Description,
		Files:            &omics.ReferenceFiles{Index: fileInformation(r.IndexBytes), Source: fileInformation(r.SourceBytes)},
		ID:               r.ID,
		Md5:              r.MD5,
		Name:             r.Name,
		ReferenceStoreID: r.StoreID,
		Status:           r.Status,
		UpdateTime:       omics.StorageTime{Time: r.Updated},
	}, nil
}

func fileInformation(bytes int64) *omics.FileInformation {
	return &omics.FileInformation{ContentLength: bytes, PartSize: partSize, TotalParts: int(totalParts(bytes))}
}

func totalParts(bytes int64) int64 { return max(1, (bytes+partSize-1)/partSize) }

// GetReference opens one part, or a range within it, of a reference's FASTA or index. The caller closes Payload.
func (s *Service) GetReference(ctx context.Context, in *omics.GetReferenceIn) (*omics.GetReferenceOut, error) {
	r, err := s.db.Reference(ctx, omics.CallerFrom(ctx).Account, in.ReferenceStoreID, in.ID)
	if err == nil && r.Status != omics.ReferenceActive {
		err = meta.ErrNotFound
	}
	if err != nil {
		return nil, refuseReference(err, "get reference", in.ID)
	}
	name, size := SourceFile, r.SourceBytes
	if in.File != nil && *in.File == omics.ReferenceFileIndex {
		name, size = IndexFile, r.IndexBytes
	}
	if int64(in.PartNumber) > totalParts(size) {
		return nil, omics.Validation("Part number %d is past the last part, %d.", in.PartNumber, totalParts(size))
	}
	start := int64(in.PartNumber-1) * partSize
	length := min(partSize, size-start)
	out := &omics.GetReferenceOut{}
	if in.Range != nil {
		first, last, err := byteRange(*in.Range, length)
		if err != nil {
			return nil, err
		}
		out.ContentRange = fmt.Sprintf("bytes %d-%d/%d", first, last, length)
		start, length = start+first, last-first+1
	}
	dir, err := warehouse.ReferenceDir(s.files, r.StoreID, r.ID)
	if err != nil {
		return nil, fmt.Errorf("open reference: %w", err)
	}
	f, err := s.files.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, fmt.Errorf("open reference: %w", err)
	}
	out.ContentLength = length
	out.Payload = struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, start, length), f}
	return out, nil
}

var rangeForm = regexp.MustCompile(`\A(?:bytes=)?(\d{0,18})-(\d{0,18})\z`)

// byteRange reads an HTTP range over length bytes: "a-b", "a-" or the last n as "-n", with or without "bytes=".
// Both ends of the answer are 0-based and part of it.
func byteRange(text string, length int64) (first, last int64, err error) {
	m := rangeForm.FindStringSubmatch(text)
	if m == nil || m[1]+m[2] == "" {
		return 0, 0, omics.Validation("The range '%s' is not a single byte range.", text)
	}
	number := func(digits string) int64 {
		n, _ := strconv.ParseInt(digits, 10, 64) // at most 18 digits: cannot fail
		return n
	}
	first, last = number(m[1]), length-1
	switch {
	case m[1] == "":
		first = max(0, length-number(m[2]))
	case m[2] != "":
		if number(m[2]) < first {
			return 0, 0, omics.Validation("The range '%s' ends before it begins.", text)
		}
		last = min(last, number(m[2]))
	}
	if first >= length {
		return 0, 0, omics.RangeNotSatisfiable("The range '%s' is outside of the part's %d bytes.", text, length)
	}
	return first, last, nil
}

// DeleteReference removes a reference and its files, unless a store uses it.
func (s *Service) DeleteReference(ctx context.Context, in *omics.DeleteReferenceIn) (*omics.DeleteReferenceOut, error) {
	if err := s.db.BeginDeleteReference(ctx, omics.CallerFrom(ctx).Account, in.ReferenceStoreID, in.ID); err != nil {
		return nil, refuse(err, "delete reference", map[error]*omics.Error{
			meta.ErrNotFound: referenceNotFound(in.ID),
			meta.ErrInUse:    omics.Conflict("Reference with id: %s is used by a store.", in.ID),
		})
	}
	if err := s.endDeletion(ctx, in.ReferenceStoreID, in.ID); err != nil {
		return nil, err
	}
	return &omics.DeleteReferenceOut{}, nil
}

// endDeletion removes the files, then the row, so that a crash between leaves a row by which to find them.
func (s *Service) endDeletion(ctx context.Context, storeID, id string) error {
	dir, err := warehouse.ReferenceDir(s.files, storeID, id)
	if err == nil {
		err = s.files.RemoveTree(dir)
	}
	if err != nil {
		return fmt.Errorf("remove reference files: %w", err)
	}
	if _, err := s.db.DropReference(ctx, id); err != nil {
		return fmt.Errorf("drop reference: %w", err)
	}
	return nil
}

func (s *Service) endDeletions(ctx context.Context) error {
	left, err := s.db.DeletingReferences(ctx)
	if err != nil {
		return fmt.Errorf("list deletions: %w", err)
	}
	for _, r := range left {
		if err := s.endDeletion(ctx, r.StoreID, r.ID); err != nil {
			return err
		}
	}
	return nil
}

func refuseReference(err error, what, id string) error {
	return refuse(err, what, map[error]*omics.Error{meta.ErrNotFound: referenceNotFound(id)})
}

func referenceNotFound(id string) *omics.Error {
	return omics.NotFound("Reference with id: %s was not found.", id)
}

func created(after, before *omics.StorageTime) (f meta.CreatedFilter) {
	plain := func(t *omics.StorageTime) *time.Time {
		if t == nil {
			return nil
		}
		return &t.Time
	}
	return meta.CreatedFilter{After: plain(after), Before: plain(before)}
}
