package web

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func cutAll(text string) []token {
	c := cutter{text: text, here: "/list/", sessions: "/sessions/"}
	for c.text != "" {
		c.cut()
	}
	return c.tokens
}

func TestHighlight(t *testing.T) {
	t.Parallel()
	got := cutAll(`{"id": 1, "u": "https://a.example/", "n": [null, -1e5, "x\"y"]}`)
	want := []token{
		{Text: "{"}, {Text: `"id"`, Kind: "key"}, {Text: ": "}, {Text: "1", Kind: "number", Href: "/list/1/"}, {Text: ", "},
		{Text: `"u"`, Kind: "key"}, {Text: ": "}, {Text: `"https://a.example/"`, Kind: "text", Href: "https://a.example/"}, {Text: ", "},
		{Text: `"n"`, Kind: "key"}, {Text: ": ["}, {Text: "null", Kind: "word"}, {Text: ", "}, {Text: "-1e5", Kind: "number"}, {Text: ", "},
		{Text: `"x\"y"`, Kind: "text"}, {Text: "]}"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// FuzzHighlight cuts every JSON text into pieces that make the text again, but
// for characters that turn its direction.
func FuzzHighlight(f *testing.F) {
	for _, text := range []string{`{"a":[1,2.5e-3,"\\\""],"b":{"id":7}}`, `[]`, `"x"`, `12`, `null`, `[{"id":1},true]`, "{\"\u202e\":\"\u2066x\"}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var out bytes.Buffer
		if !utf8.ValidString(text) || json.Indent(&out, []byte(text), "", "    ") != nil {
			t.Skip("not JSON")
		}
		var joined strings.Builder
		for _, tok := range cutAll(out.String()) {
			joined.WriteString(tok.Text)
			if tok.Href != "" && !strings.HasPrefix(tok.Href, "http://") && !strings.HasPrefix(tok.Href, "https://") && tok.Kind == "text" {
				t.Errorf("link to %q", tok.Href)
			}
		}
		if diff := cmp.Diff(showTurns(out.String()), joined.String()); diff != "" {
			t.Error(diff)
		}
	})
}
