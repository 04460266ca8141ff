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
