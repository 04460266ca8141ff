package variant

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/vcf"
)

// divert moves what does not fit a column of a call from there to information, under the key's own name: the values of
// misfits, which break a relaxed rule. The call then keeps its text.
func (s *Shredder) divert(call *Call, r *vcf.Record, sample int, misfits []int) {
	for _, i := range misfits {
		text, fits := r.Field(sample, i), true
		if vcf.IsMissing(text) { // an empty one: see layOut
			continue
		}
		switch s.targets[i].Column {
		case Information:
			if s.targets[i].Numeric && bytes.Contains(text, []byte("null")) { // else it would come back as a dot
				call.Text = r.Sample(sample)
			}
		case GT:
			call.HasGT, call.Calls, call.Phased, fits = false, nil, false, false
		case GL:
			if _, fits = vcf.AppendFloats(s.floats, text); !fits {
				call.GL = nil
			}
		case PL:
			call.PL, fits = s.ifInts(call.PL, text)
		case AD:
			call.AD, fits = s.ifInts(call.AD, text)
		case SPL:
			call.SPL, fits = s.ifInts(call.SPL, text)
		case GQ:
			fits = call.GQ.Valid
		case DP:
			fits = call.DP.Valid
		case PS:
			fits = call.PS.Valid
		}
		if fits && !emptyElement(text) {
			continue
		}
		if call.Text = r.Sample(sample); fits {
			continue
		}
		key := bytes.ToLower([]byte(r.FormatField(i).ID))
		// DP beside dp: see Text
		if !slices.ContainsFunc(call.Information, func(p column.KV) bool { return bytes.Equal(p.Key, key) }) {
			call.Information = append(call.Information, column.KV{Key: key, Value: text})
		}
	}
}

// ifInts is the list of a text of integers, or nil.
func (s *Shredder) ifInts(list []int32, text []byte) (ints []int32, ok bool) {
	if _, ok = vcf.AppendInts(s.ints, text); !ok {
		return nil, false
	}
	return list, true
}

// withInfo is what the table keeps of FORMAT where INFO has a key twice, so that an export gives it back as it was:
// INFO follows after a tab.
func (s *Shredder) withInfo(format, info []byte) []byte {
	from := len(s.text)
	s.text = append(append(append(s.text, format...), '\t'), info...)
	return s.text[from:len(s.text):len(s.text)]
}

// joinRepeated makes one attribute of those with the same key: the value of the first goes on with the text of the
// others, as in DP=1;DP=2, whose DP is "1;DP=2". What is repeated word for word is there once: an export has the column
// as it was, see withInfo. pairs are put into the order of their IDs.
func (s *Shredder) joinRepeated(pairs []column.KV) []column.KV {
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
func (s *Shredder) join(pairs []column.KV) column.KV {
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
