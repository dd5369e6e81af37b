package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"unicode/utf16"
)

// recordFields are the keys that a record may have.
var recordFields = func() map[string]bool {
	fields := map[string]bool{}
	for f := range reflect.TypeFor[record]().Fields() {
		fields[f.Tag.Get("json")] = true
	}
	return fields
}()

// strict refuses what [json.Unmarshal] lets pass in a JSON object: keys that
// are no field's, or in other letters, and half characters, which it would
// replace.
func strict(object []byte) error {
	depth, key := 0, false
	for i := 0; i < len(object); i++ {
		switch object[i] {
		case '{', '[':
			depth++
			key = depth == 1
		case '}', ']':
			depth--
		case ',':
			key = depth == 1
		case '"':
			text := jsonString(object[i:])
			if loneSurrogate(text) {
				return refusal("a text holds half a character (a lone surrogate)")
			}
			if key {
				if err := checkField(text); err != nil {
					return err
				}
			}
			i, key = i+len(text)-1, false
		}
	}
	return nil
}

// jsonString is the string that valid JSON begins with, in its quotes.
func jsonString(raw []byte) []byte {
	end := 1
	for raw[end] != '"' {
		if raw[end] == '\\' {
			end++
		}
		end++
	}
	return raw[:end+1]
}

// checkField refuses a key that is no field's.
func checkField(raw []byte) error {
	var name string
	if err := json.Unmarshal(raw, &name); err != nil {
		return err
	}
	if !recordFields[name] {
		return refusal(fmt.Sprintf("unknown field %q", name))
	}
	return nil
}

// loneSurrogate reports whether a JSON string has an escape for half of a
// pair without the other half.
func loneSurrogate(raw []byte) bool {
	for {
		at := bytes.IndexByte(raw, '\\')
		if at < 0 {
			return false
		}
		raw = raw[at:]
		unit := escapedUnit(raw)
		switch {
		case unit < 0:
			raw = raw[2:]
		case !utf16.IsSurrogate(unit):
			raw = raw[6:]
		case utf16.DecodeRune(unit, escapedUnit(raw[6:])) == '\uFFFD':
			return true
		default:
			raw = raw[12:]
		}
	}
}

// escapedUnit is the UTF-16 unit of the escape \uXXXX that raw begins with, or
// -1 where it begins with something else.
func escapedUnit(raw []byte) rune {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(raw[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(unit)
}
