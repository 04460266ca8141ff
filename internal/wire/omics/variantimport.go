package omics

import "fmt"

// StartVariantImportJobIn is the request of StartVariantImportJob.
type StartVariantImportJobIn struct {
	AnnotationFields     map[string]string         `json:"annotationFields"`
	DestinationName      string                    `json:"destinationName"`
	Items                []VariantImportItemSource `json:"items"`
	RoleArn              string                    `json:"roleArn"`
	RunLeftNormalization bool                      `json:"runLeftNormalization"`
}

// VariantImportItemSource is one file to import.
type VariantImportItemSource struct {
	Source string `json:"source"`
}

// Validate checks the request against the model.
func (in *StartVariantImportJobIn) Validate() error {
	var v violations
	v.required("destinationName", in.DestinationName, ruleStoreName)
	v.required("roleArn", in.RoleArn, ruleArn)
	if in.Items == nil {
		v.null("items")
	} else {
		v.size("items", len(in.Items), 1, 0)
	}
	for i, item := range in.Items {
		v.required(fmt.Sprintf("items.%d.member.source", i+1), item.Source, ruleS3Uri)
	}
	pairs(&v, "annotationFields", in.AnnotationFields, ruleAnnotationField, ruleAnnotationField)
	return v.err()
}

// StartVariantImportJobOut is the answer of StartVariantImportJob.
type StartVariantImportJobOut struct {
	JobID string `json:"jobId"`
}

// GetVariantImportJobIn is the request of GetVariantImportJob.
type GetVariantImportJobIn struct {
	JobID string `json:"-" uri:"jobId"`
}

// Validate checks the request against the model.
func (in *GetVariantImportJobIn) Validate() error {
	var v violations
	v.required("jobId", in.JobID, ruleResourceID)
	return v.err()
}

// GetVariantImportJobOut is the answer of GetVariantImportJob.
type GetVariantImportJobOut struct {
	AnnotationFields     map[string]string             `json:"annotationFields,omitempty"`
	CompletionTime       *Time                         `json:"completionTime,omitempty"`
	CreationTime         Time                          `json:"creationTime"`
	DestinationName      string                        `json:"destinationName"`
	ID                   string                        `json:"id"`
	Items                List[VariantImportItemDetail] `json:"items"`
	RoleArn              string                        `json:"roleArn"`
	RunLeftNormalization bool                          `json:"runLeftNormalization"`
	Status               JobStatus                     `json:"status"`
	StatusMessage        string                        `json:"statusMessage"`
	UpdateTime           Time                          `json:"updateTime"`
}

// VariantImportItemDetail is one file of a variant import job.
type VariantImportItemDetail struct {
	JobStatus     JobStatus `json:"jobStatus"`
	Source        string    `json:"source"`
	StatusMessage string    `json:"statusMessage,omitempty"`
}

// CancelVariantImportJobIn is the request of CancelVariantImportJob.
type CancelVariantImportJobIn struct {
	JobID string `json:"-" uri:"jobId"`
}

// Validate checks the request against the model.
func (in *CancelVariantImportJobIn) Validate() error {
	var v violations
	v.required("jobId", in.JobID, ruleResourceID)
	return v.err()
}

// CancelVariantImportJobOut is the empty answer of CancelVariantImportJob.
type CancelVariantImportJobOut struct{}

// ListVariantImportJobsIn is the request of ListVariantImportJobs.
type ListVariantImportJobsIn struct {
	Filter     *ListVariantImportJobsFilter `json:"filter"`
	IDs        []string                     `json:"ids"`
	MaxResults *int                         `json:"-" query:"maxResults"`
	NextToken  *string                      `json:"-" query:"nextToken"`
}

// ListVariantImportJobsFilter narrows ListVariantImportJobs.
type ListVariantImportJobsFilter struct {
	Status    *JobStatus `json:"status"`
	StoreName *string    `json:"storeName"`
}

// Validate checks the request against the model.
func (in *ListVariantImportJobsIn) Validate() error {
	var v violations
	v.page(in.MaxResults, in.NextToken, ruleNextToken)
	v.ids(in.IDs)
	if in.Filter != nil {
		oneOf(&v, "filter.status", in.Filter.Status)
	}
	return v.err()
}

// ListVariantImportJobsOut is the answer of ListVariantImportJobs.
type ListVariantImportJobsOut struct {
	NextToken         *string                    `json:"nextToken,omitempty"`
	VariantImportJobs List[VariantImportJobItem] `json:"variantImportJobs"`
}

// VariantImportJobItem is one job of ListVariantImportJobs.
type VariantImportJobItem struct {
	AnnotationFields     map[string]string `json:"annotationFields,omitempty"`
	CompletionTime       *Time             `json:"completionTime,omitempty"`
	CreationTime         Time              `json:"creationTime"`
	DestinationName      string            `json:"destinationName"`
	ID                   string            `json:"id"`
	RoleArn              string            `json:"roleArn"`
	RunLeftNormalization bool              `json:"runLeftNormalization"`
	Status               JobStatus         `json:"status"`
	UpdateTime           Time              `json:"updateTime"`
}
