package ingest

import (
	"bytes"
	"cmp"
	"errors"
	"slices"

	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/variant"
	"github.com/varlake/varlake/norm"
	"github.com/varlake/varlake/vcf"
)

// refusal is what Normalize's error says against a file's record. It is nil when the file is not to blame: the reference
// could not be read.
func refusal(err error, line int64) *vcf.ParseError {
	var (
		unknown  *fasta.UnknownContigError
		mismatch *norm.MismatchError
	)
	switch {
	case errors.As(err, &unknown):
		return &vcf.ParseError{Line: line, Column: "CHROM", Err: unknown, Rule: vcf.RuleContig}
	case errors.As(err, &mismatch):
		return &vcf.ParseError{Line: line, Column: "REF", Err: mismatch, Rule: vcf.RuleReference}
	}
	return nil
}

// hint tells with which setting a fault would have been accepted, when it is not known what else the file needs.
func hint(rule vcf.Rule) string {
	if rule == 0 {
		return ""
	}
	return " (accepted with --relax " + rule.String() + ")"
}

// divert moves what does not fit a column of a call from there to information, under the key's own name: the values of misfits,
// which break a relaxed rule. The call then keeps its text.
func (s *shredder) divert(call *variant.Call, r *vcf.Record, sample int, misfits []int) {
	for _, i := range misfits {
		text, fits := r.Field(sample, i), true
		if vcf.IsMissing(text) { // an empty one: see shredCall
			continue
		}
		switch s.targets[i].Column {
		case variant.Information:
			if s.targets[i].Numeric && bytes.Contains(text, []byte("null")) { // else it would come back as a dot
				call.Text = r.Sample(sample)
			}
		case variant.GT:
			call.HasGT, call.Calls, call.Phased, fits = false, nil, false, false
		case variant.GL:
			if _, fits = vcf.AppendFloats(s.floats, text); !fits {
				call.GL = nil
			}
		case variant.PL:
			call.PL, fits = s.ifInts(call.PL, text)
		case variant.AD:
			call.AD, fits = s.ifInts(call.AD, text)
		case variant.SPL:
			call.SPL, fits = s.ifInts(call.SPL, text)
		case variant.GQ:
			fits = call.GQ.Valid
		case variant.DP:
			fits = call.DP.Valid
		case variant.PS:
			fits = call.PS.Valid
		}
		if fits && !emptyElement(text) {
			continue
		}
		if call.Text = r.Sample(sample); fits {
			continue
		}
		key := bytes.ToLower([]byte(r.FormatField(i).ID))
		if !slices.ContainsFunc(call.Information, func(p column.KV) bool { return bytes.Equal(p.Key, key) }) { // DP beside dp: see Text
			call.Information = append(call.Information, column.KV{Key: key, Value: text})
		}
	}
}

// ifInts is the list of a text of integers, or nil.
func (s *shredder) ifInts(list []int32, text []byte) (ints []int32, ok bool) {
	if _, ok = vcf.AppendInts(s.ints, text); !ok {
		return nil, false
	}
	return list, true
}

// withInfo is what lake keeps of FORMAT where INFO has a key twice, so that an export gives it back as it was: INFO follows after a tab.
func (s *shredder) withInfo(format, info []byte) []byte {
	from := len(s.text)
	s.text = append(append(append(s.text, format...), '\t'), info...)
	return s.text[from:len(s.text):len(s.text)]
}

// joinRepeated makes one attribute of those with the same key: the value of the first goes on with the text of the others, as in
// DP=1;DP=2, whose DP is "1;DP=2". What is repeated word for word is there once: an export has the column as it was, see withInfo.
// pairs are put into the order of their IDs.
func (s *shredder) joinRepeated(pairs []column.KV) []column.KV {
	slices.SortStableFunc(pairs, func(a, b column.KV) int { return cmp.Compare(a.ID, b.ID) })
	joined := pairs[:0]
	for len(pairs) > 0 {
		same := 1
		for same < len(pairs) && pairs[same].ID == pairs[0].ID {
			same++
		}
		joined = append(joined, s.join(pairs[:same]))
		pairs = pairs[same:]
	}
	return joined
}

// join joins attributes with the same key.
func (s *shredder) join(pairs []column.KV) column.KV {
	first, from := pairs[0], len(s.text)
	if len(pairs) == 1 {
		return first
	}
	s.text = append(s.text, first.Value...)
	known := map[string]bool{string(first.Value) + nullMark(first): true}
	for _, p := range pairs[1:] {
		word := string(p.Value) + nullMark(p)
		if known[word] {
			continue
		}
		known[word] = true
		s.text = append(append(s.text, ';'), p.Key...)
		if p.Null || len(p.Value) > 0 {
			s.text = append(append(s.text, '='), p.Value...)
		}
	}
	if text := s.text[from:len(s.text):len(s.text)]; len(text) > len(first.Value) {
		first.Value, first.Null = text, false
	}
	return first
}

// nullMark tells KEY= from KEY.
func nullMark(p column.KV) string {
	if p.Null {
		return ";"
	}
	return ""
}
