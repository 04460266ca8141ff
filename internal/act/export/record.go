package export

import (
	"bytes"
	"strconv"

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
		dst = variant.AppendFloat(dst, r.Qual)
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
		dst = variant.AppendInfo(dst, r.Attributes)
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

// appendSamples appends FORMAT, and the columns of the samples. format is what the file had; empty when that is not
// known.
func (w *recordWriter) appendSamples(dst []byte, r *variant.Record, format []byte) []byte {
	if len(format) == 0 {
		w.keys = r.AppendFormat(w.keys[:0])
		format = w.keys
	}
	dst = append(append(dst, '\t'), format...)
	plan := w.formats(r.Job, r.Item).plan(format)
	if len(w.columns) == 1 {
		for _, call := range r.Calls() {
			return variant.AppendCall(append(dst, '\t'), call, plan.targets)
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
		w.text = variant.AppendCall(w.text, call, plan.targets)
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
