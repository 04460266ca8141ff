package blob

import "time"

// SetStall shortens the patience with silent transfers.
func SetStall(s *S3, after time.Duration) { s.stall = after }
