package omics

// SseConfig is how a store is encrypted.
type SseConfig struct {
	Type   EncryptionType `json:"type"`
	KeyArn *string        `json:"keyArn,omitempty"`
}

// CreateReferenceStoreIn is the request of CreateReferenceStore.
type CreateReferenceStoreIn struct {
	ClientToken *string    `json:"clientToken"`
	Description *string    `json:"description"`
	Name        string     `json:"name"`
	SseConfig   *SseConfig `json:"sseConfig"`
	Tags        TagMap     `json:"tags"`
}

// Validate checks the request against the model.
func (in *CreateReferenceStoreIn) Validate() error {
	var v violations
	v.required("name", in.Name, ruleReferenceStoreName)
	v.optional("description", in.Description, ruleReferenceDescription)
	v.sse(in.SseConfig)
	v.tags("tags", in.Tags)
	v.optional("clientToken", in.ClientToken, ruleClientToken)
	return v.err()
}

// CreateReferenceStoreOut is the answer of CreateReferenceStore.
type CreateReferenceStoreOut struct {
	Arn          string      `json:"arn"`
	CreationTime StorageTime `json:"creationTime"`
	Description  string      `json:"description,omitempty"`
	ID           string      `json:"id"`
	Name         string      `json:"name,omitempty"`
	SseConfig    *SseConfig  `json:"sseConfig,omitempty"`
}

// GetReferenceStoreIn is the request of GetReferenceStore.
type GetReferenceStoreIn struct {
	ID string `json:"-" uri:"id"`
}

// Validate checks the request against the model.
func (in *GetReferenceStoreIn) Validate() error {
	var v violations
	v.required("id", in.ID, ruleID)
	return v.err()
}

// GetReferenceStoreOut is the answer of GetReferenceStore.
type GetReferenceStoreOut struct {
	Arn          string      `json:"arn"`
	CreationTime StorageTime `json:"creationTime"`
	Description  string      `json:"description,omitempty"`
	ID           string      `json:"id"`
	Name         string      `json:"name,omitempty"`
	SseConfig    *SseConfig  `json:"sseConfig,omitempty"`
}

// ListReferenceStoresIn is the request of ListReferenceStores.
type ListReferenceStoresIn struct {
	Filter     *ReferenceStoreFilter `json:"filter"`
	MaxResults *int                  `json:"-" query:"maxResults"`
	NextToken  *string               `json:"-" query:"nextToken"`
}

// ReferenceStoreFilter narrows ListReferenceStores; times are inclusive.
type ReferenceStoreFilter struct {
	CreatedAfter  *StorageTime `json:"createdAfter"`
	CreatedBefore *StorageTime `json:"createdBefore"`
	Name          *string      `json:"name"`
}

// Validate checks the request against the model.
func (in *ListReferenceStoresIn) Validate() error {
	var v violations
	v.page(in.MaxResults, in.NextToken, ruleReferenceNextToken)
	if in.Filter != nil {
		v.optional("filter.name", in.Filter.Name, ruleReferenceStoreName)
	}
	return v.err()
}

// ListReferenceStoresOut is the answer of ListReferenceStores.
type ListReferenceStoresOut struct {
	NextToken       *string                    `json:"nextToken,omitempty"`
	ReferenceStores List[ReferenceStoreDetail] `json:"referenceStores"`
}

// ReferenceStoreDetail is one store of ListReferenceStores.
type ReferenceStoreDetail struct {
	Arn          string      `json:"arn"`
	CreationTime StorageTime `json:"creationTime"`
	Description  string      `json:"description,omitempty"`
	ID           string      `json:"id"`
	Name         string      `json:"name,omitempty"`
	SseConfig    *SseConfig  `json:"sseConfig,omitempty"`
}

// DeleteReferenceStoreIn is the request of DeleteReferenceStore.
type DeleteReferenceStoreIn struct {
	ID string `json:"-" uri:"id"`
}

// Validate checks the request against the model.
func (in *DeleteReferenceStoreIn) Validate() error {
	var v violations
	v.required("id", in.ID, ruleID)
	return v.err()
}

// DeleteReferenceStoreOut is the empty answer of DeleteReferenceStore.
type DeleteReferenceStoreOut struct{}
