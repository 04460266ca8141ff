package vcf

// Record is one parsed and validated record. It keeps the line and offsets
// into it, and is reused: all slices that it returns refer to the line given to
// Parse and are valid until the next Parse. One Record per goroutine.
type Record struct {
	h    *Header
	line []byte
}

// NewRecord returns a Record for files with header h.
func NewRecord(h *Header) *Record { return &Record{h: h} }

// Parse validates one line (without its line ending) and makes it the record.
// number is its 1-based line number, used in errors. The line is kept, not
// copied. Every error is a *ParseError.
func (r *Record) Parse(line []byte, number int64) error { return nil }

// Line returns the line.
func (r *Record) Line() []byte { return r.line }

// Chrom returns CHROM verbatim.
func (r *Record) Chrom() []byte { return nil }

// Pos returns POS, 1-based; 0 is the telomere before the first base.
func (r *Record) Pos() int64 { return 0 }

// End returns the 1-based inclusive last base, which is also the 0-based
// exclusive end: INFO/END when present, else POS + len(REF) - 1.
func (r *Record) End() int64 { return 0 }

// ID returns the ID column verbatim; "." when missing.
func (r *Record) ID() []byte { return nil }

// AppendIDs appends the semicolon-separated IDs; nothing when missing.
func (r *Record) AppendIDs(dst [][]byte) [][]byte { return dst }

// Ref returns REF.
func (r *Record) Ref() []byte { return nil }

// NumAlt returns the number of alternate alleles; 0 when ALT is missing.
func (r *Record) NumAlt() int { return 0 }

// Alt returns alternate allele i, 0-based.
func (r *Record) Alt(i int) []byte { return nil }

// AppendAlts appends the alternate alleles.
func (r *Record) AppendAlts(dst [][]byte) [][]byte { return dst }

// Qual returns QUAL; ok is false when missing.
func (r *Record) Qual() (q float64, ok bool) { return 0, false }

// Filter returns the FILTER column verbatim; "." when missing.
func (r *Record) Filter() []byte { return nil }

// AppendFilters appends the FILTER codes; nothing when missing.
func (r *Record) AppendFilters(dst [][]byte) [][]byte { return dst }

// NumInfo returns the number of INFO entries; 0 when missing.
func (r *Record) NumInfo() int { return 0 }

// Info returns INFO entry i. hasValue is false for KEY without '='.
func (r *Record) Info(i int) (key, value []byte, hasValue bool) { return nil, nil, false }

// InfoField returns the definition of INFO entry i, never nil.
func (r *Record) InfoField(i int) *Field { return nil }

// InfoValue returns the value of an INFO key. ok tells whether it is present.
func (r *Record) InfoValue(key string) (value []byte, ok bool) { return nil, false }

// NumFormat returns the number of FORMAT keys.
func (r *Record) NumFormat() int { return 0 }

// Format returns FORMAT key i.
func (r *Record) Format(i int) []byte { return nil }

// FormatField returns the definition of FORMAT key i, never nil.
func (r *Record) FormatField(i int) *Field { return nil }

// FormatIndex returns the index of a FORMAT key in this record, -1 when absent.
func (r *Record) FormatIndex(key string) int { return -1 }

// Layout identifies the FORMAT column: it changes exactly when the FORMAT
// column differs from that of the record before, so that callers may
// cache what they resolved from it. It is 0 before the first record and for
// records without FORMAT.
func (r *Record) Layout() uint64 { return 0 }

// NumSamples returns the number of samples.
func (r *Record) NumSamples() int { return 0 }

// Field returns the text of FORMAT key format of a sample (both 0-based), nil
// when the sample drops it from its end.
func (r *Record) Field(sample, format int) []byte { return nil }

// Sample returns the whole text of a sample column.
func (r *Record) Sample(i int) []byte { return nil }
