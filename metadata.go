package behavior

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// maxDepth is how deep arrays and objects may be nested in metadata.
	// Readers of the data need a bound; nothing real comes near this one.
	maxDepth = 500
	// maxDigits is the longest integer that the reference reads.
	maxDigits = 4300
)

// jsonSpace is the white space between the tokens of JSON.
const jsonSpace = " \t\r\n"

// What is said about metadata that cannot be kept.
const (
	messageJSON = "Value must be valid JSON."
	messageNull = "Null characters are not allowed."
)

// metadata reads any JSON value and gives it back without the white space
// between its tokens. Numbers and strings keep their spelling and keys their
// order. Of repeated keys the last value counts, at the place of the first.
// What counts as false in the reference becomes an empty object.
func (e Invalid) metadata(field string, raw json.RawMessage) json.RawMessage {
	raw = bytes.Trim(raw, jsonSpace)
	switch string(raw) {
	case "", "{}", "null", "false", `""`:
		return json.RawMessage("{}")
	}
	if !utf8.Valid(raw) || !json.Valid(raw) {
		e.add(field, messageJSON)
		return raw
	}
	r := metadataReader{in: raw, out: make([]byte, 0, len(raw))}
	r.value(0)
	switch {
	case r.fault != "":
		e.add(field, r.fault)
		return raw
	case string(r.out) == "[]" || isNumber(r.out) && isZero(r.out):
		return json.RawMessage("{}")
	}
	return r.out
}

// isNumber reports whether a JSON value is a number.
func isNumber(token []byte) bool { return token[0] == '-' || '0' <= token[0] && token[0] <= '9' }

// isZero reports whether a JSON number is equal to zero.
func isZero(token []byte) bool {
	f, err := strconv.ParseFloat(string(token), 64)
	return err == nil && f == 0
}

// metadataReader copies valid JSON from in to out, checks what JSON allows
// and stores do not, and drops repeated keys.
type metadataReader struct {
	in    []byte // what is left to read
	out   []byte
	fault string // the first one; reading then stops
}

// value copies one value that stands depth levels deep.
func (r *metadataReader) value(depth int) {
	r.space()
	switch {
	case r.fault != "":
	case r.in[0] == '{':
		r.object(depth + 1)
	case r.in[0] == '[':
		r.array(depth + 1)
	case r.in[0] == '"':
		r.string()
	case r.in[0] == 'f':
		r.take(len("false"))
	case r.in[0] == 't' || r.in[0] == 'n':
		r.take(len("true"))
	default:
		r.number()
	}
}

// take copies n bytes.
func (r *metadataReader) take(n int) []byte {
	token := r.in[:n:n]
	r.out, r.in = append(r.out, token...), r.in[n:]
	return token
}

// space skips white space.
func (r *metadataReader) space() {
	for len(r.in) > 0 && r.in[0] <= ' ' {
		r.in = r.in[1:]
	}
}

// open takes the bracket that begins an array or object, and reports whether
// there is something in it.
func (r *metadataReader) open(depth int) bool {
	if depth > maxDepth {
		r.fault = fmt.Sprintf("Arrays and objects may be nested %d levels deep at most.", maxDepth)
		return false
	}
	r.take(1)
	r.space()
	if r.in[0] == ']' || r.in[0] == '}' {
		r.take(1)
		return false
	}
	return true
}

// next takes the comma after an element, or the bracket after the last.
func (r *metadataReader) next() bool {
	if r.fault != "" {
		return false
	}
	r.space()
	return r.take(1)[0] == ','
}

func (r *metadataReader) array(depth int) {
	for more := r.open(depth); more; more = r.next() {
		r.value(depth)
	}
}

// member is one member of an object: where it stands in out, key and value.
type member struct {
	key      string
	from, to int
}

// fewMembers is how many members are looked through one by one for a key; of
// more there is an index.
const fewMembers = 16

func (r *metadataReader) object(depth int) {
	start := len(r.out)
	var few [fewMembers]member
	members, places, repeated := few[:0], map[string]int(nil), false
	for more := r.open(depth); more; more = r.next() {
		r.space()
		m := member{from: len(r.out), key: r.string()}
		r.space()
		if r.fault != "" {
			return
		}
		r.take(1) // the colon
		r.value(depth)
		m.to = len(r.out)
		if place := find(members, places, m.key); place >= 0 {
			members[place], repeated = m, true
			continue
		}
		members = append(members, m)
		places = index(members, places)
	}
	if repeated && r.fault == "" {
		r.rewrite(start, members)
	}
}

// find is the place of a key among members, -1 when it is new. places is their
// index, nil when they are few.
func find(members []member, places map[string]int, key string) int {
	if places == nil {
		return slices.IndexFunc(members, func(m member) bool { return m.key == key })
	}
	if place, ok := places[key]; ok {
		return place
	}
	return -1
}

// index takes the last of members into their index, once there are so many
// that it is worth one.
func index(members []member, places map[string]int) map[string]int {
	if len(members) <= fewMembers {
		return nil
	}
	if places == nil {
		places = make(map[string]int, 2*fewMembers)
		for i, m := range members {
			places[m.key] = i
		}
	}
	places[members[len(members)-1].key] = len(members) - 1
	return places
}

// rewrite replaces the object at the end of out by the members that count.
func (r *metadataReader) rewrite(start int, members []member) {
	object := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			object = append(object, ',')
		}
		object = append(object, r.out[m.from:m.to]...)
	}
	r.out = append(append(r.out[:start], object...), '}')
}

// string copies a string and returns what it says.
func (r *metadataReader) string() string {
	end := 1
	for r.in[end] != '"' {
		if r.in[end] == '\\' {
			end++
		}
		end++
	}
	token := r.take(end + 1)
	if bytes.IndexByte(token, '\\') < 0 {
		return string(token[1:end])
	}
	r.escapes(token)
	var s string
	if err := json.Unmarshal(token, &s); err != nil {
		r.fault = messageJSON
	}
	return s
}

// escapes looks for what a \u escape can write and no text may hold: NUL, and
// one half of a pair of surrogates without the other.
func (r *metadataReader) escapes(token []byte) {
	for i := 0; i < len(token) && r.fault == ""; i++ {
		if token[i] != '\\' {
			continue
		}
		code := escape(token[i:])
		switch {
		case code == 0:
			r.fault = messageNull
		case utf16.IsSurrogate(code):
			if utf16.DecodeRune(code, escape(token[i+6:])) == utf8.RuneError {
				r.fault = surrogateMessage(code)
			}
			i += 6 // past the first of the pair; the second is skipped below
		}
		i++ // past the character after the backslash
	}
}

// escape reads the \u escape that s begins with; -1 when it begins otherwise.
func escape(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	code, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(code)
}

// number copies a number and checks that readers can hold it: integers may be
// as long as the reference's, others must be within the range of a float64.
func (r *metadataReader) number() {
	end := slices.IndexFunc(r.in, func(c byte) bool { return !strings.ContainsRune("+-.eE0123456789", rune(c)) })
	if end < 0 {
		end = len(r.in)
	}
	token := string(r.take(end))
	if !strings.ContainsAny(token, ".eE") {
		if len(token) > maxDigits {
			r.fault = messageJSON
		}
		return
	}
	if _, err := strconv.ParseFloat(token, 64); err != nil {
		r.fault = messageJSON
	}
}
