package nosubstrait_test

import (
	"testing"

	_ "github.com/apache/iceberg-go/table"
	"github.com/substrait-io/substrait-go/v8/extensions"

	_ "github.com/varlake/varlake/internal/table/lake/nosubstrait"
)

// When iceberg-go was initialised it found no definition but its own.
func TestNoDefinitions(t *testing.T) {
	collection := extensions.GetDefaultCollectionWithNoError()
	if n := len(collection.GetAllScalarFunctions()); n > 2 {
		t.Errorf("%d functions were read at start-up", n)
	}
	if collection.URILoaded(extensions.SubstraitDefaultURIPrefix + "functions_arithmetic.yaml") {
		t.Error("Substrait's arithmetic was read at start-up")
	}
}
