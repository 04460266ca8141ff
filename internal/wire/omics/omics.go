// Package omics is the contract of the AWS HealthOmics analytics API as
// Varlake speaks it: one In and one Out struct per operation under the
// operation's AWS name, their enums and limits, Validate, ARNs and errors.
//
// The source of truth is the public service model of 2022-11-28; a test walks
// that model and fails on any stray member, name, location, limit, pattern,
// enum value or error list. The package depends on the standard library only.
//
// Members travel where their tag says: `json` in the body, `uri` as a path
// label, `query` in the query string, `header` in a request header. Optional
// scalars of an In are pointers, nil when the caller left them out. A required
// string of an In is a plain string; no model shape allows it to be empty, so
// the empty string stands for null. Out members that the model requires are
// always written, empty lists as [] and empty maps as {}.
package omics

import "encoding/json"

// Operation is the wire binding of one API operation.
type Operation struct {
	Name       string // AWS operation name
	Method     string // HTTP method
	Path       string // URI template; {label} names a `uri` member
	Status     int    // HTTP status of success
	Errors     []Code // every error code the operation may answer, sorted
	HostPrefix string // prefix that SDKs put before the endpoint's host; never routed on
	Idempotent bool   // the model's trait: a repeat of the call has no further effect
}

// Lists reports whether the operation's model lists the error code.
func (o Operation) Lists(code Code) bool {
	for _, c := range o.Errors {
		if c == code {
			return true
		}
	}
	return false
}

const (
	analyticsHost = "analytics-"
	controlHost   = "control-storage-"
	storageHost   = "storage-"
	tagsHost      = "tags-"
)

// The error lists that operations share.
var (
	storeErrors       = []Code{CodeAccessDenied, CodeInternalServer, CodeResourceNotFound, CodeThrottling, CodeValidation}
	storeCreateErrors = []Code{CodeAccessDenied, CodeConflict, CodeInternalServer, CodeResourceNotFound, CodeServiceQuotaExceeded, CodeThrottling, CodeValidation}
	storeDeleteErrors = []Code{CodeAccessDenied, CodeConflict, CodeInternalServer, CodeResourceNotFound, CodeThrottling, CodeValidation}
	storeStartErrors  = []Code{CodeAccessDenied, CodeInternalServer, CodeResourceNotFound, CodeServiceQuotaExceeded, CodeThrottling, CodeValidation}
	shareErrors       = storeCreateErrors // every operation on shares has them all
	tagErrors         = []Code{CodeAccessDenied, CodeConflict, CodeInternalServer, CodeRequestTimeout, CodeResourceNotFound, CodeServiceQuotaExceeded, CodeThrottling, CodeValidation}

	referenceErrors       = []Code{CodeAccessDenied, CodeInternalServer, CodeRequestTimeout, CodeResourceNotFound, CodeThrottling, CodeValidation}
	referenceStartErrors  = []Code{CodeAccessDenied, CodeInternalServer, CodeRequestTimeout, CodeResourceNotFound, CodeServiceQuotaExceeded, CodeThrottling, CodeValidation}
	referenceDeleteErrors = []Code{CodeAccessDenied, CodeConflict, CodeInternalServer, CodeRequestTimeout, CodeResourceNotFound, CodeThrottling, CodeValidation}
)

// Operations holds every operation that Varlake serves.
var Operations = []Operation{
	{"CreateReferenceStore", "POST", "/referencestore", 200, []Code{CodeAccessDenied, CodeInternalServer, CodeRequestTimeout, CodeServiceQuotaExceeded, CodeThrottling, CodeValidation}, controlHost, false},
	{"GetReferenceStore", "GET", "/referencestore/{id}", 200, referenceErrors, controlHost, false},
	{"ListReferenceStores", "POST", "/referencestores", 200, []Code{CodeAccessDenied, CodeInternalServer, CodeRequestTimeout, CodeThrottling, CodeValidation}, controlHost, false},
	{"DeleteReferenceStore", "DELETE", "/referencestore/{id}", 200, referenceDeleteErrors, controlHost, true},

	{"StartReferenceImportJob", "POST", "/referencestore/{referenceStoreId}/importjob", 200, referenceStartErrors, controlHost, false},
	{"GetReferenceImportJob", "GET", "/referencestore/{referenceStoreId}/importjob/{id}", 200, referenceErrors, controlHost, false},
	{"ListReferenceImportJobs", "POST", "/referencestore/{referenceStoreId}/importjobs", 200, referenceErrors, controlHost, false},

	{"ListReferences", "POST", "/referencestore/{referenceStoreId}/references", 200, referenceErrors, controlHost, false},
	{"GetReferenceMetadata", "GET", "/referencestore/{referenceStoreId}/reference/{id}/metadata", 200, referenceErrors, controlHost, false},
	{"GetReference", "GET", "/referencestore/{referenceStoreId}/reference/{id}", 200, []Code{CodeAccessDenied, CodeInternalServer, CodeRangeNotSatisfiable, CodeRequestTimeout, CodeResourceNotFound, CodeThrottling, CodeValidation}, storageHost, false},
	{"DeleteReference", "DELETE", "/referencestore/{referenceStoreId}/reference/{id}", 200, referenceDeleteErrors, controlHost, true},

	{"CreateVariantStore", "POST", "/variantStore", 200, storeCreateErrors, analyticsHost, false},
	{"GetVariantStore", "GET", "/variantStore/{name}", 200, storeErrors, analyticsHost, false},
	{"UpdateVariantStore", "POST", "/variantStore/{name}", 200, storeErrors, analyticsHost, false},
	{"DeleteVariantStore", "DELETE", "/variantStore/{name}", 200, storeDeleteErrors, analyticsHost, true},
	{"ListVariantStores", "POST", "/variantStores", 200, storeErrors, analyticsHost, false},

	{"StartVariantImportJob", "POST", "/import/variant", 200, storeStartErrors, analyticsHost, false},
	{"GetVariantImportJob", "GET", "/import/variant/{jobId}", 200, storeErrors, analyticsHost, false},
	{"CancelVariantImportJob", "DELETE", "/import/variant/{jobId}", 200, storeErrors, analyticsHost, true},
	{"ListVariantImportJobs", "POST", "/import/variants", 200, storeErrors, analyticsHost, false},

	{"CreateAnnotationStore", "POST", "/annotationStore", 200, storeCreateErrors, analyticsHost, false},
	{"GetAnnotationStore", "GET", "/annotationStore/{name}", 200, storeErrors, analyticsHost, false},
	{"UpdateAnnotationStore", "POST", "/annotationStore/{name}", 200, storeErrors, analyticsHost, false},
	{"DeleteAnnotationStore", "DELETE", "/annotationStore/{name}", 200, storeDeleteErrors, analyticsHost, true},
	{"ListAnnotationStores", "POST", "/annotationStores", 200, storeErrors, analyticsHost, false},

	{"CreateAnnotationStoreVersion", "POST", "/annotationStore/{name}/version", 200, storeCreateErrors, analyticsHost, false},
	{"GetAnnotationStoreVersion", "GET", "/annotationStore/{name}/version/{versionName}", 200, storeErrors, analyticsHost, false},
	{"UpdateAnnotationStoreVersion", "POST", "/annotationStore/{name}/version/{versionName}", 200, storeErrors, analyticsHost, false},
	{"DeleteAnnotationStoreVersions", "POST", "/annotationStore/{name}/versions/delete", 200, storeDeleteErrors, analyticsHost, true},
	{"ListAnnotationStoreVersions", "POST", "/annotationStore/{name}/versions", 200, storeErrors, analyticsHost, false},

	{"StartAnnotationImportJob", "POST", "/import/annotation", 200, storeStartErrors, analyticsHost, false},
	{"GetAnnotationImportJob", "GET", "/import/annotation/{jobId}", 200, storeErrors, analyticsHost, false},
	{"CancelAnnotationImportJob", "DELETE", "/import/annotation/{jobId}", 200, storeErrors, analyticsHost, true},
	{"ListAnnotationImportJobs", "POST", "/import/annotations", 200, storeErrors, analyticsHost, false},

	{"CreateShare", "POST", "/share", 200, shareErrors, analyticsHost, false},
	{"AcceptShare", "POST", "/share/{shareId}", 200, shareErrors, analyticsHost, false},
	{"GetShare", "GET", "/share/{shareId}", 200, shareErrors, analyticsHost, false},
	{"DeleteShare", "DELETE", "/share/{shareId}", 200, shareErrors, analyticsHost, true},
	{"ListShares", "POST", "/shares", 200, shareErrors, analyticsHost, false},

	{"TagResource", "POST", "/tags/{resourceArn}", 204, tagErrors, tagsHost, false},
	{"UntagResource", "DELETE", "/tags/{resourceArn}", 204, tagErrors, tagsHost, true},
	{"ListTagsForResource", "GET", "/tags/{resourceArn}", 200, tagErrors, tagsHost, false},
}

// List is a list of an Out; JSON shows a nil one as [].
type List[T any] []T

// MarshalJSON writes the list, never null.
func (l List[T]) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("[]"), nil
	}
	return json.Marshal([]T(l))
}

// TagMap is a resource's tags; JSON shows a nil one as {}.
type TagMap map[string]string

// MarshalJSON writes the map, never null.
func (m TagMap) MarshalJSON() ([]byte, error) {
	if m == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(map[string]string(m))
}
