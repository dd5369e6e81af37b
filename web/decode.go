package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/userbehavior/behavior"
)

// What is said of fields before an input is checked.
const (
	messageRequired = "This field is required."
	messageNull     = "This field may not be null."
	messageText     = "Not a valid string."
	messageURL      = "Enter a valid URL."
	messageAddress  = "Enter a valid IPv4 or IPv6 address."
	messageJSON     = "Value must be valid JSON."
	messageMoment   = "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
	messageRange    = "Datetime value out of range."
)

// upload is the value of a field that carried a file: the file's name.
type upload string

// get returns a field's value: nil for null, false when it was not sent.
func (b *body) get(name string) (any, bool) {
	if b.form == nil {
		v, ok := b.values[name]
		return v, ok
	}
	values := b.form[name]
	switch {
	case len(values) == 0:
		return nil, false
	case b.files[name]:
		return upload(values[len(values)-1]), true
	}
	return values[len(values)-1], true
}

// refuse notes what is wrong with a field.
func (b *body) refuse(name, message string) {
	if b.wrong == nil {
		b.wrong = behavior.Invalid{}
	}
	b.wrong[name] = []string{message}
}

// required returns the value of a field that must be there and not be null.
// Without one there is nothing more to read.
func (b *body) required(name string) (any, bool) {
	v, ok := b.get(name)
	switch {
	case ok && v == nil:
		b.refuse(name, messageNull)
	case !ok && !b.partial:
		b.refuse(name, messageRequired)
	}
	return v, v != nil
}

// text reads a required text. Numbers are texts too; fault is said of
// everything else.
func (b *body) text(name string, dst *string, fault string) {
	if v, ok := b.required(name); ok {
		b.setText(name, v, dst, fault)
	}
}

// optionalText reads a text that may be null.
func (b *body) optionalText(name string, dst **string) {
	v, ok := b.get(name)
	switch {
	case !ok:
	case v == nil:
		*dst = nil
	default:
		*dst = new(string)
		b.setText(name, v, *dst, messageText)
	}
}

func (b *body) setText(name string, v any, dst *string, fault string) {
	text, ok := textOf(v)
	if !ok {
		b.refuse(name, fault)
	}
	*dst = text
}

// address reads a required address, which a number is not.
func (b *body) address(name string, dst *string) {
	v, ok := b.required(name)
	if !ok {
		return
	}
	text, ok := v.(string)
	if !ok {
		b.refuse(name, messageAddress)
		return
	}
	*dst = text
}

// choice reads a required event type. Whatever is sent is taken by its text:
// the check then says that it is no event type.
func (b *body) choice(name string, dst *behavior.EventType) {
	v, ok := b.required(name)
	if !ok {
		return
	}
	text, ok := textOf(v)
	if !ok {
		text = otherText(v)
	}
	*dst = behavior.EventType(text)
}

// otherText names a value that is no text.
func otherText(v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return "True"
		}
		return "False"
	case upload:
		return string(v)
	}
	raw, _ := marshal(v) // empty for what JSON cannot say
	return string(raw)
}

// moment reads a moment that may be null. A blank one in a form is null.
func (b *body) moment(name string, dst **time.Time) {
	v, ok := b.get(name)
	switch {
	case !ok:
		return
	case v == nil, b.form != nil && v == "":
		*dst = nil
		return
	}
	text, _ := v.(string)
	at, ok, inRange := parseMoment(text)
	switch {
	case !ok:
		b.refuse(name, messageMoment)
	case !inRange:
		b.refuse(name, messageRange)
	default:
		*dst = &at
	}
}

// metadata reads any JSON value but null. In a form it is JSON text.
func (b *body) metadata(name string, dst *json.RawMessage) {
	v, ok := b.get(name)
	switch {
	case !ok:
		return
	case v == nil:
		b.refuse(name, messageNull)
		return
	case b.form != nil:
		text, _ := v.(string)
		*dst = json.RawMessage(text)
		if trim(text) == "" { // which the check would take for an empty object
			b.refuse(name, messageJSON)
		}
		return
	}
	raw, err := marshal(v)
	if err != nil {
		b.refuse(name, messageJSON)
		return
	}
	*dst = raw
}

// marshal writes a value as JSON if it is not that already.
func marshal(v any) (json.RawMessage, error) {
	switch v := v.(type) {
	case json.RawMessage:
		return v, nil
	case string:
		if !utf8.ValidString(v) { // package json would mend it
			return nil, errors.New("not UTF-8")
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// faults is all that is wrong: what was found while reading, and what a check
// says of the other fields. An error that is not [behavior.Invalid] is returned.
func (b *body) faults(check error) (behavior.Invalid, error) {
	wrong := maps.Clone(b.wrong)
	if wrong == nil {
		wrong = behavior.Invalid{}
	}
	var invalid behavior.Invalid
	if check != nil && !errors.As(check, &invalid) {
		return nil, check
	}
	for name, messages := range invalid {
		if len(wrong[name]) == 0 {
			wrong[name] = slices.Clone(messages)
		}
	}
	return wrong, nil
}

// textOf is the text of a value that may stand for a text: of a number, what
// the reference prints.
func textOf(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return numberText(v), true
	case float64:
		return floatText(v), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	}
	return "", false
}

// numberText is a JSON number as the reference prints it: integers with all
// their digits, others in the shortest form that reads back the same.
func numberText(n json.Number) string {
	if !isFloat(n) {
		if n == "-0" {
			return "0"
		}
		return string(n)
	}
	f, _ := n.Float64() // what is out of range is infinite, as in the reference
	return floatText(f)
}

func isFloat(n json.Number) bool { return strings.ContainsAny(string(n), ".eE") }

// floatText prints a float64 with a point or an exponent, always.
func floatText(f float64) string {
	switch size := math.Abs(f); {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(f, 'f', -1, 64)), "+")
	case size >= 1e16, size < 1e-4 && size != 0:
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// trim removes what the reference takes for white space at both ends.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f })
}
