package export

import (
	"bytes"
	"strconv"

	"github.com/varlake/varlake/internal/table/variant"
	"github.com/varlake/varlake/vcf"
)

// endDefinition is the header line of variant.EndKey.
const endDefinition = "##INFO=<ID=" + variant.EndKey +
	`,Number=1,Type=Integer,Description="Last base of the record, where its own version of VCF gives END, SVLEN ` +
	`and LEN another meaning than this file's version">`

// endMarker marks the records of a file whose end is not what the file's version makes of them: since VCF 4.4 SVLEN
// says where symbolic alleles end, and since 4.5 LEN where reference blocks do. Records of earlier files would end
// elsewhere under a later version, which the file has if one of the others does. nil marks nothing.
type endMarker struct{ minor int } // of the file's version, VCF 4

// marks makes the marker for a file of headers that were added, and defines its key when one is needed.
func (b *headerBuilder) marks() *endMarker {
	minor := func(version string) int { return int(version[len(version)-1] - '0') } // VCFv4.0 to VCFv4.5 were imported
	if b.version == "" {
		return nil
	}
	first, last := minor(b.oldest), minor(b.version)
	defined := false
	for _, line := range b.lines {
		defined = defined || definition(line) == "INFO "+variant.EndKey
	}
	if !defined {
		if first == last || last < 4 || first >= 4 && last < 5 {
			return nil
		}
		b.lines = append(b.lines, endDefinition)
	}
	return &endMarker{last}
}

// line marks a line, if need be: alt and info are where these columns are in it, the file's samples come after info.
func (m *endMarker) line(line []byte, r *variant.Record, alt, info [2]int) []byte {
	if m == nil || m.end(line, r, alt, info) == r.End {
		return line
	}
	rest := bytes.Clone(line[info[1]:])
	if line = line[:info[1]]; string(line[info[0]:]) == "." {
		line = line[:info[0]]
	} else {
		line = append(line, ';')
	}
	return append(strconv.AppendInt(append(line, variant.EndKey+"="...), r.End, 10), rest...)
}

// end is the last base of a record as an import of the line has it, 1-based.
func (m *endMarker) end(line []byte, r *variant.Record, alt, info [2]int) int64 {
	pos, ref := r.Start+1, r.Start+int64(len(r.Ref))
	end := ref
	var svlen []byte
	for entry := range bytes.SplitSeq(line[info[0]:info[1]], []byte{';'}) {
		if text, ok := bytes.CutPrefix(entry, []byte("END=")); ok {
			if v, ok := vcf.ParseInt(text); ok && int64(v) >= pos {
				end = int64(v)
			}
		}
		if text, ok := bytes.CutPrefix(entry, []byte("SVLEN=")); ok && svlen == nil {
			svlen = text
		}
	}
	if m.minor < 4 {
		return end
	}
	var format, samples []byte
	if m.minor >= 5 {
		format, samples, _ = bytes.Cut(bytes.TrimPrefix(line[info[1]:], []byte{'\t'}), []byte{'\t'})
	}
	return max(end, ref, vcf.SymbolicEnd(pos, line[alt[0]:alt[1]], svlen, format, samples))
}
