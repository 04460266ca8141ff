package omics

import (
	"fmt"
	"time"
)

// Time is a timestamp of the analytics operations. JSON shows it as ISO-8601
// in UTC with microseconds: 2022-08-24T20:34:19.229500Z.
type Time struct{ time.Time }

// StorageTime is a timestamp of the reference operations. JSON shows it as
// ISO-8601 in UTC with milliseconds: 2022-08-24T20:34:19.229Z.
type StorageTime struct{ time.Time }

const (
	microseconds = "2006-01-02T15:04:05.000000Z"
	milliseconds = "2006-01-02T15:04:05.000Z"
)

// MarshalJSON writes the time as a quoted string.
func (t Time) MarshalJSON() ([]byte, error) { return marshalTime(t.Time, microseconds) }

// MarshalJSON writes the time as a quoted string.
func (t StorageTime) MarshalJSON() ([]byte, error) { return marshalTime(t.Time, milliseconds) }

// UnmarshalJSON reads an ISO-8601 string with any offset.
func (t *Time) UnmarshalJSON(data []byte) (err error) {
	t.Time, err = unmarshalTime(data)
	return err
}

// UnmarshalJSON reads an ISO-8601 string with any offset.
func (t *StorageTime) UnmarshalJSON(data []byte) (err error) {
	t.Time, err = unmarshalTime(data)
	return err
}

func marshalTime(t time.Time, layout string) ([]byte, error) {
	t = t.UTC()
	// Four digits are all the format has; a year outside them would not be read back.
	if y := t.Year(); y < 0 || y > 9999 {
		return nil, fmt.Errorf("encode time: year %d is out of range", y)
	}
	return t.AppendFormat(nil, `"`+layout+`"`), nil
}

func unmarshalTime(data []byte) (time.Time, error) {
	t, err := time.Parse(`"`+time.RFC3339Nano+`"`, string(data))
	if err != nil {
		return time.Time{}, fmt.Errorf("decode time: not an ISO-8601 date-time")
	}
	return t.UTC(), nil
}
