package column

import (
	"strings"
	"testing"
)

func TestBounds(t *testing.T) {
	full := strings.Repeat("a", maxBound)
	for _, test := range []struct{ text, low, high string }{
		{"", "", ""},
		{"chr1", "chr1", "chr1"},
		{full, full, full},
		{full + "b", full, full[1:] + "b"},
		{strings.Repeat("\U0010FFFF", 65), strings.Repeat("\U0010FFFF", 64), "none"},
		{full[1:] + "\U0010FFFFz", full[1:] + "\U0010FFFF", full[2:] + "b"},
		{full[1:] + "\uD7FFz", full[1:] + "\uD7FF", full[1:] + "\uE000"},
		{"ab\xFFc", "ab", "ac"},
		{"\xFF", "", "none"},
	} {
		if got := prefix(test.text); got != test.low || got > test.text {
			t.Errorf("lower bound of %q is %q, want %q", test.text, got, test.low)
		}
		got, ok := above(test.text)
		if !ok {
			got = "none"
		}
		if got != test.high || ok && got < test.text {
			t.Errorf("upper bound of %q is %q, want %q", test.text, got, test.high)
		}
	}
}
