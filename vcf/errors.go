package vcf

// ParseError is a fault of a header or a record. Its text is a whole sentence
// fit for a job's statusMessage; only the file name is the caller's to add.
type ParseError struct {
	Line   int64  // 1-based; 0 only for an empty file
	Column string // such as "POS", "INFO/DP", "FORMAT/GT" or "sample NA12878 FORMAT/GT"; empty for the line as a whole
	Err    error
}

// Error returns the message in AWS's wording where it has one.
func (e *ParseError) Error() string { return e.Err.Error() }

// Unwrap returns the fault.
func (e *ParseError) Unwrap() error { return e.Err }
