package variant

import (
	"bytes"
	"slices"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/vcf"
)

// Shredder lays records of a file out as sites and calls, which a Writer takes. What it gives is good until its next
// call and refers to the record's line. It is for one goroutine, and allocates nothing per record once its buffers have
// grown.
type Shredder struct {
	source Source
	marked bool // the file declares EndKey
	unread bool // the record's annotations do not have the fields that the header describes

	layout  uint64
	targets []Target            // of the layout at hand
	several bool                // may come for a column that takes one value
	plans   map[uint64][]Target // of all layouts: the records of a gVCF take turns

	site   Site
	call   Call
	lists  [][]byte
	ints   []int32
	floats []float64
	pairs  []column.KV
	text   []byte
	veps   []vcf.VEPEntry

	known callMemo
	batch [recallBatch]recalled
	calls []int32 // see Calls
}

// Source is what a Shredder knows of the file that its records are from.
type Source struct {
	Header    *vcf.Header
	Annotated bool           // annotations are asked for
	VEP       *vcf.VEPFormat // nil: none are, or there are none in this file
	VEPKey    string         // the INFO key that has them
}

// NewShredder is for the records of a file.
func NewShredder(source Source) *Shredder {
	return &Shredder{source: source, marked: source.Header.Info([]byte(EndKey)) != nil}
}

// Unread tells whether the record of Site has annotations without the fields that its header describes.
func (s *Shredder) Unread() bool { return s.unread }

func (s *Shredder) reset() {
	s.lists, s.ints, s.floats, s.pairs, s.text = s.lists[:0], s.ints[:0], s.floats[:0], s.pairs[:0], s.text[:0]
}

// Site lays out what all rows of a parsed record share. line is its number in the file, from 1.
func (s *Shredder) Site(r *vcf.Record, line int64) *Site {
	s.reset()
	site := &s.site
	site.Line, site.Format = line, r.Format()
	site.Contig = r.Chrom()
	site.Start, site.End = r.Pos()-1, r.End()
	site.Names = s.list(r.AppendIDs)
	site.Ref = r.Ref()
	site.Alts = s.list(r.AppendAlts)
	site.Qual, site.HasQual = r.Qual()
	site.Filters = s.list(r.AppendFilters)

	before := len(s.pairs)
	for i := range r.NumInfo() {
		key, value, hasValue := r.Info(i) // KEY= is not the flag KEY
		if s.marked && string(key) == EndKey && s.takeEnd(r, value) {
			continue
		}
		s.pairs = append(s.pairs, column.KV{Key: key, Value: value, Null: hasValue && len(value) == 0,
			ID: int32(r.InfoOrdinal(i) + 1)})
	}
	if r.Broken().Has(vcf.RuleDuplicate) {
		pairs := s.pairs[before:]
		if joined := s.joinRepeated(slices.Clone(pairs)); len(joined) < len(pairs) { // else an ID or a filter is there twice
			s.pairs = s.pairs[:before+copy(pairs, joined)]
			text := r.InfoText()
			if at := bytes.LastIndex(text, []byte(";"+EndKey+"=")); s.marked && at >= 0 {
				text = text[:at]
			}
			site.Format = s.withInfo(site.Format, text)
		}
	}
	site.Attributes = s.pairs[before:len(s.pairs):len(s.pairs)]

	site.Annotated, site.VEP, s.unread = s.source.Annotated, nil, false
	if s.source.VEP != nil {
		value, _ := r.InfoValue(s.source.VEPKey)
		s.veps = s.source.VEP.Parse(value, s.veps[:0])
		site.VEP, s.unread = s.veps, len(s.veps) == 0 && !vcf.IsMissing(value)
	}
	if layout := r.Layout(); layout != 0 && (layout != s.layout || s.targets == nil) {
		s.layout, s.targets = layout, s.plan(r)
		s.several = slices.ContainsFunc(s.targets, severalForOne)
	}
	return site
}

// takeEnd makes the value of EndKey the record's end; ok is false of what is none.
func (s *Shredder) takeEnd(r *vcf.Record, value []byte) (ok bool) {
	end, ok := vcf.ParseInt(value)
	if ok = ok && int64(end) >= r.Pos(); ok {
		s.site.End = int64(end)
	}
	return ok
}

// list gathers a list of the record; nil when it has no element.
func (s *Shredder) list(appendTo func([][]byte) [][]byte) [][]byte {
	before := len(s.lists)
	s.lists = appendTo(s.lists)
	if len(s.lists) == before {
		return nil
	}
	return s.lists[before:len(s.lists):len(s.lists)]
}

// maxPlans bounds the plans kept; files have a handful of layouts.
const maxPlans = 256

// plan decides for each FORMAT key of the record where its values go.
func (s *Shredder) plan(r *vcf.Record) []Target {
	if known := s.plans[r.Layout()]; known != nil {
		return known
	}
	fields := make([]*vcf.Field, r.NumFormat())
	for i := range fields {
		fields[i] = r.FormatField(i)
	}
	targets := Targets(fields)
	if s.plans == nil || len(s.plans) == maxPlans {
		s.plans = map[uint64][]Target{}
	}
	s.plans[r.Layout()] = targets
	return targets
}

// layOut lays out a checked sample. The call is valid until the next one.
func (s *Shredder) layOut(r *vcf.Record, sample int) *Call {
	call := &s.call
	*call = Call{}
	s.ints, s.floats = s.ints[:0], s.floats[:0]
	before := len(s.pairs)
	for i := range s.targets {
		t := &s.targets[i]
		text := r.Field(sample, i)
		if len(text) == 0 && text != nil || t.Implied && !plain(text, t.Column) {
			call.Text = r.Sample(sample)
		}
		switch t.Column {
		case GT:
			from := len(s.ints)
			s.ints, call.Phased = vcf.AppendGT(s.ints, text)
			call.HasGT, call.Calls = true, s.ints[from:len(s.ints):len(s.ints)]
			if (len(text) != 3 || text[1] != '/' && text[1] != '|') && oddGT(text) {
				call.Text = r.Sample(sample)
			}
		case GL:
			from := len(s.floats)
			s.floats, _ = vcf.AppendFloats(s.floats, text)
			if len(s.floats) > from {
				call.GL = s.floats[from:len(s.floats):len(s.floats)]
			}
			if emptyElement(text) {
				call.Text = r.Sample(sample)
			}
		case PL:
			call.PL = s.intList(text)
		case AD:
			call.AD = s.intList(text)
		case SPL:
			call.SPL = s.intList(text)
		case GQ:
			call.GQ.V, call.GQ.Valid = vcf.ParseInt(text)
		case DP:
			call.DP.V, call.DP.Valid = vcf.ParseInt(text)
		case PS:
			call.PS.V, call.PS.Valid = vcf.ParseInt(text)
		default:
			s.pairs = append(s.pairs, s.other(t, text))
			if t.List && emptyElement(text) {
				call.Text = r.Sample(sample)
			}
		}
	}
	if len(s.pairs) > before {
		call.Information = s.pairs[before:len(s.pairs):len(s.pairs)]
	}
	if s.several {
		s.divertSeveral(call, r, sample)
	}
	return call
}

// severalForOne tells whether the header lets several values come for a column that takes one.
func severalForOne(t Target) bool { return t.Column != Information && t.List }

// divertSeveral moves several values of a column that takes one to information.
func (s *Shredder) divertSeveral(call *Call, r *vcf.Record, sample int) {
	for i, t := range s.targets {
		if severalForOne(t) && bytes.IndexByte(r.Field(sample, i), ',') >= 0 {
			s.divert(call, r, sample, []int{i})
		}
	}
}

// oddGT tells whether a genotype is not what its alleles and phasing would be written as: its separators differ, it
// begins with one, or an allele with a zero too many.
func oddGT(gt []byte) bool {
	slashes, bars := bytes.Count(gt, []byte{'/'}), bytes.Count(gt, []byte{'|'})
	if slashes > 0 && bars > 0 || len(gt) > 0 && (gt[0] == '/' || gt[0] == '|') {
		return true
	}
	for i := 1; i < len(gt); i++ {
		if gt[i-1] == '0' && gt[i]-'0' <= 9 && (i == 1 || gt[i-2]-'0' > 9) {
			return true
		}
	}
	return false
}

// emptyElement tells whether a list has an element that is neither a value nor a dot.
func emptyElement(list []byte) bool {
	for i, c := range list {
		if c == ',' && (i == 0 || i+1 == len(list) || list[i+1] == ',') {
			return true
		}
	}
	return false
}

// plain tells whether a list is written as its numbers would be. Floats have too many ways of writing them to look.
func plain(list []byte, column Column) bool {
	if vcf.IsMissing(list) {
		return true
	}
	if column == GL {
		return false
	}
	for more := true; more; {
		var text []byte
		text, list, more = bytes.Cut(list, []byte{','})
		digits := bytes.TrimPrefix(text, []byte{'-'})
		if !vcf.IsMissing(text) && (digits[0] == '+' || digits[0] == '0' && len(text) > 1) || len(text) == 0 {
			return false
		}
	}
	return true
}

func (s *Shredder) intList(text []byte) []int32 {
	from := len(s.ints)
	s.ints, _ = vcf.AppendInts(s.ints, text)
	if len(s.ints) == from {
		return nil
	}
	return s.ints[from:len(s.ints):len(s.ints)]
}

// other is a FORMAT value as information keeps it: the VCF's own text, lists as [a, b].
func (s *Shredder) other(t *Target, text []byte) column.KV {
	if vcf.IsMissing(text) {
		return column.KV{Key: t.Name, Null: true}
	}
	if !t.List {
		return column.KV{Key: t.Name, Value: text}
	}
	from := len(s.text)
	s.text = append(s.text, '[')
	for more := true; more; {
		var element []byte
		element, text, more = bytes.Cut(text, []byte{','})
		if t.Numeric && vcf.IsMissing(element) {
			element = []byte("null")
		}
		s.text = append(s.text, element...)
		if more {
			s.text = append(s.text, ", "...)
		}
	}
	s.text = append(s.text, ']')
	return column.KV{Key: t.Name, Value: s.text[from:len(s.text):len(s.text)]}
}
