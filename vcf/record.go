package vcf

import "bytes"

// Record is one parsed and validated record. It keeps the line and offsets
// into it, and is reused: all slices that it returns refer to the line given to
// Parse and are valid until that line is overwritten or Parse is called again.
// One Record serves one goroutine; the Header may be shared.
type Record struct {
	h            *Header
	number       int64  // line number
	IgnoreQual   bool   // QUAL is neither checked nor read: it is missing
	IgnoreFilter bool   // FILTER likewise
	DeferSamples bool   // Parse leaves the samples to NextSample and CheckSample
	Relaxed      Rules  // what breaks one of them is no error; NewRecord gives Customary
	Notes        *Notes // where it is counted, never nil; NewRecord makes one

	line []byte // refers to the caller's line
	tabs [9]int // ends of CHROM to FORMAT

	pos     int64
	end     int64 // 1-based inclusive
	qual    float64
	noQual  bool
	alts    []span
	info    []entry
	layout  *layout
	checks  []check  // by FORMAT key
	fields  []uint32 // see parseSamples
	sample  int      // that CheckSample came to
	nth     int      // that NextSample comes to
	next    int      // where the next one does
	broken  Rules    // by the record so far, in their grades
	counted Rules    // likewise, as breaches: in Notes
	oddOf   int      // the sample checked last that breaks a rule; -1: none of the record

	misfits  []int // FORMAT keys of a sample whose values break a relaxed rule
	misfitOf int   // the sample; -1: none of the record

	// What the record before taught, to spare checks that would come out the same.
	chrom      []byte             // last valid CHROM
	filter     []byte             // last valid FILTER
	first      following          // INFO keys at the start of the column
	follows    []following        // INFO keys after another, by the other's Field.index
	seen       []uint32           // by Field.index: the stamp of the last record with the key
	stamp      uint32             // of this record
	layouts    map[string]*layout // by FORMAT column
	lastLayout uint64
	unknown    map[string]*Field // INFO keys that nothing declares
	spare      []byte            // line with spaces made tabs
}

// span is a part of the line.
type span struct{ from, to uint32 }

// entry is one INFO entry.
type entry struct {
	key, value span
	hasValue   bool
	field      *Field
}

// NewRecord returns a Record for files with header h.
func NewRecord(h *Header) *Record {
	return &Record{
		h:       h,
		Relaxed: Customary,
		Notes:   new(Notes),
		seen:    make([]uint32, h.nInfos),
		follows: make([]following, h.nInfos),
		layouts: make(map[string]*layout),
	}
}

func (r *Record) slice(s span) []byte { return r.line[s.from:s.to:s.to] }

// column returns fixed column i.
func (r *Record) column(i int) []byte {
	from := 0
	if i > 0 {
		from = r.tabs[i-1] + 1
	}
	return r.line[from:r.tabs[i]:r.tabs[i]]
}

// Broken returns the rules that the record breaks, as far as it was parsed, whatever the grade.
func (r *Record) Broken() Rules { return r.counted }

// Line returns the line parsed.
func (r *Record) Line() []byte { return r.line }

// Chrom returns CHROM verbatim.
func (r *Record) Chrom() []byte { return r.column(0) }

// Pos returns POS, 1-based; 0 is the telomere before the first base.
func (r *Record) Pos() int64 { return r.pos }

// End returns the 1-based inclusive last base, which is also the 0-based
// exclusive end: INFO/END when present, else POS + len(REF) - 1; since VCF 4.4 the furthest of both
// and what SVLEN of <DEL>, <DUP>, <INV> and <CNV> and, in 4.5, FORMAT/LEN of <*> say.
func (r *Record) End() int64 { return r.end }

// ID returns the ID column verbatim; "." when missing.
func (r *Record) ID() []byte { return r.column(2) }

// AppendIDs appends the identifiers; nothing when missing.
func (r *Record) AppendIDs(dst [][]byte) [][]byte { return appendList(dst, r.ID()) }

// Ref returns REF.
func (r *Record) Ref() []byte { return r.column(3) }

// NumAlt returns the number of alternate alleles; 0 when ALT is missing.
func (r *Record) NumAlt() int { return len(r.alts) }

// Alt returns alternate allele i, 0-based.
func (r *Record) Alt(i int) []byte { return r.slice(r.alts[i]) }

// AppendAlts appends the alternate alleles; nothing when ALT is missing.
func (r *Record) AppendAlts(dst [][]byte) [][]byte {
	for _, s := range r.alts {
		dst = append(dst, r.slice(s))
	}
	return dst
}

// Qual returns QUAL; ok is false when missing.
func (r *Record) Qual() (q float64, ok bool) { return r.qual, !r.noQual }

// Filter returns the FILTER column verbatim; "." when missing.
func (r *Record) Filter() []byte { return r.column(6) }

// AppendFilters appends the filters, PASS included; nothing when missing or ignored.
func (r *Record) AppendFilters(dst [][]byte) [][]byte {
	if r.IgnoreFilter {
		return dst
	}
	return appendList(dst, r.Filter())
}

// appendList appends the parts of a list separated by semicolons.
func appendList(dst [][]byte, text []byte) [][]byte {
	if IsMissing(text) {
		return dst
	}
	for {
		i := bytes.IndexByte(text, ';')
		if i < 0 {
			return append(dst, text)
		}
		dst = append(dst, text[:i:i])
		text = text[i+1:]
	}
}

// NumInfo returns the number of INFO entries; 0 when missing.
func (r *Record) NumInfo() int { return len(r.info) }

// InfoText returns the INFO column verbatim.
func (r *Record) InfoText() []byte { return r.column(7) }

// Info returns INFO entry i in file order. hasValue is false for a key without '='.
func (r *Record) Info(i int) (key, value []byte, hasValue bool) {
	e := &r.info[i]
	return r.slice(e.key), r.slice(e.value), e.hasValue
}

// InfoField returns the definition of INFO entry i, never nil.
func (r *Record) InfoField(i int) *Field { return r.info[i].field }

// InfoOrdinal returns the 0-based place of the definition of INFO entry i among those of the file: the same
// key has the same one in all records.
func (r *Record) InfoOrdinal(i int) int { return int(r.info[i].field.index) }

// InfoValue returns the value of an INFO key; ok tells whether the key is there.
func (r *Record) InfoValue(key string) (value []byte, ok bool) {
	for i := range r.info {
		if e := &r.info[i]; e.field.ID == key {
			return r.slice(e.value), true
		}
	}
	return nil, false
}

// NumFormat returns the number of FORMAT keys; 0 in a file without samples, and where FORMAT is '.'.
func (r *Record) NumFormat() int {
	if r.layout == nil || r.layout.none {
		return 0
	}
	return len(r.layout.fields)
}

// FormatField returns the definition of FORMAT key i, never nil. A key that
// neither the header nor the specification defines is a String of any Number.
func (r *Record) FormatField(i int) *Field { return r.layout.fields[i] }

// FormatIndex returns the index of a FORMAT key in this record, -1 when absent.
func (r *Record) FormatIndex(key string) int {
	for i := range r.NumFormat() {
		if r.layout.fields[i].ID == key {
			return i
		}
	}
	return -1
}

// Format returns the FORMAT column verbatim; nil in a file without samples.
func (r *Record) Format() []byte {
	if r.layout == nil {
		return nil
	}
	return r.layout.text
}

// Layout identifies the text of the FORMAT column within this Record: the same
// column gives the same non-zero number, so that callers can keep what they
// resolved from it. It is 0 in a file without samples.
func (r *Record) Layout() uint64 {
	if r.layout == nil {
		return 0
	}
	return r.layout.id
}

// NumSamples returns the number of samples.
func (r *Record) NumSamples() int { return len(r.h.Samples) }

// Field returns the text of a FORMAT key of a sample (both 0-based); nil when
// the sample's column ends before it, and "." or empty text when the value is missing.
func (r *Record) Field(sample, format int) []byte {
	at := sample*(len(r.layout.fields)+1) + format
	from, next := r.fields[at], r.fields[at+1]
	if next == from {
		return nil
	}
	return r.line[from : next-1 : next-1]
}

// Misfits returns, of the sample checked last, the FORMAT keys whose values break a relaxed rule: 0-based, nearly
// always none. It is valid until the next sample.
func (r *Record) Misfits() []int {
	if r.misfitOf != r.sample {
		return nil
	}
	return r.misfits
}

// Odd tells whether the sample checked last breaks a rule: each record with the like is to be counted.
func (r *Record) Odd() bool { return r.oddOf == r.sample }

// Sample returns the whole text of a sample's column.
func (r *Record) Sample(i int) []byte {
	k := len(r.layout.fields)
	from, next := r.fields[i*(k+1)], r.fields[i*(k+1)+k]
	return r.line[from : next-1 : next-1]
}
