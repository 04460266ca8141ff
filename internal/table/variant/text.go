package variant

import (
	"bytes"
	"math"
	"strconv"

	"github.com/varlake/varlake/internal/table/column"
)

// What a Shredder laid out becomes text of VCF again here, value for value as it was in the file; a call that says less
// than its sample's column has that as its Text.

// AppendFloat writes the shortest decimal that reads as the same number.
func AppendFloat(dst []byte, v float64) []byte {
	switch size := math.Abs(v); {
	case math.IsNaN(v):
		return append(dst, "nan"...)
	case math.IsInf(v, 0):
		return append(dst, "-inf"[1-boolean(v < 0):]...)
	case size != 0 && (size < 1e-7 || size >= 1e15):
		return strconv.AppendFloat(dst, v, 'e', -1, 64)
	case size < 1<<53 && v == math.Trunc(v) && (v != 0 || !math.Signbit(v)):
		return strconv.AppendInt(dst, int64(v), 10)
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64)
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// AppendInfo writes the INFO column: an empty value is a flag's, NULL one that the file left empty.
func AppendInfo(dst []byte, pairs []column.KV) []byte {
	if len(pairs) == 0 {
		return append(dst, '.')
	}
	for i := range pairs {
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = append(dst, pairs[i].Key...)
		switch value := pairs[i].Value; {
		case pairs[i].Null, len(value) > 0 && value[0] != ';':
			dst = append(append(dst, '='), value...)
		default: // a flag, which may be there again
			dst = append(dst, value...)
		}
	}
	return dst
}

// AppendCall writes a sample's column. The targets are those of the record's FORMAT, by Targets.
func AppendCall(dst []byte, call *Call, targets []Target) []byte {
	if call.Text != nil {
		return append(dst, call.Text...)
	}
	information := call.Information
	for i := range targets {
		if i > 0 {
			dst = append(dst, ':')
		}
		t := &targets[i]
		switch t.Column {
		case GT:
			dst = appendGT(dst, call)
		case GL:
			dst = appendFloats(dst, call.GL)
		case PL:
			dst = appendInts(dst, call.PL)
		case AD:
			dst = appendInts(dst, call.AD)
		case SPL:
			dst = appendInts(dst, call.SPL)
		case GQ:
			dst = appendOne(dst, call, call.GQ, t)
		case DP:
			dst = appendOne(dst, call, call.DP, t)
		case PS:
			dst = appendOne(dst, call, call.PS, t)
		default: // the entries are in the order of the keys
			var kv column.KV
			if len(information) > 0 {
				kv, information = information[0], information[1:]
			}
			if !bytes.Equal(kv.Key, t.Name) { // other writers may not keep it
				kv = find(call.Information, t.Name)
			}
			dst = appendText(dst, &kv, t)
		}
	}
	return dst
}

func find(pairs []column.KV, name []byte) column.KV {
	for _, kv := range pairs {
		if bytes.Equal(kv.Key, name) {
			return kv
		}
	}
	return column.KV{Null: true}
}

func appendGT(dst []byte, call *Call) []byte {
	if len(call.Calls) == 0 {
		return append(dst, '.')
	}
	separator := byte('/')
	if call.Phased {
		separator = '|'
	}
	for i, allele := range call.Calls {
		if i > 0 {
			dst = append(dst, separator)
		}
		if allele < 0 {
			dst = append(dst, '.')
		} else {
			dst = strconv.AppendInt(dst, int64(allele), 10)
		}
	}
	return dst
}

func appendInt(dst []byte, v column.Int) []byte {
	if !v.Valid {
		return append(dst, '.')
	}
	return strconv.AppendInt(dst, int64(v.V), 10)
}

// appendOne writes a value whose column takes one. Tables of before 2026-12 have it in information where the header
// lets several come.
func appendOne(dst []byte, call *Call, v column.Int, t *Target) []byte {
	if !v.Valid && t.List {
		kv := find(call.Information, t.Name)
		return appendText(dst, &kv, t)
	}
	return appendInt(dst, v)
}

func appendInts(dst []byte, list []int32) []byte {
	if len(list) == 0 {
		return append(dst, '.')
	}
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendInt(dst, column.Int{V: v, Valid: v != column.MissingInt})
	}
	return dst
}

func appendFloats(dst []byte, list []float64) []byte {
	if len(list) == 0 {
		return append(dst, '.')
	}
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if math.Float64bits(v) == math.Float64bits(column.MissingFloat()) {
			dst = append(dst, '.')
		} else {
			dst = AppendFloat(dst, v)
		}
	}
	return dst
}

// appendText writes a value of information as it was in the file: [a, b] is a,b.
func appendText(dst []byte, kv *column.KV, t *Target) []byte {
	text := kv.Value
	switch {
	case kv.Null || len(text) == 0:
		return append(dst, '.')
	case !t.List || len(text) < 2 || text[0] != '[' || text[len(text)-1] != ']':
		return append(dst, text...)
	}
	text = text[1 : len(text)-1]
	for more := true; more; {
		var element []byte
		element, text, more = bytes.Cut(text, []byte{','})
		text = bytes.TrimPrefix(text, []byte{' '})
		if t.Numeric && string(element) == "null" {
			element = []byte{'.'}
		}
		dst = append(dst, element...)
		if more {
			dst = append(dst, ',')
		}
	}
	return dst
}

// AppendFormat makes the FORMAT column of a record that does not say what its was, of the columns that its samples
// have.
func (rec *Record) AppendFormat(dst []byte) []byte {
	var has [PS + 1]bool
	var names [][]byte
	for _, call := range rec.Calls() {
		for at, is := range [...]bool{GT: call.HasGT, GL: call.GL != nil, PL: call.PL != nil, AD: call.AD != nil,
			GQ: call.GQ.Valid, SPL: call.SPL != nil, DP: call.DP.Valid, PS: call.PS.Valid} {
			has[at] = has[at] || is
		}
		for i := range call.Information {
			if name := call.Information[i].Key; !containsText(names, name) {
				names = append(names, name)
			}
		}
	}
	before := len(dst)
	add := func(key string) {
		if len(dst) > before {
			dst = append(dst, ':')
		}
		dst = append(dst, key...)
	}
	for i, at := range []Column{GT, AD, DP, GQ, PL, GL, SPL, PS} {
		if has[at] {
			add(OwnKeys[i])
		}
	}
	for _, name := range names {
		if key := Key(string(name)); !bytes.Contains(append(append([]byte{':'}, dst[before:]...), ':'), []byte(":"+key+":")) {
			add(key)
		}
	}
	if len(dst) == before { // a record without samples, in a file with some
		add("GT")
	}
	return dst
}

func containsText(list [][]byte, text []byte) bool {
	for _, other := range list {
		if bytes.Equal(other, text) {
			return true
		}
	}
	return false
}
