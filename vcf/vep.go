package vcf

// KV is a key and its value; a nil Value is NULL.
type KV struct{ Key, Value []byte }

// Pair is a text split at '/'; a nil part is NULL.
type Pair struct{ First, Second []byte }

// VEPEntry is one transcript's annotation, in the field order of VEP. nil means NULL; an
// empty non-nil slice is the empty string. The slices refer to the value parsed.
type VEPEntry struct {
	Allele            []byte
	Consequence       [][]byte
	Impact            []byte
	Symbol            []byte
	Gene              []byte
	FeatureType       []byte
	Feature           []byte
	Biotype           []byte
	Exon              Pair
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
	Extras            []KV // lower-cased keys; nil (NULL) when the format has no other fields
}

// VEPFormat is the field layout that an INFO definition of VEP or SnpEff
// declares. It is immutable and may be shared by goroutines.
type VEPFormat struct{ key string }

// ParseVEPHeader finds the layout of INFO key (such as CSQ) in the header. It
// returns nil and no error when the key is not declared or its
// Description holds no layout: annotations are then NULL.
func ParseVEPHeader(h *Header, key string) (*VEPFormat, error) { return nil, nil }

// Parse appends one entry per annotation of value to dst, reusing the memory of
// entries beyond len(dst). An entry with another number of fields than
// declared makes the whole result empty.
func (f *VEPFormat) Parse(value []byte, dst []VEPEntry) []VEPEntry { return dst[:0] }
