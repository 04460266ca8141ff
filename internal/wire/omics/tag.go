package omics

// TagResourceIn is the request of TagResource.
type TagResourceIn struct {
	ResourceArn string `json:"-" uri:"resourceArn"`
	Tags        TagMap `json:"tags"`
}

// Validate checks the request against the model.
func (in *TagResourceIn) Validate() error {
	var v violations
	v.required("resourceArn", in.ResourceArn, ruleTagArn)
	if in.Tags == nil {
		v.null("tags")
	}
	v.size("tags", len(in.Tags), 0, maxTags)
	v.tags("tags", in.Tags)
	return v.err()
}

// TagResourceOut is the empty answer of TagResource.
type TagResourceOut struct{}

// UntagResourceIn is the request of UntagResource.
type UntagResourceIn struct {
	ResourceArn string   `json:"-" uri:"resourceArn"`
	TagKeys     []string `json:"-" query:"tagKeys"`
}

// Validate checks the request against the model.
func (in *UntagResourceIn) Validate() error {
	var v violations
	v.required("resourceArn", in.ResourceArn, ruleTagArn)
	if in.TagKeys == nil {
		v.null("tagKeys")
	}
	v.size("tagKeys", len(in.TagKeys), 0, maxTags)
	each(&v, "tagKeys", in.TagKeys, ruleTagKey)
	return v.err()
}

// UntagResourceOut is the empty answer of UntagResource.
type UntagResourceOut struct{}

// ListTagsForResourceIn is the request of ListTagsForResource.
type ListTagsForResourceIn struct {
	ResourceArn string `json:"-" uri:"resourceArn"`
}

// Validate checks the request against the model.
func (in *ListTagsForResourceIn) Validate() error {
	var v violations
	v.required("resourceArn", in.ResourceArn, ruleTagArn)
	return v.err()
}

// ListTagsForResourceOut is the answer of ListTagsForResource.
type ListTagsForResourceOut struct {
	Tags TagMap `json:"tags"`
}
