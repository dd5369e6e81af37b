package behavior

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// maxAddress is the length of an IPv6 address written out, in characters.
// Longer spellings, as with an IPv4 address at the end, are refused.
const maxAddress = 39

// address reads an IP address and gives it back in its canonical form. White
// space around it is trimmed from an IPv4 address only, as in the reference.
func (e Invalid) address(field, s string) string {
	trimmed := trim(s)
	if trimmed == "" {
		e.add(field, "This field may not be blank.")
		return trimmed
	}
	parsed, ok := netip.Addr{}, false
	if strings.Contains(s, ":") {
		parsed, ok = parseIPv6(s)
	} else {
		e.characters(field, trimmed)
		parsed, ok = parseIPv4(trimmed)
	}
	if !ok {
		e.add(field, "Enter a valid IPv4 or IPv6 address.")
		return s
	}
	return parsed.String()
}

// parseIPv4 reads four decimal numbers without leading zeros.
func parseIPv4(s string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(s)
	return addr, err == nil && addr.Is4()
}

// parseIPv6 reads an IPv6 address. A zone is dropped, and an IPv4 address
// inside comes out as such.
func parseIPv6(s string) (netip.Addr, bool) {
	if utf8.RuneCountInString(s) > maxAddress || strings.Contains(s, "/") {
		return netip.Addr{}, false
	}
	s, zone, zoned := strings.Cut(s, "%")
	if zoned && (zone == "" || strings.Contains(zone, "%")) {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(s)
	return addr.Unmap(), err == nil && addr.Is6()
}
