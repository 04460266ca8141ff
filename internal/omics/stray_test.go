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
