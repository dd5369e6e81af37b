package behavior_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// checkMetadata returns metadata as Check leaves it, and its messages.
func checkMetadata(t *testing.T, raw string) (string, []string) {
	t.Helper()
	in := behavior.InteractionInput{SessionID: "a", EventType: behavior.Click, Element: "b", Metadata: json.RawMessage(raw)}
	invalid := faults(t, in.Check(nil))
	return string(in.Metadata), invalid["metadata"]
}

func TestMetadataThatPasses(t *testing.T) {
	t.Parallel()
	huge := "1" + strings.Repeat("0", 400)
	many := ""
	for i := range 40 {
		many += fmt.Sprintf(`,"k%d":%[1]d`, i)
	}
	tests := []struct{ name, in, want string }{
		{"key order and spelling", `{"b": 1, "a": [1.0, 1e2, -0.50], "\u0061b": "\u00e9\/"}`, `{"b":1,"a":[1.0,1e2,-0.50],"\u0061b":"\u00e9\/"}`},
		{"white space", " {\n\t\"a b\" : \" c \" ,\r\"d\":[ ] } ", `{"a b":" c ","d":[]}`},
		{"big integers", `{"n": 123456789012345678901234567890, "m": ` + huge + `}`, `{"n":123456789012345678901234567890,"m":` + huge + `}`},
		{"small fractions", `[1e-400]`, `[1e-400]`},
		{"no object", `[1, 2]`, `[1,2]`}, {"text", `"text"`, `"text"`}, {"number", `5`, `5`}, {"true", ` true `, `true`},
		{"text that looks like a number", `"0"`, `"0"`}, {"text of blanks", `" "`, `" "`}, {"array of nothing", `[null]`, `[null]`},
		{"literals", `{"a":true,"b":false,"c":null}`, `{"a":true,"b":false,"c":null}`},
		{"pair of surrogates", `{"k":"\ud83d\ude00"}`, `{"k":"\ud83d\ude00"}`}, {"backslashes", `["\\u0000","\\\\ud800","\""]`, `["\\u0000","\\\\ud800","\""]`},
		{"repeated key", `{"a": 1, "a": 2}`, `{"a":2}`},
		{"repeated key keeps its place", `{"a": 1, "b": 2, "a": {"c": 3, "c": 4}}`, `{"a":{"c":4},"b":2}`},
		{"repeated key in another spelling", `{"a": 1, "\u0061": 2}`, `{"\u0061":2}`},
		{"repeated keys among many", `{"a":0` + many + `,"k39":1,"k3":2,"a":3}`,
			strings.Replace(strings.Replace(`{"a":3`+many+`}`, `"k39":39`, `"k39":1`, 1), `"k3":3,`, `"k3":2,`, 1)},
		{"five hundred levels", strings.Repeat("[", 500) + strings.Repeat("]", 500), strings.Repeat("[", 500) + strings.Repeat("]", 500)},

		{"nothing", ``, `{}`}, {"null", `null`, `{}`}, {"empty array", `[ ]`, `{}`}, {"empty text", `""`, `{}`}, {"false", `false`, `{}`},
		{"zero", `0`, `{}`}, {"minus zero", `-0`, `{}`}, {"zero as a fraction", `0.0e5`, `{}`}, {"less than the smallest fraction", `1e-400`, `{}`},
		{"empty object", ` { } `, `{}`},
	}
	for _, test := range tests {
		got, messages := checkMetadata(t, test.in)
		if messages != nil || got != test.want {
			t.Errorf("%s: %s became %s %q, want %s", test.name, test.in, got, messages, test.want)
		}
	}
}

func TestMetadataThatFails(t *testing.T) {
	t.Parallel()
	const notJSON, null = "Value must be valid JSON.", "Null characters are not allowed."
	tests := []struct{ in, want string }{
		{`not json`, notJSON}, {`{k}`, notJSON}, {`{"a":1,}`, notJSON}, {`NaN`, notJSON}, {`Infinity`, notJSON}, {`{"a":1} x`, notJSON}, {"\ufeff{}", notJSON},
		{"\u00a0{}", notJSON}, {"\"\xff\"", notJSON}, {`{"a":1e400}`, notJSON}, {`-1.5e999`, notJSON}, {"1" + strings.Repeat("0", 4300), notJSON},
		{`{"k":"\ud800"}`, "Surrogate characters are not allowed: U+D800."}, {`{"\udfff":1}`, "Surrogate characters are not allowed: U+DFFF."},
		{`["\ud800\ud800"]`, "Surrogate characters are not allowed: U+D800."}, {`["\ud83dx\ude00"]`, "Surrogate characters are not allowed: U+D83D."},
		{`["\ud83d\\ude00"]`, "Surrogate characters are not allowed: U+D83D."},
		{`{"k":"a\u0000b"}`, null}, {`{"\u0000":1}`, null},
		{strings.Repeat("[", 501) + strings.Repeat("]", 501), "Arrays and objects may be nested 500 levels deep at most."},
		{strings.Repeat(`{"a":`, 501) + "1" + strings.Repeat("}", 501), "Arrays and objects may be nested 500 levels deep at most."},
		{strings.Repeat("[", 1_000_000), notJSON},
	}
	for _, test := range tests {
		if _, messages := checkMetadata(t, test.in); !cmp.Equal(messages, []string{test.want}) {
			t.Errorf("%.40s: %q, want %q", test.in, messages, test.want)
		}
	}
}

func TestMetadataLeavesTheCallersBytesAlone(t *testing.T) {
	t.Parallel()
	const text = `{"a": true}XYZ`
	raw := []byte(text)
	in := behavior.InteractionInput{SessionID: "a", EventType: behavior.Click, Element: "b", Metadata: raw[:len(raw)-3]}
	if err := in.Check(nil); err != nil {
		t.Fatal(err)
	}
	if string(raw) != text {
		t.Errorf("the bytes became %s", raw)
	}
}

func FuzzMetadata(f *testing.F) {
	for _, s := range []string{
		`{"a": 1, "a": {"b": [1.5e3, "\ud83d\ude00", null]}}`, `"\u0000"`, `[[[]]]`, `-0`, `{"":{"":0}}`, `"\\\""`, ` true`, "\"\xed\xa0\x80\"", `{"\u0061":1,"a":2}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		in := behavior.InteractionInput{SessionID: "a", EventType: behavior.Click, Element: "b", Metadata: bytes.Clone(raw)}
		if in.Check(nil) != nil {
			return
		}
		once := string(in.Metadata)
		var before, after any
		if err := json.Unmarshal([]byte(once), &after); err != nil {
			t.Fatalf("%q became %q: %v", raw, once, err)
		}
		if json.Unmarshal(raw, &before) == nil && once != "{}" && !cmp.Equal(before, after) {
			t.Errorf("%q became %q", raw, once)
		}
		if err := in.Check(nil); err != nil || string(in.Metadata) != once {
			t.Errorf("%q became %q, then %q: %v", raw, once, in.Metadata, err)
		}
	})
}
