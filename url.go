package behavior

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxCheckedURL is where the reference's check of URLs gives up.
const maxCheckedURL = 2048

// maxHost is the length of a full host name in the DNS, maxLabel that of one
// of its parts, in characters.
const (
	maxHost  = 253
	maxLabel = 63
)

// url reads the address of a page. An address that is too long and wrong as
// well gets both messages.
func (e Invalid) url(field, s string) string {
	s = e.text(field, s, maxURL)
	if s != "" && !validURL(s) {
		e.add(field, "Enter a valid URL.")
	}
	return s
}

// validURL follows the rules of the reference: http, https, ftp or ftps; a
// domain of at least two labels, localhost, an IPv4 or a bracketed IPv6
// address; user name and password before it; a port of one to five digits; and
// then anything without white space. Unlike the reference it refuses control
// characters, which end log lines and break headers.
//
// NUL is left to the check of characters, so that it gets its own message.
func validURL(s string) bool {
	scheme, rest, found := strings.Cut(s, "://")
	if !found || !pageScheme(scheme) || utf8.RuneCountInString(s) > maxCheckedURL {
		return false
	}
	if strings.ContainsFunc(rest, func(r rune) bool { return isSpace(r) || r != 0 && unicode.IsControl(r) }) {
		return false
	}
	if !validAuthority(authority(rest)) {
		return false
	}
	// A user name may hold a question mark or a hash sign, which otherwise end
	// the host; so both readings count.
	user, after, found := strings.Cut(rest, "@")
	return found && validUser(user) && validServer(after) || validServer(rest)
}

func pageScheme(s string) bool {
	switch strings.ToLower(s) {
	case "http", "https", "ftp", "ftps":
		return true
	}
	return false
}

// authority is what stands between the scheme and the path.
func authority(rest string) string {
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		return rest[:end]
	}
	return rest
}

// validAuthority checks what browsers and libraries trip over: a missing or
// overlong host, unpaired brackets, and characters that become delimiters
// when a host is normalised.
func validAuthority(s string) bool {
	if strings.Contains(s, "[") != strings.Contains(s, "]") || strings.ContainsAny(s, hiddenDelimiters) {
		return false
	}
	host := hostname(s)
	return host != "" && utf8.RuneCountInString(host) <= maxHost
}

// hiddenDelimiters are the characters whose compatibility form (NFKC) holds
// one of / ? # @ and the colon.
const hiddenDelimiters = "\u2047\u2048\u2049\u2100\u2101\u2105\u2106\u2a74\ufe13\ufe16\ufe55\ufe56\ufe5f\ufe6b\uff03\uff0f\uff1a\uff1f\uff20"

// hostname is the host of an authority, without user name, brackets and port.
func hostname(authority string) string {
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	if _, inside, bracketed := strings.Cut(host, "["); bracketed {
		host, _, _ = strings.Cut(inside, "]")
		return host
	}
	host, _, _ = strings.Cut(host, ":")
	return host
}

// validUser reads "user" or "user:password". Brackets belong to addresses.
func validUser(s string) bool {
	name, password, _ := strings.Cut(s, ":")
	return name != "" && !strings.ContainsAny(s, "/[]") && !strings.Contains(password, ":")
}

// validServer reads a host, a port and whatever follows.
func validServer(rest string) bool {
	server := authority(rest)
	if inside, ok := strings.CutPrefix(server, "["); ok {
		address, port, closed := strings.Cut(inside, "]")
		addr, err := netip.ParseAddr(address)
		return closed && err == nil && addr.Is6() && addr.Zone() == "" && validPort(port)
	}
	end := strings.IndexByte(server, ':')
	if end < 0 {
		end = len(server)
	}
	return validHost(server[:end]) && validPort(server[end:])
}

// validPort reads nothing, or a colon and one to five digits.
func validPort(s string) bool {
	if s == "" {
		return true
	}
	digits := s[1:]
	return s[0] == ':' && digits != "" && len(digits) <= 5 && strings.Trim(digits, "0123456789") == ""
}

// validHost reads localhost, an IPv4 address or a domain name.
func validHost(s string) bool {
	if strings.EqualFold(s, "localhost") {
		return true
	}
	if _, ok := parseIPv4(s); ok {
		return true
	}
	labels := strings.Split(strings.TrimSuffix(strings.Map(plainDot, s), "."), ".")
	top := labels[len(labels)-1]
	for _, label := range labels {
		if !validLabel(label) {
			return false
		}
	}
	return len(labels) > 1 && validTopLevel(top)
}

// plainDot turns the full stops of East Asian scripts into dots, as browsers do.
func plainDot(r rune) rune {
	switch r {
	case '\u3002', '\uff0e', '\uff61':
		return '.'
	}
	return r
}

// validLabel reads one part of a domain name: letters of any script, digits
// and dashes, but no dash at either end.
func validLabel(s string) bool {
	if s == "" || s[0] == '-' || s[len(s)-1] == '-' || utf8.RuneCountInString(s) > maxLabel {
		return false
	}
	for _, r := range s {
		if r != '-' && !isDigit(r) && !isLetter(r) {
			return false
		}
	}
	return true
}

// validTopLevel reads the last part of a domain name, a valid label: at least
// two letters, or one that is not of ASCII, or a name in punycode.
func validTopLevel(s string) bool {
	if code, ok := strings.CutPrefix(strings.ToLower(s), "xn--"); ok && code != "" && !strings.Contains(code, "-") {
		return true
	}
	return (len(s) > 1) && !strings.ContainsFunc(s, isDigit)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// isLetter takes what is beyond ASCII and its twin in Latin-1 for letters, up
// to the planes without letters.
func isLetter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0xa1 && r < 0xe0000
}

// splitURL returns the host of a URL, in lower case and without a port, and
// its path as it stands there, "/" at least. Both are empty for an empty URL.
func splitURL(raw string) (host, path string) {
	if raw == "" {
		return "", ""
	}
	rest := raw
	if _, after, found := strings.Cut(raw, "://"); found {
		server := authority(after)
		host = strings.ToLower(hostname(server))
		rest = after[len(server):]
	}
	if end := strings.IndexAny(rest, "?#"); end >= 0 {
		rest = rest[:end]
	}
	if rest == "" {
		rest = "/"
	}
	return host, rest
}
