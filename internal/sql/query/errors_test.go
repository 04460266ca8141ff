package query

import "testing"

// TestFailedResult: a result that has failed says that it has, before it says why; users are told why.
func TestFailedResult(t *testing.T) {
	const again = "Invalid Input Error: Attempting to execute an unsuccessful or closed pending query result"
	for text, want := range map[string]Error{
		again: {Kind: Canceled, Message: "the query was cancelled"},
		again + "\nError: INTERRUPT Error: Interrupted!": {Kind: Canceled,
			Message: "the query was cancelled"},
		again + "\nError: Conversion Error: Could not convert string 'x'": {Kind: Syntax,
			Message: "Could not convert string 'x'"},
		again + "\nError: Out of Memory Error: failed to allocate": {Kind: Resource,
			Message: "the query needs more memory than it may use"},
	} {
		if got := duckError(text); got.Kind != want.Kind || got.Message != want.Message {
			t.Errorf("%s: %s, %q", text, got.Kind, got.Message)
		}
	}
}
