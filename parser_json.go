package behavior

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// maxNesting is how deep arrays and objects may be nested in a body.
const maxNesting = 512

// JSONParser reads JSON, class rest_framework.parsers.JSONParser. It accepts
// and refuses what the reference's parser does, in its words. Objects and
// arrays within the document stay json.RawMessage. Half of a surrogate pair in
// a text becomes the three bytes that UTF-8 has no use for, so that the text
// can be refused.
var JSONParser = Parser{MediaType: "application/json", Parse: parseJSON}

func parseJSON(body io.Reader, params map[string]string) (Payload, error) {
	raw, err := io.ReadAll(body)
	if err != nil {
		return Payload{}, fmt.Errorf("read body: %w", err)
	}
	var value any
	text, err := charsetOf(params["charset"]).decode(raw)
	if err == nil {
		value, err = document(text)
	}
	if err != nil {
		return Payload{}, ParseError("JSON parse error - " + err.Error())
	}
	return Payload{Value: value}, nil
}

// document reads a whole JSON document.
func document(text []byte) (any, error) {
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		return nil, jsonError{text, 0, "Unexpected UTF-8 BOM (decode using utf-8-sig)"}
	}
	s := jsonScanner{text: text}
	start := s.space(0)
	var value any
	var end int
	var err error
	if start < len(text) && text[start] == '{' {
		members := map[string]any{}
		value, s.members = members, members
		end, err = s.value(start)
	} else if end, err = s.value(start); err == nil {
		value = read(text[start:end:end])
	}
	if err != nil {
		return nil, err
	}
	if end = s.space(end); end < len(text) {
		return nil, s.fault(end, "Extra data")
	}
	return value, nil
}

// jsonError is what is wrong with a JSON text, and where.
type jsonError struct {
	text   []byte
	at     int
	reason string
}

// Error names the place as the reference does, in lines and characters.
func (e jsonError) Error() string {
	before := e.text[:e.at]
	line := bytes.LastIndexByte(before, '\n') + 1
	return fmt.Sprintf("%s: line %d column %d (char %d)", e.reason,
		bytes.Count(before, []byte("\n"))+1, utf8.RuneCount(before[line:])+1, utf8.RuneCount(before))
}

// jsonScanner finds its way through a JSON text, in valid UTF-8. Its methods
// take the index where something begins and return the one after its end.
type jsonScanner struct {
	text    []byte
	members map[string]any // of the outermost object, to be filled in
	depth   int
}

func (s *jsonScanner) fault(at int, reason string) error { return jsonError{s.text, at, reason} }

// at is the character at an index, zero behind the end.
func (s *jsonScanner) at(i int) byte {
	if i < len(s.text) {
		return s.text[i]
	}
	return 0
}

// space skips white space.
func (s *jsonScanner) space(i int) int {
	for c := s.at(i); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = s.at(i) {
		i++
	}
	return i
}

// read returns the value of a JSON text, see [Payload].
func read(token []byte) any {
	switch token[0] {
	case '"':
		return unquote(token)
	case '{', '[':
		return json.RawMessage(token)
	case 't', 'f':
		return token[0] == 't'
	case 'n':
		return nil
	}
	return json.Number(token)
}

// unquote returns what a JSON string says.
func unquote(token []byte) string {
	in := token[1 : len(token)-1]
	if bytes.IndexByte(in, '\\') < 0 {
		return string(in)
	}
	out := make([]byte, 0, len(in))
	for len(in) > 0 {
		switch {
		case in[0] != '\\':
			out, in = append(out, in[0]), in[1:]
		case in[1] != 'u':
			out, in = append(out, escaped[in[1]]), in[2:]
		default:
			code, size := escape(in), 6
			if pair := utf16.DecodeRune(code, escape(in[6:])); pair != utf8.RuneError {
				code, size = pair, 12
			}
			out, in = appendCode(out, code), in[size:]
		}
	}
	return string(out)
}

// escaped is what a backslash before a character stands for.
var escaped = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// appendCode appends a character, or half of one.
func appendCode(out []byte, code rune) []byte {
	if utf16.IsSurrogate(code) {
		return append(out, 0xe0|byte(code>>12), 0x80|byte(code>>6)&0x3f, 0x80|byte(code)&0x3f)
	}
	return utf8.AppendRune(out, code)
}

// words are the JSON values with a name, and the numbers that are none.
var words = []struct {
	text  string
	legal bool
}{{"null", true}, {"true", true}, {"false", true}, {"NaN", false}, {"Infinity", false}, {"-Infinity", false}}

// value scans one value.
func (s *jsonScanner) value(i int) (int, error) {
	switch s.at(i) {
	case '"':
		return s.string(i)
	case '{':
		return s.nested(i, s.object)
	case '[':
		return s.nested(i, s.array)
	case 'n', 't', 'f', 'N', 'I', '-':
		for _, w := range words {
			switch {
			case !bytes.HasPrefix(s.text[i:], []byte(w.text)):
			case !w.legal:
				return 0, errors.New("Out of range float values are not JSON compliant: '" + w.text + "'")
			default:
				return i + len(w.text), nil
			}
		}
	}
	return s.number(i)
}

// nested scans an object or array one level deeper.
func (s *jsonScanner) nested(i int, scan func(int) (int, error)) (int, error) {
	if s.depth++; s.depth > maxNesting {
		return 0, s.fault(i, "Nested too deeply")
	}
	end, err := scan(i + 1)
	s.depth--
	return end, err
}

// object scans an object behind its opening brace.
func (s *jsonScanner) object(i int) (int, error) {
	members := s.members
	s.members = nil
	if i = s.space(i); s.at(i) == '}' {
		return i + 1, nil
	}
	for {
		if s.at(i) != '"' {
			return 0, s.fault(i, "Expecting property name enclosed in double quotes")
		}
		key, err := s.string(i)
		if err != nil {
			return 0, err
		}
		colon := s.space(key)
		if s.at(colon) != ':' {
			return 0, s.fault(colon, "Expecting ':' delimiter")
		}
		from := s.space(colon + 1)
		to, err := s.value(from)
		if err != nil {
			return 0, err
		}
		if members != nil {
			members[unquote(s.text[i:key])] = read(s.text[from:to:to])
		}
		switch i = s.space(to); s.at(i) {
		case '}':
			return i + 1, nil
		case ',':
			i = s.space(i + 1)
		default:
			return 0, s.fault(i, "Expecting ',' delimiter")
		}
	}
}

// array scans an array behind its opening bracket.
func (s *jsonScanner) array(i int) (int, error) {
	if i = s.space(i); s.at(i) == ']' {
		return i + 1, nil
	}
	for {
		end, err := s.value(i)
		if err != nil {
			return 0, err
		}
		switch i = s.space(end); s.at(i) {
		case ']':
			return i + 1, nil
		case ',':
			i = s.space(i + 1)
		default:
			return 0, s.fault(i, "Expecting ',' delimiter")
		}
	}
}

// string scans a string.
func (s *jsonScanner) string(start int) (int, error) {
	for i := start + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			return i + 1, nil
		case c < 0x20:
			return 0, s.fault(i, "Invalid control character at")
		case c == '\\':
			end, err := s.escape(start, i)
			if err != nil {
				return 0, err
			}
			i = end - 1
		}
	}
	return 0, s.fault(start, "Unterminated string starting at")
}

// escape scans the escape at i of the string that begins at start.
func (s *jsonScanner) escape(start, i int) (int, error) {
	switch s.at(i + 1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2, nil
	case 'u':
		return s.unicode(i)
	}
	if i+1 >= len(s.text) {
		return 0, s.fault(start, "Unterminated string starting at")
	}
	return 0, s.fault(i, `Invalid \escape`)
}

// unicode scans the \u escape at i, and the one after it if they are a pair.
func (s *jsonScanner) unicode(i int) (int, error) {
	high := escape(s.text[i:])
	if high < 0 || i+6 >= len(s.text) {
		return 0, s.fault(i+1, `Invalid \uXXXX escape`)
	}
	if high < 0xd800 || high > 0xdfff {
		return i + 6, nil
	}
	if high >= 0xdc00 || s.at(i+6) != '\\' || s.at(i+7) != 'u' || i+12 >= len(s.text) {
		return i + 6, nil
	}
	low := escape(s.text[i+6:])
	if low < 0 {
		return 0, s.fault(i+7, `Invalid \uXXXX escape`)
	}
	if low < 0xdc00 || low > 0xdfff {
		return i + 6, nil
	}
	return i + 12, nil
}

// number scans a number. What begins like none is no value at all.
func (s *jsonScanner) number(start int) (int, error) {
	i := start
	if s.at(i) == '-' {
		i++
	}
	first := i
	switch c := s.at(i); {
	case c == '0':
		i++
	case '1' <= c && c <= '9':
		i = s.digits(i)
	default:
		return 0, s.fault(start, "Expecting value")
	}
	integer := i
	if s.at(i) == '.' && isDigit(rune(s.at(i+1))) {
		i = s.digits(i + 1)
	}
	if c := s.at(i); c == 'e' || c == 'E' {
		exponent := i + 1
		if c := s.at(exponent); c == '+' || c == '-' {
			exponent++
		}
		if isDigit(rune(s.at(exponent))) {
			i = s.digits(exponent)
		}
	}
	if i == integer && integer-first > maxDigits {
		return 0, fmt.Errorf("Exceeds the limit (%d digits) for integer string conversion: value has %d digits; "+ //nolint:staticcheck // the reference's words
			"use sys.set_int_max_str_digits() to increase the limit", maxDigits, integer-first)
	}
	return i, nil
}

// digits skips decimal digits.
func (s *jsonScanner) digits(i int) int {
	for isDigit(rune(s.at(i))) {
		i++
	}
	return i
}
