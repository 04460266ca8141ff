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

// Needs completes the hint of the Error for which a file was refused that read options could let in: it names all that
// the file needs, as far as its beginning, data, tells, for a hint that leads to the next refusal is of no help. whole
// tells that data is all of the file. An error of another kind comes back as it is.
func Needs(refusal error, l *Layout, given ReadOptions, data []byte, whole bool) error {
	var first *Error
	if !errors.As(refusal, &first) {
		return refusal
	}
	if end := goesOn(l, given, first, data); end > 0 {
		told := first.bare()
		told.Hint = fmt.Sprintf("; the value goes on to line %d: a row must be one line, write its values without line breaks",
			end)
		return told
	}
	if first.fix == (fix{}) {
		return refusal
	}
	if !quotesMayBeData(l, given, first, data, whole) {
		return first.bare()
	}
	options, needed := given, map[string]string{}
	options.NullValues = slices.Clone(given.NullValues)
	var another error
	for range mostFixes {
		err := try(l, &options, needed["sep"] != "", data, whole)
		var e *Error
		if another = err; !errors.As(err, &e) || needed[e.fix.option] != "" {
			break
		}
		if !quotesMayBeData(l, options, e, data, whole) {
			another = e.bare()
			break
		}
		if !options.apply(e.fix) {
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
	if marks && another == nil {
		hint += nulled(l, options, given.NullValues, data, whole)
	}
	if another != nil {
		hint += "; then it is refused for another reason: " + strings.TrimPrefix(another.Error(), malformed+" ")
	}
	told := *first
	told.Hint = hint
	return &told
}

// noQuote is the readOptions.quote that is none.
const noQuote = "\x00"

// bare is an Error without its hint.
func (e *Error) bare() *Error {
	told := *e
	told.Hint, told.fix = "", fix{}
	return &told
}

// quotesMayBeData tells whether the fix of an Error, when it is to have quotes as data, can be meant: with it the file
// is read beyond that line, and no value that was read stands between quotes.
func quotesMayBeData(l *Layout, o ReadOptions, e *Error, data []byte, whole bool) bool {
	if e.fix.value != noQuote {
		return true
	}
	o.Quote, o.NullValues = noQuote, slices.Clone(o.NullValues)
	err := try(l, &o, true, data, whole)
	var then *Error
	return err == nil || errors.As(err, &then) && then.Line > e.Line && then.fix.option != "quote"
}

// mostLines bounds over how many lines a value in quotes is followed.
const mostLines = 100

// goesOn is the line in which a value in quotes ends that was refused because it does not end in its own, when these
// lines together are a row and two alone are none; 0 when they are not.
func goesOn(l *Layout, o ReadOptions, e *Error, data []byte) (end int64) {
	if e.Reason != unclosed {
		return 0
	}
	t, err := NewTSV(l, o)
	if err != nil {
		return 0
	}
	o.NullValues = slices.Clone(o.NullValues)
	_ = t.read(&o, data, false, func(int64, *Row) error { return nil }) // up to that line
	columns := t.plan.schema
	if t.mapping != nil {
		columns = len(t.mapping.to)
	}
	o.Quote = noQuote
	var then *Error
	if err := try(l, &o, false, data, false); !errors.As(err, &then) || then.Line > e.Line+1 {
		return 0 // quotes may be data
	}
	var row []byte
	for number := int64(1); len(data) > 0 && number < e.Line+mostLines; number++ {
		line, rest, _ := cutLine(data, o.Terminator())
		data = rest
		if number < e.Line {
			continue
		}
		row = append(row, t.clean(line, number)...)
		if reason := t.split(row, columns); reason == "" && len(t.fields) == columns {
			return number
		} else if reason != unclosed {
			return 0
		}
	}
	return 0
}

// inQuotes finds a value that stands between quotes which are taken for data, and says that they are the quotes of the
// file.
func (t *TSV) inQuotes(line int64) error {
	for _, f := range t.fields {
		n := len(f.text)
		if f.quoted || n < 2 || f.text[0] != f.text[n-1] || f.text[0] != '"' && f.text[0] != '\'' {
			continue
		}
		return fail(line, "", f.text, "stands between quotes").mend("", "quote", string(f.text[:1]))
	}
	return nil
}

// nulled tells which columns of text have one of the new marks of missing values, too: they become NULL there.
func nulled(l *Layout, o ReadOptions, before []string, data []byte, whole bool) string {
	t, err := NewTSV(l, o)
	if err != nil {
		return ""
	}
	told := map[int]string{} // by column
	_ = t.read(&o, data, whole, func(_ int64, row *Row) error {
		for i, f := range t.fields {
			to := t.mapping.to[i]
			if row == nil || to < 0 || t.plan.columns[to].Type != String || !row.Values[to].Null || len(f.text) == 0 {
				continue
			}
			if mark := string(trimBlanks(f.text)); !slices.Contains(before, mark) {
				told[to] = mark
			}
		}
		return nil
	})
	for i, c := range t.plan.columns {
		if mark, ok := told[i]; ok {
			return fmt.Sprintf("; %q in column %s becomes NULL then, too", mark, c.Name)
		}
	}
	return ""
}

// apply sets the option of a fix; ok is false when there is none.
func (o *ReadOptions) apply(f fix) (ok bool) {
	switch f.option {
	case "comment":
		o.Comment = f.value
	case "sep":
		o.Sep = strings.ReplaceAll(f.value, "\t", `\t`)
	case "quote":
		o.Quote = f.value
	case "header":
		o.Header = f.value == "true"
	default:
		return false
	}
	return true
}

// try reads the beginning of a file. Marks of missing values that it meets are added to the options. Where other
// separators were found, or quotes are to be data, the first value between quotes that are taken for data is a fault.
func try(l *Layout, options *ReadOptions, recut bool, data []byte, whole bool) error {
	t, err := NewTSV(l, *options)
	if err != nil {
		return err
	}
	return t.read(options, data, whole, func(number int64, _ *Row) error {
		if !recut {
			return nil
		}
		return t.inQuotes(number)
	})
}

// read reads the beginning of a file with the options of t, and has the header, which is no row, and each row looked
// at. Marks of missing values that it meets are added to the options.
func (t *TSV) read(options *ReadOptions, data []byte, whole bool, look func(line int64, row *Row) error) error {
	search := t.SearchHeader()
	found := !options.Header
	for number := int64(1); len(data) > 0; number++ {
		line, rest, ended := cutLine(data, options.Terminator())
		if !ended && !whole {
			return nil
		}
		data = rest
		isRow := found
		if !found {
			var err error
			if found, isRow, err = search.Offer(line, number); err != nil {
				return err
			}
			if found {
				if err := look(number, nil); err != nil {
					return err
				}
			}
		}
		if !isRow {
			continue
		}
		row, err := t.markedRow(options, line, number)
		if err != nil {
			return err
		}
		if row != nil {
			if err := look(number, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// markedRow is Row, after marks of missing values in the line were added to the options.
func (t *TSV) markedRow(options *ReadOptions, line []byte, number int64) (*Row, error) {
	for {
		row, err := t.Row(line, number)
		var e *Error
		if !errors.As(err, &e) || e.fix.option != "nullValue" || slices.Contains(options.NullValues, e.fix.value) {
			return row, err
		}
		options.NullValues = append(options.NullValues, e.fix.value)
		t.format.nulls = options.NullValues
	}
}

// settings are options in the words of the API and then in those of the command line.
func settings(needed map[string]string, nulls []string, marks bool) string {
	var members, flags []string
	for _, option := range []string{"comment", "header", "quote", "sep"} {
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
		value = strings.TrimPrefix(value, noQuote)
		members, flags = append(members, fmt.Sprintf("%q: %s", option, text)),
			append(flags, "--"+option+" "+strconv.Quote(value))
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
