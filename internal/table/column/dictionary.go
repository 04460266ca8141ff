package column

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/rand/v2"

	"github.com/apache/arrow-go/v18/parquet"
)

// maxDictionary is how many bytes the texts of a row group's dictionary may take. A column beyond it is written plain.
const maxDictionary = 1 << 20

// dictionary numbers the different texts of a column in one row group. Most texts of variants are short numbers: those
// of up to seven bytes are told apart by one word, without looking at the text. Longer ones are often recognised
// without hashing: what came after a text last time tends to come after it again.
type dictionary struct {
	texts   []byte   // one after the other
	ends    []int32  // text i is texts[ends[i]:ends[i+1]]
	words   []uint64 // hash table with linear probing of texts of up to shortText bytes: 0, or what word packs
	numbers []int32  // of the texts in words
	used    int      // of words
	shift   uint     // leaves of a hash the bits that are a place in words
	slots   []int32  // hash table with linear probing of the others: 0, or 1 + a text's number
	longs   int      // in slots
	next    []int32  // the text that followed text i last time
	last    int32
	seed    maphash.Seed
}

const shortText = 7

func newDictionary() *dictionary {
	d := &dictionary{words: make([]uint64, 64), numbers: make([]int32, 64), shift: 64 - 6, slots: make([]int32, 64),
		seed: maphash.MakeSeed()}
	d.reset()
	return d
}

func (d *dictionary) reset() {
	d.texts, d.ends, d.next, d.last = d.texts[:0], append(d.ends[:0], 0), d.next[:0], 0
	clear(d.words)
	clear(d.slots)
	d.used, d.longs = 0, 0
}

func (d *dictionary) len() int { return len(d.ends) - 1 }

func (d *dictionary) text(i int32) parquet.ByteArray { return d.texts[d.ends[i]:d.ends[i+1]] }

// number is the number of a text, which is added if it is new.
func (d *dictionary) number(text []byte) int32 {
	if len(text) <= shortText {
		return d.numberShort(text)
	}
	if len(d.next) > 0 {
		guess := d.next[d.last]
		if !bytes.Equal(d.text(guess), text) {
			guess = d.find(text)
			d.next[d.last] = guess
		}
		d.last = guess
		return guess
	}
	return d.find(text)
}

// word packs a short text: its bytes, and above them its length plus one.
func word(text []byte) uint64 {
	w := uint64(len(text)+1) << 56
	switch n := len(text); {
	case n >= 4:
		w |= uint64(binary.LittleEndian.Uint32(text)) | uint64(binary.LittleEndian.Uint32(text[n-4:]))<<(8*(n-4))
	case n > 0:
		w |= uint64(text[0]) | uint64(text[n/2])<<(8*(n/2)) | uint64(text[n-1])<<(8*(n-1))
	}
	return w
}

func (d *dictionary) numberShort(text []byte) int32 {
	w := word(text)
	mask := uint64(len(d.words) - 1)
	for slot := w * hashFactor >> d.shift; ; slot++ {
		switch d.words[slot&mask] {
		case w:
			return d.numbers[slot&mask]
		case 0:
			number := d.add(text)
			d.words[slot&mask], d.numbers[slot&mask] = w, number
			if d.used++; 4*d.used > 3*len(d.words) {
				d.growWords()
			}
			return number
		}
	}
}

// hashFactor makes multiplying a universal hash: no file can be made whose values all collide.
var hashFactor = rand.Uint64() | 1

func (d *dictionary) growWords() {
	words, numbers := d.words, d.numbers
	d.words, d.numbers = make([]uint64, 2*len(words)), make([]int32, 2*len(words))
	d.shift--
	mask := uint64(len(d.words) - 1)
	for i, w := range words {
		if w == 0 {
			continue
		}
		slot := w * hashFactor >> d.shift
		for d.words[slot&mask] != 0 {
			slot++
		}
		d.words[slot&mask], d.numbers[slot&mask] = w, numbers[i]
	}
}

func (d *dictionary) add(text []byte) int32 {
	d.texts = append(d.texts, text...)
	d.ends = append(d.ends, int32(len(d.texts)))
	d.next = append(d.next, 0)
	return int32(d.len() - 1)
}

func (d *dictionary) find(text []byte) int32 {
	mask := uint64(len(d.slots) - 1)
	slot := maphash.Bytes(d.seed, text) & mask
	for ; d.slots[slot] != 0; slot = (slot + 1) & mask {
		if i := d.slots[slot] - 1; bytes.Equal(d.text(i), text) {
			return i
		}
	}
	i := d.add(text)
	d.slots[slot] = i + 1
	if d.longs++; 2*d.longs > len(d.slots) {
		d.grow()
	}
	return i
}

func (d *dictionary) grow() {
	old := d.slots
	d.slots = make([]int32, 2*len(old))
	mask := uint64(len(d.slots) - 1)
	for _, n := range old {
		if n == 0 {
			continue
		}
		slot := maphash.Bytes(d.seed, d.text(n-1)) & mask
		for d.slots[slot] != 0 {
			slot = (slot + 1) & mask
		}
		d.slots[slot] = n
	}
}

func (d *dictionary) full() bool { return len(d.texts)+4*d.len() > maxDictionary }

// bytes is about what the dictionary takes in memory.
func (d *dictionary) bytes() int { return len(d.texts) + 8*d.len() + 4*len(d.slots) + 12*len(d.words) }

// kept is about what the dictionary takes in memory when it is empty.
func (d *dictionary) kept() int {
	return cap(d.texts) + 4*(cap(d.ends)+cap(d.next)+len(d.slots)) + 12*len(d.words)
}
