package vcf

import (
	"fmt"
)

// Version is a VCF version, such as {4, 2}.
type Version struct{ Major, Minor int }

// String returns the version as in a file, such as "VCFv4.2".
func (v Version) String() string { return fmt.Sprintf("VCFv%d.%d", v.Major, v.Minor) }

// before tells whether v is older than 4.minor.
func (v Version) before(minor int) bool { return v.Minor < minor }

// Number tells how many values a field holds.
type Number struct {
	Kind  NumberKind
	Count int // for Fixed; 0 for a Flag
}

// NumberKind is the kind of a Number.
type NumberKind uint8

// The kinds of Number.
const (
	Fixed       NumberKind = iota // exactly Count values
	PerAlt                        // A: one per alternate allele
	PerAllele                     // R: one per allele, reference first
	PerGenotype                   // G: one per possible genotype
	Unknown                       // .: any number
	PerLocalAlt                   // LA (4.5)
	PerLocal                      // LR (4.5)
	PerLocalGT                    // LG (4.5)
	PerPloidy                     // P (4.4): one per allele of GT
	PerModBase                    // M (4.5): one per base modification
)

var numberNames = [...]string{"", "A", "R", "G", ".", "LA", "LR", "LG", "P", "M"}

// String returns the Number as in a header.
func (n Number) String() string {
	if n.Kind == Fixed {
		return fmt.Sprint(n.Count)
	}
	return numberNames[n.Kind]
}

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

var typeNames = [...]string{"Integer", "Float", "Flag", "Character", "String"}

// String returns the type as in a header.
func (t Type) String() string { return typeNames[t] }

// Field is an INFO or FORMAT definition.
type Field struct {
	ID          string
	Number      Number
	Type        Type
	Description string
	Line        int64 // 1-based line of the header; 0 for an implicit definition

	index int  // position among the header's INFO or FORMAT definitions
	rule  rule // what the specification demands of a reserved key's values
}

// rule is a demand beyond Number and Type.
type rule uint8

const (
	notNegative rule = 1 << iota // counts and frequencies
	cigar                        // CIGAR strings
	end                          // END
	genotype                     // GT

	undeclared // the file uses an INFO key that nothing declares
	habitual   // nor does it declare this one, which other versions reserve
	customary  // nor this one, which the specification's own test files use so
	loose      // nor this one, of which the specification's own test files have other values than it reserves
)

// Contig is a contig definition. Length is 0 when not given.
type Contig struct {
	ID     string
	Length int64
}

// Definition is a FILTER or ALT definition.
type Definition struct{ ID, Description string }

// Meta is one ##key=value line, in file order.
type Meta struct {
	Line  int64  // 1-based
	Key   string // FILTER, contig, source ...
	Value string // text after the first '='
	Attrs []Attr // of a structured value <...>, else nil
}

// Attr returns the value of an attribute of a structured line.
func (m *Meta) Attr(key string) (value string, ok bool) {
	for i := range m.Attrs {
		if m.Attrs[i].Key == key {
			return m.Attrs[i].Value, true
		}
	}
	return "", false
}

// Attr is one key=value of a structured meta line, with quotes and escapes removed.
type Attr struct {
	Key, Value string
	Quoted     bool
}

// Header is the header of a VCF file. Only ReadHeader, ParseHeader and Header.WithSamples make one: that of a new file
// is text that ParseHeader takes, and a changed one is made by changing a copy of Text and parsing that. It is
// immutable and may be shared by goroutines.
type Header struct {
	Version Version
	Meta    []Meta
	Infos   []Field // in file order; of several with one ID the first counts
	Formats []Field
	Filters []Definition
	Alts    []Definition
	Contigs []Contig
	Samples []string // in column order
	Text    []byte   // the header as read, through the #CHROM line
	Lines   int64    // lines of Text: the first record is line Lines+1

	columns int  // of a record: 8, or 9 and one per sample
	spaced  bool // columns are separated by spaces: the #CHROM line holds no tab
	padded  bool // and runs of spaces are one separator, as in that line; else each is one
	infos   map[string]*Field
	formats map[string]*Field
	nInfos  int // declared and implicit INFO definitions: bound of Field.index
	notes   Notes
}

// Notes counts what in the header breaks relaxed rules.
func (h *Header) Notes() *Notes { return &h.notes }

// Info returns the definition of an INFO key: declared, or implicit for keys that
// the specification reserves; nil when there is none.
func (h *Header) Info(key []byte) *Field { return h.infos[string(key)] }

// Format returns the definition of a FORMAT key: declared, or implicit for keys that
// the specification reserves; nil when there is none.
func (h *Header) Format(key []byte) *Field {
	if f := h.formats[string(key)]; f != nil {
		return f
	}
	if r := h.Version.reserved("FORMAT", string(key)); r != nil { // of a base modification: they are without number
		return r.implicit(string(key))
	}
	return nil
}

// index builds the lookup tables, reserved keys last so that they get an
// implicit definition only where the file has none.
func (h *Header) index() {
	h.infos = make(map[string]*Field, len(h.Infos)+len(reservedInfo))
	h.formats = make(map[string]*Field, len(h.Formats)+len(reservedFormat))
	h.nInfos = 0
	for i := range h.Infos {
		if f := &h.Infos[i]; h.infos[f.ID] == nil {
			h.addInfo(f)
		}
	}
	for i := range h.Formats {
		if f := &h.Formats[i]; h.formats[f.ID] == nil {
			h.formats[f.ID] = f
		}
	}
	for key := range reservedInfo {
		if r := h.Version.reserved("INFO", key); r != nil && h.infos[key] == nil {
			h.addInfo(r.implicit(key))
		}
	}
	for key := range reservedFormat {
		if r := h.Version.reserved("FORMAT", key); r != nil && h.formats[key] == nil {
			h.formats[key] = r.implicit(key)
		}
	}
}

func (h *Header) addInfo(f *Field) {
	f.index = h.nInfos
	h.nInfos++
	h.infos[f.ID] = f
}
