package lake

import (
	"bytes"
	"hash/maphash"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
)

// maxDictionary is how many bytes the texts of a row group's dictionary may take. A column beyond it is written plain.
const maxDictionary = 1 << 20

// dictionary numbers the different texts of a column in one row group. Parquet's library would do so while it
// encodes, for every value of every row; here a site's texts are numbered once, however many samples follow, and
// most are recognised without hashing: what came after a text last time tends to come after it again.
type dictionary struct {
	texts []byte  // one after the other
	ends  []int32 // text i is texts[ends[i]:ends[i+1]]: Arrow's layout
	next  []int32 // the text that followed text i last time
	last  int32
	slots []int32 // hash table with linear probing: 0, or 1 + a text's number
	seed  maphash.Seed
}

func newDictionary() *dictionary {
	d := &dictionary{slots: make([]int32, 64), seed: maphash.MakeSeed()}
	d.reset()
	return d
}

func (d *dictionary) reset() {
	d.texts, d.ends, d.next, d.last = d.texts[:0], append(d.ends[:0], 0), d.next[:0], 0
	clear(d.slots)
}

func (d *dictionary) len() int { return len(d.ends) - 1 }

func (d *dictionary) text(i int32) parquet.ByteArray { return d.texts[d.ends[i]:d.ends[i+1]] }

// number is the number of a text, which is added if it is new.
func (d *dictionary) number(text []byte) int32 {
	if len(d.next) == 0 {
		return d.find(text)
	}
	guess := d.next[d.last]
	if !bytes.Equal(d.text(guess), text) {
		guess = d.find(text)
		d.next[d.last] = guess
	}
	d.last = guess
	return guess
}

func (d *dictionary) find(text []byte) int32 {
	mask := uint64(len(d.slots) - 1)
	slot := maphash.Bytes(d.seed, text) & mask
	for ; d.slots[slot] != 0; slot = (slot + 1) & mask {
		if i := d.slots[slot] - 1; bytes.Equal(d.text(i), text) {
			return i
		}
	}
	i := int32(d.len())
	d.texts = append(d.texts, text...)
	d.ends = append(d.ends, int32(len(d.texts)))
	d.next = append(d.next, 0)
	d.slots[slot] = i + 1
	if 2*d.len() > len(d.slots) {
		d.grow()
	}
	return i
}

func (d *dictionary) grow() {
	d.slots = make([]int32, 2*len(d.slots))
	mask := uint64(len(d.slots) - 1)
	for i := range int32(d.len()) {
		slot := maphash.Bytes(d.seed, d.text(i)) & mask
		for d.slots[slot] != 0 {
			slot = (slot + 1) & mask
		}
		d.slots[slot] = i + 1
	}
}

func (d *dictionary) full() bool { return len(d.texts)+4*d.len() > maxDictionary }

// bytes is about what the dictionary takes in memory.
func (d *dictionary) bytes() int { return len(d.texts) + 8*d.len() + 4*len(d.slots) }

// arrow is the dictionary as an Arrow array, which shares its memory.
func (d *dictionary) arrow() arrow.Array {
	return array.NewBinaryData(array.NewData(arrow.BinaryTypes.Binary, d.len(), []*memory.Buffer{
		nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(d.ends)), memory.NewBufferBytes(d.texts),
	}, nil, 0, 0))
}
