package omics

// VersionOptions is a union: exactly one of its members is set.
type VersionOptions struct {
	TsvVersionOptions *TsvStoreOptions `json:"tsvVersionOptions,omitempty"`
}

func (v *violations) versionOptions(o *VersionOptions) {
	if o == nil {
		return
	}
	v.union("versionOptions", choice{"tsvVersionOptions", o.TsvVersionOptions != nil})
	v.tsvStoreOptions("versionOptions.tsvVersionOptions", o.TsvVersionOptions)
}

// CreateAnnotationStoreVersionIn is the request of CreateAnnotationStoreVersion.
type CreateAnnotationStoreVersionIn struct {
	Description    *string         `json:"description"`
	Name           string          `json:"-" uri:"name"`
	Tags           TagMap          `json:"tags"`
	VersionName    string          `json:"versionName"`
	VersionOptions *VersionOptions `json:"versionOptions"`
}

// Validate checks the request against the model.
func (in *CreateAnnotationStoreVersionIn) Validate() error {
	var v violations
	v.required("name", in.Name, ruleStoreName)
	v.required("versionName", in.VersionName, ruleStoreName)
	v.optional("description", in.Description, ruleDescription)
	v.versionOptions(in.VersionOptions)
	v.tags("tags", in.Tags)
	return v.err()
}

// CreateAnnotationStoreVersionOut is the answer of CreateAnnotationStoreVersion.
type CreateAnnotationStoreVersionOut struct {
	CreationTime   Time            `json:"creationTime"`
	ID             string          `json:"id"`
	Name           string          `json:"name"`
	Status         VersionStatus   `json:"status"`
	StoreID        string          `json:"storeId"`
	VersionName    string          `json:"versionName"`
	VersionOptions *VersionOptions `json:"versionOptions,omitempty"`
}

// GetAnnotationStoreVersionIn is the request of GetAnnotationStoreVersion.
type GetAnnotationStoreVersionIn struct {
	Name        string `json:"-" uri:"name"`
	VersionName string `json:"-" uri:"versionName"`
}

// Validate checks the request against the model.
func (in *GetAnnotationStoreVersionIn) Validate() error {
	var v violations
	v.required("name", in.Name, ruleString)
	v.required("versionName", in.VersionName, ruleString)
	return v.err()
}

// GetAnnotationStoreVersionOut is the answer of GetAnnotationStoreVersion.
type GetAnnotationStoreVersionOut struct {
	CreationTime     Time            `json:"creationTime"`
	Description      string          `json:"description"`
	ID               string          `json:"id"`
	Name             string          `json:"name"`
	Status           VersionStatus   `json:"status"`
	StatusMessage    string          `json:"statusMessage"`
	StoreID          string          `json:"storeId"`
	Tags             TagMap          `json:"tags"`
	UpdateTime       Time            `json:"updateTime"`
	VersionArn       string          `json:"versionArn"`
	VersionName      string          `json:"versionName"`
	VersionOptions   *VersionOptions `json:"versionOptions,omitempty"`
	VersionSizeBytes int64           `json:"versionSizeBytes"`
}

// UpdateAnnotationStoreVersionIn is the request of UpdateAnnotationStoreVersion.
type UpdateAnnotationStoreVersionIn struct {
	Description *string `json:"description"`
	Name        string  `json:"-" uri:"name"`
	VersionName string  `json:"-" uri:"versionName"`
}

// Validate checks the request against the model.
func (in *UpdateAnnotationStoreVersionIn) Validate() error {
	var v violations
	v.required("name", in.Name, ruleString)
	v.required("versionName", in.VersionName, ruleString)
	v.optional("description", in.Description, ruleDescription)
	return v.err()
}

// UpdateAnnotationStoreVersionOut is the answer of UpdateAnnotationStoreVersion.
type UpdateAnnotationStoreVersionOut struct {
	CreationTime Time          `json:"creationTime"`
	Description  string        `json:"description"`
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	Status       VersionStatus `json:"status"`
	StoreID      string        `json:"storeId"`
	UpdateTime   Time          `json:"updateTime"`
	VersionName  string        `json:"versionName"`
}

// DeleteAnnotationStoreVersionsIn is the request of
// DeleteAnnotationStoreVersions.
type DeleteAnnotationStoreVersionsIn struct {
	Force    bool     `json:"-" query:"force"`
	Name     string   `json:"-" uri:"name"`
	Versions []string `json:"versions"`
}

// Validate checks the request against the model.
func (in *DeleteAnnotationStoreVersionsIn) Validate() error {
	var v violations
	v.required("name", in.Name, ruleString)
	if in.Versions == nil {
		v.null("versions")
	} else {
		v.size("versions", len(in.Versions), 1, 10)
	}
	each(&v, "versions", in.Versions, ruleStoreName)
	return v.err()
}

// DeleteAnnotationStoreVersionsOut is the answer of
// DeleteAnnotationStoreVersions. It has errors only when there are some, as
// clients test for the list.
type DeleteAnnotationStoreVersionsOut struct {
	Errors List[VersionDeleteError] `json:"errors,omitempty"`
}

// VersionDeleteError says why one version was not deleted.
type VersionDeleteError struct {
	Message     string `json:"message"`
	VersionName string `json:"versionName"`
}

// ListAnnotationStoreVersionsIn is the request of ListAnnotationStoreVersions.
type ListAnnotationStoreVersionsIn struct {
	Filter     *ListAnnotationStoreVersionsFilter `json:"filter"`
	MaxResults *int                               `json:"-" query:"maxResults"`
	Name       string                             `json:"-" uri:"name"`
	NextToken  *string                            `json:"-" query:"nextToken"`
}

// ListAnnotationStoreVersionsFilter narrows ListAnnotationStoreVersions.
type ListAnnotationStoreVersionsFilter struct {
	Status *VersionStatus `json:"status"`
}

// Validate checks the request against the model.
func (in *ListAnnotationStoreVersionsIn) Validate() error {
	var v violations
	v.required("name", in.Name, ruleString)
	v.page(in.MaxResults, in.NextToken, ruleNextToken)
	if in.Filter != nil {
		oneOf(&v, "filter.status", in.Filter.Status)
	}
	return v.err()
}

// ListAnnotationStoreVersionsOut is the answer of ListAnnotationStoreVersions.
type ListAnnotationStoreVersionsOut struct {
	AnnotationStoreVersions List[AnnotationStoreVersionItem] `json:"annotationStoreVersions"`
	NextToken               *string                          `json:"nextToken,omitempty"`
}

// AnnotationStoreVersionItem is one version of ListAnnotationStoreVersions.
type AnnotationStoreVersionItem struct {
	CreationTime     Time          `json:"creationTime"`
	Description      string        `json:"description"`
	ID               string        `json:"id"`
	Name             string        `json:"name"`
	Status           VersionStatus `json:"status"`
	StatusMessage    string        `json:"statusMessage"`
	StoreID          string        `json:"storeId"`
	UpdateTime       Time          `json:"updateTime"`
	VersionArn       string        `json:"versionArn"`
	VersionName      string        `json:"versionName"`
	VersionSizeBytes int64         `json:"versionSizeBytes"`
}
