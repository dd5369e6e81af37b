package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"strconv"
	"strings"

	"modernc.org/sqlite"
)

// SQLite's own functions for JSON take a path apart by rules in which some keys
// have no name, and make numbers of 64 bits of all numbers. So metadata is
// looked into here. It has been checked to be JSON when it was stored.

// pointer makes a path one parameter, a JSON pointer. It is a blob: a text
// would end at the first null character.
func pointer(path []string) []byte {
	p := ""
	for _, step := range path {
		p += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(step)
	}
	return []byte(p)
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// jsonIsFunction reports whether the value at a pointer in a document is a
// number, or another value as jsonIs has put it into bytes.
func jsonIsFunction(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	raw, ok := valueAt(args)
	if !ok {
		return false, nil
	}
	switch v := args[2].(type) {
	case []byte:
		if text, isText := strings.CutPrefix(string(v), "s"); isText {
			return raw[0] == '"' && unquote(raw) == text, nil
		}
		return raw == string(v), nil // true, false or null
	default:
		return isNumber(raw) && sameNumber(raw, v), nil
	}
}

// jsonTextFunction is the text of the string at a pointer in a document.
func jsonTextFunction(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	raw, ok := valueAt(args)
	if !ok || raw[0] != '"' {
		return nil, nil
	}
	return unquote(raw), nil
}

// jsonScalarFunction is the string, number or boolean at a pointer, as text.
func jsonScalarFunction(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	raw, ok := valueAt(args)
	switch {
	case !ok || raw[0] == '{' || raw[0] == '[' || raw == "null":
		return nil, nil
	case raw[0] == '"':
		return unquote(raw), nil
	}
	return raw, nil
}

// valueAt is the JSON value that the document among args has at the pointer
// among them, as it stands there. It is not empty when ok.
func valueAt(args []driver.Value) (raw string, ok bool) {
	document, ok := args[0].(string)
	path, ok2 := args[1].([]byte)
	if !ok || !ok2 {
		return "", false
	}
	raw = strings.Trim(document, space)
	for _, step := range strings.Split(string(path), "/")[1:] {
		if raw, ok = member(raw, unescape.Replace(step)); !ok {
			return "", false
		}
	}
	return raw, raw != ""
}

const space = " \t\r\n"

// member is the value that an object has under a key, or an array at an index.
// Of several of one key the last one counts.
func member(raw, step string) (found string, ok bool) {
	if raw == "" || raw[0] != '{' && raw[0] != '[' {
		return "", false
	}
	object := raw[0] == '{'
	rest := strings.TrimLeft(raw[1:], space)
	for n := 0; rest != "" && rest[0] != '}' && rest[0] != ']'; n++ {
		name := strconv.Itoa(n)
		if object {
			var key string
			key, rest = first(rest)
			name, rest = unquote(key), strings.TrimLeft(rest, space+":")
		}
		var value string
		value, rest = first(rest)
		if name == step {
			found, ok = value, true
		}
		rest = strings.TrimLeft(rest, space+",")
	}
	return found, ok
}

// first parts the first JSON value of a text from what follows.
func first(text string) (value, rest string) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
			if !quoted && depth == 0 {
				return text[:i+1], text[i+1:]
			}
		case quoted:
		case c == '{' || c == '[':
			depth++
		case depth == 0 && strings.IndexByte(space+",:]}", c) >= 0:
			return text[:i], text[i:]
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return text[:i+1], text[i+1:]
			}
		}
	}
	return text, ""
}

// unquote is the text of a JSON string.
func unquote(raw string) (text string) {
	if len(raw) >= 2 && strings.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	_ = json.Unmarshal([]byte(raw), &text) // what is no string is no text
	return text
}

func isNumber(raw string) bool { return raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9' }

// sameNumber compares a JSON number: whole numbers as such, others as doubles.
func sameNumber(raw string, value driver.Value) bool {
	double, err := strconv.ParseFloat(raw, 64)
	switch v := value.(type) {
	case int64:
		if n, err := strconv.ParseInt(raw, 10, 64); err == nil {
			return n == v
		}
		if _, err := strconv.ParseUint(raw, 10, 64); err == nil {
			return false // larger than any int64
		}
		return err == nil && double == float64(v)
	case float64:
		return err == nil && double == v
	}
	return false
}
