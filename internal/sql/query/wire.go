package query

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/big"
	"time"
)

// Between server and worker go frames: one byte of kind, four bytes of
// length (little endian), the payload.
//
//	server -> worker   one request (JSON)
//	worker -> server   hello (empty), then an error (JSON), or columns (JSON),
//	                   rows (below) and done
//
// or, when the first request asks only which tables the statement reads,
//
//	server -> worker   such requests, each after the answer to the one before
//	worker -> server   hello, then tables or an error (JSON) for each
//
// A rows frame holds rows one after the other, a row its values one after the
// other: byte 0 for NULL, or byte 1 and the value as its type says. Integers,
// dates and times are varints, strings and lists carry their length first,
// huge integers, decimals and UUIDs are 16 bytes.
const (
	frameRequest = 'q'
	frameHello   = 'h'
	frameColumns = 'c'
	frameTables  = 't'
	frameRows    = 'r'
	frameError   = 'e'
	frameDone    = 'd'

	flushBytes = 256 << 10 // a rows frame is sent when it has grown to this
	maxRow     = 16 << 20  // largest encoded row; bounds what the server decodes at once
	maxFrame   = maxRow + flushBytes
)

var errWire = errors.New("malformed answer of the query worker")

func writeFrame(w io.Writer, kind byte, payload []byte) error {
	head := [5]byte{kind}
	binary.LittleEndian.PutUint32(head[1:], uint32(len(payload)))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(payload)
	return err
}

// readFrame reads a frame into buf, which it grows.
func readFrame(r *bufio.Reader, buf []byte, limit uint32) (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, buf, err
	}
	n := binary.LittleEndian.Uint32(head[1:])
	if n > limit {
		return 0, buf, errWire
	}
	if cap(buf) < int(n) {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	_, err = io.ReadFull(r, buf)
	return head[0], buf, err
}

// appendValue encodes the value of a vector at row.
func appendValue(dst []byte, v *vector, row uint64) []byte {
	if v.t.ID == idNull || v.null(row) {
		return append(dst, 0)
	}
	dst = append(dst, 1)
	switch v.t.ID {
	case idBoolean, idUTinyInt:
		return binary.AppendUvarint(dst, uint64(at[uint8](v, row)))
	case idTinyInt:
		return binary.AppendVarint(dst, int64(at[int8](v, row)))
	case idSmallInt:
		return binary.AppendVarint(dst, int64(at[int16](v, row)))
	case idInteger, idDate:
		return binary.AppendVarint(dst, int64(at[int32](v, row)))
	case idBigInt, idTime, idTimestamp, idTimestampS, idTimestampMS, idTimestampNS, idTimestampTZ:
		return binary.AppendVarint(dst, at[int64](v, row))
	case idUSmallInt:
		return binary.AppendUvarint(dst, uint64(at[uint16](v, row)))
	case idUInteger:
		return binary.AppendUvarint(dst, uint64(at[uint32](v, row)))
	case idUBigInt:
		return binary.AppendUvarint(dst, at[uint64](v, row))
	case idFloat:
		return binary.LittleEndian.AppendUint32(dst, at[uint32](v, row))
	case idDouble:
		return binary.LittleEndian.AppendUint64(dst, at[uint64](v, row))
	case idHugeInt, idUHugeInt, idUUID:
		h := at[[2]uint64](v, row)
		return appendHuge(dst, h[0], h[1])
	case idDecimal:
		return appendDecimal(dst, v, row)
	case idInterval:
		i := at[struct {
			months, days int32
			micros       int64
		}](v, row)
		dst = binary.AppendVarint(dst, int64(i.months))
		dst = binary.AppendVarint(dst, int64(i.days))
		return binary.AppendVarint(dst, i.micros)
	case idVarchar, idBlob:
		b := v.bytes(row)
		return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
	case idEnum:
		return binary.AppendUvarint(dst, enumIndex(v, row))
	}
	return appendNested(dst, v, row)
}

func appendNested(dst []byte, v *vector, row uint64) []byte {
	switch v.t.ID {
	case idList:
		e := at[listEntry](v, row)
		dst = binary.AppendUvarint(dst, e.length)
		for i := e.offset; i < e.offset+e.length && len(dst) <= 2*maxRow; i++ {
			dst = appendValue(dst, &v.kids[0], i)
		}
	case idMap:
		e := at[listEntry](v, row)
		dst = binary.AppendUvarint(dst, e.length)
		for i := e.offset; i < e.offset+e.length && len(dst) <= 2*maxRow; i++ {
			dst = appendValue(dst, &v.kids[0], i)
			dst = appendValue(dst, &v.kids[1], i)
		}
	case idArray:
		for i := row * v.t.Size; i < (row+1)*v.t.Size && len(dst) <= 2*maxRow; i++ {
			dst = appendValue(dst, &v.kids[0], i)
		}
	case idStruct:
		for i := range v.kids {
			dst = appendValue(dst, &v.kids[i], row)
		}
	}
	return dst
}

func appendHuge(dst []byte, lower, upper uint64) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, lower)
	return binary.LittleEndian.AppendUint64(dst, upper)
}

func appendDecimal(dst []byte, v *vector, row uint64) []byte {
	var x int64
	switch v.t.inner {
	case idSmallInt:
		x = int64(at[int16](v, row))
	case idInteger:
		x = int64(at[int32](v, row))
	case idBigInt:
		x = at[int64](v, row)
	default:
		h := at[[2]uint64](v, row)
		return appendHuge(dst, h[0], h[1])
	}
	return appendHuge(dst, uint64(x), uint64(x>>63))
}

func enumIndex(v *vector, row uint64) uint64 {
	switch v.t.inner {
	case idUTinyInt:
		return uint64(at[uint8](v, row))
	case idUSmallInt:
		return uint64(at[uint16](v, row))
	}
	return uint64(at[uint32](v, row))
}

// decoder reads values back. What it reads comes from a process that ran
// untrusted SQL, so nothing in it is believed; bad is set on any fault.
type decoder struct {
	buf []byte
	bad bool
}

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.buf)) {
		d.bad, d.buf = true, nil
		return nil
	}
	b := d.buf[:n]
	d.buf = d.buf[n:]
	return b
}

func (d *decoder) varint() int64 {
	x, n := binary.Varint(d.buf)
	if n <= 0 {
		d.bad, d.buf = true, nil
		return 0
	}
	d.buf = d.buf[n:]
	return x
}

func (d *decoder) uvarint() uint64 {
	x, n := binary.Uvarint(d.buf)
	if n <= 0 {
		d.bad, d.buf = true, nil
		return 0
	}
	d.buf = d.buf[n:]
	return x
}

func (d *decoder) huge(signed bool) *big.Int {
	b := d.take(16)
	if b == nil {
		return new(big.Int)
	}
	lower, upper := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	x := new(big.Int)
	if signed {
		x.SetInt64(int64(upper))
	} else {
		x.SetUint64(upper)
	}
	x.Lsh(x, 64)
	return x.Add(x, new(big.Int).SetUint64(lower))
}

func (d *decoder) value(t *typ) any {
	if tag := d.take(1); d.bad || tag[0] == 0 {
		return nil
	}
	switch t.ID {
	case idBoolean:
		return d.uvarint() != 0
	case idTinyInt, idSmallInt, idInteger, idBigInt:
		return d.varint()
	case idUTinyInt, idUSmallInt, idUInteger, idUBigInt:
		return d.uvarint()
	case idHugeInt, idUHugeInt:
		return d.huge(t.ID == idHugeInt)
	case idDecimal:
		return Decimal{Unscaled: d.huge(true), Scale: int(t.Scale)}
	case idFloat:
		if b := d.take(4); b != nil {
			return math.Float32frombits(binary.LittleEndian.Uint32(b))
		}
	case idDouble:
		if b := d.take(8); b != nil {
			return math.Float64frombits(binary.LittleEndian.Uint64(b))
		}
	case idVarchar:
		return string(d.take(d.uvarint()))
	case idBlob:
		return append([]byte{}, d.take(d.uvarint())...)
	case idEnum:
		if i := d.uvarint(); i < uint64(len(t.Words)) {
			return t.Words[i]
		}
		d.bad = true
	case idUUID:
		return uuidText(d.take(16))
	case idDate:
		return dateValue(d.varint())
	case idTime:
		return timeText(d.varint())
	case idInterval:
		return intervalText(d.varint(), d.varint(), d.varint())
	case idTimestamp, idTimestampTZ:
		return timestampValue(d.varint(), time.UnixMicro)
	case idTimestampS:
		return timestampValue(d.varint(), func(s int64) time.Time { return time.Unix(s, 0) })
	case idTimestampMS:
		return timestampValue(d.varint(), time.UnixMilli)
	case idTimestampNS:
		return timestampValue(d.varint(), func(ns int64) time.Time { return time.Unix(0, ns) })
	default:
		return d.nested(t)
	}
	return nil
}

func (d *decoder) nested(t *typ) any {
	n := t.Size
	if t.ID == idList || t.ID == idMap {
		n = d.uvarint()
	}
	if n > uint64(len(d.buf)) { // every element takes a byte at least
		d.bad, n = true, 0
	}
	switch t.ID {
	case idList, idArray:
		list := make([]any, 0, n)
		for range n {
			list = append(list, d.value(t.Kids[0]))
		}
		return list
	case idMap:
		m := make(Map, 0, n/2)
		for range n {
			m = append(m, Entry{Key: d.value(t.Kids[0]), Value: d.value(t.Kids[1])})
		}
		return m
	case idStruct:
		s := make(Struct, len(t.Kids))
		for i, k := range t.Kids {
			s[i] = Field{Name: t.Words[i], Value: d.value(k)}
		}
		return s
	}
	return nil
}
