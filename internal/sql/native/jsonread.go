package native

import (
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A jsonToken is what a jsonReader meets.
type jsonToken uint8

const (
	jsonEnd jsonToken = iota
	jsonObject
	jsonObjectEnd
	jsonArray
	jsonArrayEnd
	jsonName
	jsonString
	jsonInteger
	jsonFloat
	jsonTrue
	jsonFalse
	jsonNull
)

// maxJSONDepth is how deep arrays and objects may be nested.
const maxJSONDepth = 1000

// errJSON tells that a text is no JSON.
var errJSON = errors.New("malformed JSON")

// A jsonReader reads JSON token by token, and no further than it is asked: what follows what was looked for may be
// anything, as it may in Trino. The grammar is that of RFC 8259, without leniencies.
type jsonReader struct {
	text string
	at   int
	// open has a byte for each array and object that is open: [ or {.
	open []byte
	// after tells that a value of the innermost array or object has been read; named that its name has.
	after, named bool
	token        jsonToken
	// value is the name or string that was read, without quotes and escapes, or the number as it is written.
	value string
}

func newJSONReader(text string) *jsonReader { return &jsonReader{text: text} }

func (r *jsonReader) space() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// peek is the next byte after white space, or 0 at the end.
func (r *jsonReader) peek() byte {
	r.space()
	if r.at == len(r.text) {
		return 0
	}
	return r.text[r.at]
}

// next reads a token. Its error is errJSON, or an *Error for what is nested too deep.
func (r *jsonReader) next() (jsonToken, error) {
	t, err := r.read()
	if err != nil {
		t = jsonEnd
	}
	r.token = t
	return t, err
}

func (r *jsonReader) read() (jsonToken, error) {
	c := r.peek()
	if len(r.open) == 0 {
		if c == 0 && r.at == len(r.text) {
			return jsonEnd, nil
		}
		return r.readValue(c)
	}
	inner := r.open[len(r.open)-1]
	if r.named {
		r.named = false
		return r.readValue(c)
	}
	if closing := inner + 2; c == closing { // ] is [ + 2, and } is { + 2
		r.at++
		r.open = r.open[:len(r.open)-1]
		r.after = true
		if inner == '[' {
			return jsonArrayEnd, nil
		}
		return jsonObjectEnd, nil
	}
	if r.after {
		if c != ',' {
			return 0, errJSON
		}
		r.at++
		c = r.peek()
	}
	if inner == '[' {
		return r.readValue(c)
	}
	if c != '"' {
		return 0, errJSON
	}
	if err := r.readString(); err != nil {
		return 0, err
	}
	if r.peek() != ':' {
		return 0, errJSON
	}
	r.at++
	r.named = true
	return jsonName, nil
}

func (r *jsonReader) readValue(c byte) (jsonToken, error) {
	r.after = true
	switch c {
	case '{', '[':
		if len(r.open) == maxJSONDepth {
			return 0, Fail("NOT_SUPPORTED", "JSON is nested more than %d deep", maxJSONDepth)
		}
		r.at++
		r.open = append(r.open, c)
		r.after = false
		if c == '[' {
			return jsonArray, nil
		}
		return jsonObject, nil
	case '"':
		return jsonString, r.readString()
	case 't':
		return jsonTrue, r.readWord("true")
	case 'f':
		return jsonFalse, r.readWord("false")
	case 'n':
		return jsonNull, r.readWord("null")
	}
	return r.readNumber()
}

func (r *jsonReader) readWord(word string) error {
	if !strings.HasPrefix(r.text[r.at:], word) {
		return errJSON
	}
	r.at += len(word)
	if r.at < len(r.text) {
		if c := r.text[r.at]; c == '_' || c == '$' || c >= utf8.RuneSelf || isAlphanumeric(c) {
			return errJSON
		}
	}
	return nil
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func (r *jsonReader) digits() bool {
	first := r.at
	for r.at < len(r.text) && '0' <= r.text[r.at] && r.text[r.at] <= '9' {
		r.at++
	}
	return r.at > first
}

func (r *jsonReader) is(chars string) bool {
	return r.at < len(r.text) && strings.IndexByte(chars, r.text[r.at]) >= 0
}

func (r *jsonReader) readNumber() (jsonToken, error) {
	first := r.at
	token := jsonInteger
	if r.is("-") {
		r.at++
	}
	whole := r.at
	if !r.digits() || r.text[whole] == '0' && r.at > whole+1 {
		return 0, errJSON
	}
	if r.is(".") {
		r.at++
		token = jsonFloat
		if !r.digits() {
			return 0, errJSON
		}
	}
	if r.is("eE") {
		r.at++
		token = jsonFloat
		if r.is("+-") {
			r.at++
		}
		if !r.digits() {
			return 0, errJSON
		}
	}
	r.value = r.text[first:r.at]
	if len(r.open) == 0 && r.at < len(r.text) && !r.is(" \t\r\n") {
		return 0, errJSON
	}
	return token, nil
}

func (r *jsonReader) readString() error {
	r.at++
	first := r.at
	for r.at < len(r.text) {
		switch c := r.text[r.at]; {
		case c == '"':
			r.value = r.text[first:r.at]
			r.at++
			return nil
		case c == '\\':
			return r.readEscaped(first)
		case c < ' ':
			return errJSON
		}
		r.at++
	}
	return errJSON
}

// readEscaped reads on in a string that has a backslash.
func (r *jsonReader) readEscaped(first int) error {
	b := []byte(r.text[first:r.at])
	for r.at < len(r.text) {
		c := r.text[r.at]
		r.at++
		switch {
		case c == '"':
			r.value = string(b)
			return nil
		case c < ' ':
			return errJSON
		case c != '\\':
			b = append(b, c)
			continue
		}
		if r.at == len(r.text) {
			return errJSON
		}
		c = r.text[r.at]
		r.at++
		if c == 'u' {
			char, err := r.unicodeEscape()
			if err != nil {
				return err
			}
			b = utf8.AppendRune(b, char)
			continue
		}
		i := strings.IndexByte(`"\/bfnrt`, c)
		if i < 0 {
			return errJSON
		}
		b = append(b, "\"\\/\b\f\n\r\t"[i])
	}
	return errJSON
}

// unicodeEscape reads what follows \u. Half a pair of surrogates is no character, though Java lets it pass for one.
func (r *jsonReader) unicodeEscape() (rune, error) {
	char, ok := r.hex4()
	if ok && utf16.IsSurrogate(char) && strings.HasPrefix(r.text[r.at:], `\u`) {
		r.at += 2
		var low rune
		low, ok = r.hex4()
		char = utf16.DecodeRune(char, low)
		if ok && char == utf8.RuneError {
			char = 0xd800
		}
	}
	switch {
	case !ok:
		return 0, errJSON
	case utf16.IsSurrogate(char):
		return 0, Fail("NOT_SUPPORTED", "JSON has half a pair of surrogates")
	}
	return char, nil
}

func (r *jsonReader) hex4() (rune, bool) {
	if r.at+4 > len(r.text) {
		return 0, false
	}
	var char rune
	for range 4 {
		d := hexDigit(r.text[r.at])
		if d < 0 {
			return 0, false
		}
		char = char<<4 | rune(d)
		r.at++
	}
	return char, true
}

// hexDigit is the value of a hexadecimal digit, or -1.
func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// skip reads on to the end of the array or object that has just been opened; it does nothing after another token.
func (r *jsonReader) skip() error {
	if r.token != jsonArray && r.token != jsonObject {
		return nil
	}
	for depth := len(r.open) - 1; len(r.open) > depth; {
		t, err := r.next()
		if err != nil {
			return err
		}
		if t == jsonEnd {
			return errJSON
		}
	}
	return nil
}

// scalar tells whether the token is a value without parts.
func (t jsonToken) scalar() bool { return t >= jsonString }
