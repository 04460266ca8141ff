package native

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// formatFunctions are those of java.util.Formatter, in English.
var formatFunctions = []Function{
	{Name: "trino_format", Params: []string{"VARCHAR", "VARCHAR", "VARCHAR[]"}, Result: "VARCHAR", Call: format},
}

// A formatArgument is a value to format. Its kind is one of those of Java's classes that Trino makes of its types: l
// for Long, f Float, d Double, m BigDecimal, b Boolean, s String, and t for the times, of which class tells more.
type formatArgument struct {
	kind  byte
	class string
	null  bool
	text  string
}

// formatClasses are the classes by the letters that the compiler writes.
var formatClasses = map[byte]struct {
	kind  byte
	class string
}{
	'l': {'l', "java.lang.Long"}, 'f': {'f', "java.lang.Float"}, 'd': {'d', "java.lang.Double"},
	'm': {'m', "java.math.BigDecimal"}, 'b': {'b', "java.lang.Boolean"}, 's': {'s', "java.lang.String"},
	'D': {'t', "java.time.LocalDate"}, 'T': {'t', "java.time.LocalTime"}, 'S': {'t', "java.time.LocalDateTime"},
	'Z': {'t', "java.time.ZonedDateTime"},
}

// format formats texts of values, whose classes are the letters of its second argument.
func format(args []any) (any, error) {
	text, letters := args[0].(string), args[1].(string)
	values := make([]formatArgument, len(letters))
	for i, v := range args[2].([]any) {
		c := formatClasses[letters[i]]
		values[i] = formatArgument{kind: c.kind, class: c.class, null: v == nil}
		if v != nil {
			values[i].text = v.(string)
		}
	}
	f := &formatter{text: text, rest: text, args: values, last: -1}
	for f.rest != "" {
		if err := f.step(); err != nil {
			return nil, err
		}
		if f.out.Len() > maxResult {
			return nil, tooLong()
		}
	}
	return f.out.String(), nil
}

// A formatter goes through a format string.
type formatter struct {
	text, rest string
	args       []formatArgument
	// next is the place of the argument that the next specifier without one takes; last that of the specifier before.
	next, last int
	out        strings.Builder
}

// A specifier is %[argument$][flags][width][.precision]conversion; width and precision are -1 where they are not said.
type specifier struct {
	text             string
	index            int // of the argument, from 1; 0 for the next, -1 for the last one
	flags            string
	width, precision int
	upper            bool
	conversion       byte
	suffix           byte // of t
}

func (s *specifier) has(flag byte) bool { return strings.IndexByte(s.flags, flag) >= 0 }

// bad is an error of the format string, in Java's words.
func (f *formatter) bad(class, message string, args ...any) error {
	return invalid("Invalid format string: %s (%s: %s)", f.text, class, fmt.Sprintf(message, args...))
}

func (f *formatter) step() error {
	at := strings.IndexByte(f.rest, '%')
	if at < 0 {
		at = len(f.rest)
	}
	f.out.WriteString(f.rest[:at])
	if f.rest = f.rest[at:]; f.rest == "" {
		return nil
	}
	s, err := f.specifier()
	if err != nil {
		return err
	}
	switch s.conversion {
	case '%', 'n':
		return f.percent(s)
	}
	i := f.next
	switch {
	case s.index > 0:
		i = s.index - 1
	case s.index < 0:
		i = f.last
	default:
		f.next++
	}
	f.last = i
	if i < 0 || i >= len(f.args) {
		return f.bad("MissingFormatArgument", "Format specifier '%s'", s.text)
	}
	text, err := f.convert(s, &f.args[i])
	if err != nil {
		return err
	}
	return f.pad(s, text)
}

// number takes a number from the front of the rest; -1 when there is none.
func (f *formatter) number() int {
	n := 0
	for n < len(f.rest) && '0' <= f.rest[n] && f.rest[n] <= '9' {
		n++
	}
	if n == 0 {
		return -1
	}
	value, err := strconv.ParseInt(f.rest[:n], 10, 32)
	if err != nil {
		value = math.MaxInt32
	}
	f.rest = f.rest[n:]
	return int(value)
}

// specifier takes a specifier from the front of the rest.
func (f *formatter) specifier() (*specifier, error) {
	whole := f.rest
	s := &specifier{width: -1, precision: -1}
	f.rest = f.rest[1:]
	before := f.rest
	if n := f.number(); n > 0 && before[0] != '0' && strings.HasPrefix(f.rest, "$") {
		s.index, f.rest = n, f.rest[1:]
	} else if f.rest = before; strings.HasPrefix(f.rest, "<") {
		s.index, f.rest = -1, f.rest[1:]
	}
	for f.rest != "" && strings.IndexByte("-#+ 0,(", f.rest[0]) >= 0 {
		if s.has(f.rest[0]) {
			return nil, f.bad("DuplicateFormatFlags", "Flags = '%c'", f.rest[0])
		}
		s.flags += f.rest[:1]
		f.rest = f.rest[1:]
	}
	s.width = f.number()
	if strings.HasPrefix(f.rest, ".") {
		f.rest = f.rest[1:]
		if s.precision = f.number(); s.precision < 0 {
			return nil, f.bad("UnknownFormatConversion", "Conversion = '.'")
		}
	}
	c, n := utf8.DecodeRuneInString(f.rest)
	if n == 0 {
		return nil, f.bad("UnknownFormatConversion", "Conversion = '%%'")
	}
	if strings.ContainsRune("BHSCXEGAT", c) {
		s.upper = true
		c += 'a' - 'A'
	} else if !strings.ContainsRune("bhscdoxefgat%n", c) {
		return nil, f.bad("UnknownFormatConversion", "Conversion = '%c'", c)
	}
	s.conversion = byte(c)
	if f.rest = f.rest[n:]; c == 't' {
		if f.rest == "" {
			return nil, f.bad("UnknownFormatConversion", "Conversion = '%c'", c)
		}
		s.suffix, f.rest = f.rest[0], f.rest[1:]
	}
	s.text = whole[:len(whole)-len(f.rest)]
	return s, f.check(s)
}

// check refuses flags that do not go together, or not with the conversion.
func (f *formatter) check(s *specifier) error {
	numeric := strings.IndexByte("doxefga", s.conversion) >= 0
	if (s.has('-') || s.has('0')) && s.width < 0 {
		return f.bad("MissingFormatWidth", "%s", s.text)
	}
	if max(s.width, s.precision) > maxResult {
		return tooLong()
	}
	if s.has('-') && s.has('0') || s.has('+') && s.has(' ') {
		return f.bad("IllegalFormatFlags", "Flags = '%s'", s.flags)
	}
	allowed := map[byte]string{'b': "-", 's': "-", 'h': "-", 'c': "-", 'd': "-+ 0,(", 'o': "-#0", 'x': "-#0",
		'e': "-#+ 0(", 'f': "-#+ 0,(", 'g': "-+ 0,(", 'a': "-#+ 0", 't': "-", '%': "-", 'n': ""}[s.conversion]
	for i := range len(s.flags) {
		if strings.IndexByte(allowed, s.flags[i]) < 0 {
			return f.bad("FormatFlagsConversionMismatch", "Conversion = %c, Flags = %c", s.conversion, s.flags[i])
		}
	}
	if s.precision >= 0 && (numeric && strings.IndexByte("dox", s.conversion) >= 0 ||
		strings.IndexByte("ct%n", s.conversion) >= 0) {
		return f.bad("IllegalFormatPrecision", "%d", s.precision)
	}
	return nil
}

// percent writes %% or %n.
func (f *formatter) percent(s *specifier) error {
	if s.conversion == 'n' {
		if s.width >= 0 {
			return f.bad("IllegalFormatWidth", "%d", s.width)
		}
		f.out.WriteByte('\n')
		return nil
	}
	return f.pad(s, "%")
}

// pad writes a text in the specifier's width.
func (f *formatter) pad(s *specifier, text string) error {
	missing := max(0, s.width-len(utf16Units(text)))
	if s.has('-') {
		f.out.WriteString(text)
	}
	if f.out.Len()+missing > maxResult {
		return tooLong()
	}
	f.out.WriteString(strings.Repeat(" ", missing))
	if !s.has('-') {
		f.out.WriteString(text)
	}
	return nil
}

// convert writes an argument by the conversion, without padding by spaces.
func (f *formatter) convert(s *specifier, arg *formatArgument) (text string, err error) {
	wrong := func() (string, error) {
		return "", f.bad("IllegalFormatConversion", "%c != %s", s.conversion, arg.class)
	}
	switch {
	case s.conversion == 'b':
		text = strconv.FormatBool(!arg.null && (arg.kind != 'b' || arg.text == "true"))
	case arg.null:
		text = "null"
	case s.conversion == 's':
		text, err = arg.string()
	case s.conversion == 'h':
		text, err = arg.hash()
	case s.conversion == 't':
		if arg.kind == 'l' {
			return "", Fail("NOT_SUPPORTED", "Formatting numbers as times is not supported")
		}
		if arg.kind != 't' {
			return wrong()
		}
		text, err = f.time(s, arg)
	case strings.IndexByte("dox", s.conversion) >= 0 && arg.kind == 'l':
		text, err = s.integer(arg.text), nil
	case strings.IndexByte("efg", s.conversion) >= 0 && (arg.kind == 'f' || arg.kind == 'd' || arg.kind == 'm'),
		s.conversion == 'a' && (arg.kind == 'f' || arg.kind == 'd'):
		return f.decimal(s, arg)
	default:
		return wrong()
	}
	if arg.null || strings.IndexByte("bsh", s.conversion) >= 0 {
		text = firstUnits(text, s.precision)
	}
	if s.upper {
		text = cases.Upper(language.English).String(text)
	}
	return text, err
}

// string is Java's toString.
func (a *formatArgument) string() (string, error) {
	switch a.kind {
	case 'f':
		v, err := strconv.ParseFloat(a.text, 32)
		return JavaFloat(float32(v)), err
	case 'd':
		v, err := strconv.ParseFloat(a.text, 64)
		return JavaDouble(v), err
	case 'm':
		v, err := javaDecimal(a.text)
		return fmt.Sprint(v), err
	case 't':
		return a.timeString()
	}
	return a.text, nil
}

// hash is Java's hashCode in hexadecimal digits, of the classes whose is fixed by their documentation.
func (a *formatArgument) hash() (string, error) {
	var h uint32
	switch a.kind {
	case 'l':
		v, err := strconv.ParseInt(a.text, 10, 64)
		if err != nil {
			return "", err
		}
		h = uint32(v) ^ uint32(v>>32)
	case 'b':
		h = map[bool]uint32{true: 1231, false: 1237}[a.text == "true"]
	case 's':
		for _, c := range utf16Units(a.text) {
			h = 31*h + uint32(c)
		}
	default:
		return "", Fail("NOT_SUPPORTED", "Formatting the hash of %s is not supported", a.class)
	}
	return strconv.FormatUint(uint64(h), 16), nil
}
