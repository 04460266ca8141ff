package variant

import (
	"encoding/binary"
	"hash/maphash"
)

// callMemo recognises samples' columns, texts as "0/0:30:99", that were met before in a row group, under the same
// FORMAT and with as many alleles: their call needs neither to be checked nor to be laid out again. For each record:
// begin, then for each batch of its samples find, then findOne and add for those that find did not know. It forgets all
// when a row group ends, as numbers of calls do. In joint calls nearly all are like that. Where few are, as in most
// files of one sample, it soon leaves off until the next row group.
type callMemo struct {
	rowGroup int
	kinds    []callKind
	kind     int32

	seed  maphash.Seed
	slots []callSlot // hash table with linear probing
	kept  []byte     // the columns: number, kind, length and text of each
	used  int

	off          bool
	looked, hits int
}

// callKind is what else than its text a call depends on.
type callKind struct {
	layout uint64
	alts   int
}

// callSlot is small, so that many are in the processor's cache.
type callSlot struct {
	hash uint32
	at   uint32 // in kept, one more than where the column's number is; 0: empty
}

// keptHeader is the bytes before a kept text: 4 of the call's number, 2 of the kind, 2 of the text's length.
const keptHeader = 8

const (
	// trialCalls is after how many columns a memo must have known one in trialHits.
	trialCalls, trialHits = 1 << 16, 4
	maxMemo               = 1 << 23 // bytes of columns kept
	maxMemoText           = 1 << 10 // of one column
)

// begin is for the record at hand.
func (m *callMemo) begin(rowGroup int, layout uint64, alts int) {
	if m.slots == nil || rowGroup != m.rowGroup {
		if m.slots == nil {
			m.seed, m.slots = maphash.MakeSeed(), make([]callSlot, 1<<12)
		}
		clear(m.slots)
		m.rowGroup, m.kinds, m.kept, m.used = rowGroup, m.kinds[:0], m.kept[:0], 0
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

// recalled is a column that is looked for.
type recalled struct {
	text   []byte
	number int32 // of its call; -1: unknown
	hash   uint32
	slot   callSlot // where it would be first
	free   int      // the slot for add; -1: it is not to be kept
}

// recallBatch is how many columns are looked for together, so that the processor waits for the memory of all at once.
const recallBatch = 16

// find numbers the calls of the columns that are known.
func (m *callMemo) find(batch []recalled) {
	if m.off || int(m.kind) == len(m.kinds) {
		for i := range batch {
			batch[i].number, batch[i].free = -1, -1
		}
		return
	}
	if m.looked += len(batch); m.looked >= trialCalls {
		m.off = m.hits < m.looked/trialHits
		m.looked, m.hits = 0, 0
	}
	mask := uint32(len(m.slots) - 1)
	for i := range batch {
		batch[i].hash = uint32(maphash.Bytes(m.seed, batch[i].text))
	}
	for i := range batch {
		batch[i].slot = m.slots[batch[i].hash&mask]
	}
	for i := range batch {
		b := &batch[i]
		b.number, b.free = -1, 0
		if b.slot.at != 0 && b.slot.hash == b.hash {
			m.match(b, b.slot)
		}
	}
}

// match numbers b if it is the column of the slot.
func (m *callMemo) match(b *recalled, s callSlot) bool {
	kept := m.kept[s.at-1:]
	if binary.LittleEndian.Uint32(kept[4:]) != uint32(m.kind)|uint32(len(b.text))<<16 ||
		string(kept[keptHeader:keptHeader+len(b.text)]) != string(b.text) {
		return false
	}
	b.number = int32(binary.LittleEndian.Uint32(kept))
	m.hits++
	return true
}

// findOne looks further for a column that find did not know, and finds the slot for add.
func (m *callMemo) findOne(b *recalled) {
	if b.free < 0 || len(b.text) > maxMemoText {
		b.free = -1
		return
	}
	mask := uint32(len(m.slots) - 1)
	for at := b.hash & mask; ; at = (at + 1) & mask {
		s := m.slots[at]
		if s.at == 0 {
			b.free = int(at)
			return
		}
		if s.hash == b.hash && m.match(b, s) {
			return
		}
	}
}

// add keeps a call whose column findOne did not find.
func (m *callMemo) add(b *recalled) {
	if b.free < 0 || len(m.kept) >= maxMemo {
		return
	}
	m.slots[b.free] = callSlot{b.hash, uint32(len(m.kept)) + 1}
	m.kept = binary.LittleEndian.AppendUint32(m.kept, uint32(b.number))
	m.kept = binary.LittleEndian.AppendUint32(m.kept, uint32(m.kind)|uint32(len(b.text))<<16)
	m.kept = append(m.kept, b.text...)
	if m.used++; 2*m.used > len(m.slots) {
		m.grow()
	}
}

func (m *callMemo) grow() {
	old := m.slots
	m.slots = make([]callSlot, 2*len(old))
	mask := uint32(len(m.slots) - 1)
	for _, s := range old {
		if s.at == 0 {
			continue
		}
		at := s.hash & mask
		for m.slots[at].at != 0 {
			at = (at + 1) & mask
		}
		m.slots[at] = s
	}
}
