package sqlite

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"strconv"
	"testing"
)

// FuzzJSON compares what is found in documents with what encoding/json finds.
func FuzzJSON(f *testing.F) {
	for _, document := range []string{
		`{}`, `{"a":1,"a":2}`, ` { "a" : [ 1 , {"b":"\u00e9\"\\"} ] } `, `[[],{},"]}",{"a":null}]`, `{"a/b":1,"c~d":2,"":3}`, `{"\u0061":true}`, `"a\\"`,
		`-1.5e3`, `null`, `{"a":{"b":[1,2,[3,{"c":"x"}]]}}`,
	} {
		for _, path := range [][2]string{{"a", "b"}, {"a", "1"}, {"", "a"}, {"a/b", ""}, {"c~d", "~1"}, {"0", "00"}} {
			f.Add(document, path[0], path[1], 1)
			f.Add(document, path[0], path[1], 2)
		}
		f.Add(document, "", "", 0)
	}
	f.Fuzz(func(t *testing.T, document, first, second string, steps int) {
		if !json.Valid([]byte(document)) {
			// It must not panic, that is all.
			_, _ = valueAt([]driver.Value{document, pointer([]string{first, second})})
			return
		}
		path := []string{first, second}[:max(0, min(steps, 2))]
		raw, ok := valueAt([]driver.Value{document, pointer(path)})
		want, there := walk(t, document, path)
		if ok != there {
			t.Fatalf("%q at %q: found is %t, want %t", document, path, ok, there)
		}
		if !ok {
			return
		}
		if got := decode(t, raw); !bytes.Equal(encode(t, got), encode(t, want)) {
			t.Fatalf("%q at %q: %q", document, path, raw)
		}
		if text, isText := want.(string); isText && unquote(raw) != text {
			t.Fatalf("%q at %q: text is %q, want %q", document, path, unquote(raw), text)
		}
	})
}

func decode(t *testing.T, document string) (value any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(document)))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		t.Fatalf("%q: %v", document, err)
	}
	return value
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// walk goes down a document along a path.
func walk(t *testing.T, document string, path []string) (at any, ok bool) {
	t.Helper()
	at = decode(t, document)
	for _, step := range path {
		ok := false
		switch in := at.(type) {
		case map[string]any:
			at, ok = in[step]
		case []any:
			n, err := strconv.Atoi(step)
			if ok = err == nil && strconv.Itoa(n) == step && 0 <= n && n < len(in); ok {
				at = in[n]
			}
		}
		if !ok {
			return nil, false
		}
	}
	return at, true
}
