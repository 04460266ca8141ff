package omics

// StoreStatus is the state of a variant or annotation store.
type StoreStatus string

// The states of a store.
const (
	StoreCreating StoreStatus = "CREATING"
	StoreUpdating StoreStatus = "UPDATING"
	StoreDeleting StoreStatus = "DELETING"
	StoreActive   StoreStatus = "ACTIVE"
	StoreFailed   StoreStatus = "FAILED"
)

func (StoreStatus) values() []string {
	return []string{"CREATING", "UPDATING", "DELETING", "ACTIVE", "FAILED"}
}

// JobStatus is the state of a variant or annotation import job and of each of
// its items.
type JobStatus string

// The states of an import job; docs/jobs.md draws the transitions.
const (
	JobSubmitted             JobStatus = "SUBMITTED"
	JobInProgress            JobStatus = "IN_PROGRESS"
	JobCancelled             JobStatus = "CANCELLED"
	JobCompleted             JobStatus = "COMPLETED"
	JobFailed                JobStatus = "FAILED"
	JobCompletedWithFailures JobStatus = "COMPLETED_WITH_FAILURES"
)

// Final reports whether no transition leaves the state.
func (s JobStatus) Final() bool { return s != JobSubmitted && s != JobInProgress }

func (JobStatus) values() []string {
	return []string{"SUBMITTED", "IN_PROGRESS", "CANCELLED", "COMPLETED", "FAILED", "COMPLETED_WITH_FAILURES"}
}

// ReferenceImportJobStatus is the state of a reference import job.
type ReferenceImportJobStatus string

// The states of a reference import job.
const (
	ReferenceJobSubmitted             ReferenceImportJobStatus = "SUBMITTED"
	ReferenceJobInProgress            ReferenceImportJobStatus = "IN_PROGRESS"
	ReferenceJobCancelling            ReferenceImportJobStatus = "CANCELLING"
	ReferenceJobCancelled             ReferenceImportJobStatus = "CANCELLED"
	ReferenceJobFailed                ReferenceImportJobStatus = "FAILED"
	ReferenceJobCompleted             ReferenceImportJobStatus = "COMPLETED"
	ReferenceJobCompletedWithFailures ReferenceImportJobStatus = "COMPLETED_WITH_FAILURES"
)

func (ReferenceImportJobStatus) values() []string {
	return []string{"SUBMITTED", "IN_PROGRESS", "CANCELLING", "CANCELLED", "FAILED", "COMPLETED",
		"COMPLETED_WITH_FAILURES"}
}

// ReferenceImportJobItemStatus is the state of one source of a reference
// import job.
type ReferenceImportJobItemStatus string

// The states of a source of a reference import job.
const (
	ReferenceItemNotStarted ReferenceImportJobItemStatus = "NOT_STARTED"
	ReferenceItemInProgress ReferenceImportJobItemStatus = "IN_PROGRESS"
	ReferenceItemFinished   ReferenceImportJobItemStatus = "FINISHED"
	ReferenceItemFailed     ReferenceImportJobItemStatus = "FAILED"
)

func (ReferenceImportJobItemStatus) values() []string {
	return []string{"NOT_STARTED", "IN_PROGRESS", "FINISHED", "FAILED"}
}

// ReferenceStatus is the state of a reference.
type ReferenceStatus string

// The states of a reference.
const (
	ReferenceActive   ReferenceStatus = "ACTIVE"
	ReferenceDeleting ReferenceStatus = "DELETING"
	ReferenceDeleted  ReferenceStatus = "DELETED"
)

func (ReferenceStatus) values() []string { return []string{"ACTIVE", "DELETING", "DELETED"} }

// ReferenceFile names one of the files of a reference.
type ReferenceFile string

// The files of a reference: the FASTA and its .fai index.
const (
	ReferenceFileSource ReferenceFile = "SOURCE"
	ReferenceFileIndex  ReferenceFile = "INDEX"
)

func (ReferenceFile) values() []string { return []string{"SOURCE", "INDEX"} }

// ReferenceCreationType says how a reference came to be.
type ReferenceCreationType string

// ReferenceCreatedByImport is the only way to make a reference.
const ReferenceCreatedByImport ReferenceCreationType = "IMPORT"

func (ReferenceCreationType) values() []string { return []string{"IMPORT"} }

// EncryptionType is the kind of key that encrypts a store.
type EncryptionType string

// EncryptionKMS is the only kind of key.
const EncryptionKMS EncryptionType = "KMS"

func (EncryptionType) values() []string { return []string{"KMS"} }

// StoreFormat is the format of the files that an annotation store takes.
type StoreFormat string

// The formats of an annotation store.
const (
	FormatGFF StoreFormat = "GFF"
	FormatTSV StoreFormat = "TSV"
	FormatVCF StoreFormat = "VCF"
)

func (StoreFormat) values() []string { return []string{"GFF", "TSV", "VCF"} }

// AnnotationType says which columns of a TSV store give a row its place, and how
// they count.
type AnnotationType string

// The kinds of rows of a TSV store.
const (
	AnnotationGeneric                   AnnotationType = "GENERIC"
	AnnotationChrPos                    AnnotationType = "CHR_POS"
	AnnotationChrPosRefAlt              AnnotationType = "CHR_POS_REF_ALT"
	AnnotationChrStartEndOneBase        AnnotationType = "CHR_START_END_ONE_BASE"
	AnnotationChrStartEndRefAltOneBase  AnnotationType = "CHR_START_END_REF_ALT_ONE_BASE"
	AnnotationChrStartEndZeroBase       AnnotationType = "CHR_START_END_ZERO_BASE"
	AnnotationChrStartEndRefAltZeroBase AnnotationType = "CHR_START_END_REF_ALT_ZERO_BASE"
)

func (AnnotationType) values() []string {
	return []string{"GENERIC", "CHR_POS", "CHR_POS_REF_ALT", "CHR_START_END_ONE_BASE", "CHR_START_END_REF_ALT_ONE_BASE",
		"CHR_START_END_ZERO_BASE", "CHR_START_END_REF_ALT_ZERO_BASE"}
}

// HasAlleles tells whether rows of the type have a reference and an alternate allele.
func (t AnnotationType) HasAlleles() bool {
	return t == AnnotationChrPosRefAlt || t == AnnotationChrStartEndRefAltOneBase ||
		t == AnnotationChrStartEndRefAltZeroBase
}

// SchemaValueType is the type of a column of a TSV store.
type SchemaValueType string

// The types of a column.
const (
	SchemaLong    SchemaValueType = "LONG"
	SchemaInt     SchemaValueType = "INT"
	SchemaString  SchemaValueType = "STRING"
	SchemaFloat   SchemaValueType = "FLOAT"
	SchemaDouble  SchemaValueType = "DOUBLE"
	SchemaBoolean SchemaValueType = "BOOLEAN"
)

func (SchemaValueType) values() []string {
	return []string{"LONG", "INT", "STRING", "FLOAT", "DOUBLE", "BOOLEAN"}
}

// FormatToHeaderKey is what a column of a TSV store may stand for.
type FormatToHeaderKey string

// What a column may stand for.
const (
	HeaderChr   FormatToHeaderKey = "CHR"
	HeaderStart FormatToHeaderKey = "START"
	HeaderEnd   FormatToHeaderKey = "END"
	HeaderRef   FormatToHeaderKey = "REF"
	HeaderAlt   FormatToHeaderKey = "ALT"
	HeaderPos   FormatToHeaderKey = "POS"
)

func (FormatToHeaderKey) values() []string {
	return []string{"CHR", "START", "END", "REF", "ALT", "POS"}
}

// VersionStatus is the state of a version of an annotation store.
type VersionStatus string

// The states of a version.
const (
	VersionCreating VersionStatus = "CREATING"
	VersionUpdating VersionStatus = "UPDATING"
	VersionDeleting VersionStatus = "DELETING"
	VersionActive   VersionStatus = "ACTIVE"
	VersionFailed   VersionStatus = "FAILED"
)

func (VersionStatus) values() []string {
	return []string{"CREATING", "UPDATING", "DELETING", "ACTIVE", "FAILED"}
}

// ShareStatus is the state of a share.
type ShareStatus string

// The states of a share.
const (
	SharePending    ShareStatus = "PENDING"
	ShareActivating ShareStatus = "ACTIVATING"
	ShareActive     ShareStatus = "ACTIVE"
	ShareDeleting   ShareStatus = "DELETING"
	ShareDeleted    ShareStatus = "DELETED"
	ShareFailed     ShareStatus = "FAILED"
)

func (ShareStatus) values() []string {
	return []string{"PENDING", "ACTIVATING", "ACTIVE", "DELETING", "DELETED", "FAILED"}
}

// ShareResourceType is the kind of resource that is shared.
type ShareResourceType string

// The kinds of resources that the model shares.
const (
	ShareVariantStore    ShareResourceType = "VARIANT_STORE"
	ShareAnnotationStore ShareResourceType = "ANNOTATION_STORE"
	ShareWorkflow        ShareResourceType = "WORKFLOW"
)

func (ShareResourceType) values() []string {
	return []string{"VARIANT_STORE", "ANNOTATION_STORE", "WORKFLOW"}
}

// ResourceOwner says whose shares ListShares lists.
type ResourceOwner string

// The caller itself, or others who share with it.
const (
	OwnerSelf  ResourceOwner = "SELF"
	OwnerOther ResourceOwner = "OTHER"
)

func (ResourceOwner) values() []string { return []string{"SELF", "OTHER"} }
