package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitRegions(t *testing.T) {
	for list, want := range map[string][]string{
		"1":                              {"1"},
		"1,2,100":                        {"1", "2", "100"},
		"1:5,2":                          {"1:5", "2"},
		"chr1:1,000-2,000":               {"chr1:1,000-2,000"},
		"chr1:1,000,000":                 {"chr1:1,000,000"},
		"chr1:1,000-2,000,chr2:3-4,chrM": {"chr1:1,000-2,000", "chr2:3-4", "chrM"},
		"chr1:1,000-,chr2":               {"chr1:1,000-", "chr2"},
		"chr1:999-1,000,22":              {"chr1:999-1,000", "22"},
		"chr1:1-20,HLA-A*01:01:7-8":      {"chr1:1-20", "HLA-A*01:01:7-8"},
		"HLA-A*01:01,1":                  {"HLA-A*01:01", "1"},
		"1:x,2":                          {"1:x", "2"},
		"1:1,00":                         {"1:1", "00"},
		"1,":                             {"1", ""},
		"":                               {""},
	} {
		if diff := cmp.Diff(want, splitRegions([]string{list})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", list, diff)
		}
	}
	if diff := cmp.Diff([]string{"1:1,000", "2", "3"}, splitRegions([]string{"1:1,000", "2,3"})); diff != "" {
		t.Errorf("repeated (-want +got):\n%s", diff)
	}
}
