package omics

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Progress is how far a running item is. It travels as the text of the item's statusMessage, the only
// place that the wire has for it.
type Progress struct {
	Done, Total int64 // bytes of the source, as stored
	Records     int64
	Rate        float64       // records per second
	Remaining   time.Duration // estimated; negative when unknown
}

// ProgressOpening is the statusMessage of a running item until its source is open: how large that is, is not
// known before.
const ProgressOpening = "Importing: opening the source"

// NewProgress estimates rate and remaining time from what was done in elapsed.
func NewProgress(done, total, records int64, elapsed time.Duration) Progress {
	p := Progress{Done: done, Total: total, Records: records, Remaining: -1}
	if seconds := elapsed.Seconds(); seconds > 0 {
		p.Rate = float64(records) / seconds
	}
	if done > 0 && elapsed > 0 {
		p.Remaining = time.Duration(float64(elapsed) * float64(total-done) / float64(done))
	}
	return p
}

// String is the statusMessage, for example
// "Importing: 1048576 of 4194304 bytes, 20000 records, 150000 records/s, about 3 s left".
func (p Progress) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Importing: %d of %d bytes, %d records, %.0f records/s", p.Done, p.Total, p.Records, p.Rate)
	if p.Remaining >= 0 {
		fmt.Fprintf(&b, ", about %.0f s left", p.Remaining.Seconds())
	}
	return b.String()
}

var progressText = regexp.MustCompile(
	`^Importing: (\d+) of (\d+) bytes, (\d+) records, (\d+) records/s(?:, about (\d+) s left)?$`)

// ParseProgress reads what String wrote; ok is false for any other statusMessage.
func ParseProgress(message string) (p Progress, ok bool) {
	match := progressText.FindStringSubmatch(message)
	if match == nil {
		return Progress{}, false
	}
	numbers := make([]int64, len(match))
	for i, text := range match[1:] {
		if text == "" {
			numbers[i+1] = -1
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return Progress{}, false
		}
		numbers[i+1] = n
	}
	p = Progress{Done: numbers[1], Total: numbers[2], Records: numbers[3], Rate: float64(numbers[4]), Remaining: -1}
	if numbers[5] >= 0 {
		p.Remaining = time.Duration(numbers[5]) * time.Second
	}
	return p, true
}
