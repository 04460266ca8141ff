package fasta

import "testing"

func TestOtherName(t *testing.T) {
	for _, c := range []struct{ contig, has, want string }{
		{"chr17", "17", "17"}, {"17", "chr17", "chr17"}, {"MT", "chrM", "chrM"}, {"chrM", "MT", "MT"}, {"M", "MT", "MT"},
		{"chrMT", "M", "M"},
		{"17", "17", ""}, {"chr17", "chr18", ""}, {"", "chr", "chr"},
	} {
		if got := OtherName(c.contig, func(name string) bool { return name == c.has }); got != c.want {
			t.Errorf("%q where there is %q: %q, want %q", c.contig, c.has, got, c.want)
		}
	}
}
