package ingest

import (
	"bytes"

	"github.com/varlake/varlake/internal/lake"
	"github.com/varlake/varlake/vcf"
)

// column is where a FORMAT key's values go.
type column uint8

const (
	toInformation column = iota
	toGT
	toGL
	toPL
	toAD
	toGQ
	toSPL
	toDP
	toPS
)

// ownColumns are the FORMAT keys with a column of their own, and what a header must declare for it: a key
// declared otherwise keeps its values, as text, in information.
var ownColumns = map[string]struct {
	column column
	kind   vcf.Type
	scalar bool
}{
	"GL":  {toGL, vcf.Float, false},
	"PL":  {toPL, vcf.Integer, false},
	"AD":  {toAD, vcf.Integer, false},
	"GQ":  {toGQ, vcf.Integer, true},
	"SPL": {toSPL, vcf.Integer, false},
	"DP":  {toDP, vcf.Integer, true},
	"PS":  {toPS, vcf.Integer, true},
}

// aliases are the names under which HealthOmics keeps some FORMAT keys in information.
var aliases = map[string]string{
	"FT": "genotype_filters",
	"GP": "posteriorprobabilities",
	"HQ": "haplotypequalities",
	"EC": "expectedallelecounts",
	"MQ": "mappingquality",
}

// target is what becomes of one FORMAT key of a record.
type target struct {
	column  column
	key     []byte // in information
	list    bool   // the text in information is [a, b]
	numeric bool   // so that a missing element is null in it
}

// shredder lays a record out as lake's site and calls. What it returns is valid until its next call and
// refers to the record's line. Zero allocations per record once its buffers have grown.
type shredder struct {
	vep       *vcf.VEPFormat
	vepKey    string
	annotated bool
	entries   []vcf.VEPEntry

	layout  uint64
	targets []target
	others  int // targets that go to information

	site   lake.Site
	call   lake.Call
	lists  [][]byte
	ints   []int32
	floats []float64
	pairs  []lake.KV
	text   []byte
	veps   []lake.VEP
}

func newShredder(p *vcfFormat) *shredder {
	return &shredder{vep: p.vep, vepKey: p.vepKey, annotated: p.annotated}
}

func (s *shredder) reset() {
	s.lists, s.ints, s.floats, s.pairs, s.text = s.lists[:0], s.ints[:0], s.floats[:0], s.pairs[:0], s.text[:0]
}

func (s *shredder) shredSite(r *vcf.Record, line int64) *lake.Site {
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
		key, value, _ := r.Info(i)
		s.pairs = append(s.pairs, lake.KV{Key: key, Value: value, ID: int32(r.InfoOrdinal(i) + 1)})
	}
	site.Attributes = s.pairs[before:len(s.pairs):len(s.pairs)]

	site.Annotated, site.VEP = s.annotated, nil
	if s.vep != nil {
		value, _ := r.InfoValue(s.vepKey)
		s.entries = s.vep.Parse(value, s.entries[:0])
		s.veps, s.pairs = appendVEP(s.veps[:0], s.pairs, s.entries)
		site.VEP = s.veps
	}
	if layout := r.Layout(); layout != 0 && (layout != s.layout || s.targets == nil) {
		s.plan(r)
		s.layout = layout
	}
	return site
}

// list gathers a list of the record; nil when it has no element.
func (s *shredder) list(appendTo func([][]byte) [][]byte) [][]byte {
	before := len(s.lists)
	s.lists = appendTo(s.lists)
	if len(s.lists) == before {
		return nil
	}
	return s.lists[before:len(s.lists):len(s.lists)]
}

// plan decides for each FORMAT key of the record where its values go.
func (s *shredder) plan(r *vcf.Record) {
	s.targets, s.others = make([]target, r.NumFormat()), 0
	for i := range s.targets {
		s.targets[i] = planKey(r.FormatField(i))
		if s.targets[i].column == toInformation {
			s.others++
		}
	}
}

func planKey(field *vcf.Field) target {
	key := field.ID
	if key == "GT" {
		return target{column: toGT}
	}
	single := field.Number == vcf.Number{Kind: vcf.Fixed, Count: 1}
	if own, ok := ownColumns[key]; ok && field.Type == own.kind && (single || !own.scalar) {
		return target{column: own.column}
	}
	name := []byte(aliases[key])
	if len(name) == 0 {
		name = bytes.ToLower([]byte(key))
	}
	return target{
		key:     name,
		list:    !single && field.Line > 0, // an undeclared key has no Number: its text stays as it is
		numeric: field.Type == vcf.Integer || field.Type == vcf.Float,
	}
}

// shredCall lays out a checked sample. The call is valid until the next one.
func (s *shredder) shredCall(r *vcf.Record, sample int) *lake.Call {
	call := &s.call
	*call = lake.Call{}
	s.ints, s.floats = s.ints[:0], s.floats[:0]
	before := len(s.pairs)
	for i := range s.targets {
		t := &s.targets[i]
		text := r.Field(sample, i)
		switch t.column {
		case toGT:
			from := len(s.ints)
			s.ints, call.Phased = vcf.AppendGT(s.ints, text)
			call.HasGT, call.Calls = true, s.ints[from:len(s.ints):len(s.ints)]
			if len(text) != 3 && oddGT(text) {
				call.Text = r.Sample(sample)
			}
		case toGL:
			from := len(s.floats)
			s.floats, _ = vcf.AppendFloats(s.floats, text)
			if len(s.floats) > from {
				call.GL = s.floats[from:len(s.floats):len(s.floats)]
			}
		case toPL:
			call.PL = s.intList(text)
		case toAD:
			call.AD = s.intList(text)
		case toSPL:
			call.SPL = s.intList(text)
		case toGQ:
			call.GQ.V, call.GQ.Valid = vcf.ParseInt(text)
		case toDP:
			call.DP.V, call.DP.Valid = vcf.ParseInt(text)
		case toPS:
			call.PS.V, call.PS.Valid = vcf.ParseInt(text)
		default:
			s.pairs = append(s.pairs, s.other(t, text))
		}
	}
	if len(s.pairs) > before {
		call.Information = s.pairs[before:len(s.pairs):len(s.pairs)]
	}
	return call
}

// oddGT tells whether a genotype is not what its alleles and phasing would be written as: its separators differ, it begins
// with one, or an allele with a zero too many.
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

func (s *shredder) intList(text []byte) []int32 {
	from := len(s.ints)
	s.ints, _ = vcf.AppendInts(s.ints, text)
	if len(s.ints) == from {
		return nil
	}
	return s.ints[from:len(s.ints):len(s.ints)]
}

// other is a FORMAT value as information keeps it: the VCF's own text, lists as [a, b].
func (s *shredder) other(t *target, text []byte) lake.KV {
	if vcf.IsMissing(text) {
		return lake.KV{Key: t.key, Null: true}
	}
	if !t.list {
		return lake.KV{Key: t.key, Value: text}
	}
	from := len(s.text)
	s.text = append(s.text, '[')
	for more := true; more; {
		var element []byte
		element, text, more = bytes.Cut(text, []byte{','})
		if t.numeric && vcf.IsMissing(element) {
			element = []byte("null")
		}
		s.text = append(s.text, element...)
		if more {
			s.text = append(s.text, ", "...)
		}
	}
	s.text = append(s.text, ']')
	return lake.KV{Key: t.key, Value: s.text[from:len(s.text):len(s.text)]}
}
