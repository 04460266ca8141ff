package fasta

import (
	"fmt"
	"strings"
)

// A Reference gives the bases of named contigs. Implementations must be safe for concurrent use; they
// are shared by goroutines.
type Reference interface {
	// Length gives a contig's length in bases, and whether the reference has the contig.
	Length(contig string) (bases int64, ok bool)

	// Fetch appends the bases of the 0-based half-open range [start, end) to dst and returns the
	// extended slice. Bases come as they are stored: lower case and IUPAC codes are kept. A contig that
	// is missing is an *UnknownContigError, a range that leaves the contig is a *RangeError; on error
	// dst is returned as it was given.
	Fetch(dst []byte, contig string, start, end int64) ([]byte, error)
}

// Memory is a Reference held in memory, for small references and tests. It is safe for concurrent use
// as long as nobody changes the map or its sequences.
type Memory struct {
	contigs map[string][]byte
}

// NewMemory returns a Reference over the given sequences by contig name. It keeps the map and the
// sequences without copying, and never writes to them.
func NewMemory(contigs map[string][]byte) *Memory {
	return &Memory{contigs: contigs}
}

// Length implements Reference.
func (m *Memory) Length(contig string) (int64, bool) {
	seq, ok := m.contigs[contig]
	return int64(len(seq)), ok
}

// Fetch implements Reference.
func (m *Memory) Fetch(dst []byte, contig string, start, end int64) ([]byte, error) {
	seq, ok := m.contigs[contig]
	if !ok {
		return dst, unknownContig(m, contig)
	}
	if start < 0 || end < start || end > int64(len(seq)) {
		return dst, &RangeError{Contig: contig, Start: start, End: end, Length: int64(len(seq))}
	}
	return append(dst, seq[start:end]...), nil
}

// UnknownContigError says that the reference has no contig of that name.
type UnknownContigError struct {
	Contig string
	Known  string // what the reference calls it, maybe: see OtherName
}

// unknownContig is the error for a contig that a reference lacks.
func unknownContig(ref Reference, contig string) error {
	return &UnknownContigError{Contig: contig, Known: OtherName(contig, func(name string) bool {
		_, ok := ref.Length(name)
		return ok
	})}
}

func (e *UnknownContigError) Error() string {
	text := fmt.Sprintf("contig %.100q is not in the reference", e.Contig)
	if e.Known != "" {
		text += fmt.Sprintf(", which has %q: %s", e.Known, RenameContigs)
	}
	return text
}

// RenameContigs is what to do about a file whose contigs have other names than the reference's.
const RenameContigs = "rename the file's contigs (bcftools annotate --rename-chrs)"

// OtherName is the name by which a contig is meant, maybe, among those that has knows: with or without chr, and the
// mitochondrial one of another convention. It is empty when there is none.
func OtherName(contig string, has func(name string) bool) string {
	bare := strings.TrimPrefix(contig, "chr")
	names := []string{bare, "chr" + bare}
	switch bare {
	case "M":
		names = append(names, "MT", "chrMT")
	case "MT":
		names = append(names, "M", "chrM")
	}
	for _, name := range names {
		if name != contig && has(name) {
			return name
		}
	}
	return ""
}

// RangeError says that a 0-based half-open range is reversed or leaves its contig.
type RangeError struct {
	Contig     string
	Start, End int64
	Length     int64 // of the contig, in bases
}

func (e *RangeError) Error() string {
	return fmt.Sprintf("range %d-%d is not within contig %.100q of %d bases", e.Start, e.End, e.Contig, e.Length)
}
