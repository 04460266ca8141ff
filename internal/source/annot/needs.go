package annot

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// mostFixes bounds how often Needs reads a file's beginning anew: there are fewer options.
const mostFixes = 8

// Needs completes the hint of the Error for which a file was refused that read options could let in: it names all that the file needs, as far as
// its beginning, data, tells, for a hint that leads to the next refusal is of no help. whole tells that data is all of the file. An error of
// another kind comes back as it is.
func Needs(refusal error, l *Layout, given ReadOptions, data []byte, whole bool) error {
	var first *Error
	if !errors.As(refusal, &first) || first.fix == (fix{}) {
		return refusal
	}
	options, needed := given, map[string]string{}
	options.NullValues = slices.Clone(given.NullValues)
	var another error
	for range mostFixes {
		err := try(l, &options, data, whole)
		var e *Error
		if another = err; !errors.As(err, &e) || needed[e.fix.option] != "" || !options.apply(e.fix) {
			break
		}
		needed[e.fix.option] = e.fix.value
	}
	added := len(options.NullValues) - len(given.NullValues)
	marks := added > 0
	hint := ""
	switch {
	case len(needed) == 0 && marks:
		hint = nullHint(options.NullValues, added > 1)
	case len(needed) == 1 && !marks:
		hint = first.Hint
	case len(needed) > 0:
		hint = "; it needs " + settings(needed, options.NullValues, marks)
	default:
		return refusal
	}
	if another != nil {
		hint += "; then it is refused for another reason: " + strings.TrimPrefix(another.Error(), malformed+" ")
	}
	told := *first
	told.Hint = hint
	return &told
}

// apply sets the option of a fix; ok is false when there is none.
func (o *ReadOptions) apply(f fix) (ok bool) {
	switch f.option {
	case "comment":
		o.Comment = f.value
	case "sep":
		o.Sep = strings.ReplaceAll(f.value, "\t", `\t`)
	case "header":
		o.Header = f.value == "true"
	default:
		return false
	}
	return true
}

// try reads the beginning of a file. Marks of missing values that it meets are added to the options.
func try(l *Layout, options *ReadOptions, data []byte, whole bool) error {
	t, err := NewTSV(l, *options)
	if err != nil {
		return err
	}
	search := t.SearchHeader()
	found := !options.Header
	for number := int64(1); len(data) > 0; number++ {
		line, rest, ended := CutLine(data, options.Terminator())
		if !ended && !whole {
			return nil
		}
		if !found {
			var row bool
			if found, row, err = search.Offer(line, number); err != nil {
				return err
			}
			if !row {
				data = rest
				continue
			}
		}
		for {
			_, err := t.Row(line, number)
			var e *Error
			if err == nil {
				break
			}
			if !errors.As(err, &e) || e.fix.option != "nullValue" || slices.Contains(options.NullValues, e.fix.value) {
				return err
			}
			options.NullValues = append(options.NullValues, e.fix.value)
			t.format.nulls = options.NullValues
		}
		data = rest
	}
	return nil
}

// settings are options in the words of the API and then in those of the command line.
func settings(needed map[string]string, nulls []string, marks bool) string {
	var members, flags []string
	for _, option := range []string{"comment", "header", "sep"} {
		value, ok := needed[option]
		if !ok {
			continue
		}
		if option == "header" {
			members = append(members, fmt.Sprintf("%q: %s", option, value))
			flags = append(flags, map[string]string{"false": "--no-header", "true": "without --no-header,"}[value])
			continue
		}
		text, _ := json.Marshal(value) // a string
		members, flags = append(members, fmt.Sprintf("%q: %s", option, text)), append(flags, "--"+option+" "+strconv.Quote(value))
	}
	api := "readOptions {" + strings.Join(members, ", ") + "}"
	if all := strings.Join(nulls, ","); marks && len(all) > maxNullValue {
		return api + ", or " + strings.Join(flags, " ") + nullHint(nulls, true)
	} else if marks {
		api += fmt.Sprintf(` and annotationFields {"nullValue": %q}`, all)
		flags = append(flags, "--null-value "+strconv.Quote(all))
	}
	return api + ", or " + strings.Join(flags, " ")
}
