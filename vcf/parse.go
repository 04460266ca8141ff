package vcf

import (
	"bytes"
	"fmt"
	"math"
	"unicode/utf8"
)

// MaxLineBytes bounds a line: offsets in it are 32 bits.
const MaxLineBytes = math.MaxInt32

// Parse validates one line, given without its line ending (a trailing CR is
// taken off), and makes it the record. number is the 1-based line number for
// errors. The line is kept, not copied. Every error is a *ParseError, after
// which the Record holds nothing until the next good Parse.
func (r *Record) Parse(line []byte, number int64) error {
	r.number, r.broken, r.counted = number, 0, 0
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	r.line = line
	if err := r.parseSite(); err != nil {
		return err
	}
	if err := r.parseInfo(); err != nil {
		return err
	}
	if err := r.parseSamples(); err != nil {
		return err
	}
	if !r.h.Version.before(4) {
		return r.extend()
	}
	return nil
}

// fail makes a ParseError. detail may be empty.
func (r *Record) fail(column string, fault Fault, detail string) *ParseError {
	if detail == "" {
		return &ParseError{Line: r.number, Column: column, Err: fault}
	}
	return &ParseError{Line: r.number, Column: column, Err: &detailed{fault, detail}}
}

// respace makes tabs of the spaces between the columns of a line, of a file whose #CHROM line has spaces for tabs. Such
// a line says where a column ends only by their number: it must come out as the header has it. What holds a tab is not
// of this kind.
func (r *Record) respace() error {
	r.spare = r.spare[:0]
	columns := 0
	for word := range bytes.SplitSeq(r.line, []byte(" ")) {
		if r.h.padded && len(word) == 0 {
			continue
		}
		if columns++; columns > 1 {
			r.spare = append(r.spare, '\t')
		}
		r.spare = append(r.spare, word...)
	}
	switch {
	case columns < r.h.columns:
		return r.tooFewColumns(columns)
	case columns > r.h.columns:
		return r.fail("", ErrTooManyColumns, fmt.Sprintf("%d of %d, separated by spaces", columns, r.h.columns))
	}
	if err := r.against(RuleHeader+habit, "", ErrSpaced, r.line); err != nil {
		return err
	}
	r.line = r.spare
	return nil
}

// parseSite splits the fixed columns and parses all but INFO.
func (r *Record) parseSite() error {
	line := r.line
	switch {
	case len(line) > MaxLineBytes:
		return r.fail("", ErrLineTooLong, "")
	case bytes.IndexByte(line, 0) >= 0:
		return r.fail("", ErrEncoding, "it holds a NUL byte")
	case bytes.IndexByte(line, '\r') >= 0:
		return r.fail("", ErrEncoding, "it holds a carriage return")
	case !utf8.Valid(line):
		return r.fail("", ErrEncoding, "it is not UTF-8; a file in Latin-1 is converted with iconv -f ISO-8859-1 -t UTF-8")
	case len(line) > 0 && line[0] == '#':
		return r.fail("", ErrHeaderInBody, quote(line))
	}
	if err := r.split(); err != nil {
		return err
	}
	if err := r.parseChrom(); err != nil {
		return err
	}
	if err := r.parsePos(); err != nil {
		return err
	}
	if err := r.checkID(); err != nil {
		return err
	}
	if err := r.parseAlleles(); err != nil {
		return err
	}
	r.end = r.pos + int64(len(r.Ref())) - 1
	if err := r.parseQual(); err != nil {
		return err
	}
	return r.checkFilter()
}

// split finds the ends of the fixed columns.
func (r *Record) split() error {
	if r.h.spaced && bytes.IndexByte(r.line, '\t') < 0 {
		if err := r.respace(); err != nil {
			return err
		}
	}
	fixed := min(r.h.columns, len(r.tabs))
	at := 0
	for i := range fixed {
		n := bytes.IndexByte(r.line[at:], '\t')
		last := i+1 == r.h.columns
		switch {
		case n < 0 && last:
			n = len(r.line) - at
		case n < 0:
			return r.tooFewColumns(i + 1)
		case last:
			if err := r.ends(at + n); err != nil {
				return err
			}
		}
		r.tabs[i] = at + n
		at += n + 1
	}
	return nil
}

// ends checks what stands after the last column: tabs, with which some tools end each line, or nothing.
func (r *Record) ends(at int) error {
	switch text := r.line[at:]; {
	case len(text) == 0:
		return nil
	case len(bytes.Trim(text, "\t")) > 0:
		return r.fail("", ErrTooManyColumns, "")
	default:
		return r.against(RuleSpace+habit, "", ErrTooManyColumns, text)
	}
}

// SkipBlank notes a line that is Blank, by its 1-based number; the error is that of a strict reading.
func (r *Record) SkipBlank(number int64) error {
	r.number, r.broken, r.counted = number, 0, 0
	return r.against(RuleEmpty+habit, "", ErrEmpty, nil)
}

// Blank tells whether a line holds nothing but white space. Such a line, often the
// last of a file, is no record and is to be skipped.
func Blank(line []byte) bool {
	return len(line) == 0 || line[0] <= ' ' && len(bytes.TrimSpace(line)) == 0
}

func (r *Record) parseChrom() error {
	chrom := r.Chrom()
	if bytes.Equal(chrom, r.chrom) && len(chrom) > 0 {
		return nil
	}
	if !validContig(chrom) {
		return r.fail("CHROM", ErrChrom, quote(chrom))
	}
	r.chrom = append(r.chrom[:0], chrom...)
	return nil
}

func (r *Record) parsePos() error {
	text := r.column(1)
	r.pos = 0
	for _, c := range text {
		d := c - '0'
		if r.pos = r.pos*10 + int64(d); d > 9 || r.pos > math.MaxInt32 {
			return r.fail("POS", ErrPos, quote(text))
		}
	}
	if len(text) == 0 {
		return r.fail("POS", ErrPos, `""`)
	}
	return nil
}

func (r *Record) checkID() error {
	id := r.ID()
	if len(id) == 1 && id[0] == '.' {
		return nil
	}
	if len(id) == 0 {
		return r.against(RuleEmpty, "ID", ErrID, id)
	}
	return r.checkList("ID", id, ErrID)
}

const (
	// maxList bounds the identifiers, alternate alleles and filters of a record: BCF holds no more alleles.
	maxList = 65_535
	// maxInfo bounds the INFO entries of a record: as many as a header has lines to declare keys.
	maxInfo = defaultHeaderLines
)

// checkList checks a list separated by semicolons, not of a dot alone: no empty part, in ID no dot for one, no white
// space, in FILTER no comma, nothing twice. Lists longer than any caller writes are not searched for duplicates.
func (r *Record) checkList(column string, text []byte, invalid Fault) error {
	const searched = 100
	form, comma := RuleSpace+habit, byte(' ')
	if invalid == ErrFilter {
		form, comma = RuleFilter+habit, ','
	}
	from, parts := 0, 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] > ' ' && text[i] != ';' && text[i] != comma {
			continue
		}
		rule, fault := Rule(0), invalid
		if i < len(text) && text[i] != ';' {
			rule = form
		} else {
			part := text[from:i]
			switch parts++; {
			case parts > maxList:
				return r.fail(column, ErrTooMany, quote(text))
			case len(part) == 0, len(part) == 1 && part[0] == '.' && invalid == ErrID:
				rule = RuleEmpty + habit
			case parts <= searched && listHas(text[:from], part):
				rule, fault = RuleDuplicate+habit, ErrDuplicate
			}
			from = i + 1
		}
		if rule != 0 {
			if err := r.against(rule, column, fault, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// listHas tells whether a list separated by semicolons holds part.
func listHas(list, part []byte) bool {
	for len(list) > 0 {
		i := bytes.IndexByte(list, ';')
		if i < 0 {
			return bytes.Equal(list, part)
		}
		if bytes.Equal(list[:i], part) {
			return true
		}
		list = list[i+1:]
	}
	return false
}

func (r *Record) parseQual() error {
	text := r.column(5)
	r.qual, r.noQual = 0, false
	if r.IgnoreQual || len(text) == 1 && text[0] == '.' {
		r.noQual = true
		return nil
	}
	q, ok := ParseFloat(text)
	switch {
	case len(text) == 0:
		r.noQual = true
		return r.against(RuleEmpty, "QUAL", ErrQual, text)
	case !ok:
		return r.fail("QUAL", ErrQual, quote(text))
	}
	r.qual = q
	if q < 0 {
		return r.against(RuleType+habit, "QUAL", ErrQual, text)
	}
	return nil
}

func (r *Record) checkFilter() error {
	if r.IgnoreFilter {
		return nil
	}
	filter := r.Filter()
	if bytes.Equal(filter, r.filter) && len(filter) > 0 {
		return nil
	}
	if len(filter) == 0 {
		return r.against(RuleEmpty, "FILTER", ErrFilter, filter)
	}
	if len(filter) > 1 || filter[0] != '.' {
		before := r.broken
		r.broken = 0
		if err := r.checkList("FILTER", filter, ErrFilter); err != nil {
			return err
		}
		if err := r.checkFilterNames(filter); err != nil {
			return err
		}
		odd := r.broken != 0
		if r.broken |= before; odd {
			return nil // each record is to be counted
		}
	}
	r.filter = append(r.filter[:0], filter...)
	return nil
}

// checkFilterNames looks for names that FILTER may not hold, or not beside others.
func (r *Record) checkFilterNames(filter []byte) error {
	rule := Rule(0)
	switch {
	case listHas(filter, []byte("0")):
		rule = RuleFilter
	case bytes.IndexByte(filter, ';') < 0:
	case listHas(filter, []byte(".")):
		rule = RuleFilter + habit
	case listHas(filter, []byte("PASS")):
		rule = RuleFilter + custom
	}
	if rule == 0 {
		return nil
	}
	return r.against(rule, "FILTER", ErrFilter, filter)
}
