package behavior

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// charset is how the bytes of a body become text.
type charset int

// The charsets that bodies may come in.
const (
	utf8Charset charset = iota
	asciiCharset
	latin1Charset
	utf16Charset // the byte order mark tells the order; little endian without one
	utf16LECharset
	utf16BECharset
)

// charsets are the names that the charset parameter of a Content-Type may
// have, in lower case and with hyphens.
var charsets = map[string]charset{
	"ascii": asciiCharset, "us-ascii": asciiCharset,
	"iso-8859-1": latin1Charset, "iso8859-1": latin1Charset, "latin-1": latin1Charset, "latin1": latin1Charset, "l1": latin1Charset,
	"utf-16": utf16Charset, "utf16": utf16Charset,
	"utf-16le": utf16LECharset, "utf-16-le": utf16LECharset,
	"utf-16be": utf16BECharset, "utf-16-be": utf16BECharset,
}

// charsetOf is the charset of that name; one that is not known counts as UTF-8.
func charsetOf(name string) charset {
	return charsets[strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "_", "-")]
}

// decode returns the text of raw in UTF-8. The error is in the words of the
// reference's decoder.
func (c charset) decode(raw []byte) ([]byte, error) {
	switch c {
	case asciiCharset:
		if i := slices.IndexFunc(raw, func(b byte) bool { return b >= utf8.RuneSelf }); i >= 0 {
			return nil, decodeError{codec: "ascii", raw: raw, from: i, to: i + 1, reason: "ordinal not in range(128)"}
		}
		return raw, nil
	case latin1Charset:
		return latin1(raw), nil
	case utf16Charset, utf16LECharset, utf16BECharset:
		return c.decodeUTF16(raw)
	}
	if !utf8.Valid(raw) {
		return nil, utf8Fault(raw)
	}
	return raw, nil
}

// replace is decode with U+FFFD in the place of what cannot be decoded.
func (c charset) replace(raw []byte) string {
	text, err := c.decode(raw)
	if err != nil {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	return string(text)
}

// latin1 decodes ISO 8859-1, in which every byte is the character of its number.
func latin1(raw []byte) []byte {
	text := make([]byte, 0, len(raw))
	for _, b := range raw {
		text = utf8.AppendRune(text, rune(b))
	}
	return text
}

// decodeUTF16 decodes UTF-16, without its byte order mark.
func (c charset) decodeUTF16(raw []byte) ([]byte, error) {
	var order binary.ByteOrder = binary.LittleEndian
	if c == utf16BECharset || c == utf16Charset && len(raw) >= 2 && raw[0] == 0xfe && raw[1] == 0xff {
		order = binary.BigEndian
	}
	units := make([]uint16, 0, len(raw)/2)
	for i := 0; i+1 < len(raw); i += 2 {
		units = append(units, order.Uint16(raw[i:]))
	}
	if c == utf16Charset && len(units) > 0 && units[0] == 0xfeff {
		units = units[1:]
	}
	if len(raw)%2 != 0 {
		return nil, decodeError{codec: "utf-16", raw: raw, from: len(raw) - 1, to: len(raw), reason: "truncated data"}
	}
	return []byte(string(utf16.Decode(units))), nil
}

// decodeError says which bytes of a text are at fault.
type decodeError struct {
	codec    string
	raw      []byte
	from, to int
	reason   string
}

// Error is the sentence that the reference's decoder says.
func (e decodeError) Error() string {
	if e.to-e.from == 1 {
		return fmt.Sprintf("'%s' codec can't decode byte 0x%02x in position %d: %s", e.codec, e.raw[e.from], e.from, e.reason)
	}
	return fmt.Sprintf("'%s' codec can't decode bytes in position %d-%d: %s", e.codec, e.from, e.to-1, e.reason)
}

// utf8Fault describes the first fault of a text that is not valid UTF-8.
func utf8Fault(raw []byte) decodeError {
	e := decodeError{codec: "utf-8", raw: raw}
	for utf8.FullRune(raw[e.from:]) {
		r, size := utf8.DecodeRune(raw[e.from:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		e.from += size
	}
	e.to = e.from + 1
	if !utf8.FullRune(raw[e.from:]) {
		e.to, e.reason = len(raw), "unexpected end of data"
		return e
	}
	e.reason = "invalid continuation byte"
	if c := raw[e.from]; c < 0xc2 || c > 0xf4 {
		e.reason = "invalid start byte"
		return e
	}
	for !utf8.FullRune(raw[e.from:e.to]) { // as long as it could still become a character
		e.to++
	}
	e.to--
	return e
}
