package omics

import "fmt"

// MaxReferenceStatusMessage is the longest statusMessage of a reference
// import job or source, in code points (shape JobStatusMessage).
const MaxReferenceStatusMessage = 127

// StartReferenceImportJobIn is the request of StartReferenceImportJob.
type StartReferenceImportJobIn struct {
	ClientToken      *string                             `json:"clientToken"`
	ReferenceStoreID string                              `json:"-" uri:"referenceStoreId"`
	RoleArn          string                              `json:"roleArn"`
	Sources          []StartReferenceImportJobSourceItem `json:"sources"`
}

// StartReferenceImportJobSourceItem is one FASTA to import.
type StartReferenceImportJobSourceItem struct {
	Description *string `json:"description"`
	Name        string  `json:"name"`
	SourceFile  string  `json:"sourceFile"`
	Tags        TagMap  `json:"tags"`
}

// Validate checks the request against the model.
func (in *StartReferenceImportJobIn) Validate() error {
	var v violations
	v.required("referenceStoreId", in.ReferenceStoreID, ruleID)
	v.required("roleArn", in.RoleArn, ruleRoleArn)
	v.optional("clientToken", in.ClientToken, ruleClientToken)
	if in.Sources == nil {
		v.null("sources")
	} else {
		v.size("sources", len(in.Sources), 1, 100)
	}
	for i, s := range in.Sources {
		at := fmt.Sprintf("sources.%d.member.", i+1)
		v.required(at+"sourceFile", s.SourceFile, ruleS3Uri)
		v.required(at+"name", s.Name, ruleReferenceName)
		v.optional(at+"description", s.Description, ruleReferenceDescription)
		v.tags(at+"tags", s.Tags)
	}
	return v.err()
}

// StartReferenceImportJobOut is the answer of StartReferenceImportJob.
type StartReferenceImportJobOut struct {
	CreationTime     StorageTime              `json:"creationTime"`
	ID               string                   `json:"id"`
	ReferenceStoreID string                   `json:"referenceStoreId"`
	RoleArn          string                   `json:"roleArn"`
	Status           ReferenceImportJobStatus `json:"status"`
}

// GetReferenceImportJobIn is the request of GetReferenceImportJob.
type GetReferenceImportJobIn struct {
	ID               string `json:"-" uri:"id"`
	ReferenceStoreID string `json:"-" uri:"referenceStoreId"`
}

// Validate checks the request against the model.
func (in *GetReferenceImportJobIn) Validate() error {
	var v violations
	v.required("id", in.ID, ruleID)
	v.required("referenceStoreId", in.ReferenceStoreID, ruleID)
	return v.err()
}

// GetReferenceImportJobOut is the answer of GetReferenceImportJob.
type GetReferenceImportJobOut struct {
	CompletionTime   *StorageTime                    `json:"completionTime,omitempty"`
	CreationTime     StorageTime                     `json:"creationTime"`
	ID               string                          `json:"id"`
	ReferenceStoreID string                          `json:"referenceStoreId"`
	RoleArn          string                          `json:"roleArn"`
	Sources          List[ImportReferenceSourceItem] `json:"sources"`
	Status           ReferenceImportJobStatus        `json:"status"`
	StatusMessage    string                          `json:"statusMessage,omitempty"`
}

// ImportReferenceSourceItem is one FASTA of a reference import job.
type ImportReferenceSourceItem struct {
	Description   string                       `json:"description,omitempty"`
	Name          string                       `json:"name,omitempty"`
	ReferenceID   string                       `json:"referenceId,omitempty"`
	SourceFile    string                       `json:"sourceFile,omitempty"`
	Status        ReferenceImportJobItemStatus `json:"status"`
	StatusMessage string                       `json:"statusMessage,omitempty"`
	Tags          TagMap                       `json:"tags,omitempty"`
}

// ListReferenceImportJobsIn is the request of ListReferenceImportJobs.
type ListReferenceImportJobsIn struct {
	Filter           *ImportReferenceFilter `json:"filter"`
	MaxResults       *int                   `json:"-" query:"maxResults"`
	NextToken        *string                `json:"-" query:"nextToken"`
	ReferenceStoreID string                 `json:"-" uri:"referenceStoreId"`
}

// ImportReferenceFilter narrows ListReferenceImportJobs; times are inclusive.
type ImportReferenceFilter struct {
	CreatedAfter  *StorageTime              `json:"createdAfter"`
	CreatedBefore *StorageTime              `json:"createdBefore"`
	Status        *ReferenceImportJobStatus `json:"status"`
}

// Validate checks the request against the model.
func (in *ListReferenceImportJobsIn) Validate() error {
	var v violations
	v.required("referenceStoreId", in.ReferenceStoreID, ruleID)
	v.page(in.MaxResults, in.NextToken, ruleReferenceNextToken)
	if in.Filter != nil {
		oneOf(&v, "filter.status", in.Filter.Status)
	}
	return v.err()
}

// ListReferenceImportJobsOut is the answer of ListReferenceImportJobs.
type ListReferenceImportJobsOut struct {
	ImportJobs List[ImportReferenceJobItem] `json:"importJobs"`
	NextToken  *string                      `json:"nextToken,omitempty"`
}

// ImportReferenceJobItem is one job of ListReferenceImportJobs.
type ImportReferenceJobItem struct {
	CompletionTime   *StorageTime             `json:"completionTime,omitempty"`
	CreationTime     StorageTime              `json:"creationTime"`
	ID               string                   `json:"id"`
	ReferenceStoreID string                   `json:"referenceStoreId"`
	RoleArn          string                   `json:"roleArn"`
	Status           ReferenceImportJobStatus `json:"status"`
}
