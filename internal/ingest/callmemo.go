package ingest

import (
	"bytes"
	"hash/maphash"
)

// callMemo recognises samples' columns that were met before in a row group, under the same FORMAT and with as many alleles:
// their call needs neither to be checked nor to be laid out again. In joint calls nearly all are like that. Where few are, as in most
// files of one sample, it soon leaves off until the next row group.
type callMemo struct {
	rowGroup int
	kinds    []callKind
	kind     int32

	seed  maphash.Seed
	slots []callSlot // hash table with linear probing
	texts []byte
	used  int

	off          bool
	looked, hits int
}

// callKind is what else than its text a call depends on.
type callKind struct {
	layout uint64
	alts   int
}

type callSlot struct {
	hash   uint32
	kind   int32
	number int32 // one more than the call's; 0: empty
	from   uint32
	length uint32
}

const (
	// trialCalls is after how many columns a memo must have known one in trialHits.
	trialCalls, trialHits = 4096, 4
	maxMemo               = 1 << 22 // columns kept, or bytes of them
	maxMemoText           = 1 << 10 // of one column
)

// begin is for the record at hand.
func (m *callMemo) begin(rowGroup int, layout uint64, alts int) {
	if m.slots == nil || rowGroup != m.rowGroup {
		if m.slots == nil {
			m.seed, m.slots = maphash.MakeSeed(), make([]callSlot, 1<<12)
		}
		clear(m.slots)
		m.rowGroup, m.kinds, m.texts, m.used = rowGroup, m.kinds[:0], m.texts[:0], 0
		m.off, m.looked, m.hits = false, 0, 0
	}
	kind := callKind{layout, alts}
	if n := int(m.kind); n < len(m.kinds) && m.kinds[n] == kind {
		return
	}
	for i, known := range m.kinds {
		if known == kind {
			m.kind = int32(i)
			return
		}
	}
	m.kind = int32(len(m.kinds))
	if len(m.kinds) < maxKinds {
		m.kinds = append(m.kinds, kind)
	}
}

// maxKinds bounds the kinds that are told apart; the calls of others are not kept.
const maxKinds = 64

// find gives the number of a call, or -1 and the slot for add.
func (m *callMemo) find(text []byte) (number int32, slot int) {
	if m.off || int(m.kind) == len(m.kinds) || len(text) > maxMemoText {
		return -1, -1
	}
	if m.looked++; m.looked == trialCalls {
		m.off = m.hits < trialCalls/trialHits
		m.looked, m.hits = 0, 0
	}
	hash := uint32(maphash.Bytes(m.seed, text))
	mask := uint32(len(m.slots) - 1)
	for at := hash & mask; ; at = (at + 1) & mask {
		s := &m.slots[at]
		if s.number == 0 {
			return -1, int(at)
		}
		if s.hash == hash && s.kind == m.kind && bytes.Equal(m.texts[s.from:s.from+s.length], text) {
			m.hits++
			return s.number - 1, 0
		}
	}
}

// add keeps a call in the slot that find gave.
func (m *callMemo) add(slot int, text []byte, number int32) {
	if slot < 0 || m.used >= maxMemo || len(m.texts)+len(text) > maxMemo {
		return
	}
	m.slots[slot] = callSlot{uint32(maphash.Bytes(m.seed, text)), m.kind, number + 1, uint32(len(m.texts)), uint32(len(text))}
	m.texts = append(m.texts, text...)
	if m.used++; 2*m.used > len(m.slots) {
		m.grow()
	}
}

func (m *callMemo) grow() {
	old := m.slots
	m.slots = make([]callSlot, 2*len(old))
	mask := uint32(len(m.slots) - 1)
	for _, s := range old {
		if s.number == 0 {
			continue
		}
		at := s.hash & mask
		for m.slots[at].number != 0 {
			at = (at + 1) & mask
		}
		m.slots[at] = s
	}
}
