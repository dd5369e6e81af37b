package behavior

import (
	"fmt"
	"io"
	"net/url"
	"strings"
)

// maxFields is how many fields a form may have.
const maxFields = 1000

// FormParser reads URL-encoded forms, class rest_framework.parsers.FormParser.
// Broken escapes stay as they are, and bytes that are no text become U+FFFD.
var FormParser = Parser{MediaType: "application/x-www-form-urlencoded", Parse: parseForm}

func parseForm(body io.Reader, params map[string]string) (Payload, error) {
	raw, err := io.ReadAll(body)
	if err != nil {
		return Payload{}, fmt.Errorf("read body: %w", err)
	}
	form, err := charsetOf(params["charset"]).form(raw)
	if err != nil {
		return Payload{}, err
	}
	return Payload{Form: form}, nil
}

// form reads a URL-encoded form in this charset.
func (c charset) form(raw []byte) (url.Values, error) {
	text, err := c.decode(raw)
	if err != nil {
		text = latin1(raw) // as the reference does: some clients know no better
	}
	values := url.Values{}
	pairs := 0
	for pair := range strings.SplitSeq(string(text), "&") {
		if pair == "" {
			continue
		}
		if pairs++; pairs > maxFields {
			return nil, tooManyFields("Form")
		}
		name, value, _ := strings.Cut(pair, "=")
		name = c.unescape(name)
		values[name] = append(values[name], c.unescape(value))
	}
	return values, nil
}

// unescape decodes the escapes of a form's name or value. In UTF-16 they stand
// for bytes that nobody sends; they are read as UTF-8.
func (c charset) unescape(s string) string {
	if c == latin1Charset && strings.Contains(s, "%") {
		return latin1Escapes(s)
	}
	return lenientUnescape(s)
}

// latin1Escapes decodes escapes whose bytes are characters of ISO 8859-1.
func latin1Escapes(s string) string {
	s = strings.ReplaceAll(s, "+", " ")
	var b strings.Builder
	for i, part := range strings.Split(s, "%") {
		switch {
		case i == 0:
			b.WriteString(part)
		case len(part) >= 2 && isHex(part[0]) && isHex(part[1]):
			code, _ := url.PathUnescape("%" + part[:2])
			b.WriteRune(rune(code[0]))
			b.WriteString(part[2:])
		default:
			b.WriteString("%" + part)
		}
	}
	return b.String()
}

// tooManyFields is the answer to a form with more than maxFields.
func tooManyFields(kind string) error {
	return ParseError(fmt.Sprintf("%s parse error - more than %d fields", kind, maxFields))
}
