package trino

import (
	"fmt"
	"time"
	_ "time/tzdata" // the machine may have none
)

// InZone is a time as a clock in a zone shows it: +05:30 or Asia/Tokyo. A zone that is not known is UTC.
func InZone(at time.Time, zone string) time.Time {
	var sign byte
	var hours, minutes int
	if n, _ := fmt.Sscanf(zone, "%c%02d:%02d", &sign, &hours, &minutes); n == 3 {
		seconds := hours*3600 + minutes*60
		if sign == '-' {
			seconds = -seconds
		}
		return at.In(time.FixedZone(zone, seconds))
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		return at.UTC()
	}
	return at.In(location)
}
