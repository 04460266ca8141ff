package vcf

import (
	"slices"
	"strconv"
	"strings"
)

// A Draft is a record that is to be written: a copy of a Record that may be changed, or one that a caller makes. All
// values are text, as in a file. A Writer checks it.
type Draft struct {
	Chrom   string
	Pos     int64    // 1-based; 0 is the telomere
	IDs     []string // none: missing
	Ref     string
	Alts    []string // none: missing
	Qual    string   // a number; empty: missing
	Filters []string // none: missing
	Info    []DraftInfo
	Format  []string   // keys; none in a file without samples
	Samples [][]string // values, by sample of the header and by key; what follows the last may be left out
}

// DraftInfo is an INFO entry.
type DraftInfo struct {
	Key, Value string
	Flag       bool // there is no value, nor an equals sign
}

// Draft copies the record. A column that is empty, or only a dot, is missing.
func (r *Record) Draft() *Draft {
	d := &Draft{
		Chrom: string(r.Chrom()), Pos: r.pos, IDs: texts(r.AppendIDs(nil)), Ref: string(r.Ref()),
		Alts:    texts(r.AppendAlts(nil)),
		Filters: texts(appendList(nil, r.Filter())),
	}
	if qual := r.column(5); !IsMissing(qual) {
		d.Qual = string(qual)
	}
	for i := range r.info {
		key, value, hasValue := r.Info(i)
		d.Info = append(d.Info, DraftInfo{string(key), string(value), !hasValue})
	}
	if r.layout == nil {
		return d
	}
	for i := range r.NumFormat() {
		d.Format = append(d.Format, r.layout.fields[i].ID)
	}
	for sample := range r.NumSamples() {
		d.Samples = append(d.Samples, r.sampleTexts(sample))
	}
	return d
}

// sampleTexts are the values of a sample, as far as its column goes.
func (r *Record) sampleTexts(sample int) (values []string) {
	for i := range r.NumFormat() {
		value := r.Field(sample, i)
		if value == nil {
			break
		}
		values = append(values, string(value))
	}
	return values
}

func texts(parts [][]byte) (copied []string) {
	for _, p := range parts {
		copied = append(copied, string(p))
	}
	return copied
}

// SetInfo gives an INFO key a value, in its place or at the end; an empty one is that of a Flag.
func (d *Draft) SetInfo(key, value string) {
	entry := DraftInfo{Key: key, Value: value, Flag: value == ""}
	for i := range d.Info {
		if d.Info[i].Key == key {
			d.Info[i] = entry
			return
		}
	}
	d.Info = append(d.Info, entry)
}

// DropInfo removes an INFO key.
func (d *Draft) DropInfo(key string) {
	d.Info = slices.DeleteFunc(d.Info, func(e DraftInfo) bool { return e.Key == key })
}

// drafter makes the line of a Draft.
type drafter struct {
	line   []byte
	number int64
	err    error
}

// forbid refuses text that holds what would end it.
func (d *drafter) forbid(column, text, separators string) {
	if d.err == nil && strings.ContainsAny(text, separators) {
		d.err = &ParseError{Line: d.number, Column: column, Err: &detailed{ErrSeparator, quote(text)}}
	}
}

// text appends a column; the dot if it is empty.
func (d *drafter) text(column, text string) {
	d.list(column, []string{text}, "", "")
}

// list appends a column of parts; the dot if there are none, or one that is empty.
func (d *drafter) list(column string, parts []string, separator, others string) {
	if len(d.line) > 0 {
		d.line = append(d.line, '\t')
	}
	if len(parts) == 0 || len(parts) == 1 && parts[0] == "" {
		d.line = append(d.line, '.')
		return
	}
	for i, part := range parts {
		if i > 0 {
			d.line = append(d.line, separator...)
		}
		d.forbid(column, part, "\t\n"+separator+others)
		d.line = append(d.line, part...)
	}
}

// appendDraft appends the line of a Draft for a file with header h.
func appendDraft(line []byte, draft *Draft, h *Header, number int64) ([]byte, error) {
	d := drafter{line: line, number: number}
	d.text("CHROM", draft.Chrom)
	d.line = strconv.AppendInt(append(d.line, '\t'), draft.Pos, 10)
	d.list("ID", draft.IDs, ";", "")
	d.text("REF", draft.Ref)
	d.list("ALT", draft.Alts, ",", "")
	d.text("QUAL", draft.Qual)
	d.list("FILTER", draft.Filters, ";", "")
	d.info(draft.Info)
	if len(draft.Samples) != len(h.Samples) {
		return line, &ParseError{Line: number, Err: &detailed{ErrColumns, strconv.Itoa(len(draft.Samples)) + " samples of " +
			strconv.Itoa(len(h.Samples))}}
	}
	if len(h.Samples) > 0 {
		d.list("FORMAT", draft.Format, ":", "")
		for i, values := range draft.Samples {
			d.list("sample "+h.Samples[i], values, ":", "")
		}
	}
	return d.line, d.err
}

func (d *drafter) info(entries []DraftInfo) {
	d.line = append(d.line, '\t')
	if len(entries) == 0 {
		d.line = append(d.line, '.')
	}
	for i, e := range entries {
		if i > 0 {
			d.line = append(d.line, ';')
		}
		d.forbid("INFO", e.Key, "\t\n;=")
		d.line = append(d.line, e.Key...)
		if !e.Flag {
			d.forbid("INFO/"+e.Key, e.Value, "\t\n;")
			d.line = append(append(d.line, '='), e.Value...)
		}
	}
}
