package native

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the worker may not read the machine's
)

// A Zone is a time zone of Trino: a region, or an offset of whole minutes.
type Zone struct {
	// Name is as Trino prints it: UTC, +05:30, Europe/Paris.
	Name     string
	location *time.Location
}

// utc is the session's zone, and what all names of UTC become.
var utc = &Zone{"UTC", time.UTC}

// zones are those that have been asked for, by the names that were asked for.
var zones sync.Map

// maxOffset is the farthest that Trino's offsets go from UTC, in minutes.
const maxOffset = 14 * 60

var utcNames = map[string]bool{"GMT": true, "GMT0": true, "GMT+0": true, "GMT-0": true, "Etc/GMT": true,
	"Etc/GMT0": true, "Etc/GMT+0": true, "Etc/GMT-0": true, "UT": true, "UT+0": true, "UT-0": true, "Etc/UT": true,
	"UTC":   true,
	"UTC+0": true, "UTC-0": true, "Etc/UTC": true, "+0000": true, "+00:00": true, "-0000": true, "-00:00": true, "Z": true,
	"Zulu": true, "UCT": true, "Greenwich": true, "Universal": true, "Etc/Universal": true, "Etc/UCT": true}

// FindZone gives the zone of a name, or nil.
func FindZone(name string) *Zone {
	if z, known := zones.Load(name); known {
		return z.(*Zone)
	}
	z := findZone(name)
	if z != nil { // only names that there are, so that the map is bounded
		zones.Store(name, z)
	}
	return z
}

var offsetName = late(`^(Etc/GMT|Etc/UTC|Etc/UT|GMT|UTC|UT|)([+-])([0-9]{1,2})(?::?([0-9]{2}))?$`)

func findZone(name string) *Zone {
	if utcNames[name] {
		return utc
	}
	if m := offsetName.FindStringSubmatch(name); m != nil {
		hours, _ := strconv.Atoi(m[3])
		minutes, _ := strconv.Atoi(m[4])
		if len(m[3]) == 1 && m[4] != "" || minutes > 59 {
			return nil
		}
		offset := hours*60 + minutes
		if (m[2] == "-") != (m[1] == "Etc/GMT") { // POSIX counts westward
			offset = -offset
		}
		return offsetZone(offset)
	}
	if name == "" || name == "Local" || strings.HasPrefix(name, "/") || strings.Contains(name, "..") {
		return nil
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return &Zone{name, location}
}

// offsetZone is the zone of an offset in minutes, or nil.
func offsetZone(minutes int) *Zone {
	if minutes == 0 {
		return utc
	}
	if minutes < -maxOffset || minutes > maxOffset {
		return nil
	}
	name := OffsetText(minutes)
	return &Zone{name, time.FixedZone(name, minutes*60)}
}

// OffsetText writes an offset in minutes as +05:30.
func OffsetText(minutes int) string {
	sign := '+'
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	return fmt.Sprintf("%c%02d:%02d", sign, minutes/60, minutes%60)
}

// otherNames are short names, those of standard and of summer time, that Trino has otherwise than the zones' files.
var otherNames = map[string][2]string{"America/Adak": {"HAST", "HADT"}, "America/Atka": {"HAST", "HADT"},
	"US/Aleutian": {"HAST", "HADT"}, "Antarctica/Casey": {"AWST"}, "Asia/Colombo": {"IST"}, "Europe/Minsk": {"MSK"},
	"Europe/Volgograd": {"MSK"}, "MET": {"CET", "CEST"}, "Antarctica/Troll": {"GMT"}}

// shortName is what the zone's time is called at an instant. The names are those of this year whatever the instant: a
// zone that had a summer time once, and has none any more, has no name for it.
func (z *Zone) shortName(instant int64) (string, error) {
	summer := time.UnixMicro(instant).In(z.location).IsDST()
	if names, is := otherNames[z.Name]; is {
		if i := map[bool]int{true: 1}[summer]; names[i] != "" {
			return names[i], nil
		}
	}
	for _, month := range []time.Month{time.January, time.July} {
		at := time.Date(2025, month, 15, 12, 0, 0, 0, time.UTC).In(z.location)
		name, offset := at.Zone()
		switch {
		case at.IsDST() != summer:
			continue
		case strings.IndexByte("+-", z.Name[0]) >= 0:
			return z.Name, nil
		case strings.IndexByte("+-", name[0]) < 0:
			return name, nil
		case offset == 0:
			return "GMT", nil
		}
		return "GMT" + OffsetText(offset/60), nil
	}
	return "", Fail("NOT_SUPPORTED", "The name of summer time in %s is not supported", z.Name)
}

// isoOffset is the offset at an instant as to_iso8601 has it, which can say whole minutes only.
func (z *Zone) isoOffset(instant int64) (any, error) {
	offset := int(z.offsetAt(floorDiv(instant, second)))
	switch {
	case offset == 0:
		return "Z", nil
	case offset%60 != 0:
		return nil, Fail("INVALID_ARGUMENTS", "Timezone with non-zero seconds offset cannot be rendered as ISO8601: %s:%02d",
			OffsetText(offset/60), max(offset, -offset)%60)
	}
	return OffsetText(offset / 60), nil
}

// zoneOf gives the zone of a name that a value or an argument has.
func zoneOf(name string) (*Zone, error) {
	if z := FindZone(name); z != nil {
		return z, nil
	}
	return nil, Fail("INVALID_FUNCTION_ARGUMENT", "'%s' is not a valid time zone", name)
}

// offsetAt is the offset from UTC in seconds at an instant, in seconds since 1970.
func (z *Zone) offsetAt(second int64) int64 {
	_, offset := time.Unix(second, 0).In(z.location).Zone()
	return int64(offset)
}

// local gives an instant's local time; both in microseconds since 1970.
func (z *Zone) local(instant int64) int64 {
	return instant + z.offsetAt(floorDiv(instant, second))*second
}

// instant gives the instant of a local time. Of two the earlier is meant; a time that is skipped is moved on by what is
// skipped.
func (z *Zone) instant(local int64) int64 {
	const day = 86400
	at := floorDiv(local, second)
	before, after := z.offsetAt(at-day), z.offsetAt(at+day)
	if before != after && z.offsetAt(at-before) != before && z.offsetAt(at-after) == after {
		return local - after*second
	}
	return local - before*second
}

// Units of time in microseconds.
const (
	second = 1_000_000
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
