package vcf

import (
	"bytes"
	"fmt"
)

func (r *Record) parseInfo() error {
	r.info = r.info[:0]
	if r.stamp++; r.stamp == 0 {
		clear(r.seen)
		r.stamp = 1
	}
	line, i, end := r.line[:r.tabs[7]], r.tabs[6]+1, r.tabs[7]
	switch {
	case i == end: // the 4.1 breakend example of PyVCF
		return r.against(RuleEmpty+habit, "INFO", ErrEmpty, nil)
	case end-i == 1 && line[i] == '.':
		return nil
	case r.h.Version.before(3) && bytes.IndexByte(line[i:], ' ') >= 0:
		if err := r.againstKey(RuleSpace+habit, nil, ErrWhitespace); err != nil {
			return err
		}
	}
	if line[end-1] == ';' && end-i > 1 {
		if err := r.againstKey(RuleEmpty+habit, nil, ErrKey); err != nil {
			return err
		}
	}
	for i < end {
		if len(r.info) == maxInfo {
			return r.fail("INFO", ErrTooManyKeys, fmt.Sprintf("the limit is %d", maxInfo))
		}
		if next := r.plainEntry(line, i); next > 0 {
			i = next
			continue
		}
		stop := bytes.IndexByte(line[i:], ';')
		if stop < 0 {
			stop = end
		} else {
			stop += i
		}
		e, err := r.parseEntry(i, stop)
		if err != nil {
			return err
		}
		if e.field != nil {
			r.info = append(r.info, e)
		}
		i = stop + 1
	}
	return nil
}

// plainEntry parses the INFO entry at i of line, which ends with the column, if it is what nearly all are: a key that
// came here before, with short numbers of its type, as many as its Number means, or, of a Flag, without a value. It
// returns where the next one begins, or 0.
func (r *Record) plainEntry(line []byte, i int) (next int) {
	f, at := r.expected().at(line, i)
	if f == nil || r.seen[f.index] == r.stamp {
		return 0
	}
	e := entry{key: span{uint32(i), uint32(at)}, field: f}
	switch {
	case at == len(line) || line[at] == ';':
		if f.Type != Flag || f.rule != 0 {
			return 0
		}
		e.value = span{uint32(at), uint32(at)}
	case line[at] != '=' || f.rule&^(notNegative|end) != 0:
		return 0
	default:
		from := at + 1
		if at = plainNumbers(line, from, f.Type, f.rule&notNegative == 0, f.Number.count(len(r.alts))); at == 0 {
			return 0
		}
		if f.rule&end != 0 && f.Type == Integer && !r.reach(line[from:at]) {
			return 0
		}
		e.hasValue, e.value = true, span{uint32(from), uint32(at)}
	}
	r.seen[f.index] = r.stamp
	r.info = append(r.info, e)
	return at + 1
}

// plainNumbers returns the end of so many numbers of type Integer or Float at i that are short and end the entry, or 0.
func plainNumbers(line []byte, i int, t Type, signed bool, count int) int {
	const most = 9 // digits, which fit any integer
	if count < 1 || t > Float {
		return 0
	}
	for ; ; i++ {
		if i < len(line) && line[i] == '-' && signed {
			i++
		}
		from := i
		for i < len(line) && line[i]-'0' <= 9 {
			i++
		}
		if i == from || i-from > most {
			return 0
		}
		if i < len(line) && line[i] == '.' && t == Float {
			for i++; i < len(line) && line[i]-'0' <= 9; i++ {
			}
		}
		if count--; count == 0 {
			break
		}
		if i == len(line) || line[i] != ',' {
			return 0
		}
	}
	if i < len(line) && line[i] != ';' {
		return 0
	}
	return i
}

// parseEntry parses the INFO entry from i to end. Its field is nil if it is empty and may be.
func (r *Record) parseEntry(i, end int) (entry, error) {
	f, keyEnd := r.infoField(i, end)
	if f == nil || f.rule&(undeclared|habitual|customary) != 0 {
		key := r.line[i:keyEnd]
		if len(key) == 0 {
			if i < end { // a value without a key has nowhere to go
				return entry{}, r.fail("INFO", ErrKey, "an entry is empty")
			}
			return entry{}, r.againstKey(RuleEmpty+habit, nil, ErrKey)
		}
		if err := r.againstKey(undeclaredRule(f), key, ErrUndeclared); err != nil {
			return entry{}, err
		}
		if f == nil {
			if f = r.declare(string(key)); f == nil {
				return entry{}, r.fail("INFO/"+shorten(string(key)), ErrTooManyKeys, fmt.Sprintf("%d are not declared", maxUnknown))
			}
		}
	}
	e := entry{key: span{uint32(i), uint32(keyEnd)}, value: span{uint32(end), uint32(end)}, field: f}
	if keyEnd < end {
		e.hasValue = true
		e.value.from = uint32(keyEnd + 1)
	}
	if r.seen[f.index] == r.stamp {
		if err := r.againstKey(RuleDuplicate+habit, r.slice(e.key), ErrDuplicate); err != nil {
			return entry{}, err
		}
	}
	r.seen[f.index] = r.stamp
	if fault := r.checkInfo(f, &e); fault != 0 {
		if rule := r.infoRule(fault, f); !r.lets(rule) {
			return e, r.breaks(rule, r.fail("INFO/"+shorten(f.ID), fault, r.infoDetail(fault, f, &e)))
		}
	}
	return e, nil
}

// undeclaredRule is the rule that an INFO key is against which the file does not declare, nor its version reserve.
func undeclaredRule(f *Field) Rule {
	switch {
	case f != nil && f.rule&customary != 0:
		return RuleUndeclared + custom
	case f != nil && f.rule&habitual != 0:
		return RuleUndeclared + habit
	}
	return RuleUndeclared
}

// againstKey is for a fault of an INFO entry, or with no key of the column.
func (r *Record) againstKey(rule Rule, key []byte, fault Fault) error {
	if r.lets(rule) {
		return nil
	}
	column, detail := "INFO", ""
	if len(key) > 0 {
		column += "/" + shorten(string(key))
	} else if fault == ErrKey {
		detail = "an entry is empty"
	}
	return r.breaks(rule, r.fail(column, fault, detail))
}

// isReserved tells whether the specification fixes the Number and Type of an INFO key.
func (h *Header) isReserved(f *Field) bool {
	r := h.Version.reserved("INFO", f.ID)
	return r != nil && !r.free
}

// infoRule is the rule that a fault of an INFO value is against. The specification's own test files have values of
// Number=A in records without ALT, any number of Number=G, commas within one String, equals signs, and flags with the
// value 0 or 1.
func (r *Record) infoRule(fault Fault, f *Field) Rule {
	switch {
	case fault == ErrCount && (f.Number.Kind == PerGenotype || f.Number.Kind == PerAlt && len(r.alts) == 0 ||
		f.Type == String && f.Number == one() && !r.h.isReserved(f)):
		return RuleNumber + custom
	case fault == errFlagValue, fault == errEquals:
		return RuleType + custom
	case f.rule&loose != 0:
		return valueRule(fault) - habit + custom
	}
	return valueRule(fault)
}

// maxUnknown bounds the INFO keys that a file may leave undeclared.
const maxUnknown = 10_000

// declare makes the definition of an INFO key that nothing declares: text. It is nil when there are too many.
func (r *Record) declare(key string) *Field {
	if len(r.unknown) == maxUnknown {
		return nil
	}
	if r.unknown == nil {
		r.unknown = make(map[string]*Field)
	}
	f := &Field{ID: key, Number: anyNum, Type: String, index: len(r.seen), rule: undeclared}
	r.unknown[key] = f
	r.seen, r.follows = append(r.seen, 0), append(r.follows, following{})
	return f
}

// infoField finds the definition of the key at i and the key's end.
func (r *Record) infoField(i, end int) (f *Field, keyEnd int) {
	line, expected := r.line[:end], r.expected()
	if f, keyEnd = expected.at(line, i); f != nil {
		return f, keyEnd
	}
	keyEnd = end
	if n := bytes.IndexByte(line[i:], '='); n >= 0 {
		keyEnd = i + n
	}
	if f = r.h.infos[string(line[i:keyEnd])]; f == nil {
		f = r.unknown[string(line[i:keyEnd])]
	}
	if f != nil {
		expected[0], expected[1] = f, expected[0]
	}
	return f, keyEnd
}

// following are the keys that came last after another, or first in the column. They tend to come again: callers write
// keys in one order, and leave some out.
type following [2]*Field

// expected is what may come next.
func (r *Record) expected() *following {
	if n := len(r.info); n > 0 {
		return &r.follows[r.info[n-1].field.index]
	}
	return &r.first
}

// at returns the one whose key is at i of line, which ends with the entry or the column, and the key's end, or nil.
func (e *following) at(line []byte, i int) (f *Field, keyEnd int) {
	for _, f := range e {
		if f == nil {
			break
		}
		keyEnd := i + len(f.ID)
		if keyEnd <= len(line) && string(line[i:keyEnd]) == f.ID && (keyEnd == len(line) || line[keyEnd] == '=' ||
			line[keyEnd] == ';') {
			return f, keyEnd
		}
	}
	return nil, 0
}

// checkInfo checks one INFO value against its definition.
func (r *Record) checkInfo(f *Field, e *entry) Fault {
	value := r.slice(e.value)
	switch {
	case len(value) == 1 && value[0] == '.':
		return 0
	case len(value) == 0 && (e.hasValue || f.Type != Flag && f.rule&undeclared == 0):
		return ErrEmpty // also a key without value: HM2, not a Flag, is written so by 1000 Genomes
	case len(value) == 0:
		return 0
	}
	next, count, fault := 0, 0, Fault(0)
	switch f.Type {
	case Integer:
		if next, count, fault = scanInts(value, 0); fault == 0 && next < len(value) {
			fault = ErrInteger
		}
	case Float:
		if next, count, fault = scanFloats(value, 0); fault == 0 && next < len(value) {
			fault = ErrFloat
		}
	case Flag:
		if len(value) == 1 && (value[0] == '0' || value[0] == '1') {
			return errFlagValue
		}
		return ErrFlag
	case Character:
		if !characters(value) {
			return ErrCharacter
		}
	}
	if fault != 0 {
		return fault
	}
	if f.rule != 0 {
		if fault := r.checkRule(f, value); fault != 0 {
			return fault
		}
	}
	return r.checkCount(f, value, count)
}

// checkCount checks the number of values of an INFO key, which is count for numbers, and texts for what they may not
// hold. The ploidy of Number=G is not known.
func (r *Record) checkCount(f *Field, value []byte, count int) Fault {
	want := f.Number.count(len(r.alts))
	text := f.Type >= Character
	if text && want != 1 && emptyPart(value) {
		return errElement
	}
	if want >= 0 || f.Number.Kind == PerGenotype {
		if text {
			count = bytes.Count(value, []byte(",")) + 1
		}
		if count != want && (want >= 0 || !ofGenotypes(count, len(r.alts)+1)) {
			return ErrCount
		}
	}
	if text && bytes.IndexByte(value, '=') >= 0 {
		return errEquals
	}
	return 0
}

// ofGenotypes tells whether so many alleles make count genotypes, of whatever ploidy.
func ofGenotypes(count, alleles int) bool {
	if alleles == 1 {
		return count == 1
	}
	ploidy := 1
	for ploidy < MaxPloidy && genotypes(alleles, ploidy) < count {
		ploidy++
	}
	return genotypes(alleles, ploidy) == count
}

// emptyPart tells whether a part of a list of texts is empty. A comma alone is a character.
func emptyPart(list []byte) bool {
	return len(list) > 1 && (list[0] == ',' || list[len(list)-1] == ',' || bytes.Contains(list, []byte(",,")))
}

// count returns how many values a Number means, or a negative number when that
// depends on more than the number of alternate alleles.
func (n Number) count(nAlt int) int {
	switch n.Kind {
	case Fixed:
		return n.Count
	case PerAlt:
		return nAlt
	case PerAllele:
		return nAlt + 1
	}
	return -1
}

// checkRule checks what the specification demands of a reserved key.
func (r *Record) checkRule(f *Field, value []byte) Fault {
	switch {
	case f.rule&notNegative != 0 && hasNegative(value):
		return ErrNegative
	case f.rule&cigar != 0 && !isCIGAR(value):
		return ErrCIGAR
	case f.rule&end != 0 && !r.reach(value):
		return ErrEnd
	case f.rule&end != 0 && (f.Number != one() || f.Type != Integer): // else its count or Type is what is wrong
		if _, ok := ParseInt(value); !ok {
			return errPosition
		}
	}
	return 0
}

// reach makes a value of END the record's end. ok is false for one before POS: it is a breakend's mate on another
// contig (Delly) or the mistake of the specification's own example, and says nothing of where the record ends.
func (r *Record) reach(value []byte) (ok bool) {
	v, number := ParseInt(value)
	if number && int64(v) >= r.pos {
		r.end = int64(v)
	}
	return !number || int64(v) >= r.pos
}

// infoDetail explains a fault of an INFO value.
func (r *Record) infoDetail(fault Fault, f *Field, e *entry) string {
	value := r.slice(e.value)
	switch {
	case fault == ErrCount && f.Number.Kind == PerGenotype:
		return fmt.Sprintf("%s has %d, which no ploidy gives for Number=G", quote(value), bytes.Count(value, []byte(","))+1)
	case fault == ErrCount:
		return countDetail(value, f.Number, f.Number.count(len(r.alts)))
	}
	return quote(value)
}
