package vcf

import "bufio"

// Version is a VCF version, such as {4, 2}.
type Version struct{ Major, Minor int }

// Number tells how many values a field holds.
type Number struct {
	Kind  NumberKind
	Count int // for Fixed; 0 means a Flag
}

// NumberKind is the letter of a Number.
type NumberKind uint8

// The kinds of Number.
const (
	Fixed        NumberKind = iota // exactly Count values
	PerAlt                         // A: one per alternate allele
	PerBase                        // R: one per allele, reference first
	PerGT                          // G: one per possible genotype
	Unknown                        // .: any number
	PerLocalAlt                    // LA (4.5)
	PerLocalBase                   // LR (4.5)
	PerLocalGT                     // LG (4.5)
	PerPloidy                      // P (4.5): one per allele of GT
	PerMod                         // M (4.5): one per base modification
)

// Type is the type of a field's values.
type Type uint8

// The types of values.
const (
	Integer Type = iota
	Float
	Flag
	Character
	String
)

// Field is an INFO or FORMAT definition.
type Field struct {
	ID          string
	Number      Number
	Type        Type
	Description string
	Line        int64 // 1-based line of the header; 0 for an implicit definition
}

// Contig is a contig definition. Length is 0 when not given.
type Contig struct {
	ID     string
	Length int64
}

// Def is a FILTER or ALT definition.
type Def struct{ ID, Description string }

// Meta is one ##key=value line, in file order.
type Meta struct {
	Line  int64  // 1-based
	Key   string // FILTER, contig, source ...
	Value string // text after the first '='
	Attrs []Attr // of a structured value <...>, else nil
}

// Attr is one key=value of a structured meta line, quotes and escapes removed.
type Attr struct{ Key, Value string }

// Header is the header of a VCF file. It is immutable after ReadHeader and
// may be shared by goroutines.
type Header struct {
	Version Version
	Meta    []Meta
	Infos   []Field // in file order
	Formats []Field
	Filters []Def
	Alts    []Def
	Contigs []Contig
	Samples []string
	Text    []byte // the header as read, through the #CHROM line
	Lines   int64  // number of lines of Text: the first record is line Lines+1
}

// HeaderOptions bounds ReadHeader. Zero fields mean the defaults.
type HeaderOptions struct {
	MaxBytes int // of the header in all, default 64 MiB
	MaxLine  int // of one line, default 16 MiB
}

// ReadHeader reads through the #CHROM line and leaves r at the first record.
func ReadHeader(r *bufio.Reader, opt HeaderOptions) (*Header, error) { return nil, nil }

// ParseHeader parses header text that ends with the #CHROM line.
func ParseHeader(text []byte) (*Header, error) { return nil, nil }

// Info returns the definition of an INFO key, nil when there is none.
func (h *Header) Info(key []byte) *Field { return nil }

// Format returns the definition of a FORMAT key, nil when there is none.
func (h *Header) Format(key []byte) *Field { return nil }
