package vcf

import (
	"bytes"
	"fmt"
	"math"
	"unicode"
)

// layout is what a FORMAT column means.
type layout struct {
	id         uint64
	fields     []*Field
	text       []byte
	undeclared string     // the first key that neither the header nor the specification defines
	none       bool       // FORMAT is '.', and fields stands for what the samples' columns must be
	late       bool       // GT is not the first key
	odd        []byte     // the first key that the specification does not allow
	checks     [8][]check // by the number of alternate alleles, of as many as most records have; nil until needed
}

const (
	maxFormatKeys  = 1000
	maxFormatBytes = 64 << 10 // of the column: layouts keep it
	// maxLayouts bounds the layouts kept; files have a handful.
	maxLayouts = 256
	// maxFields bounds the offsets of one record, at 4 bytes each, and the INFO entries of its rows.
	maxFields = 1 << 25
)

// parseFormat finds the layout of this record.
func (r *Record) parseFormat() error {
	text := r.column(8)
	if r.layout != nil && bytes.Equal(text, r.layout.text) {
		return nil
	}
	if l := r.layouts[string(text)]; l != nil {
		r.layout = l
		return nil
	}
	if len(text) > maxFormatBytes {
		return r.fail("FORMAT", ErrTooManyKeys, fmt.Sprintf("it has %d bytes, the limit is %d", len(text), maxFormatBytes))
	}
	l := &layout{text: bytes.Clone(text)}
	seen := make(map[string]bool)
	if l.none = string(text) == "."; l.none { // what bcftools leaves when all keys are removed
		l.fields = []*Field{noFormat}
	}
	for i, key := range bytes.Split(l.text, []byte(":")) {
		if l.none {
			break
		}
		switch {
		case !readableKey(key):
			return r.fail("FORMAT", ErrKey, quote(key))
		case l.odd == nil && !validFormatKey(key):
			l.odd = key
		}
		l.late = l.late || i > 0 && string(key) == "GT"
		if seen[string(key)] {
			return r.fail("FORMAT", ErrDuplicate, quote(key))
		}
		seen[string(key)] = true
		if i == maxFormatKeys {
			return r.fail("FORMAT", ErrTooManyKeys, fmt.Sprintf("the limit is %d", maxFormatKeys))
		}
		f := r.h.Format(key)
		if f == nil {
			f = &Field{ID: string(key), Number: anyNum, Type: String, rule: undeclared}
		}
		if f.rule&(undeclared|habitual) != 0 && l.undeclared == "" {
			l.undeclared = f.ID
		}
		l.fields = append(l.fields, f)
	}
	if (len(l.fields)+1)*len(r.h.Samples) > maxFields {
		return r.fail("FORMAT", ErrTooManyKeys, fmt.Sprintf("%d keys of %d samples; the limit is %d fields", len(l.fields),
			len(r.h.Samples), maxFields))
	}
	if len(r.layouts) == maxLayouts {
		clear(r.layouts)
	}
	r.lastLayout++
	l.id = r.lastLayout
	r.layouts[string(text)] = l
	r.layout = l
	return nil
}

// noFormat stands for a FORMAT column that names no key.
var noFormat = &Field{ID: ".", Number: anyNum, Type: String}

// checkFormat notes what is odd of the record's FORMAT column. Keys that nothing declares are text, in a strict reading
// too.
func (r *Record) checkFormat() error {
	l := r.layout
	if l.undeclared != "" && !r.lets(RuleUndeclared+custom) {
		if err := r.breaks(RuleUndeclared+custom, r.fail("FORMAT/"+shorten(l.undeclared), errUndeclaredKey, "")); err != nil {
			return err
		}
	}
	switch {
	case l.none:
		return r.against(RuleFormat+habit, "FORMAT", ErrKey, l.text)
	case l.odd != nil:
		return r.against(RuleFormat+habit, "FORMAT", ErrKey, l.odd)
	case l.late:
		if !r.lets(RuleFormat + habit) {
			return r.breaks(RuleFormat+habit, r.fail("FORMAT", ErrGTPosition, ""))
		}
	}
	return nil
}

// validFormatKey tells whether key is letters, digits, '_' and '.', not beginning with a
// digit or '.' (VCF 4.3, 1.6.2).
func validFormatKey(key []byte) bool {
	for i, c := range key {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z', c == '_':
		case i > 0 && ('0' <= c && c <= '9' || c == '.'):
		default:
			return false
		}
	}
	return len(key) > 0
}

// readableKey tells whether a FORMAT key is one, whatever its characters: white space and control characters are
// damage.
func readableKey(key []byte) bool {
	odd := func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }
	return len(key) > 0 && string(key) != "." && bytes.IndexFunc(key, odd) < 0
}

// check is how the values of one FORMAT key of this record are checked: a copy of
// what the hot loop needs of its Field.
type check struct {
	kind  checkKind
	loose bool // another number of values is a custom
	want  int  // number of values, or a want constant
}

type checkKind uint8

const (
	checkGT checkKind = iota
	checkInts
	checkFloats
	checkCharacters
	checkText
	checkNone // a dot, or nothing
)

// Expected numbers of values that are not plain counts.
const (
	wantAny      = -1
	wantGenotype = -2 // depends on the sample's ploidy
)

// resolveChecks finds how the values of each key of this record are checked.
func (r *Record) resolveChecks() {
	l, alts := r.layout, len(r.alts)
	if alts >= len(l.checks) {
		r.checks = checksOf(l.fields, alts)
		return
	}
	if l.checks[alts] == nil {
		l.checks[alts] = checksOf(l.fields, alts)
	}
	r.checks = l.checks[alts]
}

func checksOf(fields []*Field, alts int) []check {
	checks := make([]check, 0, len(fields))
	for _, f := range fields {
		c := check{kind: checkText, want: f.Number.count(alts)}
		switch {
		case f.rule&genotype != 0:
			c.kind = checkGT
		case f == noFormat:
			c.kind = checkNone
		case f.Type == Integer:
			c.kind = checkInts
		case f.Type == Float:
			c.kind = checkFloats
		case f.Type == Character:
			c.kind = checkCharacters
		}
		switch {
		case c.kind == checkGT: // whatever its definition says
			c.want = wantAny
		case f.Number.Kind == PerGenotype:
			c.want = wantGenotype
		case c.want < 0:
			c.want = wantAny
		}
		// The specification's own test files, and PyVCF's 4.1 example.
		c.loose = alts == 0 && (f.Number.Kind == PerGenotype || f.Number.Kind == PerAlt) ||
			f.Type == String && (f.Number.Kind == PerGenotype || f.Number == one())
		checks = append(checks, c)
	}
	return checks
}

// parseSamples checks all samples and notes where their fields are: for each
// sample len(fields)+1 offsets, of which the last and those of fields that the
// column drops are one past the column's end. Field i then is the text from
// offset i to offset i+1 less the separator, and is absent when both are equal.
func (r *Record) parseSamples() error {
	if r.h.columns == len(fixedColumns) {
		return nil
	}
	if err := r.parseFormat(); err != nil {
		return err
	}
	if l := r.layout; l.undeclared != "" || l.none || l.late || l.odd != nil {
		if err := r.checkFormat(); err != nil {
			return err
		}
	}
	r.resolveChecks()
	n, k := len(r.h.Samples), len(r.layout.fields)
	if len(r.info)*n > maxFields { // each sample's row has them all
		return r.fail("INFO", ErrTooManyKeys, fmt.Sprintf("%d keys for %d samples; the limit is %d in all", len(r.info),
			n, maxFields))
	}
	if need := n * (k + 1); cap(r.fields) < need {
		r.fields = make([]uint32, need)
	} else {
		r.fields = r.fields[:need]
	}
	r.sample, r.nth, r.next, r.misfitOf, r.oddOf = -1, 0, r.tabs[8]+1, -1, -1
	if r.DeferSamples {
		return nil
	}
	for sample := range n {
		if _, err := r.NextSample(); err != nil {
			return err
		}
		if err := r.CheckSample(sample); err != nil {
			return err
		}
	}
	return r.EndSamples()
}

// NextSample goes on to the next sample, the first after Parse, and returns the text of its column, unchecked. It
// is for Records with DeferSamples, and to be called NumSamples times at most; the errors are Parse's.
func (r *Record) NextSample() (text []byte, err error) {
	if r.next > len(r.line) {
		return nil, r.tooFewColumns(len(fixedColumns) + 1 + r.nth)
	}
	at := r.next
	end := bytes.IndexByte(r.line[at:], '\t')
	if end < 0 {
		end = len(r.line) - at
	}
	r.next = at + end + 1
	r.fields[r.nth*(len(r.layout.fields)+1)] = uint32(at) // where CheckSample begins
	r.nth++
	return r.line[at : r.next-1 : r.next-1], nil
}

// CheckSample checks a sample, 0-based, that NextSample has come to, after which Field and Sample may be asked for it.
func (r *Record) CheckSample(sample int) error {
	k := len(r.layout.fields) + 1
	fields := r.fields[sample*k : (sample+1)*k]
	r.sample = sample
	_, err := r.parseSample(sample, int(fields[0]), fields)
	return err
}

// EndSamples checks, after the last sample, that nothing follows.
func (r *Record) EndSamples() error {
	return r.ends(min(r.next-1, len(r.line)))
}

// parseSample checks the sample whose column begins at i, notes its fields and
// returns the column's end.
func (r *Record) parseSample(sample, i int, fields []uint32) (end int, err error) {
	line, checks := r.line, r.checks
	ploidy := 2 // unless GT says otherwise; 0: unknown
	if r.layout.late {
		ploidy = 0
	}
	for k := range checks {
		c := &checks[k]
		start, count, fault := i, 0, Fault(0)
		fields[k] = uint32(i)
		switch c.kind {
		case checkGT:
			i, ploidy, fault = r.scanGT(i)
		case checkInts:
			for i < len(line) && line[i]-'0' <= 9 {
				i++
			}
			count = 1
			if i-start-1 > 8 || i < len(line) && line[i] != ':' && line[i] != '\t' { // not one short integer
				i, count, fault = scanInts(line, start)
			} else if i == start {
				count = 0
			}
		case checkFloats:
			i, count, fault = scanFloats(line, i)
		case checkNone:
			if i = r.fieldEnd(i); i > start && string(line[start:i]) != "." { // an empty one is as empty as that of a key
				return 0, r.fail("sample "+shorten(r.h.Samples[sample]), ErrTooManyFields, "")
			}
		default:
			i, count = scanText(line, i, ':')
			switch {
			case c.kind == checkCharacters && !characters(line[start:i]):
				fault = ErrCharacter
			case count > 1 && c.want != 1 && emptyPart(line[start:i]):
				fault = errElement
			}
		}
		if fault == 0 && i < len(line) && line[i] != ':' && line[i] != '\t' {
			fault = [...]Fault{checkGT: ErrGT, checkInts: ErrInteger, checkFloats: ErrFloat}[c.kind]
		}
		if fault == 0 {
			switch {
			case i == start:
				fault = ErrEmpty
			case count != c.want && c.want != wantAny && !(i-start == 1 && line[start] == '.') &&
				(c.want != wantGenotype || ploidy > 0 && count != genotypes(len(r.alts)+1, ploidy)):
				fault = ErrCount
			}
		}
		if fault != 0 {
			if err := r.sampleFault(sample, k, start, fault, ploidy); err != nil {
				return 0, err
			}
			if i = r.fieldEnd(start); c.kind == checkGT && fault != errFirstAllele {
				ploidy = 0
			}
		}
		if i == len(line) || line[i] == '\t' {
			for k++; k < len(fields); k++ {
				fields[k] = uint32(i + 1)
			}
			return i, nil
		}
		i++
	}
	return 0, r.fail("sample "+shorten(r.h.Samples[sample]), ErrTooManyFields, "")
}

// scanGT is scanGT with a fast path for two alleles below 10.
func (r *Record) scanGT(i int) (next, ploidy int, fault Fault) {
	line, highest := r.line, len(r.alts)
	if i+3 <= len(line) && (i+3 == len(line) || line[i+3] == '\t' || line[i+3] == ':') &&
		(line[i+1] == '|' || line[i+1] == '/') {
		a, b := int(line[i]-'0'), int(line[i+2]-'0')
		if top := min(9, highest); a <= top && b <= top {
			return i + 3, 2, 0
		}
	}
	// A record without ALT may call allele 1: so do the specification's own test files.
	next, ploidy, missing, fault := scanGT(line, i, max(highest, 1), !r.h.Version.before(4))
	if highest == 0 && fault == 0 && bytes.IndexByte(line[i:next], '1') >= 0 {
		fault = errFirstAllele
	}
	if missing && ploidy < 2 {
		ploidy = 0 // "." is written for any ploidy
	}
	return next, ploidy, fault
}

// genotypes returns how many unordered genotypes there are: the binomial
// coefficient of alleles+ploidy-1 over ploidy (VCF 4.3, 1.6.2, GL), or the largest
// int when that is too large to be met.
func genotypes(alleles, ploidy int) int {
	switch ploidy {
	case 1:
		return alleles
	case 2:
		return alleles * (alleles + 1) / 2
	}
	n := 1
	for i := 1; i <= ploidy; i++ {
		if n > math.MaxInt32 {
			return math.MaxInt
		}
		n = n * (alleles + i - 1) / i
	}
	return n
}

// fieldEnd is where the field of a sample at i ends.
func (r *Record) fieldEnd(i int) int {
	for i < len(r.line) && r.line[i] != ':' && r.line[i] != '\t' {
		i++
	}
	return i
}

// sampleRule is the rule that a fault of a sample's field is against.
func (r *Record) sampleRule(fault Fault, format, from int) Rule {
	switch {
	case fault == errFirstAllele:
		return RuleGenotype + custom
	case fault == ErrInteger && !isList(r.line[from:r.fieldEnd(from)], scanFloats), fault == ErrFloat:
		return RuleType // a text among numbers: bcftools refuses it, too
	case fault == ErrCount && r.checks[format].loose:
		return RuleNumber + custom
	// LAA of a sample that has no alternate allele
	case fault == ErrEmpty && from == r.fieldEnd(from) && !r.h.Version.before(5):
		return RuleEmpty + custom
	}
	return valueRule(fault)
}

// isList tells whether text is a list of what scan takes, of which parts may be empty.
func isList(text []byte, scan func([]byte, int) (next, count int, fault Fault)) bool {
	for part := range bytes.SplitSeq(text, []byte(",")) {
		if next, _, fault := scan(part, 0); fault != 0 || next != len(part) {
			return false
		}
	}
	return true
}

// sampleFault notes a field that starts at from as a misfit, or makes the error for it.
func (r *Record) sampleFault(sample, format, from int, fault Fault, ploidy int) error {
	if text := r.line[from:r.fieldEnd(from)]; fault == ErrInteger && isList(text, scanInts) || fault == ErrFloat &&
		isList(text, scanFloats) {
		fault = ErrEmpty // in parts
	}
	rule := r.sampleRule(fault, format, from)
	r.oddOf = sample
	if r.Relaxed.Has(rule) && fault != errFirstAllele {
		if r.misfitOf != sample {
			r.misfits, r.misfitOf = r.misfits[:0], sample
		}
		r.misfits = append(r.misfits, format)
	}
	if r.lets(rule) {
		return nil
	}
	f := r.layout.fields[format]
	text := r.line[from:r.fieldEnd(from)]
	detail := quote(text)
	if fault == ErrCount {
		want := r.checks[format].want
		if want == wantGenotype {
			want = genotypes(len(r.alts)+1, ploidy)
		}
		detail = countDetail(text, f.Number, want)
	}
	return r.breaks(rule, r.fail("sample "+shorten(r.h.Samples[sample])+" FORMAT/"+shorten(f.ID), fault, detail))
}

// countDetail explains ErrCount.
func countDetail(value []byte, n Number, want int) string {
	return fmt.Sprintf("%s has %d where Number=%s means %d", quote(value), bytes.Count(value, []byte(","))+1, n, want)
}

func (r *Record) tooFewColumns(have int) error {
	return r.fail("", ErrColumns, fmt.Sprintf("%d of %d", have, r.h.columns))
}
