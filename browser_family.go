package behavior

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// unknownFamily is the name of every browser that the reference does not know.
const unknownFamily = "Unknown"

// BrowserFamily names the browser of a user agent as the reference's report
// does: Edge, Opera, Chrome, Firefox, Safari, Internet Explorer or Unknown.
//
// Its rules are coarse, and kept so that figures stay comparable: Edge on
// telephones counts as Chrome or Safari, Firefox on iOS as Unknown, bots as
// what they pretend to be. [Session.Browser] is the better answer.
func BrowserFamily(userAgent string) string {
	for _, f := range browserFamilies {
		if f.match(userAgent) {
			return f.name
		}
	}
	return unknownFamily
}

// browserFamilies are tried in this order. Chromium-based browsers name
// Chrome and Safari as well, so those come after.
var browserFamilies = []struct {
	name  string
	match func(userAgent string) bool
}{
	{"Edge", func(s string) bool { return hasVersion(s, "Edg/") }},
	{"Opera", func(s string) bool { return hasVersion(s, "OPR/") }},
	{"Chrome", func(s string) bool { return hasVersion(s, "Chrome/") }},
	{"Firefox", func(s string) bool { return hasVersion(s, "Firefox/") }},
	{"Safari", func(s string) bool { return versionBefore(s, "Version/", "Safari") }},
	{"Internet Explorer", isInternetExplorer},
}

// isInternetExplorer knows version 10 and older by MSIE, version 11 by the rv
// that follows Trident.
func isInternetExplorer(s string) bool {
	if hasVersion(s, "MSIE ") {
		return true
	}
	for _, line := range strings.Split(s, "\n") {
		if _, after, found := strings.Cut(line, "Trident/"); found && hasVersion(after, "rv:") {
			return true
		}
	}
	return false
}

// hasVersion reports whether name stands somewhere in s with a digit or dot after it.
func hasVersion(s, name string) bool {
	for {
		_, after, found := strings.Cut(s, name)
		if !found {
			return false
		}
		if beginsVersion(after) {
			return true
		}
		s = after
	}
}

// versionBefore reports whether a line of s has name with a version and, later
// on, end.
func versionBefore(s, name, end string) bool {
	for _, line := range strings.Split(s, "\n") {
		last := strings.LastIndex(line, end)
		if last >= 0 && hasVersion(line[:last], name) {
			return true
		}
	}
	return false
}

// beginsVersion reports whether s begins with a digit, of any script, or a dot.
func beginsVersion(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == '.' || unicode.IsDigit(r)
}
