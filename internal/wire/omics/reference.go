package omics

import "io"

// ListReferencesIn is the request of ListReferences.
type ListReferencesIn struct {
	Filter           *ReferenceFilter `json:"filter"`
	MaxResults       *int             `json:"-" query:"maxResults"`
	NextToken        *string          `json:"-" query:"nextToken"`
	ReferenceStoreID string           `json:"-" uri:"referenceStoreId"`
}

// ReferenceFilter narrows ListReferences; times are inclusive.
type ReferenceFilter struct {
	CreatedAfter  *StorageTime `json:"createdAfter"`
	CreatedBefore *StorageTime `json:"createdBefore"`
	Md5           *string      `json:"md5"`
	Name          *string      `json:"name"`
}

// Validate checks the request against the model.
func (in *ListReferencesIn) Validate() error {
	var v violations
	v.required("referenceStoreId", in.ReferenceStoreID, ruleID)
	v.page(in.MaxResults, in.NextToken, ruleReferenceNextToken)
	if in.Filter != nil {
		v.optional("filter.name", in.Filter.Name, ruleReferenceName)
		v.optional("filter.md5", in.Filter.Md5, ruleMd5)
	}
	return v.err()
}

// ListReferencesOut is the answer of ListReferences.
type ListReferencesOut struct {
	NextToken  *string                 `json:"nextToken,omitempty"`
	References List[ReferenceListItem] `json:"references"`
}

// ReferenceListItem is one reference of ListReferences.
type ReferenceListItem struct {
	Arn              string          `json:"arn"`
	CreationTime     StorageTime     `json:"creationTime"`
	Description      string          `json:"description,omitempty"`
	ID               string          `json:"id"`
	Md5              string          `json:"md5"`
	Name             string          `json:"name,omitempty"`
	ReferenceStoreID string          `json:"referenceStoreId"`
	Status           ReferenceStatus `json:"status,omitempty"`
	UpdateTime       StorageTime     `json:"updateTime"`
}

// GetReferenceMetadataIn is the request of GetReferenceMetadata.
type GetReferenceMetadataIn struct {
	ID               string `json:"-" uri:"id"`
	ReferenceStoreID string `json:"-" uri:"referenceStoreId"`
}

// Validate checks the request against the model.
func (in *GetReferenceMetadataIn) Validate() error {
	var v violations
	v.required("id", in.ID, ruleID)
	v.required("referenceStoreId", in.ReferenceStoreID, ruleID)
	return v.err()
}

// GetReferenceMetadataOut is the answer of GetReferenceMetadata.
type GetReferenceMetadataOut struct {
	Arn              string                `json:"arn"`
	CreationJobID    string                `json:"creationJobId,omitempty"`
	CreationTime     StorageTime           `json:"creationTime"`
	CreationType     ReferenceCreationType `json:"creationType,omitempty"`
	Description      string                `json:"description,omitempty"`
	Files            *ReferenceFiles       `json:"files,omitempty"`
	ID               string                `json:"id"`
	Md5              string                `json:"md5"`
	Name             string                `json:"name,omitempty"`
	ReferenceStoreID string                `json:"referenceStoreId"`
	Status           ReferenceStatus       `json:"status,omitempty"`
	UpdateTime       StorageTime           `json:"updateTime"`
}

// ReferenceFiles describes the FASTA and its index.
type ReferenceFiles struct {
	Index  *FileInformation `json:"index,omitempty"`
	Source *FileInformation `json:"source,omitempty"`
}

// FileInformation says how a file is cut into parts for GetReference. Sizes
// are bytes; part N (1-based) begins at (N-1)*PartSize.
type FileInformation struct {
	ContentLength int64            `json:"contentLength,omitempty"`
	PartSize      int64            `json:"partSize,omitempty"`
	S3Access      *ReadSetS3Access `json:"s3Access,omitempty"`
	TotalParts    int              `json:"totalParts,omitempty"`
}

// ReadSetS3Access is where a file can be read without the API.
type ReadSetS3Access struct {
	S3Uri string `json:"s3Uri,omitempty"`
}

// GetReferenceIn is the request of GetReference.
type GetReferenceIn struct {
	File             *ReferenceFile `json:"-" query:"file"` // nil: SOURCE
	ID               string         `json:"-" uri:"id"`
	PartNumber       int            `json:"-" query:"partNumber"` // 1-based; 0 when left out
	Range            *string        `json:"-" header:"Range"`     // "bytes=0-9" or bare "0-9", within the part
	ReferenceStoreID string         `json:"-" uri:"referenceStoreId"`
}

// Validate checks the request against the model.
func (in *GetReferenceIn) Validate() error {
	var v violations
	v.required("id", in.ID, ruleID)
	v.required("referenceStoreId", in.ReferenceStoreID, ruleID)
	v.integer("partNumber", &in.PartNumber, 1, 10000)
	v.optional("range", in.Range, ruleRange)
	oneOf(&v, "file", in.File)
	return v.err()
}

// GetReferenceOut is the answer of GetReference: bytes, not JSON. Whoever
// receives it closes Payload.
type GetReferenceOut struct {
	Payload io.ReadCloser `json:"-" payload:"payload"`

	// ContentLength is the number of bytes in Payload. It travels as the HTTP
	// header and is no member of the model.
	ContentLength int64 `json:"-"`
	// ContentRange, when set, is sent as the HTTP header of that name. It
	// answers a Range and is no member of the model.
	ContentRange string `json:"-"`
}

// DeleteReferenceIn is the request of DeleteReference.
type DeleteReferenceIn struct {
	ID               string `json:"-" uri:"id"`
	ReferenceStoreID string `json:"-" uri:"referenceStoreId"`
}

// Validate checks the request against the model.
func (in *DeleteReferenceIn) Validate() error {
	var v violations
	v.required("id", in.ID, ruleID)
	v.required("referenceStoreId", in.ReferenceStoreID, ruleID)
	return v.err()
}

// DeleteReferenceOut is the empty answer of DeleteReference.
type DeleteReferenceOut struct{}
