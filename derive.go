package behavior

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// derive fills in what the user agent, the address and the user tell. It may
// be called again when one of them has changed.
func (s *Session) derive() {
	a := parseAgent(s.UserAgent)
	s.Browser, s.BrowserVersion, s.OS, s.Device = a.browser, a.version, a.os, a.device
	s.Bot, s.BotReason = a.bot != "", a.bot
	s.BrowserFamily = BrowserFamily(s.UserAgent)
	s.Visitor = visitor(s)
}

// visitor is the user id, or 64 bits of a hash over address and user agent as
// 16 hexadecimal digits. The hash keeps two visitors of a site apart; it does
// not hide the address from one who knows how it is made.
func visitor(s *Session) string {
	if s.UserID != nil && *s.UserID != "" {
		return *s.UserID
	}
	sum := sha256.Sum256([]byte(s.IPAddress + "\x00" + s.UserAgent))
	return hex.EncodeToString(sum[:8])
}

// derive fills in what the URL tells.
func (v *PageView) derive() { v.Host, v.Path = splitURL(v.URL) }

// cutText makes a text that a stranger composed fit for a column: valid, on
// one line, trimmed, and of at most limit characters.
func cutText(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	s = trim(s)
	if len(s) <= limit {
		return s
	}
	for i := range s {
		if limit--; limit < 0 {
			return trim(s[:i])
		}
	}
	return s
}
