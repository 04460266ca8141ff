package omics

import (
	"io"
	"strings"
	"testing"
)

// TestStraysAreSeen feeds the model test contracts that are wrong in one way
// each: every one must be noticed, and for the reason given.
func TestStraysAreSeen(t *testing.T) {
	m := loadModel(t)
	find := func(name string) Operation {
		for _, op := range Operations {
			if op.Name == name {
				return op
			}
		}
		t.Fatalf("no operation %s", name)
		return Operation{}
	}
	tests := []struct {
		name, op string
		change   func(*Operation, *binding)
		want     string
	}{
		{"unknown operation", "TagResource", func(o *Operation, b *binding) { o.Name = "TagThing" }, "not in the model"},
		{"path", "TagResource", func(o *Operation, b *binding) { o.Path = "/tag/{resourceArn}" }, "operation is"},
		{"method", "TagResource", func(o *Operation, b *binding) { o.Method = "PUT" }, "operation is"},
		{"status", "TagResource", func(o *Operation, b *binding) { o.Status = 200 }, "operation is"},
		{"error list", "TagResource", func(o *Operation, b *binding) { o.Errors = o.Errors[1:] }, "operation is"},
		{"host prefix", "TagResource", func(o *Operation, b *binding) { o.HostPrefix = "" }, "operation is"},
		{"idempotent", "TagResource", func(o *Operation, b *binding) { o.Idempotent = true }, "operation is"},

		{"member missing", "TagResource", func(o *Operation, b *binding) {
			b.in = struct {
				ResourceArn string `json:"-" uri:"resourceArn"`
			}{}
		}, `member "tags" is missing`},
		{"member extra", "TagResource", func(o *Operation, b *binding) {
			b.out = struct {
				Note string `json:"note"`
			}{}
		}, `the model has no member "note"`},
		{"member misspelt", "UpdateVariantStore", func(o *Operation, b *binding) {
			b.in = struct {
				Description *string `json:"Description"`
				Name        string  `json:"-" uri:"name"`
			}{}
		}, `the model has no member "Description"`},
		{"field off the wire", "TagResource", func(o *Operation, b *binding) {
			b.out = struct {
				Note string `json:"-"`
			}{}
		}, "streams nothing"},
		{"location", "UpdateVariantStore", func(o *Operation, b *binding) {
			b.in = struct {
				Description *string `json:"description"`
				Name        string  `json:"name"`
			}{}
		}, "travels in body, the model says uri"},
		{"optional without pointer", "UpdateVariantStore", func(o *Operation, b *binding) {
			b.in = struct {
				Description string `json:"description"`
				Name        string `json:"-" uri:"name"`
			}{}
		}, "optional, yet no pointer"},
		{"required with pointer", "GetVariantStore", func(o *Operation, b *binding) {
			b.in = struct {
				Name *string `json:"-" uri:"name"`
			}{}
		}, "required, yet a pointer"},
		{"kind", "GetVariantStore", func(o *Operation, b *binding) {
			b.in = struct {
				Name int `json:"-" uri:"name"`
			}{}
		}, "int is no string"},
		{"enum missing", "DeleteVariantStore", func(o *Operation, b *binding) {
			b.out = struct {
				Status string `json:"status"`
			}{}
		}, "enum []"},
		{"other enum", "DeleteVariantStore", func(o *Operation, b *binding) {
			b.out = struct {
				Status JobStatus `json:"status"`
			}{}
		}, "enum [SUBMITTED"},
		{"required may be left out", "DeleteVariantStore", func(o *Operation, b *binding) {
			b.out = struct {
				Status StoreStatus `json:"status,omitempty"`
			}{}
		}, "required, yet it may be left out"},
		{"required map may be null", "ListTagsForResource", func(o *Operation, b *binding) {
			b.out = struct {
				Tags map[string]string `json:"tags"`
			}{}
		}, "leaves out required"},
		{"storage time in analytics", "UpdateVariantStore", func(o *Operation, b *binding) {
			b.out = struct {
				CreationTime StorageTime   `json:"creationTime"`
				Description  string        `json:"description"`
				ID           string        `json:"id"`
				Name         string        `json:"name"`
				Reference    ReferenceItem `json:"reference"`
				Status       StoreStatus   `json:"status"`
				UpdateTime   Time          `json:"updateTime"`
			}{}
		}, "omics.StorageTime, want omics.Time"},
		{"union member always written", "UpdateVariantStore", func(o *Operation, b *binding) {
			b.out = struct {
				CreationTime Time   `json:"creationTime"`
				Description  string `json:"description"`
				ID           string `json:"id"`
				Name         string `json:"name"`
				Reference    struct {
					ReferenceArn string `json:"referenceArn"`
				} `json:"reference"`
				Status     StoreStatus `json:"status"`
				UpdateTime Time        `json:"updateTime"`
			}{}
		}, "a union's member"},
		{"payload as JSON", "GetReference", func(o *Operation, b *binding) {
			b.out = struct {
				Payload io.ReadCloser `json:"payload,omitempty"`
			}{}
		}, "travels in body, the model says payload"},
		{"nested member missing", "StartVariantImportJob", func(o *Operation, b *binding) {
			b.in = struct {
				AnnotationFields     map[string]string `json:"annotationFields"`
				DestinationName      string            `json:"destinationName"`
				Items                []struct{}        `json:"items"`
				RoleArn              string            `json:"roleArn"`
				RunLeftNormalization bool              `json:"runLeftNormalization"`
			}{}
		}, `Items[]: member "source" is missing`},
		{"optional structure without pointer", "ListAnnotationStores", func(o *Operation, b *binding) {
			b.in = struct {
				Filter     ListAnnotationStoresFilter `json:"filter"`
				IDs        []string                   `json:"ids"`
				MaxResults *int                       `json:"-" query:"maxResults"`
				NextToken  *string                    `json:"-" query:"nextToken"`
			}{}
		}, "optional structure, yet no pointer"},
		{"map key without its enum", "CreateAnnotationStoreVersion", func(o *Operation, b *binding) {
			b.in = versionIn[map[string]string, []map[string]SchemaValueType]{}
		}, "FormatToHeader{key}: enum [], the model says [CHR"},
		{"map in a list, value without its enum", "CreateAnnotationStoreVersion", func(o *Operation, b *binding) {
			b.in = versionIn[map[FormatToHeaderKey]string, []map[string]string]{}
		}, "Schema[]{value}: enum [], the model says [LONG"},
		{"list for a map", "CreateAnnotationStoreVersion", func(o *Operation, b *binding) {
			b.in = versionIn[map[FormatToHeaderKey]string, [][]SchemaValueType]{}
		}, "Schema[]: []omics.SchemaValueType is no map"},
		{"list of another enum", "ListShares", func(o *Operation, b *binding) {
			b.in = struct {
				Filter *struct {
					ResourceArns []string        `json:"resourceArns"`
					Status       []StoreStatus   `json:"status"`
					Type         []ResourceOwner `json:"type"`
				} `json:"filter"`
				MaxResults    *int          `json:"-" query:"maxResults"`
				NextToken     *string       `json:"-" query:"nextToken"`
				ResourceOwner ResourceOwner `json:"resourceOwner"`
			}{}
		}, "Type[]: enum [SELF OTHER]"},
		{"union member missing", "StartAnnotationImportJob", func(o *Operation, b *binding) {
			b.in = struct {
				AnnotationFields map[string]string `json:"annotationFields"`
				DestinationName  string            `json:"destinationName"`
				FormatOptions    *struct {
					TsvOptions *TsvOptions `json:"tsvOptions,omitempty"`
				} `json:"formatOptions"`
				Items                []AnnotationImportItemSource `json:"items"`
				RoleArn              string                       `json:"roleArn"`
				RunLeftNormalization bool                         `json:"runLeftNormalization"`
				VersionName          *string                      `json:"versionName"`
			}{}
		}, `FormatOptions: member "vcfOptions" is missing`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			op, b := find(test.op), bindings[test.op]
			test.change(&op, &b)
			got := strings.Join(m.strays(op, b), "\n")
			if !strings.Contains(got, test.want) {
				t.Errorf("strays are %q, want one with %q", got, test.want)
			}
		})
	}
}

// versionIn is CreateAnnotationStoreVersionIn with other types of its two
// deepest members.
type versionIn[H, S any] struct {
	Description    *string `json:"description"`
	Name           string  `json:"-" uri:"name"`
	Tags           TagMap  `json:"tags"`
	VersionName    string  `json:"versionName"`
	VersionOptions *struct {
		TsvVersionOptions *struct {
			AnnotationType *AnnotationType `json:"annotationType"`
			FormatToHeader H               `json:"formatToHeader"`
			Schema         S               `json:"schema"`
		} `json:"tsvVersionOptions,omitempty"`
	} `json:"versionOptions"`
}
