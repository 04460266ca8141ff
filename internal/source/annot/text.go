package annot

import (
	"bytes"
	"encoding/binary"
	"unicode"
	"unicode/utf8"
)

// maxValueBytes bounds one value; longer ones are no annotation that anyone wrote.
const maxValueBytes = 16 << 20

const tooLong = "is longer than 16 MiB"

var bom = []byte("\xEF\xBB\xBF")

// plain tells whether text holds neither control characters (0x00 to 0x1F) nor
// anything beyond ASCII.
func plain(text []byte) bool {
	const low, high = 0x2020202020202020, 0x8080808080808080
	for len(text) >= 8 {
		// Taking 0x20 from every byte sets the top bit of those below it. A borrow
		// reaches the next byte only when there is such a byte.
		x := binary.LittleEndian.Uint64(text)
		if (x|(x-low))&high != 0 {
			return false
		}
		text = text[8:]
	}
	for _, c := range text {
		if c < ' ' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// blank tells whether a line holds nothing but white space and control
// characters, which is what Spark takes for empty.
func blank(text []byte) bool {
	for _, c := range text {
		if c > ' ' {
			return false
		}
	}
	return true
}

// trimBlanks cuts spaces and tabs off both ends.
func trimBlanks(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t') {
		text = text[1:]
	}
	for len(text) > 0 && (text[len(text)-1] == ' ' || text[len(text)-1] == '\t') {
		text = text[:len(text)-1]
	}
	return text
}

// trimCR cuts off the carriage return of a line that ended with CRLF.
func trimCR(text []byte) []byte {
	if n := len(text); n > 0 && text[n-1] == '\r' {
		return text[:n-1]
	}
	return text
}

// appendLower appends valid UTF-8 in lower case.
func appendLower(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		dst = utf8.AppendRune(dst, unicode.ToLower(r))
		i += n
	}
	return dst
}

// appendDecoded appends text with its percent escapes decoded. A percent sign
// without two hexadecimal digits behind it stays, as in "50% identity".
func appendDecoded(dst, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '%')
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		if i+2 < len(text) && hex[text[i+1]] < 16 && hex[text[i+2]] < 16 {
			dst = append(dst, hex[text[i+1]]<<4|hex[text[i+2]])
			text = text[i+3:]
		} else {
			dst = append(dst, '%')
			text = text[i+1:]
		}
	}
}

// hex holds the values of hexadecimal digits and 16 for all other bytes.
var hex = func() (t [256]byte) {
	for c := range t {
		switch {
		case '0' <= c && c <= '9':
			t[c] = byte(c - '0')
		case 'a' <= c && c <= 'f':
			t[c] = byte(c-'a') + 10
		case 'A' <= c && c <= 'F':
			t[c] = byte(c-'A') + 10
		default:
			t[c] = 16
		}
	}
	return t
}()

// columnName gives a header name the form of a table's column name: blanks and
// '#' around it cut off, lower case, '_' for whatever is not a letter, digit or
// underscore of ASCII.
func columnName(text []byte) string {
	text = bytes.Trim(text, " \t#")
	var out []byte
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		c := byte('_')
		switch {
		case 'A' <= r && r <= 'Z':
			c = byte(r) + 'a' - 'A'
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			c = byte(r)
		}
		out = append(out, c)
		i += n
	}
	return string(out)
}
