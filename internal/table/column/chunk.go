package column

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/klauspost/compress/zstd"
)

// pageLevels is about how many levels a page has. A row is never split.
const pageLevels = 1 << 17

// valueEncoding is how the values of a chunk are written.
type valueEncoding uint8

const (
	inDictionary valueEncoding = iota
	plain
	deltas
)

// chunkWriter writes the leaves of a row group as Parquet column chunks, in data pages of version 1. One of them serves
// all chunks of a file, for its buffers.
type chunkWriter struct {
	pages    file.PageWriter
	compress *zstd.Encoder

	leaf             *Leaf
	encoding         valueEncoding
	numbers          []int32 // of the leaf's values in the dictionary
	rep, def, number hybrid

	// The page under construction.
	levels int
	parts  []pagePart

	spare, spareNumbers []int32
	spareLevels         []uint8
	gatheredDef         []uint8
	gatheredRep         []uint8
	spareLongs          []int64
	spareInts           []int32
	bits, body, packed  []byte
}

// pagePart is a stretch of a leaf, some times over.
type pagePart struct {
	firstLevel, endLevel int32
	firstValue, endValue int32
	times                int32
}

func newChunkWriter() (*chunkWriter, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(true), zstd.WithWindowSize(1<<20))
	if err != nil {
		return nil, err
	}
	return &chunkWriter{compress: encoder}, nil
}

// write writes a leaf's chunk for the rows of g.
func (c *chunkWriter) write(pages file.PageWriter, s *Schema, i int, g *rowGroup) error {
	l := &g.leaves[i]
	c.pages, c.leaf = pages, l
	part := s.part(i)
	runs := part == OfHead && g.runs()
	dictionary, err := c.begin(s, i, runs)
	if err != nil {
		return err
	}
	c.beginPage()
	switch {
	case len(l.def) == 0:
		err = c.nulls(g.rows)
	case part == OfSeries:
		err = c.series(g)
	case part == OfTail:
		err = c.gather(g.tails, g.tailStretches)
	case runs:
		err = c.repeatHeads(g)
	case len(g.headOrder) == 0:
		err = c.all()
	default:
		err = c.gather(g.headOrder, g.headStretches)
	}
	if err != nil {
		return err
	}
	if c.levels > 0 {
		if err := c.flush(); err != nil {
			return err
		}
	}
	return pages.Close(dictionary, false)
}

// begin picks the encoding and writes the dictionary, if there is one.
func (c *chunkWriter) begin(s *Schema, i int, runs bool) (dictionary bool, err error) {
	l := c.leaf
	count := 0
	c.encoding, c.body, c.numbers = plain, c.body[:0], nil
	switch {
	case len(l.numbers) > 0:
		count, c.numbers = l.words.len(), l.numbers
		for n := range int32(count) {
			c.body = appendText(c.body, l.words.text(n))
		}
	case runs && len(l.booleans) == 0:
		// A number stands for a run of rows, so that a dictionary pays even when the values are all different.
		count = l.values()
		for n := len(c.spare); n < count; n++ {
			c.spare = append(c.spare, int32(n))
		}
		c.numbers = c.spare[:count]
		c.body = c.plainValues(c.body, 0, count)
	case slices.Contains(s.delta, i):
		c.encoding = deltas
	case slices.Contains(s.plain, i):
	case len(l.ints) > 0:
		count = dictionaryOf(c, l.ints)
	case len(l.longs) > 0:
		count = dictionaryOf(c, l.longs)
	case len(l.doubles) > 0:
		count = dictionaryOf(c, l.doubles)
	case len(l.floats) > 0:
		count = dictionaryOf(c, l.floats)
	}
	c.rep.reset(bitWidth(int(s.parquet.Column(i).MaxRepetitionLevel())))
	c.def.reset(bitWidth(int(l.max)))
	if count == 0 {
		return false, nil
	}
	c.encoding = inDictionary
	c.number.reset(bitWidth(count - 1))
	_, err = c.pages.WriteDictionaryPage(file.NewDictionaryPage(memory.NewBufferBytes(c.body), int32(count),
		parquet.Encodings.Plain))
	return true, err
}

func appendText(out, text []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(text))), text...)
}

// dictionaryOf numbers the values and lays their dictionary out in body. It returns 0 when a dictionary would not pay.
func dictionaryOf[T int32 | int64 | float32 | float64](c *chunkWriter, values []T) int {
	distinct, numbers, ok := numbered(values, c.spareNumbers[:0])
	c.spareNumbers = numbers
	if !ok {
		return 0
	}
	c.numbers = numbers
	c.body = appendPlain(c.body, distinct)
	return len(distinct)
}

func appendPlain[T int32 | int64 | float32 | float64](out []byte, values []T) []byte {
	for _, v := range values {
		switch v := any(v).(type) {
		case int32:
			out = binary.LittleEndian.AppendUint32(out, uint32(v))
		case float32:
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
		case int64:
			out = binary.LittleEndian.AppendUint64(out, uint64(v))
		case float64:
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
		}
	}
	return out
}

// plainValues appends some values of the leaf, all but booleans, as Parquet's PLAIN encoding.
func (c *chunkWriter) plainValues(out []byte, from, to int) []byte {
	l := c.leaf
	switch {
	case len(l.texts) > 0:
		for _, text := range l.texts[from:to] {
			out = appendText(out, text)
		}
	case len(l.longs) > 0:
		out = appendPlain(out, l.longs[from:to])
	case len(l.ints) > 0:
		out = appendPlain(out, l.ints[from:to])
	case len(l.doubles) > 0:
		out = appendPlain(out, l.doubles[from:to])
	case len(l.floats) > 0:
		out = appendPlain(out, l.floats[from:to])
	}
	return out
}

// nulls writes rows without a value.
func (c *chunkWriter) nulls(rows int) error {
	c.rep.run(0, rows)
	c.def.run(0, rows)
	c.levels = rows
	return nil
}

// all writes the entries as they stand.
func (c *chunkWriter) all() error {
	l := c.leaf
	value := 0
	for from, to := 0, 0; from < len(l.def); from = to {
		to = min(from+pageLevels, len(l.def))
		for l.repeated && to < len(l.def) && l.rep[to] != 0 { // a page ends where a row does
			to++
		}
		present := bytes.Count(l.def[from:to], []byte{l.max})
		if err := c.add(pagePart{int32(from), int32(to), int32(value), int32(value + present), 1}); err != nil {
			return err
		}
		value += present
		if err := c.flush(); err != nil {
			return err
		}
	}
	return nil
}

// add adds a part to the page, and ends pages that are full.
func (c *chunkWriter) add(part pagePart) error {
	levels := int(part.endLevel - part.firstLevel)
	for part.times > 0 {
		times := min(int(part.times), (pageLevels-c.levels)/levels)
		if times == 0 && c.levels > 0 {
			if err := c.flush(); err != nil {
				return err
			}
			continue
		}
		fits := part
		fits.times = int32(max(times, 1))
		c.parts = append(c.parts, fits)
		c.levels += levels * int(fits.times)
		part.times -= fits.times
	}
	return nil
}

func (c *chunkWriter) beginPage() {
	c.levels, c.parts = 0, c.parts[:0]
}

// flush writes the page.
func (c *chunkWriter) flush() error {
	l := c.leaf
	if l.repeated {
		encodeParts(&c.rep, &c.spareLevels, c.parts, l.rep, pagePart.levelRange)
	}
	encodeParts(&c.def, &c.spareLevels, c.parts, l.def, pagePart.levelRange)
	c.body = c.body[:0]
	for _, levels := range [...]*hybrid{&c.rep, &c.def} {
		if levels == &c.rep && !l.repeated {
			continue
		}
		raw := levels.finish()
		c.body = append(binary.LittleEndian.AppendUint32(c.body, uint32(len(raw))), raw...)
		levels.reset(levels.width)
	}
	encoding := parquet.Encodings.Plain
	switch c.encoding {
	case inDictionary:
		encoding = parquet.Encodings.RLEDict
		encodeParts(&c.number, &c.spareInts, c.parts, c.numbers, pagePart.valueRange)
		c.body = append(append(c.body, byte(c.number.width)), c.number.finish()...)
		c.number.reset(c.number.width)
	case deltas:
		encoding = parquet.Encodings.DeltaBinaryPacked
		c.spareLongs = c.spareLongs[:0]
		for _, part := range c.parts {
			for range part.times {
				c.spareLongs = append(c.spareLongs, l.longs[part.firstValue:part.endValue]...)
			}
		}
		c.body = appendDeltas(c.body, c.spareLongs)
	case plain:
		if len(l.booleans) > 0 {
			if len(c.parts) > 0 { // else gatherAlike packed them
				c.packBits()
			}
			c.body = append(c.body, c.bits...)
			break
		}
		for _, part := range c.parts {
			for range part.times {
				c.body = c.plainValues(c.body, int(part.firstValue), int(part.endValue))
			}
		}
	}
	c.packed = c.compress.EncodeAll(c.body, c.packed[:0])
	rle := parquet.Encodings.RLE
	page := file.NewDataPageV1(memory.NewBufferBytes(c.packed), int32(c.levels), encoding, rle, rle, int32(len(c.body)))
	defer page.Release()
	c.beginPage()
	_, err := c.pages.WriteDataPage(page)
	return err
}

func (p pagePart) levelRange() (from, to int32) { return p.firstLevel, p.endLevel }
func (p pagePart) valueRange() (from, to int32) { return p.firstValue, p.endValue }

// packBits packs the booleans of the page's parts.
func (c *chunkWriter) packBits() {
	c.bits = c.bits[:0]
	n := 0
	for _, part := range c.parts {
		for range part.times {
			for _, v := range c.leaf.booleans[part.firstValue:part.endValue] {
				if n%8 == 0 {
					c.bits = append(c.bits, 0)
				}
				if v {
					c.bits[len(c.bits)-1] |= 1 << (n % 8)
				}
				n++
			}
		}
	}
}

// encodeParts encodes what the page's parts take of all levels or numbers of the leaf. Parts that do not repeat are
// encoded together.
func encodeParts[T uint8 | int32](h *hybrid, spare *[]T, parts []pagePart, all []T,
	stretch func(pagePart) (from, to int32)) {
	gathered := (*spare)[:0]
	for _, part := range parts {
		from, to := stretch(part)
		if part.times == 1 {
			gathered = append(gathered, all[from:to]...)
			continue
		}
		put(h, gathered)
		gathered = gathered[:0]
		repeat(h, all[from:to], int(part.times))
	}
	put(h, gathered)
	*spare = gathered
}
