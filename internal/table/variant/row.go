package variant

import "github.com/varlake/varlake/internal/table/column"

// Site is what all rows of one record share. Slices are read during Write only.
type Site struct {
	Contig     []byte
	Start, End int64    // 0-based, half-open
	Names      [][]byte // nil is NULL
	Ref        []byte
	Alts       [][]byte // nil is NULL
	Qual       float64
	HasQual    bool
	Filters    [][]byte    // nil is NULL
	Attributes []column.KV // never NULL: nil is the empty map
	Annotated  bool        // false: annotations is NULL
	VEP        []VEP       // nil: annotations.vep is NULL
	Line       int64       // 1-based, of the source
	Format     []byte      // FORMAT as it stands, and INFO after a tab where that has a key twice; nil without either
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

// Pair is a two-part struct of a VEP annotation. Nil parts are NULL.
type Pair struct{ First, Second []byte }

// VEP is one annotation of a record. Nil slices are NULL, empty ones the empty string or list.
type VEP struct {
	Allele            []byte
	Consequence       [][]byte
	Impact            []byte
	Symbol            []byte
	Gene              []byte
	FeatureType       []byte
	Feature           []byte
	Biotype           []byte
	Exon              Pair // both parts nil: NULL
	Intron            Pair
	HGVSc             []byte
	HGVSp             []byte
	CDNAPosition      []byte
	CDSPosition       []byte
	ProteinPosition   []byte
	AminoAcids        Pair
	Codons            Pair
	ExistingVariation [][]byte
	Distance          []byte
	Strand            []byte
	Flags             [][]byte
	SymbolSource      []byte
	HGNCID            []byte
	Extras            []column.KV // nil is NULL
}
