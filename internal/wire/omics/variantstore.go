package omics

// ReferenceItem is a union: exactly one of its members is set.
type ReferenceItem struct {
	ReferenceArn *string `json:"referenceArn,omitempty"`
}

func (v *violations) reference(item *ReferenceItem) {
	if item == nil {
		return
	}
	v.union("reference", choice{"referenceArn", item.ReferenceArn != nil})
	v.optional("reference.referenceArn", item.ReferenceArn, ruleReferenceArn)
}

// CreateVariantStoreIn is the request of CreateVariantStore.
type CreateVariantStoreIn struct {
	Description *string        `json:"description"`
	Name        *string        `json:"name"` // nil: one is made up
	Reference   *ReferenceItem `json:"reference"`
	SseConfig   *SseConfig     `json:"sseConfig"`
	Tags        TagMap         `json:"tags"`
}

// Validate checks the request against the model.
func (in *CreateVariantStoreIn) Validate() error {
	var v violations
	if in.Reference == nil {
		v.null("reference")
	}
	v.reference(in.Reference)
	v.optional("name", in.Name, ruleStoreName)
	v.optional("description", in.Description, ruleDescription)
	v.sse(in.SseConfig)
	v.tags("tags", in.Tags)
	return v.err()
}

// CreateVariantStoreOut is the answer of CreateVariantStore.
type CreateVariantStoreOut struct {
	CreationTime Time          `json:"creationTime"`
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	Reference    ReferenceItem `json:"reference"`
	Status       StoreStatus   `json:"status"`
}

// GetVariantStoreIn is the request of GetVariantStore.
type GetVariantStoreIn struct {
	Name string `json:"-" uri:"name"`
}

// Validate checks the request against the model.
func (in *GetVariantStoreIn) Validate() error {
	var v violations
	v.required("name", in.Name, ruleString)
	return v.err()
}

// GetVariantStoreOut is the answer of GetVariantStore.
type GetVariantStoreOut struct {
	CreationTime   Time          `json:"creationTime"`
	Description    string        `json:"description"`
	ID             string        `json:"id"`
	Name           string        `json:"name"`
	Reference      ReferenceItem `json:"reference"`
	SseConfig      SseConfig     `json:"sseConfig"`
	Status         StoreStatus   `json:"status"`
	StatusMessage  string        `json:"statusMessage"`
	StoreArn       string        `json:"storeArn"`
	StoreSizeBytes int64         `json:"storeSizeBytes"`
	Tags           TagMap        `json:"tags"`
	UpdateTime     Time          `json:"updateTime"`
}

// UpdateVariantStoreIn is the request of UpdateVariantStore.
type UpdateVariantStoreIn struct {
	Description *string `json:"description"`
	Name        string  `json:"-" uri:"name"`
}

// Validate checks the request against the model.
func (in *UpdateVariantStoreIn) Validate() error {
	var v violations
	v.required("name", in.Name, ruleString)
	v.optional("description", in.Description, ruleDescription)
	return v.err()
}

// UpdateVariantStoreOut is the answer of UpdateVariantStore.
type UpdateVariantStoreOut struct {
	CreationTime Time          `json:"creationTime"`
	Description  string        `json:"description"`
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	Reference    ReferenceItem `json:"reference"`
	Status       StoreStatus   `json:"status"`
	UpdateTime   Time          `json:"updateTime"`
}

// DeleteVariantStoreIn is the request of DeleteVariantStore.
type DeleteVariantStoreIn struct {
	Force bool   `json:"-" query:"force"`
	Name  string `json:"-" uri:"name"`
}

// Validate checks the request against the model.
func (in *DeleteVariantStoreIn) Validate() error {
	var v violations
	v.required("name", in.Name, ruleString)
	return v.err()
}

// DeleteVariantStoreOut is the answer of DeleteVariantStore.
type DeleteVariantStoreOut struct {
	Status StoreStatus `json:"status"`
}

// ListVariantStoresIn is the request of ListVariantStores.
type ListVariantStoresIn struct {
	Filter     *ListVariantStoresFilter `json:"filter"`
	IDs        []string                 `json:"ids"`
	MaxResults *int                     `json:"-" query:"maxResults"`
	NextToken  *string                  `json:"-" query:"nextToken"`
}

// ListVariantStoresFilter narrows ListVariantStores.
type ListVariantStoresFilter struct {
	Status *StoreStatus `json:"status"`
}

// Validate checks the request against the model.
func (in *ListVariantStoresIn) Validate() error {
	var v violations
	v.page(in.MaxResults, in.NextToken, ruleNextToken)
	v.ids(in.IDs)
	if in.Filter != nil {
		oneOf(&v, "filter.status", in.Filter.Status)
	}
	return v.err()
}

// ids checks the ids by which a List operation of the analytics API narrows.
func (v *violations) ids(ids []string) {
	if ids == nil {
		return
	}
	v.size("ids", len(ids), 1, 20)
	each(v, "ids", ids, ruleResourceIdentifier)
}

// ListVariantStoresOut is the answer of ListVariantStores.
type ListVariantStoresOut struct {
	NextToken     *string                `json:"nextToken,omitempty"`
	VariantStores List[VariantStoreItem] `json:"variantStores"`
}

// VariantStoreItem is one store of ListVariantStores.
type VariantStoreItem struct {
	CreationTime   Time          `json:"creationTime"`
	Description    string        `json:"description"`
	ID             string        `json:"id"`
	Name           string        `json:"name"`
	Reference      ReferenceItem `json:"reference"`
	SseConfig      SseConfig     `json:"sseConfig"`
	Status         StoreStatus   `json:"status"`
	StatusMessage  string        `json:"statusMessage"`
	StoreArn       string        `json:"storeArn"`
	StoreSizeBytes int64         `json:"storeSizeBytes"`
	UpdateTime     Time          `json:"updateTime"`
}
