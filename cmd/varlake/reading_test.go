package main

import (
	"testing"

	"github.com/varlake/varlake/vcf"
)

// --strict holds files to the specification but for the rules of --relax: of all rules nothing of it is left.
func TestStrictAndRelax(t *testing.T) {
	t.Setenv("VARLAKE_STRICT", "")
	t.Setenv("VARLAKE_RELAX", "")
	one, err := vcf.ParseRules("type")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		given reading
		want  vcf.Rules
	}{
		{reading{}, vcf.Customary},
		{reading{strict: true}, 0},
		{reading{strict: true, relax: "type"}, one},
		{reading{relax: "type"}, vcf.Customary | one},
		{reading{strict: true, relax: "all"}, vcf.AllRules},
		{reading{relax: "all"}, vcf.AllRules},
	} {
		if got, err := test.given.rules(); err != nil || got != test.want {
			t.Errorf("%+v: %b, %v, want %b", test.given, got, err, test.want)
		}
	}
}
