package omics

// StoreStatus is the state of a variant store.
type StoreStatus string

// The states of a variant store.
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

// JobStatus is the state of a variant import job and of each of its items.
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
	return []string{"SUBMITTED", "IN_PROGRESS", "CANCELLING", "CANCELLED", "FAILED", "COMPLETED", "COMPLETED_WITH_FAILURES"}
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
