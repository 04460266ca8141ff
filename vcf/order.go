package vcf

// Order checks that records are sorted by position within a contig and that
// the records of a contig are together. Feed it in file order. A chunk of a file
// may have its own Order, later joined by Merge, so that chunks can be
// checked by several goroutines. The zero value is ready.
type Order struct {
	last []byte
	pos  int64
}

// Check takes the next record. The error is a *ParseError.
func (o *Order) Check(chrom []byte, pos, line int64) error { return nil }

// Merge takes the Order of the chunk that follows. The error is a *ParseError.
func (o *Order) Merge(next *Order) error { return nil }

// Reset makes o ready for another chunk, keeping its memory.
func (o *Order) Reset() {}
