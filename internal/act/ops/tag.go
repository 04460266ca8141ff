package ops

import (
	"context"
	"errors"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// TagResource adds tags to a store, a version of an annotation store or a reference, or replaces their values.
func (s *Service) TagResource(ctx context.Context, in *omics.TagResourceIn) (*omics.TagResourceOut, error) {
	if err := checkTagARN(in.ResourceArn); err != nil {
		return nil, err
	}
	if err := s.db.SetTags(ctx, omics.CallerFrom(ctx).Account, in.ResourceArn, in.Tags); err != nil {
		return nil, refuseTags(err, "tag resource", in.ResourceArn)
	}
	return &omics.TagResourceOut{}, nil
}

// UntagResource removes tags by key.
func (s *Service) UntagResource(ctx context.Context, in *omics.UntagResourceIn) (*omics.UntagResourceOut, error) {
	if err := checkTagARN(in.ResourceArn); err != nil {
		return nil, err
	}
	if err := s.db.RemoveTags(ctx, omics.CallerFrom(ctx).Account, in.ResourceArn, in.TagKeys); err != nil {
		return nil, refuseTags(err, "untag resource", in.ResourceArn)
	}
	return &omics.UntagResourceOut{}, nil
}

// ListTagsForResource gives a resource's tags.
func (s *Service) ListTagsForResource(ctx context.Context,
	in *omics.ListTagsForResourceIn) (*omics.ListTagsForResourceOut, error) {
	if err := checkTagARN(in.ResourceArn); err != nil {
		return nil, err
	}
	tags, err := s.db.Tags(ctx, omics.CallerFrom(ctx).Account, in.ResourceArn)
	if err != nil {
		return nil, refuseTags(err, "list tags", in.ResourceArn)
	}
	return &omics.ListTagsForResourceOut{Tags: tags}, nil
}

// ResourceTags gives the tags of a resource for the conditions of policies: none when the account has no such resource.
func (s *Service) ResourceTags(ctx context.Context, account, arn string) (map[string]string, error) {
	tags, err := s.db.Tags(ctx, account, arn)
	if errors.Is(err, meta.ErrNotFound) {
		return map[string]string{}, nil
	}
	return tags, err
}

func checkTagARN(text string) error {
	if arn, err := omics.ParseARN(text); err != nil || arn.Service != "omics" {
		return omics.Validation("The resource ARN '%s' is not the ARN of a taggable resource.", cut(text, 150))
	}
	return nil
}

func refuseTags(err error, what, arn string) error {
	return refuse(err, what, map[error]*omics.Error{
		meta.ErrNotFound: omics.NotFound("Resource with ARN: %s was not found.", arn),
		meta.ErrQuota:    omics.Quota("A resource can have at most %d tags.", meta.MaxTags),
	})
}
