package annot

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadOptionsCheck(t *testing.T) {
	for _, c := range []struct {
		change func(*ReadOptions)
		want   string
	}{
		{func(*ReadOptions) {}, ""},
		{func(o *ReadOptions) { o.Sep = "||" }, ""},
		{func(o *ReadOptions) { o.Sep = "¦" }, ""},
		{func(o *ReadOptions) { o.Encoding = "latin1"; o.QuoteAll, o.EscapeQuotes = true, true }, ""},
		{func(o *ReadOptions) { o.Encoding = "" }, ""},
		{func(o *ReadOptions) { o.Comment, o.Quote, o.Escape = "", "\x00", "" }, ""},
		{func(o *ReadOptions) { o.Escape = `"` }, ""},
		{func(o *ReadOptions) { o.LineSep = ";" }, ""},
		{func(o *ReadOptions) { o.Sep = "" }, "readOptions.sep must not be empty"},
		{func(o *ReadOptions) { o.Sep = `\` },
			`readOptions.sep must not end with a single backslash; a backslash is written \\`},
		{func(o *ReadOptions) { o.Sep = `\x` },
			`readOptions.sep "\\x" has an unknown escape; known are \t \r \b \f \\ \" \'`},
		{func(o *ReadOptions) { o.Sep = "\x00" }, `readOptions.sep "\x00" is not text`},
		{func(o *ReadOptions) { o.Sep = "\xff" }, `readOptions.sep "\xff" is not text`},
		{func(o *ReadOptions) { o.Sep = "a\n" }, "readOptions.sep must not hold the line separator"},
		{func(o *ReadOptions) { o.Sep = `\r` }, "readOptions.sep must not hold the line separator"},
		{func(o *ReadOptions) { o.Sep, o.LineSep = ";", ";" }, "readOptions.sep must not hold the line separator"},
		{func(o *ReadOptions) { o.Sep = `"` }, "readOptions.sep and readOptions.quote must differ"},
		{func(o *ReadOptions) { o.Comment = "\t" }, "readOptions.comment must differ from sep and quote"},
		{func(o *ReadOptions) { o.Comment = `"` }, "readOptions.comment must differ from sep and quote"},
		{func(o *ReadOptions) { o.LineSep = `"` }, "readOptions.lineSep must differ from quote, escape and comment"},
		{func(o *ReadOptions) { o.Comment = "##" }, `readOptions.comment must be one ASCII character, not "##"`},
		{func(o *ReadOptions) { o.Quote = "«" }, `readOptions.quote must be one ASCII character, not "«"`},
		{func(o *ReadOptions) { o.Escape = "\xff" }, `readOptions.escape must be one ASCII character, not "\xff"`},
		{func(o *ReadOptions) { o.Encoding = "UTF-16" },
			`readOptions.encoding "UTF-16" is not supported; UTF-8, US-ASCII and ISO-8859-1 are. Convert the file to UTF-8`},
		{func(o *ReadOptions) { o.LineSep = "ab" },
			`readOptions.lineSep "ab" is not supported; it must be \n, \r\n, \r or another single ASCII character`},
		{func(o *ReadOptions) { o.LineSep = "é" },
			`readOptions.lineSep "é" is not supported; it must be \n, \r\n, \r or another single ASCII character`},
	} {
		o := DefaultReadOptions()
		c.change(&o)
		got := ""
		if err := o.Check(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%+v: got %s\nwant %s", o, got, c.want)
		}
		if _, err := NewTSV(bedLayout, o); (err != nil) != (c.want != "") {
			t.Errorf("%+v: NewTSV: %v", o, err)
		}
	}
}

func TestUnescape(t *testing.T) {
	for text, want := range map[string]string{
		"\t": "\t", `\t`: "\t", `\\`: `\`, `.\t.`: ".\t.", "|||": "|||", `\"`: `"`, `\'`: "'", `\\.`: `\.`,
		`\b\f\r`: "\b\f\r", ",": ",",
	} {
		if got, err := unescape(text); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func TestTerminator(t *testing.T) {
	for text, want := range map[string]byte{
		"": '\n', "\n": '\n', "\r\n": '\n', `\n`: '\n', `\r\n`: '\n', "\r": '\r', `\r`: '\r', ";": ';', "no": '\n',
	} {
		if got := (&ReadOptions{LineSep: text}).Terminator(); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestCutLine(t *testing.T) {
	var lines []string
	data := []byte("a\n\n\"b\nc")
	for ok := true; ok; {
		var line []byte
		line, data, ok = cutLine(data, '\n')
		lines = append(lines, string(line))
	}
	if diff := cmp.Diff([]string{"a", "", `"b`, "c"}, lines); diff != "" {
		t.Error(diff)
	}
}
