package variant

import "github.com/varlake/varlake/vcf"

// recallSamples is from how many samples on calls are looked for among those of the row group: of a few samples hardly
// any are alike.
const recallSamples = 8

// Calls numbers the calls of the samples first to end of a record whose Site was laid out: for each of them the number
// that w gave its call in the row group under construction, for its Write, and the same number for samples that are
// alike. The numbers are good until the next call.
//
// A joint call of 2,504 samples, of which most are 0/0 with the same depth as another, so parses and keeps a few dozen
// of them. What happens to one sample's column:
//
//	"0/1:41"  ── NextSample ──▶ text ── callMemo.find ──▶ known: its number             (nearly all, in joint calls)
//	                                         │
//	                                         └─ unknown ── newCall: findOne ──▶ known after all: its number
//	                                                           └─ CheckSample, layOut, divert
//	                                                                └─ Writer.Call ──▶ a new number ── callMemo.add
//
// The samples are dealt with in batches of recallBatch, since looking up one after the other would wait for memory each
// time: NextSample only cuts the columns apart, find looks all of them up, and newCall parses those that are new. A
// sample that cannot be cut ends the batch before it, so that a fault in an earlier one comes first, as it does when
// lines are read from left to right.
func (s *Shredder) Calls(w *Writer, r *vcf.Record, first, end int) ([]int32, error) {
	s.calls = s.calls[:0]
	if first == end {
		return nil, nil
	}
	recall := len(w.samples) >= recallSamples
	if recall {
		s.known.begin(w.RowGroup(), r.Layout(), r.NumAlt())
	}
	for ; first < end; first += recallBatch {
		batch := s.batch[:min(recallBatch, end-first)]
		var broken error
		for i := range batch {
			if batch[i].text, broken = r.NextSample(); broken != nil {
				batch = batch[:i]
				break
			}
		}
		if recall {
			s.known.find(batch)
		}
		for i := range batch {
			b := &batch[i]
			if b.number < 0 || !recall {
				if err := s.newCall(w, r, first+i, b, recall); err != nil {
					return nil, err
				}
			}
			s.calls = append(s.calls, b.number)
		}
		if broken != nil {
			return nil, broken
		}
	}
	return s.calls, nil
}

// newCall parses one sample: it checks the column against the header, lays it out as a call, moves what does not fit
// aside, and gives the call to the writer, whose number of it goes to b. find does not know what the batch itself has
// added, nor columns whose slot was taken: findOne looks again. What breaks a rule that is forgiven is not remembered,
// since every occurrence is to be counted.
func (s *Shredder) newCall(w *Writer, r *vcf.Record, sample int, b *recalled, recall bool) error {
	if recall {
		if s.known.findOne(b); b.number >= 0 {
			return nil
		}
	}
	if err := r.CheckSample(sample); err != nil {
		return err
	}
	call := s.layOut(r, sample)
	if misfits := r.Misfits(); misfits != nil {
		s.divert(call, r, sample, misfits)
	}
	b.number = w.Call(call)
	if recall && !r.Odd() { // each odd record is to be counted
		s.known.add(b)
	}
	return nil
}
