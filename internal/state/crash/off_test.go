//go:build !crash

package crash

import "testing"

// What is shipped has no points, whatever the environment says.
func TestNoPoints(t *testing.T) {
	t.Setenv("VARLAKE_CRASH_AT", StateWrite)
	Point(StateWrite)
	if Hook(StateWrite) != nil {
		t.Error("there is a hook")
	}
}
