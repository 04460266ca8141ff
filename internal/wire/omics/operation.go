package omics

import "slices"

// Operation is a row of the contract: how an operation travels, and what it costs a caller to have it done.
type Operation struct {
	Name       string // AWS operation name
	Method     string // HTTP method
	Path       string // URI template; {label} names a `uri` member
	Status     int    // HTTP status of success
	Errors     []Code // every error code the operation may answer, sorted; none: any
	HostPrefix string // prefix that SDKs put before the endpoint's host; never routed on
	Idempotent bool   // the model's trait: a repeat of the call has no further effect

	// Action is what policies call it, such as athena:StartQueryExecution; empty: the operation's name, of its service.
	Action string
	// Resources are what policies must allow the action on, each of them: "*" for an action that has no resource, else an
	// ARN's last part, of the caller's region and account and of the action's service. {member} stands for the value that
	// the member of that wire name has, "*" when it was left out; a pattern of nothing else is a whole ARN.
	// An operation without one is refused at the server's start, unless it is Free.
	Resources []string
	// Free operations ask no policy: whoever has signed may call them.
	Free bool
	// Rate is how often an account may call it, as AWS documents it. The zero Rate is that of all operations without one.
	Rate Rate
	// Body is the largest request body, in bytes; 0: SmallBody.
	Body int64
}

// Lists reports whether the operation's model lists the error code.
func (o Operation) Lists(code Code) bool {
	return len(o.Errors) == 0 || slices.Contains(o.Errors, code)
}

// Rate is how often an account may call an operation: a bucket of Burst tokens into which PerSecond fall.
type Rate struct {
	PerSecond float64 // 0: as often as it likes
	Burst     int     // calls at once
}

// Sizes of request bodies, in bytes.
const (
	// LargeBody is the largest of all. The largest request that makes sense, a job of 1,000 files whose keys have
	// 1,024 characters of two bytes, takes half of it.
	LargeBody = 4 << 20
	// SchemaBody has room for 5,000 columns of a TSV store, and for a statement of SQL.
	SchemaBody = 2 << 20
	// SmallBody has room for every other request: 200 tags, say, take 80 KiB.
	SmallBody = 256 << 10
)

const (
	analyticsHost = "analytics-"
	controlHost   = "control-storage-"
	storageHost   = "storage-"
	tagsHost      = "tags-"
)

// The rates that AWS documents; it does not document those of operations on stores and their jobs.
var (
	slowest = Rate{PerSecond: 1, Burst: 5}
	slower  = Rate{PerSecond: 5, Burst: 10}
	parts   = Rate{PerSecond: 10, Burst: 20}
)

// What operations are allowed on, as AWS's service authorization reference has it: those on jobs, shares and lists have
// no resource. Creating names the resource to be, so that a policy may bound names.
var (
	anything   = on("*")
	aReference = on("referenceStore/{referenceStoreId}", "referenceStore/{referenceStoreId}/reference/{id}")
)

func on(resources ...string) []string { return resources }

// The error lists that operations share.
var (
	storeErrors       = codes(CodeResourceNotFound)
	storeCreateErrors = codes(CodeConflict, CodeResourceNotFound, CodeServiceQuotaExceeded)
	storeDeleteErrors = codes(CodeConflict, CodeResourceNotFound)
	storeStartErrors  = codes(CodeResourceNotFound, CodeServiceQuotaExceeded)
	shareErrors       = storeCreateErrors // every operation on shares has them all
	tagErrors         = codes(CodeConflict, CodeRequestTimeout, CodeResourceNotFound, CodeServiceQuotaExceeded)

	referenceErrors       = codes(CodeRequestTimeout, CodeResourceNotFound)
	referenceListErrors   = codes(CodeRequestTimeout)
	referenceReadErrors   = codes(CodeRangeNotSatisfiable, CodeRequestTimeout, CodeResourceNotFound)
	referenceStoreErrors  = codes(CodeRequestTimeout, CodeServiceQuotaExceeded)
	referenceStartErrors  = codes(CodeRequestTimeout, CodeResourceNotFound, CodeServiceQuotaExceeded)
	referenceDeleteErrors = codes(CodeConflict, CodeRequestTimeout, CodeResourceNotFound)
)

// codes are those that every operation has, and more, sorted.
func codes(more ...Code) []Code {
	list := append(more, CodeAccessDenied, CodeInternalServer, CodeThrottling, CodeValidation)
	slices.Sort(list)
	return list
}

// Operations holds every operation that Varlake serves.
var Operations = []Operation{
	{Name: "CreateReferenceStore", Method: "POST", Path: "/referencestore", Status: 200,
		Errors: referenceStoreErrors, HostPrefix: controlHost,
		Resources: on("referenceStore/*"), Rate: slowest},
	{Name: "GetReferenceStore", Method: "GET", Path: "/referencestore/{id}", Status: 200,
		Errors: referenceErrors, HostPrefix: controlHost,
		Resources: on("referenceStore/{id}"), Rate: slower},
	{Name: "ListReferenceStores", Method: "POST", Path: "/referencestores", Status: 200,
		Errors: referenceListErrors, HostPrefix: controlHost,
		Resources: anything, Rate: slower},
	{Name: "DeleteReferenceStore", Method: "DELETE", Path: "/referencestore/{id}", Status: 200,
		Errors: referenceDeleteErrors, HostPrefix: controlHost, Idempotent: true,
		Resources: on("referenceStore/{id}"), Rate: slowest},

	{Name: "StartReferenceImportJob", Method: "POST", Path: "/referencestore/{referenceStoreId}/importjob", Status: 200,
		Errors: referenceStartErrors, HostPrefix: controlHost,
		Resources: on("referenceStore/{referenceStoreId}"), Rate: slower, Body: LargeBody},
	{Name: "GetReferenceImportJob", Method: "GET", Path: "/referencestore/{referenceStoreId}/importjob/{id}", Status: 200,
		Errors: referenceErrors, HostPrefix: controlHost,
		Resources: on("referenceStore/{referenceStoreId}"), Rate: slower},
	{Name: "ListReferenceImportJobs", Method: "POST", Path: "/referencestore/{referenceStoreId}/importjobs", Status: 200,
		Errors: referenceErrors, HostPrefix: controlHost,
		Resources: on("referenceStore/{referenceStoreId}"), Rate: slower},

	{Name: "ListReferences", Method: "POST", Path: "/referencestore/{referenceStoreId}/references", Status: 200,
		Errors: referenceErrors, HostPrefix: controlHost,
		Resources: on("referenceStore/{referenceStoreId}"), Rate: slower},
	{Name: "GetReferenceMetadata", Method: "GET", Path: "/referencestore/{referenceStoreId}/reference/{id}/metadata",
		Status: 200,
		Errors: referenceErrors, HostPrefix: controlHost,
		Resources: aReference, Rate: slower},
	{Name: "GetReference", Method: "GET", Path: "/referencestore/{referenceStoreId}/reference/{id}", Status: 200,
		Errors: referenceReadErrors, HostPrefix: storageHost,
		Resources: aReference, Rate: parts},
	{Name: "DeleteReference", Method: "DELETE", Path: "/referencestore/{referenceStoreId}/reference/{id}", Status: 200,
		Errors: referenceDeleteErrors, HostPrefix: controlHost, Idempotent: true,
		Resources: aReference, Rate: slowest},

	{Name: "CreateVariantStore", Method: "POST", Path: "/variantStore", Status: 200,
		Errors: storeCreateErrors, HostPrefix: analyticsHost,
		Resources: on("variantStore/{name}")},
	{Name: "GetVariantStore", Method: "GET", Path: "/variantStore/{name}", Status: 200,
		Errors: storeErrors, HostPrefix: analyticsHost,
		Resources: on("variantStore/{name}")},
	{Name: "UpdateVariantStore", Method: "POST", Path: "/variantStore/{name}", Status: 200,
		Errors: storeErrors, HostPrefix: analyticsHost,
		Resources: on("variantStore/{name}")},
	{Name: "DeleteVariantStore", Method: "DELETE", Path: "/variantStore/{name}", Status: 200,
		Errors: storeDeleteErrors, HostPrefix: analyticsHost, Idempotent: true,
		Resources: on("variantStore/{name}")},
	{Name: "ListVariantStores", Method: "POST", Path: "/variantStores", Status: 200,
		Errors: storeErrors, HostPrefix: analyticsHost,
		Resources: anything},

	{Name: "StartVariantImportJob", Method: "POST", Path: "/import/variant", Status: 200,
		Errors: storeStartErrors, HostPrefix: analyticsHost,
		Resources: on("variantStore/{destinationName}"), Body: LargeBody},
	{Name: "GetVariantImportJob", Method: "GET", Path: "/import/variant/{jobId}", Status: 200,
		Errors: storeErrors, HostPrefix: analyticsHost,
		Resources: anything},
	{Name: "CancelVariantImportJob", Method: "DELETE", Path: "/import/variant/{jobId}", Status: 200,
		Errors: storeErrors, HostPrefix: analyticsHost, Idempotent: true,
		Resources: anything},
	{Name: "ListVariantImportJobs", Method: "POST", Path: "/import/variants", Status: 200,
		Errors: storeErrors, HostPrefix: analyticsHost,
		Resources: anything},

	{Name: "CreateAnnotationStore", Method: "POST", Path: "/annotationStore", Status: 200,
		Errors: storeCreateErrors, HostPrefix: analyticsHost,
		Resources: on("annotationStore/{name}"), Body: SchemaBody},
	{Name: "GetAnnotationStore", Method: "GET", Path: "/annotationStore/{name}", Status: 200,
		Errors: storeErrors, HostPrefix: analyticsHost,
		Resources: on("annotationStore/{name}")},
	{Name: "UpdateAnnotationStore", Method: "POST", Path: "/annotationStore/{name}", Status: 200,
		Errors: storeErrors, HostPrefix: analyticsHost,
		Resources: on("annotationStore/{name}")},
	{Name: "DeleteAnnotationStore", Method: "DELETE", Path: "/annotationStore/{name}", Status: 200,
		Errors: storeDeleteErrors, HostPrefix: analyticsHost, Idempotent: true,
		Resources: on("annotationStore/{name}")},
	{Name: "ListAnnotationStores", Method: "POST", Path: "/annotationStores", Status: 200,
		Errors: storeErrors, HostPrefix: analyticsHost,
		Resources: anything},

	{Name: "CreateAnnotationStoreVersion", Method: "POST", Path: "/annotationStore/{name}/version", Status: 200,
		Errors: storeCreateErrors, HostPrefix: analyticsHost,
		Resources: on("annotationStore/{name}/version/{versionName}"), Body: SchemaBody},
	{Name: "GetAnnotationStoreVersion", Method: "GET", Path: "/annotationStore/{name}/version/{versionName}", Status: 200,
		Errors: storeErrors, HostPrefix: analyticsHost,
		Resources: on("annotationStore/{name}/version/{versionName}")},
	{Name: "UpdateAnnotationStoreVersion", Method: "POST", Path: "/annotationStore/{name}/version/{versionName}",
		Status: 200,
		Errors: storeErrors, HostPrefix: analyticsHost,
		Resources: on("annotationStore/{name}/version/{versionName}")},
	{Name: "DeleteAnnotationStoreVersions", Method: "POST", Path: "/annotationStore/{name}/versions/delete", Status: 200,
		Errors: storeDeleteErrors, HostPrefix: analyticsHost, Idempotent: true,
		Resources: on("annotationStore/{name}")},
	{Name: "ListAnnotationStoreVersions", Method: "POST", Path: "/annotationStore/{name}/versions", Status: 200,
		Errors: storeErrors, HostPrefix: analyticsHost,
		Resources: on("annotationStore/{name}")},

	{Name: "StartAnnotationImportJob", Method: "POST", Path: "/import/annotation", Status: 200,
		Errors: storeStartErrors, HostPrefix: analyticsHost,
		Resources: on("annotationStore/{destinationName}"), Body: LargeBody},
	{Name: "GetAnnotationImportJob", Method: "GET", Path: "/import/annotation/{jobId}", Status: 200,
		Errors: storeErrors, HostPrefix: analyticsHost,
		Resources: anything},
	{Name: "CancelAnnotationImportJob", Method: "DELETE", Path: "/import/annotation/{jobId}", Status: 200,
		Errors: storeErrors, HostPrefix: analyticsHost, Idempotent: true,
		Resources: anything},
	{Name: "ListAnnotationImportJobs", Method: "POST", Path: "/import/annotations", Status: 200,
		Errors: storeErrors, HostPrefix: analyticsHost,
		Resources: anything},

	{Name: "CreateShare", Method: "POST", Path: "/share", Status: 200,
		Errors: shareErrors, HostPrefix: analyticsHost,
		Resources: on("{resourceArn}"), Rate: slowest},
	{Name: "AcceptShare", Method: "POST", Path: "/share/{shareId}", Status: 200,
		Errors: shareErrors, HostPrefix: analyticsHost,
		Resources: anything, Rate: slowest},
	{Name: "GetShare", Method: "GET", Path: "/share/{shareId}", Status: 200,
		Errors: shareErrors, HostPrefix: analyticsHost,
		Resources: anything, Rate: slowest},
	{Name: "DeleteShare", Method: "DELETE", Path: "/share/{shareId}", Status: 200,
		Errors: shareErrors, HostPrefix: analyticsHost, Idempotent: true,
		Resources: anything, Rate: slowest},
	{Name: "ListShares", Method: "POST", Path: "/shares", Status: 200,
		Errors: shareErrors, HostPrefix: analyticsHost,
		Resources: anything, Rate: slowest},

	{Name: "TagResource", Method: "POST", Path: "/tags/{resourceArn}", Status: 204,
		Errors: tagErrors, HostPrefix: tagsHost,
		Resources: on("{resourceArn}"), Rate: slower},
	{Name: "UntagResource", Method: "DELETE", Path: "/tags/{resourceArn}", Status: 204,
		Errors: tagErrors, HostPrefix: tagsHost, Idempotent: true,
		Resources: on("{resourceArn}"), Rate: slower},
	{Name: "ListTagsForResource", Method: "GET", Path: "/tags/{resourceArn}", Status: 200,
		Errors: tagErrors, HostPrefix: tagsHost,
		Resources: on("{resourceArn}"), Rate: slower},
}
