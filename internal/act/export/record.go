package export

import (
	"bytes"
	"math"
	"strconv"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/variant"
)

// recordWriter writes records as lines of VCF. It is for one goroutine.
type recordWriter struct {
	columns []int // of each sample, the place of its column
	formats func(job, item int) *formats
	format  bool // the file has samples, so that each record has a FORMAT column
	marks   *endMarker

	cells []cell // one for each sample's column
	text  []byte // of the cells
	stamp uint32 // of this record
	keys  []byte // FORMAT of a record that has none of its own
}

// cell is the text of a sample's column, good for the record with its stamp.
type cell struct {
	stamp    uint32
	from, to int
}

// append appends the line of a record.
func (w *recordWriter) append(dst []byte, r *variant.Record) []byte {
	var alt, info [2]int // where the columns are in dst
	dst = append(append(dst, r.Contig...), '\t')
	dst = append(strconv.AppendInt(dst, r.Start+1, 10), '\t')
	dst = append(appendList(dst, r.Names, ';'), '\t')
	dst = append(append(dst, r.Ref...), '\t')
	alt[0] = len(dst)
	dst = appendList(dst, r.Alts, ',')
	alt[1] = len(dst)
	dst = append(dst, '\t')
	if r.HasQual {
		dst = appendFloat(dst, r.Qual)
	} else {
		dst = append(dst, '.')
	}
	dst = append(dst, '\t')
	dst = append(appendList(dst, r.Filters, ';'), '\t')
	format, text, whole := bytes.Cut(r.Format, []byte{'\t'}) // of records whose INFO has a key twice
	info[0] = len(dst)
	if whole {
		dst = append(dst, text...)
	} else {
		dst = appendInfo(dst, r.Attributes)
	}
	info[1] = len(dst)
	if w.format {
		dst = w.appendSamples(dst, r, format)
	}
	return append(w.marks.line(dst, r, alt, info), '\n')
}

func appendList(dst []byte, list [][]byte, separator byte) []byte {
	if len(list) == 0 {
		return append(dst, '.')
	}
	for i, element := range list {
		if i > 0 {
			dst = append(dst, separator)
		}
		dst = append(dst, element...)
	}
	return dst
}

// appendFloat writes the shortest decimal that reads as the same number.
func appendFloat(dst []byte, v float64) []byte {
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

// appendInfo writes the INFO column: an empty value is a flag's, NULL one that the file left empty.
func appendInfo(dst []byte, pairs []column.KV) []byte {
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

// appendSamples appends FORMAT, and the columns of the samples. format is what the file had; empty when that is not known.
func (w *recordWriter) appendSamples(dst []byte, r *variant.Record, format []byte) []byte {
	if len(format) == 0 {
		format = w.derive(r)
	}
	dst = append(append(dst, '\t'), format...)
	plan := w.formats(r.Job, r.Item).plan(format)
	if len(w.columns) == 1 {
		for _, call := range r.Calls() {
			return plan.append(append(dst, '\t'), call)
		}
		return append(dst, "\t."...)
	}
	if w.stamp++; w.stamp == 0 {
		clear(w.cells)
		w.stamp = 1
	}
	w.text = w.text[:0]
	for sample, call := range r.Calls() {
		from := len(w.text)
		w.text = plan.append(w.text, call)
		w.cells[w.columns[sample]] = cell{w.stamp, from, len(w.text)}
	}
	for _, c := range w.cells {
		dst = append(dst, '\t')
		if c.stamp == w.stamp {
			dst = append(dst, w.text[c.from:c.to]...)
		} else {
			dst = append(dst, '.')
		}
	}
	return dst
}

// append writes a sample's column.
func (p *plan) append(dst []byte, call *variant.Call) []byte {
	if call.Text != nil {
		return append(dst, call.Text...)
	}
	information := call.Information
	for i := range p.targets {
		if i > 0 {
			dst = append(dst, ':')
		}
		t := &p.targets[i]
		switch t.Column {
		case variant.GT:
			dst = appendGT(dst, call)
		case variant.GL:
			dst = appendFloats(dst, call.GL)
		case variant.PL:
			dst = appendInts(dst, call.PL)
		case variant.AD:
			dst = appendInts(dst, call.AD)
		case variant.SPL:
			dst = appendInts(dst, call.SPL)
		case variant.GQ:
			dst = appendOne(dst, call, call.GQ, t)
		case variant.DP:
			dst = appendOne(dst, call, call.DP, t)
		case variant.PS:
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

func appendGT(dst []byte, call *variant.Call) []byte {
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

// appendOne writes a value whose column takes one. Tables of before 2026-12 have it in information where the header lets several come.
func appendOne(dst []byte, call *variant.Call, v column.Int, t *variant.Target) []byte {
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
			dst = appendFloat(dst, v)
		}
	}
	return dst
}

// appendText writes a value of information as it was in the file: [a, b] is a,b.
func appendText(dst []byte, kv *column.KV, t *variant.Target) []byte {
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

// derive makes the FORMAT column of a record that does not say what its was, of the columns that its samples have.
func (w *recordWriter) derive(r *variant.Record) []byte {
	var has [variant.PS + 1]bool
	var names [][]byte
	for _, call := range r.Calls() {
		for column, is := range [...]bool{variant.GT: call.HasGT, variant.GL: call.GL != nil, variant.PL: call.PL != nil, variant.AD: call.AD != nil,
			variant.GQ: call.GQ.Valid, variant.SPL: call.SPL != nil, variant.DP: call.DP.Valid, variant.PS: call.PS.Valid} {
			has[column] = has[column] || is
		}
		for i := range call.Information {
			if name := call.Information[i].Key; !containsText(names, name) {
				names = append(names, name)
			}
		}
	}
	w.keys = w.keys[:0]
	add := func(key string) {
		if len(w.keys) > 0 {
			w.keys = append(w.keys, ':')
		}
		w.keys = append(w.keys, key...)
	}
	for i, column := range []variant.Column{variant.GT, variant.AD, variant.DP, variant.GQ, variant.PL, variant.GL, variant.SPL, variant.PS} {
		if has[column] {
			add(ownFormats[i])
		}
	}
	for _, name := range names {
		if key := variant.Key(string(name)); !bytes.Contains(append(append([]byte{':'}, w.keys...), ':'), []byte(":"+key+":")) {
			add(key)
		}
	}
	if len(w.keys) == 0 { // a record without samples, in a file with some
		add("GT")
	}
	return w.keys
}

func containsText(list [][]byte, text []byte) bool {
	for _, other := range list {
		if bytes.Equal(other, text) {
			return true
		}
	}
	return false
}
