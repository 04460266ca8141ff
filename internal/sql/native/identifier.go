package native

import (
	"encoding/hex"
	"net/netip"
	"strings"
)

// identifiers has the casts of uuid and ipaddress, both of which have a text and 16 bytes.
var identifiers = []Function{
	{Name: "trino_text_uuid", Params: []string{"VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return TextUUID(args[0].(string)) }},
	{Name: "trino_bytes_uuid", Params: []string{"BLOB"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			b := args[0].([]byte)
			if len(b) != 16 {
				return nil, Fail("INVALID_CAST_ARGUMENT", "Invalid UUID binary length: %d", len(b))
			}
			return hex.EncodeToString(b), nil
		}},
	{Name: "trino_text_ip", Params: []string{"VARCHAR"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) { return TextIP(args[0].(string)) }},
	{Name: "trino_bytes_ip", Params: []string{"BLOB"}, Result: "VARCHAR",
		Call: func(args []any) (any, error) {
			ip, ok := netip.AddrFromSlice(args[0].([]byte))
			if !ok {
				return nil, Fail("INVALID_CAST_ARGUMENT", "Invalid IP address binary length: %d", len(args[0].([]byte)))
			}
			return ip.Unmap().String(), nil
		}},
	{Name: "trino_network_contains", Params: []string{"VARCHAR", "VARCHAR"}, Result: "BOOLEAN",
		Call: func(args []any) (any, error) {
			network, err := netip.ParsePrefix(args[0].(string))
			if err != nil {
				return nil, Fail("INVALID_FUNCTION_ARGUMENT", "Invalid CIDR: %s", args[0])
			}
			address, err := netip.ParseAddr(args[1].(string))
			return err == nil && network.Contains(address), nil
		}},
	{Name: "trino_ip_bytes", Params: []string{"VARCHAR"}, Result: "BLOB",
		Call: func(args []any) (any, error) {
			ip, err := netip.ParseAddr(args[0].(string))
			if err != nil {
				return nil, Fail("INVALID_CAST_ARGUMENT", "Cannot cast value to IPADDRESS: %s", args[0])
			}
			b := ip.As16()
			return b[:], nil
		}},
}

var uuidPattern = late(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// TextUUID checks a UUID and gives it in lower case.
func TextUUID(text string) (string, error) {
	if !uuidPattern.MatchString(text) {
		return "", Fail("INVALID_CAST_ARGUMENT", "Cannot cast value to UUID: %s", text)
	}
	return strings.ToLower(text), nil
}

// TextIP checks an IP address and gives it as Trino prints it: IPv4 within IPv6 as IPv4.
func TextIP(text string) (string, error) {
	ip, err := netip.ParseAddr(text)
	if err != nil || ip.Zone() != "" {
		return "", Fail("INVALID_CAST_ARGUMENT", "Cannot cast value to IPADDRESS: %s", text)
	}
	return ip.Unmap().String(), nil
}
