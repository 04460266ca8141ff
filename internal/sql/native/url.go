package native

import (
	"cmp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// urlFunctions take URLs apart as java.net.URI does, and encode what stands in a query.
var urlFunctions = []Function{
	{Name: "trino_url_encode", Params: []string{"VARCHAR"}, Result: "VARCHAR", Call: urlEncode},
	{Name: "trino_url_decode", Params: []string{"VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return urlDecode(args[0].(string)) }},
	{Name: "trino_url_extract", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR", Call: urlExtract},
	{Name: "trino_url_extract_port", Params: []string{"VARCHAR"}, Result: "BIGINT", Call: urlExtractPort},
	{Name: "trino_url_extract_parameter", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR",
		Call: urlExtractParameter},
}

func urlEncode(args []any) (any, error) {
	s := args[0].(string)
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case isAlphanumeric(c) || strings.IndexByte("-_.*", c) >= 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			const digits = "0123456789ABCDEF"
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String(), nil
}

func urlDecode(s string) (any, error) {
	if !strings.ContainsAny(s, "%+") {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '+':
			b = append(b, ' ')
		case '%':
			if i+2 >= len(s) {
				return nil, invalid("URLDecoder: Incomplete trailing escape (%%) pattern")
			}
			high, low := hexDigit(s[i+1]), hexDigit(s[i+2])
			for j, d := range []int{high, low} {
				if d < 0 {
					return nil, invalid("URLDecoder: Illegal hex characters in escape (%%) pattern - not a hexadecimal digit: "+
						"%q = %d", s[i+1+j:i+2+j], s[i+1+j])
				}
			}
			b = append(b, byte(high<<4|low))
			i += 2
		default:
			b = append(b, c)
		}
	}
	return decodeUTF8(b, "\ufffd"), nil
}

// A uri has the parts of a URI as they are written; host and port are there only when the authority is a server's.
type uri struct {
	scheme, authority, host, path, query, fragment string
	hasQuery                                       bool
	port                                           int
}

const hostLabel = `[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?`

var (
	uriParts  = late(`(?s)^(?:([^:/?#]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$`)
	scheme    = late(`^[A-Za-z][A-Za-z0-9+.-]*$`)
	authority = late(`^(?:([^@]*)@)?(\[[^\]]*\]|[^:]*)(?::([0-9]*))?$`)
	// labels, the last of several from a letter on
	hostName = late(`^(?:` + hostLabel + `|(?:` + hostLabel + `\.)+[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?)` +
		`\.?$`)
	ipv4 = late(`^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$`)
	ipv6 = late(`^\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.~-]+)?\]$`)
)

// The characters that parts of a URI may have besides letters, digits, escapes, and those beyond ASCII that are neither
// control characters nor spaces.
const (
	uriUnreserved = "-_.!~*'()"
	uriPath       = uriUnreserved + ":@&=+$,;/"
	uriAny        = uriUnreserved + ";/?:@&=+$,[]"
)

// legalURI tells whether a part has only characters that it may have.
func legalURI(s, also string) bool {
	for i, c := range s {
		switch {
		case c == '%':
			if i+2 >= len(s) || hexDigit(s[i+1]) < 0 || hexDigit(s[i+2]) < 0 {
				return false
			}
		case c < utf8.RuneSelf:
			if !isAlphanumeric(byte(c)) && !strings.ContainsRune(also, c) {
				return false
			}
		case unicode.IsControl(c) || unicode.IsSpace(c) || unicode.Is(unicode.Z, c):
			return false
		}
	}
	return true
}

// parseURI takes a URI apart; ok is false for what is none.
func parseURI(s string) (u uri, ok bool) {
	u.port = -1
	if s == "" {
		return u, true
	}
	m := uriParts.FindStringSubmatchIndex(s)
	if m == nil {
		return u, false
	}
	part := func(i int) (string, bool) {
		if m[2*i] < 0 {
			return "", false
		}
		return s[m[2*i]:m[2*i+1]], true
	}
	var hasScheme, hasAuthority bool
	u.scheme, hasScheme = part(1)
	u.authority, hasAuthority = part(2)
	u.path, _ = part(3)
	u.query, u.hasQuery = part(4)
	var hasFragment bool
	u.fragment, hasFragment = part(5)
	if hasScheme && !scheme.MatchString(u.scheme) || !legalURI(u.query, uriAny) || !legalURI(u.fragment, uriAny) {
		return u, false
	}
	if hasScheme && !hasAuthority && !strings.HasPrefix(u.path, "/") {
		// opaque: what follows the colon is one part, which is not empty, and neither path nor query
		rest, _, _ := strings.Cut(s[len(u.scheme)+1:], "#")
		u.path, u.query, u.hasQuery = "", "", false
		return u, rest != "" && legalURI(rest, uriAny)
	}
	if hasAuthority && u.authority == "" && u.path == "" && !u.hasQuery && !hasFragment {
		return u, false // //, and nothing after
	}
	return u, legalURI(u.path, uriPath) && u.server()
}

// server finds the host and port in the authority, and tells whether that is well-formed.
func (u *uri) server() bool {
	if u.authority == "" {
		return true
	}
	m := authority.FindStringSubmatch(u.authority)
	if m != nil && legalURI(m[1], uriUnreserved+";:&=+$,") {
		switch host := m[2]; {
		case ipv6.MatchString(host) || ipv4.MatchString(host) && octets(host) || hostName.MatchString(host):
			port, err := strconv.ParseInt(cmp.Or(m[3], "-1"), 10, 32)
			if err == nil {
				u.host, u.port = host, int(port)
				return true
			}
		}
	}
	// an authority of registered names has no host
	return !strings.ContainsAny(u.authority, "[]") && legalURI(u.authority, uriUnreserved+"$,;:@&=+")
}

func octets(host string) bool {
	for _, o := range strings.Split(host, ".") {
		if n, _ := strconv.Atoi(o); n > 255 {
			return false
		}
	}
	return true
}

// decodeURI decodes the escapes of a part, as URI.getPath does.
func decodeURI(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		b = append(b, byte(hexDigit(s[i+1])<<4|hexDigit(s[i+2])))
		i += 2
	}
	return decodeUTF8(b, "\ufffd")
}

func urlExtract(args []any) (any, error) {
	u, ok := parseURI(args[0].(string))
	if !ok {
		return nil, nil
	}
	switch args[1].(string) {
	case "protocol":
		return u.scheme, nil
	case "host":
		return u.host, nil
	case "path":
		return decodeURI(u.path), nil
	case "query":
		return decodeURI(u.query), nil
	}
	return decodeURI(u.fragment), nil
}

func urlExtractPort(args []any) (any, error) {
	u, ok := parseURI(args[0].(string))
	if !ok || u.port < 0 {
		return nil, nil
	}
	return int64(u.port), nil
}

// urlExtractParameter is the first value of a parameter of the query.
func urlExtractParameter(args []any) (any, error) {
	u, ok := parseURI(args[0].(string))
	if !ok || !u.hasQuery {
		return nil, nil
	}
	for _, p := range strings.Split(u.query, "&") {
		if name, value, _ := strings.Cut(p, "="); name == args[1].(string) {
			return urlDecode(value)
		}
	}
	return nil, nil
}
