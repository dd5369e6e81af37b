package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// token is a piece of a JSON text on a page.
type token struct {
	Text string
	Kind string // "key", "text", "number" or "word"; empty for what is in between
	Href string // where it leads; empty: nowhere
}

// highlight cuts an indented JSON text into pieces. Web addresses become
// links, and ids lead to their records.
func (h *handler) highlight(r *http.Request, e endpoint, body []byte) []token {
	c := cutter{text: string(body), sessions: h.settings.Prefix + "sessions/"}
	if e.path != "" && !strings.Contains(e.path, "{") {
		c.here = plainPath(r)
	}
	for c.text != "" {
		c.cut()
	}
	return c.tokens
}

// cutter cuts JSON that is known to be well-formed.
type cutter struct {
	text     string
	tokens   []token
	here     string // the list that the records are in; empty: none
	sessions string // the list of sessions

	path []string // keys of the objects around this place; "" for an array
	key  string   // the key before this place
}

// cut takes the next piece off the text.
func (c *cutter) cut() {
	switch first := c.text[0]; {
	case first == '"':
		c.cutString()
	case first == '-' || first >= '0' && first <= '9':
		c.take(span(c.text, "-+.eE0123456789"), "number")
	case first >= 'a' && first <= 'z':
		c.take(span(c.text, "aeflnrstu"), "word")
	default:
		c.nest(first)
		c.take(1, "")
	}
}

// nest follows the text into objects and arrays and out of them.
func (c *cutter) nest(mark byte) {
	switch mark {
	case '{', '[':
		c.path = append(c.path, c.key)
		c.key = ""
	case '}', ']':
		c.key = ""
		c.path = c.path[:len(c.path)-1]
	}
}

// cutString takes a string: a key when a colon follows.
func (c *cutter) cutString() {
	end := 1
	for c.text[end] != '"' {
		if c.text[end] == '\\' {
			end++
		}
		end++
	}
	if end++; strings.HasPrefix(c.text[end:], ":") {
		c.key = unquote(c.text[:end])
		c.take(end, "key")
		return
	}
	c.take(end, "text")
}

// take makes the next n bytes a token, or lengthens the last one.
func (c *cutter) take(n int, kind string) {
	text := c.text[:n]
	c.text = c.text[n:]
	if last := len(c.tokens) - 1; kind == "" && last >= 0 && c.tokens[last].Kind == "" {
		c.tokens[last].Text += text
		return
	}
	t := token{Text: showTurns(text), Kind: kind}
	switch kind {
	case "text":
		t.Href = webAddress(unquote(text))
	case "number":
		t.Href = c.record(text)
	}
	c.tokens = append(c.tokens, t)
}

// showTurns writes the characters that turn the direction of the text as JSON
// escapes, so that a stranger's text is read as it is.
func showTurns(text string) string {
	if !strings.ContainsFunc(text, turns) {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if turns(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

func turns(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }

// record is the address of the record whose id this number is; empty when it
// is no id.
func (c *cutter) record(id string) string {
	if c.key != "id" {
		return ""
	}
	switch record, ofSession := strings.CutSuffix(strings.Join(c.path, "/"), "/session"); {
	case ofSession && recordPlaces[record]:
		return c.sessions + id + "/"
	case !ofSession && recordPlaces[record] && c.here != "":
		return c.here + id + "/"
	}
	return ""
}

// recordPlaces are the paths where records stand: alone, in a bare list, in a
// list with an envelope.
var recordPlaces = map[string]bool{"": true, "/": true, "/results/": true}

// span is how many bytes at the beginning of a text are among set.
func span(text, set string) int { return len(text) - len(strings.TrimLeft(text, set)) }

func unquote(text string) string {
	var s string
	_ = json.Unmarshal([]byte(text), &s) // it is well-formed
	return s
}

// webAddress returns a text that is the address of a page, and nothing for others.
func webAddress(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return text
}
