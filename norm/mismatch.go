package norm

import "fmt"

// MismatchError says that a record's REF is not what the reference has there. It names the first base
// that differs.
type MismatchError struct {
	Contig    string
	Pos       int64 // 1-based position of the differing base (not of the record)
	Record    byte  // the record's base, as written; 0 when REF is empty
	Reference byte  // the reference's base, as written; 0 when Pos lies outside the contig
}

func (e *MismatchError) Error() string {
	switch {
	case e.Record == 0:
		return fmt.Sprintf("REF at %.100s:%d is empty", e.Contig, e.Pos)
	case e.Reference == 0:
		return fmt.Sprintf("REF does not match the reference at %.100s:%d: the record says %q, the position is outside the contig",
			e.Contig, e.Pos, e.Record)
	}
	return fmt.Sprintf("REF does not match the reference at %.100s:%d: the record says %q, the reference %q",
		e.Contig, e.Pos, e.Record, e.Reference)
}
