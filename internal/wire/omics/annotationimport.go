package omics

import "fmt"

// FormatOptions is a union: exactly one of its members is set.
type FormatOptions struct {
	TsvOptions *TsvOptions `json:"tsvOptions,omitempty"`
	VcfOptions *VcfOptions `json:"vcfOptions,omitempty"`
}

// TsvOptions says how the files of a TSV import are read.
type TsvOptions struct {
	ReadOptions *ReadOptions `json:"readOptions,omitempty"`
}

// ReadOptions are the options of a reader of separated values, nil where the
// caller leaves them to the server.
type ReadOptions struct {
	Comment      *string `json:"comment,omitempty"`
	Encoding     *string `json:"encoding,omitempty"`
	Escape       *string `json:"escape,omitempty"`
	EscapeQuotes *bool   `json:"escapeQuotes,omitempty"`
	Header       *bool   `json:"header,omitempty"`
	LineSep      *string `json:"lineSep,omitempty"`
	Quote        *string `json:"quote,omitempty"`
	QuoteAll     *bool   `json:"quoteAll,omitempty"`
	Sep          *string `json:"sep,omitempty"`
}

// VcfOptions says which fields of the records of a VCF import are left out.
type VcfOptions struct {
	IgnoreFilterField *bool `json:"ignoreFilterField,omitempty"`
	IgnoreQualField   *bool `json:"ignoreQualField,omitempty"`
}

func (v *violations) formatOptions(o *FormatOptions) {
	if o == nil {
		return
	}
	v.union("formatOptions", choice{"tsvOptions", o.TsvOptions != nil}, choice{"vcfOptions", o.VcfOptions != nil})
	if o.TsvOptions != nil {
		v.readOptions("formatOptions.tsvOptions.readOptions", o.TsvOptions.ReadOptions)
	}
}

func (v *violations) readOptions(path string, o *ReadOptions) {
	if o == nil {
		return
	}
	v.optional(path+".sep", o.Sep, ruleChars)
	v.optional(path+".encoding", o.Encoding, ruleChars)
	v.optional(path+".quote", o.Quote, ruleChar)
	v.optional(path+".escape", o.Escape, ruleChar)
	v.optional(path+".comment", o.Comment, ruleChar)
	v.optional(path+".lineSep", o.LineSep, ruleChars)
}

// StartAnnotationImportJobIn is the request of StartAnnotationImportJob.
type StartAnnotationImportJobIn struct {
	AnnotationFields     map[string]string            `json:"annotationFields"`
	DestinationName      string                       `json:"destinationName"`
	FormatOptions        *FormatOptions               `json:"formatOptions"`
	Items                []AnnotationImportItemSource `json:"items"`
	RoleArn              string                       `json:"roleArn"`
	RunLeftNormalization bool                         `json:"runLeftNormalization"`
	VersionName          *string                      `json:"versionName"` // nil: the version named like the store
}

// AnnotationImportItemSource is one file to import.
type AnnotationImportItemSource struct {
	Source string `json:"source"`
}

// Validate checks the request against the model.
func (in *StartAnnotationImportJobIn) Validate() error {
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
	v.optional("versionName", in.VersionName, ruleStoreName)
	v.formatOptions(in.FormatOptions)
	pairs(&v, "annotationFields", in.AnnotationFields, ruleAnnotationField, ruleAnnotationField)
	return v.err()
}

// StartAnnotationImportJobOut is the answer of StartAnnotationImportJob.
type StartAnnotationImportJobOut struct {
	JobID string `json:"jobId"`
}

// GetAnnotationImportJobIn is the request of GetAnnotationImportJob.
type GetAnnotationImportJobIn struct {
	JobID string `json:"-" uri:"jobId"`
}

// Validate checks the request against the model.
func (in *GetAnnotationImportJobIn) Validate() error {
	var v violations
	v.required("jobId", in.JobID, ruleResourceID)
	return v.err()
}

// GetAnnotationImportJobOut is the answer of GetAnnotationImportJob. Unlike a
// variant import job's, its completionTime is required by the model, also
// before there is one.
type GetAnnotationImportJobOut struct {
	AnnotationFields     map[string]string                `json:"annotationFields,omitempty"`
	CompletionTime       Time                             `json:"completionTime"`
	CreationTime         Time                             `json:"creationTime"`
	DestinationName      string                           `json:"destinationName"`
	FormatOptions        FormatOptions                    `json:"formatOptions"`
	ID                   string                           `json:"id"`
	Items                List[AnnotationImportItemDetail] `json:"items"`
	RoleArn              string                           `json:"roleArn"`
	RunLeftNormalization bool                             `json:"runLeftNormalization"`
	Status               JobStatus                        `json:"status"`
	StatusMessage        string                           `json:"statusMessage"`
	UpdateTime           Time                             `json:"updateTime"`
	VersionName          string                           `json:"versionName"`
}

// AnnotationImportItemDetail is one file of an annotation import job.
type AnnotationImportItemDetail struct {
	JobStatus JobStatus `json:"jobStatus"`
	Source    string    `json:"source"`
}

// CancelAnnotationImportJobIn is the request of CancelAnnotationImportJob.
type CancelAnnotationImportJobIn struct {
	JobID string `json:"-" uri:"jobId"`
}

// Validate checks the request against the model.
func (in *CancelAnnotationImportJobIn) Validate() error {
	var v violations
	v.required("jobId", in.JobID, ruleResourceID)
	return v.err()
}

// CancelAnnotationImportJobOut is the empty answer of
// CancelAnnotationImportJob.
type CancelAnnotationImportJobOut struct{}

// ListAnnotationImportJobsIn is the request of ListAnnotationImportJobs.
type ListAnnotationImportJobsIn struct {
	Filter     *ListAnnotationImportJobsFilter `json:"filter"`
	IDs        []string                        `json:"ids"`
	MaxResults *int                            `json:"-" query:"maxResults"`
	NextToken  *string                         `json:"-" query:"nextToken"`
}

// ListAnnotationImportJobsFilter narrows ListAnnotationImportJobs.
type ListAnnotationImportJobsFilter struct {
	Status    *JobStatus `json:"status"`
	StoreName *string    `json:"storeName"`
}

// Validate checks the request against the model.
func (in *ListAnnotationImportJobsIn) Validate() error {
	var v violations
	v.page(in.MaxResults, in.NextToken, ruleNextToken)
	v.ids(in.IDs)
	if in.Filter != nil {
		oneOf(&v, "filter.status", in.Filter.Status)
	}
	return v.err()
}

// ListAnnotationImportJobsOut is the answer of ListAnnotationImportJobs.
type ListAnnotationImportJobsOut struct {
	AnnotationImportJobs List[AnnotationImportJobItem] `json:"annotationImportJobs"`
	NextToken            *string                       `json:"nextToken,omitempty"`
}

// AnnotationImportJobItem is one job of ListAnnotationImportJobs.
type AnnotationImportJobItem struct {
	AnnotationFields     map[string]string `json:"annotationFields,omitempty"`
	CompletionTime       *Time             `json:"completionTime,omitempty"`
	CreationTime         Time              `json:"creationTime"`
	DestinationName      string            `json:"destinationName"`
	ID                   string            `json:"id"`
	RoleArn              string            `json:"roleArn"`
	RunLeftNormalization bool              `json:"runLeftNormalization"`
	Status               JobStatus         `json:"status"`
	UpdateTime           Time              `json:"updateTime"`
	VersionName          string            `json:"versionName"`
}
