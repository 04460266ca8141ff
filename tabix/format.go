package tabix

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/varlake/varlake/vcf"
)

// Lines is how the end of a line's interval is found.
type Lines uint8

// The kinds of lines that indexes know.
const (
	Columns Lines = iota // in a column of its own, or begin + 1
	SAM                  // by CIGAR
	VCF                  // by REF, INFO/END, and the lengths of symbolic alleles
)

// A Format tells how to find the interval of a line, as an index has it in its head. Columns are 1-based and end with a
// tab.
type Format struct {
	Lines Lines
	// begin is 0-based and end exclusive, as in BED; else begin is 1-based and end inclusive. Only of Columns
	ZeroBased bool
	Contig    int
	Begin     int
	End       int  // 0: there is none. Only of Columns
	Comment   byte // lines that begin with it are no records
	Skip      int  // so many lines at the top are no records, whatever they begin with
}

// VCFFormat, GFFFormat, BEDFormat and SAMFormat are the presets of the same names of the program tabix.
func VCFFormat() Format { return Format{Lines: VCF, Contig: 1, Begin: 2, Comment: '#'} }

// GFFFormat is the preset for GFF and GTF.
func GFFFormat() Format { return Format{Contig: 1, Begin: 4, End: 5, Comment: '#'} }

// BEDFormat is the preset for BED.
func BEDFormat() Format { return Format{ZeroBased: true, Contig: 1, Begin: 2, End: 3, Comment: '#'} }

// SAMFormat is the preset for SAM.
func SAMFormat() Format { return Format{Lines: SAM, Contig: 3, Begin: 4, Comment: '@'} }

// maxColumn bounds a column's number: hts-specs has no bound, and no format so many columns before its end.
const maxColumn = 1 << 20

// check tells what is wrong with a Format.
func (f Format) check() error {
	for _, c := range []int{f.Contig, f.Begin} {
		if c < 1 || c > maxColumn {
			return fmt.Errorf("there is no column %d", c)
		}
	}
	switch {
	case f.Lines > VCF:
		return fmt.Errorf("lines of kind %d are not known", f.Lines)
	case f.End < 0 || f.End > maxColumn:
		return fmt.Errorf("there is no column %d", f.End)
	case f.Skip < 0:
		return fmt.Errorf("%d lines are to be skipped", f.Skip)
	}
	return nil
}

// Interval returns what a record's line, with or without its line end, covers: 0-based and half-open, at least one
// base. contig refers to the line. Positions reach to 2^32, as those of a Builder. Of a VCF record these are REF's
// bases, up to INFO/END where that is further, and what its symbolic alleles stand on (vcf.SymbolicEnd), which htslib
// counts since 1.22 only.
func (f Format) Interval(line []byte) (contig []byte, start, end int64, err error) {
	line = trimEnd(line)
	var found bool
	if contig, found = column(line, f.Contig); !found || len(contig) == 0 {
		return nil, 0, 0, fmt.Errorf("line %.60q has no contig in column %d", line, f.Contig)
	}
	if start, err = f.position(line, f.Begin); err != nil {
		return nil, 0, 0, err
	}
	if !f.ZeroBased {
		start--
	}
	switch f.Lines {
	case VCF:
		end = vcfEnd(line, start)
	case SAM:
		end = samEnd(line, start)
	default:
		end = start + 1
		if f.End > 0 && f.End != f.Begin {
			if end, err = f.position(line, f.End); err != nil {
				return nil, 0, 0, err
			}
		}
	}
	start = max(start, 0) // the telomere of VCF
	return contig, start, max(end, start+1), nil
}

// trimEnd takes a line's end off.
func trimEnd(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
}

// position is the number in a column.
func (f Format) position(line []byte, number int) (int64, error) {
	text, _ := column(line, number)
	n, err := strconv.ParseInt(string(text), 10, 64)
	fault := ""
	switch {
	case n > maxEnd: // also what is beyond 64 bits
		fault = fmt.Sprintf("beyond %d", int64(maxEnd))
	case err != nil || n < 0:
		fault = "no number of 0 or more"
	default:
		return n, nil
	}
	return 0, fmt.Errorf("line %.60q has the position %.30q in column %d: %s", line, text, number, fault)
}

// column is a column of a line, by its 1-based number.
func column(line []byte, number int) (text []byte, ok bool) {
	for ; number > 1; number-- {
		if _, line, ok = bytes.Cut(line, []byte{'\t'}); !ok {
			return nil, false
		}
	}
	text, _, _ = bytes.Cut(line, []byte{'\t'})
	return text, true
}

// vcfEnd is where a VCF record from start on ends.
func vcfEnd(line []byte, start int64) int64 {
	var columns [9][]byte
	rest := line
	for i := range columns {
		columns[i], rest, _ = bytes.Cut(rest, []byte{'\t'})
	}
	end := start + int64(len(columns[3]))
	if value, err := strconv.ParseInt(string(infoValue(columns[7], "END=")), 10, 64); err == nil && value > start {
		end = value
	}
	if bytes.IndexByte(columns[4], '<') >= 0 {
		end = max(end, vcf.SymbolicEnd(start+1, columns[4], infoValue(columns[7], "SVLEN="), columns[8], rest))
	}
	return end
}

// infoValue is the value of the entry of an INFO column that begins with key, which ends with '='.
func infoValue(info []byte, key string) []byte {
	for at := 0; ; {
		i := bytes.Index(info[at:], []byte(key))
		if i < 0 {
			return nil
		}
		if i += at; i == 0 || info[i-1] == ';' {
			value, _, _ := bytes.Cut(info[i+len(key):], []byte{';'})
			return value
		}
		at = i + len(key)
	}
}

// samEnd is where an alignment from start on ends: by the operations of CIGAR that take bases of the reference.
func samEnd(line []byte, start int64) int64 {
	cigar, _ := column(line, 6)
	end, n := start, int64(0)
	for _, c := range cigar {
		switch {
		case c >= '0' && c <= '9':
			n = min(n*10+int64(c-'0'), maxEnd)
			continue
		case c == 'M', c == 'D', c == 'N', c == '=', c == 'X':
			end = min(end+n, maxEnd)
		}
		n = 0
	}
	return end
}
