package behavior_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

func parse(t *testing.T, p behavior.Parser, body string, params ...string) (behavior.Payload, error) {
	t.Helper()
	m := map[string]string{}
	for i := 0; i+1 < len(params); i += 2 {
		m[params[i]] = params[i+1]
	}
	return p.Parse(strings.NewReader(body), m)
}

func TestJSONParserReadsDocuments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		want       any
	}{
		{"object", ` {"s": "t", "n": 1.50, "t": true, "f": false, "x": null} ` + "\r\n",
			map[string]any{"s": "t", "n": json.Number("1.50"), "t": true, "f": false, "x": nil}},
		{"nested values as they were sent", `{"o": {"b": 1, "a": [ ]}, "l": [1, {"k": 2}]}`,
			map[string]any{"o": json.RawMessage(`{"b": 1, "a": [ ]}`), "l": json.RawMessage(`[1, {"k": 2}]`)}},
		{"the last of repeated keys", `{"a": 1, "a": "2"}`, map[string]any{"a": "2"}},
		{"empty key", `{"": 1}`, map[string]any{"": json.Number("1")}},
		{"escapes", `"\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83d\ude00"`, "\"\\/\b\f\n\r\té€😀"},
		{"half a pair", `"a\ud800b"`, "a\xed\xa0\x80b"},
		{"two first halves and a second", `"\ud800\ud83d\ude00"`, "\xed\xa0\x80😀"},
		{"array", `[1]`, json.RawMessage(`[1]`)},
		{"null", `null`, nil},
		{"long integer", `123456789012345678901234567890`, json.Number("123456789012345678901234567890")},
		{"more than a double holds", `-1.5E+400`, json.Number("-1.5E+400")},
		{"not ASCII", `"ключ 鍵 🔑"`, "ключ 鍵 🔑"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := parse(t, behavior.JSONParser, c.body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(behavior.Payload{Value: c.want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The sentences are those of Python 3.11, which the reference runs on.
func TestJSONParserSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, want string }{
		{`nope`, "Expecting value: line 1 column 1 (char 0)"},
		{" \n\t ", "Expecting value: line 2 column 3 (char 4)"},
		{`{`, "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
		{`{'a': 1}`, "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
		{`{"a": 1,}`, "Expecting property name enclosed in double quotes: line 1 column 9 (char 8)"},
		{`{"a" 1}`, "Expecting ':' delimiter: line 1 column 6 (char 5)"},
		{`{"a": }`, "Expecting value: line 1 column 7 (char 6)"},
		{`{"a": 1 "b"`, "Expecting ',' delimiter: line 1 column 9 (char 8)"},
		{`[1,]`, "Expecting value: line 1 column 4 (char 3)"},
		{`[1 2]`, "Expecting ',' delimiter: line 1 column 4 (char 3)"},
		{"{\n\"é\": 1,\n  \"ü\" 2}", "Expecting ':' delimiter: line 3 column 7 (char 16)"},
		{`{} {}`, "Extra data: line 1 column 4 (char 3)"},
		{`01`, "Extra data: line 1 column 2 (char 1)"},
		{`1.`, "Extra data: line 1 column 2 (char 1)"},
		{`-`, "Expecting value: line 1 column 1 (char 0)"},
		{`{"a": "`, "Unterminated string starting at: line 1 column 7 (char 6)"},
		{`"a\`, "Unterminated string starting at: line 1 column 1 (char 0)"},
		{`"a\x"`, `Invalid \escape: line 1 column 3 (char 2)`},
		{`{"a": "\u12"}`, `Invalid \uXXXX escape: line 1 column 9 (char 8)`},
		{`"\ud800\u00"`, `Invalid \uXXXX escape: line 1 column 9 (char 8)`},
		{"\"line\nbreak\"", "Invalid control character at: line 1 column 6 (char 5)"},
		{`{"a": NaN}`, "Out of range float values are not JSON compliant: 'NaN'"},
		{`[-Infinity]`, "Out of range float values are not JSON compliant: '-Infinity'"},
		{"\ufeff{}", "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)"},
		{"\"\xff\"", "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte"},
		{"\"\xe2\x28\"", "'utf-8' codec can't decode byte 0xe2 in position 1: invalid continuation byte"},
		{"\"\xf0\x9f\x98\"", "'utf-8' codec can't decode bytes in position 1-3: invalid continuation byte"},
		{"\"\xe2\x82", "'utf-8' codec can't decode bytes in position 1-2: unexpected end of data"},
		{strings.Repeat("7", 4301), "Exceeds the limit (4300 digits) for integer string conversion: value has 4301 digits; " +
			"use sys.set_int_max_str_digits() to increase the limit"},
		{strings.Repeat("[", 513), "Nested too deeply: line 1 column 513 (char 512)"},
	} {
		_, err := parse(t, behavior.JSONParser, c.body)
		var parse behavior.ParseError
		if !errors.As(err, &parse) {
			t.Errorf("%.40q: %v, not a ParseError", c.body, err)
			continue
		}
		if want := "JSON parse error - " + c.want; parse.Error() != want {
			t.Errorf("%.40q:\n got %s\nwant %s", c.body, parse, want)
		}
	}
}

func TestParsersHonourTheCharset(t *testing.T) {
	t.Parallel()
	latin1 := `"caf` + "\xe9" + `"`
	utf16le := "\xff\xfe\"\x00\xe9\x00\"\x00"
	for _, c := range []struct{ charset, body, want string }{
		{"latin-1", latin1, "café"},
		{"ISO-8859-1", latin1, "café"},
		{"iso_8859_1", latin1, "café"},
		{"UTF8", `"é"`, "é"},
		{"no-such-charset", `"é"`, "é"},
		{"us-ascii", `"e"`, "e"},
		{"utf-16", utf16le, "é"},
		{"utf-16", "\xfe\xff\x00\"\x00\xe9\x00\"", "é"},
		{"utf-16-le", utf16le[2:], "é"},
		{"utf-16be", "\x00\"\x00\xe9\x00\"", "é"},
	} {
		got, err := parse(t, behavior.JSONParser, c.body, "charset", c.charset)
		if err != nil || got.Value != c.want {
			t.Errorf("%s: %q, %v", c.charset, got.Value, err)
		}
	}
	for _, c := range []struct{ charset, body, want string }{
		{"ascii", `"é"`, "'ascii' codec can't decode byte 0xc3 in position 1: ordinal not in range(128)"},
		{"utf-16", "\"\x00\"", "'utf-16' codec can't decode byte 0x22 in position 2: truncated data"},
	} {
		if _, err := parse(t, behavior.JSONParser, c.body, "charset", c.charset); fmt.Sprint(err) != "JSON parse error - "+c.want {
			t.Errorf("%s: %v", c.charset, err)
		}
	}
}

func TestParsersPassOnWhatTheBodySays(t *testing.T) {
	t.Parallel()
	cut := errors.New("connection cut")
	params := map[string]string{"boundary": "x"}
	for _, p := range []behavior.Parser{behavior.JSONParser, behavior.FormParser} {
		body := io.MultiReader(strings.NewReader(`{"a":`), iotest.ErrReader(cut))
		if _, err := p.Parse(body, params); !errors.Is(err, cut) {
			t.Errorf("%s: %v", p.MediaType, err)
		}
	}
}

// What is accepted is what package json accepts, and the strings are the same.
func FuzzJSONBody(f *testing.F) {
	for _, body := range []string{`{"a": [1, {"b": "\ud83d\ude00"}], "c": -1.5e3}`, `[`, `"\ud800\u0041"`, ` null `, `{"a":1,"a":2}`, "\"\xff\"", `0.`, `-0e+1`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := behavior.JSONParser.Parse(bytes.NewReader(body), nil)
		valid := utf8.Valid(body) && json.Valid(body)
		if (err == nil) != valid && !strings.Contains(fmt.Sprint(err), "Nested too deeply") && !strings.Contains(fmt.Sprint(err), "digits") {
			t.Fatalf("%q: %v, yet valid is %t", body, err, valid)
		}
		var want any
		if text, ok := got.Value.(string); ok && json.Unmarshal(body, &want) == nil && utf8.ValidString(text) && text != want {
			t.Errorf("%q: %q, not %q", body, text, want)
		}
	})
}
