package variant

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// A column has the number of the one before that was the same under the same FORMAT and as many alleles, and no
// other's.
func TestCallMemo(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var m callMemo
	next := int32(0)
	batch := make([]recalled, recallBatch)
	for rowGroup := range 3 {
		known := map[string]int32{}
		for range 4000 {
			layout, alts := uint64(rng.IntN(3)+1), rng.IntN(3)
			m.begin(rowGroup, layout, alts)
			for i := range batch {
				batch[i] = recalled{text: fmt.Appendf(nil, "0/%d:%d", rng.IntN(2), rng.IntN(900))}
				if rng.IntN(500) == 0 {
					batch[i].text = append(batch[i].text, make([]byte, rng.IntN(2*maxMemoText))...)
				}
			}
			m.find(batch)
			for i := range batch {
				b := &batch[i]
				key := fmt.Sprint(layout, alts, string(b.text))
				if b.number < 0 {
					m.findOne(b)
				}
				want, ok := known[key]
				switch {
				case b.number >= 0 && (!ok || b.number != want):
					t.Fatalf("%q has the number %d, want %d (%v)", b.text, b.number, want, ok)
				case b.number < 0:
					if ok && !m.off && len(b.text) <= maxMemoText {
						t.Fatalf("%q was forgotten", b.text)
					}
					b.number = next
					m.add(b)
					if !ok {
						known[key] = next
					}
					next++
				}
			}
		}
		if m.off {
			t.Errorf("row group %d: the memo left off", rowGroup)
		}
	}
}

// Where hardly a column comes twice the memo leaves off, until the next row group.
func TestCallMemoLeavesOff(t *testing.T) {
	var m callMemo
	batch := make([]recalled, recallBatch)
	look := func(rowGroup, from int) {
		m.begin(rowGroup, 1, 1)
		for i := range batch {
			batch[i] = recalled{text: fmt.Append(nil, from+i)}
		}
		m.find(batch)
		for i := range batch {
			if m.findOne(&batch[i]); batch[i].number < 0 {
				batch[i].number = int32(from + i)
				m.add(&batch[i])
			}
		}
	}
	for i := range 2 * trialCalls / recallBatch {
		look(0, i*recallBatch)
	}
	if !m.off || len(m.kept) > 40*trialCalls {
		t.Errorf("off is %v, %d bytes are kept", m.off, len(m.kept))
	}
	look(1, 0)
	if m.off {
		t.Error("it does not try again")
	}
}

// Kinds beyond those told apart are not mixed up.
func TestCallMemoKinds(t *testing.T) {
	var m callMemo
	for kind := range uint64(2 * maxKinds) {
		m.begin(0, kind+1, 1)
		batch := []recalled{{text: []byte("0/1")}}
		m.find(batch)
		if m.findOne(&batch[0]); batch[0].number >= 0 {
			t.Fatalf("kind %d has the call %d of another", kind, batch[0].number)
		}
		batch[0].number = int32(kind)
		m.add(&batch[0])
	}
}
