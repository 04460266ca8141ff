package omics

import "fmt"

// StoreOptions is a union: exactly one of its members is set.
type StoreOptions struct {
	TsvStoreOptions *TsvStoreOptions `json:"tsvStoreOptions,omitempty"`
}

// TsvStoreOptions says what the columns of a TSV store, or of one version of
// it, are. The model has this shape twice; TsvVersionOptions is the other.
type TsvStoreOptions struct {
	AnnotationType *AnnotationType              `json:"annotationType,omitempty"`
	FormatToHeader map[FormatToHeaderKey]string `json:"formatToHeader,omitempty"`
	Schema         []map[string]SchemaValueType `json:"schema,omitempty"` // one column each
}

func (v *violations) storeOptions(o *StoreOptions) {
	if o == nil {
		return
	}
	v.union("storeOptions", choice{"tsvStoreOptions", o.TsvStoreOptions != nil})
	v.tsvStoreOptions("storeOptions.tsvStoreOptions", o.TsvStoreOptions)
}

func (v *violations) tsvStoreOptions(path string, o *TsvStoreOptions) {
	if o == nil {
		return
	}
	oneOf(v, path+".annotationType", o.AnnotationType)
	pairs(v, path+".formatToHeader", o.FormatToHeader, ruleFormatToHeaderKey, ruleFormatToHeaderValue)
	if o.Schema != nil {
		v.size(path+".schema", len(o.Schema), 1, 5000)
	}
	for i, column := range o.Schema {
		at := fmt.Sprintf("%s.schema.%d.member", path, i+1)
		v.size(at, len(column), 1, 1)
		pairs(v, at, column, ruleSchemaKey, ruleSchemaValueType)
	}
}

// CreateAnnotationStoreIn is the request of CreateAnnotationStore.
type CreateAnnotationStoreIn struct {
	Description  *string        `json:"description"`
	Name         *string        `json:"name"` // nil: one is made up
	Reference    *ReferenceItem `json:"reference"`
	SseConfig    *SseConfig     `json:"sseConfig"`
	StoreFormat  StoreFormat    `json:"storeFormat"`
	StoreOptions *StoreOptions  `json:"storeOptions"`
	Tags         TagMap         `json:"tags"`
	VersionName  *string        `json:"versionName"` // nil: the store's name
}

// Validate checks the request against the model.
func (in *CreateAnnotationStoreIn) Validate() error {
	var v violations
	v.required("storeFormat", string(in.StoreFormat), ruleStoreFormat)
	v.reference(in.Reference)
	v.optional("name", in.Name, ruleStoreName)
	v.optional("description", in.Description, ruleDescription)
	v.optional("versionName", in.VersionName, ruleStoreName)
	v.sse(in.SseConfig)
	v.storeOptions(in.StoreOptions)
	v.tags("tags", in.Tags)
	return v.err()
}

// CreateAnnotationStoreOut is the answer of CreateAnnotationStore.
type CreateAnnotationStoreOut struct {
	CreationTime Time          `json:"creationTime"`
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	Reference    ReferenceItem `json:"reference,omitzero"`
	Status       StoreStatus   `json:"status"`
	StoreFormat  StoreFormat   `json:"storeFormat,omitempty"`
	StoreOptions *StoreOptions `json:"storeOptions,omitempty"`
	VersionName  string        `json:"versionName"`
}

// GetAnnotationStoreIn is the request of GetAnnotationStore.
type GetAnnotationStoreIn struct {
	Name string `json:"-" uri:"name"`
}

// Validate checks the request against the model.
func (in *GetAnnotationStoreIn) Validate() error {
	var v violations
	v.required("name", in.Name, ruleString)
	return v.err()
}

// GetAnnotationStoreOut is the answer of GetAnnotationStore. A store without a
// reference shows an empty referenceArn: the model requires the union, and
// clients refuse one without a member.
type GetAnnotationStoreOut struct {
	CreationTime   Time          `json:"creationTime"`
	Description    string        `json:"description"`
	ID             string        `json:"id"`
	Name           string        `json:"name"`
	NumVersions    int           `json:"numVersions"`
	Reference      ReferenceItem `json:"reference"`
	SseConfig      SseConfig     `json:"sseConfig"`
	Status         StoreStatus   `json:"status"`
	StatusMessage  string        `json:"statusMessage"`
	StoreArn       string        `json:"storeArn"`
	StoreFormat    StoreFormat   `json:"storeFormat,omitempty"`
	StoreOptions   *StoreOptions `json:"storeOptions,omitempty"`
	StoreSizeBytes int64         `json:"storeSizeBytes"`
	Tags           TagMap        `json:"tags"`
	UpdateTime     Time          `json:"updateTime"`
}

// UpdateAnnotationStoreIn is the request of UpdateAnnotationStore.
type UpdateAnnotationStoreIn struct {
	Description *string `json:"description"`
	Name        string  `json:"-" uri:"name"`
}

// Validate checks the request against the model.
func (in *UpdateAnnotationStoreIn) Validate() error {
	var v violations
	v.required("name", in.Name, ruleString)
	v.optional("description", in.Description, ruleDescription)
	return v.err()
}

// UpdateAnnotationStoreOut is the answer of UpdateAnnotationStore.
type UpdateAnnotationStoreOut struct {
	CreationTime Time          `json:"creationTime"`
	Description  string        `json:"description"`
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	Reference    ReferenceItem `json:"reference"`
	Status       StoreStatus   `json:"status"`
	StoreFormat  StoreFormat   `json:"storeFormat,omitempty"`
	StoreOptions *StoreOptions `json:"storeOptions,omitempty"`
	UpdateTime   Time          `json:"updateTime"`
}

// DeleteAnnotationStoreIn is the request of DeleteAnnotationStore.
type DeleteAnnotationStoreIn struct {
	Force bool   `json:"-" query:"force"`
	Name  string `json:"-" uri:"name"`
}

// Validate checks the request against the model.
func (in *DeleteAnnotationStoreIn) Validate() error {
	var v violations
	v.required("name", in.Name, ruleString)
	return v.err()
}

// DeleteAnnotationStoreOut is the answer of DeleteAnnotationStore.
type DeleteAnnotationStoreOut struct {
	Status StoreStatus `json:"status"`
}

// ListAnnotationStoresIn is the request of ListAnnotationStores.
type ListAnnotationStoresIn struct {
	Filter     *ListAnnotationStoresFilter `json:"filter"`
	IDs        []string                    `json:"ids"`
	MaxResults *int                        `json:"-" query:"maxResults"`
	NextToken  *string                     `json:"-" query:"nextToken"`
}

// ListAnnotationStoresFilter narrows ListAnnotationStores.
type ListAnnotationStoresFilter struct {
	Status *StoreStatus `json:"status"`
}

// Validate checks the request against the model.
func (in *ListAnnotationStoresIn) Validate() error {
	var v violations
	v.page(in.MaxResults, in.NextToken, ruleNextToken)
	v.ids(in.IDs)
	if in.Filter != nil {
		oneOf(&v, "filter.status", in.Filter.Status)
	}
	return v.err()
}

// ListAnnotationStoresOut is the answer of ListAnnotationStores.
type ListAnnotationStoresOut struct {
	AnnotationStores List[AnnotationStoreItem] `json:"annotationStores"`
	NextToken        *string                   `json:"nextToken,omitempty"`
}

// AnnotationStoreItem is one store of ListAnnotationStores.
type AnnotationStoreItem struct {
	CreationTime   Time          `json:"creationTime"`
	Description    string        `json:"description"`
	ID             string        `json:"id"`
	Name           string        `json:"name"`
	Reference      ReferenceItem `json:"reference"`
	SseConfig      SseConfig     `json:"sseConfig"`
	Status         StoreStatus   `json:"status"`
	StatusMessage  string        `json:"statusMessage"`
	StoreArn       string        `json:"storeArn"`
	StoreFormat    StoreFormat   `json:"storeFormat"`
	StoreSizeBytes int64         `json:"storeSizeBytes"`
	UpdateTime     Time          `json:"updateTime"`
}
