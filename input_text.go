package behavior

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text trims a required text and notes what is wrong with it. A limit of zero
// is no limit.
func (e Invalid) text(field, s string, limit int) string {
	s = trim(s)
	if s == "" {
		e.add(field, "This field may not be blank.")
		return s
	}
	return e.optional(field, s, limit)
}

// optional is text for a field that may be empty. Several messages come in
// the reference's order.
func (e Invalid) optional(field, s string, limit int) string {
	s = trim(s)
	if limit > 0 && len(s) > limit && utf8.RuneCountInString(s) > limit {
		e.add(field, fmt.Sprintf("Ensure this field has no more than %d characters.", limit))
	}
	e.characters(field, s)
	return s
}

// characters notes characters that cannot be stored.
func (e Invalid) characters(field, s string) {
	if strings.IndexByte(s, 0) >= 0 {
		e.add(field, "Null characters are not allowed.")
	}
	if utf8.ValidString(s) {
		return
	}
	if code, ok := surrogate(s); ok {
		e.add(field, surrogateMessage(code))
		return
	}
	e.add(field, "Text must be valid UTF-8.")
}

// surrogateMessage is the reference's answer to half a character.
func surrogateMessage(code rune) string {
	return fmt.Sprintf("Surrogate characters are not allowed: U+%X.", code)
}

// surrogate finds the first lone surrogate in a text that is not valid UTF-8.
// Decoders that keep them, as JSON allows, write them like other characters,
// in three bytes.
func surrogate(s string) (rune, bool) {
	for i := 0; i+2 < len(s); i++ {
		if s[i] == 0xed && s[i+1] >= 0xa0 && s[i+1] <= 0xbf && s[i+2]&0xc0 == 0x80 {
			return 0xd000 | rune(s[i+1]&0x3f)<<6 | rune(s[i+2]&0x3f), true
		}
	}
	return 0, false
}

// trim removes white space at both ends.
func trim(s string) string { return strings.TrimFunc(s, isSpace) }

// isSpace reports what the reference takes for white space: that of Unicode,
// and the four information separators of ASCII.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }
