package variant

import (
	"cmp"
	"slices"
)

// Region is a stretch of a contig, 0-based and half-open.
type Region struct {
	Contig     string
	Start, End int64
}

// apart sorts regions by contig and start and joins those that meet.
func apart(regions []Region) map[string][]Region {
	sorted := slices.SortedFunc(slices.Values(regions), func(a, b Region) int {
		return cmp.Or(cmp.Compare(a.Contig, b.Contig), cmp.Compare(a.Start, b.Start))
	})
	out := map[string][]Region{}
	for _, next := range sorted {
		list := out[next.Contig]
		if n := len(list); n > 0 && next.Start <= list[n-1].End {
			list[n-1].End = max(list[n-1].End, next.End)
		} else {
			out[next.Contig] = append(list, next)
		}
	}
	return out
}

// overlaps tells whether a record is in a region. A record takes one base at least.
func overlaps(regions []Region, start, end int64) bool {
	end = max(end, start+1)
	i, _ := slices.BinarySearchFunc(regions, start, func(region Region, start int64) int {
		if region.End <= start {
			return -1
		}
		return 1
	})
	return i < len(regions) && regions[i].Start < end
}
