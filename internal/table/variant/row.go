package variant

import (
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/vcf"
)

// Site is what all rows of one record share. Slices are read during Write only.
type Site struct {
	Contig     []byte
	Start, End int64    // 0-based, half-open
	Names      [][]byte // nil is NULL
	Ref        []byte
	Alts       [][]byte // nil is NULL
	Qual       float64
	HasQual    bool
	Filters    [][]byte       // nil is NULL
	Attributes []column.KV    // never NULL: nil is the empty map
	Annotated  bool           // false: annotations is NULL
	VEP        []vcf.VEPEntry // nil: annotations.vep is NULL
	Line       int64          // 1-based, of the source
	Format     []byte         // FORMAT as it stands, and INFO after a tab where that has a key twice; nil without either
}

// Call is what a sample's row adds to its site. Slices are read during Call only.
type Call struct {
	HasGT       bool // false: phased and calls are NULL
	Phased      bool
	Calls       []int32   // allele indexes, -1 for a missing allele
	GL          []float64 // nil is NULL; column.MissingFloat elements are NULL
	PL, AD, SPL []int32   // nil is NULL; column.MissingInt elements are NULL
	GQ, DP, PS  column.Int
	Information []column.KV // nil or empty is NULL
	Text        []byte      // the sample's column, if the members above do not say all of it; else nil
}
