package vcf

import "testing"

// Leading zeros do not make an integer too large.
func TestLeadingZeros(t *testing.T) {
	const text = "0000000000000000000000000000042"
	if v, ok := ParseInt([]byte(text)); v != 42 || !ok {
		t.Errorf("ParseInt = %d, %v", v, ok)
	}
	if next, count, fault := scanInts([]byte(text), 0); next != len(text) || count != 1 || fault != 0 {
		t.Errorf("scanInts = %d, %d, %v", next, count, fault)
	}
}
